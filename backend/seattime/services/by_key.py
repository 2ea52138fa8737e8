"""The living rows that the pages' addresses name by their internal keys. Must not import web."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from seattime.errors import NotFound
from seattime.storage.models import Course, Learner, Registration, db


def find_course(key: str) -> Course:
    """Raises NotFound."""
    course = db.session.scalar(select(Course).where(Course.key == key, Course.deleted_ms.is_(None)))
    if course is None:
        raise NotFound("There is no such course, or it has been deleted.")
    return course


def find_registration(key: str) -> Registration:
    """With its course, version and learner. Raises NotFound."""
    registration = db.session.scalar(
        select(Registration)
        .where(Registration.key == key, Registration.deleted_ms.is_(None))
        .options(joinedload(Registration.course), joinedload(Registration.version), joinedload(Registration.learner))
    )
    if registration is None:
        raise NotFound("There is no such registration, or it has been deleted.")
    return registration


def find_registrations(keys: Iterable[str]) -> dict[str, Registration]:
    """The living ones of these keys, with course and learner, by key."""
    rows = db.session.scalars(
        select(Registration)
        .where(Registration.key.in_(set(keys)), Registration.deleted_ms.is_(None))
        .options(joinedload(Registration.course), joinedload(Registration.learner))
    )
    return {row.key: row for row in rows}


def find_learner(key: str) -> Learner:
    """Raises NotFound."""
    learner = db.session.get(Learner, key)
    if learner is None:
        raise NotFound("There is no such learner.")
    return learner


def is_course_id_taken(course_id: str) -> bool:
    """Whether a living course has this id."""
    taken = select(Course.key).where(Course.course_id == course_id, Course.deleted_ms.is_(None))
    return db.session.scalar(taken) is not None
