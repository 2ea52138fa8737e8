"""xAPI on a play origin: the record store of web/xapi as launched content meets it, by the credential of its launch; cmi5's fetch.

Guarantees: the same resources and the same rows as on the public side, seen through one registration. What published content does,
though the specification does not allow it, is understood: a request without a version, parameters that nobody knows, two slashes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from flask import Blueprint, Flask, Response, g, jsonify, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import Headers

from seattime.domain.xapi import versions
from seattime.domain.xapi.versions import HEADER, Version
from seattime.errors import BadInput, NotAllowed
from seattime.services import cmi5_sessions, xapi_launches
from seattime.services.xapi_launches import FetchUsed
from seattime.storage import database
from seattime.web import errors_api
from seattime.web.xapi import resources
from seattime.web.xapi.calls import FORM, IN_FORM, METHODS, Call, read_body

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

blueprint = Blueprint("play_xapi", __name__, url_prefix="/xapi")
errors_api.handle_on(blueprint)
FORMS: Final = (FORM, "multipart/form-data")
ONE_LINE = re.compile(r"[ -~]*")
MEDIA_TYPE = re.compile(r"[!-~][ -~]{0,199}")


@blueprint.after_request
def _headers(response: Response) -> Response:
    return resources.finish(response, g.get("lrs_version") or Version.V1)


@blueprint.post("/fetch/<fetch>")
def fetch(fetch: str) -> ResponseReturnValue:
    """cmi5 8.2: once, by POST."""
    try:
        return jsonify({"auth-token": cmi5_sessions.fetch_token(fetch)})
    except FetchUsed as error:
        return jsonify({"error-code": "1", "error-text": error.message})


@blueprint.route("/<path:resource>", methods=["GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"], provide_automatic_options=False)
def door(resource: str) -> ResponseReturnValue:
    """Every request of content, in either syntax."""
    return resources.answer(resource.strip("/"), _read_call)


def _read_call() -> Call:
    """Also in the alternate request syntax (xAPI 1.0.3 Communication 1.3), whose address may have parameters of its own here.

    The credential may stand in the address: a beacon carries no header (static/scorm_api/player/launch-wins.js). It goes before one in
    a header, and that before one in a form, where content may say the password of a store that it brought along.
    """
    parameters: dict[str, Any] = dict(request.args)
    headers = Headers(request.headers)
    if "Authorization" in parameters:
        _set_header(headers, "Authorization", parameters.pop("Authorization"))
    method, body = request.method, read_body()
    if method == "POST" and "method" in parameters:
        method = str(parameters.pop("method")).upper()
        if method not in METHODS:
            raise BadInput(f"The parameter method must be one of {', '.join(sorted(METHODS))}.", field="method")
        form = _form(body)
        if form is not None:
            parameters |= form
            body = str(parameters.pop("content", "")).encode()
            headers.pop("Content-Type", None)
            for name in IN_FORM & parameters.keys():
                value = parameters.pop(name)
                if name != "Authorization" or name not in headers:
                    _set_header(headers, name, value)
        if method in ("PUT", "POST"):
            headers.setdefault("Content-Type", "application/json")
    credential = xapi_launches.read_credential(headers.get("Authorization", ""))
    reads = method in ("GET", "HEAD")
    if reads and not credential.reads:
        raise NotAllowed("This launch was too long ago to read with; what it writes is still taken. Launch the course again.")
    version = versions.of_text(headers.get(HEADER, "")) or Version.V1
    database.set_read_only(reads)
    g.lrs_version = version
    return Call(method, parameters, headers, body, version, credential)


def _form(body: bytes) -> dict[str, Any] | None:
    """The fields of the alternate syntax; None where the body is what is sent itself.

    `sendBeacon` calls every text "text/plain", a form that content put together as well as a statement.
    """
    if request.mimetype in FORMS:
        return dict(request.form)
    if request.mimetype not in ("", "text/plain"):
        return None
    text = body.decode(errors="replace")
    return {"content": text} if text.lstrip().startswith(("{", "[")) else dict(parse_qsl(text, keep_blank_values=True))


def _set_header(headers: Headers, name: str, value: str) -> None:
    if not (MEDIA_TYPE if name == "Content-Type" else ONE_LINE).fullmatch(value):
        raise BadInput(f"The {name} is not one that can be sent back.", field=name)
    headers[name] = value


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
