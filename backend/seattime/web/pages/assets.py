"""Our own CSS, icons and scripts at /assets. Addresses carry a hash of the content, so that a browser may keep them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory, url_for

FOLDER = Path(__file__).resolve().parents[1] / "assets"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

blueprint = Blueprint("assets", __name__)


@blueprint.get("/assets/<path:name>")
def file(name: str) -> Response:
    """One file. An address with the right hash never changes what it means; without one it is asked for again."""
    # the mime table of the machine may be incomplete, and browsers refuse modules of the wrong type
    response = send_from_directory(FOLDER, name, mimetype=TYPES.get(Path(name).suffix))
    current = request.args.get("v") == _hash(name)
    response.headers["Cache-Control"] = "public, max-age=31536000, immutable" if current else "no-cache"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def address(name: str) -> str:
    """The address of an asset, for templates."""
    return url_for("assets.file", name=name, v=_hash(name))


@lru_cache
def _hash(name: str) -> str:
    return hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]
