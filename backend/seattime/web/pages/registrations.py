"""A registration: counted time with the sum that leads to it, sessions, answers, and what a person may do."""

from __future__ import annotations

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from seattime.services import by_key, cmi5_refusals, corrections, export, registration_view, registrations, statement_view, version_moves
from seattime.web.pages import links, security, session_drawings, sums
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("registrations")

NEWEST_STATEMENTS = 5
"""As many as are shown beside everything else; all have a page of their own."""


@blueprint.get("/registrations/<key>")
def show(key: str) -> ResponseReturnValue:
    """Everything about it; with `link` also a new launch link."""
    link = links.make(by_key.find_registration(key)) if "link" in request.args else None
    view = registration_view.view(key)
    return render_template(
        "pages/registration.html",
        view=view,
        line=view.line,
        link=link,
        everything=view.sessions + view.earlier,
        draw=session_drawings.draw,
        kinds=session_drawings.legend(view.sessions + view.earlier),
        statements=statement_view.newest(by_key.find_registration(key), NEWEST_STATEMENTS),
        refusals=cmi5_refusals.of_registration(by_key.find_registration(key)),
        sum_lines=sums.sum_lines,
        explanation=sums.explanation,
    )


@blueprint.get("/registrations/<key>/export.<form>")
def export_sessions(key: str, form: str) -> ResponseReturnValue:
    """Its sessions as CSV or JSON."""
    registration = by_key.find_registration(key)
    text = export.sessions_of(registration.key, form)
    return as_file(text, f"sessions-{registration.registration_id}", form)


@blueprint.post("/registrations/<key>/sessions/<session_id>/correct")
def correct(key: str, session_id: str) -> ResponseReturnValue:
    """A signed correction: a new row."""
    delta_ms = corrections.read_signed_time(request.form.get("delta", ""))
    reason = request.form.get("reason", "")
    corrections.correct(key, session_id, delta_ms=delta_ms, author=security.author(), reason=reason)
    flash("The correction is kept, with your name and the reason.")
    return redirect(url_for("registrations.show", key=key, _anchor=f"s-{session_id}"))


@blueprint.post("/registrations/<key>/sessions/<session_id>/looked-at")
def look_at(key: str, session_id: str) -> ResponseReturnValue:
    """The findings of this session are known to somebody."""
    reason = request.form.get("reason", "")
    corrections.mark_as_looked_at(key, session_id, author=security.author(), reason=reason)
    flash("Marked as looked at.")
    return redirect(url_for("registrations.show", key=key, _anchor=f"s-{session_id}"))


@blueprint.post("/registrations/<key>/reset")
def reset(key: str) -> ResponseReturnValue:
    """Progress begins anew; what was before is kept and no longer counts."""
    registrations.delete_progress(by_key.find_registration(key).registration_id)
    flash("Progress was reset. What was recorded before is kept and no longer counts.")
    return redirect(url_for("registrations.show", key=key))


@blueprint.post("/registrations/<key>/move")
def move(key: str) -> ResponseReturnValue:
    """On to the newest version of the course, with the progress there is."""
    number = version_moves.move_to_newest(key)
    flash(f"The next launch plays version {number}.")
    return redirect(url_for("registrations.show", key=key))


@blueprint.post("/registrations/<key>/delete")
def delete(key: str) -> ResponseReturnValue:
    """The registration and its time are gone from every figure."""
    registration = by_key.find_registration(key)
    course_key = registration.course_key
    registrations.delete_registration(registration.registration_id)
    flash("The registration is deleted.")
    return redirect(url_for("courses.show", key=course_key))


def as_file(text: str, name: str, form: str) -> Response:
    """Text as a download."""
    safe = "".join(c if c.isalnum() or c in "-_." else "-" for c in name)[:120]
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/json"
    response = Response(text, content_type=kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{safe.encode("ascii", "replace").decode()}.{form}"'
    return response
