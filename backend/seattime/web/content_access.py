"""Files of a package for applications that were handed `content_endpoint` and `content_token` (Tin Can, "Private Content Access").

An application adds a path within the package to the endpoint, or nothing, which means the whole package as a zip, and the token as a
parameter. It may run elsewhere: a native one, or a page of another origin.

Guarantees: what admits is the token alone, which nobody guesses; cookies play no part. Single files answer as they do to the player.
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, abort, request

from seattime.errors import NotFound
from seattime.services.parts import parts
from seattime.storage.package_zip import zip_chunks

ANY_ORIGIN: Final = (
    ("Access-Control-Allow-Origin", "*"),
    ("Access-Control-Expose-Headers", "Accept-Ranges, Content-Length, Content-Range, ETag, Last-Modified"),
)
PREFLIGHT: Final = (
    ("Access-Control-Allow-Methods", "GET, HEAD, OPTIONS"),
    ("Access-Control-Allow-Headers", "Range, If-Match, If-None-Match, If-Modified-Since, If-Range, X-Requested-With"),
    ("Access-Control-Max-Age", "86400"),
)


def has_token(version_key: str) -> bool:
    """Whether this request says the token of this package."""
    return request.args.get("content_token") == version_key


def whole_package(version_key: str, folder: str) -> Response:
    """All files below `folder` (empty, or with a slash at its end) as a zip, named as they are from there. 404 where there are none."""
    store = parts().store
    try:
        files = [(name.removeprefix(folder), store.path(version_key, name)) for name in store.names(version_key, folder)]
    except NotFound:
        files = []
    if not files:
        abort(404)
    tag = f"{version_key}-zip"
    # by hand: `make_conditional` would first make all of it, to know how long it is
    known = request.if_none_match.contains_weak(tag)
    response = Response(status=304) if known else Response(zip_chunks(files), mimetype="application/zip")
    response.headers["Content-Disposition"] = 'attachment; filename="package.zip"'
    response.headers["Cache-Control"] = "private, max-age=3600"
    response.set_etag(tag)
    return response


def init_blueprint(blueprint: Blueprint) -> None:
    """Gives leave to pages of other origins where the token is said."""

    @blueprint.after_request
    def _headers(response: Response) -> Response:
        if has_token((request.view_args or {}).get("version_key", "")):
            for name, value in (*ANY_ORIGIN, *(PREFLIGHT if request.method == "OPTIONS" else ())):
                response.headers[name] = value
        return response
