"""The REST API at /api/v2: the resource paths and shapes of SCORM Cloud API v2, so that its public client drives it.

docs/rest-api.md says what each path does and where this server differs. Basic credentials on every request, errors as
`{"message": ...}`, nothing cached.
"""

from __future__ import annotations

from flask import Blueprint, Flask, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import MethodNotAllowed, NotFound

from seattime.web import errors_api
from seattime.web.api import access, cmi5, courses, host_tickets, import_jobs, learners, registrations, statements, system
from seattime.web.api.paths import ApiPaths, IdConverter

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def init_app(app: Flask) -> None:
    """Called once by the app factory."""
    app.url_map.converters["id"] = IdConverter
    app.wsgi_app = ApiPaths(app.wsgi_app)  # type: ignore[method-assign]  # Flask's documented way
    app.register_blueprint(_make_blueprint(), url_prefix="/api")


def _make_blueprint() -> Blueprint:
    blueprint = Blueprint("api", __name__)
    errors_api.handle_on(blueprint)
    blueprint.before_request(access.check_request)
    blueprint.after_request(_not_cached)
    for part in (system, courses, import_jobs, registrations, statements, learners, host_tickets, cmi5):
        blueprint.register_blueprint(part.blueprint, url_prefix="/v2")
    blueprint.add_url_rule("/<path:rest>", "unknown", _unknown, methods=METHODS)
    return blueprint


def _not_cached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _unknown(rest: str) -> ResponseReturnValue:
    """Every other path: 405 where another method would do, else 404."""
    routes = current_app.url_map.bind("")
    for method in METHODS:
        try:
            endpoint, _ = routes.match(f"/api/{rest}", method=method)
        except (NotFound, MethodNotAllowed):
            continue
        if endpoint != request.endpoint:
            abort(405)
    abort(404)
