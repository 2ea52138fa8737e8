"""The ledger's one transaction: what a browser delivered becomes rows, once.

Guarantees: the attempt's row is locked while a record is applied; a register is applied only if its sequence is newer, and the
UPDATE itself says so too (SQLite ignores row locks); a duplicate is answered as stored; nothing is written for an erased
registration. Raw values are replaced by nothing but a newer sequence of the same session. The caller commits.
Must not import services.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select, update

from seattime.domain.attempts import StoredSession
from seattime.domain.news import NOTHING, News, news_of
from seattime.domain.records import Piece, SessionRecord, StateRegister, TimeRegister, join_pieces
from seattime.domain.registers import StateFacts, StateMerge, TimeFacts, TimeMerge, merge_state, merge_time, stored_entries
from seattime.storage import orders
from seattime.storage.inserts import DbSession, insert_into
from seattime.storage.models import Attempt, Launch, Learner, Registration, SessionRow, StatePiece
from seattime.storage.placing import Origin, locked_attempt, own_launch


@dataclass(frozen=True)
class Item:
    """One record and the launch under which it arrived."""

    origin: Origin
    record: SessionRecord


ENDED_HOLDER_SILENT_MS = 24 * 3600 * 1000
"""How silent a lease's holder is said to be once its session has ended: long enough for anybody to take over."""


@dataclass(frozen=True)
class Outcome:
    """What became of one record. A status is None where the record had no such register."""

    session: str
    attempt_key: str
    """The attempt that it belongs to; a browser does not know the key of one that it began itself. Empty where gone."""
    time_status: str | None
    time_seq: int
    state_status: str | None
    state_seq: int
    need_all: bool
    lease_number: int
    lease_mine: bool
    lease_silent_ms: int
    news: News = NOTHING
    """For metrics and logs; the browser is not told."""


class RegistrationUnknown(Exception):
    """The token is ours but its registration is not in this database: a restore lost it. Nothing is said to be stored or gone."""


def record(session: DbSession, origin: Origin, incoming: SessionRecord, read_now_ms: Callable[[], int]) -> Outcome:
    """Applies one record. `read_now_ms`: the database's clock. Raises RegistrationUnknown. The caller commits and only then answers."""
    registration = session.get(Registration, origin.registration_key)
    if registration is None:
        raise RegistrationUnknown(origin.registration_key)
    if registration.deleted_ms is not None:
        return _gone(incoming)
    origin = own_launch(session, origin, incoming)
    attempt = locked_attempt(session, registration, origin, incoming, read_now_ms)
    # Read under the lock: who read it before and then waited would find a delivery from the future, as if the clock had been set back.
    now_ms = read_now_ms()
    changed = _insert_session(session, registration, origin, incoming, attempt, now_ms)
    row = _session_row(session, registration.key, incoming.session)
    if row.time_seq == row.state_seq == 0:
        _unsettle(session, row)
    need_all = False
    time_status = state_status = None
    time = state = None
    before = (row.time_seq, row.state_seq)
    if incoming.time is not None:
        time_status, time = "stored", _apply_time(session, row, incoming.time, registration.learner_key, now_ms)
        need_all |= time[1].need_all
    if incoming.state is not None:
        state = _apply_state(session, row, incoming.state, registration.learner_key)
        state_status = "waiting" if state is None else "stored"
        need_all |= state is not None and state[1].need_all
    changed |= before != (row.time_seq, row.state_seq)
    if incoming.want == "lease" and row.ended is None:
        _grant_lease(session, registration, attempt, row, now_ms)
        changed = True
    if changed:
        session.execute(update(Learner).where(Learner.key == registration.learner_key).values(facts_version=Learner.facts_version + 1))
    mine, silent = _lease_of(session, attempt, row, now_ms)
    lease = (attempt.lease_number, mine, silent)
    return outcome(incoming, attempt.key, time_status, state_status, need_all, lease, news_of(time, state, now_ms))


def outcome(
    incoming: SessionRecord,
    attempt_key: str,
    time_status: str | None,
    state_status: str | None,
    need_all: bool,
    lease: tuple[int, bool, int],
    news: News = NOTHING,
) -> Outcome:
    """What is said of a record. `lease`: its number, whether the session holds it, how long its holder has been silent (ms)."""
    return Outcome(
        session=incoming.session,
        attempt_key=attempt_key,
        time_status=time_status,
        time_seq=incoming.time.seq if incoming.time else 0,
        state_status=state_status,
        state_seq=incoming.state.seq if incoming.state else 0,
        need_all=need_all,
        lease_number=lease[0],
        lease_mine=lease[1],
        lease_silent_ms=lease[2],
        news=news,
    )


