"""The command `seattime verify`: what it prints, how it ends, and that a SIGTERM lets it tidy up."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from seattime.cli import main
from seattime.services import verify
from seattime.services.verify_report import Report
from seattime.storage.models import Registration

Handlers = dict[int, Callable[[int, Any], None]]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Handlers:
    """What the command would do on a signal; nothing is changed for this process."""
    found: Handlers = {}
    monkeypatch.setattr(signal, "signal", found.__setitem__)
    return found


@pytest.fixture
def run(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch, handlers: Handlers) -> Callable[..., Result]:
    """The command on an installation with a database, for one kind of content."""
    shutil.copy(sqlite_template, tmp_path / "seattime.sqlite3")
    monkeypatch.setenv("SEATTIME_SPOOL_ANY_FOLDER", "1")
    monkeypatch.setattr(verify, "SUBJECTS", verify.SUBJECTS[1:2])
    return lambda *options: CliRunner().invoke(main, ["verify", "--data-dir", str(tmp_path), *options])


def test_it_prints_a_table_and_ends_with_0(run: Callable[..., Result]) -> None:
    done = run()

    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[2].split() == [
        "kind", "formats", "saved", "read", "back", "counted", "retry", "fallback", "recovery", "ms",
    ]  # fmt: skip
    assert "SCORM 1.2" in done.output
    assert "Time tracking works for every kind of content" in done.output
    assert "one was made just now" in done.output


def test_it_prints_json_for_scripts(run: Callable[..., Result]) -> None:
    data = json.loads(run("--json").output)

    assert data["ok"] is True
    assert [each["kind"] for each in data["kinds"]] == ["SCORM 1.2"]
    assert data["kinds"][0]["counted_ms"] == data["kinds"][0]["expected_ms"] == 91_750


def test_it_ends_with_1_where_anything_failed(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("somebody's file")
    done = run()

    assert done.exit_code == 1
    assert "SCORM 1.2, fallback: The server cannot store this now" in " ".join(done.output.split())


def test_it_ends_with_1_where_there_is_no_database(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "seattime.sqlite3").unlink()
    done = run()

    assert done.exit_code == 1
    assert "There is no database yet" in done.output
    assert not (tmp_path / "seattime.sqlite3").exists(), "looking makes no database"


def test_a_server_with_a_postgresql_of_its_own_is_checked_on_that_one(run: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    done = run()

    assert done.exit_code == 1
    assert "add --postgres" in done.output


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_as_ctrl_c_does(
    run: Callable[..., Result], tmp_path: Path, handlers: Handlers, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    clean = verify._clean
    left: list[int] = []

    def report(self: Any) -> Report:
        self._save()
        handlers[number](number, None)
        raise AssertionError("the signal ends it")

    def clean_and_look(run: str, on: Any) -> Any:
        cleaned = clean(run, on)
        left.append(verify.db.session.query(Registration).count())
        return cleaned

    monkeypatch.setattr(verify._Check, "report", report)
    monkeypatch.setattr(verify, "_clean", clean_and_look)
    done = run()

    assert done.exit_code == 128 + number
    assert left == [0]
    assert list((tmp_path / "spool").glob("verify-*")) == []
