"""Serves `static/scorm_api/`: the adapter and the player's modules, on both sides, as files without a build step.

Our own pages ask under an address that carries the files' digest, which browsers may keep for ever; the plain address, for
other people's pages, is asked again at each use.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory

blueprint = Blueprint("adapter_files", __name__)
ROOT = "/static/scorm_api"


def adapter_folder() -> Path:
    """`static/scorm_api` of a checkout, or beside the installed package."""
    here = Path(__file__).resolve()
    for base in (here.parents[3], here.parents[1]):
        if (base / "static" / "scorm_api").is_dir():
            return base / "static" / "scorm_api"
    raise FileNotFoundError("static/scorm_api is missing beside the seattime package.")


def static_url() -> str:
    """The address under which today's files may be kept for ever."""
    return f"{ROOT}/v-{_digest()}"


@blueprint.get(f"{ROOT}/v-<digest>/<path:name>")
def kept_file(digest: str, name: str) -> Response:
    """One module under its digest. During an upgrade of several nodes the digest may be another's: then it is not kept."""
    response = _file(name)
    if digest == _digest():
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
    return response


@blueprint.get(f"{ROOT}/<path:name>")
def adapter_file(name: str) -> Response:
    """One module. Revalidated at each use, so that an upgrade reaches every page at its next load."""
    response = _file(name)
    # a host page of another LMS loads these modules from its own origin
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response


def _file(name: str) -> Response:
    response = send_from_directory(adapter_folder(), name, conditional=True, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    if name.endswith(".js"):
        response.mimetype = "text/javascript"
    return response


def _digest() -> str:
    folder = adapter_folder()
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return _digest_of(tuple((str(path), path.stat().st_mtime_ns) for path in files))


@lru_cache(maxsize=4)
def _digest_of(stamped: tuple[tuple[str, int], ...]) -> str:
    """Of the contents; the stamps only say when to look again."""
    digest = hashlib.sha256()
    for path, _stamp in stamped:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
