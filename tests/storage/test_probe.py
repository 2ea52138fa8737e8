"""Asking whether the database answers: never for longer than a moment, never more than once at a time, and without disturbing it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from flask import Flask

from seattime.config import Settings
from seattime.storage.probe import DatabaseState, Probe, database_probe

SHORT_S = 0.05
PATIENT_S = 30.0


class Questions:
    """Threads that the test runs when it wants to, on a clock that it sets."""

    def __init__(self) -> None:
        self.waiting: list[Callable[[], None]] = []
        self.now_s = 100.0

    def monotonic(self) -> float:
        return self.now_s

    def run(self) -> None:
        self.waiting.pop(0)()


@pytest.fixture
def sqlite_file(tmp_path: Path, sqlite_template: Path) -> Path:
    """A database with the schema, that nobody has open."""
    return Path(shutil.copy(sqlite_template, tmp_path / "ledger with a space #1.sqlite3"))


@pytest.fixture
def postgres_database(postgres_uri: str, postgres_template: str) -> Iterator[str]:
    name = f"probed_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{postgres_template}" STRATEGY FILE_COPY')
    yield postgres_uri.replace("/postgres?", f"/{name}?", 1)
    with psycopg.connect(postgres_uri, autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def test_what_answers_is_asked_once_for_many_who_ask() -> None:
    asked: list[int] = []
    questions = Questions()
    probe = Probe(lambda: asked.append(1) or "yes", "no", monotonic=questions.monotonic)

    answers = [probe.answer() for _ in range(20)]
    questions.now_s += 1.1
    probe.answer()

    assert answers == ["yes"] * 20
    assert len(asked) == 2


def test_what_raises_is_silent_and_is_asked_again_later() -> None:
    questions = Questions()
    answers = iter([OSError("refused"), "yes"])

    def ask() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    probe = Probe(ask, "no", monotonic=questions.monotonic)

    assert probe.answer() == "no"
    questions.now_s += 1.1
    assert probe.answer() == "yes"


def test_while_a_question_hangs_there_is_no_other_and_nobody_waits() -> None:
    questions = Questions()
    probe = Probe(lambda: "yes", "no", wait_s=SHORT_S, monotonic=questions.monotonic, spawn=questions.waiting.append)

    assert probe.answer() == "no"
    questions.now_s += 3600
    assert [probe.answer() for _ in range(50)] == ["no"] * 50
    assert len(questions.waiting) == 1


def test_a_question_that_comes_back_late_is_an_answer_and_the_next_one_may_be_asked() -> None:
    questions = Questions()
    probe = Probe(lambda: "yes", "no", wait_s=SHORT_S, monotonic=questions.monotonic, spawn=questions.waiting.append)
    probe.answer()

    questions.run()

    assert probe.answer() == "yes"
    questions.now_s += 1.1
    probe.answer()
    assert len(questions.waiting) == 1


def test_a_machine_without_another_thread_is_silent() -> None:
    def none_left(_work: Callable[[], None]) -> None:
        raise RuntimeError("can't start new thread")

    assert Probe(lambda: "yes", "no", spawn=none_left).answer() == "no"


def test_after_fork_a_process_asks_for_itself() -> None:
    """The thread of the parent's question does not exist in the child, and would never finish it."""
    release = threading.Event()
    child = [False]

    def ask() -> str:
        if not child[0]:
            release.wait(PATIENT_S)
        return "yes"

    probe = Probe(ask, "no", wait_s=SHORT_S)
    assert probe.answer() == "no"
    probe._pid = -1  # what a fork changes, without forking a process that has threads
    probe._wait_s = PATIENT_S
    child[0] = True

    assert probe.answer() == "yes"
    release.set()


def test_a_database_that_works_takes_commits(settings: Settings, app: Flask) -> None:
    assert database_probe(settings.sqlalchemy_url, wait_s=PATIENT_S).answer() is DatabaseState.WRITABLE


def test_an_sqlite_file_is_read_while_another_process_writes(sqlite_file: Path) -> None:
    with closing(sqlite3.connect(sqlite_file, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("UPDATE ledger SET ledger_id = 'new'")

        assert _ask(f"sqlite:///{sqlite_file}") is DatabaseState.WRITABLE


def test_an_sqlite_file_that_nobody_has_open_is_left_as_it_was(sqlite_file: Path) -> None:
    before = sqlite_file.read_bytes()

    assert _ask(f"sqlite:///{sqlite_file}") is DatabaseState.WRITABLE
    assert sqlite_file.read_bytes() == before


def test_an_sqlite_file_that_is_gone_or_damaged_is_silent_and_is_not_made_anew(sqlite_file: Path) -> None:
    gone = sqlite_file.with_name("gone.sqlite3")
    damaged = sqlite_file.with_name("damaged.sqlite3")
    damaged.write_bytes(b"\xff" * 4096)

    assert _ask(f"sqlite:///{gone}") is DatabaseState.SILENT
    assert _ask(f"sqlite:///{damaged}") is DatabaseState.SILENT
    assert not gone.exists()


def test_a_database_without_its_tables_takes_no_commits(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "empty.sqlite3")) as connection:
        connection.execute("CREATE TABLE other (x)")

    assert _ask(f"sqlite:///{tmp_path / 'empty.sqlite3'}") is DatabaseState.SILENT


def test_a_port_where_nobody_listens_is_silent() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]

    assert _ask(f"postgresql+psycopg://nobody@127.0.0.1:{port}/nothing") is DatabaseState.SILENT


def test_a_server_that_takes_the_call_and_says_nothing_is_silent_within_the_wait() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        url = f"postgresql+psycopg://nobody@127.0.0.1:{mute.getsockname()[1]}/nothing?sslmode=disable"

        assert database_probe(url, wait_s=SHORT_S).answer() is DatabaseState.SILENT


def test_a_standby_answers_and_takes_no_commits(postgres_database: str) -> None:
    with psycopg.connect(postgres_database, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')

    assert _ask(_for_sqlalchemy(postgres_database)) is DatabaseState.READ_ONLY


def test_a_database_that_freezes_in_mid_answer_is_given_up(postgres_database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's statement timeout would be of no use: the server is stopped. The wait is ours."""
    monkeypatch.setattr("seattime.storage.probe.QUERY_S", SHORT_S)
    frozen: list[int] = []
    real = psycopg.connect

    def connect_and_freeze(*args: object, **options: object) -> psycopg.Connection[tuple[object, ...]]:
        connection = real(*args, **options)  # type: ignore[arg-type]
        frozen.append(connection.info.backend_pid)
        os.kill(connection.info.backend_pid, signal.SIGSTOP)
        return connection

    monkeypatch.setattr("seattime.storage.probe.psycopg.connect", connect_and_freeze)
    probe = database_probe(_for_sqlalchemy(postgres_database), wait_s=PATIENT_S)
    with thawed(frozen):
        assert probe.answer() is DatabaseState.SILENT
        assert probe._under_way is None  # not merely waited for no longer: the next question may be asked
    assert len(frozen) == 1


@contextmanager
def thawed(frozen: list[int]) -> Iterator[None]:
    try:
        yield
    finally:
        for pid in frozen:
            os.kill(pid, signal.SIGCONT)


def _ask(url: str) -> DatabaseState:
    """The answer itself, however busy the machine is."""
    return database_probe(url, wait_s=PATIENT_S).answer()


def _for_sqlalchemy(uri: str) -> str:
    return Settings(database_url=uri).sqlalchemy_url
