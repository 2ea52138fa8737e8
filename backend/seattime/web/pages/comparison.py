"""What other LMSs were told beside what was counted here; as pages, CSV or JSON."""

from __future__ import annotations

from flask import render_template
from flask.typing import ResponseReturnValue

from seattime.services import comparison, comparison_export
from seattime.web.pages.blueprints import make_blueprint
from seattime.web.pages.registrations import as_file

blueprint = make_blueprint("comparison")

MOST_SHOWN = 300
"""Registrations on the page; the figures and the exports are of all of them."""


@blueprint.get("/comparison")
def show() -> ResponseReturnValue:
    """Every registration that was played in another LMS."""
    found = comparison.compare_all()
    return render_template(
        "pages/comparison.html",
        registrations=found[:MOST_SHOWN],
        all_registrations=len(found),
        lms_ms=sum(each.lms_ms for each in found),
        counted_ms=sum(each.counted_ms for each in found),
        sessions=sum(len(each.sessions) for each in found),
        lost=sum(each.lost for each in found),
    )


@blueprint.get("/comparison/<key>")
def show_one(key: str) -> ResponseReturnValue:
    """The sessions of one registration, with the reason for each difference."""
    return render_template("pages/comparison_registration.html", registration=comparison.compare_one(key))


@blueprint.get("/comparison.<form>")
def export(form: str) -> ResponseReturnValue:
    """All sessions as a file."""
    return as_file(comparison_export.sessions(form), "told-and-counted", form)
