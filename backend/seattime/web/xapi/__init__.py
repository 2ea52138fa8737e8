"""The record store (LRS) at /xapi: xAPI 1.0.3 and 2.0 (IEEE 9274.1.1), by version header; docs/xapi.md describes it.

It is on the public side and takes API keys. The same address on a play origin is what launched content speaks to (play_xapi.py);
`Sides` tells the two apart. Errors are `{"message": ...}`, one sentence that says what is wrong and where.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue

from seattime.config import Settings
from seattime.domain.xapi import versions
from seattime.domain.xapi.versions import HEADER
from seattime.services.parts import parts
from seattime.web import errors_api
from seattime.web.hosts import HostRule
from seattime.web.xapi import resources
from seattime.web.xapi.calls import read_call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OUTSIDE: Final = "/xapi"
INSIDE: Final = "/lrs"
MARK: Final = "seattime.lrs"
"""In a request's environment: it came by the outside address."""
blueprint = Blueprint("xapi", __name__, url_prefix=INSIDE)
errors_api.handle_on(blueprint)


@blueprint.route(
    "/<path:resource>", methods=["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"], provide_automatic_options=False
)
def door(resource: str) -> ResponseReturnValue:
    """Every request of an application."""
    if MARK not in request.environ:
        return errors_api.answer(404, "There is nothing here.")
    return resources.answer(resource.strip("/"), read_call)


@blueprint.after_request
def _headers(response: Response) -> Response:
    named = g.get("lrs_version") or versions.of_text(request.headers.get(HEADER, ""))
    return resources.finish(response, named or parts().settings.xapi_version)


class Sides:
    """WSGI middleware: on the public side, the record store; on play origins, what content's launches allow."""

    def __init__(self, app: WSGIApplication, rule: HostRule) -> None:
        self._app = app
        self._rule = rule

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(OUTSIDE + "/") and self._rule.match(environ.get("HTTP_HOST", "")) is None:
            environ = {**environ, "PATH_INFO": INSIDE + "/" + path.removeprefix(OUTSIDE).lstrip("/"), MARK: True}
        return self._app(environ, start_response)


def init_app(app: Flask, settings: Settings) -> None:
    app.register_blueprint(blueprint)
    app.wsgi_app = Sides(app.wsgi_app, HostRule(settings))  # type: ignore[method-assign]  # Flask's documented way
