"""Courses as the public client parses them (`CourseSchema`, `ImportJobResultSchema`)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import Item, Organization, Package
from seattime.storage.models import Course, CourseVersion, ImportJob

STANDARDS: Final = {
    PackageKind.SCORM11: "SCORM11",
    PackageKind.SCORM12: "SCORM12",
    PackageKind.SCORM2004_2: "SCORM20042NDEDITION",
    PackageKind.SCORM2004_3: "SCORM20043RDEDITION",
    PackageKind.SCORM2004_4: "SCORM20044THEDITION",
    PackageKind.XAPI: "XAPI",
    PackageKind.CMI5: "CMI5",
    PackageKind.HTML5: "UNKNOWN",
}


def moment(ms: int | None) -> str | None:
    """ISO 8601 in UTC, `2026-01-31T12:00:00.000Z`; None for None."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def without_none(shape: dict[str, Any]) -> dict[str, Any]:
    """The public client takes an absent field for None and some null ones for errors."""
    return {name: value for name, value in shape.items() if value is not None}


def course_shape(
    course: Course,
    version: CourseVersion,
    *,
    registrations: int | None = None,
    with_metadata: bool = False,
    with_activities: bool = False,
) -> dict[str, Any]:
    """One version of a course."""
    package = Package.from_json(version.structure)
    return without_none(
        {
            "id": course.course_id,
            "title": course.title,
            "xapiActivityId": package.activity_id,
            "created": moment(course.created_ms),
            "updated": moment(max(version.created_ms, course.updated_ms)),
            "version": version.number,
            "registrationCount": registrations,
            "activityId": package.organization.identifier,
            "courseLearningStandard": STANDARDS[package.kind],
            "tags": [],
            "dispatched": False,
            "metadata": _metadata(package) if with_metadata else None,
            "rootActivity": _root(package.organization) if with_activities else None,
        }
    )


def job_shape(job: ImportJob, course: dict[str, Any] | None) -> dict[str, Any]:
    """`course`: the course's shape, once the job is complete."""
    result = None
    if course is not None:
        result = {"parserWarnings": list(job.warnings), "courseLanguages": [], "course": course}
    return without_none(
        {"jobId": job.key, "status": job.status, "message": job.message or _so_far(job), "importResult": result}
    )


def _so_far(job: ImportJob) -> str:
    if not job.total_bytes:
        return "The import has begun."
    return f"{job.done_bytes} of {job.total_bytes} bytes are done."


def _metadata(package: Package) -> dict[str, Any]:
    return without_none(
        {
            "title": package.title,
            "titleLanguage": package.language,
            "description": package.description or None,
            "descriptionLanguage": package.language if package.description else None,
            "keywords": [],
        }
    )


def _root(organization: Organization) -> dict[str, Any]:
    return {
        "itemIdentifier": organization.identifier,
        "activityType": "AGGREGATION",
        "title": organization.title,
        "children": [_activity(item) for item in organization.items],
    }


def _activity(item: Item) -> dict[str, Any]:
    passing = item.scaled_passing_score
    return without_none(
        {
            "itemIdentifier": item.identifier,
            "activityType": _type(item),
            "href": item.launch_href,
            "scaledPassingScore": None if passing is None else str(passing),
            "title": item.title,
            "children": [_activity(child) for child in item.children],
        }
    )


def _type(item: Item) -> str:
    if not item.launchable:
        return "AGGREGATION"
    if item.scorm_type is None:
        return "UNKNOWN"
    return {"sco": "SCO", "asset": "ASSET"}.get(item.scorm_type.value, "UNKNOWN")
