"""Learners: what is known of them, changed for all their registrations."""

from __future__ import annotations

from flask import Blueprint
from flask.typing import ResponseReturnValue

from seattime.services import learners
from seattime.web.api import inputs
from seattime.web.api.registrations import read_learner

blueprint = Blueprint("learners", __name__)


@blueprint.post("/learner/<id:learner_id>/updateInfo")
def update(learner_id: str) -> ResponseReturnValue:
    """`LearnerSchema`; what it leaves out is kept."""
    learners.update_learner(read_learner(inputs.json_body(), learner_id))
    return "", 204
