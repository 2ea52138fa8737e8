"""Statements of many requests in one transaction: into the same rows as one by one, each request whole or not at all."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from flask import Flask, current_app
from sqlalchemy import text
from sqlalchemy.orm import Session

from seattime.config import Settings
from seattime.domain.xapi.versions import Version
from seattime.errors import Conflict
from seattime.services import lrs_saving, lrs_statements
from seattime.services.committing import CommitTimeout
from seattime.services.lrs import Author
from seattime.services.parts import parts
from seattime.services.statement_committing import MOST_STATEMENTS, StatementCommitter, _Entry
from seattime.storage import database, lrs_group
from seattime.storage.lrs_connection import StatementConnection
from seattime.storage.lrs_group import Answer, Request, fits
from seattime.storage.lrs_writing import consistent_through
from seattime.storage.models import db
from tests.conftest import SetClock, _create_database, _drop_database
from tests.domain.xapi.made import ATTACHMENT, GROUP, REF, made

AUTHORITY = {"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": "tester"}}


@pytest.fixture
def on_postgres(app: Flask, settings: Settings, clock: SetClock) -> Iterator[StatementConnection]:
    """A connection of its own, where groups are stored."""
    made_ = StatementConnection(database.own_engine(settings), clock)
    yield made_
    made_.close()


@pytest.fixture
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """PostgreSQL alone: SQLite has no groups."""
    uri = request.getfixturevalue("postgres_uri")
    template = request.getfixturevalue("postgres_template")
    name = f"test_{uuid.uuid4().hex[:12]}"
    yield _create_database(uri, name, template)
    _drop_database(uri, name)


def request_of(*statements: dict[str, Any], version: Version = Version.V1) -> Request:
    return Request(AUTHORITY, lrs_statements.read_statements(json.dumps(list(statements)).encode(), version, []), version)


def one_by_one(*statements: dict[str, Any]) -> None:
    sent = lrs_statements.read_statements(json.dumps(list(statements)).encode(), Version.V1, [])
    lrs_statements.store_statements(Author(AUTHORITY), sent, Version.V1, [])


def rows(query: str) -> list[tuple[Any, ...]]:
    found = [tuple(bytes(value) if isinstance(value, memoryview) else value for value in row) for row in db.session.execute(text(query))]
    db.session.rollback()
    return found


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the record store, statements by their ids."""
    return {
        "statements": rows(
            "SELECT statement_id, stored_ms, raw, voided, voids, target_id, registration_key, start_key, apart "
            "FROM lrs_statements ORDER BY 1"
        ),
        "order": rows("SELECT statement_id FROM lrs_statements ORDER BY stored_ms, seq"),
        "keys": rows("SELECT statement_id, key FROM lrs_keys JOIN lrs_statements USING (stored_ms, seq) ORDER BY 1, 2"),
        "names": rows("SELECT key, name_key, name FROM lrs_agent_names ORDER BY 1, 2"),
        "activities": rows("SELECT key, activity_id, definition FROM lrs_activities ORDER BY 1"),
    }


def clear() -> None:
    for table in ("lrs_statements", "lrs_keys", "lrs_agent_names", "lrs_activities"):
        db.session.execute(text(f"DELETE FROM {table}"))
    db.session.commit()


def new_id() -> str:
    return str(uuid.uuid4())


def with_definition(name: str, **changes: Any) -> dict[str, Any]:
    definition = {"name": {"en": name}, "extensions": {"http://e": 1.5}}
    return made(id=new_id(), object={"id": "http://example.org/a", "definition": definition}, **changes)


# --- into the same rows


def test_a_group_leaves_the_same_rows_as_one_by_one(on_postgres: StatementConnection) -> None:
    registration = {"registration": new_id(), "contextActivities": {"parent": {"id": "http://example.org/parent"}}}
    requests = [
        [
            made(id=new_id()),
            with_definition("Žeň \U0001f600"),
            made(id=new_id(), context=registration, timestamp="2026-01-01T10:00:00+02:00"),
        ],
        [
            made(id=new_id(), actor=GROUP),
            made(id=new_id(), object={"objectType": "Agent", "mbox": "mailto:c@example.org", "name": 'a "\\ b'}),
        ],
        [with_definition("Another"), made(id=new_id(), attachments=[ATTACHMENT])],
    ]
    assert on_postgres.store_group([request_of(*each) for each in requests]) == [Answer.STORED] * 3
    grouped = everything()
    clear()
    for each in requests:
        one_by_one(*each)

    alone = everything()
    assert grouped == alone
    assert all(alone.values())


