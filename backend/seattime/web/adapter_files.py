"""Serves `static/scorm_api/`: the adapter and the player's modules, on both sides, without a build step.

Our own pages ask under an address that carries the files' digest, which browsers may keep for ever; the plain address, for
other people's pages, is asked again at each use. A page's first script comes with what it imports, in one file
(`module_bundle`), and modules go without their comments and packed (`module_text`); or each file as it is written, where
`SEATTIME_READABLE_MODULES` says so.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Flask, Response, abort, request, send_from_directory
from werkzeug.security import safe_join

from seattime.services.parts import parts
from seattime.web.module_bundle import Bundle, bundles
from seattime.web.module_text import ModuleText, as_served, module_text, without_comments

blueprint = Blueprint("adapter_files", __name__)
ROOT = "/static/scorm_api"
PLAYER: Final = "player/player-page.js"
ENTRIES: Final = (PLAYER, "player/deliver-visit.js", "delivery/worker.js", "host/host.js")
"""The scripts that pages, and a worker, begin with."""
DIALECTS: Final = {"scorm11": "scorm12", "scorm12": "scorm12", "scorm2004": "scorm2004"}
"""By a course's kind, whose tables its adapter needs (`adapter/load-adapter.js`)."""


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


def preloads(kind: str) -> list[str]:
    """What the player's page will load for a course of this kind: asked for at once, where the browser would find it later."""
    if parts().settings.readable_modules or kind not in DIALECTS:
        return []
    return [f"{static_url()}/adapter/dialect-{DIALECTS[kind]}.js?of={PLAYER}"]


def bundle_text(key: str) -> ModuleText | None:
    """The file of this key (`Bundle.key`) as it is served; None where no page of ours asks for such a one."""
    return _bundle_text(key, _stamps())


def _file(name: str) -> Response:
    path = safe_join(str(adapter_folder()), name)
    if name.endswith(".js") and path is not None and Path(path).is_file():
        response = _module(Path(path), name)
    else:
        response = send_from_directory(adapter_folder(), name, conditional=True, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _module(path: Path, name: str) -> Response:
    readable = parts().settings.readable_modules
    before = request.args.get("of")
    text = None if readable else bundle_text(f"{name}?of={before}" if before else name)
    if before and not readable and text is None:
        abort(404)
    return _response(text or module_text(path, readable=readable))


def _response(text: ModuleText) -> Response:
    packs = request.accept_encodings["gzip"] > 0
    response = Response(text.packed if packs else text.plain, mimetype="text/javascript")
    if packs:
        response.headers["Content-Encoding"] = "gzip"
    response.vary.add("Accept-Encoding")
    response.set_etag(f"{text.digest}-gzip" if packs else text.digest)
    response.make_conditional(request)
    return response


@lru_cache(maxsize=64)
def _bundle_text(key: str, stamps: tuple[tuple[str, int], ...]) -> ModuleText | None:
    bundle = _bundles(stamps).get(key)
    return None if bundle is None else as_served(without_comments(bundle.text()))


@lru_cache(maxsize=4)
def _bundles(_stamps: tuple[tuple[str, int], ...]) -> dict[str, Bundle]:
    """Kept until a file changes."""
    return bundles(adapter_folder(), ENTRIES)


def _digest() -> str:
    """Of the files, and of how they are served: kept copies of the one are not taken for the other."""
    return f"{'r' if parts().settings.readable_modules else 'b'}{_digest_of(_stamps())}"


def _stamps() -> tuple[tuple[str, int], ...]:
    """Every file and when it was changed."""
    files = sorted(path for path in adapter_folder().rglob("*") if path.is_file())
    return tuple((str(path), path.stat().st_mtime_ns) for path in files)


@lru_cache(maxsize=4)
def _digest_of(stamped: tuple[tuple[str, int], ...]) -> str:
    """Of the contents; the stamps only say when to look again."""
    digest = hashlib.sha256()
    for path, _stamp in stamped:
        digest.update(Path(path).read_bytes())
    return digest.hexdigest()[:16]


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
