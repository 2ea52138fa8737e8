"""`POST` and `PUT /xapi/statements` of applications, straight to the record store: a thousand times a second where it comes at all.

Guarantees: what this answers, Flask's own view (`xapi.door`) would answer with the same status, headers and body; whatever is not the
plain case (a play origin, multipart, the alternate syntax, a body without a length, an error) goes through Flask, so errors have one
form and one place. Why it is here: Flask's routing, request, session and hooks cost more than storing a statement (benchmarks/README.md).
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable
from contextlib import nullcontext
from typing import TYPE_CHECKING, Final

from flask import Flask, has_app_context

from seattime.config import Settings
from seattime.domain.xapi import texts, versions
from seattime.domain.xapi.versions import HEADER
from seattime.services import lrs, lrs_saving, lrs_statements
from seattime.web.hosts import EVERY_HEADER, MOST_BYTES, HostRule
from seattime.web.plain_requests import PlainRequests
from seattime.web.xapi import answers, calls

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = "/xapi/statements"
PUT_QUERY: Final = re.compile(r"statementId=([0-9A-Fa-f-]{36})")
ALWAYS: Final = (*answers.ALWAYS, *answers.ANY_ORIGIN, *EVERY_HEADER)


class StatementDoor:
    """A WSGI application around `inner`, which is Flask's."""

    def __init__(self, app: Flask, inner: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._inner = inner
        self._plain = PlainRequests(HostRule(settings), PATH, MOST_BYTES, play_side=False)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = self._plain.length_of(environ)
        if length is None or not _is_as_usual(environ):
            return self._inner(environ, start_response)
        body = environ["wsgi.input"].read(length)
        try:
            # as Flask does: a context that is there already is the request's too
            with nullcontext() if has_app_context() else self._app.app_context():
                ids, headers = _store(environ, body)
        except Exception as error:
            # the view raises it again, where every error gets its answer
            again = {"wsgi.input": io.BytesIO(body), answers.FAILED: error}
            return self._inner({**environ, **again}, start_response)
        if environ["REQUEST_METHOD"] == "PUT":
            start_response("204 NO CONTENT", [*headers, *ALWAYS])
            return []
        answer = json.dumps(ids).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer))), *headers, *ALWAYS])
        return [answer]


def _is_as_usual(environ: WSGIEnvironment) -> bool:
    """Whether statements are sent as most clients do, not by another form that means the same (the alternate syntax, multipart)."""
    if environ.get("CONTENT_TYPE") != "application/json":
        return False
    method: str = environ["REQUEST_METHOD"]
    query: str = environ.get("QUERY_STRING", "")
    return (method == "POST" and query == "") or (method == "PUT" and PUT_QUERY.fullmatch(query) is not None)


def _store(environ: WSGIEnvironment, body: bytes) -> tuple[list[str], list[tuple[str, str]]]:
    """The ids, and the headers that are this answer's own. Raises whatever the view would refuse with."""
    author = lrs.author_of_key(*calls.read_basic(environ.get("HTTP_AUTHORIZATION", "")))
    version = versions.read_version(environ.get("HTTP_X_EXPERIENCE_API_VERSION"))
    chosen = PUT_QUERY.fullmatch(environ.get("QUERY_STRING", "")) if environ["REQUEST_METHOD"] == "PUT" else None
    statement_id = texts.need_uuid(chosen[1], "statementId") if chosen is not None else None
    sent = lrs_statements.read_statements(body, version, [], statement_id)
    ids = lrs_saving.save_statements(author, sent, version, [])
    through = lrs.lately_consistent_through()
    return ids, [(HEADER, version.value), *([] if through is None else [(answers.THROUGH, texts.write_time(through))])]


def init_app(app: Flask, settings: Settings) -> None:
    """Called after the parts that rewrite paths: it stands before Flask and before them."""
    app.wsgi_app = StatementDoor(app, app.wsgi_app, settings)  # type: ignore[method-assign]  # Flask's documented way
