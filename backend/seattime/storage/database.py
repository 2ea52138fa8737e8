"""Opening the database: engine settings, SQLite's pragmas, the clock, the schema. Must not import services or web.

Guarantees: on SQLite a transaction that may write takes the write lock at BEGIN (row locks do not exist there); on both
databases a COMMIT that returned is on disk (`synchronous=FULL`, `synchronous_commit=on`).
"""

from __future__ import annotations

import contextvars
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from flask import Flask
from flask_migrate import Migrate, upgrade
from sqlalchemy import Connection, Engine, NullPool, create_engine, event, select, text
from sqlalchemy.orm import Session, scoped_session

from seattime.config import Settings
from seattime.storage.models import Ledger, db

MIGRATIONS = Path(__file__).parent / "migrations"

_read_only: contextvars.ContextVar[bool] = contextvars.ContextVar("seattime_read_only", default=False)


@contextmanager
def read_only() -> Iterator[None]:
    """Transactions begun inside take no write lock on SQLite."""
    token = _read_only.set(True)
    try:
        yield
    finally:
        _read_only.reset(token)


@contextmanager
def may_write() -> Iterator[None]:
    """Transactions begun inside may write, whatever the request is for. Begun outside, none may go on into it."""
    token = _read_only.set(False)
    try:
        yield
    finally:
        _read_only.reset(token)


def set_read_only(value: bool) -> None:
    """For a whole request: GET reads, everything else may write."""
    _read_only.set(value)


class Clock(Protocol):
    """Server time. Injected, so that tests decide what time it is."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC, in the transaction of the current application context."""
        ...

    def sql(self, dialect: str) -> str:
        """An SQL expression of it, for statements that read the clock together with something else."""
        ...


class DatabaseClock:
    """The database's own clock, read at the moment of the call: `now()` would be as old as its transaction."""

    def now_ms(self) -> int:
        return read_clock(self, db.session.connection())

    def sql(self, dialect: str) -> str:
        if dialect == "postgresql":
            return "(extract(epoch from clock_timestamp()) * 1000)::bigint"
        return "CAST(round((julianday('now') - 2440587.5) * 86400000.0) AS INTEGER)"


def read_clock(clock: Clock, connection: Connection) -> int:
    """Server time in ms, at this moment of the connection's transaction."""
    return int(connection.execute(text(f"SELECT {clock.sql(connection.dialect.name)}")).scalar_one())


def engine_options(settings: Settings) -> dict[str, Any]:
    """What docs/configuration.md promises about connections: pre-ping, recycling, bounded waits.

    An error says nothing of the values: the log is no place for learners' names and answers.
    """
    if settings.sqlalchemy_url.startswith("sqlite"):
        return {
            "hide_parameters": True,
            "connect_args": {"timeout": settings.lock_timeout_ms / 1000, "check_same_thread": False},
        }
    timeouts = f"-c statement_timeout={settings.statement_timeout_ms} -c lock_timeout={settings.lock_timeout_ms}"
    return {
        "hide_parameters": True,
        "pool_pre_ping": settings.pool_pre_ping,
        "pool_recycle": settings.pool_recycle_s,
        "pool_size": settings.pool_size,
        "max_overflow": settings.pool_size,
        "pool_timeout": settings.connect_timeout_s,
        "connect_args": {
            "connect_timeout": settings.connect_timeout_s,
            "options": f"{timeouts} -c synchronous_commit=on -c timezone=UTC",
        },
    }


def init_app(app: Flask, settings: Settings) -> None:
    """Binds the models to the app's database."""
    app.config["SQLALCHEMY_DATABASE_URI"] = settings.sqlalchemy_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings)
    db.init_app(app)
    Migrate(app, db, directory=str(MIGRATIONS), render_as_batch=True)
    if settings.sqlalchemy_url.startswith("sqlite"):
        with app.app_context():
            _prepare_sqlite(db.engine)


BY_KEY = "".join(f" -c {name}" for name in ("enable_seqscan=off", "enable_hashjoin=off", "enable_mergejoin=off", "join_collapse_limit=1"))
"""PostgreSQL settings for whoever looks up a few rows by their keys: never read a table, and follow a statement's own order of
joins. Plans do not depend on statistics then, which a table that grew from nothing today does not have yet."""


def own_engine(settings: Settings) -> Engine:
    """An engine for committing, outside the application's pool: who holds a connection of it closes that himself."""
    options = {name: value for name, value in engine_options(settings).items() if not name.startswith(("pool_", "max_overflow"))}
    if "options" in options["connect_args"]:
        options["connect_args"]["options"] += BY_KEY
    engine = create_engine(settings.sqlalchemy_url, poolclass=NullPool, **options)
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours (below), not the driver's
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN" if _read_only.get() else "BEGIN IMMEDIATE")


def upgrade_schema(app: Flask, clock: Clock) -> None:
    """Brings the schema up to date and names this life of the database. Safe to run at every start."""
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))
        if db.session.get(Ledger, 1) is None:
            db.session.add(Ledger(id=1, ledger_id=uuid.uuid4().hex, created_ms=clock.now_ms()))
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def ledger_id(session: Session | scoped_session[Any]) -> str:
    """The name of this life of the database (protocol, "Ledger id")."""
    return session.execute(select(Ledger.ledger_id)).scalar_one()
