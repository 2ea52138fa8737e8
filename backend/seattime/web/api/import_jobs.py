"""Imports: started by an upload or by an address, followed by their job."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

from flask import Blueprint, jsonify, request
from flask.typing import ResponseReturnValue

from seattime.errors import BadInput
from seattime.services import courses, import_jobs
from seattime.storage.models import Course, ImportJob, db
from seattime.web.api import inputs
from seattime.web.api.course_shapes import course_shape, job_shape

blueprint = Blueprint("import_jobs", __name__)


@blueprint.post("/courses/importJobs")
def fetch() -> ResponseReturnValue:
    """`ImportRequestSchema` with a fetchRequest; `StringResultSchema` with the job's id."""
    course_id, may_create = _asked()
    body = inputs.json_body()
    wanted = inputs.part(body, "fetchRequest")
    if wanted is None:
        raise BadInput("fetchRequest is missing; it is the only kind of request here.", field="fetchRequest")
    url = inputs.required_text(wanted, "url", where="fetchRequest.")
    return jsonify(result=import_jobs.start_from_url(course_id, url, may_create_new_version=may_create).key)


@blueprint.post("/courses/importJobs/upload")
def upload() -> ResponseReturnValue:
    """A form with the package as `file`; `StringResultSchema` with the job's id."""
    course_id, may_create = _asked()
    # said before the body is read: nobody sends a gigabyte to hear that the id is taken
    courses.check_may_import(course_id, may_create_new_version=may_create)
    db.session.rollback()
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput("file is missing: the body must be a multipart/form-data form that holds it.", field="file")
    sent.stream.flush()
    name = PurePosixPath(sent.filename.replace("\\", "/")).name
    path = Path(str(getattr(sent.stream, "name", "")))
    job = import_jobs.start_from_file(course_id, path, name, may_create_new_version=may_create)
    return jsonify(result=job.key)


@blueprint.get("/courses/importJobs")
def list_all() -> ResponseReturnValue:
    """The newest hundred jobs; an addition of ours."""
    return jsonify(importJobs=[_shape(job) for job in import_jobs.list_jobs()])


@blueprint.get("/courses/importJobs/<id:key>")
def show(key: str) -> ResponseReturnValue:
    """`ImportJobResultSchema`."""
    return jsonify(_shape(import_jobs.find_job(key)))


def _asked() -> tuple[str, bool]:
    course_id = inputs.asked_text("courseId")
    if course_id is None:
        raise BadInput("courseId is missing from the query.", field="courseId")
    return course_id, inputs.asked_flag("mayCreateNewVersion")


def _shape(job: ImportJob) -> dict[str, Any]:
    course = db.session.get(Course, job.course_key) if job.course_key else None
    if course is None:
        return job_shape(job, None)
    return job_shape(job, course_shape(course, courses.latest_version(course)))
