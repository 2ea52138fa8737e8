"""Groups of commits on real databases: what they store, whom they wait for, and what happens when something goes wrong."""

from __future__ import annotations

import json
import os
import signal
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Connection, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from seattime.domain.records import parse_record
from seattime.services.claims import DeliveryClaims
from seattime.services.committing import Committer, CommitTimeout, Item
from seattime.services.parts import parts
from seattime.storage import database, ledger_group
from seattime.storage.ledger import Outcome
from seattime.storage.ledger_connection import LedgerConnection
from seattime.storage.ledger_group import SKIPPED
from seattime.storage.models import Attempt, Launch, Learner, Registration, SessionRow, StatePiece, db
from seattime.storage.placing import Origin
from tests import builders
from tests.conftest import SetClock

SOON = 60.0


def origin(claims: DeliveryClaims) -> Origin:
    return Origin(claims.registration_key, claims.launch_number, claims.order_number, claims.launched_ms, claims.instance)


def item(claims: DeliveryClaims, session: str, **registers: Any) -> Item:
    return Item(origin(claims), parse_record(builders.record(session, **registers)))


def submit(*items: Item, wait_s: float = SOON) -> list[Outcome | Exception]:
    db.session.rollback()
    return parts().committer.submit(items, wait_s).answers


def stored(*items: Item) -> None:
    answers = submit(*items)
    assert [type(answer) for answer in answers] == [Outcome] * len(items), answers


def known(count: int) -> list[tuple[DeliveryClaims, str]]:
    """Sessions that the database knows, each of a learner and a registration of its own."""
    course = builders.course()
    made = []
    for number in range(count):
        registration = builders.registration(course, builders.learner(f"learner-{number}"))
        made.append((builders.launch(registration), str(uuid.uuid4())))
    stored(*(item(claims, session, time=builders.time_register(seq=1)) for claims, session in made))
    return made


def row(session: str) -> SessionRow:
    """As it is stored; no transaction stays open."""
    db.session.rollback()
    found = db.session.execute(select(SessionRow).where(SessionRow.session_id == session)).scalar_one()
    db.session.expunge(found)
    db.session.rollback()
    return found


def facts_version(claims: DeliveryClaims) -> int:
    learner = select(Registration.learner_key).where(Registration.key == claims.registration_key).scalar_subquery()
    db.session.rollback()
    version = db.session.execute(select(Learner.facts_version).where(Learner.key == learner)).scalar_one()
    db.session.rollback()
    return version


on_postgres = pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
"""For what SQLite does not have: there, one writes at a time."""


@pytest.fixture
def other(app: Flask) -> Iterator[Connection]:
    """A second client of the database, with a transaction of its own."""
    with db.engine.connect() as connection:
        yield connection
        connection.rollback()


@pytest.fixture
def store(app: Flask) -> Iterator[LedgerConnection]:
    opened = LedgerConnection(database.own_engine(parts().settings), parts().clock)
    yield opened
    opened.close()


def waits_for_a_lock(connection: Connection) -> None:
    """Returns once somebody waits."""
    while not connection.execute(text("SELECT count(*) FROM pg_locks WHERE NOT granted")).scalar_one():
        pass


def test_a_group_of_two_hundred_is_one_transaction(app: Flask, store: LedgerConnection, clock: SetClock) -> None:
    ((claims, first),) = known(1)
    columns = {column.key: getattr(row(first), column.key) for column in SessionRow.__table__.columns}
    sessions = [first, *(str(uuid.uuid4()) for _ in range(199))]
    db.session.execute(insert(SessionRow), [columns | {"session_id": session} for session in sessions[1:]])
    db.session.commit()
    clock.advance(30_000)
    items = [item(claims, session, time=builders.time_register(seq=2, measured=20_000)) for session in sessions]

    result = store.record_group(items)

    assert all(isinstance(answer, Outcome) and answer.time_status == "stored" for answer in result.answers)
    assert result.now_ms == clock.now
    count = select(func.count()).where(SessionRow.time_seq == 2, SessionRow.measured_ms == 20_000, SessionRow.delivered_ms == clock.now)
    assert db.session.execute(count).scalar_one() == 200