def stored_session(row: SessionRow) -> StoredSession:
    """A row as the domain's attempt rules want it."""
    return StoredSession(
        session=row.session_id,
        order_number=row.order_number,
        state_order=row.state_order,
        elements=row.elements,
        words=tuple((word[0], word[1]) for word in row.words),
        exit=row.exit,
        terminated=row.terminated,
        mode=row.mode,
    )


def time_facts(row: Any) -> TimeFacts:
    """The time register as it is stored. `row`: a SessionRow, or whatever has its columns by name."""
    return TimeFacts(
        seq=row.time_seq,
        order=row.time_order,
        opened_ms=row.opened_ms,
        measured_ms=row.measured_ms,
        open_ms=row.open_ms,
        spans=stored_entries(row.spans),
        acts=stored_entries(row.acts),
        words=stored_entries(row.words),
        status=row.status,
        exit=row.exit,
        terminated=row.terminated,
        ended=row.ended,
        incomplete=row.time_incomplete,
    )


def state_facts(row: Any) -> StateFacts:
    """The state register as it is stored. `row`: as for `time_facts`."""
    return StateFacts(
        seq=row.state_seq,
        order=row.state_order,
        elements=row.elements,
        findings=stored_entries(row.findings),
        incomplete=row.state_incomplete,
    )


def _gone(incoming: SessionRecord) -> Outcome:
    time_status = "gone" if incoming.time else None
    return outcome(incoming, "", time_status, "gone" if incoming.state else None, False, (0, False, 0))


def _insert_session(
    session: DbSession,
    registration: Registration,
    origin: Origin,
    incoming: SessionRecord,
    attempt: Attempt,
    now_ms: int,
) -> bool:
    """The session's row at first sight; whether it was made now. Its attempt is locked, so nobody else changes it."""
    made = session.execute(
        insert_into(session, SessionRow)
        .values(
            registration_key=registration.key,
            session_id=incoming.session,
            learner_key=registration.learner_key,
            course_key=registration.course_key,
            attempt_key=attempt.key,
            instance=attempt.instance,
            activity_id=incoming.activity,
            start_key=incoming.start,
            launch_number=origin.launch_number,
            standard=incoming.standard,
            mode=incoming.mode,
            launched_ms=origin.launched_ms,
            first_ms=now_ms,
            delivered_ms=now_ms,
            order_number=origin.order_number,
            clock_stepped=False,
            leases=[],
            deliveries=0,
            time_seq=0,
            measured_ms=0,
            open_ms=0,
            spans=[],
            acts=[],
            words=[],
            status={},
            terminated=False,
            time_order=0,
            time_incomplete=False,
            state_seq=0,
            state_order=0,
            state_incomplete=False,
            elements={},
            findings=[],
        )
        .on_conflict_do_nothing()
        .returning(SessionRow.session_id)
    )
    return made.first() is not None


def _session_row(session: DbSession, registration_key: str, session_id: str) -> SessionRow:
    return session.execute(
        select(SessionRow)
        .where(SessionRow.registration_key == registration_key, SessionRow.session_id == session_id)
        .execution_options(populate_existing=True)
    ).scalar_one()


def _unsettle(session: DbSession, row: SessionRow) -> None:
    """A launch that goes on with a new session may have something left on its origin again (design 3.3)."""
    session.execute(
        update(Launch)
        .where(
            Launch.registration_key == row.registration_key,
            Launch.number == row.launch_number,
            Launch.settled.is_(True),
        )
        .values(settled=False)
    )


def _apply_time(
    session: DbSession, row: SessionRow, register: TimeRegister, learner_key: str, now_ms: int
) -> tuple[TimeFacts, TimeMerge]:
    """Returns what was stored before, and what became of it."""
    before = time_facts(row)
    merged = merge_time(before, register, now_ms, row.launched_ms)
    if merged.applied:
        session.execute(
            update(SessionRow)
            .where(
                SessionRow.registration_key == row.registration_key,
                SessionRow.session_id == row.session_id,
                SessionRow.time_seq < register.seq,
            )
            .values(
                **time_columns(row, merged.facts, now_ms, _newest_order(session, learner_key)),
                deliveries=SessionRow.deliveries + 1,
            )
        )
        session.refresh(row)
    return before, merged


