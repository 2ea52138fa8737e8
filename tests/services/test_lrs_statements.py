"""The record store's statements on both databases: once each, all or none, found by what they refer to, in whichever order they came."""

from __future__ import annotations

import hashlib
import json
import threading
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.orm import Session

from seattime.domain.xapi import finding, texts
from seattime.domain.xapi.queries import read_query
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import lrs, lrs_definitions, lrs_statements
from seattime.services.lrs import Author
from seattime.services.lrs_statements import Attached
from seattime.services.parts import parts
from seattime.storage import lrs_listing, lrs_writing
from seattime.storage.models import db
from tests.conftest import SetClock
from tests.domain.xapi.made import made

AUTHOR = Author({"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": "tester"}})
VOIDED = {"id": "http://adlnet.gov/expapi/verbs/voided"}


def reference(statement_id: str) -> dict[str, str]:
    return {"objectType": "StatementRef", "id": statement_id}


def send(*statements: dict[str, Any], attached: tuple[Attached, ...] = (), version: Version = Version.V1) -> list[str]:
    body = json.dumps(list(statements)).encode()
    sent = lrs_statements.read_statements(body, version, list(attached))
    return lrs_statements.store_statements(AUTHOR, sent, version, list(attached))


def found(**parameters: str) -> list[str]:
    """The ids that a query finds, in their order."""
    page = lrs_statements.get_statements(read_query(parameters), [])
    db.session.rollback()
    return [json.loads(raw)["id"] for raw in page.raws]


def one(statement_id: str, **parameters: str) -> dict[str, Any]:
    page = lrs_statements.get_statements(read_query({"statementId": statement_id, **parameters}), [])
    db.session.rollback()
    value: dict[str, Any] = json.loads(page.raws[0])
    return value


def new_id() -> str:
    return str(uuid.uuid4())


def test_the_same_statement_again_is_no_change_and_another_under_its_id_a_conflict(app: Flask, clock: SetClock) -> None:
    chosen = new_id()
    send(made(id=chosen, result={"score": {"raw": 1}}))
    before = one(chosen)
    clock.advance(5_000)

    assert send(made(id=chosen.upper(), result={"score": {"raw": 1.0}})) == [chosen]
    with pytest.raises(Conflict):
        send(made(), made(id=chosen, result={"score": {"raw": 2}}))

    assert one(chosen) == before
    assert found() == [chosen]


def test_a_batch_with_a_bad_statement_stores_nothing(app: Flask) -> None:
    with pytest.raises(BadInput, match=r"^statements\[1\]\.verb: is missing"):
        send(made(), {"actor": made()["actor"], "object": made()["object"]})

    assert found() == []


def test_two_of_one_id_in_a_request_are_refused(app: Flask) -> None:
    chosen = new_id()

    with pytest.raises(BadInput, match="two statements of one id"):
        send(made(id=chosen), made(id=chosen.upper()))


def test_newest_first_in_the_order_of_a_batch_and_page_by_page(app: Flask, clock: SetClock) -> None:
    ids = send(made(), made(), made())
    clock.advance(1)
    ids += send(made(), made())

    assert found() == list(reversed(ids))
    assert found(ascending="true") == ids
    for ascending in ("true", "false"):
        asked = {"limit": "2", "ascending": ascending}
        seen, cursor, pages = [], None, 0
        while True:
            page = lrs_statements.get_statements(read_query(asked | ({"from": cursor} if cursor else {})), [])
            seen += [json.loads(raw)["id"] for raw in page.raws]
            pages += 1
            cursor = page.cursor
            if cursor is None:
                break
        assert seen == (ids if ascending == "true" else list(reversed(ids)))
        assert pages == 3


def test_since_is_after_and_until_is_at_or_before(app: Flask, clock: SetClock) -> None:
    ids = []
    for _ in range(3):
        ids += send(made())
        clock.advance(10)
    middle = one(ids[1])["stored"]

    assert found(since=middle) == [ids[2]]
    assert found(until=middle, ascending="true") == ids[:2]


