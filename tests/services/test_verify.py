"""The self-test of an installation: green where all is well, red in each step, and gone without a trace."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, current_app
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import OperationalError

from seattime.app import create_app
from seattime.config import Settings
from seattime.domain.durations import Duration, DurationForm
from seattime.domain.policy import STANDARD, Basis
from seattime.domain.retry import RetryPolicy
from seattime.domain.spool_records import key_of
from seattime.domain.verification import SUBJECTS
from seattime.errors import Conflict
from seattime.services import commits, counted_time, courses, export, launch_statements, policies, recovery, registrations, reports, verify
from seattime.services.committing import Committed, Item
from seattime.services.parts import EXTENSION, parts
from seattime.services.recovery import Drained
from seattime.services.verify_bench import ToldCommitter, bench, is_away
from seattime.services.verify_report import WIDTH, KindReport, Report, Step, Verdict, to_json, to_text
from seattime.storage import verification_rows
from seattime.storage.ledger import Outcome
from seattime.storage.models import Base, CourseVersion, PolicyRow, Registration, SessionRow, StatePiece, db
from seattime.storage.spool import SpoolBackend
from tests import builders
from tests.conftest import UNHURRIED, SetClock
from tests.redis_server import RedisServer
from tests.services.waiting import SESSION, waiting_record


def check() -> Report:
    """The whole of it, for one kind after the other; names are looked up nowhere."""
    return verify.verify(resolves=lambda _host: True)


def only(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    monkeypatch.setattr(verify, "SUBJECTS", tuple(each for each in SUBJECTS if each.name in names))


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two kinds are enough where something goes wrong: one that speaks SCORM, one that speaks xAPI."""
    only(monkeypatch, "scorm12", "xapi")


@pytest.fixture
def one(monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "scorm12")


def rows() -> dict[str, list[Any]]:
    """Everything that is in the database."""
    found = {table.name: sorted(map(repr, db.session.execute(select(table)))) for table in Base.metadata.sorted_tables}
    db.session.rollback()
    return found


def files(settings: Settings) -> set[str]:
    """What lies in the data folder; SQLite's own side files come and go."""
    return {str(path) for path in settings.data_dir.rglob("*") if not path.name.endswith(("-wal", "-shm"))}


def of(report: Report, kind: str) -> KindReport:
    return next(each for each in report.kinds if each.kind == kind)


def failed(report: Report) -> dict[str, list[str]]:
    """The failed steps of each kind that has any."""
    return {each.kind: [problem.step.value for problem in each.problems] for each in report.kinds if each.problems}


def line(report: Report, name: str) -> Verdict:
    return next(each.verdict for each in report.lines if each.name == name)


def told(report: Report) -> str:
    """The sentences, on one line."""
    return " ".join(to_text(report).split())


def break_committer(app: Flask, answers: Callable[[Sequence[Item]], Committed]) -> None:
    class Broken(ToldCommitter):
        def submit(self, items: Sequence[Item], wait_s: float) -> Committed:
            return answers(items)

    app.extensions[EXTENSION] = replace(parts(), committer=Broken(parts().committer, [], away=False))


@pytest.fixture
def somebody(app: Flask, clock: SetClock) -> Registration:
    """A learner of the installation, with ten seconds in the database and a later record in the spool."""
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    commits.record_commit(builders.message(claims, builders.record(SESSION, time=builders.time_register(order=claims.order_number))))
    waiting = waiting_record(claims)
    parts().spool.set(key_of(waiting), waiting)
    commits.note_failure()
    db.session.rollback()
    return registration


