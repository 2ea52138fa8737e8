"""What an operator decides about cmi5 courses, and what their sessions came to. Additions of ours: SCORM Cloud has no such paths."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from seattime.errors import BadInput
from seattime.services import cmi5_sessions, cmi5_waiving
from seattime.services.cmi5_sessions import SessionReport
from seattime.web.api import inputs
from seattime.web.api.course_shapes import moment, without_none

blueprint = Blueprint("cmi5", __name__)


@blueprint.post("/seattime/cmi5/waivers")
def waive() -> ResponseReturnValue:
    """An AU is waived in a registration (cmi5 9.3.7); asked again, nothing more happens."""
    body = inputs.json_body()
    reason = inputs.text(body, "reason") or cmi5_waiving.ADMINISTRATIVE
    cmi5_waiving.waive(inputs.required_text(body, "registrationId"), inputs.required_text(body, "activityId"), reason)
    return "", 204


@blueprint.get("/seattime/cmi5/sessions")
def list_sessions() -> ResponseReturnValue:
    """The sessions of a registration's AUs, oldest first, and why statements of them were refused."""
    registration_id = inputs.asked_text("registrationId")
    if registration_id is None:
        raise BadInput("registrationId is missing from the query.", field="registrationId")
    return jsonify(sessions=[_shape(each) for each in cmi5_sessions.report(registration_id)])


@blueprint.post("/seattime/cmi5/sessions/<id:session_id>/abandon")
def abandon(session_id: str) -> ResponseReturnValue:
    """Ends a session that goes on (cmi5 9.3.6); does nothing to one that has ended."""
    cmi5_sessions.abandon(session_id)
    return "", 204


def _shape(session: SessionReport) -> dict[str, Any]:
    moments = {
        "launched": session.launched_ms,
        "terminated": session.terminated_ms,
        "abandoned": session.abandoned_ms,
        "lastRefused": session.refused_ms,
    }
    return without_none(
        {
            "id": session.session_id,
            "activityId": session.activity_id,
            **{name: moment(ms) for name, ms in moments.items()},
            "refused": session.refused,
            "lastRefusal": session.refusal,
        }
    )
