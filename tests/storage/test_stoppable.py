"""A database that stops answering on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from seattime.config import Settings
from seattime.services import commits, recovery
from seattime.storage import database, faults, probe, stoppable
from seattime.storage.models import SessionRow, db
from seattime.storage.probe import DatabaseState
from tests import builders


@dataclass
class Lever:
    """What stops the database."""

    pulled: bool = False

    def is_pulled(self) -> bool:
        return self.pulled


@pytest.fixture
def lever(app: Flask, settings: Settings) -> Iterator[Lever]:
    made = Lever()
    stoppable.make_stoppable(settings.sqlalchemy_url, made.is_pulled)
    yield made
    made.pulled = False


def test_every_engine_at_the_address_fails_as_one_whose_connection_is_lost(lever: Lever, settings: Settings) -> None:
    another = database.own_engine(settings)
    lever.pulled = True

    for engine in (db.engine, another):
        with pytest.raises(OperationalError) as error, engine.connect() as connection:
            connection.execute(text("SELECT 1"))
        assert faults.classify(error.value) is faults.NO_CONNECTION


def test_started_again_the_same_engines_answer(lever: Lever) -> None:
    lever.pulled = True
    with pytest.raises(OperationalError):
        db.session.execute(text("SELECT 1"))
    db.session.rollback()
    lever.pulled = False

    assert db.session.execute(text("SELECT 1")).scalar_one() == 1


def test_many_rows_at_once_are_refused_too(lever: Lever) -> None:
    lever.pulled = True

    with pytest.raises(OperationalError), db.engine.connect() as connection:
        connection.execute(text("SELECT :number"), [{"number": 1}, {"number": 2}])


def test_nothing_is_stored_that_comes_meanwhile_and_all_of_it_afterwards(lever: Lever) -> None:
    """A group of commits goes around SQLAlchemy on PostgreSQL."""
    claims = builders.launch(builders.registration())
    record = builders.record(time=builders.time_register())
    commits.record_commit(builders.message(claims, record))
    lever.pulled = True
    later = {**record, "time": builders.time_register(seq=2, measured=12_000, spans=[[0, 12_000, 1, 0]])}
    said = commits.record_commit(builders.message(claims, later))["results"][0]["time"]["status"]
    lever.pulled = False

    assert said == "spooled"
    assert db.session.scalars(select(SessionRow.measured_ms)).all() == [10_000]
    db.session.rollback()  # on SQLite this test's own transaction holds the only lock
    assert recovery.drain(probing=False).drained == 1
    assert db.session.scalars(select(SessionRow.measured_ms)).all() == [12_000]


def test_what_the_page_itself_reads_is_let_through(lever: Lever) -> None:
    lever.pulled = True

    with stoppable.let_through():
        assert db.session.execute(text("SELECT 1")).scalar_one() == 1
    with pytest.raises(OperationalError):
        db.session.execute(text("SELECT 1"))


def test_a_database_at_another_address_is_not_stopped(app: Flask) -> None:
    stoppable.make_stoppable("sqlite:////nowhere/else.sqlite3", lambda: True)

    assert db.session.execute(text("SELECT 1")).scalar_one() == 1


def test_the_probe_hears_nothing_while_it_is_stopped(lever: Lever, settings: Settings) -> None:
    asked = probe.database_probe(settings.sqlalchemy_url, keep_s=0.0, wait_s=5.0)
    assert asked.answer() is DatabaseState.WRITABLE
    lever.pulled = True

    assert asked.answer() is DatabaseState.SILENT