def test_every_kind_is_right_on_an_installation_that_works(app: Flask) -> None:
    report = check()

    assert failed(report) == {}
    assert report.ok, to_text(report)
    assert {each.kind: each.counted_ms for each in report.kinds} == {
        "SCORM 1.1": 91_750,
        "SCORM 1.2": 91_750,
        "SCORM 2004 2nd Edition": 91_750,
        "SCORM 2004 3rd Edition": 91_750,
        "SCORM 2004 4th Edition": 91_750,
        "xAPI (Tin Can)": 92_000,
        "cmi5": 92_000,
        # silent from 1:20 on, open until 1:33
        "Storyline, Rise": 93_000,
        # claims 3:06.68, was open for 1:32
        "Captivate": 92_000,
        "Lectora": 91_000,
        "HTML5": 92_000,
        "SCORM + xAPI": 91_750,
        "hand-written, legacy": 91_750,
    }
    assert {each.cell(Step.RETRY) for each in report.kinds} == {"2 tries"}
    assert {each.cell(Step.FALLBACK) for each in report.kinds} == {"spooled"}
    assert {each.cell(Step.RECOVERY) for each in report.kinds} == {"once"}
    assert {each.cell(Step.SAVE) for each in report.kinds if "xAPI" in each.kind or each.kind == "cmi5"} == {"stored +2"}
    assert of(report, "hand-written, legacy").cell(Step.PARSE) == "11 of 11"
    assert of(report, "HTML5").cell(Step.PARSE) == "none"


def test_nothing_is_left_and_nothing_of_others_is_touched(
    app: Flask, settings: Settings, somebody: Registration, few: None, caplog: pytest.LogCaptureFixture
) -> None:
    before, on_disk, own_parts = rows(), files(settings), parts()
    waiting, failures = parts().spool.waiting(10), commits.save_failures()
    assert (len(waiting), failures) == (1, 1)

    report = check()

    assert report.ok, to_text(report)
    assert line(report, "spool") is Verdict.WARNING, "what waits there is told, and left alone"
    assert rows() == before
    assert files(settings) == on_disk
    assert parts().spool.waiting(10) == waiting
    assert commits.save_failures() == failures, "a running server's health counts no fault that was made on purpose"
    assert parts() is own_parts
    assert parts().breaker.state == "closed"
    assert [each.message for each in caplog.records if each.name.startswith("seattime")] == []


