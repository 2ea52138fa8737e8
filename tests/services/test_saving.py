"""Saving, whatever the database does: tries, spool, shelf, or an honest no. Clocks, waiting and chance are the test's."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg.errors
import pytest
from sqlalchemy.exc import IntegrityError, OperationalError

from seattime.domain.breaker import FIRST_PAUSE_S, CircuitBreaker
from seattime.domain.records import Piece, SessionRecord, StateRegister, TimeRegister
from seattime.domain.retry import RetryPolicy
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import from_json
from seattime.domain.standards import Standard
from seattime.errors import BadMessage, Unavailable
from seattime.services import metrics
from seattime.services.committing import Committed, CommitTimeout, Item
from seattime.services.gate import Gate
from seattime.services.saving import Kept, Pace, Saver, as_spooled
from seattime.storage.ledger import Outcome, RegistrationUnknown
from seattime.storage.placing import Origin
from seattime.storage.spool import SpoolBackend, SpoolFailed

REGISTRATION = "a" * 32
LOCKED = psycopg.errors.LockNotAvailable("canceling statement due to lock timeout")
LOST = OperationalError("UPDATE", {}, Exception("the connection was lost"))


POISON = IntegrityError("INSERT", {}, psycopg.errors.NotNullViolation("it contradicts what is stored"))


def item(number: int = 1, *, state: StateRegister | None = None) -> Item:
    """A session's clocks, or its state."""
    time = TimeRegister(number, 0, 1, 1_000, 1_000, 1_000) if state is None else None
    session = f"6a0c0000-0000-4000-8000-{number:012}"
    record = SessionRecord(session, "item_1", "", False, Standard.SCORM12, "normal", None, time, state)
    return Item(Origin(REGISTRATION, 1, 1, 1_000, 1), record)


def stored(of: Item) -> Outcome:
    seq = of.record.time.seq if of.record.time else 0
    return Outcome(of.record.session, "attempt", "stored", seq, None, 0, False, 1, True, 0)


Script = Callable[[Item], Outcome | Exception]


class Database:
    """A committer that answers what the test says, one script for each call, and takes its time."""

    def __init__(self) -> None:
        self.scripts: list[Script] = []
        self.takes_s = 0.0
        self.now = 100.0
        self.asked: list[list[str]] = []
        self.patience_s: list[float] = []
        self.slept: list[float] = []
        self.chance = 0.5
        self.writable = True
        self.after_sleep: Callable[[], None] = lambda: None

    def will(self, *scripts: Script) -> None:
        self.scripts = list(scripts)

    def submit(self, items: Sequence[Item], wait_s: float) -> Committed:
        self.asked.append([each.record.session[-1] for each in items])
        self.patience_s.append(wait_s)
        self.now += self.takes_s
        script = self.scripts.pop(0) if self.scripts else stored
        answers = [script(each) for each in items]
        some = any(isinstance(answer, Outcome) for answer in answers)
        return Committed(answers, f"ledger-{len(self.asked)}" if some else None, 5_000 + len(self.asked) if some else None)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.after_sleep()


def failing(error: Exception) -> Script:
    return lambda _item: error


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[SpoolBackend]:
    made = SpoolBackend(tmp_path / "spool", lambda: 1_000, 10**6, 10**5)
    yield made
    made.close()


@pytest.fixture
def breaker(database: Database) -> CircuitBreaker:
    return CircuitBreaker(lambda: database.now)


@pytest.fixture
def saver(database: Database, spool: SpoolBackend, breaker: CircuitBreaker) -> Saver:
    gate = Gate(breaker, lambda: database.writable)
    pace = Pace(lambda: database.now, database.sleep, lambda: database.chance)
    return Saver(database, spool, breaker, gate, RetryPolicy(), pace)


def shelf(spool: SpoolBackend) -> list[str]:
    return [f"{each.kind} {each.session[-1]}" for each in reversed(spool.set_aside())]


# --- tries


def test_what_the_database_takes_is_answered_and_kept_nowhere_else(saver: Saver, database: Database, spool: SpoolBackend) -> None:
    saved = saver.save([item(1), item(2)])

    assert saved.answers == [stored(item(1)), stored(item(2))]
    assert (saved.ledger_id, saved.now_ms) == ("ledger-1", 5_001)
    assert (database.asked, database.slept) == ([["1", "2"]], [])
    assert (spool.count(), spool.set_aside_count()) == (0, 0)


def test_a_fault_that_passes_is_tried_again_with_backoff_and_jitter(saver: Saver, database: Database, spool: SpoolBackend) -> None:
    database.will(failing(LOST), failing(LOST), stored)
    database.chance = 0.5

    assert saver.save([item()]).answers == [stored(item())]
    assert database.slept == [0.050, 0.100], "half of 100 ms, half of 200 ms"
    assert spool.count() == 0


