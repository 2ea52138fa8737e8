"""Many records in one transaction, on PostgreSQL: two round trips to the database, however many there are.

What a record does is said in `ledger`; here it is done for a set. Guarantees: only sessions that the database knows are
touched, and of those only the ones whose attempt and learner nobody else has locked (`SKIP LOCKED`: a group waits for
nobody, so it cannot take part in a deadlock); the others are `SKIPPED` and go alone, by `ledger.record`. The clock and every
stored value are read under the locks. The caller rolls back where this raises; what it returns is committed.
Must not import services.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from types import SimpleNamespace
from typing import Any, Final

import psycopg
from psycopg.pq.abc import PGresult

from seattime.domain.news import news_of
from seattime.domain.records import SessionRecord
from seattime.domain.registers import merge_state, merge_time
from seattime.storage.ledger import Item, Outcome, lease_said, outcome, state_columns, state_facts, time_columns, time_facts
from seattime.storage.round_trip import RoundTrips, Statement


class Skipped(Enum):
    """Not done in the group: it goes alone."""

    SKIPPED = "skipped"


SKIPPED: Final = Skipped.SKIPPED


@dataclass(frozen=True)
class GroupResult:
    """What became of the items, in order, and what the transaction read of the database's clock and name."""

    answers: list[Outcome | Skipped]
    ledger_id: str
    now_ms: int


WANTED = "json_to_recordset($1::json) AS wanted(registration_key text, session_id text, with_state boolean)"

LOCK = f"""
SELECT session.registration_key, session.session_id, learner.key AS learner_key, learner.order_counter
FROM {WANTED}
JOIN sessions AS session USING (registration_key, session_id)
JOIN registrations AS registration ON registration.key = session.registration_key AND registration.deleted_ms IS NULL
JOIN attempts AS attempt ON attempt.registration_key = session.registration_key AND attempt.key = session.attempt_key
JOIN learners AS learner ON learner.key = registration.learner_key
ORDER BY attempt.registration_key, attempt.key, learner.key
FOR NO KEY UPDATE OF attempt, learner SKIP LOCKED
"""

READ = f"""
SELECT row_to_json(stored) FROM (
SELECT session.registration_key, session.session_id, session.launch_number, session.launched_ms, session.delivered_ms,
  session.clock_stepped, session.time_seq, session.time_order, session.time_incomplete, session.opened_ms, session.measured_ms,
  session.open_ms, session.spans, session.acts, session.words, session.status, session.exit, session.terminated, session.ended,
  session.state_seq, session.state_order, session.state_incomplete,
  CASE WHEN wanted.with_state THEN session.elements END AS elements, CASE WHEN wanted.with_state THEN session.findings END AS findings,
  attempt.key AS attempt_key, attempt.lease_number, attempt.lease_session,
  holder.delivered_ms AS holder_delivered_ms, holder.ended AS holder_ended
FROM {WANTED}
JOIN sessions AS session USING (registration_key, session_id)
JOIN attempts AS attempt ON attempt.registration_key = session.registration_key AND attempt.key = session.attempt_key
LEFT JOIN sessions AS holder ON holder.registration_key = attempt.registration_key AND holder.session_id = attempt.lease_session
  AND holder.session_id <> session.session_id
) AS stored
"""

SET_TIME = """
UPDATE sessions AS session SET
  time_seq = said.time_seq, time_order = said.time_order, time_incomplete = said.time_incomplete, opened_ms = said.opened_ms,
  measured_ms = said.measured_ms, open_ms = said.open_ms, spans = said.spans, acts = said.acts, words = said.words,
  status = said.status, exit = said.exit, terminated = said.terminated, ended = said.ended, closed_ms = NULL,
  delivered_ms = said.delivered_ms, clock_stepped = said.clock_stepped, deliveries = session.deliveries + 1
FROM json_to_recordset($1::json) AS said(registration_key text, session_id text, time_seq bigint, time_order bigint,
  time_incomplete boolean, opened_ms bigint, measured_ms bigint, open_ms bigint, spans jsonb, acts jsonb, words jsonb, status jsonb,
  exit text, terminated boolean, ended text, delivered_ms bigint, clock_stepped boolean)
WHERE session.registration_key = said.registration_key AND session.session_id = said.session_id AND session.time_seq < said.time_seq
"""

SET_STATE = """
UPDATE sessions AS session SET
  state_seq = said.state_seq, state_order = said.state_order, state_incomplete = said.state_incomplete, elements = said.elements::json,
  findings = said.findings
FROM json_to_recordset($1::json) AS said(registration_key text, session_id text, state_seq bigint, state_order bigint,
  state_incomplete boolean, elements text, findings jsonb)
WHERE session.registration_key = said.registration_key AND session.session_id = said.session_id AND session.state_seq < said.state_seq
"""

DROP_PIECES = """
DELETE FROM state_pieces AS piece
USING json_to_recordset($1::json) AS said(registration_key text, session_id text, state_seq bigint)
WHERE piece.registration_key = said.registration_key AND piece.session_id = said.session_id AND piece.seq <= said.state_seq
"""

