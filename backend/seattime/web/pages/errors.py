"""What a person sees when something cannot be shown: a sentence and a way on, never a stack."""

from __future__ import annotations

import errno
from typing import Final

from flask import Blueprint, Flask, Response, current_app, g, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

from seattime.errors import DiskFull, LinkExpired, NotFound, SeatTimeError, Unavailable
from seattime.storage.models import db
from seattime.web.pages import security

NOT_PAGES: Final = ("/api/", "/xapi", "/health/", "/metrics", "/player/", "/runtime/", "/assets/")

TITLES = {
    400: "That could not be read",
    403: "Not allowed",
    404: "Nothing here",
    405: "Nothing here",
    409: "That clashes with what is there",
    410: "This link is no longer good",
    413: "This file is too large",
    503: "Not now",
    507: "The disk is full",
}


def handle_on(blueprint: Blueprint) -> Blueprint:
    """Shows errors of this blueprint's views as pages, or as `{"message": ...}` to our scripts. Returns it."""
    blueprint.register_error_handler(SeatTimeError, _known)
    blueprint.register_error_handler(CSRFError, _stale_form)
    blueprint.register_error_handler(HTTPException, _http)
    blueprint.register_error_handler(Exception, _unknown)
    return blueprint


def init_app(app: Flask) -> None:
    """An address that no view has is answered with a page too, where a person may have typed it."""

    def no_such_page(error: HTTPException) -> ResponseReturnValue:
        if g.get("play_side") or request.path.startswith(NOT_PAGES):
            return error.get_response()
        return _http(error)

    app.register_error_handler(404, no_such_page)
    app.register_error_handler(405, no_such_page)


def page(status: int, message: str, title: str | None = None) -> Response:
    """An error as a page or as JSON. The transaction is over: what the view wrote and did not commit is dropped."""
    db.session.rollback()
    if security.wants_json():
        response = make_response({"message": message}, status)
    else:
        ways_on = [("To the courses", url_for("home.show"))]
        if status == LinkExpired.status:
            ways_on = [("How to get a new one", url_for("sign_in.how"))]
        if status == Unavailable.status:
            ways_on.append(("Whether time is safe", url_for("health_page.show")))
        words = title or TITLES.get(status, "Something went wrong")
        body = render_template("pages/error.html", title=words, message=message, ways_on=ways_on)
        response = make_response(body, status)
    return security.add_headers(response)


def _known(error: SeatTimeError) -> ResponseReturnValue:
    return page(error.status, error.message)


def _stale_form(_error: CSRFError) -> ResponseReturnValue:
    return page(400, "This form is from an earlier sign-in. Go back, load the page anew and send it again.")


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or 500
    if status < 400:
        return error.get_response()
    if status in (404, 405):
        return page(404, NotFound("There is no such page, or it has been deleted.").message)
    if status == 413:
        return page(413, "This file is larger than this server takes (SEATTIME_MAX_PACKAGE_BYTES).")
    return page(status, error.description or "This request could not be answered.")


def _unknown(error: Exception) -> ResponseReturnValue:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        # while a form with a file in it was read, before any view of ours
        return page(DiskFull.status, "There is no room left on the server's disk. Nothing was imported or changed.")
    if isinstance(error, DataError):
        # a NUL in a text, say, which PostgreSQL holds nowhere
        return page(400, "What was sent holds a character or a number that cannot be stored.")
    current_app.logger.exception("A page failed", exc_info=error)
    return page(500, "This page failed. The server's log says why; nothing that was kept is lost.")
