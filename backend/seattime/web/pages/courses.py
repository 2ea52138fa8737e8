"""A course: its structure, versions and registrations; playing it oneself; adding learners; its settings."""

from __future__ import annotations

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from seattime.domain import clockface
from seattime.domain.packages.model import Package, activities
from seattime.errors import NotFound
from seattime.services import by_key, courses, launching, policies, registrations, reports
from seattime.services.identifiers import checked_id
from seattime.services.learners import LearnerInfo
from seattime.services.registrations import NewRegistration
from seattime.storage.models import new_key
from seattime.web.pages import charts, links, security
from seattime.web.pages.blueprints import make_blueprint

blueprint = make_blueprint("courses")

MOST_SHOWN: Final = 200
"""Registrations on the page; the report has all of them."""


@blueprint.get("/courses/<key>")
def show(key: str) -> ResponseReturnValue:
    """The course with its registrations; `link` names the one whose launch link is shown."""
    return _page(key)


@blueprint.post("/courses/<key>/play")
def play(key: str) -> ResponseReturnValue:
    """Leads to the player, in the administrator's own test run."""
    course = by_key.find_course(key)
    registration = launching.test_run_registration(course, security.author())
    home = url_for("registrations.show", key=registration.key)
    return redirect(launching.launch_link(registration, redirect_url=links.public(home)))


@blueprint.post("/courses/<key>/learners")
def add_learner(key: str) -> ResponseReturnValue:
    """Makes a registration and shows its launch link."""
    course = by_key.find_course(key)
    launching.check_plays_here(courses.latest_version(course))
    form = request.form
    learner_id = checked_id(form.get("learner_id", "").strip(), "The learner id")
    registration = registrations.create_registration(
        NewRegistration(
            registration_id=form.get("registration_id", "").strip() or new_key(),
            course_id=course.course_id,
            learner=LearnerInfo(
                learner_id=learner_id,
                first_name=form.get("first_name", "").strip() or None,
                last_name=form.get("last_name", "").strip() or None,
            ),
        )
    )
    return redirect(url_for("courses.show", key=key, link=registration.key))


@blueprint.post("/courses/<key>/settings")
def change(key: str) -> ResponseReturnValue:
    """Title, time policy, frame or window."""
    course_id = by_key.find_course(key).course_id
    courses.set_title(course_id, request.form.get("title", ""))
    courses.update_settings(course_id, open_in=request.form.get("open_in"), policy_name=request.form.get("policy_name"))
    flash("Saved.")
    return redirect(url_for("courses.show", key=key))


@blueprint.post("/courses/<key>/delete")
def delete(key: str) -> ResponseReturnValue:
    """Deletes the course, its files and its registrations."""
    course = by_key.find_course(key)
    title = course.title
    courses.delete_course(course.course_id)
    flash(f"{title} is deleted.")
    return redirect(url_for("home.show"))


def _link_of(course_key: str) -> links.ShownLink | None:
    asked = request.args.get("link", "")
    if not asked:
        return None
    registration = by_key.find_registration(asked)
    if registration.course_key != course_key:
        raise NotFound("This registration belongs to another course.")
    return links.make(registration)


def _page(key: str) -> str:
    line = reports.course_line(key)
    course = by_key.find_course(key)
    versions = courses.list_versions(course)[::-1]
    package = Package.from_json(versions[0].structure)
    everybody = reports.registration_lines(reports.Filter(course_key=key, test_runs=True), with_days=True)
    lines = [each for each in everybody if not each.test_run]
    return render_template(
        "pages/course.html",
        course=line,
        counted_ms=line.counted_ms,
        finished=sum(each.finished for each in lines),
        lines=lines[:MOST_SHOWN] + [each for each in everybody if each.test_run],
        left_out=max(0, len(lines) - MOST_SHOWN),
        most_ms=max((each.counted_ms for each in everybody), default=0),
        days=charts.draw_days(reports.days_of(lines), clockface.spent),
        versions=versions,
        version=versions[0],
        plays_here=launching.plays_here(versions[0]),
        structure=package.organization.items,
        activities=len(activities(package)),
        learners=reports.known_learners(),
        policy_names=policies.names(),
        link=_link_of(key),
    )