def test_filters_are_met_together(app: Flask) -> None:
    me, other = '{"mbox":"mailto:me@example.org"}', '{"mbox":"mailto:other@example.org"}'
    mine, theirs = send(made(actor=json.loads(me)), made(actor=json.loads(other), verb={"id": "http://a/v"}))

    assert found(agent=me) == [mine]
    assert found(agent=other, verb="http://a/v") == [theirs]
    assert found(agent=me, verb="http://a/v") == []
    assert found(activity="http://example.org/a", ascending="true") == [mine, theirs]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2), (1, 2, 0), (0, 2, 1), (2, 0, 1)])
def test_a_reference_is_found_by_what_it_leads_to_whichever_came_first(app: Flask, order: tuple[int, ...]) -> None:
    """Communication 2.1.3: filters also find statements that refer to one that they find, and so on."""
    ids = [new_id() for _ in range(3)]
    chain = [
        made(id=ids[0], actor={"mbox": "mailto:first@example.org"}),
        made(id=ids[1], actor={"mbox": "mailto:second@example.org"}, object=reference(ids[0].upper())),
        made(id=ids[2], actor={"mbox": "mailto:third@example.org"}, object=reference(ids[1])),
    ]
    for index in order:
        send(chain[index])

    assert set(found(agent='{"mbox":"mailto:first@example.org"}')) == set(ids)
    assert set(found(agent='{"mbox":"mailto:second@example.org"}')) == set(ids[1:])
    assert found(agent='{"mbox":"mailto:third@example.org"}') == [ids[2]]
    # each filter may be met by another statement of the chain
    assert found(agent='{"mbox":"mailto:third@example.org"}', activity="http://example.org/a") == [ids[2]]


def test_references_in_a_circle_end(app: Flask) -> None:
    first, second = new_id(), new_id()

    send(made(id=first, object=reference(second)), made(id=second, object=reference(first)))

    assert set(found(verb="http://example.org/did")) == {first, second}


@pytest.mark.parametrize("voiding_first", [False, True])
def test_a_voided_statement_is_only_to_be_had_as_such(app: Flask, voiding_first: bool) -> None:
    chosen, voiding = new_id(), new_id()
    both = [made(id=chosen), made(id=voiding, verb=VOIDED, object=reference(chosen))]
    for each in reversed(both) if voiding_first else both:
        send(each)

    assert found() == [voiding]
    assert found(activity="http://example.org/a") == [voiding]
    with pytest.raises(NotFound):
        one(chosen)
    page = lrs_statements.get_statements(read_query({"voidedStatementId": chosen}), [])
    assert json.loads(page.raws[0])["id"] == chosen
    with pytest.raises(NotFound):
        lrs_statements.get_statements(read_query({"voidedStatementId": voiding}), [])


def test_a_voiding_statement_is_not_voided(app: Flask) -> None:
    """Data 2.3.2."""
    chosen, voiding, again = new_id(), new_id(), new_id()
    send(made(id=chosen), made(id=voiding, verb=VOIDED, object=reference(chosen)))

    send(made(id=again, verb=VOIDED, object=reference(voiding)))

    assert set(found()) == {voiding, again}


def test_definitions_grow_and_canonical_shows_them(app: Flask) -> None:
    (first,) = send(made(object__definition={"name": {"en": "A"}, "extensions": {"http://e/1": 1.5}}))
    send(made(object__definition={"name": {"es": "Uno"}, "extensions": {"http://e/2": None}, "type": "http://t"}))

    assert json.loads(lrs_statements.get_activity("http://example.org/a")) == {
        "objectType": "Activity",
        "id": "http://example.org/a",
        "definition": {"name": {"en": "A", "es": "Uno"}, "extensions": {"http://e/1": 1.5, "http://e/2": None}, "type": "http://t"},
    }
    asked = read_query({"statementId": first, "format": "canonical"})
    assert json.loads(lrs_statements.get_statements(asked, ["es"]).raws[0])["object"]["definition"]["name"] == {"es": "Uno"}
    assert one(first)["object"]["definition"]["name"] == {"en": "A"}


