"""Registrations: made, read, listed, launched, begun anew, deleted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from seattime.errors import BadInput, NotFound
from seattime.services import launching, registrations
from seattime.services.learners import LearnerInfo
from seattime.services.progress import Progress, progress_of, progress_of_many
from seattime.services.registrations import NewRegistration, RegistrationQuery
from seattime.storage.models import Registration
from seattime.web.api import inputs
from seattime.web.api.course_shapes import without_none
from seattime.web.api.launch_options import read_launch_options
from seattime.web.api.registration_shapes import Wanted, launch_shape, registration_shape

blueprint = Blueprint("registrations", __name__)

TAGS: Final = ("learnerTags", "courseTags", "registrationTags")
POSTBACK: Final = ("url", "authType", "userName", "resultsFormat")
"""What is kept of a postBack: not its password, which nothing here would use."""


@blueprint.post("/registrations")
def create() -> ResponseReturnValue:
    """`CreateRegistrationSchema`."""
    registrations.create_registration(_read_new(inputs.json_body()))
    return "", 204


@blueprint.post("/registrations/withLaunchLink")
def create_with_link() -> ResponseReturnValue:
    """`registration` and `launchLink` in one body; `LaunchLinkSchema`. All is checked before anything is made."""
    body = inputs.json_body()
    options = read_launch_options(
        inputs.required_part(body, "launchLink"), is_redirect_required=True, where="launchLink."
    )
    new = _read_new(inputs.required_part(body, "registration"))
    launching.check_plays_here(registrations.version_for(new))
    registration = registrations.create_registration(new)
    return jsonify(launchLink=launching.launch_link(registration, **vars(options)))


@blueprint.get("/registrations")
def list_all() -> ResponseReturnValue:
    """`RegistrationListSchema`, in pages."""
    inputs.refuse_unsupported("tags")
    query = RegistrationQuery(
        course_id=inputs.asked_text("courseId"),
        learner_id=inputs.asked_text("learnerId"),
        since_ms=inputs.asked_moment("since"),
        until_ms=inputs.asked_moment("until"),
        datetime_field=inputs.asked_text("datetimeFilter") or "updated",
        text=inputs.asked_text("filter"),
        text_field=inputs.asked_text("filterBy") or "registration_id",
        order=inputs.asked_text("orderBy") or "created_asc",
    )
    count = inputs.asked_flag("includeTotalCount")
    page = registrations.list_registrations(query, more=inputs.asked_text("more"), count=count)
    wanted = _wanted()
    shapes = [registration_shape(progress, wanted) for progress in progress_of_many(page.items)]
    response = jsonify(without_none({"registrations": shapes, "more": page.more}))
    if page.total is not None:
        response.headers["X-Total-Count"] = str(page.total)
    return response


@blueprint.get("/registrations/<id:registration_id>")
def show(registration_id: str) -> ResponseReturnValue:
    """`RegistrationSchema` of the current instance; to HEAD, whether there is one."""
    registration = registrations.find_registration(registration_id)
    if request.method == "HEAD":
        return "", 200
    return jsonify(registration_shape(progress_of(registration), _wanted()))


@blueprint.delete("/registrations/<id:registration_id>")
def delete(registration_id: str) -> ResponseReturnValue:
    """From now on its late records are answered `gone`."""
    registrations.delete_registration(registration_id)
    return "", 204


@blueprint.delete("/registrations/<id:registration_id>/progress")
def delete_progress(registration_id: str) -> ResponseReturnValue:
    """Begins the next instance, on the newest version of the course."""
    registrations.delete_progress(registration_id)
    return "", 204


@blueprint.post("/registrations/<id:registration_id>/launchLink")
def launch_link(registration_id: str) -> ResponseReturnValue:
    """`LaunchLinkSchema`. Fetching the link starts nothing yet."""
    options = read_launch_options(inputs.json_body(), is_redirect_required=True)
    registration = registrations.find_registration(registration_id)
    return jsonify(launchLink=launching.launch_link(registration, **vars(options)))


@blueprint.get("/registrations/<id:registration_id>/launchHistory")
def launch_history(registration_id: str) -> ResponseReturnValue:
    """`LaunchHistoryListSchema` of the current instance, oldest first."""
    registration = registrations.find_registration(registration_id)
    return jsonify(launchHistory=_history(progress_of(registration)))


@blueprint.get("/registrations/<id:registration_id>/instances")
def list_instances(registration_id: str) -> ResponseReturnValue:
    """`RegistrationListSchema`, the first instance first. Earlier ones count nothing."""
    registration = registrations.find_registration(registration_id)
    wanted = _wanted()
    instances = range(1, registration.instance + 1)
    return jsonify(registrations=[registration_shape(progress_of(registration, each), wanted) for each in instances])


@blueprint.get("/registrations/<id:registration_id>/instances/<int:instance>")
def show_instance(registration_id: str, instance: int) -> ResponseReturnValue:
    """`RegistrationSchema` of one instance."""
    registration = _with_instance(registration_id, instance)
    return jsonify(registration_shape(progress_of(registration, instance), _wanted()))


@blueprint.get("/registrations/<id:registration_id>/instances/<int:instance>/launchHistory")
def instance_launch_history(registration_id: str, instance: int) -> ResponseReturnValue:
    """`LaunchHistoryListSchema` of one instance."""
    return jsonify(launchHistory=_history(progress_of(_with_instance(registration_id, instance), instance)))


def read_learner(body: Mapping[str, Any], learner_id: str, where: str = "") -> LearnerInfo:
    """`LearnerSchema` without its id."""
    return LearnerInfo(
        learner_id=learner_id,
        first_name=inputs.text(body, "firstName", where=where),
        last_name=inputs.text(body, "lastName", where=where),
        email=inputs.text(body, "email", where=where),
    )


def _read_new(body: Mapping[str, Any]) -> NewRegistration:
    if body.get("initialRegistrationState") is not None:
        raise BadInput(
            "initialRegistrationState is not supported: time is recorded here, never brought along.",
            field="initialRegistrationState",
        )
    learner = inputs.required_part(body, "learner")
    postback = inputs.part(body, "postBack")
    options: dict[str, Any] = {name: tags for name in TAGS if (tags := inputs.texts(body, name))}
    if postback is not None:
        options["postBack"] = without_none({name: inputs.text(postback, name, where="postBack.") for name in POSTBACK})
    return NewRegistration(
        registration_id=inputs.required_text(body, "registrationId"),
        course_id=inputs.required_text(body, "courseId"),
        learner=read_learner(learner, inputs.required_text(learner, "id", where="learner."), "learner."),
        version=inputs.asked_number("courseVersion"),
        options=options,
    )


def _wanted() -> Wanted:
    return Wanted(
        children=inputs.asked_flag("includeChildResults"),
        runtime=inputs.asked_flag("includeRuntime"),
        interactions=inputs.asked_flag("includeInteractionsAndObjectives"),
    )


def _with_instance(registration_id: str, instance: int) -> Registration:
    registration = registrations.find_registration(registration_id)
    if not 1 <= instance <= registration.instance:
        raise NotFound(f"The registration {registration_id} has no instance {instance}.")
    return registration


def _history(progress: Progress) -> list[dict[str, Any]]:
    sessions: dict[int, list[tuple[int, int, str | None]]] = defaultdict(list)
    counted = {one.session: one.credited_ms for one in progress.totals.sessions}
    for row in registrations.sessions_of(progress.registration, progress.instance):
        sessions[row.launch_number].append((counted.get(row.session_id, 0), row.delivered_ms, row.ended))
    launches = registrations.launches_of(progress.registration, progress.instance)
    return [launch_shape(progress, launch, sessions[launch.number]) for launch in launches]
