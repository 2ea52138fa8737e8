"""Who may call the API: HTTP Basic with an API key, on every request; no cookie is looked at.

Because browsers send Basic credentials along by themselves once a person typed them in, what another site's page sends
is refused.
"""

from __future__ import annotations

from typing import Final

from flask import g, request

from seattime.errors import NotAllowed, NotSignedIn
from seattime.services import api_keys
from seattime.services.api_keys import Scope
from seattime.services.parts import parts

READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_JSON_BYTES: Final = 1024 * 1024
UPLOADS: Final = frozenset({"api.import_jobs.upload"})


def check_request() -> None:
    """Before every view: the key, its scope, the size. Raises NotSignedIn, NotAllowed."""
    credentials = request.authorization
    if credentials is None or credentials.type != "basic" or credentials.username is None:
        raise NotSignedIn("The API needs Basic credentials: the id and the secret of an API key.")
    g.caller = api_keys.check_key(credentials.username, credentials.password or "")
    needed = Scope.READ if request.method in READING else Scope.WRITE
    if not g.caller.may(needed):
        raise NotAllowed(f"The API key {g.caller.key_id} does not have the scope {needed}.")
    origin = request.headers.get("Origin")
    if needed is Scope.WRITE and origin is not None and origin != parts().settings.public_url:
        raise NotAllowed("Requests that change something are not taken from pages of other sites.")
    if request.endpoint not in UPLOADS:
        request.max_content_length = MOST_JSON_BYTES