def _apply_state(session: DbSession, row: SessionRow, register: StateRegister, learner_key: str) -> tuple[StateFacts, StateMerge] | None:
    """As `_apply_time`; None where other pieces are still to come."""
    if register.piece is not None and register.seq <= row.state_seq:
        register = register.without_piece()
    elif register.piece is not None:
        whole = _collect_piece(session, row, register, register.piece)
        if whole is None:
            return None
        register = whole
    before = state_facts(row)
    merged = merge_state(before, register)
    if merged.applied:
        session.execute(
            update(SessionRow)
            .where(
                SessionRow.registration_key == row.registration_key,
                SessionRow.session_id == row.session_id,
                SessionRow.state_seq < register.seq,
            )
            .values(**state_columns(merged.facts, _newest_order(session, learner_key)))
        )
        session.execute(
            delete(StatePiece).where(
                StatePiece.registration_key == row.registration_key,
                StatePiece.session_id == row.session_id,
                StatePiece.seq <= register.seq,
            )
        )
        session.refresh(row)
    return before, merged


def _newest_order(session: DbSession, learner_key: str) -> int:
    """A browser cannot claim an order number that was never handed out."""
    return session.execute(select(Learner.order_counter).where(Learner.key == learner_key)).scalar_one()


def _collect_piece(session: DbSession, row: SessionRow, register: StateRegister, piece: Piece) -> StateRegister | None:
    """Keeps a slice; the whole register once all slices of its sequence are here."""
    session.execute(
        insert_into(session, StatePiece)
        .values(
            registration_key=row.registration_key,
            session_id=row.session_id,
            seq=register.seq,
            index=piece.index,
            count=piece.count,
            text=piece.text,
        )
        .on_conflict_do_nothing()
    )
    texts = session.scalars(
        select(StatePiece.text)
        .where(
            StatePiece.registration_key == row.registration_key,
            StatePiece.session_id == row.session_id,
            StatePiece.seq == register.seq,
            StatePiece.count == piece.count,
        )
        .order_by(StatePiece.index)
    ).all()
    return join_pieces(register, texts) if len(texts) == piece.count else None


def _grant_lease(session: DbSession, registration: Registration, attempt: Attempt, row: SessionRow, now_ms: int) -> None:
    """Always granted to the page that asks; the page that had it learns so at its next heartbeat (design 3.6)."""
    number = orders.next_order(session, registration.learner_key)
    attempt.lease_number, attempt.lease_session = number, row.session_id
    row.leases = [*row.leases, [now_ms, number]]
    row.order_number = number
    session.flush()


def _lease_of(session: DbSession, attempt: Attempt, row: SessionRow, now_ms: int) -> tuple[bool, int]:
    if attempt.lease_session in (None, row.session_id):
        return lease_said(attempt.lease_session == row.session_id, None, None, now_ms)
    holder = session.execute(
        select(SessionRow.delivered_ms, SessionRow.ended).where(
            SessionRow.registration_key == row.registration_key, SessionRow.session_id == attempt.lease_session
        )
    ).one_or_none()
    return lease_said(False, holder and holder.delivered_ms, holder and holder.ended, now_ms)


def lease_said(mine: bool, holder_delivered_ms: int | None, holder_ended: str | None, now_ms: int) -> tuple[bool, int]:
    """Whether the lease is the session's own, and else how long its holder has been silent (ms). None: there is no holder."""
    if mine:
        return True, 0
    if holder_delivered_ms is None or holder_ended is not None:
        return False, ENDED_HOLDER_SILENT_MS
    return False, max(0, now_ms - holder_delivered_ms)


def time_columns(row: Any, facts: TimeFacts, now_ms: int, newest_order: int) -> dict[str, Any]:
    """What is written for a time register that was applied. `row`: as it stands; `newest_order`: the last one handed out."""
    return {
        "time_seq": facts.seq,
        "time_order": min(facts.order, newest_order),
        "time_incomplete": facts.incomplete,
        "opened_ms": facts.opened_ms,
        "measured_ms": facts.measured_ms,
        "open_ms": facts.open_ms,
        "spans": [list(entry) for entry in facts.spans],
        "acts": [list(entry) for entry in facts.acts],
        "words": [list(entry) for entry in facts.words],
        "status": dict(facts.status),
        "exit": facts.exit,
        "terminated": facts.terminated,
        "ended": facts.ended,
        "closed_ms": None,
        "delivered_ms": now_ms,
        "clock_stepped": row.clock_stepped or now_ms < row.delivered_ms,
    }


def state_columns(facts: StateFacts, newest_order: int) -> dict[str, Any]:
    """What is written for a state register that was applied."""
    return {
        "state_seq": facts.seq,
        "state_order": min(facts.order, newest_order),
        "state_incomplete": facts.incomplete,
        "elements": dict(facts.elements),
        "findings": [list(finding) for finding in facts.findings],
    }
