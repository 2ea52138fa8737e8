"""Courses: imported into the database, versioned, listed, renamed, set up, deleted.

Guarantees: a course's identity is the caller's courseId; importing again makes a new version and leaves registrations
on theirs; the version before stays live until the new one is whole, files and row; a failed import leaves nothing
behind. A deleted course leaves a tombstone, and its keys and its origin are never reused. Must not import web.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, func, select, update
from sqlalchemy.exc import IntegrityError

from seattime.errors import BadInput, Conflict, NotFound, SeatTimeError
from seattime.services import paging
from seattime.services.identifiers import checked_id, checked_text, is_storable
from seattime.services.packages import StagedPackage
from seattime.services.paging import Page, Place
from seattime.services.parts import parts
from seattime.storage.models import Course, CourseVersion, Learner, PolicyRow, Registration, db, new_key

log = logging.getLogger(__name__)

TRIES: Final = 3
"""Two imports that make the same new course or number at once: one of them looks again."""

OPEN_IN: Final = ("frame", "window")


@dataclass(frozen=True, kw_only=True)
class CourseQuery:
    """Which courses, in which order.

    `since_ms` and `until_ms` are inclusive; `text` is looked for anywhere in `text_field`.
    """

    since_ms: int | None = None
    until_ms: int | None = None
    datetime_field: str = "updated"
    text: str | None = None
    text_field: str = "course_title"
    order: str = "created_asc"


DATETIME_FIELDS: Final[dict[str, Any]] = {"created": Course.created_ms, "updated": Course.updated_ms}
TEXT_FIELDS: Final[dict[str, Any]] = {"course_id": Course.course_id, "course_title": Course.title}
ORDERS: Final[dict[str, Any]] = {
    "created": Course.created_ms,
    "updated": Course.updated_ms,
    "course_id": Course.course_id,
    "course_title": Course.title,
}


def check_may_import(course_id: str, *, may_create_new_version: bool) -> None:
    """Says early what would fail late.

    Raises BadInput for an unusable id, Conflict where a new version is not wanted.
    """
    checked_id(course_id, "courseId")
    if not may_create_new_version and _find_living(course_id) is not None:
        raise _exists_already(course_id)


def import_package(
    course_id: str,
    staged: StagedPackage,
    *,
    may_create_new_version: bool = True,
    sample: bool = False,
    version_key: str | None = None,
    within: Callable[[CourseVersion], None] | None = None,
) -> CourseVersion:
    """Puts a read package into the store and the database, as a new course or the next version of the one there is.

    Takes `staged` over: it is committed or discarded when this returns. `version_key`: for a caller who may have been
    interrupted at this before; files that he left under it are removed first. `within`: done in the transaction that
    makes the version. Raises BadInput, Conflict, DiskFull.
    """
    key = version_key or new_key()
    try:
        check_may_import(course_id, may_create_new_version=may_create_new_version)
        db.session.rollback()
        if version_key is not None:
            _remove_files(version_key)
        staged.commit(key)
    except BaseException:
        staged.discard()
        raise
    try:
        return _insert_version(course_id, staged, key, may_create_new_version, sample, within)
    except BaseException:
        db.session.rollback()
        _remove_files(key)
        raise


def _insert_version(
    course_id: str,
    staged: StagedPackage,
    version_key: str,
    may_create_new_version: bool,
    sample: bool,
    within: Callable[[CourseVersion], None] | None,
) -> CourseVersion:
    for attempt in range(1, TRIES + 1):
        try:
            version = _add_version(course_id, staged, version_key, may_create_new_version, sample)
            if within is not None:
                within(version)
            db.session.commit()
            return version
        except IntegrityError:
            db.session.rollback()
            if attempt == TRIES:
                raise
    raise AssertionError("unreachable")


def _add_version(
    course_id: str, staged: StagedPackage, version_key: str, may_create_new_version: bool, sample: bool
) -> CourseVersion:
    now = parts().clock.now_ms()
    package = staged.package
    course = _find_living(course_id, lock=True)
    if course is None:
        # the origin is named by chance and never by the caller's id: it stands in addresses and is never reused
        course = Course(
            course_id=course_id,
            title=package.title,
            slug=f"c{new_key()[:16]}",
            created_ms=now,
            updated_ms=now,
            sample=sample,
        )
        db.session.add(course)
        db.session.flush()
        number = 1
    else:
        if not may_create_new_version:
            raise _exists_already(course_id)
        before = latest_version(course)
        number = before.number + 1
        if course.title == before.structure.get("title"):
            # a title that a person chose is kept, one that came with the package follows the package
            course.title = package.title
        course.updated_ms = now
    version = CourseVersion(
        key=version_key,
        course_key=course.key,
        number=number,
        kind=package.kind.value,
        tool=package.tool.name if package.tool else None,
        tool_version=package.tool.version if package.tool else None,
        structure=package.to_json(),
        warnings=list(package.warnings),
        file_count=staged.file_count,
        size_bytes=staged.size_bytes,
        content_hash=staged.content_hash,
        created_ms=now,
    )
    db.session.add(version)
    db.session.flush()
    return version


def find_course(course_id: str) -> Course:
    """The living course of this id. Raises NotFound."""
    course = _find_living(course_id)
    if course is None:
        raise NotFound(f"There is no course with the id {course_id}.")
    return course


def latest_version(course: Course) -> CourseVersion:
    """The version that new registrations get."""
    newest = select(CourseVersion).where(CourseVersion.course_key == course.key).order_by(CourseVersion.number.desc())
    return db.session.scalars(newest.limit(1)).one()


def find_version(course: Course, number: int) -> CourseVersion:
    """Raises NotFound."""
    version = db.session.scalar(
        select(CourseVersion).where(CourseVersion.course_key == course.key, CourseVersion.number == number)
    )
    if version is None:
        raise NotFound(f"The course {course.course_id} has no version {number}.")
    return version


def list_versions(course: Course) -> list[CourseVersion]:
    """Oldest first."""
    return list(
        db.session.scalars(
            select(CourseVersion).where(CourseVersion.course_key == course.key).order_by(CourseVersion.number)
        )
    )


def latest_versions(course_keys: list[str]) -> dict[str, CourseVersion]:
    """The newest version of each of these courses, by the course's key."""
    newest = (
        select(CourseVersion.course_key, func.max(CourseVersion.number).label("number"))
        .where(CourseVersion.course_key.in_(course_keys))
        .group_by(CourseVersion.course_key)
        .subquery()
    )
    rows = db.session.scalars(
        select(CourseVersion).join(
            newest, (CourseVersion.course_key == newest.c.course_key) & (CourseVersion.number == newest.c.number)
        )
    )
    return {version.course_key: version for version in rows}


