"""The sceptic's page (`seattime serve --demo`): a course plays, what the server knows stands beside it, and buttons break things.

The page is on the play origin of the course that it plays, since a browser keeps storage apart for a course that is framed
by another site, and because a course's own page may frame the player as it is. One comes there from the home page: a form,
with sign-in and CSRF as for every page, makes a signed pass for one registration, and every request of the page brings it
in a header, which no other origin can make a browser send. The page has no sign-in cookie.

Guarantees: without `init_app`, which only `--demo` on loopback calls, none of it exists; a cut network is cut for the played
course only, and as a browser sees a real one: the connection ends without an answer; the page itself stays connected.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Flask, Response, current_app, flash, g, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from seattime.config import Settings
from seattime.errors import NotAllowed, SeatTimeError
from seattime.services import by_key, demo, launching
from seattime.services.parts import EXTENSION, Parts, parts
from seattime.storage import stoppable
from seattime.storage.models import db
from seattime.web.pages import assets, security
from seattime.web.pages.blueprints import make_blueprint

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FLAG: Final = "SEATTIME_DEMO"
PATH: Final = "/demo/"
PASS_HEADER: Final = "X-Demo-Pass"
PASS_LIVES_S: Final = 12 * 3600

door = make_blueprint("demo_door")
blueprint = Blueprint("demo", __name__, url_prefix=PATH.rstrip("/"))


def livelier(settings: Settings) -> Settings:
    """A minute is short: the server hears of an open course more often than it has to."""
    return replace(settings, heartbeat_s=min(settings.heartbeat_s, demo.HEARTBEAT_S))


def init_app(app: Flask) -> None:
    """For an application whose server was started with `--demo`, on loopback. Whatever was broken is mended."""
    made: Parts = app.extensions[EXTENSION]
    switches = demo.Switches(made.settings.data_dir, made.wall)
    switches.mend_all()
    stoppable.make_stoppable(made.settings.sqlalchemy_url, lambda: switches.database.broken() is not None)
    app.extensions[FLAG] = switches
    app.config[FLAG] = True
    app.wsgi_app = CutNetwork(app.wsgi_app, switches.network)  # type: ignore[method-assign]  # Flask's documented way
    app.register_blueprint(door)
    app.register_blueprint(blueprint)


class CutNetwork:
    """WSGI middleware: while the network is cut, requests to the play origin of the course end without an answer.

    gunicorn closes the connection where the application raises that it was reset, and says nothing.
    """

    def __init__(self, app: WSGIApplication, switch: demo.Switch) -> None:
        self._app = app
        self._switch = switch

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        cut = self._switch.broken()
        if cut is not None and environ.get("HTTP_HOST", "").lower() == cut.scope and not environ["PATH_INFO"].startswith(PATH):
            raise ConnectionResetError(errno.ECONNRESET, "The network was cut on the sceptic's page.")
        return self._app(environ, start_response)


@door.post("/see-for-yourself")
def open_page() -> ResponseReturnValue:
    """From the home page: makes a pass for the administrator's own test run and leads to the page."""
    course = demo.course_to_play()
    if course is None:
        flash("Import a course first: the page needs one to play.")
        return redirect(url_for("home.show"))
    visit = demo.begin(launching.test_run_registration(course, security.author()))
    origin = parts().settings.play_origin_of(visit.slug)
    return redirect(f"{origin}{PATH}?pass={_serializer().dumps(asdict(visit))}", 303)


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The page. Opening it mends whatever was left broken."""
    try:
        visit = _visit(request.args.get("pass", ""))
    except NotAllowed as error:
        return render_template("pages/demo_closed.html", message=error.message, home=parts().settings.public_url), error.status
    _switches().mend_all()
    with stoppable.let_through():
        course = by_key.find_registration(visit.registration_key).course
    return render_template(
        "pages/demo.html",
        course=course.title,
        home=parts().settings.public_url,
        registration=visit.registration_key,
        launches=visit.launches,
        pass_=request.args["pass"],
    )


@blueprint.get("/assets/<path:name>")
def asset(name: str) -> Response:
    """Our own scripts and styles, which are otherwise not to be had on a play origin."""
    return assets.file(name)


@blueprint.get("/live")
def live() -> ResponseReturnValue:
    """What the server knows at this moment."""
    return jsonify(demo.look(_allowed(), _switches()))


@blueprint.post("/link")
def link() -> ResponseReturnValue:
    """A fresh launch link, for another tab."""
    visit = _allowed()
    with stoppable.let_through():
        return jsonify(address=launching.launch_link(by_key.find_registration(visit.registration_key)))


@blueprint.post("/network/<any(cut, back):what>")
def network(what: str) -> ResponseReturnValue:
    """Cuts the network of the course, or brings it back."""
    visit = _allowed()
    switch = _switches().network
    if what == "cut":
        switch.break_it(visit.host)
    else:
        switch.mend()
    return jsonify(demo.look(visit, _switches()))


@blueprint.post("/database/<any(stop, start):what>")
def database(what: str) -> ResponseReturnValue:
    """Stops the database for everybody, or starts it again."""
    visit = _allowed()
    switch = _switches().database
    if what == "stop":
        switch.break_it()
    else:
        switch.mend()
    return jsonify(demo.look(visit, _switches()))


@blueprint.errorhandler(SeatTimeError)
def _refused(error: SeatTimeError) -> ResponseReturnValue:
    return jsonify(message=error.message), error.status


@blueprint.after_request
def _headers(response: Response) -> Response:
    db.session.rollback()
    response.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; frame-src 'self'; "
        "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
    )
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _allowed() -> demo.Visit:
    """The visit that the request's pass is for. Raises NotAllowed."""
    return _visit(request.headers.get(PASS_HEADER, ""))


def _visit(given: str) -> demo.Visit:
    """Raises NotAllowed for a pass that is not ours, is too old, or is for another course than plays here."""
    try:
        visit = demo.Visit(**_serializer().loads(given, max_age=PASS_LIVES_S))
    except (BadData, TypeError):
        raise NotAllowed("This page opens from the home page only, and its pass is not good (any more).") from None
    if g.play_slug not in (None, visit.slug):
        raise NotAllowed("This page was opened for another course.")
    return visit


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.config["SECRET_KEY"]), salt="seattime.demo")


def _switches() -> demo.Switches:
    found: demo.Switches = current_app.extensions[FLAG]
    return found

