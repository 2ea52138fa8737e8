"""The small part of xAPI that lets Tin Can and cmi5 content start and speak, on its play origin. A later release makes a full LRS of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from seattime.errors import BadInput, SeatTimeError
from seattime.services import statements
from seattime.services.statements import Credential, FetchUsed
from seattime.storage.xapi import Document
from seattime.web import errors_api
from seattime.web.hosts import MOST_BYTES
from seattime.web.xapi import answers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

blueprint = Blueprint("play_xapi", __name__, url_prefix="/xapi")
errors_api.handle_on(blueprint)
VERSION = "1.0.3"
METHODS = frozenset({"GET", "PUT", "POST", "DELETE"})
MEDIA_TYPE = re.compile(r"[!-~][ -~]{0,199}")
DOCUMENTS = {
    "activities/state": ("stateId", "state"),
    "activities/profile": ("profileId", "activity-profile"),
    "agents/profile": ("profileId", "agent-profile"),
}


@blueprint.after_request
def _version(response: Response) -> Response:
    response.headers["X-Experience-API-Version"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    # A document is what its writer says it is. By a form in the alternate syntax another site could have a browser show
    # one as a page of this origin, where learners' journals are.
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    if request.method == "OPTIONS":
        answers.answer_preflight(response, "GET, PUT, POST, DELETE")
    # content may run elsewhere; what admits it is its launch's credential
    return answers.allow_any_origin(response)


@blueprint.errorhandler(SeatTimeError)
def _refused(error: SeatTimeError) -> ResponseReturnValue:
    return jsonify(message=error.message), error.status


@blueprint.get("/about")
def about() -> ResponseReturnValue:
    return jsonify(version=[VERSION])


@blueprint.post("/fetch/<fetch>")
def fetch(fetch: str) -> ResponseReturnValue:
    """cmi5 8.2: once, by POST."""
    try:
        return jsonify({"auth-token": statements.fetch_token(fetch)})
    except FetchUsed as error:
        return jsonify({"error-code": "1", "error-text": error.message})


@blueprint.route("/statements", methods=["GET", "PUT", "POST"])
def statement_resource() -> ResponseReturnValue:
    """xAPI 1.0.3 Communication 2.1."""
    method, arguments, body, credential = _request()
    if method == "DELETE":
        raise BadInput("Statements are not deleted.", field="method")
    if method == "GET":
        found = statements.list_statements(credential)
        wanted = arguments.get("statementId")
        if wanted is None:
            return jsonify(statements=found, more="")
        match = [one for one in found if one["id"] == wanted.lower()]
        return (jsonify(match[0]), 200) if match else (jsonify(message="There is no such statement."), 404)
    if method == "PUT":
        if not arguments.get("statementId"):
            raise BadInput("PUT needs the parameter statementId.", field="statementId")
        statements.store_statements(credential, body, arguments["statementId"])
        return "", 204
    return jsonify(statements.store_statements(credential, body))


@blueprint.route("/activities/state", methods=["GET", "PUT", "POST", "DELETE"])
@blueprint.route("/activities/profile", methods=["GET", "PUT", "POST", "DELETE"])
@blueprint.route("/agents/profile", methods=["GET", "PUT", "POST", "DELETE"])
def document_resource() -> ResponseReturnValue:
    """xAPI 1.0.3 Communication 2.3, 2.6, 2.7."""
    method, arguments, body, credential = _request()
    id_name, prefix = DOCUMENTS[request.path.removeprefix("/xapi/").rstrip("/")]
    scope = "|".join((prefix, arguments.get("activityId", ""), ""))
    name = arguments.get(id_name)
    if method == "GET" and name is None:
        return jsonify(statements.list_documents(credential, scope))
    if name is None:
        raise BadInput(f"The parameter {id_name} is missing.", field=id_name)
    if method == "GET":
        document = statements.read_document(credential, scope + name)
        if document is None:
            return "", 404
        return Response(document.body, content_type=document.content_type)
    if method == "DELETE":
        statements.delete_document(credential, scope + name)
        return "", 204
    kind = arguments.get("Content-Type") or request.content_type or "application/octet-stream"
    if not MEDIA_TYPE.fullmatch(kind):
        raise BadInput("The Content-Type is not one that can be sent back.", field="Content-Type")
    statements.write_document(credential, scope + name, Document(kind, body), merge=method == "POST")
    return "", 204


@blueprint.get("/activities")
def activity_resource() -> ResponseReturnValue:
    _method, arguments, _body, _credential = _request()
    return jsonify(objectType="Activity", id=arguments.get("activityId", ""))


@blueprint.get("/agents")
def agent_resource() -> ResponseReturnValue:
    _method, arguments, _body, _credential = _request()
    agent = statements.read_json(arguments.get("agent", "{}"), "The parameter agent")
    if not isinstance(agent, dict):
        raise BadInput("The parameter agent must be a JSON object.", field="agent")
    return jsonify(objectType="Person", **{key: [value] for key, value in agent.items() if key != "objectType"})


def _request() -> tuple[str, dict[str, Any], bytes, Credential]:
    """Method, parameters, body and credential, also where they come in the alternate syntax (xAPI 1.0.3 Communication 1.3)."""
    arguments: dict[str, Any] = dict(request.args)
    method, body = request.method, request.get_data(cache=True)
    if len(body) >= (request.max_content_length or MOST_BYTES):
        # of one that came in chunks and did not say how long it is, Werkzeug reads so much and is silent about the rest
        raise RequestEntityTooLarge
    authorization = request.headers.get("Authorization", "")
    if request.method == "POST" and "method" in request.args:
        method = request.args["method"].upper()
        if method not in METHODS:
            raise BadInput(f"The parameter method must be one of {', '.join(sorted(METHODS))}.", field="method")
        arguments |= dict(request.form)
        authorization = arguments.get("Authorization", authorization)
        body = str(arguments.get("content", "")).encode()
    return method, arguments, body, statements.read_credential(authorization)


class SingleSlashes:
    """WSGI middleware: content joins an endpoint that ends in a slash with a path that begins with one (CATAPULT's courses do).

    A redirect would answer them too, but not a request that is sent while its page goes away.
    """

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/xapi//"):
            environ = {**environ, "PATH_INFO": "/xapi/" + path.removeprefix("/xapi").lstrip("/")}
        return self._app(environ, start_response)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
    app.wsgi_app = SingleSlashes(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way
