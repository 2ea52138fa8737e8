"""Tickets for player pages of other LMSs (docs/host-players.md). An addition of ours: SCORM Cloud has no such thing."""

from __future__ import annotations

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from seattime.services import host_tickets
from seattime.services.host_tickets import HostVisit
from seattime.web.api import inputs
from seattime.web.api.registrations import read_learner

blueprint = Blueprint("host_tickets", __name__)


@blueprint.post("/seattime/hostTickets")
def create() -> ResponseReturnValue:
    """A launch for a page of the caller's own. Asked server to server, once for each time that the page is opened."""
    body = inputs.json_body()
    learner = inputs.part(body, "learner")
    ticket = host_tickets.make_ticket(
        HostVisit(
            registration_id=inputs.required_text(body, "registrationId"),
            course_id=inputs.text(body, "courseId"),
            course_title=inputs.text(body, "courseTitle"),
            standard=inputs.text(body, "standard") or "scorm12",
            learner=None
            if learner is None
            else read_learner(learner, inputs.required_text(learner, "id", where="learner."), "learner."),
            activity_id=inputs.text(body, "activityId"),
        )
    )
    return jsonify(ticket=ticket.text, script=ticket.script, base=ticket.base)
