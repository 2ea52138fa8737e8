"""Errors as the public client models them: `{"message": "one sentence"}` with the status that belongs to it.

Guarantees: everything that goes wrong under a blueprint that `handle_on` was told of is answered in this shape, without
a stack or a path of the server; a database that does not answer is 503, so that callers try again.
"""

from __future__ import annotations

import errno
import logging

from flask import Blueprint, Response, jsonify, request
from sqlalchemy.exc import DataError, DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException

from seattime.errors import DiskFull, SeatTimeError, Unavailable
from seattime.storage.models import db

log = logging.getLogger(__name__)

SENTENCES = {
    400: "The request could not be read.",
    411: "The request needs a Content-Length.",
    413: "The request's body is larger than this server takes.",
    415: "The body must be JSON, with the Content-Type application/json.",
}


def handle_on(blueprint: Blueprint) -> None:
    """Answers every error of this blueprint and of those below it."""
    blueprint.register_error_handler(SeatTimeError, _known)
    blueprint.register_error_handler(HTTPException, _http)
    for status in (404, 405):
        # Flask looks for a handler of the very status on the whole application before one of the class here
        blueprint.register_error_handler(status, _http)
    blueprint.register_error_handler(Exception, _unknown)


def answer(status: int, message: str) -> Response:
    """The error shape. What the view wrote and did not commit is dropped."""
    db.session.rollback()
    response = jsonify(message=message)
    response.status_code = status
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="SeatTime", charset="UTF-8"'
    if status == 503:
        response.headers["Retry-After"] = "5"
    return response


def answer_to(error: Exception) -> Response:
    """The answer to any error, for views that are not told of all of them."""
    if isinstance(error, SeatTimeError):
        return _known(error)
    return _http(error) if isinstance(error, HTTPException) else _unknown(error)


def _known(error: SeatTimeError) -> Response:
    return answer(error.status, error.message)


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:
        return Response(error.get_response().data, status)
    if status in (404, 405):
        return answer(status, f"There is no {request.method} {request.path} in this API.")
    return answer(status, SENTENCES.get(status) or error.description or "The request could not be answered.")


def _unknown(error: Exception) -> Response:
    if isinstance(error, OperationalError | PoolTimeout) or (
        isinstance(error, DBAPIError) and error.connection_invalidated
    ):
        log.warning("The database did not answer a request of the API", exc_info=error)
        return answer(Unavailable.status, "The database does not answer at the moment. Try again.")
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return answer(DiskFull.status, "There is no room left on the server's disk.")
    if isinstance(error, DataError):
        # a NUL in a text, say, which PostgreSQL holds nowhere
        log.warning("A request holds what the database does not take", exc_info=error)
        return answer(400, "The request holds a character or a number that cannot be stored.")
    log.exception("A request of the API failed", exc_info=error)
    return answer(500, "This request failed because of a fault of the server. Its log says which.")