HISTORY: list[tuple[int, dict[str, Any]]] = [
    (1_000, {"time": {"seq": 2, "base": 1, "measured": 12_000, "open": 12_000, "spans": [[0, 12_000, 1, 0]]}}),
    (1_000, {"time": {"seq": 2, "base": 1, "measured": 12_000, "open": 12_000, "spans": [[0, 12_000, 1, 0]]}}),
    (0, {"time": {"seq": 1, "measured": 5}}),
    (5_000, {"time": {"seq": 9, "base": 8, "order": 77, "spans_from": 3, "spans": [[0, 5, 1, 0]], "status": {"raw": "80\u00e9"}}}),
    (-60_000, {"time": {"seq": 10, "base": 9, "words": [[9_000, 9_500, "PT9\u00b5S", 0], [None, 3, "?", 1]], "exit": "suspend"}}),
    (90_000, {"state": {"seq": 3, "base": 2, "order": 99, "set": {"cmi.suspend_data": "\ud83d \u0000 x", "b": "1"}}}),
    (0, {"state": {"seq": 4, "base": 3, "set": {"a": "\u2603", "b": "2"}, "findings": [["lenient-time", "e", "5S"]]}}),
    (0, {"state": {"seq": 4, "base": 3, "set": {"b": "3"}}, "time": {"seq": 11, "base": 0, "ended": "terminated", "terminated": True}}),
]  # fmt: skip
"""Milliseconds that pass before it, and what is said: in order, twice, too late, with lost rows, with the clock set back, odd text."""


def test_a_group_does_what_one_alone_does(app: Flask, store: LedgerConnection, clock: SetClock) -> None:
    grouped, alone = known(2)
    for number, (passed, registers) in enumerate(HISTORY):
        clock.advance(passed)
        made = {
            name: {"time": builders.time_register, "state": builders.state_register}[name](**({"seq": 1} | changes))
            for name, changes in registers.items()
        }
        db.session.rollback()
        (in_group,) = store.record_group([item(*grouped, **made)]).answers
        (by_itself,) = store.record_alone(item(*alone, **made)).answers
        assert isinstance(in_group, Outcome)
        assert isinstance(by_itself, Outcome)
        differing = {"session", "attempt_key"}
        assert {name: getattr(in_group, name) for name in in_group.__dataclass_fields__ if name not in differing} == {
            name: getattr(by_itself, name) for name in by_itself.__dataclass_fields__ if name not in differing
        }, number
        own = {"registration_key", "session_id", "learner_key", "attempt_key"}
        first, second = row(grouped[1]), row(alone[1])
        columns = [column.key for column in SessionRow.__table__.columns if column.key not in own]
        assert {name: getattr(first, name) for name in columns} == {name: getattr(second, name) for name in columns}, number
        assert facts_version(grouped[0]) == facts_version(alone[0]), number
    assert row(grouped[1]).clock_stepped
    assert row(grouped[1]).elements["cmi.suspend_data"] == "\ud83d \u0000 x"


def test_elements_keep_their_order_and_every_code_unit(app: Flask, store: LedgerConnection) -> None:
    ((claims, session),) = known(1)
    elements = {"z": "1", "a": "\ud800", "m": json.dumps({"deep": "\\u0000 \\\\"})}
    db.session.rollback()

    store.record_group([item(claims, session, state=builders.state_register(elements=elements))])

    assert list(row(session).elements.items()) == list(elements.items())


