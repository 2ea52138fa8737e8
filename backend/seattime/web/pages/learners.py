"""Learners: all of them, and one with all of his courses."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from seattime.domain import clockface
from seattime.services import reports
from seattime.web.pages import charts
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("learners")


@blueprint.get("/learners")
def index() -> ResponseReturnValue:
    """Every learner with what counts over all courses."""
    learners = reports.learner_lines()
    return render_template("pages/learners.html", learners=learners, most_ms=max((each.counted_ms for each in learners), default=0))


@blueprint.get("/learners/<key>")
def show(key: str) -> ResponseReturnValue:
    """One learner: the registrations, whose times add up to the whole, and the days."""
    learner = reports.learner_line(key)
    lines = reports.registration_lines(reports.Filter(learner_key=key, test_runs=True), with_days=True)
    return render_template(
        "pages/learner.html",
        learner=learner,
        lines=lines,
        most_ms=max((each.counted_ms for each in lines), default=0),
        days=charts.draw_days(reports.days_of(lines), clockface.spent),
    )