def test_an_agents_names_are_those_under_which_it_was_seen(app: Flask) -> None:
    agent = {"mbox": "mailto:x@example.org"}
    send(
        made(actor={**agent, "name": "X"}),
        made(context={"instructor": {**agent, "name": "Y\u0000\ud800"}}),
        made(actor={**agent, "name": "X"}),
    )

    assert lrs_statements.get_person(agent, "mbox mailto:x@example.org") == {
        "objectType": "Person",
        "name": ["X", "Y\u0000\ud800"],
        "mbox": ["mailto:x@example.org"],
    }


def attachment(body: bytes, **changes: Any) -> tuple[dict[str, Any], Attached]:
    sha2 = hashlib.sha256(body).hexdigest()
    described = {"usageType": "http://u", "display": {"en": "x"}, "contentType": "text/plain", "length": len(body), "sha2": sha2, **changes}
    return described, Attached(sha2, "text/plain", body)


def test_attachments_come_back_byte_by_byte(app: Flask) -> None:
    described, body = attachment(b"\x00\r\n--\xff\r\n" * 100)

    (chosen,) = send(made(attachments=[described, described]), attached=(body,))

    page = lrs_statements.get_statements(read_query({"statementId": chosen, "attachments": "true"}), [])
    assert page.attachments == [body]


def test_a_page_with_large_attachments_is_shorter(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lrs_statements, "MOST_PAGE_BYTES", 3_000)
    pairs = [attachment(bytes([index]) * 3_000) for index in range(3)]
    ids = [send(made(attachments=[described]), attached=(body,))[0] for described, body in pairs]

    page = lrs_statements.get_statements(read_query({"attachments": "true"}), [])

    assert [json.loads(raw)["id"] for raw in page.raws] == [ids[2]]
    assert page.cursor is not None
    assert len(found()) == 3


def test_attachments_that_do_not_fit_are_refused(app: Flask) -> None:
    described, body = attachment(b"abc")

    with pytest.raises(BadInput, match=r"statements\[0\]\.attachments\[0\]: has neither"):
        send(made(attachments=[described]))
    with pytest.raises(BadInput, match="no attachment of these"):
        send(made(), attached=(body,))
    with pytest.raises(BadInput, match="other content"):
        send(made(attachments=[described]), attached=(Attached(body.sha2, "text/plain", b"abd"),))
    assert found() == []


@pytest.fixture
def elsewhere(app: Flask) -> Callable[[Callable[[], Any]], tuple[threading.Thread, list[Any]]]:
    """Runs something in a thread with a context of its own; what it returned or raised stands in the list."""

    def run(work: Callable[[], Any]) -> tuple[threading.Thread, list[Any]]:
        result: list[Any] = []

        def inside() -> None:
            with app.app_context():
                try:
                    result.append(work())
                except Exception as error:
                    result.append(error)
                finally:
                    db.session.remove()

        thread = threading.Thread(target=inside)
        thread.start()
        return thread, result

    return run


def test_of_many_who_send_one_id_at_once_all_succeed_or_all_but_one_conflict(app: Flask, elsewhere: Any) -> None:
    db.session.rollback()
    for contents in ([1] * 6, [1, 2, 3, 4, 5, 6]):
        chosen = new_id()
        running = [elsewhere(lambda raw=raw, chosen=chosen: send(made(id=chosen, result={"score": {"raw": raw}}))) for raw in contents]
        for thread, _ in running:
            thread.join(30)
        results = [result[0] for _, result in running]
        expected = 6 if len(set(contents)) == 1 else 1
        assert sum(result == [chosen] for result in results) == expected
        assert sum(isinstance(result, Conflict) for result in results) == 6 - expected
    assert len(found()) == 2