def test_a_duplicate_alone_does_not_make_old_figures_look_new(app: Flask, store: LedgerConnection) -> None:
    ((claims, session),) = known(1)
    before = facts_version(claims)

    for _ in range(2):
        store.record_group([item(claims, session, time=builders.time_register(seq=1))])
        store.record_alone(item(claims, session, time=builders.time_register(seq=1)))
    assert facts_version(claims) == before
    store.record_group([item(claims, session, time=builders.time_register(seq=2))])

    assert facts_version(claims) == before + 1


def test_whole_state_ends_the_pieces_that_came_before_it(app: Flask, store: LedgerConnection) -> None:
    ((claims, session),) = known(1)
    piece = {"index": 0, "count": 2, "text": "{"}
    stored(item(claims, session, state=builders.state_register(seq=2, piece=piece)))

    store.record_group([item(claims, session, state=builders.state_register(seq=3, whole=True, elements={"cmi.location": "1"}))])

    assert db.session.execute(select(func.count()).select_from(StatePiece)).scalar_one() == 0


@on_postgres
def test_a_group_too_visits_a_launch_again_that_was_settled(app: Flask, store: LedgerConnection) -> None:
    ((claims, session),) = known(1)
    db.session.execute(update(SessionRow).values(time_seq=0))
    db.session.execute(update(Launch).values(settled=True))
    db.session.commit()

    store.record_group([item(claims, session, time=builders.time_register(seq=1))])

    assert db.session.scalars(select(Launch.settled)).all() == [False]


@on_postgres
def test_in_a_group_only_what_is_known_and_living_is_touched(app: Flask, store: LedgerConnection) -> None:
    (claims, session), (erased, of_erased) = known(2)
    db.session.execute(update(Registration).where(Registration.key == erased.registration_key).values(deleted_ms=1))
    db.session.commit()
    unknown = Item(Origin("0" * 32, 1, 1, 0, 1), item(claims, session).record)
    new = item(claims, str(uuid.uuid4()), time=builders.time_register())

    second = builders.time_register(seq=2)

    answers = store.record_group([item(claims, session, time=second), item(erased, of_erased, time=second), unknown, new]).answers

    assert isinstance(answers[0], Outcome)
    assert answers[1:] == [SKIPPED] * 3
    assert row(of_erased).time_seq == 1


@pytest.mark.parametrize("table", [Attempt, Learner])
@on_postgres
def test_what_somebody_else_has_locked_holds_up_nobody_and_goes_alone(
    app: Flask, other: Connection, store: LedgerConnection, table: Any
) -> None:
    (held, of_held), (free, of_free) = known(2)
    learner = select(Registration.learner_key).where(Registration.key == held.registration_key).scalar_subquery()
    mine = Attempt.registration_key == held.registration_key if table is Attempt else Learner.key == learner
    other.execute(select(table.key).where(mine).with_for_update(key_share=True))
    answers: list[Outcome | Exception] = []
    committer = parts().committer
    waiting = item(held, of_held, time=builders.time_register(seq=2))
    skipped, done = store.record_group([waiting, item(free, of_free, time=builders.time_register(seq=2))]).answers
    assert skipped is SKIPPED
    assert isinstance(done, Outcome)
    db.session.rollback()
    waits = threading.Thread(target=lambda: answers.extend(committer.submit([waiting], SOON).answers))
    waits.start()
    waits_for_a_lock(other)

    stored(item(free, of_free, time=builders.time_register(seq=3)))
    assert row(of_held).time_seq == 1
    other.rollback()
    waits.join(SOON)

    assert isinstance(answers[0], Outcome)
    assert row(of_held).time_seq == 2


