"""Reading statements in bulk: what a registration said, newest first; all that was stored, in its order. The caller owns the transaction.

Guarantees: what is read is bounded by `limit`, however many statements there are, and comes by position, so rows that are stored
meanwhile shift nothing.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, case, func, or_, select, tuple_

from seattime.domain.xapi import finding
from seattime.storage.inserts import DbSession
from seattime.storage.lrs_models import ActivityStart, LrsActivity, LrsAttachment, LrsStatement
from seattime.storage.models import Registration, Statement


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a statement stands in a registration's list. Of one moment, those in the record store come after those kept raw."""

    stored_ms: int
    in_store: bool
    seq: int
    statement_id: str


MOST_AT_ONCE: Final = 4 * 1024 * 1024
"""Of texts that one question reads, in bytes; one is always read."""
MOST_CHARACTERS: Final = 64 * 1024
"""Of a statement in a list: longer ones are listed without their text."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A statement of a registration. One that is not in the record store was kept raw, as it came. `raw`: None where it is very long."""

    statement_id: str
    raw: str | None
    place: Place
    voided: bool = False

    @property
    def stored_ms(self) -> int:
        return self.place.stored_ms

    @property
    def in_store(self) -> bool:
        return self.place.in_store


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose statements: those of every registration that fits all that is set; without anything, also those that API keys sent."""

    registration_key: str | None = None
    instance: int | None = None
    course_key: str | None = None
    version_key: str | None = None
    learner_key: str | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A statement of the record store, with its place there."""

    statement_id: str
    raw: str
    stored_ms: int
    seq: int
    voided: bool
    registration_key: str | None
    apart: bool

    @property
    def place(self) -> tuple[int, int]:
        return self.stored_ms, self.seq


def list_registration(
    session: DbSession,
    registration_key: str,
    *,
    before: Place | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    limit: int,
) -> list[Listed]:
    """Newest first, from behind `before` on. `since_ms` and `until_ms`: stored at it or after, before it."""
    store = select(
        LrsStatement.statement_id, _short(session, LrsStatement.raw), LrsStatement.stored_ms, LrsStatement.seq, LrsStatement.voided
    )
    store = store.where(LrsStatement.registration_key == registration_key)
    raw = select(Statement.statement_id, _short(session, Statement.raw), Statement.stored_ms)
    raw = raw.where(Statement.registration_key == registration_key)
    # what is in the record store as well is listed once
    twin = select(LrsStatement.seq).where(LrsStatement.statement_id == Statement.statement_id)
    raw = raw.where(~twin.where(LrsStatement.registration_key == registration_key).exists())
    if since_ms is not None:
        store, raw = store.where(LrsStatement.stored_ms >= since_ms), raw.where(Statement.stored_ms >= since_ms)
    if until_ms is not None:
        store, raw = store.where(LrsStatement.stored_ms < until_ms), raw.where(Statement.stored_ms < until_ms)
    if before is not None:
        store = store.where(tuple_(LrsStatement.stored_ms, LrsStatement.seq) < tuple_(before.stored_ms, before.seq))
        if before.in_store:
            raw = raw.where(Statement.stored_ms <= before.stored_ms)
        else:
            raw = raw.where(tuple_(Statement.stored_ms, Statement.statement_id) < tuple_(before.stored_ms, before.statement_id))
    store = store.order_by(LrsStatement.stored_ms.desc(), LrsStatement.seq.desc()).limit(limit)
    raw = raw.order_by(Statement.stored_ms.desc(), Statement.statement_id.desc()).limit(limit)
    found = heapq.merge(
        (
            Listed(row.statement_id, row.raw, Place(row.stored_ms, True, row.seq, row.statement_id), bool(row.voided))
            for row in session.execute(store)
        ),
        (Listed(row.statement_id, row.raw, Place(row.stored_ms, False, 0, row.statement_id)) for row in session.execute(raw)),
        key=lambda each: each.place,
        reverse=True,
    )
    return [each for each, _ in zip(found, range(limit), strict=False)]


