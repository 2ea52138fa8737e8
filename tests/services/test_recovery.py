"""Recovery: what the spool holds goes into the ledger once, whenever it dies, whatever arrives meanwhile."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import psycopg.errors
import pytest
from flask import Flask, current_app
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from seattime.domain.breaker import FIRST_PAUSE_S, CircuitBreaker
from seattime.domain.patience import TRIES, Patience
from seattime.domain.records import parse_record
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import SpooledSession, spooled
from seattime.services import commits, launching, metrics, recovery, registrations
from seattime.services.claims import DeliveryClaims
from seattime.services.committing import Committed, CommitTimeout, Item
from seattime.services.gate import Gate
from seattime.services.launching import Admission
from seattime.services.parts import EXTENSION, parts
from seattime.services.recovery import Drained
from seattime.services.saving import as_spooled
from seattime.storage.models import Registration, SessionRow, StatePiece, db, new_key
from seattime.storage.placing import Origin
from seattime.storage.spool import SpoolBackend, SpoolFailed
from tests import builders
from tests.conftest import SetClock


def origin(claims: DeliveryClaims) -> Origin:
    return Origin(claims.registration_key, claims.launch_number, claims.order_number, claims.launched_ms, claims.instance)


def put(claims: DeliveryClaims, session: str | None = None, **registers: Any) -> SpooledSession:
    """Spools a record as a save would during an outage."""
    what = as_spooled(Item(origin(claims), parse_record(builders.record(session, **registers))))
    parts().spool.set(key_of(what), what)
    return what


def rows(of: Registration) -> list[SessionRow]:
    """As they are stored. Holds no transaction: SQLite has one write lock for all."""
    db.session.rollback()
    found = db.session.scalars(select(SessionRow).where(SessionRow.registration_key == of.key).order_by(SessionRow.measured_ms)).all()
    for row in found:
        db.session.expunge(row)
    db.session.rollback()
    return list(found)


def row_of(of: Registration) -> SessionRow:
    [row] = rows(of)
    return row


@pytest.fixture
def enrolled(app: Flask, clock: SetClock) -> tuple[Registration, DeliveryClaims]:
    """A registration with a launch that began a minute ago."""
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(60_000)
    return registration, claims


Enrolled = tuple[Registration, DeliveryClaims]


class Between:
    """The real committer with something between it and its callers."""

    def __init__(self, submit: Callable[[Callable[..., Committed], Sequence[Item], float], Committed]) -> None:
        self._submit = submit
        self._real = parts().committer
        self.calls = 0

    def submit(self, items: Sequence[Item], wait_s: float) -> Committed:
        self.calls += 1
        return self._submit(self._real.submit, items, wait_s)


@pytest.fixture
def between(app: Flask) -> Iterator[Callable[..., Between]]:
    """Puts something between the committer and its callers."""
    real = parts()

    def put_between(submit: Callable[[Callable[..., Committed], Sequence[Item], float], Committed]) -> Between:
        made = Between(submit)
        current_app.extensions[EXTENSION] = replace(real, committer=made)
        return made

    yield put_between
    current_app.extensions[EXTENSION] = real


def answers(error: Callable[[Item], Exception | None]) -> Callable[..., Committed]:
    """Stores what `error` has nothing against, and answers the rest with it."""

    def submit(store: Callable[..., Committed], items: Sequence[Item], wait_s: float) -> Committed:
        refused = {index: found for index, item in enumerate(items) if (found := error(item)) is not None}
        committed = store([item for index, item in enumerate(items) if index not in refused], wait_s)
        rest = iter(committed.answers)
        return replace(committed, answers=[refused[index] if index in refused else next(rest) for index in range(len(items))])

    return submit


# --- once


def test_what_is_spooled_comes_into_the_ledger_and_leaves_the_spool(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    put(claims, time=builders.time_register(words=[[9_000, 9_500, "00:00:09", 0]]), state=builders.state_register(elements={"a": "1"}))

    assert recovery.drain() == Drained(drained=1)
    row = row_of(registration)
    assert (row.measured_ms, row.words, row.elements) == (10_000, [[9_000, 9_500, "00:00:09", 0]], {"a": "1"})
    assert (row.launch_number, row.launched_ms) == (claims.launch_number, claims.launched_ms)
    assert parts().spool.count() == 0
    assert recovery.drain() == Drained()


def test_which_start_a_session_belongs_to_comes_through_the_spool(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    put(claims, time=builders.time_register(), start="0b8c2d4e-7f10-4a21-9c3b-5d6e7f809112")
    assert recovery.drain() == Drained(drained=1)
    assert row_of(registration).start_key == "0b8c2d4e-7f10-4a21-9c3b-5d6e7f809112"


def test_nothing_is_asked_of_the_database_where_nothing_waits(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    committer = between(answers(lambda _item: None))

    assert recovery.drain() == Drained()
    assert committer.calls == 0


def test_dying_between_the_commit_and_the_delete_counts_once(enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch) -> None:
    registration, claims = enrolled
    put(claims, time=builders.time_register())

    class DiedError(BaseException):
        pass

    def die(*_args: object) -> bool:
        raise DiedError

    with monkeypatch.context() as patch:
        patch.setattr(SpoolBackend, "drained", die)
        with pytest.raises(DiedError):
            recovery.drain()
    assert row_of(registration).measured_ms == 10_000
    assert parts().spool.count() == 1, "it is there still"

    assert recovery.drain() == Drained(drained=1)
    row = row_of(registration)
    assert (row.measured_ms, row.deliveries) == (10_000, 1)


DYING = """
import os, signal, sys
from pathlib import Path
from seattime.app import create_app
from seattime.config import Settings
from seattime.services import recovery
from seattime.storage.spool import SpoolBackend
app = create_app(Settings(data_dir=Path(sys.argv[1]), database_url=sys.argv[2], secret_key="test-key", spool_any_folder=True))
SpoolBackend.drained = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
with app.app_context():
    recovery.drain()
