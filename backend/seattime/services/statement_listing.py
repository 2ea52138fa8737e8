"""Statements of courses and registrations for the REST API, newest first, in pages. Must not import web.

Guarantees: what launched content said and nobody took back, each once; nothing of what API keys sent, of test runs in lists of a
course, or of what is kept raw. Pages come by position and are bounded in number and in size.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import select

from seattime.errors import BadInput, NotFound
from seattime.services import courses, paging, registrations
from seattime.services.paging import Page, Place
from seattime.storage import lrs_listing
from seattime.storage.lrs_listing import Row, Scope
from seattime.storage.models import Learner, db

MOST_CHARACTERS: Final = 8 * 1024 * 1024
"""Of the statements on one page; one is always given."""


@dataclass(frozen=True)
class StatementQuery:
    """`since_ms`, `until_ms`: the moment of storing; both belong to the period."""

    learner_id: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None


def of_course(course_id: str, version: int | None = None) -> Scope:
    """Everything that was said of a course; with `version`, by registrations that are on it now. Raises NotFound."""
    course = courses.find_course(course_id)
    if version is None:
        return Scope(course_key=course.key)
    return Scope(version_key=courses.find_version(course, version).key)


def of_registration(registration_id: str, instance: int | None = None) -> Scope:
    """Raises NotFound."""
    registration = registrations.find_registration(registration_id)
    if instance is not None and not 1 <= instance <= registration.instance:
        raise NotFound(f"The registration {registration_id} has no instance {instance}.")
    return Scope(registration_key=registration.key, instance=instance)


def list_statements(scope: Scope, query: StatementQuery, *, more: str | None) -> Page[Row]:
    """`more`: a token of a page before, which carries its query. Raises BadInput."""
    before = None
    if more is not None:
        fields, place = paging.read_token(more)
        query = paging.read_query(StatementQuery, fields)
        before = _place(place)
    if query.learner_id is not None:
        key = db.session.scalar(select(Learner.key).where(Learner.learner_id == query.learner_id))
        if key is None:
            return Page([])
        scope = replace(scope, learner_key=key)
    found = lrs_listing.list_launched(
        db.session, scope, before=before, since_ms=query.since_ms, until_ms=query.until_ms, limit=paging.PAGE_SIZE + 1
    )
    rows: list[Row] = []
    room = MOST_CHARACTERS
    for row in found:
        if rows and (len(rows) == paging.PAGE_SIZE or room < 0):
            # one more than the page has: there is a next one
            return paging.cut_page([*rows, row], paging.write_query(query), _place_of, len(rows))
        rows.append(row)
        room -= len(row.raw)
    return Page(rows)


def _place_of(row: Row) -> Place:
    return Place(row.stored_ms, str(row.seq))


def _place(place: Place) -> tuple[int, int]:
    if not isinstance(place.value, int) or not (place.key.isascii() and place.key.isdigit() and len(place.key) < 19):
        raise BadInput("more is not a token that this server gave.", field="more")
    return place.value, int(place.key)
