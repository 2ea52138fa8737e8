"""Saving statements, whatever the database does: tries, the spool, a refusal, or an honest no. Clocks and chance are the test's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg.errors
import pytest
from sqlalchemy.exc import DataError, OperationalError

from seattime.domain.breaker import FIRST_PAUSE_S, CircuitBreaker
from seattime.domain.retry import RetryPolicy
from seattime.domain.spooled_statements import SpooledStatements
from seattime.errors import BadInput, Conflict, Unavailable
from seattime.services.committing import CommitTimeout
from seattime.services.gate import Gate
from seattime.services.saving import Kept, Pace
from seattime.services.statement_saving import StatementSaver
from seattime.storage.spool import FILE_NAME, SpoolBackend

KEPT = SpooledStatements("lrs", {"authority": {}}, "", "1.0.3", 1, (("6690e6c9-3ef0-4ed3-8b37-7f3964730bee", "{}"),))
LOST = OperationalError("INSERT", {}, Exception("the connection was lost"))
DEADLOCK = OperationalError("INSERT", {}, psycopg.errors.DeadlockDetected("deadlock detected"))
BAD_VALUE = DataError("INSERT", {}, psycopg.DataError("PostgreSQL text fields cannot contain NUL"))


class Database:
    """Does what the test says, one error (or None) for each try."""

    def __init__(self) -> None:
        self.will: list[Exception | None] = []
        self.now = 100.0
        self.asked: list[float] = []
        self.slept: list[float] = []
        self.writable = True
        self.after_sleep: Callable[[], None] = lambda: None

    def store(self, within_s: float) -> None:
        self.asked.append(within_s)
        error = self.will.pop(0) if self.will else None
        if error is not None:
            raise error

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.after_sleep()


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
def saver(database: Database, spool: SpoolBackend, breaker: CircuitBreaker) -> StatementSaver:
    pace = Pace(lambda: database.now, database.sleep, lambda: 0.5)
    return StatementSaver(spool, breaker, Gate(breaker, lambda: database.writable), RetryPolicy(), pace)


def test_what_the_database_takes_is_kept_nowhere_else(saver: StatementSaver, database: Database, spool: SpoolBackend) -> None:
    assert saver.save(KEPT, database.store) is None
    assert (database.asked, database.slept, spool.count()) == ([3.0], [], 0)


def test_a_fault_that_passes_is_tried_again_with_backoff_and_jitter(saver: StatementSaver, database: Database, spool: SpoolBackend) -> None:
    database.will = [LOST, DEADLOCK]

    assert saver.save(KEPT, database.store) is None
    assert database.slept == [0.050, 0.100], "half of 100 ms, half of 200 ms"
    assert spool.count() == 0


def test_an_outage_ends_in_the_spool_and_opens_the_breaker(
    saver: StatementSaver, database: Database, spool: SpoolBackend, breaker: CircuitBreaker
) -> None:
    database.will = [LOST] * 3

    assert saver.save(KEPT, database.store) is Kept.SPOOLED
    assert (len(database.asked), breaker.state) == (3, "open")
    assert [each.record for each in spool.waiting(10)] == [KEPT]


def test_tries_that_are_used_up_end_in_the_spool_and_leave_the_breaker_closed(
    saver: StatementSaver, database: Database, spool: SpoolBackend, breaker: CircuitBreaker
) -> None:
    database.will = [DEADLOCK] * 3

    assert saver.save(KEPT, database.store) is Kept.SPOOLED
    assert (spool.count(), breaker.state) == (1, "closed")


def test_no_answer_in_time_is_not_waited_for_twice(saver: StatementSaver, database: Database, breaker: CircuitBreaker) -> None:
    database.will = [CommitTimeout("no answer")]

    assert saver.save(KEPT, database.store) is Kept.SPOOLED
    assert (len(database.asked), breaker.state) == (1, "open")


def test_while_the_breaker_is_open_nothing_is_asked(
    saver: StatementSaver, database: Database, spool: SpoolBackend, breaker: CircuitBreaker
) -> None:
    breaker.failed()

    assert saver.save(KEPT, database.store) is Kept.SPOOLED
    assert (database.asked, spool.count()) == ([], 1)


def test_as_the_trial_of_a_breaker_it_is_heard(saver: StatementSaver, database: Database, breaker: CircuitBreaker) -> None:
    for error, state in ((LOST, "open"), (None, "closed")):
        breaker.failed()
        database.now += FIRST_PAUSE_S * 4
        database.will = [error] * 3

        saver.save(KEPT, database.store)
        assert breaker.state == state


@pytest.mark.parametrize("refusal", [Conflict("Another statement was stored."), BadInput("No initialized came before.")])
def test_a_refusal_is_the_databases_word_and_nothing_is_kept(
    saver: StatementSaver, database: Database, spool: SpoolBackend, breaker: CircuitBreaker, refusal: Exception
) -> None:
    breaker.failed()
    database.now += FIRST_PAUSE_S
    database.will = [refusal]

    with pytest.raises(type(refusal)):
        saver.save(KEPT, database.store)
    assert (spool.count(), breaker.state, len(database.asked)) == (0, "closed", 1)


def test_what_the_database_will_never_hold_is_not_acknowledged(saver: StatementSaver, database: Database, spool: SpoolBackend) -> None:
    database.will = [BAD_VALUE]

    with pytest.raises(DataError):
        saver.save(KEPT, database.store)
    assert spool.count() == 0


def test_what_nobody_foresaw_is_kept_too(saver: StatementSaver, database: Database, spool: SpoolBackend, breaker: CircuitBreaker) -> None:
    database.will = [ZeroDivisionError("a fault of ours")]

    assert saver.save(KEPT, database.store) is Kept.SPOOLED
    assert (spool.count(), breaker.state) == (1, "closed")


def test_what_has_to_come_after_others_waits_behind_them(saver: StatementSaver, database: Database, spool: SpoolBackend) -> None:
    assert saver.save(KEPT, database.store, behind=True) is Kept.SPOOLED
    assert (database.asked, spool.count()) == ([], 1)


def test_another_request_that_found_the_outage_ends_the_tries(saver: StatementSaver, database: Database, breaker: CircuitBreaker) -> None:
    database.will = [LOST] * 3
    database.after_sleep = breaker.failed

    assert saver.save(KEPT, database.store) is Kept.SPOOLED
    assert len(database.asked) == 2


@pytest.mark.parametrize("how", ["broken", "full"])
def test_a_spool_that_cannot_keep_it_is_an_honest_no(tmp_path: Path, database: Database, breaker: CircuitBreaker, how: str) -> None:
    small = SpoolBackend(tmp_path / "small", lambda: 1_000, 10, 10)
    if how == "broken":
        (tmp_path / "small").mkdir()
        (tmp_path / "small" / FILE_NAME).write_bytes(b"no database" * 1_000)
    pace = Pace(lambda: database.now, database.sleep, lambda: 0.5)
    saver = StatementSaver(small, breaker, Gate(breaker, lambda: True), RetryPolicy(), pace)
    database.will = [LOST] * 3

    with pytest.raises(Unavailable):
        saver.save(KEPT, database.store)
    small.close()
