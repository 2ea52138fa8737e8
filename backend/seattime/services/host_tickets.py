"""Host tickets: what a player page of another LMS needs, so that SeatTime keeps time in it (docs/host-players.md).

Guarantees: a ticket belongs to one registration and one launch; it holds all that the page's script needs to record and to
deliver, so that nothing is lost where this server is away when the page opens; what it names for the first time (course,
learner, registration) is made, and what there is already is never changed into something else. Must not import web.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from seattime.domain.packages.elsewhere import STANDARDS, make_elsewhere
from seattime.domain.packages.model import Package, activities
from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import courses, launching, registrations
from seattime.services.identifiers import checked_id, checked_text
from seattime.services.launching import Admission
from seattime.services.learners import LearnerInfo
from seattime.services.parts import parts
from seattime.services.registrations import NewRegistration
from seattime.storage.models import Course, CourseVersion, Launch, Registration, db, new_key

SCRIPT: Final = "/static/scorm_api/host/host.js"
_IN_TICKET: Final = ("v", "ledger", "now", "heartbeat_ms", "registration", "token", "launch", "mode")


@dataclass(frozen=True, kw_only=True)
class HostVisit:
    """Who opens which course in another LMS's player. `standard`, `course_title`: of a course that is not known yet."""

    registration_id: str
    course_id: str | None = None
    course_title: str | None = None
    standard: str = "scorm12"
    learner: LearnerInfo | None = None
    activity_id: str | None = None


@dataclass(frozen=True, slots=True)
class HostTicket:
    """`text`: for the page. `script`: address of the script that reads it. `base`: where the page's script delivers to."""

    text: str
    script: str
    base: str


def make_ticket(visit: HostVisit) -> HostTicket:
    """Makes what is missing and starts a launch. Commits. Raises BadInput, NotFound, Conflict."""
    registration = _registration(visit)
    known = [item.identifier for item in activities(Package.from_json(registration.version.structure))]
    if visit.activity_id is not None and visit.activity_id not in known:
        raise NotFound(f"The course has no activity {visit.activity_id}.")
    base = parts().settings.play_origin_of(registration.course.slug)
    answer = launching.start_launch(
        Admission(registration.key, "", "normal"), slug=None, activity_id=visit.activity_id, user_agent=""
    )
    _mark(answer)
    activity = answer["activities"][answer["first"]]
    said = {**{name: answer[name] for name in _IN_TICKET}, "base": base, "activity": activity}
    return HostTicket(_encoded(said), base + SCRIPT, base)


def _encoded(said: dict[str, Any]) -> str:
    """Base64url: goes into an attribute, a script or an address as it is."""
    return base64.urlsafe_b64encode(json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()).decode().rstrip("=")


def _mark(answer: dict[str, Any]) -> None:
    """As one in another player. Its journal lies in that page's origin: no delivery page of ours could reach it (design 3.3)."""
    db.session.execute(
        update(Launch)
        .where(Launch.registration_key == answer["registration"], Launch.number == answer["launch"]["number"])
        .values(settled=True, host=True)
    )
    db.session.commit()


def _registration(visit: HostVisit) -> Registration:
    try:
        known = registrations.find_registration(visit.registration_id)
    except NotFound:
        return _register(visit)
    if visit.course_id is not None and known.course.course_id != visit.course_id:
        raise Conflict(f"The registration {visit.registration_id} belongs to another course, {known.course.course_id}.")
    if visit.learner is not None and known.learner.learner_id != visit.learner.learner_id:
        raise Conflict(f"The registration {visit.registration_id} belongs to another learner.")
    return known


def _register(visit: HostVisit) -> Registration:
    if visit.course_id is None or visit.learner is None:
        raise NotFound(
            f"There is no registration {visit.registration_id}. With courseId and learner in the request it would be made."
        )
    _see_course(visit.course_id, visit.course_title, visit.standard)
    new = NewRegistration(registration_id=visit.registration_id, course_id=visit.course_id, learner=visit.learner)
    try:
        return registrations.create_registration(new)
    except Conflict:
        # another page of the same learner came first
        return registrations.find_registration(visit.registration_id)


def _see_course(course_id: str, title: str | None, standard: str) -> None:
    """A course that nobody imported is known from now on as one that is played elsewhere."""
    if standard not in STANDARDS:
        raise BadInput(f"standard must be one of {', '.join(STANDARDS)}.", field="standard")
    checked_id(course_id, "courseId")
    try:
        courses.find_course(course_id)
        return
    except NotFound:
        pass
    now = parts().clock.now_ms()
    package = make_elsewhere(checked_text((title or course_id).strip() or course_id, "courseTitle"), STANDARDS[standard])
    # its origin is named by chance and never by the caller's id, as every course's
    course = Course(
        key=new_key(), course_id=course_id, title=package.title, slug=f"c{new_key()[:16]}", created_ms=now, updated_ms=now
    )
    db.session.add(course)
    db.session.add(
        CourseVersion(
            course_key=course.key,
            number=1,
            kind=package.kind.value,
            structure=package.to_json(),
            warnings=[],
            file_count=0,
            size_bytes=0,
            content_hash="",
            created_ms=now,
        )
    )
    try:
        db.session.commit()
    except IntegrityError:
        # another page of the same course came first
        db.session.rollback()
