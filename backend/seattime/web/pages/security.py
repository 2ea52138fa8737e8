"""Who may see the pages: sign-in by Flask-Login, CSRF tokens, the Origin check, the headers of our own pages.

Guarantees: no page but the sign-in pages is shown to somebody who is not signed in; nothing is changed by a request
that another origin sent; no page can be framed, and no script or style runs on it but our own files.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from flask_wtf.csrf import CSRFProtect

from seattime.errors import NotAllowed
from seattime.services import sign_in
from seattime.services.parts import parts
from seattime.storage.models import db
from seattime.storage.probe import DatabaseState

READING = frozenset({"GET", "HEAD", "OPTIONS"})

login_manager = LoginManager()
csrf = CSRFProtect()


class CurrentUser(UserMixin):  # type: ignore[misc]  # Flask-Login has no types
    """Flask-Login's view of a user."""

    def __init__(self, user: sign_in.SignedIn) -> None:
        self.id = user.key
        self.name = user.name


def init_app(app: Flask) -> None:
    """Sets up sign-in and CSRF. Only our pages ask for CSRF tokens: deliveries and APIs bring their own proof."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    # a form left open over lunch still works; the token dies with the session
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    login_manager.init_app(app)
    csrf.init_app(app)
    app.context_processor(lambda: {"signed_in": current_user})


def protect(blueprint: Blueprint, *, open_to_all: bool = False) -> Blueprint:
    """Puts the checks before every view of a blueprint and the headers on every answer. Returns it."""
    if not open_to_all:
        blueprint.before_request(_require_sign_in)
    blueprint.before_request(_require_our_own_form)
    blueprint.after_request(add_headers)
    return blueprint


def add_headers(response: Response) -> Response:
    """What a page of ours is served with."""
    play = parts().settings.play_origin.replace("{course}", "*")
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        # "Play it yourself" is a form whose answer leads to the player
        f"form-action 'self' {play}; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def begin(user: sign_in.SignedIn) -> None:
    """Signs in, in a fresh session: what was in the cookie before is worth nothing afterwards."""
    session.clear()
    login_user(CurrentUser(user))


def end() -> None:
    """Signs out."""
    logout_user()
    session.clear()


def author() -> str:
    """The name that goes under what a person changes."""
    return str(current_user.name)


def user_key() -> str:
    """The signed-in user's key."""
    return str(current_user.id)


def safe_next(target: str | None) -> str:
    """`target` where it is a path on this server, else the home page."""
    # browsers drop tabs and line ends, so that /<tab>/host becomes //host
    if target and target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable():
        return target
    return url_for("home.show")


def wants_json() -> bool:
    """Whether a script of ours asks, and not a person."""
    return request.accept_mimetypes.best_match(["text/html", "application/json"]) == "application/json"


@login_manager.user_loader  # type: ignore[untyped-decorator]  # Flask-Login has no types
def _load(key: str) -> CurrentUser | None:
    if request.blueprint == "health_page" and parts().probe.answer() is DatabaseState.SILENT:
        # the cookie is signed: whoever has it has signed in before. That page changes nothing then (pages/health.py)
        return CurrentUser(sign_in.SignedIn(key, sign_in.ADMINISTRATOR))
    user = sign_in.find_user(key)
    # Ends the transaction: on SQLite it would hold the write lock for as long as the body of an upload takes to come.
    db.session.rollback()
    return None if user is None else CurrentUser(user)


def _require_sign_in() -> ResponseReturnValue | None:
    if current_user.is_authenticated:
        return None
    if wants_json():
        return {"message": "You are signed out. Sign in again and repeat it."}, 401
    here = request.full_path.rstrip("?") if request.method in READING else None
    return redirect(url_for("sign_in.how", next=here))


def _require_our_own_form() -> None:
    if request.method in READING:
        return
    if not _from_this_origin():
        raise NotAllowed("This form was sent from another address than the one this page is served on.")
    csrf.protect()


def _from_this_origin() -> bool:
    """Browsers send Origin with every POST. Content on a play origin, a sibling site, has another one."""
    origin = request.headers.get("Origin", "")
    ours: tuple[Any, ...] = (urlsplit(parts().settings.public_url)[:2], (request.scheme, request.host))
    try:
        return urlsplit(origin)[:2] in ours
    except ValueError:
        return False
