"""What a running course sends: commits, the opening of another activity, the end of a delivery visit (docs/protocol.md).

Guarantees: an acknowledgement is sent after COMMIT; what could not be stored is answered 503 and stays in the browser.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request
from flask.typing import ResponseReturnValue

from seattime.errors import BadInput, SeatTimeError
from seattime.services import commits, launching
from seattime.web import errors_api

blueprint = Blueprint("runtime", __name__, url_prefix="/runtime")
errors_api.handle_on(blueprint)
MOST_BYTES = 4 * 1024 * 1024
NEVER_STORED = (("Cache-Control", "no-store"),)
ANY_ORIGIN = (("Access-Control-Allow-Origin", "*"),)
"""Player pages of other LMSs deliver from their own origins. What admits a message is the token in it, never a cookie."""
FROM_ANYWHERE = frozenset({"runtime.commit", "runtime.open_activity"})
FAILED = "seattime.failed"
"""In a request's environment: the error with which a commit failed before Flask saw it (commit_door.py)."""


@blueprint.after_request
def _never_stored(response: Response) -> Response:
    response.headers.update(NEVER_STORED)
    if request.endpoint in FROM_ANYWHERE:
        response.headers.update(ANY_ORIGIN)
    return response


@blueprint.errorhandler(SeatTimeError)
def _refused(error: SeatTimeError) -> ResponseReturnValue:
    return jsonify(message=error.message, field=getattr(error, "field", None)), error.status


@blueprint.post("/commit")
def commit() -> ResponseReturnValue:
    """Takes a message of docs/protocol.md; a simple request (text/plain), so that beacons may carry it."""
    if (failed := request.environ.get(FAILED)) is not None:
        raise failed
    answer = commits.record_commit(_body())
    return jsonify(answer), 410 if commits.all_gone(answer) else 200


@blueprint.post("/open")
def open_activity() -> ResponseReturnValue:
    """Another activity in an open player, or the newest state of this one."""
    body = _body()
    activity = body.get("activity")
    return jsonify(launching.open_activity(str(body.get("token", "")), None if activity is None else str(activity)))


@blueprint.post("/settle")
def settle() -> ResponseReturnValue:
    """A delivery visit found nothing more to deliver on this origin for this launch."""
    launching.settle(str(_body().get("token", "")))
    return jsonify(v=1)


def _body() -> dict[str, Any]:
    if (request.content_length or 0) > MOST_BYTES:
        raise TooLarge(f"A message may hold at most {MOST_BYTES} bytes; send it in pieces.")
    request.max_content_length = MOST_BYTES
    data = request.get_data(cache=False)
    if len(data) >= MOST_BYTES:
        # of one that came in chunks and did not say how long it is, Werkzeug reads so much and is silent about the rest
        raise TooLarge(f"A message may hold at most {MOST_BYTES} bytes; send it in pieces.")
    return read_message(data)


def read_message(data: bytes) -> dict[str, Any]:
    """The JSON object that a body holds. Raises BadInput."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object.")
    return body


class TooLarge(SeatTimeError):
    """More than one message may hold."""

    status = 413


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
