"""The caretaker: recovery, the breaker and silent sessions, second by second, by a clock that the test sets."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade
from sqlalchemy import inspect, select, text

from seattime.domain.breaker import FIRST_PAUSE_S, CircuitBreaker
from seattime.domain.records import parse_record
from seattime.domain.spool_records import key_of
from seattime.services import caretaker, commits, import_jobs, recovery, silence
from seattime.services.caretaker import TIDY_EVERY_S, Caretaker
from seattime.services.committing import Item
from seattime.services.gate import Gate
from seattime.services.parts import EXTENSION, parts
from seattime.services.saving import as_spooled
from seattime.storage import database
from seattime.storage.models import SessionRow, db
from seattime.storage.placing import Origin
from seattime.storage.probe import DatabaseState
from seattime.storage.spool import SpoolBackend, SpoolFailed
from tests import builders
from tests.conftest import SetClock


class Hands:
    """A monotonic clock in seconds."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


def spool_one() -> None:
    claims = builders.launch(builders.registration())
    origin = Origin(claims.registration_key, claims.launch_number, claims.order_number, claims.launched_ms, claims.instance)
    what = as_spooled(Item(origin, parse_record(builders.record(time=builders.time_register()))))
    parts().spool.set(key_of(what), what)


def stored() -> int:
    count = len(db.session.scalars(select(SessionRow.session_id)).all())
    db.session.rollback()
    return count


def with_breaker(app: Flask, hands: Hands, answers: Callable[[], bool]) -> CircuitBreaker:
    breaker = CircuitBreaker(hands)
    app.extensions[EXTENSION] = replace(parts(), breaker=breaker, gate=Gate(breaker, answers))
    return breaker


def test_each_second_what_is_spooled_goes_in(sqlite_app: Flask, hands: Hands) -> None:
    spool_one()
    Caretaker(sqlite_app, monotonic=hands).tick()

    assert (stored(), parts().spool.count()) == (1, 0)


def test_it_finds_out_by_itself_that_the_database_is_back(sqlite_app: Flask, hands: Hands) -> None:
    """With nothing spooled and nobody asking the breaker would stay open for the next learner."""
    writable = [False]
    breaker = with_breaker(sqlite_app, hands, lambda: writable[0])
    breaker.failed()
    one = Caretaker(sqlite_app, monotonic=hands)
    one.tick()
    assert breaker.state == "open", "within the pause nobody is asked"
    hands.now += FIRST_PAUSE_S
    one.tick()
    assert breaker.state == "open"
    writable[0] = True
    hands.now += 2 * FIRST_PAUSE_S
    one.tick()

    assert breaker.state == "closed"


def test_what_was_spooled_during_the_outage_goes_in_when_it_is_over(sqlite_app: Flask, hands: Hands) -> None:
    breaker = with_breaker(sqlite_app, hands, lambda: True)
    spool_one()
    breaker.failed()
    one = Caretaker(sqlite_app, monotonic=hands)
    one.tick()
    assert (stored(), parts().spool.count()) == (0, 1)
    hands.now += FIRST_PAUSE_S
    one.tick()

    assert (stored(), parts().spool.count()) == (1, 0)


def test_silent_sessions_are_closed_each_minute(sqlite_app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[float] = []
    monkeypatch.setattr(silence, "close_silent_sessions", lambda: done.append(hands.now))
    monkeypatch.setattr(recovery, "tidy_shelf", lambda: done.append(-hands.now))
    one = Caretaker(sqlite_app, monotonic=hands)
    for _ in range(150):
        one.tick()
        hands.now += 1

    assert done == [1_000 + TIDY_EVERY_S, -(1_000 + TIDY_EVERY_S), 1_000 + 2 * TIDY_EVERY_S, -(1_000 + 2 * TIDY_EVERY_S)]


def test_silent_sessions_are_closed_for_real(sqlite_app: Flask, hands: Hands, clock: SetClock) -> None:
    claims = builders.launch(builders.registration())
    commits.record_commit(builders.message(claims, builders.record(time=builders.time_register())))
    clock.advance(3_600_000)
    one = Caretaker(sqlite_app, monotonic=hands)
    hands.now += TIDY_EVERY_S
    one.tick()

    assert db.session.scalars(select(SessionRow.closed_ms)).one() == clock.now


def test_during_an_outage_nothing_is_asked_for_tidying(sqlite_app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "close_silent_sessions", lambda: pytest.fail("the database was asked"))
    breaker = with_breaker(sqlite_app, hands, lambda: False)
    one = Caretaker(sqlite_app, monotonic=hands)
    hands.now += TIDY_EVERY_S
    breaker.failed()
    one.tick()

    assert breaker.state == "open"


def test_a_broken_spool_keeps_no_silent_session_open(sqlite_app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(silence, "close_silent_sessions", lambda: done.append("closed"))

    def broken(*_args: object) -> int:
        raise SpoolFailed("the disk is gone")

    one = Caretaker(sqlite_app, monotonic=hands)
    monkeypatch.setattr(SpoolBackend, "count", broken)
    hands.now += TIDY_EVERY_S
    with pytest.raises(SpoolFailed):
        one.tick()

    assert done == ["closed"]


def test_a_server_started_while_the_database_was_away_brings_the_schema_when_it_is_back(
    sqlite_app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = [DatabaseState.SILENT]
    resumed: list[Flask] = []
    monkeypatch.setattr(import_jobs, "resume_jobs", resumed.append)
    sqlite_app.extensions[EXTENSION] = replace(parts(), probe=SimpleNamespace(answer=lambda: state[0]))
    spool_one()
    with db.engine.begin() as connection:
        connection.execute(text("DELETE FROM ledger"))
    downgrade(directory=str(database.MIGRATIONS), revision="0001")
    db.session.remove()
    one = Caretaker(sqlite_app, schema_waits=True, monotonic=hands)
    one.tick()
    assert (parts().spool.count(), resumed) == (1, []), "nothing is done on a schema that is not there"
    state[0] = DatabaseState.WRITABLE
    one.tick()

    assert "closed_ms" in {column["name"] for column in inspect(db.engine).get_columns("sessions")}
    assert (stored(), parts().spool.count(), resumed) == (1, 0, [sqlite_app])
    one.tick()
    assert len(resumed) == 1, "once"


def test_of_several_workers_one_brings_the_schema(sqlite_app: Flask, hands: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_jobs, "resume_jobs", lambda _app: None)
    brought: list[str] = []
    monkeypatch.setattr(caretaker.database, "upgrade_schema", lambda *_args: brought.append("schema"))
    one = Caretaker(sqlite_app, schema_waits=True, monotonic=hands)
    with recovery.alone() as ours:
        assert ours
        one.tick()
        assert brought == []
    one.tick()

    assert brought == ["schema"]


def test_no_error_ends_it_and_stop_does(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caretaker, "LOOK_EVERY_S", 0.001)
    again = threading.Event()
    ticks: list[int] = []
    one = Caretaker(sqlite_app)

    def tick() -> None:
        ticks.append(len(ticks))
        if len(ticks) > 3:
            again.set()
        raise [RuntimeError("a fault of ours"), SpoolFailed("the disk is gone")][len(ticks) % 2]

    monkeypatch.setattr(one, "tick", tick)
    before = set(threading.enumerate())
    one.start()
    started: list[Any] = [thread for thread in threading.enumerate() if thread not in before]
    assert again.wait(30)
    one.stop()
    for thread in started:
        thread.join(30)

    assert started
    assert all(thread.daemon for thread in started), "none keeps the process alive"
    assert not any(thread.is_alive() for thread in started)