def count_registrations(course_keys: list[str]) -> dict[str, int]:
    """Living registrations of each of these courses, by its key; test runs are no registrations of anybody."""
    return _counts(Registration.course_key, course_keys)


def count_registrations_of_versions(version_keys: list[str]) -> dict[str, int]:
    """The same for versions."""
    return _counts(Registration.version_key, version_keys)


def list_courses(
    query: CourseQuery, *, more: str | None = None, size: int = paging.PAGE_SIZE, count: bool = False
) -> Page[Course]:
    """One page of the living courses. `more`: the token of the page before, whose query then holds. Raises BadInput."""
    place: Place | None = None
    if more is not None:
        fields, place = paging.read_token(more)
        query = paging.read_query(CourseQuery, fields)
    column, descending = paging.choose_order(ORDERS, query.order)
    conditions = _conditions(query)
    total = db.session.scalar(select(func.count()).select_from(Course).where(*conditions)) if count else None
    statement = select(Course).where(*conditions)
    if place is not None:
        paging.check_place(place, text=isinstance(column.type, Text))
        statement = statement.where(paging.after(place, column, _key_column(), descending=descending))
    ways = [column.desc(), Course.key.desc()] if descending else [column.asc(), Course.key.asc()]
    rows = db.session.scalars(statement.order_by(*ways).limit(size + 1)).all()

    def place_of(course: Course) -> Place:
        return Place(getattr(course, column.key), course.key)

    page = paging.cut_page(rows, paging.write_query(query), place_of, size)
    return Page(page.items, page.more, total)


