"""Whether the API is there, and what answers."""

from __future__ import annotations

from importlib.metadata import version

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from seattime.services.parts import parts
from seattime.web.api.course_shapes import moment

blueprint = Blueprint("system", __name__)


@blueprint.get("/ping")
def ping() -> ResponseReturnValue:
    """`PingSchema`; the time is the database's."""
    return jsonify(apiMessage="The API is there.", currentTime=moment(parts().clock.now_ms()))


@blueprint.get("/about")
def about() -> ResponseReturnValue:
    """`AboutSchema`."""
    return jsonify(version=version("seattime"), distribution="SeatTime")
