"""The report: counted time by registration, by choice of course, learner and period; as a page, CSV or JSON."""

from __future__ import annotations

from datetime import date
from typing import Final

from flask import render_template, request
from flask.typing import ResponseReturnValue

from seattime.domain import clockface
from seattime.errors import BadInput
from seattime.services import comparison, export, reports
from seattime.web.pages import charts
from seattime.web.pages.blueprints import make_blueprint
from seattime.web.pages.registrations import as_file

blueprint = make_blueprint("reports")

CHOICES: Final = ("course", "learner", "since", "until", "badge")
MOST_SHOWN: Final = 500
"""Rows on the page; the figures, the plot and the exports are of all of them."""


@blueprint.get("/reports")
def show() -> ResponseReturnValue:
    """The report as a page."""
    query = _query()
    wanted = _filter(query)
    lines = reports.registration_lines(wanted, with_days=True)
    return render_template(
        "pages/reports.html",
        query=query,
        lines=lines[:MOST_SHOWN],
        all_lines=len(lines),
        counted_ms=sum(line.counted_ms for line in lines),
        learner_count=len({line.learner_key for line in lines}),
        most_ms=max((line.counted_ms for line in lines), default=0),
        days=charts.draw_days(reports.days_of(lines), clockface.spent),
        courses=reports.known_courses(),
        learners=reports.known_learners(),
        compares=comparison.exists(),
    )


@blueprint.get("/reports.<form>")
def export_report(form: str) -> ResponseReturnValue:
    """The same as a file."""
    return as_file(export.registrations(_filter(_query()), form), "counted-time", form)


def _query() -> dict[str, str]:
    return {name: value for name in CHOICES if (value := request.args.get(name, "").strip())}


def _filter(query: dict[str, str]) -> reports.Filter:
    return reports.Filter(
        course_key=query.get("course"),
        learner_key=query.get("learner"),
        since=_day(query, "since"),
        until=_day(query, "until"),
        badge=query.get("badge"),
    )


def _day(query: dict[str, str], name: str) -> date | None:
    if name not in query:
        return None
    try:
        return date.fromisoformat(query[name])
    except ValueError:
        raise BadInput(f"{query[name]!r} is not a day. Write it like 2026-11-23.", field=name) from None
