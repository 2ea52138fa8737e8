"""The player page on a play origin: a link opens it, it does nothing by itself, and one POST starts a launch (design, section 6).

Guarantees: fetching a link starts nothing; pages are `no-store`; nobody starts another's registration; a reload works by
an HttpOnly cookie that is scoped to this registration's player.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, current_app, g, jsonify, make_response, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from seattime.errors import BadInput, LinkExpired, NotAllowed, NotFound, SeatTimeError, Unavailable
from seattime.services import launching
from seattime.services.launching import Admission
from seattime.services.parts import parts
from seattime.storage.models import db
from seattime.web import adapter_files, errors_api

blueprint = Blueprint("player", __name__, url_prefix="/player")
COOKIE = "seattime_player"


@blueprint.after_request
def _never_stored(response: Response) -> Response:
    # with anything weaker, Back builds the page from the HTTP cache and asks nobody (FIELD-NOTES, Browsers)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data: blob:; media-src 'self' data: blob:; frame-src *; worker-src 'self'; "
        f"object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors {_frame_ancestors()}"
    )
    return response


def _frame_ancestors() -> str:
    """The delivery page is framed by sibling origins only; the player may be embedded by a customer's page."""
    if request.endpoint == "player.deliver":
        play = parts().settings.play_origin
        return play.replace("{course}", "*") if "{course}" in play else "'self'"
    return "*"


@blueprint.get("/<registration_key>/")
def page(registration_key: str) -> ResponseReturnValue:
    """The page that a launch link opens."""
    link = request.args.get("link", "")
    try:
        admission = _admit(registration_key, link)
        opening = launching.opening(admission, g.play_slug)
    except NotFound:
        return _message("gone", 404)
    except LinkExpired:
        return _message("expired", 410)
    except NotAllowed:
        return _message("not-found", 403)
    return render_template(
        "player/player.html",
        registration=registration_key,
        link=link,
        course_title=opening.title,
        static_url=adapter_files.static_url(),
        call_log=opening.test_run,
        preloads=adapter_files.preloads(opening.kind),
    )


@blueprint.post("/<registration_key>/launch")
def launch(registration_key: str) -> ResponseReturnValue:
    """Starts a launch: number, order number, attempt, state and delivery token (protocol, "The other requests")."""
    try:
        _check_origin()
        body = _body()
        if not isinstance(body, dict):
            raise BadInput('The body must be a JSON object such as {"link": "...", "activity": null}.')
        link, activity = body.get("link") or "", body.get("activity")
        admission = _admit(registration_key, str(link))
        answer = launching.start_launch(
            admission,
            slug=g.play_slug,
            activity_id=None if activity is None else str(activity),
            user_agent=request.headers.get("User-Agent", "")[:400],
        )
    except SeatTimeError as error:
        return jsonify(message=error.message), error.status
    response = jsonify(answer)
    settings = parts().settings
    response.set_cookie(
        COOKIE,
        launching.player_cookie(admission),
        max_age=settings.cookie_days * 24 * 3600,
        path=f"/player/{registration_key}/",
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
    )
    return response


@blueprint.get("/deliver")
def deliver() -> ResponseReturnValue:
    """Delivers what this origin's journal holds; framed by the players of sibling origins (design 3.3)."""
    return render_template("player/deliver.html", static_url=adapter_files.static_url())


@blueprint.get("/return")
def content_return() -> ResponseReturnValue:
    """Where content goes by its own "Exit" (cmi5 10.2.6): the same page for everybody, whatever the request says."""
    return render_template("player/return.html", static_url=adapter_files.static_url())


@blueprint.errorhandler(Exception)
def _failed(error: Exception) -> ResponseReturnValue:
    """What nobody foresaw: JSON for the player's script, a calm sentence for a learner."""
    if isinstance(error, HTTPException) and request.method != "POST":
        return error.get_response()
    if request.method == "POST":
        return errors_api.answer_to(error)
    db.session.rollback()
    if not isinstance(error, Unavailable):
        current_app.logger.exception("A page of the player failed", exc_info=error)
    return _message("unavailable", 503)


def _body() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:
        return None


def _admit(registration_key: str, link: str) -> Admission:
    """By the link, else by the cookie of an earlier launch."""
    if link:
        try:
            return launching.admit_by_link(registration_key, link)
        except LinkExpired:
            if COOKIE not in request.cookies:
                raise
    return launching.admit_by_cookie(registration_key, request.cookies.get(COOKIE, ""))


def _check_origin() -> None:
    """Cookies ignore ports and siblings may toss them: a write must come from this very origin (design, section 7)."""
    origin = request.headers.get("Origin")
    if origin is not None and _netloc(origin) != request.host:
        raise NotAllowed("A launch must be started from the player's own page.")


def _netloc(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


def _message(reason: str, status: int) -> ResponseReturnValue:
    return make_response(render_template("player/message.html", reason=reason, static_url=adapter_files.static_url()), status)


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
