"""Reading statements from the record store. The caller owns the transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select, tuple_
from sqlalchemy.orm import aliased

from seattime.domain.xapi import finding
from seattime.domain.xapi.queries import Query
from seattime.storage.inserts import DbSession
from seattime.storage.lrs_models import LrsAgentName, LrsAttachment, LrsKey, LrsStatement

BATCH = 20


@dataclass(frozen=True, slots=True)
class Found:
    """A statement of a list."""

    raw: str
    stored_ms: int
    seq: int


def _seen_by(registration_key: str | None) -> ColumnElement[bool]:
    """Content sees what its registration said; whoever has an API key sees everything but test runs."""
    return LrsStatement.apart.is_(False) if registration_key is None else LrsStatement.registration_key == registration_key


def read_statement(session: DbSession, statement_id: str, *, voided: bool, registration_key: str | None = None) -> Found | None:
    """One statement, if it is (or is not) voided. `registration_key`: of the content that asks."""
    row = session.execute(
        select(LrsStatement.raw, LrsStatement.stored_ms, LrsStatement.seq).where(
            LrsStatement.statement_id == statement_id, LrsStatement.voided.is_(voided), _seen_by(registration_key)
        )
    ).one_or_none()
    return None if row is None else Found(row.raw, row.stored_ms, row.seq)


def find_statements(session: DbSession, query: Query, registration_key: str | None = None) -> Iterator[Found]:
    """In order, not more than one beyond the limit; voided ones are not among them. `registration_key`: of the content that asks."""
    wanted = select(LrsStatement.raw, LrsStatement.stored_ms, LrsStatement.seq).where(
        LrsStatement.voided.is_(False), _seen_by(registration_key)
    )
    # the columns by which it is ordered and bounded: of the first filter's index, where there is one
    stored, seq = LrsStatement.stored_ms, LrsStatement.seq
    for index, key in enumerate(query.keys):
        keys = aliased(LrsKey)
        wanted = wanted.join(keys, and_(keys.seq == LrsStatement.seq, keys.stored_ms == LrsStatement.stored_ms, keys.key == key))
        if index == 0:
            stored, seq = keys.stored_ms, keys.seq
    if query.since_ms is not None:
        wanted = wanted.where(stored > query.since_ms)
    if query.until_ms is not None:
        wanted = wanted.where(stored <= query.until_ms)
    if query.cursor is not None:
        place, last = tuple_(stored, seq), tuple_(*query.cursor)
        wanted = wanted.where(place > last if query.ascending else place < last)
    order = (stored, seq) if query.ascending else (stored.desc(), seq.desc())
    # a few at a time: whoever has enough stops, and large statements never lie in memory all at once
    with session.execute(wanted.order_by(*order).limit(query.limit + 1).execution_options(yield_per=BATCH)) as rows:
        for row in rows:
            yield Found(row.raw, row.stored_ms, row.seq)


def find_owners(session: DbSession, ids: Iterable[str]) -> dict[str, str | None]:
    """Those of these ids that are stored, each with the key of the registration that it belongs to, if any."""
    wanted = select(LrsStatement.statement_id, LrsStatement.registration_key).where(LrsStatement.statement_id.in_(list(ids)))
    return {row.statement_id: row.registration_key for row in session.execute(wanted)}


def statements_of(session: DbSession, registration_key: str) -> list[str]:
    """The texts of a registration's statements in their order, the voided ones, too."""
    wanted = select(LrsStatement.raw).where(LrsStatement.registration_key == registration_key)
    return list(session.scalars(wanted.order_by(LrsStatement.stored_ms, LrsStatement.seq)))


def read_attachment(session: DbSession, sha2: str) -> bytes | None:
    return session.execute(select(LrsAttachment.body).where(LrsAttachment.sha2 == sha2)).scalar_one_or_none()


def read_names(session: DbSession, identifier: str) -> list[str]:
    """Under which names an agent was seen, in alphabetical order."""
    key = finding.key("agent", identifier)
    return sorted(json.loads(name) for name in session.scalars(select(LrsAgentName.name).where(LrsAgentName.key == key)))


