"""Serves `static/scorm_api/`: the adapter and the player's modules, on both sides, as files without a build step."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory

blueprint = Blueprint("adapter_files", __name__)


def adapter_folder() -> Path:
    """`static/scorm_api` of a checkout, or beside the installed package."""
    here = Path(__file__).resolve()
    for base in (here.parents[3], here.parents[1]):
        if (base / "static" / "scorm_api").is_dir():
            return base / "static" / "scorm_api"
    raise FileNotFoundError("static/scorm_api is missing beside the seattime package.")


@blueprint.get("/static/scorm_api/<path:name>")
def adapter_file(name: str) -> Response:
    """One module. Revalidated at each use, so that an upgrade reaches every page at its next load."""
    response = send_from_directory(adapter_folder(), name, conditional=True, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    if name.endswith(".js"):
        response.mimetype = "text/javascript"
    # a host page of another LMS loads these modules from its own origin
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
