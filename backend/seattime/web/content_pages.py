"""Pages of packages that a launch hands to a record store: each tells the player of its window before it does anything else.

Content may carry a store of its own and speak to it in its very first line; what looks at its frames from outside comes too late for
that (static/scorm_api/player/launch-wins.js). So a small script is put in front of such a page on its way to the browser.

Guarantees: only what is navigated to is changed, never what a script or an application asks for; a page stays in the mode that its
doctype chooses and in its encoding; the script leaves no trace in the document, and does nothing where no player asks for it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from flask import Flask, Response, current_app, request
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from seattime.domain.packages.kinds import PackageKind
from seattime.services.parts import parts
from seattime.storage.models import CourseVersion, db

SCRIPT: Final = (
    b"<script>document.currentScript.remove();try{let w=window,n=9;for(;n--&&!w.seattimeMeets;)w=w.parent!==w?w.parent:w.opener;"
    b"w.seattimeMeets(window)}catch{}</script>"
)
"""Up through its parents and openers; short, since browsers look for a page's encoding in its first 1024 bytes."""

BEFORE: Final = re.compile(rb"(?:\xef\xbb\xbf)?(?:\s+|<!--(?:-?>|.*?--!?>)|<!(?!--)[^>]*>|<\?[^>]*>)*", re.DOTALL)
"""What may stand before a document's first element: byte order mark, comments, XML declaration, doctype."""
LOOKED_AT: Final = 64 * 1024
CHUNK: Final = 64 * 1024
NAVIGATED: Final = frozenset({"document", "iframe", "frame", "object", "embed"})
"""Of Sec-Fetch-Dest, which browsers send to secure origins and to this machine."""
REMEMBERED: Final = "seattime.content_pages"
MOST_REMEMBERED: Final = 10_000


def page(version_key: str, path: Path, mimetype: str) -> Response | None:
    """This file as a page that tells of its window; None where it is to go out as it is."""
    if mimetype != "text/html" or "Range" in request.headers or not _is_navigated() or not _has_store(version_key):
        return None
    with path.open("rb") as file:
        head = file.read(LOOKED_AT)
    at = place_in(head)
    if at is None:
        return None
    about = path.stat()
    response = Response(_read(path, at), mimetype=mimetype)
    response.content_length = about.st_size + len(SCRIPT)
    response.last_modified = datetime.fromtimestamp(int(about.st_mtime), tz=UTC)
    response.set_etag(f"{about.st_mtime_ns:x}-{about.st_size:x}-met")
    response.vary.add("Sec-Fetch-Dest")
    response.make_conditional(request)
    return response


def place_in(head: bytes) -> int | None:
    """Where the script goes: before the first element. None where the file is no text that has one (UTF-16, nothing but a comment)."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in head[:4]:
        return None
    found = BEFORE.match(head)
    at = 0 if found is None else found.end()
    return at if head[at:] and not head.startswith((b"<!", b"<?"), at) else None


def _read(path: Path, at: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield file.read(at) + SCRIPT
        while chunk := file.read(CHUNK):
            yield chunk


def _is_navigated() -> bool:
    said = request.headers.get("Sec-Fetch-Dest")
    return "text/html" in request.headers.get("Accept", "") if said is None else said in NAVIGATED


def _has_store(version_key: str) -> bool:
    """Whether its content is handed a record store in its address: Tin Can, alone or beside SCORM. Of cmi5 content none has its own."""
    remembered: dict[str, bool] = current_app.extensions[REMEMBERED]
    if version_key not in remembered and not parts().breaker.resting():
        asked = select(CourseVersion.kind, CourseVersion.structure["dual"].as_boolean()).where(CourseVersion.key == version_key)
        try:
            row = db.session.execute(asked).one_or_none()
        except SQLAlchemyError:
            db.session.rollback()
        else:
            if len(remembered) >= MOST_REMEMBERED:
                remembered.clear()
            remembered[version_key] = row is not None and (row[0] == PackageKind.XAPI or bool(row[1]))
    return remembered.get(version_key, False)


def init_app(app: Flask) -> None:
    app.extensions[REMEMBERED] = {}
