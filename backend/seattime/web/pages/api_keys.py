"""Keys of the REST API: made, shown once, revoked."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from seattime.services import api_keys
from seattime.services.parts import parts
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("api_keys")


@blueprint.get("/api-keys")
def index() -> ResponseReturnValue:
    """The keys there are; no secrets."""
    return _page(None)


@blueprint.post("/api-keys")
def create() -> ResponseReturnValue:
    """Makes a key and shows its secret, this once: a redirect would have to keep it somewhere."""
    wanted = request.form.get("key_id", "").strip()
    return _page(api_keys.create_key(wanted or None, request.form.getlist("scopes")))


@blueprint.post("/api-keys/revoke")
def revoke() -> ResponseReturnValue:
    """From now on the key is refused."""
    key_id = request.form.get("key_id", "")
    api_keys.revoke_key(key_id)
    flash(f"The key {key_id} is revoked.")
    return redirect(url_for("api_keys.index"))


def _page(made: api_keys.NewKey | None) -> str:
    return render_template("pages/api_keys.html", keys=api_keys.list_keys(), made=made, base_url=f"{parts().settings.public_url}/api/v2")