"""


def test_a_worker_killed_between_the_commit_and_the_delete_frees_the_lock_and_counts_once(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    for _ in range(3):
        put(claims, time=builders.time_register())

    done = subprocess.run(
        [sys.executable, "-c", DYING, str(parts().settings.data_dir), parts().settings.database_url],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert parts().spool.count() == 3

    assert recovery.drain() == Drained(drained=3)
    assert [(row.measured_ms, row.deliveries) for row in rows(registration)] == [(10_000, 1)] * 3


def test_what_came_by_another_way_meanwhile_is_not_overtaken(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    session = str(uuid.uuid4())
    put(claims, session, time=builders.time_register(seq=3), state=builders.state_register(seq=3, elements={"cmi.location": "old"}))
    newer = builders.record(
        session,
        time=builders.time_register(seq=5, measured=20_000, open=20_000, spans=[[0, 20_000, 1, 0]]),
        state=builders.state_register(seq=5, elements={"cmi.location": "new"}),
    )
    commits.record_commit(builders.message(claims, newer))

    assert recovery.drain() == Drained(drained=1)
    row = row_of(registration)
    assert (row.measured_ms, row.elements, row.time_seq) == (20_000, {"cmi.location": "new"}, 5)


def test_what_is_spooled_while_its_session_is_drained_stays_and_comes_next(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    registration, claims = enrolled
    session = str(uuid.uuid4())
    put(claims, session, time=builders.time_register(seq=3))

    def arrives(store: Callable[..., Committed], items: Sequence[Item], wait_s: float) -> Committed:
        committed = store(items, wait_s)
        if committer.calls == 1:
            put(claims, session, time=builders.time_register(seq=4, measured=20_000, open=20_000, spans=[[0, 20_000, 1, 0]]))
        return committed

    committer = between(arrives)
    done = recovery.drain()
    assert (done.drained, done.left) == (0, 1)
    assert parts().breaker.state == "closed", "a record that was replaced is no word against the database"

    assert recovery.drain() == Drained(drained=1)
    row = row_of(registration)
    assert (row.time_seq, row.measured_ms) == (4, 20_000)


def test_slices_go_in_and_wait_in_the_ledger_for_the_others(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    session = str(uuid.uuid4())
    text = '{"set": {"cmi.suspend_data": "whole"}, "findings": []}'

    def slice_of(index: int, part: str) -> dict[str, Any]:
        return builders.state_register(seq=4, piece={"index": index, "count": 2, "text": part})

    put(claims, session, time=builders.time_register(), state=slice_of(0, text[:20]))
    assert recovery.drain() == Drained(drained=1)
    assert (row_of(registration).measured_ms, len(list(db.session.scalars(select(StatePiece))))) == (10_000, 1)
    commits.record_commit(builders.message(claims, builders.record(session, state=slice_of(1, text[20:]))))

    assert row_of(registration).elements == {"cmi.suspend_data": "whole"}


# --- in order, all of it


def test_the_oldest_go_first_and_all_go(
    enrolled: Enrolled, clock: SetClock, between: Callable[..., Between], monkeypatch: pytest.MonkeyPatch
) -> None:
    registration, claims = enrolled
    monkeypatch.setattr(recovery, "AT_ONCE", 3)
    sessions = [str(uuid.uuid4()) for _ in range(8)]
    for session in sessions:
        put(claims, session, time=builders.time_register())
        clock.advance(1_000)
    seen: list[str] = []

    def watch(store: Callable[..., Committed], items: Sequence[Item], wait_s: float) -> Committed:
        seen.extend(item.record.session for item in items)
        return store(items, wait_s)

    between(watch)

    assert recovery.drain() == Drained(drained=8)
    assert seen == sessions
    assert len(rows(registration)) == 8


def test_one_that_can_never_be_applied_is_set_aside_and_the_rest_goes_on(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    registration, claims = enrolled
    bad = str(uuid.uuid4())
    for session in (None, bad, None):
        put(claims, session, time=builders.time_register())
    never = IntegrityError("INSERT", {}, psycopg.errors.NotNullViolation("it says nothing"))
    between(answers(lambda item: never if item.record.session == bad else None))

    assert recovery.drain() == Drained(drained=2, set_aside=1)
    assert len(rows(registration)) == 2
    [aside] = parts().spool.set_aside()
    assert (aside.kind, aside.session) == ("poison", bad)
    assert aside.reason.startswith("broken_constraint: ")
    assert recovery.drain() == Drained(), "and it is not tried for ever"


def test_what_nobody_foresaw_and_passes_by_itself_needs_no_operator(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    registration, claims = enrolled
    unlucky = str(uuid.uuid4())
    for session in (None, unlucky, None):
        put(claims, session, time=builders.time_register())
    accident = RuntimeError("an accident")
    committer = between(answers(lambda item: accident if item.record.session == unlucky and committer.calls < 4 else None))

    assert recovery.drain() == Drained(drained=2, left=1)
    assert [recovery.drain() for _ in range(2)] == [Drained(left=1), Drained(drained=1)]
    assert len(rows(registration)) == 3
    assert parts().spool.set_aside_count() == 0


def test_what_nobody_foresaw_and_stays_is_for_an_operator(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    _, claims = enrolled
    put(claims, time=builders.time_register())
    between(answers(lambda _item: RuntimeError("a fault of ours")))
    seconds = iter(range(0, 1000, 10))
    current_app.extensions[EXTENSION] = replace(parts(), patience=Patience(lambda: float(next(seconds))))

    assert [recovery.drain() for _ in range(TRIES + 1)] == [*[Drained(left=1)] * (TRIES - 1), Drained(set_aside=1), Drained()]
    [aside] = parts().spool.set_aside()
    assert (aside.kind, aside.reason.partition(":")[0]) == ("poison", "unforeseen")


def test_a_record_that_says_nothing_of_its_launch_holds_nobody_up(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    strange = put(claims, time=builders.time_register())
    from_elsewhere = replace(
        strange, launch={**strange.launch, "no such field": 1}, record=replace(strange.record, session=str(uuid.uuid4()))
    )
    parts().spool.set(key_of(from_elsewhere), from_elsewhere)

    assert recovery.drain() == Drained(drained=1, set_aside=1)
    assert len(rows(registration)) == 1
    assert parts().spool.set_aside()[0].reason.startswith("no_launch: ")


def test_slices_that_make_no_register_are_set_aside_and_the_time_is_stored(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    session = str(uuid.uuid4())
    for index, part in enumerate(("{no", "json")):
        piece = {"index": index, "count": 2, "text": part}
        put(claims, session, time=builders.time_register(), state=builders.state_register(seq=2, piece=piece))

    assert recovery.drain() == Drained(set_aside=1)
    assert row_of(registration).measured_ms == 10_000
    assert parts().spool.set_aside()[0].reason.startswith("bad_message: ")


def test_an_erased_registration_takes_nothing_and_leaves_nothing_waiting(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    put(claims, time=builders.time_register())
    registrations.delete_registration(registration.registration_id)

    assert recovery.drain() == Drained(drained=1)
    assert rows(registration) == []
    assert parts().spool.set_aside_count() == 0


def test_a_registration_that_a_restore_lost_is_kept_for_an_operator(enrolled: Enrolled) -> None:
    _, claims = enrolled
    put(replace(claims, registration_key=new_key()), time=builders.time_register())

    assert recovery.drain() == Drained(set_aside=1)
    assert parts().spool.set_aside()[0].reason.startswith("registration_unknown: ")


def test_what_only_met_other_transactions_is_tried_again(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    registration, claims = enrolled
    unlucky = str(uuid.uuid4())
    for session in (unlucky, None):
        put(claims, session, time=builders.time_register())
    deadlock = psycopg.errors.DeadlockDetected("deadlock detected")
    committer = between(answers(lambda item: deadlock if item.record.session == unlucky and committer.calls < 2 else None))

    assert recovery.drain() == Drained(drained=2)
    assert len(rows(registration)) == 2


def test_what_meets_others_every_time_waits_for_the_next_second(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    _, claims = enrolled
    put(claims, time=builders.time_register())
    committer = between(answers(lambda _item: psycopg.errors.LockNotAvailable("lock timeout")))

    assert recovery.drain() == Drained(left=1)
    assert committer.calls == 1
    assert parts().breaker.state == "closed", "a row that somebody holds is no outage"


# --- the database is away again


def test_a_database_that_goes_away_meanwhile_ends_it_and_what_is_left_stays(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    registration, claims = enrolled
    last = str(uuid.uuid4())
    for session in (None, None, last):
        put(claims, session, time=builders.time_register())
    between(answers(lambda item: CommitTimeout("no answer") if item.record.session == last else None))

    assert recovery.drain() == Drained(drained=2, left=1)
    assert len(rows(registration)) == 2
    assert parts().breaker.state == "open"


def test_while_the_breaker_is_open_it_is_left_in_peace(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    _, claims = enrolled
    put(claims, time=builders.time_register())
    parts().breaker.failed()
    committer = between(answers(lambda _item: None))

    assert recovery.drain() == Drained(left=1)
    assert committer.calls == 0
    assert recovery.drain(probing=False) == Drained(drained=1), "an operator is not asked to wait"


def test_requests_go_to_the_database_as_soon_as_the_first_are_stored(
    enrolled: Enrolled, between: Callable[..., Between], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A long recovery must not be a long outage for everybody else."""
    _, claims = enrolled
    monkeypatch.setattr(recovery, "AT_ONCE", 1)
    for _ in range(3):
        put(claims, time=builders.time_register())
    now = [0.0]
    breaker = CircuitBreaker(lambda: now[0])
    breaker.failed()
    now[0] += FIRST_PAUSE_S
    states: list[str] = []

    def watch(store: Callable[..., Committed], items: Sequence[Item], wait_s: float) -> Committed:
        states.append(breaker.state)
        return store(items, wait_s)

    between(watch)
    current_app.extensions[EXTENSION] = replace(parts(), breaker=breaker, gate=Gate(breaker, lambda: True))

    assert recovery.drain() == Drained(drained=3)
    assert states == ["half-open", "closed", "closed"]


