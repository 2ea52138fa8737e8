"""Serves the files of an unpacked package on its play origin. Must never be reachable on the public origin (hosts.py)."""

from __future__ import annotations

import mimetypes

from flask import Blueprint, Flask, Response, abort, current_app, g, request, send_file
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from seattime.errors import NotFound
from seattime.services.parts import parts
from seattime.storage.models import Course, CourseVersion, db
from seattime.web import content_access, content_pages

blueprint = Blueprint("content", __name__)
content_access.init_blueprint(blueprint)
REMEMBERED = "seattime.content"
MOST_REMEMBERED = 10_000

TYPES = {
    ".js": "text/javascript", ".mjs": "text/javascript", ".css": "text/css", ".html": "text/html", ".htm": "text/html",
    ".xhtml": "application/xhtml+xml", ".json": "application/json", ".svg": "image/svg+xml", ".woff": "font/woff",
    ".woff2": "font/woff2", ".ttf": "font/ttf", ".otf": "font/otf", ".mp4": "video/mp4", ".m4v": "video/mp4",
    ".webm": "video/webm", ".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".ogg": "audio/ogg", ".wav": "audio/wav",
    ".vtt": "text/vtt", ".wasm": "application/wasm", ".swf": "application/x-shockwave-flash", ".xml": "text/xml",
    ".webp": "image/webp", ".avif": "image/avif", ".ico": "image/x-icon", ".xsd": "text/xml", ".txt": "text/plain",
}  # fmt: skip
"""Types of what packages really hold; the machine's own table differs from one to the next."""


@blueprint.get("/content/<version_key>/<path:name>")
@blueprint.get("/content/<version_key>/", defaults={"name": ""})
def content_file(version_key: str, name: str) -> Response:
    """One file of a package. The key of a version never names other files, so browsers may keep them."""
    if (name == "" or name.endswith("/")) and content_access.has_token(version_key) and _plays_here(version_key):
        return content_access.whole_package(version_key, name)
    try:
        # before the database is asked: not every text is one that it takes
        path = parts().store.path(version_key, name)
    except NotFound:
        abort(404)
    if not _plays_here(version_key):
        abort(404)
    suffix = path.suffix.lower()
    guessed = TYPES.get(suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    response = content_pages.page(version_key, path, guessed)
    if response is None:
        response = send_file(path, mimetype=guessed, conditional=True, etag=True, max_age=3600)
    response.headers["Cache-Control"] = "private, max-age=3600"
    return response


def _plays_here(version_key: str) -> bool:
    slug = _slug_of(version_key)
    # where every course has an origin of its own, another course's files are not to be had there
    return slug is not None and (g.play_slug is None or g.play_slug == slug)


def _slug_of(version_key: str) -> str | None:
    """The course's label as the database says; while that is away, as it said last: an open course goes on (design 3.3).

    Answers 503 where nobody can say.
    """
    remembered: dict[str, str | None] = current_app.extensions[REMEMBERED]
    if not parts().breaker.resting():
        try:
            slug = db.session.execute(
                select(Course.slug)
                .join(CourseVersion, CourseVersion.course_key == Course.key)
                .where(CourseVersion.key == version_key, Course.deleted_ms.is_(None))
            ).scalar_one_or_none()
        except SQLAlchemyError:
            db.session.rollback()
        else:
            if len(remembered) >= MOST_REMEMBERED:
                remembered.clear()
            remembered[version_key] = slug
            return slug
    if version_key not in remembered:
        abort(503)
    return remembered[version_key]


@blueprint.route("/content/<version_key>/<path:name>", methods=["POST"])
def content_posted(version_key: str, name: str) -> Response:
    """Some courses open their pages by submitting a form; a file answers as it does to GET."""
    request.get_data(cache=False)
    return content_file(version_key, name)


def init_app(app: Flask) -> None:
    app.extensions[REMEMBERED] = {}
    content_pages.init_app(app)
    app.register_blueprint(blueprint)
