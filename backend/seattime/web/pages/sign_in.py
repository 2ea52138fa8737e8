"""Signing in and out: how to get a link, the link itself, and the way out.

Fetching a link shows a button and uses nothing up, since mail scanners and browsers fetch links by themselves.
"""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from seattime.services import sign_in
from seattime.services.parts import parts
from seattime.web.pages import security
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("sign_in", open_to_all=True)


@blueprint.get("/sign-in")
def how() -> ResponseReturnValue:
    """How to get a link."""
    if current_user.is_authenticated:
        return redirect(security.safe_next(request.args.get("next")))
    return render_template("pages/sign_in.html", example=f"{parts().settings.public_url}/sign-in/")


@blueprint.get("/sign-in/<token>")
def show(token: str) -> ResponseReturnValue:
    """A button; the link stays good."""
    return render_template("pages/sign_in_link.html", user=sign_in.check_link(token))


@blueprint.post("/sign-in/<token>")
def use(token: str) -> ResponseReturnValue:
    """Signs in and uses the link up."""
    security.begin(sign_in.use_link(token))
    return redirect(url_for("home.show"))


@blueprint.post("/sign-out")
def out() -> ResponseReturnValue:
    """Signs out."""
    security.end()
    return redirect(url_for("sign_in.how"))