def test_the_letter_of_numbers_survives_also_in_definitions(on_postgres: StatementConnection) -> None:
    chosen = new_id()
    body = json.dumps(with_definition("a") | {"id": chosen}).replace("1.5}", "1.50}")
    sent = lrs_statements.read_statements(body.encode(), Version.V1, [])

    for _ in range(2):
        on_postgres.store_group([Request(AUTHORITY, sent, Version.V1)])
    assert '"http://e": 1.50}' in rows("SELECT raw FROM lrs_statements")[0][0]
    assert '"http://e":1.50}' in rows("SELECT definition FROM lrs_activities")[0][0]


def test_what_is_said_last_of_an_activity_counts(on_postgres: StatementConnection) -> None:
    for name in ("first", "second", "first"):
        on_postgres.store_group([request_of(with_definition(name))])
        [(definition,)] = rows("SELECT definition FROM lrs_activities")
        assert json.loads(definition)["name"] == {"en": name}


def test_what_another_worker_said_meanwhile_is_not_overlooked(on_postgres: StatementConnection) -> None:
    on_postgres.store_group([request_of(with_definition("ours"))])
    one_by_one(with_definition("theirs"))
    on_postgres.store_group([request_of(with_definition("ours"))])

    assert json.loads(rows("SELECT definition FROM lrs_activities")[0][0])["name"] == {"en": "ours"}


# --- each whole or not at all


def test_the_same_again_is_a_success_and_changes_nothing(on_postgres: StatementConnection, clock: SetClock) -> None:
    request = request_of(made(id=new_id()), made(id=new_id()))
    on_postgres.store_group([request])
    before = everything()
    clock.advance(1_000)

    assert on_postgres.store_group([request]) == [Answer.STORED]
    assert everything() == before


def test_a_conflict_harms_no_other_and_stores_nothing_of_its_request(on_postgres: StatementConnection) -> None:
    chosen, other, mine = new_id(), new_id(), new_id()
    on_postgres.store_group([request_of(made(id=chosen))])

    first, second, third = on_postgres.store_group(
        [
            request_of(made(id=mine)),
            request_of(made(id=new_id()), made(id=chosen, result={"success": True})),
            request_of(made(id=chosen), made(id=other)),
        ]
    )
    assert (first, third) == (Answer.STORED, Answer.ALONE), "an id that an earlier one of the group names"
    assert isinstance(second, Conflict)
    assert {row[0] for row in everything()["order"]} == {chosen, mine}


def test_part_of_a_request_may_be_there_already(on_postgres: StatementConnection) -> None:
    chosen, new = new_id(), new_id()
    on_postgres.store_group([request_of(made(id=chosen))])

    assert on_postgres.store_group([request_of(made(id=chosen), made(id=new))]) == [Answer.STORED]
    assert everything()["order"] == [(chosen,), (new,)]


def test_an_id_that_two_requests_share_is_left_to_the_second_alone(on_postgres: StatementConnection) -> None:
    chosen = new_id()
    answers = on_postgres.store_group([request_of(made(id=chosen)), request_of(made(id=chosen, result={"success": True}))])

    assert answers == [Answer.STORED, Answer.ALONE]
    assert len(everything()["order"]) == 1


def test_what_a_stored_statement_refers_to_goes_alone(on_postgres: StatementConnection) -> None:
    chosen = new_id()
    one_by_one(made(object={**REF, "id": chosen}))

    assert on_postgres.store_group([request_of(made(id=chosen)), request_of(made())]) == [Answer.ALONE, Answer.STORED]


def test_what_refers_to_others_does_not_fit() -> None:
    assert fits(request_of(made()).sent)
    assert not fits(request_of(made(), made(object=REF)).sent)


def test_nothing_is_asked_of_a_group_in_which_nobody_stays(on_postgres: StatementConnection) -> None:
    chosen = new_id()
    one_by_one(made(object={**REF, "id": chosen}))

    assert on_postgres.store_group([request_of(made(id=chosen))]) == [Answer.ALONE]
    assert on_postgres.store_group([request_of(made())]) == [Answer.STORED]


