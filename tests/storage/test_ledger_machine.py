"""The ledger as a state machine: courses speak, messages are delivered, doubled, delayed, reordered and lost, COMMIT fails before or
after it happened, the database goes away, the spool is drained, an earlier copy comes back, in any order that Hypothesis thinks of.

The browsers are `e2e.simulated_record`, the witness is `e2e.history`, and both halves of the promise hold after each step: nothing that was
acknowledged is missing, and nothing is counted that did not really pass. At the end, when everything was delivered, what is counted is the
union of what really passed, to the millisecond.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import settings as run_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import select
from sqlalchemy.engine.default import DefaultDialect

from e2e.checker import LedgerRow, check, union_ms
from e2e.history import STATE, TIME, History, StateSaid, TimeSaid
from e2e.simulated_record import Record, Sent, State, Time
from seattime.app import create_app
from seattime.domain.credit import Credit
from seattime.errors import Unavailable
from seattime.services import commits, counted_time, recovery
from seattime.services.claims import DeliveryClaims
from seattime.services.parts import parts
from seattime.services.saving import Pace
from seattime.storage import database
from seattime.storage.models import Ledger, Registration, SessionRow, db
from tests import builders
from tests.conftest import SetClock, _settings

MOST_SESSIONS = 5
SESSIONS = st.integers(0, MOST_SESSIONS - 1)
LONG_AGO_MS = 60_000
"""Beyond the circuit breaker's longest pause."""


class Commits:
    """What becomes of COMMIT, for every connection of the process. `next`: `before` or `after` it, for so many."""

    def __init__(self) -> None:
        self.away = False
        self.next: list[str] = []

    def __call__(self, original: Any, dialect: Any, connection: Any) -> None:
        when = "before" if self.away else self.next.pop() if self.next else ""
        if when == "before":
            raise sqlite3.OperationalError("the disk did not answer")
        original(dialect, connection)
        if when == "after":
            raise sqlite3.OperationalError("the answer to COMMIT was lost")


@dataclass
class Ground:
    """One application for all runs: each has a learner of its own."""

    app: Flask
    clock: SetClock
    path: Path
    commits: Commits
    runs: int = 0


@pytest.fixture
def ground(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ground]:
    path, clock, commit = tmp_path / "test.sqlite3", SetClock(), Commits()
    shutil.copy(sqlite_template, path)
    original = DefaultDialect.do_commit
    monkeypatch.setattr(DefaultDialect, "do_commit", lambda dialect, connection: commit(original, dialect, connection))
    pace = Pace(monotonic=clock.seconds, sleep=lambda _seconds: None, chance=lambda: 0.5)
    # no verdict by the clock of a busy machine: what does not fail is waited for
    patient = {"commit_try_ms": 120_000, "commit_budget_ms": 240_000, "lock_timeout_ms": 120_000}
    settings = replace(_settings(tmp_path / "data", f"sqlite:///{path}"), **patient)
    app = create_app(settings, clock=clock, wall=clock.seconds, pace=pace)
    with app.app_context():
        yield Ground(app, clock, path, commit)
        parts().committer.close()
        parts().statement_committer.close()
        db.session.remove()
        db.engine.dispose()


@dataclass
class Playing:
    """A session and its page."""

    record: Record
    claims: DeliveryClaims
    running: bool = True
    true_starts: list[int] = field(default_factory=list)
    journal: Record | None = None
    said: int = 0


@dataclass
class Message:
    """In flight."""

    of: Playing
    token: str
    body: dict[str, Any]
    sent: Sent
    request: int