@on_postgres
def test_groups_of_the_same_learners_in_opposite_order_do_not_stand_in_each_others_way(app: Flask) -> None:
    sessions = known(6)
    first, second = parts().committer, Committer(parts().settings, parts().clock)
    items = [[item(claims, session, time=builders.time_register(seq=seq)) for claims, session in sessions] for seq in range(2, 10)]
    db.session.rollback()
    together = threading.Barrier(2)

    def sends(committer: Committer, backwards: bool) -> list[Outcome | Exception]:
        answers: list[Outcome | Exception] = []
        for one in items:
            together.wait(SOON)
            answers += committer.submit(one[::-1] if backwards else one, SOON).answers
        return answers

    with ThreadPoolExecutor(2) as pool:
        answers = [answer for done in pool.map(sends, (first, second), (False, True)) for answer in done]
    second.close()

    assert [answer for answer in answers if not isinstance(answer, Outcome)] == []
    assert {row(session).time_seq for _, session in sessions} == {9}
    assert {row(session).deliveries for _, session in sessions} == {9}


def test_many_first_sights_of_one_registration_at_once_make_one_attempt(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    committer = parts().committer
    calls = [[item(claims, str(uuid.uuid4()), want="lease", time=builders.time_register(seq=1))] for _ in range(16)]
    db.session.rollback()
    together = threading.Barrier(len(calls))

    def sends(items: list[Item]) -> Outcome | Exception:
        together.wait(SOON)
        return committer.submit(items, SOON).answers[0]

    with ThreadPoolExecutor(len(calls)) as pool:
        answers = list(pool.map(sends, calls))

    assert [answer for answer in answers if not isinstance(answer, Outcome)] == []
    assert db.session.execute(select(func.count()).select_from(Attempt)).scalar_one() == 1
    numbers = [number for session in db.session.scalars(select(SessionRow)) for _, number in session.leases]
    assert len(numbers) == len(set(numbers)) == 16


POISON = {
    "sqlite": "CREATE TRIGGER poison BEFORE UPDATE ON sessions WHEN old.session_id = '{session}' BEGIN SELECT RAISE(ABORT, 'poison'); END",
    "postgresql": """
        CREATE FUNCTION poison() RETURNS trigger AS $$ BEGIN RAISE 'poison'; END $$ LANGUAGE plpgsql;
        CREATE TRIGGER poison BEFORE UPDATE ON sessions FOR EACH ROW WHEN (old.session_id = '{session}') EXECUTE FUNCTION poison()
    """,
}


def test_one_that_the_database_refuses_fails_alone(app: Flask) -> None:
    sessions = known(3)
    db.session.execute(text(POISON[db.engine.dialect.name].format(session=sessions[1][1])))
    db.session.commit()

    answers = submit(*(item(claims, session, time=builders.time_register(seq=2)) for claims, session in sessions))

    assert isinstance(answers[1], DatabaseError)
    assert [isinstance(answer, Outcome) for answer in answers] == [True, False, True]
    assert [row(session).time_seq for _, session in sessions] == [2, 1, 2]
    stored(item(*sessions[0], time=builders.time_register(seq=3)))


@on_postgres
def test_a_group_that_is_a_deadlocks_victim_runs_again_one_by_one(app: Flask, other: Connection) -> None:
    ((claims, session),) = known(1)
    # the other one notices later, so that the group is the victim
    other.execute(text("SET LOCAL deadlock_timeout = '1min'"))
    other.execute(update(SessionRow).where(SessionRow.session_id == session).values(deliveries=50))
    waiting = item(claims, session, time=builders.time_register(seq=2))
    committer, answers = parts().committer, []
    db.session.rollback()
    groups: list[str] = []
    tried = committer._try_group

    def watched(*arguments: Any) -> Any:
        left = tried(*arguments)
        groups.append("stored" if not left else "alone")
        return left

    committer._try_group = watched  # type: ignore[method-assign]  # to see that it was the group that failed
    sends = threading.Thread(target=lambda: answers.extend(committer.submit([waiting], SOON).answers))
    sends.start()
    waits_for_a_lock(other)

    other.execute(select(Attempt.key).with_for_update(key_share=True))
    other.commit()
    sends.join(SOON)

    assert groups == ["alone"]
    assert isinstance(answers[0], Outcome)
    assert (row(session).time_seq, row(session).deliveries) == (2, 51)


@on_postgres
def test_a_database_process_that_stands_still_is_left_behind(app: Flask) -> None:
    (first, of_first), (second, of_second) = known(2)
    stored(item(first, of_first, time=builders.time_register(seq=2)))
    (lane,) = parts().committer._groups._lanes
    assert isinstance(lane.connection, LedgerConnection)
    assert lane.connection._postgres is not None
    process = lane.connection._postgres.info.backend_pid
    hangs = item(first, of_first, time=builders.time_register(seq=3))
    os.kill(process, signal.SIGSTOP)
    try:
        assert [type(answer) for answer in submit(hangs, wait_s=2)] == [CommitTimeout]
        stored(item(second, of_second, time=builders.time_register(seq=2)))
        lane.thread.join(SOON)
        assert not lane.thread.is_alive()
    finally:
        os.kill(process, signal.SIGCONT)

    stored(hangs)
    assert row(of_first).time_seq == 3


@on_postgres
def test_after_the_database_was_gone_the_next_commit_finds_it_again(app: Flask) -> None:
    ((claims, session),) = known(1)
    stored(item(claims, session, time=builders.time_register(seq=2)))
    db.session.execute(
        text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()")
    )

    stored(item(claims, session, time=builders.time_register(seq=3)))

    assert row(session).time_seq == 3


@on_postgres
def test_the_clock_is_read_under_the_locks(app: Flask) -> None:
    # Another node stored a later time meanwhile: who read the clock before he had the lock would see it go back.
    ((claims, session),) = known(1)
    seen: list[str] = []
    real = database.DatabaseClock()

    class Watched:
        def now_ms(self) -> int:
            return real.now_ms()

        def sql(self, dialect: str) -> str:
            # what the session says of itself at the moment when the clock is read: its attempt is locked by then
            seen.append(dialect)
            return (
                "(SELECT CASE WHEN count(*) > 0 THEN 7 ELSE 3 END FROM pg_locks JOIN pg_class ON pg_class.oid = relation "
                "WHERE pid = pg_backend_pid() AND relname = 'attempts' AND mode = 'RowShareLock')::bigint"
            )

    own = LedgerConnection(database.own_engine(parts().settings), Watched())
    db.session.rollback()
    try:
        assert own.record_group([item(claims, session, time=builders.time_register(seq=2))]).now_ms == 7
    finally:
        own.close()
    assert seen == ["postgresql"]


@on_postgres
def test_no_statement_of_a_group_reads_a_table(app: Flask, store: LedgerConnection) -> None:
    # however few rows there are, and whatever the statistics say: cost is proportional to what changed
    statements = {name: sql for name, sql in vars(ledger_group).items() if name.isupper() and isinstance(sql, str) and "$1" in sql}
    assert store._postgres is not None
    assert len(statements.pop("WANTED")) > 0
    for name, sql in statements.items():
        plan = "\n".join(row[0] for row in store._postgres.execute(f"PREPARE p AS {sql}").connection.execute("EXPLAIN EXECUTE p ('[]')"))
        store._postgres.rollback()
        store._postgres.execute("DEALLOCATE ALL")
        assert "Seq Scan" not in plan, (name, plan)


@on_postgres
def test_nothing_is_acknowledged_that_a_group_did_not_commit(app: Flask, store: LedgerConnection) -> None:
    ((claims, session),) = known(1)
    db.session.execute(
        text("""
            CREATE FUNCTION late() RETURNS trigger AS $$ BEGIN RAISE 'refused at COMMIT'; END $$ LANGUAGE plpgsql;
            CREATE CONSTRAINT TRIGGER late AFTER UPDATE ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION late()
        """)
    )
    db.session.commit()

    with pytest.raises(Exception, match="refused at COMMIT"):
        store.record_group([item(claims, session, time=builders.time_register(seq=2))])

    assert row(session).time_seq == 1
