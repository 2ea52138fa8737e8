"""Paths of the API as its callers write them: ids that hold slashes and percent signs, hosts that end in a slash.

The public client's default host ends in a slash, so it asks for `/api/v2//courses`; it writes the id `a/b` as `a%2Fb`,
which WSGI decodes before routing could tell. Below /api, and only there, empty segments are dropped, and within a
segment `/` and `%` stay encoded until the `id` converter reads them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_to_bytes, urlsplit

from werkzeug.routing import BaseConverter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

ROOT = "/api"


class ApiPaths:
    """WSGI middleware that does it."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith(ROOT + "/"):
            environ = {**environ, "PATH_INFO": _clean(_segments(environ, path))}
        return self._app(environ, start_response)


class IdConverter(BaseConverter):
    """One id, whatever characters it has."""

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        return unquote(value)

    def to_url(self, value: str) -> str:
        return quote(value, safe="")


def _segments(environ: WSGIEnvironment, path: str) -> list[bytes]:
    """From the request line where the server hands it on, since PATH_INFO no longer tells `/` from `%2F`."""
    decoded = path.encode("latin-1")
    target = str(environ.get("RAW_URI") or environ.get("REQUEST_URI") or "")
    raw = (urlsplit(target).path if "://" in target.partition("?")[0] else target.partition("?")[0]).removeprefix(
        quote(environ.get("SCRIPT_NAME", ""), safe="/%", encoding="latin-1")
    )
    if unquote_to_bytes(raw) != decoded:
        return decoded.split(b"/")
    return [unquote_to_bytes(segment) for segment in raw.split("/")]


def _clean(segments: list[bytes]) -> str:
    kept = (segment.replace(b"%", b"%25").replace(b"/", b"%2F") for segment in segments if segment)
    return "/" + b"/".join(kept).decode("latin-1")