class LedgerMachine(RuleBasedStateMachine):
    def __init__(self, ground: Ground) -> None:
        super().__init__()
        self.ground, self.clock = ground, ground.clock
        self.history = History()
        self.sessions: list[Playing] = []
        self.in_flight: list[Message] = []
        self.answers: list[tuple[Message, dict[str, Any]]] = []
        self.copy: Path | None = None
        self.ledger: str | None = None
        self.changed = False
        """Something may have been stored since the invariants looked."""

    @initialize()
    def enrol(self) -> None:
        self.ground.runs += 1
        self.ground.commits.away, self.ground.commits.next = False, []
        learner = builders.learner(f"learner-{self.ground.runs}")
        self.registrations = [
            builders.registration(builders.course(f"{name}-{self.ground.runs}"), learner).key for name in ("fire", "water")
        ]
        self.learner = learner.key
        self._relaunch()
        for course in range(len(self.registrations)):
            self._begin(course)

    # --- what browsers and courses do

    @precondition(lambda self: len(self.sessions) < MOST_SESSIONS)
    @rule(course=st.integers(0, 1))
    def begin(self, course: int) -> None:
        self._begin(course)

    def _begin(self, course: int) -> None:
        claims, now = self.claims[course], self.clock.now
        session = str(uuid.UUID(int=self.ground.runs << 64 | len(self.sessions), version=4))
        time = Time(opened=now, order=claims.order_number, spans=[[0, 0, 1, 0]], acts=[[0, 0]])
        record = Record(
            claims.registration_key, session, claims.launch_number, builders.token(claims), "item_1", "", False, "scorm12", time,
            State(claims.order_number),
        )  # fmt: skip
        self.sessions.append(Playing(record, claims, true_starts=[now]))
        self.history.began(session, claims.registration_key, self.learner, now)

    @rule(hundredths=st.integers(1, 2_000), asleep=st.booleans())
    def let_time_pass(self, hundredths: int, asleep: bool) -> None:
        """Running pages measure it, unless the computer sleeps."""
        ms = hundredths * 10
        for one in self.sessions:
            if one.running and asleep:
                self._cut(one, self.clock.now + ms, one.record.time.spans[-1][2], 1)
            elif one.running:
                self._change(one).time.spans[-1][1] += ms
            if one.running:
                one.record.time.open += ms
                one.record.time.measured = sum(span[1] for span in one.record.time.spans)
        self.clock.advance(ms)

    @rule(which=SESSIONS)
    def hide_or_show(self, which: int) -> None:
        if (one := self._running(which)) is not None:
            self._cut(one, self.clock.now, 1 - one.record.time.spans[-1][2], 0)

    @rule(which=SESSIONS)
    def report(self, which: int) -> None:
        """The course says what passed."""
        if (one := self._running(which)) is not None and one.record.time.measured > 0:
            time = self._change(one).time
            time.say(time.measured, f"{time.measured} ms")

    @rule(which=SESSIONS, element=st.sampled_from(["cmi.location", "cmi.suspend_data", "cmi.comments"]))
    def write(self, which: int, element: str) -> None:
        if (one := self._running(which)) is not None:
            one.said += 1
            one.record.state.put(element, f"{one.record.session}:{one.said}", one.record.time.order)

    @rule(which=SESSIONS, how=st.sampled_from(["terminated", "left"]))
    def end(self, which: int, how: str) -> None:
        if (one := self._running(which)) is not None:
            time = self._change(one).time
            time.ended, time.terminated, one.running = how, how == "terminated", False
            self._journal(one)

    @rule(which=SESSIONS)
    def page_dies(self, which: int) -> None:
        """What the journal has is all there is; it is sent by a later page."""
        if (one := self._running(which)) is not None and one.journal is not None:
            one.record, one.running = one.journal.copy(), False
            del one.true_starts[len(one.record.time.spans) :]

    @rule(which=SESSIONS, newest=st.booleans(), times=st.integers(1, 2))
    def send(self, which: int, newest: bool, times: int) -> None:
        """Under its own token or the newest of the registration; perhaps twice."""
        if which >= len(self.sessions):
            return
        one = self.sessions[which]
        self._journal(one)
        message = one.record.next_message()
        if message is None:
            return
        claims = next(each for each in self.claims if each.registration_key == one.record.registration) if newest else one.claims
        body, sent = message
        self._write_down(one, sent)
        for _ in range(times):
            self.in_flight.append(Message(one, builders.token(claims), body, sent, self.history.invoked(one.record.session)))

    # --- what the network and the server do

    @precondition(lambda self: self.in_flight)
    @rule(which=st.integers(0, 40), commit=st.sampled_from(["", "", "", "before", "after"]), heard=st.booleans())
    def deliver(self, which: int, commit: str, heard: bool) -> None:
        """Any message of those under way, the oldest or not; COMMIT may fail; the answer may be lost."""
        message = self.in_flight.pop(which % len(self.in_flight))
        # as many as a save tries
        self.ground.commits.next = [commit] * parts().settings.commit_tries if commit else []
        answer = self._exchange(message)
        self.ground.commits.next = []
        if answer is not None and heard:
            self.answers.append((message, answer))

    @precondition(lambda self: self.in_flight)
    @rule(which=st.integers(0, 40))
    def lose_message(self, which: int) -> None:
        self.in_flight.pop(which % len(self.in_flight))

    @precondition(lambda self: self.answers)
    @rule(which=st.integers(0, 40))
    def hear_answer(self, which: int) -> None:
        message, answer = self.answers.pop(which % len(self.answers))
        self._hear(message, answer)
        self.changed = True

    @rule(away=st.sampled_from([False, False, True]))
    def database(self, away: bool) -> None:
        self.ground.commits.away = away

    @rule()
    def drain_the_spool(self) -> None:
        self.clock.advance(LONG_AGO_MS)
        for one in self.sessions:
            if one.running:
                self._cut(one, self.clock.now, one.record.time.spans[-1][2], 1)
        recovery.drain()
        self.changed = True

    @precondition(lambda self: self.copy is None)
    @rule()
    def back_up(self) -> None:
        self.copy = self.ground.path.with_name("copy.sqlite3")
        self.copy.unlink(missing_ok=True)
        _copy_database(self.ground.path, self.copy)

    @precondition(lambda self: self.copy is not None)
    @rule()
    def restore(self) -> None:
        """An earlier copy is live, as a new life of the database (docs/operations.md); then somebody comes and is told so."""
        assert self.copy is not None
        self.ground.commits.away = False
        _copy_database(self.copy, self.ground.path)
        db.session.execute(Ledger.__table__.update().values(ledger_id=uuid.uuid4().hex))  # type: ignore[attr-defined]  # it is a table
        db.session.commit()
        self.history.restored()
        self.copy = None
        self._relaunch()

    # --- the two halves of the promise

    @precondition(lambda self: self.changed)
    @invariant()
    def both_halves_of_the_promise_hold(self) -> None:
        self.changed = False
        rows = {row.session: row for row in self._rows()}
        self._nothing_acknowledged_is_missing(rows)
        self._nothing_is_counted_that_did_not_pass(rows)

    def _nothing_acknowledged_is_missing(self, rows: dict[str, LedgerRow]) -> None:
        for story in self.history.stories.values():
            for ack in story.acks:
                if ack.status == "stored" and not any(ack.at < at for at in self.history.restored_at):
                    assert story.session in rows
                    row = rows[story.session]
                    assert {TIME: row.time_seq, STATE: row.state_seq}[ack.register] >= ack.seq

    def _nothing_is_counted_that_did_not_pass(self, rows: dict[str, LedgerRow]) -> None:
        passed = []
        for one in self.sessions:
            passed += self._places(one)
            if one.record.session in rows:
                assert rows[one.record.session].measured_ms <= sum(length for _, length in self._places(one))
        assert sum(credit.credited_ms for credit in self._credits().values()) <= union_ms(passed)

    def teardown(self) -> None:
        """Everything is healed, delivered and compared."""
        if not self.sessions:
            return
        self.ground.commits.away, self.ground.commits.next = False, []
        for message in self.in_flight:
            self._exchange(message)
        self.clock.advance(LONG_AGO_MS)
        recovery.drain()
        assert parts().spool.count() == 0
        for one in self.sessions:
            one.running = False
            self._journal(one)
            self._deliver(one)
        credits = self._credits()
        verdict = check(self.history, [row for row in self._rows(credits) if row.session in self.history.stories])
        assert verdict.ok, str(verdict)
        assert verdict.credited_ms == union_ms(place for one in self.sessions for place in self._places(one))

    # --- within

    def _relaunch(self) -> None:
        self.claims = [builders.launch(db.session.get_one(Registration, key, populate_existing=True)) for key in self.registrations]
        self.ledger = database.ledger_id(db.session)
        db.session.rollback()

    def _running(self, which: int) -> Playing | None:
        return self.sessions[which] if which < len(self.sessions) and self.sessions[which].running else None

    def _change(self, one: Playing) -> Record:
        one.record.time.touch()
        return one.record

    def _cut(self, one: Playing, at: int, visible: int, before: int) -> None:
        time = self._change(one).time
        time.spans.append([at - time.opened, 0, visible, before])
        one.true_starts.append(at)

    def _places(self, one: Playing) -> list[tuple[int, int]]:
        return [(start, span[1]) for start, span in zip(one.true_starts, one.record.time.spans, strict=True)]

    def _journal(self, one: Playing) -> None:
        one.record.time.left = one.record.state.left = True
        one.journal = one.record.copy()
        self._write_down(one, None)

    def _write_down(self, one: Playing, sent: Sent | None) -> None:
        time, state, session = one.record.time, one.record.state, one.record.session
        words = tuple((word[0], word[1], word[2], word[3]) for word in time.words)
        self.history.said_time(
            session,
            TimeSaid(
                time.seq, time.measured, tuple(self._places(one)), words, dict(time.status), time.exit, time.terminated, time.ended,
                partly=sent is not None and sent.time is not None and sent.time.cut,
            ),
        )  # fmt: skip
        if state.seq:
            self.history.said_state(session, StateSaid(state.seq, dict(state.set)))

    def _exchange(self, message: Message) -> dict[str, Any] | None:
        """The server's answer; None where it could keep nothing."""
        self.changed = True
        try:
            return commits.record_commit({"v": 1, "token": message.token, "records": [message.body]})
        except Unavailable:
            return None

    def _hear(self, message: Message, answer: dict[str, Any]) -> str:
        record, (result,) = message.of.record, answer["results"]
        for register in (TIME, STATE):
            if (said := result.get(register)) is not None:
                self.history.acknowledged(message.request, register, said["seq"], said["status"])
        self.history.closed(message.request)
        said_of_it = record.apply_answer(message.sent, result, answer["ledger"], message.token)
        message.of.journal = record.copy()
        return said_of_it

    def _deliver(self, one: Playing) -> None:
        if one.record.is_of_another_ledger(self.ledger):
            one.record.forget_acks()
        for _ in range(20):
            message = one.record.next_message()
            if message is None and not one.record.is_pending(self.ledger):
                return
            assert message is not None
            self._write_down(one, message[1])
            under_way = Message(one, builders.token(one.claims), *message, self.history.invoked(one.record.session))
            answer = self._exchange(under_way)
            assert answer is not None
            self._hear(under_way, answer)
        self.history.still_pending(one.record.session)

    def _credits(self) -> dict[str, Credit]:
        found = counted_time.learner_credit(self.learner)
        db.session.rollback()
        return found

    def _rows(self, credits: dict[str, Credit] | None = None) -> list[LedgerRow]:
        rows = db.session.scalars(
            select(SessionRow).where(SessionRow.learner_key == self.learner).execution_options(populate_existing=True)
        )
        found = [
            LedgerRow(
                row.session_id, row.time_seq, row.state_seq, row.opened_ms, row.measured_ms, row.spans, row.words, row.status, row.exit,
                row.terminated, row.ended, row.elements, credits[row.session_id].credited_ms if credits else None,
            )
            for row in rows
        ]  # fmt: skip
        db.session.rollback()
        return found


def _copy_database(source: Path, target: Path) -> None:
    with sqlite3.connect(source) as from_there, sqlite3.connect(target) as to_here:
        from_there.backup(to_here)
    from_there.close()
    to_here.close()


def test_any_order_of_events_loses_nothing_and_counts_nothing_twice(ground: Ground) -> None:
    run_state_machine_as_test(lambda: LedgerMachine(ground), settings=run_settings(max_examples=40, stateful_step_count=50))
