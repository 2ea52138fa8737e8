"""The command `seattime recover`: what it says, how it ends, and the database that it must not touch."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seattime.cli import main
from seattime.domain.records import SessionRecord, TimeRegister
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import spooled
from seattime.domain.standards import Standard
from seattime.services import recovery
from seattime.services.recovery import Drained
from seattime.storage.placing import Origin
from seattime.storage.spool import FILE_NAME, SpoolBackend


@pytest.fixture
def run(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Result]:
    shutil.copy(sqlite_template, tmp_path / "seattime.sqlite3")
    monkeypatch.setenv("SEATTIME_SPOOL_ANY_FOLDER", "1")
    return lambda: CliRunner().invoke(main, ["recover", "--data-dir", str(tmp_path)])


def spool_one(folder: Path) -> SpoolBackend:
    spool = SpoolBackend(folder / "spool", lambda: 1, 10**6, 10**6)
    record = SessionRecord(
        "6a0c0000-0000-4000-8000-000000000001", "item_1", "", False, Standard.SCORM12, "normal", None,
        TimeRegister(1, 0, 1, 1_000, 1_000, 1_000), None,
    )  # fmt: skip
    what = spooled(asdict(Origin("a" * 32, 1, 1, 1_000, 1)), record)
    spool.set(key_of(what), what)
    return spool


def test_an_empty_spool_ends_with_0(run: Callable[[], Result]) -> None:
    done = run()

    assert (done.exit_code, done.stdout) == (0, "0 records went into the ledger, 0 were set aside, 0 wait.\n")


def test_what_an_operator_has_to_look_at_is_told(run: Callable[[], Result], tmp_path: Path) -> None:
    spool_one(tmp_path).close()

    done = run()

    assert done.exit_code == 0
    assert "0 records went into the ledger, 1 were set aside, 0 wait." in done.output
    assert "1 records are set aside for an operator" in done.output


def test_what_waits_still_ends_with_1(run: Callable[[], Result], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    def drain(*, probing: bool = True) -> Drained:
        asked.append(probing)
        return Drained(drained=2, left=3)

    monkeypatch.setattr(recovery, "drain", drain)
    done = run()

    assert done.exit_code == 1
    assert "2 records went into the ledger, 0 were set aside, 3 wait." in done.output
    assert asked == [False], "an operator is not asked to wait for a pause"


def test_a_server_that_recovers_at_this_moment_is_told(run: Callable[[], Result], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "drain", lambda *, probing: Drained(left=3, busy=True))
    done = run()

    assert (done.exit_code, "A running server is recovering at this moment; 3 records wait." in done.output) == (1, True)


def test_a_broken_spool_is_told_in_a_sentence(run: Callable[[], Result], tmp_path: Path) -> None:
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool" / FILE_NAME).write_bytes(b"no database" * 1_000)
    done = run()

    assert done.exit_code == 1
    assert "Error: The spool cannot be used" in done.output
    assert "Traceback" not in done.output


def test_a_database_that_is_away_is_told_in_a_sentence(run: Callable[[], Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = spool_one(tmp_path)
    # port 1 belongs to a service of the 1980s
    monkeypatch.setenv("SEATTIME_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/nothing")
    done = run()

    assert done.exit_code == 1
    assert "Error: The database does not answer" in done.output
    assert spool.count() == 1
    spool.close()


def test_a_spool_of_the_data_folders_own_postgresql_goes_into_no_other_database(run: Callable[[], Result], tmp_path: Path) -> None:
    """Another database knows none of its registrations: everything would be set aside."""
    spool = spool_one(tmp_path)
    (tmp_path / "postgres").mkdir()
    done = run()

    assert done.exit_code == 1
    assert "add --postgres" in done.output
    assert (spool.count(), spool.set_aside_count()) == (1, 0)
    spool.close()
