"""Statements as files, on both databases: each once, in their order, as they were stored; a file that broke off is gone on with."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask

from seattime.cli import main
from seattime.errors import BadInput, NotFound
from seattime.services import statement_export
from seattime.storage import lrs_listing, lrs_writing
from seattime.storage.lrs_listing import Scope
from seattime.storage.models import Registration, db
from tests import builders
from tests.conftest import SetClock
from tests.said import say, statement

ALL = Scope()


@pytest.fixture
def three(app: Flask, clock: SetClock) -> dict[str, list[str]]:
    """What Ana, Ben and an API key said; a test run, too."""
    ana = builders.registration()
    ben = builders.registration(builders.course("water"), builders.learner("ben"))
    trial = builders.registration(ana.course, builders.learner("admin"))
    trial.test_run = True
    ids = {}
    for name, who in (("ana", ana), ("ben", ben), ("trial", trial), ("key", None)):
        ids[name] = say(who, statement(name="Making tea"), statement("completed", "tea"))
        clock.advance(10)
    ids["ana"] += say(ana, statement("passed"))
    clock.advance(10)
    return ids


def exported(scope: Scope, form: str = "jsonl") -> str:
    return "".join(statement_export.parts_of(scope, form))


def ids_of(text: str) -> list[str]:
    return [json.loads(line)["id"] for line in text.splitlines()]


def registration_of(learner_id: str) -> Registration:
    return db.session.scalars(db.select(Registration).join(Registration.learner).where(builders.Learner.learner_id == learner_id)).one()


def test_all_but_test_runs_in_their_order(three: dict[str, list[str]]) -> None:
    assert ids_of(exported(ALL)) == [*three["ana"][:2], *three["ben"], *three["key"], three["ana"][2]]


def test_of_a_course_and_of_a_registration(three: dict[str, list[str]]) -> None:
    ana, trial = registration_of("ana"), registration_of("admin")

    assert ids_of(exported(statement_export.scope_of(course_id="fire"))) == three["ana"]
    assert ids_of(exported(statement_export.scope_of(registration_id=ana.registration_id))) == three["ana"]
    assert ids_of(exported(Scope(registration_key=trial.key))) == three["trial"]
    with pytest.raises(NotFound):
        statement_export.scope_of(course_id="nothing")
    with pytest.raises(BadInput, match="as jsonl or csv, not as json"):
        statement_export.parts_of(ALL, "json")


def test_a_line_is_the_statement_as_it_was_stored_also_where_it_was_sent_over_several_lines(app: Flask, clock: SetClock) -> None:
    [chosen] = say(None, statement(result={"score": {"raw": 1.0}, "extensions": {"http://a/x": "line\u2028separator"}}))
    raw = lrs_writing.read_raws(db.session, [chosen])[chosen]
    db.session.execute(lrs_listing.LrsStatement.__table__.update().values(raw=raw.replace('"result":', '"result":\r\n')))
    db.session.commit()
    clock.advance(1)

    text = exported(ALL)

    assert text == raw.replace('"result":', '"result":  ') + "\n"


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_however_many_are_read_at_once(three: dict[str, list[str]], at_once: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = exported(ALL)
    monkeypatch.setattr(statement_export, "AT_ONCE", at_once)

    assert exported(ALL) == whole
    assert len(list(statement_export.batches(ALL))) == -(-7 // at_once)


def test_long_ones_come_fewer_at_a_time(app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_export, "AT_ONCE", 4)
    monkeypatch.setattr(statement_export, "MOST_CHARACTERS", 20_000)
    say(None, *(statement(result={"response": "x" * 9_000}) for _ in range(9)))
    clock.advance(1)

    assert [len(rows) for rows in statement_export.batches(ALL)] == [4, 2, 2, 1]


def test_what_may_still_be_joined_by_others_is_left_for_the_next_time(app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that is still writing may commit a statement that stands before those: a file that goes on would not have it."""
    first = say(None, statement())
    clock.advance(10)
    monkeypatch.setattr(lrs_writing, "consistent_through", lambda *_: clock.now - 5)
    clock.advance(10)
    say(None, statement())
    monkeypatch.setattr(lrs_writing, "consistent_through", lambda *_: clock.now - 5)

    assert ids_of(exported(ALL)) == first


@pytest.mark.parametrize("cut", [0, 10, -1, -3, None])
def test_a_file_that_broke_off_is_gone_on_with(three: dict[str, list[str]], tmp_path: Path, clock: SetClock, cut: int | None) -> None:
    target = tmp_path / "statements.jsonl"
    statement_export.write_file(target, ALL, "jsonl", resume=False)
    whole = target.read_bytes()
    target.write_bytes(whole[: len(whole) // 2 + cut] if cut is not None else whole)
    say(None, statement("answered"))
    clock.advance(10)

    statement_export.write_file(target, ALL, "jsonl", resume=True)

    assert target.read_text() == exported(ALL)
    assert target.read_bytes().startswith(whole)


def test_a_file_of_something_else_is_not_gone_on_with(three: dict[str, list[str]], tmp_path: Path) -> None:
    target = tmp_path / "statements.jsonl"
    for content in ('{"id": 5}\n', "[]\n", "Tea\n", '{"id": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"}\n'):
        target.write_text(content)
        with pytest.raises(BadInput, match="no statement of this record store"):
            statement_export.write_file(target, ALL, "jsonl", resume=True)
        assert target.read_text() == content
    with pytest.raises(BadInput, match="Only JSON lines"):
        statement_export.write_file(target, ALL, "csv", resume=True)


def test_sentences_as_csv(three: dict[str, list[str]], clock: SetClock) -> None:
    ana = registration_of("ana")
    say(ana, statement("voided") | {"object": {"objectType": "StatementRef", "id": three["ana"][2]}})
    clock.advance(1)

    rows = list(csv.DictReader(io.StringIO(exported(ALL, "csv"))))

    assert [row["statement_id"] for row in rows] == ids_of(exported(ALL))
    assert rows[1] == {
        "statement_id": three["ana"][1],
        "stored": "2026-11-18T11:06:40.000Z",
        "timestamp": "2026-11-18T11:06:40.000Z",
        "registration_id": ana.registration_id,
        "learner_id": "ana",
        "course_id": "fire",
        "sentence": "Ana Ruiz completed “Making tea”",
        "verb": "http://adlnet.gov/expapi/verbs/completed",
        "activity": "http://example.org/tea",
        "voided": "false",
        "attachments": "0",
    }
    assert [row["learner_id"] for row in rows] == ["ana", "ana", "ben", "ben", "", "", "ana", "ana"]
    assert [row["voided"] for row in rows][-2:] == ["true", "false"]


def test_by_the_command(tmp_path: Path) -> None:
    target = tmp_path / "all.jsonl"

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(main, ["export", "--data-dir", str(tmp_path / "data"), *arguments])

    made = run("--report", "statements", "--format", "jsonl", "--output", str(target), "--resume")
    table = run("--report", "statements")
    wrong = run("--report", "statements", "--format", "json")
    elsewhere = run("--report", "courses", "--course", "fire")
    nowhere = run("--report", "statements", "--resume")

    assert (made.exit_code, target.read_text()) == (0, "")
    assert table.stdout_bytes == (",".join(statement_export.COLUMNS) + "\r\n").encode()
    assert "Statements can be had as jsonl or csv, not as json." in wrong.output
    assert "go with --report statements only" in elsewhere.output
    assert "--resume needs the --output" in nowhere.output