def find_listed(session: DbSession, registration_key: str, statement_id: str) -> Listed | None:
    """One statement of a registration."""
    row = session.execute(
        select(LrsStatement.raw, LrsStatement.stored_ms, LrsStatement.seq, LrsStatement.voided).where(
            LrsStatement.statement_id == statement_id, LrsStatement.registration_key == registration_key
        )
    ).one_or_none()
    if row is not None:
        return Listed(statement_id, row.raw, Place(row.stored_ms, True, row.seq, statement_id), bool(row.voided))
    kept = session.get(Statement, (registration_key, statement_id))
    return None if kept is None else Listed(statement_id, kept.raw, Place(kept.stored_ms, False, 0, statement_id))


def read_texts(session: DbSession, ids: Iterable[str]) -> dict[str, str]:
    """Of the record store's statements with these ids, those that are not very long."""
    wanted = set(ids)
    if not wanted:
        return {}
    rows = session.execute(
        select(LrsStatement.statement_id, _short(session, LrsStatement.raw)).where(LrsStatement.statement_id.in_(wanted))
    )
    return {row.statement_id: row.raw for row in rows if row.raw is not None}


def read_definitions(session: DbSession, activity_ids: Iterable[str]) -> dict[str, str | None]:
    """What statements have said of these activities, as JSON, by id; None where it is very much."""
    keys = {finding.key("activity", each) for each in activity_ids}
    if not keys:
        return {}
    rows = session.execute(
        select(LrsActivity.activity_id, _short(session, LrsActivity.definition)).where(LrsActivity.key.in_(keys))
    )
    return {row.activity_id: row.raw for row in rows}


def has_attachment(session: DbSession, sha2: str) -> bool:
    """Whether its content is in the record store."""
    return session.execute(select(LrsAttachment.stored_ms).where(LrsAttachment.sha2 == sha2)).first() is not None


def list_launched(
    session: DbSession,
    scope: Scope,
    *,
    before: tuple[int, int] | None = None,
    since_ms: int | None = None,
    until_ms: int | None = None,
    limit: int,
) -> Iterator[Row]:
    """What launched content said, newest first, without what is voided; texts are read as they are asked for. `since_ms` and
    `until_ms` belong to the period."""
    places = _places(scope).where(LrsStatement.voided.is_(False))
    if since_ms is not None:
        places = places.where(LrsStatement.stored_ms >= since_ms)
    if until_ms is not None:
        places = places.where(LrsStatement.stored_ms <= until_ms)
    if before is not None:
        places = places.where(tuple_(LrsStatement.stored_ms, LrsStatement.seq) < tuple_(*before))
    return _rows(session, places.order_by(LrsStatement.stored_ms.desc(), LrsStatement.seq.desc()).limit(limit))


def list_stored(
    session: DbSession,
    scope: Scope,
    *,
    after: tuple[int, int],
    below_ms: int | None = None,
    limit: int,
) -> list[Row]:
    """In the order in which they were stored, from behind `after` on, the voided ones, too; those of test runs only where the scope is
    one registration. `below_ms`: stored before it."""
    places = _places(scope).where(tuple_(LrsStatement.stored_ms, LrsStatement.seq) > tuple_(*after))
    if below_ms is not None:
        places = places.where(LrsStatement.stored_ms < below_ms)
    return list(_rows(session, places.order_by(LrsStatement.stored_ms, LrsStatement.seq).limit(limit)))


def list_everything(session: DbSession, *, after: tuple[int, int], below_ms: int, limit: int) -> Iterator[Row]:
    """In the order in which they were stored, test runs too, which say so: whoever keeps a place need not look at them again."""
    seqs = select(LrsStatement.seq).where(
        tuple_(LrsStatement.stored_ms, LrsStatement.seq) > tuple_(*after), LrsStatement.stored_ms < below_ms
    )
    return _rows(session, seqs.order_by(LrsStatement.stored_ms, LrsStatement.seq).limit(limit))


