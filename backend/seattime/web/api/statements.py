"""Statements of courses and registrations, as the public client lists them (`XapiStatementResult`)."""

from __future__ import annotations

import json

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from seattime.domain.xapi import json_text
from seattime.domain.xapi.cloud import as_cloud
from seattime.services import statement_listing
from seattime.services.statement_listing import StatementQuery
from seattime.storage.lrs_listing import Scope
from seattime.web.api import inputs

blueprint = Blueprint("statements", __name__)


@blueprint.get("/courses/<id:course_id>/xAPIStatements")
def of_course(course_id: str) -> ResponseReturnValue:
    """What was said in all registrations of a course."""
    return _list(statement_listing.of_course(course_id))


@blueprint.get("/courses/<id:course_id>/versions/<int:number>/xAPIStatements")
def of_version(course_id: str, number: int) -> ResponseReturnValue:
    """What was said in the registrations that are on this version."""
    return _list(statement_listing.of_course(course_id, number))


@blueprint.get("/registrations/<id:registration_id>/xAPIStatements")
def of_registration(registration_id: str) -> ResponseReturnValue:
    """What was said in a registration, earlier instances included."""
    return _list(statement_listing.of_registration(registration_id))


@blueprint.get("/registrations/<id:registration_id>/instances/<int:instance>/xAPIStatements")
def of_instance(registration_id: str, instance: int) -> ResponseReturnValue:
    """What was said in one instance of a registration."""
    return _list(statement_listing.of_registration(registration_id, instance))


def _list(scope: Scope) -> Response:
    query = StatementQuery(
        learner_id=inputs.asked_text("learnerId"), since_ms=inputs.asked_moment("since"), until_ms=inputs.asked_moment("until")
    )
    page = statement_listing.list_statements(scope, query, more=inputs.asked_text("more"))
    shapes = ",".join(json_text.write(as_cloud(json_text.parse_exactly(row.raw, "statement"))) for row in page.items)
    more = "" if page.more is None else f',"more":{json.dumps(page.more)}'
    return Response(f'{{"statements":[{shapes}]{more}}}', content_type="application/json")
