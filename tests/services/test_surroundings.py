"""What an installation stands on, as `seattime verify` tells it: each thing right, each thing wrong, each with what to do."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask import Flask
from sqlalchemy import text

from seattime.app import create_app
from seattime.config import Settings
from seattime.domain.spool_records import key_of
from seattime.services import surroundings
from seattime.services.parts import EXTENSION, parts
from seattime.services.verify_report import Line, Verdict
from seattime.storage import spooling
from seattime.storage.models import db
from tests import builders
from tests.services.waiting import waiting_record

OK, WARNING, FAILED = Verdict.OK, Verdict.WARNING, Verdict.FAILED


class Usage(NamedTuple):
    """What `shutil.disk_usage` returns."""

    total: int
    used: int
    free: int


@pytest.fixture(autouse=True)
def local_disks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever these tests run, the folders lie on a disk with room."""
    on_file_system(monkeypatch, "ext4")
    with_room(monkeypatch, 10 * 1024**3)


def on_file_system(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(spooling, "filesystem_under", lambda _folder: kind)


def with_room(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: Usage(2 * free, free, free))


def changed(app: Flask, **changes: Any) -> None:
    """The application with other settings."""
    app.extensions[EXTENSION] = replace(parts(), settings=replace(parts().settings, **changes).checked())


def look(name: str, *, resolves: Callable[[str], bool] = lambda _host: True, key_is_new: bool = False) -> Line:
    """The line of this name; every line that is not `ok` says what to do."""
    found = surroundings.look(resolves=resolves, key_is_new=key_is_new)
    assert all(bool(line.do) == (line.verdict is not OK) for line in found.lines)
    return next(line for line in found.lines if line.name == name)


def test_a_good_installation_has_nothing_to_do(app: Flask) -> None:
    found = surroundings.look(resolves=lambda _host: True)

    assert found.fit
    assert {line.name: line.verdict for line in found.lines} == dict.fromkeys(
        (
            "database", "schema", "durability", "clocks", "spool folder", "spool", "data folder", "signing key", "addresses", "waits",
        ),
        OK,
    )  # fmt: skip
    assert found.database.startswith(("SQLite 3", "PostgreSQL 1"))


def test_nothing_is_left_on_the_disks(app: Flask, settings: Settings) -> None:
    surroundings.look(resolves=lambda _host: True)

    assert {path.name for path in settings.data_dir.iterdir()} <= {"keys.json", "spool", "packages"}
    assert {path.name for path in settings.spool_folder.iterdir()} <= {"spool.sqlite3", "spool.sqlite3-wal", "spool.sqlite3-shm"}


def test_a_database_that_does_not_answer(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, database_url="postgresql://nobody:secret@127.0.0.1:1/none", spool_any_folder=True)
    with create_app(settings).app_context():
        found = surroundings.look(resolves=lambda _host: True)

    assert not found.fit
    assert (found.lines[0].name, found.lines[0].verdict) == ("database", FAILED)
    assert "does not answer" in found.lines[0].what
    assert "secret" not in found.lines[0].what
    assert {line.name for line in found.lines} >= {"spool folder", "signing key"}, "the rest is looked at all the same"
    assert "schema" not in {line.name for line in found.lines}


def test_a_standby_takes_no_changes(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    if db.engine.dialect.name == "sqlite":
        # whatever the mode of the file says, a superuser may write it
        monkeypatch.setattr(os, "access", lambda _path, _mode: False)
    else:
        db.session.execute(text("SET transaction_read_only = on"))
    line = look("database")

    assert line.verdict is FAILED
    assert "takes no changes" in line.what


def test_commits_that_are_not_durable(app: Flask) -> None:
    if db.engine.dialect.name == "sqlite":
        connection = db.engine.raw_connection()
        connection.driver_connection.execute("PRAGMA synchronous=OFF")  # type: ignore[union-attr]
        connection.close()
    else:
        db.session.execute(text("SET synchronous_commit = off"))
    line = look("durability")

    assert line.verdict is FAILED
    assert "synchronous" in line.what


@pytest.mark.parametrize(("kind", "verdict"), [("nfs4", FAILED), ("tmpfs", WARNING), ("ext4", OK)])
def test_sqlite_lies_on_a_local_disk(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, kind: str, verdict: Verdict) -> None:
    """In memory it is a failure too, unless the spool may lie there: then this is a trial."""
    on_file_system(monkeypatch, kind)
    assert look("durability").verdict is verdict

    if kind == "tmpfs":
        changed(sqlite_app, spool_any_folder=False)
        assert look("durability").verdict is FAILED


@pytest.mark.parametrize(
    ("seconds", "verdict"), [(1.9, OK), (-1.9, OK), (2.1, WARNING), (-30.0, WARNING), (61.0, FAILED), (-61.0, FAILED)]
)
def test_clocks_that_differ(sqlite_app: Flask, seconds: float, verdict: Verdict) -> None:
    wall = parts().wall
    sqlite_app.extensions[EXTENSION] = replace(parts(), wall=lambda: wall() - seconds)
    line = look("clocks")

    assert line.verdict is verdict
    assert f"{abs(seconds)} s {'ahead of' if seconds > 0 else 'behind'}" in line.what


@pytest.mark.parametrize(
    ("kind", "free", "spool", "data"),
    [
        ("ext4", 15 * 1024**2, FAILED, FAILED),
        ("ext4", 511 * 1024**2, WARNING, WARNING),
        ("tmpfs", 10 * 1024**3, WARNING, OK),
        ("nfs4", 10 * 1024**3, WARNING, OK),
        ("overlay", 10 * 1024**3, WARNING, WARNING),
        ("", 10 * 1024**3, OK, OK),
    ],
)
def test_disks(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch, kind: str, free: int, spool: Verdict, data: Verdict) -> None:
    on_file_system(monkeypatch, kind)
    with_room(monkeypatch, free)

    assert (look("spool folder").verdict, look("data folder").verdict) == (spool, data)


def test_a_disk_that_does_not_take_what_is_written(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", refuse)
    line = look("spool folder")

    assert line.verdict is FAILED
    assert "cannot be written: Input/output error" in line.what
    assert list(parts().settings.spool_folder.glob("verify-*")) == []


def test_what_waits_in_the_spool_is_told(sqlite_app: Flask) -> None:
    waiting = waiting_record(builders.launch(builders.registration()))
    parts().spool.set(key_of(waiting), waiting)
    assert look("spool").what == "1 records wait for the database."

    parts().spool.move_aside(parts().spool.waiting(1)[0], "poison", "for a test")
    assert (look("spool").verdict, look("spool").what) == (WARNING, "1 records are set aside for an operator.")


def test_the_signing_key(sqlite_app: Flask) -> None:
    path = parts().settings.data_dir / "keys.json"
    assert look("signing key").verdict is OK

    changed(sqlite_app, secret_key="")
    assert look("signing key", key_is_new=True).verdict is WARNING
    path.chmod(0o644)
    assert "can be read by others" in look("signing key").what
    path.write_text("{")
    assert look("signing key").verdict is FAILED
    path.unlink()
    assert look("signing key").verdict is FAILED


@pytest.mark.parametrize(
    ("public", "play", "known", "verdict", "says"),
    [
        ("http://localhost:8000", "", (), OK, "http://localhost:8000"),
        ("https://lms.example.org", "https://{course}.play.example.org", ("lms.example.org", "course.play.example.org"), OK, "example.org"),
        ("https://lms.example.org", "https://{course}.play.example.org", ("lms.example.org",), WARNING, "course.play.example.org."),
        ("https://lms.example.org", "http://{course}.play.example.org", (), FAILED, "no http into https"),
        ("http://lms.example.org", "http://play.example.org", ("lms.example.org", "play.example.org"), WARNING, "read along"),
    ],
)
def test_addresses(sqlite_app: Flask, public: str, play: str, known: tuple[str, ...], verdict: Verdict, says: str) -> None:
    changed(sqlite_app, public_url=public, play_origin=play)
    line = look("addresses", resolves=lambda host: host in known)

    assert line.verdict is verdict
    assert says in line.what


def test_links_to_the_learners_own_machine(sqlite_app: Flask) -> None:
    """The database is somewhere else, so the learners are too."""
    line = surroundings._addresses(
        replace(parts().settings, database_url="postgresql://app@db.example.org/seattime", play_origin="").checked(), lambda _host: True
    )

    assert line.verdict is WARNING
    assert line.do == "Set SEATTIME_PUBLIC_URL."


def test_a_name_without_an_address_costs_seconds_at_the_most(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("Name or service not known")

    monkeypatch.setattr(surroundings.socket, "getaddrinfo", refuse)
    assert not surroundings._resolves("play.example.org")
    monkeypatch.setattr(surroundings.socket, "getaddrinfo", lambda *_: [("an address",)])
    assert surroundings._resolves("play.example.org")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"commit_tries": 1}, "never tried again"),
        ({"commit_budget_ms": 20_000}, "browsers give up before the server does"),
        ({"lock_timeout_ms": 3_000}, "looks like a database that is away"),
    ],
)
def test_waits_fit_into_each_other(sqlite_app: Flask, changes: dict[str, int], says: str) -> None:
    assert look("waits").verdict is OK
    changed(sqlite_app, **changes)

    assert look("waits").verdict is WARNING
    assert says in look("waits").what
