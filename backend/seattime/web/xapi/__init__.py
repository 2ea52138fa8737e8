"""The record store (LRS) at /xapi: xAPI 1.0.3 and 2.0 (IEEE 9274.1.1), by version header; docs/xapi.md describes it.

It is on the public side and takes API keys. The same address on a play origin is what launched content speaks to (play_xapi.py);
`Sides` tells the two apart. Errors are `{"message": ...}`, one sentence that says what is wrong and where.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, g, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from seattime.config import Settings
from seattime.domain.xapi import json_text, texts, versions
from seattime.domain.xapi.queries import read_agent
from seattime.domain.xapi.versions import HEADER
from seattime.services import lrs, lrs_statements
from seattime.services.parts import parts
from seattime.storage.models import db
from seattime.web import errors_api
from seattime.web.hosts import HostRule
from seattime.web.xapi import answers, documents, statements
from seattime.web.xapi.calls import Call, read_call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OUTSIDE: Final = "/xapi"
INSIDE: Final = "/lrs"
MARK: Final = "seattime.lrs"
"""In a request's environment: it came by the outside address."""
Handler = Callable[[Call], Response]
blueprint = Blueprint("xapi", __name__, url_prefix=INSIDE)
errors_api.handle_on(blueprint)


def get_activity(call: Call) -> Response:
    """Communication 2.5."""
    call.only(frozenset({"activityId"}))
    return answers.json_answer(lrs_statements.get_activity(call.need("activityId")))


def get_agent(call: Call) -> Response:
    """Communication 2.4."""
    call.only(frozenset({"agent"}))
    text = call.need("agent")
    identifier = read_agent(text)
    return answers.json_answer(json.dumps(lrs_statements.get_person(json_text.parse(text, "agent"), identifier)))


def _documents(resource: str) -> dict[str, Handler]:
    return {
        "GET": partial(documents.get, resource),
        "PUT": partial(documents.put, resource),
        "POST": partial(documents.post, resource),
        "DELETE": partial(documents.delete, resource),
    }


RESOURCES: Final[dict[str, dict[str, Handler]]] = {
    "statements": {"GET": statements.get, "PUT": statements.put, "POST": statements.post},
    "activities/state": _documents(documents.STATE),
    "activities/profile": _documents(documents.ACTIVITY),
    "agents/profile": _documents(documents.AGENT),
    "activities": {"GET": get_activity},
    "agents": {"GET": get_agent},
}


@blueprint.route(
    "/<path:resource>", methods=["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS", "PATCH"], provide_automatic_options=False
)
def door(resource: str) -> ResponseReturnValue:
    """Every request, whatever its method: the alternate syntax names another."""
    resource = resource.strip("/")
    if MARK not in request.environ or (resource not in RESOURCES and resource != "about"):
        return errors_api.answer(404, f"There is no resource {OUTSIDE}/{resource[:60]}; docs/xapi.md names all.")
    if request.method == "OPTIONS":
        return answers.answer_preflight(Response(status=204), "GET, HEAD, PUT, POST, DELETE")
    if resource == "about":
        return _about()
    if resource == "statements":
        g.lrs_statements = True
    call = read_call()
    handler = RESOURCES[resource].get("GET" if call.reads else call.method)
    if handler is None:
        allowed = ", ".join(sorted(RESOURCES[resource]))
        response = errors_api.answer(405, f"{OUTSIDE}/{resource} takes {allowed}, not {call.method}.")
        response.headers["Allow"] = allowed
        return response
    return handler(call)


def _about() -> Response:
    """Communication 2.8: for everybody, without version or credentials."""
    if request.method not in ("GET", "HEAD"):
        return errors_api.answer(405, f"{OUTSIDE}/about takes GET.")
    return answers.json_answer(json.dumps({"version": list(versions.ALL)}))


@blueprint.after_request
def _headers(response: Response) -> Response:
    response.headers[HEADER] = g.get("lrs_version") or versions.of_text(request.headers.get(HEADER, "")) or parts().settings.xapi_version
    response.headers["Cache-Control"] = "no-store"
    # a document is what its writer says it is, and is never a page of this origin
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    if "lrs_statements" in g and "lrs_author" in g:
        _say_through(response)
    return answers.allow_any_origin(response)


def _say_through(response: Response) -> None:
    """On every answer of the Statement resource (Communication 2.1.3); while the database is away there is nothing to say."""
    if "lrs_through" not in g:
        try:
            g.lrs_through = lrs.consistent_through()
        except SQLAlchemyError:
            return
        finally:
            db.session.rollback()
    response.headers[answers.THROUGH] = texts.write_time(g.lrs_through)


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
