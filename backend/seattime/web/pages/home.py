"""The first page: drop a package, see the courses."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from seattime.services import reports, sample_data
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("home")


@blueprint.get("/")
def show() -> ResponseReturnValue:
    """The offer to import, and all courses."""
    courses = reports.course_lines()
    return render_template(
        "pages/home.html",
        courses=courses,
        most_ms=max((course.counted_ms for course in courses), default=0),
        samples=sample_data.has_samples(),
    )


@blueprint.post("/remove-samples")
def remove_samples() -> ResponseReturnValue:
    """Takes away the sample courses, learners and sessions."""
    sample_data.remove_samples()
    flash("The samples are gone.")
    return redirect(url_for("home.show"))
