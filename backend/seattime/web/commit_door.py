"""`POST /runtime/commit`, straight to the ledger: the one request that comes every few seconds from everybody who learns.

Guarantees: what this answers, Flask's own view (`runtime.commit`) would answer with the same status, headers and JSON; whatever
is not the plain case (another host, a body without a length, an error) goes through Flask, so errors have one form and one
place. Why it is here: Flask's routing, request, session and hooks cost more than storing the record (benchmarks/README.md).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Flask, has_app_context

from seattime.config import Settings
from seattime.services import commits
from seattime.web.hosts import PLAY_HEADERS, HostRule
from seattime.web.plain_requests import PlainRequests
from seattime.web.runtime import ANY_ORIGIN, FAILED, MOST_BYTES, NEVER_STORED, read_message

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PATH: Final = "/runtime/commit"
ALWAYS: Final = (*NEVER_STORED, *ANY_ORIGIN, *PLAY_HEADERS)
STATUS: Final = {status: f"{status.value} {status.phrase}" for status in (HTTPStatus.OK, HTTPStatus.GONE)}


class CommitDoor:
    """A WSGI application around `inner`, which is Flask's."""

    def __init__(self, app: Flask, inner: WSGIApplication, settings: Settings) -> None:
        self._app = app
        self._inner = inner
        self._plain = PlainRequests(HostRule(settings), PATH, MOST_BYTES, play_side=True)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        length = self._plain.length_of(environ)
        if length is None or environ["REQUEST_METHOD"] != "POST":
            return self._inner(environ, start_response)
        try:
            message = read_message(environ["wsgi.input"].read(length))
            # as Flask does: a context that is there already is the request's too
            with nullcontext() if has_app_context() else self._app.app_context():
                answer = commits.record_commit(message)
                status = HTTPStatus.GONE if commits.all_gone(answer) else HTTPStatus.OK
        except Exception as error:
            # the view raises it again, where every error gets its answer
            environ[FAILED] = error
            return self._inner(environ, start_response)
        body = json.dumps(answer, separators=(",", ":")).encode()
        start_response(
            STATUS[status], [("Content-Type", "application/json"), ("Content-Length", str(len(body))), *ALWAYS]
        )
        return [body]


def init_app(app: Flask, settings: Settings) -> None:
    """Called last: it stands before Flask."""
    app.wsgi_app = CommitDoor(app, app.wsgi_app, settings)  # type: ignore[method-assign]  # Flask's documented way
