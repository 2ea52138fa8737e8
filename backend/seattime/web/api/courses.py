"""Courses: listed, read, renamed, set up, previewed, deleted."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, g, jsonify
from flask.typing import ResponseReturnValue

from seattime.errors import BadInput, NotFound
from seattime.services import courses, launching
from seattime.services.courses import CourseQuery
from seattime.storage.models import Course, CourseVersion
from seattime.web.api import inputs
from seattime.web.api.course_shapes import course_shape, without_none
from seattime.web.api.launch_options import read_launch_options

blueprint = Blueprint("courses", __name__)

LAUNCH_TYPE: Final = "PlayerScoLaunchType"
POLICY: Final = "SeatTimePolicy"
LAUNCH_TYPES: Final = {"frame": "FRAMESET", "window": "NEW_WINDOW"}


@blueprint.get("/courses")
def list_all() -> ResponseReturnValue:
    """`CourseListSchema`, in pages."""
    inputs.refuse_unsupported("tags")
    query = CourseQuery(
        since_ms=inputs.asked_moment("since"),
        until_ms=inputs.asked_moment("until"),
        datetime_field=inputs.asked_text("datetimeFilter") or "updated",
        text=inputs.asked_text("filter"),
        text_field=inputs.asked_text("filterBy") or "course_title",
        order=inputs.asked_text("orderBy") or "created_asc",
    )
    count = inputs.asked_flag("includeTotalCount")
    page = courses.list_courses(query, more=inputs.asked_text("more"), count=count)
    keys = [course.key for course in page.items]
    newest = courses.latest_versions(keys)
    counts = courses.count_registrations(keys) if inputs.asked_flag("includeRegistrationCount") else None
    metadata = inputs.asked_flag("includeCourseMetadata")
    shapes = [
        course_shape(
            course,
            newest[course.key],
            registrations=None if counts is None else counts.get(course.key, 0),
            with_metadata=metadata,
        )
        for course in page.items
    ]
    response = jsonify(without_none({"courses": shapes, "more": page.more}))
    if page.total is not None:
        response.headers["X-Total-Count"] = str(page.total)
    return response


@blueprint.get("/courses/<id:course_id>")
def show(course_id: str) -> ResponseReturnValue:
    """`CourseSchema` of the newest version."""
    course = courses.find_course(course_id)
    counts = courses.count_registrations([course.key])
    return jsonify(_shape(course, courses.latest_version(course), counts.get(course.key, 0)))


@blueprint.delete("/courses/<id:course_id>")
def delete(course_id: str) -> ResponseReturnValue:
    """The course and its registrations."""
    courses.delete_course(course_id)
    return "", 204


@blueprint.put("/courses/<id:course_id>/title")
def set_title(course_id: str) -> ResponseReturnValue:
    """`TitleSchema`."""
    courses.set_title(course_id, inputs.required_text(inputs.json_body(), "title"))
    return "", 204


@blueprint.get("/courses/<id:course_id>/versions")
def list_versions(course_id: str) -> ResponseReturnValue:
    """`CourseListNonPagedSchema`, oldest first."""
    course = courses.find_course(course_id)
    since, until = inputs.asked_moment("since"), inputs.asked_moment("until")
    versions = [
        version
        for version in courses.list_versions(course)
        if (since is None or version.created_ms >= since) and (until is None or version.created_ms <= until)
    ]
    counts = courses.count_registrations_of_versions([version.key for version in versions])
    return jsonify(courses=[_shape(course, version, counts.get(version.key, 0)) for version in versions])


@blueprint.get("/courses/<id:course_id>/versions/<int:number>")
def show_version(course_id: str, number: int) -> ResponseReturnValue:
    """`CourseSchema` of one version."""
    course = courses.find_course(course_id)
    version = courses.find_version(course, number)
    counts = courses.count_registrations_of_versions([version.key])
    return jsonify(_shape(course, version, counts.get(version.key, 0)))


@blueprint.post("/courses/<id:course_id>/preview")
def preview(course_id: str) -> ResponseReturnValue:
    """`LaunchLinkSchema`: the caller's own test run, which stands in no report."""
    options = read_launch_options(inputs.json_body(), is_redirect_required=False)
    registration = launching.test_run_registration(courses.find_course(course_id), f"API key {g.caller.key_id}")
    return jsonify(launchLink=launching.launch_link(registration, **vars(options)))


@blueprint.get("/courses/<id:course_id>/configuration")
def configuration(course_id: str) -> ResponseReturnValue:
    """`SettingListSchema` of the settings that this server has."""
    course = courses.find_course(course_id)
    return jsonify(
        settingItems=[
            _setting(LAUNCH_TYPE, LAUNCH_TYPES[course.open_in], LAUNCH_TYPES["frame"]),
            _setting(POLICY, course.policy_name, "Standard"),
        ]
    )


@blueprint.post("/courses/<id:course_id>/configuration")
def configure(course_id: str) -> ResponseReturnValue:
    """`SettingsPostSchema`."""
    settings = inputs.json_body().get("settings")
    if not isinstance(settings, list):
        raise BadInput("settings must be a list.", field="settings")
    changes: dict[str, str] = {}
    for setting in settings:
        if not isinstance(setting, dict):
            raise BadInput("settings must be a list of objects.", field="settings")
        name = inputs.required_text(setting, "settingId", where="settings.")
        changes.update(_change(name, inputs.required_text(setting, "value", where="settings.")))
    courses.update_settings(course_id, **changes)
    return "", 204


@blueprint.delete("/courses/<id:course_id>/configuration/<id:name>")
def reset_setting(course_id: str, name: str) -> ResponseReturnValue:
    """Back to what it is by default."""
    defaults = {LAUNCH_TYPE: LAUNCH_TYPES["frame"], POLICY: "Standard"}
    if name not in defaults:
        raise NotFound(f"There is no setting {name}; there are {LAUNCH_TYPE} and {POLICY}.")
    courses.update_settings(course_id, **_change(name, defaults[name]))
    return "", 204


def _shape(course: Course, version: CourseVersion, registrations: int) -> dict[str, Any]:
    return course_shape(
        course,
        version,
        registrations=registrations if inputs.asked_flag("includeRegistrationCount") else None,
        with_metadata=inputs.asked_flag("includeCourseMetadata"),
        with_activities=True,
    )


def _setting(name: str, value: str, default: str) -> dict[str, Any]:
    shape: dict[str, Any] = {
        "id": name,
        "effectiveValue": value,
        "effectiveValueSource": "default" if value == default else "course",
    }
    if value != default:
        shape["explicitValue"] = value
    if inputs.asked_flag("includeMetadata"):
        shape["metadata"] = {"default": default, "dataType": "string", "level": "course"}
    return shape


def _change(name: str, value: str) -> dict[str, str]:
    if name == POLICY:
        return {"policy_name": value}
    if name != LAUNCH_TYPE:
        raise BadInput(
            f"There is no setting {name}; there are {LAUNCH_TYPE} and {POLICY}.", field="settings.settingId"
        )
    ways = {cloud: own for own, cloud in LAUNCH_TYPES.items()}
    if value not in ways:
        raise BadInput(f"{LAUNCH_TYPE} must be one of {', '.join(ways)}.", field="settings.value")
    return {"open_in": ways[value]}