def test_each_try_is_bounded(saver: Saver, database: Database) -> None:
    database.will(failing(LOST))
    saver.save([item()])

    assert database.patience_s == [3.0, 3.0]


def test_after_three_tries_the_record_is_spooled(saver: Saver, database: Database, spool: SpoolBackend) -> None:
    database.will(*[failing(LOST)] * 4)

    saved = saver.save([item()])

    assert saved.answers == [Kept.SPOOLED]
    assert (saved.ledger_id, saved.now_ms) == (None, None)
    assert len(database.asked) == 3
    assert spool.get(key_of(as_spooled(item()))) == as_spooled(item())


def test_what_only_some_records_met_is_tried_again_for_those(saver: Saver, database: Database) -> None:
    database.will(lambda each: LOCKED if each.record.session[-1] == "2" else stored(each))

    saved = saver.save([item(1), item(2), item(3)])

    assert database.asked == [["1", "2", "3"], ["2"]]
    assert saved.answers == [stored(item(number)) for number in (1, 2, 3)]
    assert saved.ledger_id == "ledger-2"


def test_the_budget_ends_the_tries(saver: Saver, database: Database, breaker: CircuitBreaker) -> None:
    """A lock is waited for 2 s: 2 s, 50 ms, 2 s; a third wait would be cut short and look like a database that is away."""
    database.takes_s = 2.0
    database.will(*[failing(LOCKED)] * 3)

    assert saver.save([item()]).answers == [Kept.SPOOLED]
    assert len(database.asked) == 2
    assert database.now - 100.0 < 6.0
    assert breaker.state == "closed", "one row that somebody holds is no outage"


def test_no_answer_is_not_waited_for_twice(saver: Saver, database: Database, breaker: CircuitBreaker) -> None:
    database.will(failing(CommitTimeout("no answer")))

    assert saver.save([item()]).answers == [Kept.SPOOLED]
    assert (len(database.asked), database.slept) == (1, [])
    assert breaker.state == "open"


# --- the breaker


def test_while_the_breaker_is_open_the_database_is_not_asked(saver: Saver, database: Database, spool: SpoolBackend) -> None:
    database.will(*[failing(LOST)] * 3)
    saver.save([item(1)])
    before = len(database.asked)

    assert saver.save([item(2), item(3)]).answers == [Kept.SPOOLED, Kept.SPOOLED]
    assert len(database.asked) == before
    assert spool.count() == 3


def test_after_the_pause_one_save_is_the_trial_and_closes_it(saver: Saver, database: Database, breaker: CircuitBreaker) -> None:
    breaker.failed()
    database.now += FIRST_PAUSE_S
    answers: list[object] = []

    def trial(each: Item) -> Outcome:
        assert breaker.state == "half-open"
        answers.extend(saver.save([item(2)]).answers)
        return stored(each)

    database.will(trial)
    assert saver.save([item(1)]).answers == [stored(item(1))]
    assert answers == [Kept.SPOOLED], "who came during the trial"
    assert breaker.state == "closed"


def test_a_trial_does_not_wait_for_a_database_that_the_probe_finds_silent(
    saver: Saver, database: Database, breaker: CircuitBreaker
) -> None:
    breaker.failed()
    database.now += FIRST_PAUSE_S
    database.writable = False

    assert saver.save([item()]).answers == [Kept.SPOOLED]
    assert database.asked == []
    database.now += FIRST_PAUSE_S
    assert not breaker.allows(), "the pause has doubled"


def test_a_record_of_its_own_fault_shows_that_the_database_works(saver: Saver, database: Database, breaker: CircuitBreaker) -> None:
    breaker.failed()
    database.now += FIRST_PAUSE_S
    database.will(failing(POISON))
    saver.save([item()])

    assert breaker.state == "closed"


def test_who_waits_to_try_again_does_not_when_another_has_found_the_database_away(
    saver: Saver, database: Database, breaker: CircuitBreaker
) -> None:
    database.will(*[failing(LOST)] * 3)
    database.after_sleep = breaker.failed

    assert saver.save([item()]).answers == [Kept.SPOOLED]
    assert len(database.asked) == 2, "the try that was under way, and no third"


def test_a_save_that_succeeds_in_part_leaves_the_breaker_to_what_failed(saver: Saver, database: Database, breaker: CircuitBreaker) -> None:
    database.will(lambda each: stored(each) if each.record.session[-1] == "1" else CommitTimeout("no answer"))

    assert saver.save([item(1), item(2)]).answers == [stored(item(1)), Kept.SPOOLED]
    assert breaker.state == "open"


# --- what the ledger will never take