def test_nobody_sees_the_check_while_it_runs(app: Flask, somebody: Registration, few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    drain = recovery.drain

    def look_and_drain(*, probing: bool = True) -> Drained:
        seen.append(
            repr(
                (
                    [each.course_id for each in courses.list_courses(courses.CourseQuery()).items],
                    [each.registration_id for each in registrations.list_registrations(registrations.RegistrationQuery()).items],
                    reports.registration_lines(reports.Filter(test_runs=True)),
                    reports.learner_lines(),
                    [export.export_report(name, "json") for name in export.REPORTS],
                )
            )
        )
        db.session.rollback()
        return drain(probing=probing)

    monkeypatch.setattr(recovery, "drain", look_and_drain)
    report = check()

    assert report.ok, to_text(report)
    assert len(seen) == 2
    assert all("fire" in each and "verify" not in each.lower() and "self-test" not in each.lower() for each in seen)


@pytest.mark.parametrize("basis", list(Basis))
def test_it_goes_by_the_standard_policy_as_it_stands(app: Flask, monkeypatch: pytest.MonkeyPatch, basis: Basis) -> None:
    only(monkeypatch, "storyline-rise", "captivate", "html5")
    rules = {"basis": basis.value, "idle_limit_ms": 1_000, "hidden_counts": False}
    policies.save(policies.propose(STANDARD.name, rules), author="Eva")
    kept = db.session.scalar(select(func.count()).select_from(PolicyRow))

    report = check()

    assert report.ok, to_text(report)
    rise = {Basis.AUTO: 93_000, Basis.REPORTED: 80_000, Basis.MEASURED: 93_000}
    assert of(report, "Storyline, Rise").counted_ms == rise[basis]
    assert db.session.scalar(select(func.count()).select_from(PolicyRow)) == kept


def test_a_parser_that_reads_zero_is_told(app: Flask, few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def zero(raw: str, _standard: object) -> Duration:
        return Duration(0, raw, DurationForm.SECONDS, lenient=False, note=None)

    monkeypatch.setattr(verify, "parse_duration", zero)
    report = check()

    assert not report.ok
    assert failed(report) == {"SCORM 1.2": ["formats"], "xAPI (Tin Can)": ["formats"]}
    assert "'0000:00:10.18' was read as 0 ms, not 10180 ms" in told(report)
    assert "Install SeatTime anew" in told(report)
    assert of(report, "SCORM 1.2").cell(Step.RECOVERY) == "once", "nothing else rests on it"


def test_a_parser_that_takes_nonsense_for_zero_is_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    parse = verify.parse_duration

    def lenient(raw: str, standard: Any) -> Duration:
        return Duration(0, raw, DurationForm.SECONDS, lenient=True, note=None) if raw in ("", "undefined") else parse(raw, standard)

    monkeypatch.setattr(verify, "parse_duration", lenient)
    only(monkeypatch, "legacy", "html5")

    assert failed(check()) == {"hand-written, legacy": ["formats"]}


def test_a_database_that_refuses_is_told(app: Flask, settings: Settings, one: None) -> None:
    before, on_disk = rows(), files(settings)
    refusal = OperationalError("INSERT", None, psycopg.errors.DiskFull("could not extend file"))
    break_committer(app, lambda items: Committed([refusal] * len(items), None, None))

    report = check()

    assert not report.ok
    assert failed(report) == {"SCORM 1.2": ["saved"]}
    assert "The server answered spooled and spooled, not stored." in told(report)
    assert "could not extend file (disk_full: the database has no room" in told(report)
    assert of(report, "SCORM 1.2").cell(Step.RETRY) == "-", "what rests on it was not reached"
    assert rows() == before
    assert files(settings) - on_disk == {str(settings.spool_folder), str(settings.spool_folder / "spool.sqlite3")}


def test_a_database_that_says_stored_and_stores_nothing_is_told(app: Flask, one: None) -> None:
    def lie(items: Sequence[Item]) -> Committed:
        return Committed(
            [
                Outcome(item.record.session, "0" * 32, "stored", 1, "stored" if item.record.state else None, 1, False, 1, True, 0)
                for item in items
            ],
            "0" * 32,
            parts().clock.now_ms(),
        )

    break_committer(app, lie)
    report = check()

    assert failed(report) == {"SCORM 1.2": ["read back"]}
    assert "One session was delivered, and 0 are in the database." in told(report)


def test_counted_time_that_is_wrong_is_told(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    totals = counted_time.registration_totals
    monkeypatch.setattr(
        counted_time, "registration_totals", lambda of: replace(totals(of), credited_ms=totals(of).credited_ms - 1_000)
    )
    report = check()

    assert failed(report) == {"SCORM 1.2": ["counted"]}
    assert "0:00:58.800 count instead of 0:00:59.800: 0:00:01.000 are lost." in told(report)


def test_statements_that_are_lost_are_told(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    only(monkeypatch, "xapi")
    read = launch_statements.read
    monkeypatch.setattr(
        launch_statements, "read", lambda whose, body, version: read(whose, json.dumps(json.loads(body)[:1]).encode(), version)
    )

    report = check()

    assert failed(report) == {"xAPI (Tin Can)": ["read back"]}
    assert "2 statements were sent; what was read back are 1" in told(report)


def test_a_save_that_is_not_tried_again_is_told(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RetryPolicy, "wait_ms", lambda *_: None)

    report = check()

    assert failed(report) == {"SCORM 1.2": ["retry"]}
    assert "The server answered spooled and spooled, not stored." in told(report)


def test_one_try_is_enough_for_a_server_and_not_for_the_check(app: Flask, one: None) -> None:
    app.extensions[EXTENSION] = replace(parts(), settings=replace(parts().settings, commit_tries=1))

    report = check()

    assert report.ok, to_text(report)
    assert line(report, "waits") is Verdict.WARNING


def test_a_spool_that_is_broken_is_told(app: Flask, settings: Settings, one: None) -> None:
    before = rows()
    settings.spool_folder.write_text("somebody's file")

    report = check()

    assert not report.ok
    assert (line(report, "spool folder"), line(report, "spool")) == (Verdict.FAILED, Verdict.FAILED)
    assert failed(report) == {"SCORM 1.2": ["fallback"]}
    assert "The server cannot store this now" in told(report)
    assert of(report, "SCORM 1.2").cell(Step.RETRY) == "2 tries", "what needs no spool was checked"
    assert of(report, "SCORM 1.2").cell(Step.COUNT) == "00:59.800"
    assert rows() == before
    assert settings.spool_folder.read_text() == "somebody's file"


def test_a_spool_that_acknowledges_and_keeps_nothing_is_told(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SpoolBackend, "set", lambda *_args, **_more: True)

    report = check()

    assert failed(report) == {"SCORM 1.2": ["fallback"]}
    assert "acknowledged as spooled, and 0 records are on the disk" in told(report)


def test_an_outage_that_is_answered_stored_is_told(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A false acknowledgement is the worst of all: the browser would forget."""
    result = commits._kept_result

    def lie(*of: Any) -> dict[str, Any]:
        said = result(*of)
        return {name: {**value, "status": "stored"} if isinstance(value, dict) else value for name, value in said.items()}

    monkeypatch.setattr(commits, "_kept_result", lie)

    assert failed(check()) == {"SCORM 1.2": ["fallback"]}


def test_a_recovery_that_doubles_is_told(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    drain = recovery.drain

    def twice(*, probing: bool = True) -> Drained:
        done = drain(probing=probing)
        for row in db.session.scalars(select(SessionRow)).all():
            columns = {column.key: getattr(row, column.key) for column in SessionRow.__table__.columns}
            # the same time once more, as another session later in the day of the launch
            db.session.add(SessionRow(**{**columns, "session_id": SESSION, "opened_ms": row.opened_ms + row.measured_ms}))
        db.session.execute(text("UPDATE learners SET facts_version = facts_version + 1"))
        db.session.commit()
        return done

    monkeypatch.setattr(recovery, "drain", twice)
    before = rows()
    report = check()

    assert failed(report) == {"SCORM 1.2": ["recovery"]}
    assert "0:03:03.500 count instead of 0:01:31.750: 0:01:31.750 too much." in told(report)
    assert rows() == before


def test_a_recovery_that_loses_is_told(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*, probing: bool = True) -> Drained:
        return Drained(drained=sum(parts().spool.drained(one) for one in parts().spool.waiting(10)))

    monkeypatch.setattr(recovery, "drain", lose)
    report = check()

    assert failed(report) == {"SCORM 1.2": ["recovery"]}
    assert "are lost." in told(report)


def test_a_recovery_that_drains_nothing_is_told(app: Flask, few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "drain", lambda **_: Drained(left=1))

    report = check()

    assert failed(report) == {"SCORM 1.2": ["recovery"], "xAPI (Tin Can)": ["recovery"]}
    assert "Of one spooled record 0 went into the database, 0 were set aside, 1 wait." in told(report)


def test_a_slow_database_is_told_and_is_no_lost_save(app: Flask, one: None) -> None:
    assert check().ok
    app.extensions[EXTENSION] = replace(parts(), settings=replace(parts().settings, commit_try_ms=0))
    report = check()

    assert report.ok, to_text(report)
    assert line(report, "speed") is Verdict.WARNING
    assert "a server waits for 0 ms and then takes the spool" in told(report)


def test_a_fault_of_the_check_itself_is_a_line_and_no_stack(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "drain", lambda **_: None)
    before = rows()

    report = check()

    assert failed(report) == {"SCORM 1.2": ["recovery"]}
    assert "AttributeError" in told(report)
    assert rows() == before


@pytest.mark.parametrize("signal", [KeyboardInterrupt, SystemExit])
def test_an_interrupted_check_leaves_nothing(
    app: Flask, settings: Settings, somebody: Registration, one: None, monkeypatch: pytest.MonkeyPatch, signal: type[BaseException]
) -> None:
    def interrupt(**_: object) -> None:
        raise signal

    before, on_disk, own_parts = rows(), files(settings), parts()
    monkeypatch.setattr(recovery, "drain", interrupt)
    with pytest.raises(signal):
        check()

    assert rows() == before
    assert files(settings) == on_disk
    assert parts() is own_parts


def kill_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that dies with a record in its spool, as by SIGKILL: nothing tidies up."""

    def die(**_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as dying:
        dying.setattr(recovery, "drain", die)
        dying.setattr(verify, "_clean", lambda *_: None)
        dying.setattr("seattime.services.verify_bench._empty", lambda _folder: None)
        with pytest.raises(KeyboardInterrupt):
            check()
    db.session.rollback()


def test_what_a_killed_run_left_the_next_one_removes(
    app: Flask, settings: Settings, somebody: Registration, one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, on_disk = rows(), files(settings)
    kill_in_the_middle(monkeypatch)
    assert rows() != before
    assert any("verify-" in path for path in files(settings) - on_disk)

    report = check()

    assert report.ok, to_text(report)
    assert rows() == before
    assert files(settings) == on_disk


def test_what_another_host_left_is_removed_after_an_hour(
    app: Flask, settings: Settings, clock: SetClock, one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows()
    kill_in_the_middle(monkeypatch)
    # its folder lies on that host's disk, not on this one's
    for folder in settings.spool_folder.glob("verify-*"):
        shutil.rmtree(folder)
    left = rows()

    clock.advance(3_599_000)
    assert check().ok
    assert rows() == left, "it may still be running there"

    clock.advance(2_000)
    assert check().ok
    assert rows() == before


def test_rows_that_cannot_be_removed_are_told_and_removed_by_the_next_run(
    app: Flask, settings: Settings, one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows()
    with monkeypatch.context() as broken:

        def refuse(*_: object) -> None:
            raise is_away()

        broken.setattr(verification_rows, "remove", refuse)
        report = check()

    assert not report.ok
    assert line(report, "cleaning up") is Verdict.FAILED
    assert failed(report) == {}
    assert [list(folder.iterdir()) for folder in settings.spool_folder.glob("verify-*")] == [[]], "a bare folder remembers"
    assert check().ok
    assert rows() == before
    assert list(settings.spool_folder.glob("verify-*")) == []


def test_only_rows_with_the_mark_of_the_run_are_removed(app: Flask) -> None:
    run, other = "1" * 32, "2" * 32
    for each in (run, other):
        now = parts().clock.now_ms()
        made = verification_rows.make(db.session, each, "scorm12", builders.package(), now_ms=now, launched_ms=now)
        db.session.add(StatePiece(registration_key=made.registration_key, session_id=SESSION, seq=1, index=0, count=2, text="{"))
        db.session.commit()
    lookalike = builders.course(f"seattime-verify:{run}:scorm12")
    builders.registration(lookalike, builders.learner("ana"))
    db.session.execute(update(CourseVersion).where(CourseVersion.course_key == lookalike.key).values(content_hash="abc"))
    db.session.commit()
    before = rows()

    verification_rows.remove(db.session, run)
    db.session.commit()

    after = rows()
    gone = {name: set(before[name]) - set(after[name]) for name in before}
    assert {name: len(them) for name, them in gone.items() if them} == {
        "courses": 1, "course_versions": 1, "learners": 1, "registrations": 1, "launches": 1, "state_pieces": 1,
    }  # fmt: skip
    assert verification_rows.runs_there(db.session) == {other: parts().clock.now_ms()}
    assert all("seattime-verify" in row or run in row or name in ("launches", "state_pieces") for name in gone for row in gone[name])


def test_somebody_elses_row_stops_the_removal(app: Flask) -> None:
    """A registration that leans on the check's course is not the check's: nothing is removed then."""
    run, now = "3" * 32, parts().clock.now_ms()
    verification_rows.make(db.session, run, "scorm12", builders.package(), now_ms=now, launched_ms=now)
    db.session.commit()
    version = db.session.scalars(select(CourseVersion)).one()
    builders.registration(version.course, builders.learner("ana"))
    before = rows()

    report = verify._clean(run, _no_bench())

    assert report.verdict is Verdict.FAILED
    assert rows() == before


def _no_bench() -> Any:
    with bench("4" * 32) as on:
        return on


def test_one_run_at_a_time(app: Flask, settings: Settings) -> None:
    with bench("5" * 32), pytest.raises(Conflict, match="Another `seattime verify` is running"):
        check()


def test_a_schema_that_is_behind_is_told_and_nothing_is_written(app: Flask, one: None) -> None:
    db.session.execute(text("CREATE TABLE alembic_version_kept AS SELECT * FROM alembic_version"))
    db.session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    db.session.commit()
    before = rows()

    report = check()

    assert not report.ok
    assert line(report, "schema") is Verdict.FAILED
    assert report.kinds == ()
    assert "Run `seattime upgrade`" in told(report)
    assert rows() == before


def test_a_schema_of_a_newer_version_is_told(app: Flask, one: None) -> None:
    db.session.execute(text("UPDATE alembic_version SET version_num = 'ffff'"))
    db.session.commit()

    report = check()

    assert not report.ok
    assert "upgraded by a newer version of SeatTime (ffff)" in told(report)


def test_a_database_that_is_not_there_is_told_and_not_made(sqlite_app: Flask, tmp_path: Path) -> None:
    missing = tmp_path / "elsewhere.sqlite3"
    settings = replace(parts().settings, database_url=f"sqlite:///{missing}")
    sqlite_app.extensions[EXTENSION] = replace(parts(), settings=settings)

    report = check()

    assert not report.ok
    assert "There is no database yet" in told(report)
    assert not missing.exists()


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    running = RedisServer().start()
    yield running
    running.remove()


@pytest.fixture
def app_with_redis(tmp_path: Path, sqlite_template: Path, clock: SetClock, redis_server: RedisServer) -> Iterator[Flask]:
    """An installation whose spool is a Redis."""
    database = shutil.copy(sqlite_template, tmp_path / "test.sqlite3")
    settings = Settings(data_dir=tmp_path / "data", database_url=f"sqlite:///{database}", spool_cache=redis_server.url).checked()
    application = create_app(settings, clock=clock, wall=clock.seconds, pace=UNHURRIED)
    with application.app_context():
        yield application
        parts().committer.close()
        parts().statement_committer.close()
        parts().spool.close()
        db.session.remove()
        db.engine.dispose()


def test_where_the_spool_is_a_redis_the_check_uses_it_and_leaves_nothing(
    app_with_redis: Flask, redis_server: RedisServer, one: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = waiting_record(builders.launch(builders.registration()))
    parts().spool.set(key_of(waiting), waiting)
    before, seen = redis_server.say("KEYS", "*"), []
    drain = recovery.drain

    def look_and_drain(*, probing: bool = True) -> Drained:
        seen.append(redis_server.say("DBSIZE"))
        return drain(probing=probing)

    with monkeypatch.context() as looking:
        looking.setattr(recovery, "drain", look_and_drain)
        report = check()

    assert report.ok, to_text(report)
    assert seen[0] > len(before), "the record that was spooled on purpose lay there"
    assert sorted(redis_server.say("KEYS", "*")) == sorted(before)
    assert [each.key for each in parts().spool.waiting(10)] == [key_of(waiting)]

    kill_in_the_middle(monkeypatch)
    assert len(redis_server.say("KEYS", "*")) > len(before)
    assert check().ok
    assert sorted(redis_server.say("KEYS", "*")) == sorted(before)


def test_a_redis_that_may_forget_meanwhile_is_told(app_with_redis: Flask, redis_server: RedisServer, one: None) -> None:
    redis_server.say("CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
    redis_server.say("CONFIG", "SET", "maxmemory", "100mb")

    report = check()

    assert line(report, "spool") is Verdict.FAILED
    assert failed(report) == {"SCORM 1.2": ["fallback"]}
    assert redis_server.say("KEYS", "*verify*") == []


def test_the_text_fits_a_hundred_columns_and_the_json_says_the_same(app: Flask, one: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "drain", lambda **_: Drained(left=1))
    report = check()
    shown = to_text(report)

    assert max(map(len, shown.splitlines())) <= WIDTH
    assert "SCORM 1.2" in shown
    assert "FAILED" in shown
    assert "What to do: " in shown
    data = json.loads(json.dumps(to_json(report)))
    assert data["ok"] is False
    first = data["kinds"][0]
    assert (first["kind"], first["ok"], first["steps"]["recovery"], first["steps"]["retry"]) == ("SCORM 1.2", False, "FAILED", "2 tries")
    assert first["problems"][0]["step"] == "recovery"
    assert {each["name"] for each in data["surroundings"]} >= {"database", "schema", "durability", "clocks", "spool folder", "cleaning up"}
    assert current_app is not None
