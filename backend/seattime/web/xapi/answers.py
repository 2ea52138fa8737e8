"""What every answer of the record store carries: its version, how complete it is, and leave to be read by content that runs elsewhere."""

from __future__ import annotations

from email.utils import formatdate
from typing import Final

from flask import Response

from seattime.domain.xapi.versions import HEADER

THROUGH: Final = "X-Experience-API-Consistent-Through"
ALLOWED: Final = ("Authorization", "Content-Type", HEADER, "If-Match", "If-None-Match", "Accept", "Accept-Language", "X-Requested-With")
EXPOSED: Final = ("ETag", "Last-Modified", HEADER, THROUGH)


ALWAYS: Final = (("Cache-Control", "no-store"), ("Content-Security-Policy", "sandbox; default-src 'none'"))
"""A document is what its writer says it is, and by a form in the alternate syntax another site could have a browser show one: it is never
a page of this origin."""
ANY_ORIGIN: Final = (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", ", ".join(EXPOSED)))
"""What admits a request is the Authorization in it, which no browser adds for another site's script; cookies play no part."""
FAILED: Final = "seattime.statements.failed"
"""In a request's environment: the error with which statements failed before Flask saw them (statement_door.py)."""


def answer_preflight(response: Response, methods: str) -> Response:
    """To a browser that asks before it sends (Fetch standard, CORS-preflight)."""
    response.headers["Access-Control-Allow-Methods"] = methods
    response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED)
    response.headers["Access-Control-Max-Age"] = "86400"
    return response


def no_content() -> Response:
    """204, and no type of what is not there."""
    response = Response(status=204)
    del response.headers["Content-Type"]
    return response


def json_answer(body: str | bytes, modified_ms: int | None = None) -> Response:
    return with_modified(Response(body, content_type="application/json"), modified_ms)


def with_modified(response: Response, modified_ms: int | None) -> Response:
    if modified_ms:
        response.headers["Last-Modified"] = formatdate(modified_ms / 1000, usegmt=True)
    return response


