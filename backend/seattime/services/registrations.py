"""Registrations: a learner in a course. Made, found, listed, begun anew, deleted.

Guarantees: at most one living registration for each id; a deleted one leaves a tombstone, so that its late records are
answered `gone` and never reach another registration of the same id (design 3.8); progress that is deleted is kept as an
earlier instance, which no longer counts. Must not import web.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, case, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import joinedload

from seattime.errors import Conflict, NotFound
from seattime.services import cmi5_satisfaction, courses, paging
from seattime.services.identifiers import checked_id, is_storable
from seattime.services.learners import LearnerInfo, see_learner
from seattime.services.paging import Page, Place
from seattime.services.parts import parts
from seattime.storage.models import Course, CourseVersion, Launch, Learner, Registration, SessionRow, db


@dataclass(frozen=True, kw_only=True)
class NewRegistration:
    """What a caller asks for. `version`: of the course, None for the newest. `options`: read back as they are."""

    registration_id: str
    course_id: str
    learner: LearnerInfo
    version: int | None = None
    options: dict[str, Any] | None = None
    sample: bool = False


@dataclass(frozen=True, kw_only=True)
class RegistrationQuery:
    """Which registrations, in which order.

    `since_ms` and `until_ms` are inclusive; `text` is looked for anywhere in `text_field`.
    """

    course_id: str | None = None
    learner_id: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    datetime_field: str = "updated"
    text: str | None = None
    text_field: str = "registration_id"
    order: str = "created_asc"


def _session_time(of: Any) -> Any:
    return (
        select(of)
        .where(SessionRow.registration_key == Registration.key, SessionRow.instance == Registration.instance)
        .correlate(Registration)
        .scalar_subquery()
    )


_LAST_ACCESS: Final = _session_time(func.max(SessionRow.delivered_ms))
_FIRST_ACCESS: Final = (
    select(func.min(Launch.launched_ms))
    .where(Launch.registration_key == Registration.key, Launch.instance == Registration.instance)
    .correlate(Registration)
    .scalar_subquery()
)
_UPDATED: Final = case((Registration.updated_ms < _LAST_ACCESS, _LAST_ACCESS), else_=Registration.updated_ms)
"""A commit changes what a caller reads of a registration, though not its row."""

DATETIME_FIELDS: Final[dict[str, Any]] = {
    "created": Registration.created_ms,
    "updated": _UPDATED,
    "first_access_date": _FIRST_ACCESS,
    "last_access_date": _LAST_ACCESS,
}
TEXT_FIELDS: Final[dict[str, Any]] = {
    "registration_id": Registration.registration_id,
    "course_id": Course.course_id,
    "course_title": Course.title,
    "learner_id": Learner.learner_id,
    "learner_first_name": Learner.first_name,
    "learner_last_name": Learner.last_name,
    "learner_email": Learner.email,
}
ORDERS: Final[dict[str, Any]] = {
    "created": Registration.created_ms,
    "updated": _UPDATED,
    "registration_id": Registration.registration_id,
    "course_id": Course.course_id,
    "learner_id": Learner.learner_id,
}


def version_for(new: NewRegistration) -> CourseVersion:
    """The version that it would get. Raises NotFound (course, version)."""
    course = courses.find_course(new.course_id)
    return courses.latest_version(course) if new.version is None else courses.find_version(course, new.version)


def create_registration(new: NewRegistration) -> Registration:
    """Registers the learner, who is made on first sight. Commits.

    Raises NotFound (course, version), Conflict, BadInput.
    """
    checked_id(new.registration_id, "registrationId")
    course = courses.find_course(new.course_id)
    version = version_for(new)
    taken = Conflict(f"There is a registration {new.registration_id} already.")
    if _find_living(new.registration_id) is not None:
        raise taken
    learner = see_learner(new.learner)
    now = parts().clock.now_ms()
    registration = Registration(
        registration_id=new.registration_id,
        course_key=course.key,
        version_key=version.key,
        learner_key=learner.key,
        options=dict(new.options or {}),
        sample=new.sample,
        created_ms=now,
        updated_ms=now,
    )
    db.session.add(registration)
    try:
        db.session.commit()
    except IntegrityError as error:
        db.session.rollback()
        raise taken from error
    cmi5_satisfaction.evaluate_registration(registration)
    return registration


def find_registration(registration_id: str) -> Registration:
    """The living registration of this id. Raises NotFound."""
    registration = _find_living(registration_id)
    if registration is None:
        raise _unknown(registration_id)
    return registration


def list_registrations(
    query: RegistrationQuery, *, more: str | None = None, size: int = paging.PAGE_SIZE, count: bool = False
) -> Page[Registration]:
    """One page of the living registrations, test runs left out. `more`: the token of the page before, whose query then
    holds. Raises BadInput."""
    place: Place | None = None
    if more is not None:
        fields, place = paging.read_token(more)
        query = paging.read_query(RegistrationQuery, fields)
    column, descending = paging.choose_order(ORDERS, query.order)
    base = (
        select(Registration, column.label("place"))
        .join(Course, Course.key == Registration.course_key)
        .join(Learner, Learner.key == Registration.learner_key)
        .where(*_conditions(query))
    )
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) if count else None
    statement = base.options(
        joinedload(Registration.course), joinedload(Registration.version), joinedload(Registration.learner)
    )
    key: ColumnElement[str] = Registration.__table__.c.key
    if place is not None:
        paging.check_place(place, text=isinstance(column.type, Text))
        statement = statement.where(paging.after(place, column, key, descending=descending))
    ways = [column.desc(), key.desc()] if descending else [column.asc(), key.asc()]
    rows = db.session.execute(statement.order_by(*ways).limit(size + 1)).all()
    page = paging.cut_page(rows, paging.write_query(query), lambda row: Place(row.place, row[0].key), size)
    return Page([row[0] for row in page.items], page.more, total)


def delete_registration(registration_id: str) -> None:
    """The registration becomes a tombstone. Commits. Raises NotFound."""
    registration = _find_to_change(registration_id)
    now = parts().clock.now_ms()
    registration.deleted_ms = now
    registration.updated_ms = now
    _raise_facts_version(registration)
    db.session.commit()


def delete_progress(registration_id: str) -> None:
    """The next instance begins, on the newest version of the course; what was before no longer counts. Commits.

    Raises NotFound.
    """
    registration = _find_to_change(registration_id)
    registration.instance += 1
    registration.version_key = courses.latest_version(registration.course).key
    registration.updated_ms = parts().clock.now_ms()
    _raise_facts_version(registration)
    db.session.commit()
    cmi5_satisfaction.evaluate_registration(registration)


def launches_of(registration: Registration, instance: int) -> list[Launch]:
    """The launches of one instance, oldest first."""
    return list(
        db.session.scalars(
            select(Launch)
            .where(Launch.registration_key == registration.key, Launch.instance == instance)
            .order_by(Launch.number)
        )
    )


def sessions_of(registration: Registration, instance: int) -> list[SessionRow]:
    """The sessions of one instance, in order of their order numbers."""
    return list(
        db.session.scalars(
            select(SessionRow)
            .where(SessionRow.registration_key == registration.key, SessionRow.instance == instance)
            .order_by(SessionRow.order_number, SessionRow.first_ms)
        )
    )


def _find_living(registration_id: str) -> Registration | None:
    if not is_storable(registration_id):
        return None
    return db.session.scalar(
        select(Registration)
        .where(Registration.registration_id == registration_id, Registration.deleted_ms.is_(None))
        .options(joinedload(Registration.course), joinedload(Registration.version), joinedload(Registration.learner))
    )


def _find_to_change(registration_id: str) -> Registration:
    """With its row locked, before the learner's: a launch takes them in the same order."""
    registration = None
    if is_storable(registration_id):
        registration = db.session.scalar(
            select(Registration)
            .where(Registration.registration_id == registration_id, Registration.deleted_ms.is_(None))
            .with_for_update(key_share=True)
        )
    if registration is None:
        raise _unknown(registration_id)
    return registration


def _raise_facts_version(registration: Registration) -> None:
    db.session.execute(
        update(Learner)
        .where(Learner.key == registration.learner_key)
        .values(facts_version=Learner.facts_version + 1)
        .execution_options(synchronize_session=False)
    )


def _conditions(query: RegistrationQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Registration.deleted_ms.is_(None), Registration.test_run.is_(False)]
    if query.course_id is not None:
        conditions.append(Course.course_id == query.course_id)
    if query.learner_id is not None:
        conditions.append(Learner.learner_id == query.learner_id)
    moment = paging.choose(DATETIME_FIELDS, query.datetime_field, "datetimeFilter")
    if query.since_ms is not None:
        conditions.append(moment >= query.since_ms)
    if query.until_ms is not None:
        conditions.append(moment <= query.until_ms)
    searched = paging.choose(TEXT_FIELDS, query.text_field, "filterBy")
    if query.text:
        conditions.append(searched.icontains(query.text, autoescape=True))
    return conditions


def _unknown(registration_id: str) -> NotFound:
    return NotFound(f"There is no registration with the id {registration_id}.")