def test_an_id_that_is_being_stored_at_the_same_moment_is_stored_once(on_postgres: StatementConnection) -> None:
    """By many who send the same: whoever meets another goes alone and finds it there."""
    chosen = new_id()
    failed: list[Exception] = []
    app = parts()

    def send(of: Author, flask: Flask) -> None:
        with flask.app_context():
            try:
                sent = lrs_statements.read_statements(json.dumps(made(id=chosen)).encode(), Version.V1, [])
                lrs_saving.save_statements(of, sent, Version.V1, [])
            except Exception as error:
                failed.append(error)

    flask = current_app._get_current_object()  # type: ignore[attr-defined]  # werkzeug's documented way
    threads = [threading.Thread(target=send, args=(Author(AUTHORITY), flask)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (failed, app.spool.count()) == ([], 0)
    assert everything()["order"] == [(chosen,)]


def test_it_is_complete_only_up_to_what_a_group_is_still_writing(on_postgres: StatementConnection, clock: SetClock) -> None:
    """The group holds the lock of its second (`lrs_writing.consistent_through`)."""
    seen: list[int] = []
    real = lrs_group._insertions

    def insertions(*arguments: Any) -> Any:
        with database.own_engine(parts().settings).connect() as connection:
            seen.append(consistent_through(Session(connection), clock))
        return real(*arguments)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lrs_group, "_insertions", insertions)
        on_postgres.store_group([request_of(made())])
    assert seen == [clock.now // 1000 * 1000 - 1]


# --- the committer


class Connection:
    """A store that does what the test says."""

    usable = True

    def __init__(self, store: Callable[[Sequence[Request]], list[Answer | Conflict]]) -> None:
        self.store_group = store

    def cut(self) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def committer(sqlite_app: Flask) -> Iterator[Callable[..., StatementCommitter]]:
    made_: list[StatementCommitter] = []

    def make(store: Callable[[Sequence[Request]], list[Answer | Conflict]], hangs_after_s: float = 30) -> StatementCommitter:
        made_.append(StatementCommitter(parts().settings, SetClock(), lambda: Connection(store), hangs_after_s))
        return made_[-1]

    yield make
    for each in made_:
        each.close()


def test_what_arrives_while_a_group_is_stored_goes_into_the_next(committer: Callable[..., StatementCommitter]) -> None:
    sizes: list[int] = []
    storing, go_on = threading.Event(), threading.Event()

    def store(requests: Sequence[Request]) -> list[Answer | Conflict]:
        sizes.append(len(requests))
        storing.set()
        assert go_on.wait(30)
        return [Answer.STORED] * len(requests)

    to = committer(store)
    threads = [threading.Thread(target=to.store, args=(request_of(made()), 30))]
    threads[0].start()
    assert storing.wait(30)
    threads += [threading.Thread(target=to.store, args=(request_of(made()), 30)) for _ in range(3)]
    for thread in threads[1:]:
        thread.start()
    while len(to._lanes._waiting) < 3:
        threads[1].join(0.01)
    go_on.set()
    for thread in threads:
        thread.join()

    assert sizes == [1, 3]


def test_a_group_holds_no_more_statements_than_it_should(committer: Callable[..., StatementCommitter]) -> None:
    sizes: list[int] = []
    to = committer(lambda requests: sizes.append(len(requests)) or [Answer.STORED] * len(requests))
    large = request_of(*(made() for _ in range(MOST_STATEMENTS)))
    entries = [_Entry(large), _Entry(request_of(made())), _Entry(large)]
    rest = to._store(Connection(to._connect().store_group), entries)

    assert (sizes, rest) == ([1], entries[1:])
    assert entries[0].answer is Answer.STORED


def test_a_group_that_fails_sends_everybody_alone(committer: Callable[..., StatementCommitter]) -> None:
    def fail(_requests: Sequence[Request]) -> list[Answer | Conflict]:
        raise ZeroDivisionError

    assert committer(fail).store(request_of(made()), 30) is Answer.ALONE


def test_a_conflict_is_raised_for_whose_it_is(committer: Callable[..., StatementCommitter]) -> None:
    with pytest.raises(Conflict):
        committer(lambda _requests: [Conflict("another")]).store(request_of(made()), 30)


def test_nobody_waits_longer_than_he_said_and_what_hangs_is_left_behind(committer: Callable[..., StatementCommitter]) -> None:
    go_on = threading.Event()
    calls: list[int] = []

    def hang(requests: Sequence[Request]) -> list[Answer | Conflict]:
        calls.append(len(requests))
        if len(calls) == 1:
            assert go_on.wait(30)
        return [Answer.STORED] * len(requests)

    to = committer(hang, hangs_after_s=0.0)
    with pytest.raises(CommitTimeout):
        to.store(request_of(made()), 0.05)
    assert to.store(request_of(made()), 30) is Answer.STORED
    go_on.set()


def test_what_hangs_is_not_sent_alone_to_the_same_database_because_it_was_cut(
    committer: Callable[..., StatementCommitter], monkeypatch: pytest.MonkeyPatch
) -> None:
    cut, lane = threading.Event(), list[threading.Thread]()

    def hang(_requests: Sequence[Request]) -> list[Answer | Conflict]:
        lane.append(threading.current_thread())
        assert cut.wait(30)
        raise ConnectionError("cut")

    def break_off(_self: Connection) -> None:
        cut.set()
        lane[0].join(30)

    monkeypatch.setattr(Connection, "cut", break_off)

    with pytest.raises(CommitTimeout):
        committer(hang, hangs_after_s=0.0).store(request_of(made()), 0.05)


def test_on_sqlite_everything_goes_alone(sqlite_app: Flask) -> None:
    assert parts().statement_committer.store(request_of(made()), 30) is Answer.ALONE
