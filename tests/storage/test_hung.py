"""Who waits for a database that stands still is freed from outside (storage/hung.py). On a real PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import OperationalError

from seattime.storage.hung import InFlight

LONG = "SELECT pg_sleep(60)"


class Seconds:
    """A monotonic clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def engine(postgres_uri: str) -> Iterator[Engine]:
    made = create_engine(postgres_uri.replace("postgresql://", "postgresql+psycopg://", 1), pool_pre_ping=True, pool_size=1)
    with made.connect() as connection:
        connection.execute(text("SELECT 1"))  # what SQLAlchemy asks at its first connection is asked before the tests watch
    yield made
    made.dispose()


def hanging(work: Callable[[], Any]) -> tuple[threading.Thread, list[BaseException]]:
    """Runs in a thread; the errors that it ended with."""
    errors: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except Exception as error:
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, errors


def cut_until_it_ends(in_flight: InFlight, clock: Seconds, thread: threading.Thread) -> int:
    """Lets more than ten seconds pass, by the test's clock, again and again, until the thread is free. How many were cut."""
    cut = 0
    while thread.is_alive():
        clock.now += 11
        cut += in_flight.cut_overdue(10)
        thread.join(0.02)
    return cut


def test_a_statement_that_hangs_is_freed(engine: Engine) -> None:
    clock = Seconds()
    in_flight = InFlight(engine, clock)

    def ask() -> None:
        with engine.connect() as connection:
            connection.execute(text(LONG))

    thread, errors = hanging(ask)

    assert cut_until_it_ends(in_flight, clock, thread) >= 1
    assert isinstance(errors[0], OperationalError)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 1")).scalar_one() == 1, "the next one gets a connection that works"


def test_the_pools_own_question_is_watched_too(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Seconds()

    def hangs(raw: Any) -> bool:
        raw.cursor().execute(LONG)
        return True

    monkeypatch.setattr(engine.dialect, "do_ping", hangs)
    in_flight = InFlight(engine, clock)
    thread, errors = hanging(lambda: engine.connect().close())

    assert cut_until_it_ends(in_flight, clock, thread) >= 1
    assert errors == [], "the pool opened another connection in its place"


def test_what_was_answered_is_not_cut(engine: Engine) -> None:
    clock = Seconds()
    in_flight = InFlight(engine, clock)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
        clock.now += 1000
        assert in_flight.cut_overdue(10) == 0, "it is not the database that takes its time"
        connection.commit()
    clock.now += 1000

    assert in_flight.cut_overdue(10) == 0
    with engine.connect() as connection:
        assert connection.execute(text("SELECT 2")).scalar_one() == 2
