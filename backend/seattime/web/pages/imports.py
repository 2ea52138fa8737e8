"""Uploading a package, and the state of its import: a page that loads itself anew, or JSON for the progress bar."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from seattime.errors import BadInput
from seattime.services import by_key, import_jobs
from seattime.services.identifiers import LONGEST_ID
from seattime.storage.models import ImportJob
from seattime.web.pages import security
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("imports")


@blueprint.post("/upload")
def upload() -> ResponseReturnValue:
    """A new course, or the next version where the form names the id of one that exists."""
    name, path = _arrived()
    asked = request.form.get("course_id", "").strip()
    job = import_jobs.start_from_file(
        asked or _free_id(name),
        path,
        name,
        # a file that happens to be called like another course's must not become a version of that course
        may_create_new_version=bool(asked),
    )
    return _answer(job)


@blueprint.post("/courses/<key>/versions")
def upload_version(key: str) -> ResponseReturnValue:
    """The next version of this course."""
    course_id = by_key.find_course(key).course_id
    name, path = _arrived()
    return _answer(import_jobs.start_from_file(course_id, path, name))


@blueprint.get("/imports/<key>")
def show(key: str) -> ResponseReturnValue:
    """How far it is."""
    job = import_jobs.find_job(key)
    course_url = url_for("courses.show", key=job.course_key) if job.course_key else None
    if security.wants_json():
        return {
            "status": job.status,
            "message": job.message,
            "done_bytes": job.done_bytes,
            "total_bytes": job.total_bytes,
            "course_url": course_url,
        }
    return render_template("pages/import.html", job=job, course_url=course_url)


def _arrived() -> tuple[str, Path]:
    sent: FileStorage | None = request.files.get("package")
    if sent is None or not sent.filename:
        raise BadInput("No file was chosen. Choose the zip file that your authoring tool published.", field="package")
    sent.stream.flush()
    name = PurePosixPath(sent.filename.replace("\\", "/")).name
    return name, Path(str(getattr(sent.stream, "name", "")))


def _free_id(file_name: str) -> str:
    """The file's name without its ending, with a number where a course has that id already."""
    stem = " ".join(PurePosixPath(file_name).stem.split())[: LONGEST_ID - 6] or "course"
    number = 1
    wanted = stem
    while by_key.is_course_id_taken(wanted):
        number += 1
        wanted = f"{stem}-{number}"
    return wanted


def _answer(job: ImportJob) -> ResponseReturnValue:
    address = url_for("imports.show", key=job.key)
    if security.wants_json():
        return {"job_url": address}, 202
    return redirect(address)