# --- one at a time


def test_one_thread_drains_and_another_says_that_it_is_busy(enrolled: Enrolled, between: Callable[..., Between], app: Flask) -> None:
    registration, claims = enrolled
    put(claims, time=builders.time_register())
    storing, go_on = threading.Event(), threading.Event()

    def hold(store: Callable[..., Committed], items: Sequence[Item], wait_s: float) -> Committed:
        storing.set()
        assert go_on.wait(30)
        return store(items, wait_s)

    committer = between(hold)
    first: list[Drained] = []

    def drain() -> None:
        with app.app_context():
            first.append(recovery.drain())

    thread = threading.Thread(target=drain)
    thread.start()
    assert storing.wait(30)
    second = recovery.drain()
    go_on.set()
    thread.join()

    assert (second, first) == (Drained(left=1, busy=True), [Drained(drained=1)])
    assert committer.calls == 1
    assert len(rows(registration)) == 1


HOLDING = """
import fcntl, os, sys
descriptor = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
fcntl.flock(descriptor, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_process_that_holds_the_lock_keeps_others_out_until_it_is_killed(enrolled: Enrolled) -> None:
    _, claims = enrolled
    put(claims, time=builders.time_register())
    lock = parts().settings.spool_folder / recovery.LOCK_NAME
    with subprocess.Popen([sys.executable, "-c", HOLDING, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert recovery.drain() == Drained(left=1, busy=True)
        assert recovery.drain(probing=False) == Drained(left=1, busy=True), "nor an operator's command"
        holder.kill()
        holder.wait()

    assert recovery.drain() == Drained(drained=1)


# --- a launch


def test_a_launch_finds_the_state_that_this_host_held_back(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    put(claims, time=builders.time_register(), state=builders.state_register(elements={"cmi.core.lesson_location": "page 7"}))
    other = builders.launch(builders.registration(builders.course("other"), builders.learner("bob")))
    put(other, time=builders.time_register())

    answer = launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=None, user_agent="")

    assert answer["activities"]["item_1"]["data"]["elements"]["cmi.core.lesson_location"] == "page 7"
    [waiting] = parts().spool.waiting(10)
    assert waiting.record.launch["registration_key"] == other.registration_key, "of the others nobody waits for"


def test_another_activity_of_an_open_course_finds_it_too(enrolled: Enrolled) -> None:
    _, claims = enrolled
    put(claims, state=builders.state_register(elements={"cmi.core.lesson_location": "page 7"}))

    answer = launching.open_activity(builders.token(claims), "item_1")

    assert answer["activity"]["data"]["elements"]["cmi.core.lesson_location"] == "page 7"


def test_a_launch_goes_on_where_the_spool_is_broken(enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch) -> None:
    registration, _ = enrolled

    def broken(*_args: object) -> list[Any]:
        raise SpoolFailed("the disk is gone")

    monkeypatch.setattr(SpoolBackend, "waiting", broken)

    assert launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=None, user_agent="")["token"]


def test_what_a_launch_cannot_store_stays_for_the_recovery(enrolled: Enrolled, between: Callable[..., Between]) -> None:
    _, claims = enrolled
    put(claims, time=builders.time_register())
    between(answers(lambda _item: CommitTimeout("no answer")))

    recovery.drain_registration(claims.registration_key)

    assert parts().spool.count() == 1


# --- the operator's shelf


def test_what_is_put_back_is_stored(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    held = spooled(origin(claims).__dict__, parse_record(builders.record(time=builders.time_register())))
    parts().spool.keep_aside(held, "held", "nobody vouches for it")
    [aside] = parts().spool.set_aside()

    assert recovery.drain() == Drained(), "by itself nothing of the shelf goes in"
    assert recovery.put_back(aside.id)
    assert recovery.drain() == Drained(drained=1)
    assert row_of(registration).measured_ms == 10_000


def test_what_was_held_and_came_another_way_is_tidied_away(enrolled: Enrolled) -> None:
    _, claims = enrolled
    came, missing, more, sliced = (str(uuid.uuid4()) for _ in range(4))
    piece = builders.state_register(seq=9, piece={"index": 0, "count": 2, "text": "{"})
    for session, registers in (
        (came, {"time": builders.time_register(seq=3), "state": builders.state_register(seq=2)}),
        (missing, {"time": builders.time_register(seq=3)}),
        (more, {"time": builders.time_register(seq=4)}),
        (sliced, {"state": piece}),
    ):
        what = as_spooled(Item(origin(claims), parse_record(builders.record(session, **registers))))
        parts().spool.keep_aside(what, "held", "nobody vouches for it")
    for session in (came, more, sliced):
        record = builders.record(session, time=builders.time_register(seq=3), state=builders.state_register(seq=2))
        commits.record_commit(builders.message(claims, record))

    assert recovery.tidy_shelf() == 1
    assert {each.session for each in parts().spool.set_aside()} == {missing, more, sliced}


def test_what_can_never_be_applied_is_tidied_by_nobody(enrolled: Enrolled) -> None:
    _, claims = enrolled
    record = builders.record(time=builders.time_register())
    parts().spool.keep_aside(as_spooled(Item(origin(claims), parse_record(record))), "poison", "for a reason")
    commits.record_commit(builders.message(claims, record))

    assert recovery.tidy_shelf() == 0
    assert parts().spool.set_aside_count() == 1


# --- told


def test_the_last_recovery_is_noted_for_all_workers(enrolled: Enrolled, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    _, claims = enrolled
    told: list[int] = []
    monkeypatch.setattr(metrics, "recovered", lambda records, _took_s: told.append(records))
    put(claims, time=builders.time_register())
    put(replace(claims, registration_key=new_key()), time=builders.time_register())
    recovery.drain()
    recovery.drain()

    noted = parts().spool.noted("last_recovery")
    assert noted is not None
    assert {name: noted[name] for name in ("at_ms", "drained", "set_aside", "left")} == {
        "at_ms": clock.now, "drained": 1, "set_aside": 1, "left": 0,
    }  # fmt: skip
    assert told == [1], "a run that found nothing is none"


def test_a_broken_spool_is_raised(enrolled: Enrolled, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: object) -> int:
        raise SpoolFailed("the disk is gone")

    monkeypatch.setattr(SpoolBackend, "count", broken)

    with pytest.raises(SpoolFailed):
        recovery.drain()


def test_recovery_opens_again_what_was_closed_for_its_silence(enrolled: Enrolled) -> None:
    registration, claims = enrolled
    session = str(uuid.uuid4())
    commits.record_commit(builders.message(claims, builders.record(session, time=builders.time_register(seq=1))))
    db.session.execute(update(SessionRow).values(closed_ms=5))
    db.session.commit()
    put(claims, session, time=builders.time_register(seq=2, base=1))
    recovery.drain()

    assert row_of(registration).closed_ms is None
