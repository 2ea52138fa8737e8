"""A request to the record store, whichever way it came: as HTTP, or in the alternate request syntax (xAPI 1.0.3 Communication 1.3).

Guarantees: parameters that a resource does not know, or that stand twice, are refused; a body is whole or refused.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from flask import g, request
from werkzeug.datastructures import Headers, MultiDict
from werkzeug.exceptions import RequestEntityTooLarge

from seattime.domain.xapi import versions
from seattime.domain.xapi.refusing import refuse
from seattime.domain.xapi.versions import HEADER, Version
from seattime.errors import BadInput, NotAllowed, NotSignedIn
from seattime.services import lrs
from seattime.services.lrs import Author
from seattime.services.parts import parts
from seattime.services.xapi_launches import Credential
from seattime.storage import database
from seattime.web.hosts import MOST_BYTES

METHODS: Final = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
FORM: Final = "application/x-www-form-urlencoded"
IN_FORM: Final = frozenset(
    {"Authorization", HEADER, "Content-Type", "Content-Length", "If-Match", "If-None-Match", "Accept", "Accept-Language"}
)
"""Form parameters that stand for headers; every other but `content` stands for a parameter of the address."""


@dataclass(frozen=True)
class Call:
    """What is asked for. `body` as it came."""

    method: str
    parameters: dict[str, str]
    headers: Headers
    body: bytes
    version: Version
    sender: Author | Credential
    """Who has an API key; or content, by its launch's credential."""

    @property
    def author(self) -> Author:
        """Of a request that came with an API key."""
        if isinstance(self.sender, Credential):
            raise TypeError("launched content has no API key")
        return self.sender

    @property
    def reads(self) -> bool:
        return self.method in ("GET", "HEAD")

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "").strip()

    def only(self, allowed: frozenset[str]) -> None:
        """Communication 3.2: whatever else there is, is refused. Content may add what it likes, against caches for instance."""
        if isinstance(self.sender, Credential):
            return
        for name in self.parameters:
            if name not in allowed:
                near = next((each for each in allowed if each.lower() == name.lower()), None)
                refuse(name[:100], "is not a parameter of this resource" + (f"; do you mean {near}?" if near else ""))

    def need(self, name: str) -> str:
        if name not in self.parameters:
            refuse(name, "is missing")
        return self.parameters[name]


def read_call() -> Call:
    """The current request. Raises BadInput, NotSignedIn, NotAllowed."""
    body = read_body()
    if request.method == "POST" and "method" in request.args and _speaks_first(request.headers.get(HEADER)):
        return _alternate(body)
    author = _author(request.headers.get("Authorization", ""))
    version = versions.read_version(request.headers.get(HEADER))
    return _call(request.method, _single(request.args), request.headers, body, version, author)


def _call(method: str, parameters: dict[str, str], headers: Headers, body: bytes, version: Version, author: Author) -> Call:
    database.set_read_only(method in ("GET", "HEAD"))
    g.lrs_version = version
    return Call(method, parameters, headers, body, version, author)


def _speaks_first(header: str | None) -> bool:
    """The alternate syntax is one of 1.0; its version may stand in the form."""
    return header is None or versions.of_text(header) is not Version.V2


def _alternate(body: bytes) -> Call:
    """Communication 1.3: the method in the address, everything else in a form."""
    method = request.args["method"]
    if method not in METHODS:
        raise BadInput(f"The parameter method must be one of {', '.join(sorted(METHODS))}.", field="method")
    if len(request.args) != 1 or len(request.args.getlist("method")) != 1:
        refuse("the address", "must have no parameter but method in the alternate request syntax")
    if request.mimetype != FORM:
        refuse("Content-Type", f"must be {FORM} in the alternate request syntax")
    form = _single(request.form)
    content = form.pop("content", None)
    headers = Headers([(name, value) for name, value in request.headers.items() if name.title() != "Content-Type"])
    for name in IN_FORM & form.keys():
        headers[name] = form.pop(name)
    if "Authorization" not in request.form:
        _refuse_foreign()
    author = _author(headers.get("Authorization", ""))
    version = versions.read_version(headers.get(HEADER))
    if version is Version.V2:
        refuse("method", "the alternate request syntax is one of xAPI 1.0; 2.0 does not have it")
    if method in ("PUT", "POST"):
        if content is None:
            refuse("content", "is missing; it must hold the body")
        headers.setdefault("Content-Type", "application/json")
        body = content.encode()
    else:
        body = b""
    return _call(method, form, headers, body, version, author)


def _refuse_foreign() -> None:
    """A page of another site can post a form, and the browser adds credentials that a person once typed in."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != parts().settings.public_url:
        raise NotAllowed("Forms of other sites must carry the Authorization among their parameters.")


def _author(authorization: str) -> Author:
    g.lrs_author = lrs.author_of_key(*read_basic(authorization))
    author: Author = g.lrs_author
    return author


def read_basic(authorization: str) -> tuple[str, str]:
    """Id and secret of an API key, from an Authorization header. Raises NotSignedIn."""
    scheme, _, encoded = authorization.strip().partition(" ")
    try:
        key_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise NotSignedIn("The Authorization header cannot be read.") from None
    if scheme.lower() != "basic" or not colon:
        raise NotSignedIn("The record store needs Basic credentials: the id and the secret of an API key.")
    return key_id, secret


def _single(values: MultiDict[str, str]) -> dict[str, str]:
    for name, found in values.lists():
        if len(found) > 1:
            refuse(name[:100], "stands twice")
    return values.to_dict()


def read_body() -> bytes:
    """The whole of it. Raises RequestEntityTooLarge."""
    # a form is parsed from it later
    body = request.get_data(cache=True)
    if len(body) >= (request.max_content_length or MOST_BYTES):
        # of one that came in chunks and did not say how long it is, Werkzeug reads so much and is silent about the rest
        raise RequestEntityTooLarge
    return body