UNSETTLE = """
UPDATE launches AS launch SET settled = false
FROM json_to_recordset($1::json) AS said(registration_key text, launch_number bigint)
WHERE launch.registration_key = said.registration_key AND launch.number = said.launch_number AND launch.settled
"""

RAISE_FACTS_VERSION = """
UPDATE learners SET facts_version = facts_version + 1 WHERE key IN (SELECT json_array_elements_text($1::json))
"""


def fits(record: SessionRecord) -> bool:
    """Whether the record may go in a group: leases and pieces go alone."""
    return record.want is None and (record.state is None or record.state.piece is None)


def record_group(trips: RoundTrips, items: Sequence[Item], clock: str) -> GroupResult:
    """Applies the items, of which no two are of one session and each one `fits`, in one transaction, and commits it.

    `clock`: the SQL expression of the server's time. Raises psycopg.Error; what became of the items is unknown then where the
    connection was lost, and else nothing was stored.
    """
    wanted = json.dumps([_wanted(item) for item in items])
    _, lock, read, told = trips.exchange(
        [("BEGIN", None), (LOCK, wanted), (READ, wanted), (f"SELECT ledger_id, {clock} FROM ledger", None)]
    )
    locked = {(registration, session): (learner, int(order)) for registration, session, learner, order in _rows(lock)}
    stored = {(row.registration_key, row.session_id): row for row in (SimpleNamespace(**json.loads(text)) for (text,) in _rows(read))}
    ((ledger_id, told_ms),) = _rows(told)
    now_ms = int(told_ms)
    changes = _Changes()
    answers: list[Outcome | Skipped] = []
    for item in items:
        key = (item.origin.registration_key, item.record.session)
        row = stored.get(key)
        if row is None or key not in locked:
            answers.append(SKIPPED)
        else:
            answers.append(_apply(item.record, row, locked[key], now_ms, changes))
    *_, committed = trips.exchange([*changes.statements(), ("COMMIT", None)])
    if committed.command_status != b"COMMIT":
        # of a transaction that failed PostgreSQL says ROLLBACK, and means it well
        raise psycopg.DatabaseError("the transaction was not committed")
    return GroupResult(answers, ledger_id, now_ms)


def _rows(result: PGresult) -> Iterator[tuple[str, ...]]:
    """Texts of columns that are never NULL."""
    for row in range(result.ntuples):
        yield tuple((result.get_value(row, column) or b"").decode() for column in range(result.nfields))


def _wanted(item: Item) -> dict[str, Any]:
    record = item.record
    return {"registration_key": item.origin.registration_key, "session_id": record.session, "with_state": record.state is not None}


class _Changes:
    """What is to be written, as the statements want it."""

    def __init__(self) -> None:
        self.times: list[dict[str, Any]] = []
        self.states: list[dict[str, Any]] = []
        self.launches: list[dict[str, Any]] = []
        self.learners: set[str] = set()

    def statements(self) -> list[Statement]:
        said: list[Statement] = []
        if self.launches:
            said.append((UNSETTLE, json.dumps(self.launches)))
        if self.times:
            said.append((SET_TIME, json.dumps(self.times)))
        if self.states:
            states = json.dumps(self.states)
            said += [(SET_STATE, states), (DROP_PIECES, states)]
        if self.learners:
            said.append((RAISE_FACTS_VERSION, json.dumps(sorted(self.learners))))
        return said


def _apply(incoming: SessionRecord, row: Any, locked: tuple[str, int], now_ms: int, changes: _Changes) -> Outcome:
    """Lays one record over its row, as `ledger.record` does, and notes what is to be written."""
    learner_key, newest_order = locked
    key = {"registration_key": row.registration_key, "session_id": row.session_id}
    need_all = False
    time = state = None
    if row.time_seq == row.state_seq == 0:
        changes.launches.append({"registration_key": row.registration_key, "launch_number": row.launch_number})
    if incoming.time is not None:
        facts = time_facts(row)
        merged = merge_time(facts, incoming.time, now_ms, row.launched_ms)
        time = (facts, merged)
        need_all |= merged.need_all
        if merged.applied:
            changes.times.append(key | time_columns(row, merged.facts, now_ms, newest_order))
            changes.learners.add(learner_key)
    if incoming.state is not None:
        elements = state_facts(row)
        laid = merge_state(elements, incoming.state)
        state = (elements, laid)
        need_all |= laid.need_all
        if laid.applied:
            columns = state_columns(laid.facts, newest_order)
            # as a text, so that PostgreSQL does not look into it: half a surrogate pair is no character, and content keeps such
            changes.states.append(key | columns | {"elements": json.dumps(columns["elements"])})
            changes.learners.add(learner_key)
    mine, silent = lease_said(row.lease_session == row.session_id, row.holder_delivered_ms, row.holder_ended, now_ms)
    return outcome(
        incoming,
        row.attempt_key,
        None if incoming.time is None else "stored",
        None if incoming.state is None else "stored",
        need_all,
        (row.lease_number, mine, silent),
        news_of(time, state, now_ms),
    )