def test_a_reference_and_its_target_at_the_same_moment_are_found(app: Flask, elsewhere: Any) -> None:
    db.session.rollback()
    for _ in range(10):
        target, referring = new_id(), new_id()
        me = {"mbox": f"mailto:{target}@example.org"}
        both = [made(id=target, actor=me), made(id=referring, object=reference(target))]
        running = [elsewhere(partial(send, statement)) for statement in both]
        for thread, result in running:
            thread.join(30)
            assert isinstance(result[0], list)
        assert set(found(agent=json.dumps(me))) == {target, referring}


def test_what_is_still_being_written_is_beyond_what_is_complete(app: Flask, clock: SetClock) -> None:
    """Communication 2.1.3, X-Experience-API-Consistent-Through: nothing stored before it comes to light later."""
    db.session.rollback()
    with Session(db.engine) as writer:
        stored_ms = lrs_writing.begin_writing(writer, parts().clock, references=False)
        clock.advance(5_000)
        during = lrs.consistent_through()
        db.session.rollback()
        assert during <= stored_ms
    assert lrs.consistent_through() == clock.now


def test_keys_have_one_row_for_each_statement(app: Flask) -> None:
    (chosen,) = send(made())

    keys = set(db.session.execute(text("SELECT key FROM lrs_keys")).scalars())
    assert {bytes(each) for each in keys} == finding.keys_of({**one(chosen), "authority": AUTHOR.authority})


def test_stored_is_the_databases_moment(app: Flask, clock: SetClock) -> None:
    (chosen,) = send(made(stored="2001-01-01T00:00:00Z", authority={"mbox": "mailto:forged@example.org"}))

    assert one(chosen)["stored"] == texts.write_time(clock.now)
    assert one(chosen)["authority"] == AUTHOR.authority


def canonical(limit: int) -> list[dict[str, Any]]:
    """The newest statements, each as all statements together define what is in it."""
    page = lrs_statements.get_statements(read_query({"format": "canonical", "limit": str(limit)}), ["de"])
    return [json.loads(raw) for raw in page.raws]


def test_a_page_asks_once_for_what_is_known_of_all_its_activities(app: Flask) -> None:
    here = "http://example.org/a/{}".format
    for number in range(40):
        send(made(object={"id": here(number), "definition": {"name": {"de": f"N{number}"}}}))
        parent = {"contextActivities": {"parent": [{"id": here(number // 2)}, {"id": "http://example.org/unknown"}]}}
        send(made(object={"id": here(number)}, context=parent))
    asked: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda _connection, _cursor, sql, *_: asked.append(sql.split()[0]))

    many = canonical(80)

    assert (len(many), asked.count("SELECT")) == (80, 2), "statements, and what is known of their activities"
    assert [each["object"]["definition"]["name"]["de"] for each in many] == [f"N{number}" for number in range(39, -1, -1) for _ in "ab"]
    parents = [each["context"]["contextActivities"]["parent"] for each in many if "context" in each]
    assert parents[0] == [{"id": here(19), "definition": {"name": {"de": "N19"}}}, {"id": "http://example.org/unknown"}]


def test_a_page_knows_activities_whose_definitions_are_long_or_that_are_more_than_are_fetched_at_once(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lrs_listing, "MOST_CHARACTERS", 100)
    monkeypatch.setattr(lrs_definitions, "MOST_FETCHED", 3)
    names = ["a", "b" * 200, "c", "d"]
    send(*(made(object={"id": f"http://example.org/{name[0]}", "definition": {"name": {"de": name}}}) for name in names))
    send(*(made(object={"id": f"http://example.org/{name[0]}"}) for name in names))

    assert [each["object"]["definition"]["name"]["de"] for each in reversed(canonical(4))] == names


def test_a_page_of_long_statements_is_made_ready_in_parts(sqlite_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = send(*(made() for _ in range(3)))
    monkeypatch.setattr(lrs_statements, "MOST_SHOWN_BYTES", len(json.dumps(one(ids[0]))) + 100)

    assert found(ascending="true", format="canonical") == ids
    assert found(ascending="true", format="canonical", limit="2") == ids[:2]
