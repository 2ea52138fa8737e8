"""Opening the database: durable commits, the clock, a schema that the migrations make as the models say."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, OperationalError

from seattime.config import Settings
from seattime.storage import database
from seattime.storage.database import DatabaseClock
from seattime.storage.models import Learner, db


def test_the_migrations_make_what_the_models_say(app: Flask) -> None:
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), db.metadata)

    assert differences == []


def test_the_database_clock_moves_within_a_transaction(app: Flask) -> None:
    clock = DatabaseClock()
    first = clock.now_ms()
    while (later := clock.now_ms()) == first:
        pass

    assert later > first
    assert abs(first / 1000 - time.time()) < 3600


def test_commits_are_durable(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        assert db.session.execute(text("PRAGMA synchronous")).scalar_one() == 2
        assert db.session.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"
    else:
        assert db.session.execute(text("SHOW synchronous_commit")).scalar_one() == "on"


def test_waits_are_bounded_on_postgresql() -> None:
    settings = Settings(database_url="postgresql://h/db", statement_timeout_ms=7, lock_timeout_ms=6, connect_timeout_s=5)
    options = database.engine_options(settings)

    assert options["pool_pre_ping"] is True
    assert database.engine_options(replace(settings, pool_pre_ping=False))["pool_pre_ping"] is False
    assert options["hide_parameters"] is True
    assert options["pool_recycle"] == 300
    assert options["connect_args"]["connect_timeout"] == 5
    assert "statement_timeout=7" in options["connect_args"]["options"]
    assert "lock_timeout=6" in options["connect_args"]["options"]


def test_on_sqlite_a_transaction_that_may_write_has_the_lock_from_its_beginning(sqlite_app: Flask) -> None:
    db.session.execute(text("SELECT 1"))

    with database.read_only(), db.engine.connect() as reader:
        reader.execute(text("SELECT 1"))
    with db.engine.connect() as writer:
        writer.connection.driver_connection.execute("PRAGMA busy_timeout = 1")  # type: ignore[union-attr]  # SQLite's own
        with pytest.raises(OperationalError, match="locked"):
            writer.execute(text("SELECT 1"))


def test_a_write_within_what_only_reads_leaves_it_as_it_was(sqlite_app: Flask) -> None:
    """And a write outside of it: whatever runs next in this thread must have its lock."""
    with database.may_write():
        pass
    with db.engine.connect() as outside:
        outside.execute(text("SELECT 1"))
        assert _is_locked()
    with database.read_only():
        with database.may_write(), db.engine.connect() as writer:
            writer.execute(text("SELECT 1"))
            assert _is_locked()
        with db.engine.connect() as reader:
            reader.execute(text("SELECT 1"))
            assert not _is_locked()


def _is_locked() -> bool:
    """Whether somebody holds SQLite's one lock of writers."""
    with database.may_write(), db.engine.connect() as asking:
        asking.connection.driver_connection.execute("PRAGMA busy_timeout = 1")  # type: ignore[union-attr]  # SQLite's own
        try:
            asking.execute(text("SELECT 1"))
        except OperationalError:
            return True
        return False


def test_an_upgrade_at_every_start_keeps_the_ledger_id(app: Flask) -> None:
    class Clock:
        def now_ms(self) -> int:
            return 1

        def sql(self, _dialect: str) -> str:
            return "1"

    before = database.ledger_id(db.session)
    db.session.rollback()
    db.session.remove()

    database.upgrade_schema(app, Clock())

    assert database.ledger_id(db.session) == before
    assert db.session.query(Learner).count() == 0


def test_what_follows_a_reading_request_in_the_same_thread_may_write(sqlite_app: Flask) -> None:
    assert sqlite_app.test_client().get("/health/live").status_code == 200

    with db.engine.connect() as writer:
        writer.execute(text("SELECT 1"))
        with db.engine.connect() as second:
            second.connection.driver_connection.execute("PRAGMA busy_timeout = 1")  # type: ignore[union-attr]  # SQLite's own
            with pytest.raises(OperationalError, match="locked"):
                second.execute(text("SELECT 1"))


def test_an_error_of_the_database_does_not_tell_the_log_what_learners_wrote(app: Flask) -> None:
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text("SELECT * FROM nowhere WHERE x = :x"), {"x": "an answer"})

    assert "an answer" not in str(caught.value)