def set_title(course_id: str, title: str) -> None:
    """Raises NotFound, BadInput."""
    if not title.strip():
        raise BadInput("title must not be empty.", field="title")
    course = _find_to_change(course_id)
    course.title = checked_text(title.strip(), "title")
    course.updated_ms = parts().clock.now_ms()
    db.session.commit()


def update_settings(course_id: str, *, open_in: str | None = None, policy_name: str | None = None) -> None:
    """Changes what is given. Counted time is computed on read, so another policy holds for the past too (design 3.5).

    Raises NotFound, BadInput.
    """
    course = _find_to_change(course_id)
    if open_in is not None:
        if open_in not in OPEN_IN:
            raise BadInput("open_in must be frame or window.", field="open_in")
        course.open_in = open_in
    if policy_name is not None and policy_name != course.policy_name:
        known = db.session.scalar(select(func.count()).select_from(PolicyRow).where(PolicyRow.name == policy_name))
        if not known and policy_name != "Standard":
            raise BadInput(f"There is no time policy called {policy_name}.", field="policy_name")
        course.policy_name = policy_name
        _raise_facts_versions(course.key)
    course.updated_ms = parts().clock.now_ms()
    db.session.commit()


def delete_course(course_id: str) -> None:
    """The course and its registrations become tombstones, and its files are removed. Raises NotFound."""
    course = _find_to_change(course_id)
    now = parts().clock.now_ms()
    # registrations before learners, as a launch and what content says take them
    living = select(Registration.key).where(Registration.course_key == course.key, Registration.deleted_ms.is_(None))
    db.session.execute(living.order_by(Registration.key).with_for_update(key_share=True))
    _raise_facts_versions(course.key)
    db.session.execute(
        update(Registration)
        .where(Registration.course_key == course.key, Registration.deleted_ms.is_(None))
        .values(deleted_ms=now, updated_ms=now)
    )
    course.deleted_ms = now
    version_keys = [version.key for version in list_versions(course)]
    db.session.commit()
    for key in version_keys:
        _remove_files(key)


def _find_living(course_id: str, *, lock: bool = False) -> Course | None:
    if not is_storable(course_id):
        return None
    statement = select(Course).where(Course.course_id == course_id, Course.deleted_ms.is_(None))
    if lock:
        statement = statement.with_for_update(key_share=True)
    return db.session.scalar(statement)


def _find_to_change(course_id: str) -> Course:
    course = _find_living(course_id, lock=True)
    if course is None:
        raise NotFound(f"There is no course with the id {course_id}.")
    return course


def _exists_already(course_id: str) -> Conflict:
    return Conflict(f"There is a course {course_id} already, and mayCreateNewVersion is false.")


def _raise_facts_versions(course_key: str) -> None:
    learners = select(Registration.learner_key).where(
        Registration.course_key == course_key, Registration.deleted_ms.is_(None)
    )
    # in the order of keys, so that two of these never wait for each other
    keys = sorted(set(db.session.scalars(learners)))
    for key in keys:
        db.session.execute(update(Learner).where(Learner.key == key).values(facts_version=Learner.facts_version + 1))


def _remove_files(version_key: str) -> None:
    try:
        parts().store.delete(version_key)
    except (OSError, SeatTimeError):
        # the row is what makes a version live; files that nobody can reach only take up room
        log.exception("The files of the course version %s could not be removed", version_key)


def _counts(column: Any, keys: list[str]) -> dict[str, int]:
    rows = db.session.execute(
        select(column, func.count())
        .where(column.in_(keys), Registration.deleted_ms.is_(None), Registration.test_run.is_(False))
        .group_by(column)
    )
    return {row[0]: row[1] for row in rows}


def _conditions(query: CourseQuery) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Course.deleted_ms.is_(None)]
    moment = paging.choose(DATETIME_FIELDS, query.datetime_field, "datetimeFilter")
    if query.since_ms is not None:
        conditions.append(moment >= query.since_ms)
    if query.until_ms is not None:
        conditions.append(moment <= query.until_ms)
    searched = paging.choose(TEXT_FIELDS, query.text_field, "filterBy")
    if query.text:
        conditions.append(searched.icontains(query.text, autoescape=True))
    return conditions


def _key_column() -> ColumnElement[str]:
    return Course.__table__.c.key