def find_row(session: DbSession, statement_id: str) -> Row | None:
    """One statement of the record store, voided or not."""
    return next(_rows(session, select(LrsStatement.seq).where(LrsStatement.statement_id == statement_id)), None)


def first_behind(session: DbSession, after: tuple[int, int]) -> int | None:
    """When the first statement behind this place was stored."""
    wanted = select(LrsStatement.stored_ms).where(tuple_(LrsStatement.stored_ms, LrsStatement.seq) > tuple_(*after))
    return session.scalars(wanted.order_by(LrsStatement.stored_ms, LrsStatement.seq).limit(1)).first()


def place_of(session: DbSession, statement_id: str) -> tuple[int, int] | None:
    """Where a statement stands in the record store."""
    row = session.execute(
        select(LrsStatement.stored_ms, LrsStatement.seq).where(LrsStatement.statement_id == statement_id)
    ).one_or_none()
    return None if row is None else (row.stored_ms, row.seq)


def _short(session: DbSession, column: Any) -> ColumnElement[str | None]:
    """The column where it is not too long; a list of the longest statements would be gigabytes."""
    return case((_measure(session)(column) <= MOST_CHARACTERS, column), else_=None).label("raw")


def _measure(session: DbSession) -> Callable[[Any], ColumnElement[int]]:
    """How long a text is; octet_length reads none that PostgreSQL keeps apart from its row."""
    return func.octet_length if session.get_bind().dialect.name == "postgresql" else func.length


def _places(scope: Scope) -> Select[Any]:
    """Places only: whatever is sorted is small, and the texts are read of those that are wanted."""
    places = select(LrsStatement.seq)
    if scope.registration_key is not None:
        places = places.where(LrsStatement.registration_key == scope.registration_key)
    else:
        places = places.where(LrsStatement.apart.is_(False))
    of = _registrations(scope)
    if of:
        places = places.where(LrsStatement.registration_key.in_(select(Registration.key).where(*of)))
    if scope.instance is not None:
        starts = select(ActivityStart.key).where(
            ActivityStart.registration_key == scope.registration_key, ActivityStart.instance == scope.instance
        )
        of_start = LrsStatement.start_key.in_(starts)
        # those of before starts were kept belong to the first
        places = places.where(or_(of_start, LrsStatement.start_key.is_(None)) if scope.instance == 1 else of_start)
    return places


def _registrations(scope: Scope) -> list[ColumnElement[bool]]:
    wanted = {
        Registration.course_key: scope.course_key,
        Registration.version_key: scope.version_key,
        Registration.learner_key: scope.learner_key,
    }
    found: list[ColumnElement[bool]] = [column == value for column, value in wanted.items() if value is not None]
    return [*found, Registration.deleted_ms.is_(None)] if found else []


def _rows(session: DbSession, places: Select[Any]) -> Iterator[Row]:
    """The texts of these, in the same order, no more at once than memory has room for: whoever has enough stops."""
    seqs: Sequence[int] = session.scalars(places).all()
    table = LrsStatement
    columns = (table.statement_id, table.raw, table.stored_ms, table.seq, table.voided, table.registration_key, table.apart)
    for some in _by_size(session, seqs):
        by_seq = {row.seq: Row(*row) for row in session.execute(select(*columns).where(table.seq.in_(some)))}
        # one that was erased meanwhile is not there any more
        yield from (by_seq[seq] for seq in some if seq in by_seq)


def _by_size(session: DbSession, seqs: Sequence[int]) -> Iterator[list[int]]:
    """In groups whose texts are not longer than MOST_AT_ONCE together, or single."""
    wanted = select(LrsStatement.seq, _measure(session)(LrsStatement.raw).label("size")).where(LrsStatement.seq.in_(seqs))
    sizes = {row.seq: row.size for row in session.execute(wanted)} if seqs else {}
    group: list[int] = []
    room = MOST_AT_ONCE
    for seq in seqs:
        room -= sizes.get(seq, 0)
        if group and room < 0:
            yield group
            group, room = [], MOST_AT_ONCE - sizes.get(seq, 0)
        group.append(seq)
    if group:
        yield group