def test_a_record_that_can_never_be_stored_is_held_for_an_operator(
    saver: Saver, database: Database, spool: SpoolBackend, breaker: CircuitBreaker
) -> None:
    database.will(failing(POISON))

    assert saver.save([item()]).answers == [Kept.HELD]
    assert (len(database.asked), spool.count()) == (1, 0)
    [aside] = spool.set_aside()
    assert (aside.kind, aside.reason.partition(":")[0]) == ("poison", "broken_constraint")
    assert from_json(aside.body) == as_spooled(item())
    assert breaker.state == "closed"


def test_what_nobody_foresaw_gets_more_chances(saver: Saver, database: Database, spool: SpoolBackend, breaker: CircuitBreaker) -> None:
    database.will(failing(RuntimeError("a fault of ours")))

    assert saver.save([item()]).answers == [Kept.SPOOLED]
    assert (len(database.asked), spool.count(), spool.set_aside_count()) == (1, 1, 0)
    assert breaker.state == "closed"


def test_a_registration_that_a_restore_lost_is_for_an_operator(saver: Saver, database: Database, spool: SpoolBackend) -> None:
    database.will(failing(RegistrationUnknown(REGISTRATION)))

    assert saver.save([item()]).answers == [Kept.HELD]
    assert spool.set_aside()[0].reason.startswith("registration_unknown: ")


def test_slices_that_make_no_register_are_told_to_their_sender(saver: Saver, database: Database, spool: SpoolBackend) -> None:
    database.will(failing(BadMessage("state.piece", "the joined pieces are not JSON")))

    with pytest.raises(BadMessage):
        saver.save([item()])
    assert (spool.count(), spool.set_aside_count()) == (0, 0)


def test_each_record_of_a_message_meets_its_own_fate(saver: Saver, database: Database, spool: SpoolBackend) -> None:
    fates: dict[str, Exception] = {"2": POISON, "3": LOST, "5": CommitTimeout("no answer")}
    database.will(*[lambda each: fates.get(each.record.session[-1], stored(each))] * 3)

    saved = saver.save([item(number) for number in (1, 2, 3, 4, 5)])

    assert saved.answers == [stored(item(1)), Kept.HELD, Kept.SPOOLED, stored(item(4)), Kept.SPOOLED]
    assert database.asked == [["1", "2", "3", "4", "5"], ["3"], ["3"]]
    assert [each.record.record.session[-1] for each in spool.waiting(10)] == ["3", "5"]
    assert shelf(spool) == ["poison 2"]
    assert saved.ledger_id == "ledger-1", "what was stored, was stored in the first"


# --- an honest no


def test_database_and_spool_both_failing_is_said(
    saver: Saver, database: Database, spool: SpoolBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> bool:
        raise SpoolFailed("no room")

    monkeypatch.setattr(spool, "set", broken)
    monkeypatch.setattr(spool, "keep_aside", broken)
    for fault in (LOST, POISON):
        database.will(*[failing(fault)] * 3)
        with pytest.raises(Unavailable) as caught:
            saver.save([item()])
        assert caught.value.status == 503
        assert isinstance(caught.value.__cause__, SpoolFailed)
        database.now += 60
    assert (spool.count(), spool.set_aside_count()) == (0, 0)


def test_a_full_spool_is_no_acknowledgement(database: Database, breaker: CircuitBreaker, tmp_path: Path) -> None:
    full = SpoolBackend(tmp_path / "full", lambda: 1_000, 10, 10)
    pace = Pace(lambda: database.now, database.sleep, lambda: 0.5)
    saver = Saver(database, full, breaker, Gate(breaker, lambda: True), RetryPolicy(), pace)
    breaker.failed()

    with pytest.raises(Unavailable):
        saver.save([item()])
    assert full.count() == 0
    full.close()


# --- what the spool gets


def test_slices_spooled_one_by_one_complete_each_other(saver: Saver, spool: SpoolBackend, breaker: CircuitBreaker) -> None:
    breaker.failed()
    text = '{"set": {"a": "1"}, "findings": []}'
    for index, part in ((0, text[:9]), (1, text[9:])):
        saver.save([item(state=StateRegister(4, 0, 1, piece=Piece(index, 2, part)))])

    [waiting] = spool.waiting(10)
    assert waiting.record.record.state == StateRegister(4, 0, 1, elements={"a": "1"})


def test_retries_and_fallbacks_are_counted_by_their_fault(
    saver: Saver, database: Database, breaker: CircuitBreaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(metrics, "retried", lambda fault: told.append(f"again {fault}"))
    monkeypatch.setattr(metrics, "fell_back", lambda fault: told.append(f"spool {fault}"))
    database.will(failing(LOST), failing(CommitTimeout("no answer")))
    saver.save([item(1)])
    saver.save([item(2)])

    assert told == ["again no_connection", "spool no_answer", "spool breaker_open"]
