"""Forwarding on both databases: every statement once and in order, whatever the target does and wherever the process dies."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from seattime.config import Settings
from seattime.domain.forwarding import Answer
from seattime.domain.xapi import json_text
from seattime.domain.xapi.equality import same_statement
from seattime.services import forwarding
from seattime.services.forwarding import Forwarded
from seattime.services.forwarding_http import Unreachable
from seattime.services.lrs_statements import Attached
from seattime.storage import forwarding as rows
from seattime.storage import lrs_writing
from seattime.storage.forwarding_models import Forwarding, ForwardingRefused
from seattime.storage.models import db
from tests import builders
from tests.conftest import SetClock
from tests.said import say, statement

ENDPOINT = "http://lrs.example.org/xapi"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return replace(settings, forward_xapi_endpoint=ENDPOINT, forward_xapi_user="us", forward_xapi_password="pass").checked()


class Killed(BaseException):
    """The process ends here: nothing behind it runs."""


@dataclass
class Store:
    """Another record store. `bad`: it refuses statements of which this holds; `before`: called with each request, may raise or answer;
    `lose`: how many answers to a POST are lost on their way back."""

    bad: Callable[[dict[str, Any]], bool] = lambda _statement: False
    before: Callable[[str, str], Answer | None] = lambda _method, _path: None
    conflicts_on_repeats: bool = False
    lose: int = 0
    has: dict[str, dict[str, Any]] = field(default_factory=dict)
    voided: set[str] = field(default_factory=set)
    requests: list[tuple[str, str, str]] = field(default_factory=list)
    bodies: list[tuple[Mapping[str, str], bytes]] = field(default_factory=list)

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        self.requests.append((method, path, headers["X-Experience-API-Version"]))
        answer = self.before(method, path)
        if answer is not None:
            return answer
        if path == "about":
            return Answer(200, {}, b'{"version": ["1.0.3"]}')
        if method == "GET":
            return self._get(path)
        assert body is not None
        self.bodies.append((headers, body))
        answer = self._post(headers, body)
        if self.lose:
            self.lose -= 1
            raise Unreachable("It broke off.")
        return answer

    def _get(self, path: str) -> Answer:
        [(name, [value])] = parse_qs(urlsplit(path).query).items()
        found = self.has.get(value)
        if found is None or (name == "voidedStatementId") != (value in self.voided):
            return Answer(404)
        return Answer(200, {}, json.dumps(found).encode())

    def _post(self, headers: Mapping[str, str], body: bytes) -> Answer:
        sent = json.loads(body if headers["Content-Type"] == "application/json" else body.split(b"\r\n\r\n")[1].split(b"\r\n--")[0])
        if any(self.bad(each) for each in sent):
            return Answer(400, {}, b'{"message": "statements[0]: is bad."}')
        for each in sent:
            known = self.has.get(each["id"])
            if known is not None and (self.conflicts_on_repeats or not same_statement(known, each)):
                return Answer(409, {}, b"Conflict")
        for each in sent:
            self.has.setdefault(each["id"], each | {"authority": {"mbox": "mailto:them@example.org"}})
        return Answer(200, {}, json.dumps([each["id"] for each in sent]).encode())


def run(store: Store, **more: Any) -> Forwarded:
    return forwarding.run(store, chance=lambda: 1.0, **more)


def state() -> Forwarding:
    db.session.rollback()
    found = rows.find(db.session, ENDPOINT)
    assert found is not None
    return found


def set_aside() -> dict[str, str]:
    db.session.rollback()
    return {each.statement_id: each.reason for each in rows.refused(db.session, ENDPOINT, 1000)}


@pytest.fixture
def ids(app: Flask, clock: SetClock) -> list[str]:
    """Statements of an API key and of Ana's launch, at several moments; of a test run, between them."""
    ana, trial = builders.registration(), builders.registration(builders.course("water"), builders.learner("admin"))
    trial.test_run = True
    found = []
    for _ in range(3):
        found += say(ana, statement(), statement("completed"))
        say(trial, statement())
        found += say(None, statement("answered"))
        clock.advance(1000)
    return found


def test_everything_once_in_its_order_and_no_test_run(ids: list[str]) -> None:
    store = Store()

    assert run(store) == Forwarded(sent=9)
    assert list(store.has) == ids
    assert run(store) == Forwarded()
    assert len(store.requests) == 1
    assert (state().sent, state().failures, set_aside()) == (9, 0, {})


def test_a_statement_goes_as_it_was_stored_but_for_the_moment_of_storing(app: Flask, clock: SetClock) -> None:
    [chosen] = say(None, statement(result={"score": {"raw": 1.0}}, context={"extensions": {"http://a/stored": 1}}))
    raw = lrs_writing.read_raws(db.session, [chosen])[chosen]
    db.session.rollback()
    clock.advance(1)
    store = Store()
    run(store)

    [(headers, body)] = store.bodies
    assert headers == {"Content-Type": "application/json", "X-Experience-API-Version": "1.0.3"}
    members = json_text.members(raw)
    assert members.pop("stored") == '"2026-11-18T11:06:40.000Z"'
    assert json_text.members(body.decode()[1:-1]) == members
    assert members["result"] == '{"score": {"raw": 1.0}}'
    assert "authority" in members


def test_nothing_is_sent_where_no_target_is_set(app: Flask, ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "endpoint", lambda: "")
    store = Store()

    assert run(store) == Forwarded()
    assert store.requests == []


def test_what_may_still_be_joined_by_others_waits(app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that still writes may commit a statement that stands before those that are there."""
    first = say(None, statement())
    clock.advance(10)
    later = say(None, statement())
    store = Store()
    monkeypatch.setattr(lrs_writing, "consistent_through", lambda *_: clock.now)
    run(store)
    assert list(store.has) == first

    joined = say(None, statement())
    clock.advance(10)
    run(store)

    assert list(store.has) == [*first, *later, *joined]


@pytest.mark.parametrize(
    ("answer", "wait_s"),
    [
        (Answer(500, {}, b"<h1>Oops</h1>"), 1),
        (Answer(503, {"retry-after": "120"}), 120),
        (Answer(503, {"retry-after": "999999"}), 3600),
        (Answer(429, {"retry-after": "Thu, 26 Nov 2026 00:00:00 GMT"}), 1),
        (Answer(401, {}, b'{"message": "Wrong password."}'), 1),
        (Answer(403), 1),
        (Answer(404), 1),
        (Answer(301, {"location": "https://lrs.example.org/xapi/"}), 1),
        (None, 1),
    ],
)
def test_an_outage_loses_nothing_and_is_tried_again_when_it_is_due(
    ids: list[str], clock: SetClock, answer: Answer | None, wait_s: int
) -> None:
    def away(_method: str, _path: str) -> Answer:
        if answer is None:
            raise Unreachable("It cannot be reached: refused.")
        return answer

    store = Store(before=away)
    failed = run(store)

    assert (failed.sent, failed.set_aside, bool(failed.stopped)) == (0, 0, True)
    assert (state().failures, state().failing_since_ms, state().last_error) == (1, clock.now, failed.stopped)
    store.before = lambda _method, _path: None
    clock.advance(wait_s * 1000 - 1)
    assert run(store) == Forwarded(waits=True)
    clock.advance(1)
    assert run(store) == Forwarded(sent=9)
    assert list(store.has) == ids
    assert (state().failures, state().failing_since_ms) == (0, None)


def test_waiting_grows_to_five_minutes(ids: list[str], clock: SetClock) -> None:
    store = Store(before=lambda _method, _path: Answer(502))
    waits = []
    for _ in range(12):
        run(store, by_hand=True)
        waits.append((state().next_try_ms - clock.now) // 1000)

    assert waits == [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]
    assert (state().failures, set_aside()) == (12, {})


def test_what_the_target_says_is_told_without_markup(ids: list[str]) -> None:
    assert run(Store(before=lambda *_: Answer(500, {}, b"<h1>Oops</h1>\n<p>later"))).stopped == "500: Oops later"
    assert run(Store(before=lambda *_: Answer(401, {}, b'{"message": "No."}')), by_hand=True).stopped == "401: No."
    moved = Answer(301, {"location": "https://a/xapi"})
    assert run(Store(before=lambda *_: moved), by_hand=True).stopped == "301 to https://a/xapi"


def test_a_lost_answer_is_a_repeat_that_changes_nothing(ids: list[str]) -> None:
    for conflicts in (False, True):
        store = Store(lose=1, conflicts_on_repeats=conflicts)
        _begin_anew()
        assert run(store).stopped == "It broke off."
        assert run(store, by_hand=True) == Forwarded(sent=9)
        assert list(store.has) == ids
        assert set_aside() == {}


def _begin_anew() -> None:
    db.session.execute(db.delete(Forwarding))
    db.session.commit()


def test_a_repeat_of_what_was_voided_there_meanwhile_is_no_conflict(ids: list[str]) -> None:
    store = Store(lose=1, conflicts_on_repeats=True, voided={ids[0]})
    run(store)

    assert run(store, by_hand=True) == Forwarded(sent=9)


def test_a_bad_one_is_set_aside_with_its_reason_and_the_rest_goes_on(ids: list[str]) -> None:
    bad = {ids[0], ids[4], ids[8]}
    store = Store(bad=lambda each: each["id"] in bad)

    assert run(store) == Forwarded(sent=6, set_aside=3)
    assert list(store.has) == [each for each in ids if each not in bad]
    assert set_aside() == dict.fromkeys(bad, "400: statements[0]: is bad.")
    assert run(store) == Forwarded()


def test_another_statement_under_the_id_is_set_aside(ids: list[str]) -> None:
    store = Store(has={ids[2]: {"id": ids[2], "actor": {"mbox": "mailto:x@example.org"}, "verb": {"id": "http://a/b"}, "object": {}}})

    assert run(store) == Forwarded(sent=8, set_aside=1)
    assert set_aside() == {ids[2]: "409: Conflict"}


def test_what_was_set_aside_is_tried_again_when_somebody_asks(ids: list[str]) -> None:
    store = Store(bad=lambda each: each["id"] in ids[:2])
    run(store)
    forwarding.ask_again([ids[0]])
    assert run(store) == Forwarded(set_aside=1)
    store.bad = lambda _each: False
    assert run(store) == Forwarded()

    forwarding.ask_again()
    assert run(store) == Forwarded(sent=2)

    assert set(store.has) == set(ids)
    assert (set_aside(), state().sent) == ({}, 9)


def test_an_address_that_answers_400_to_everything_is_no_record_store(ids: list[str]) -> None:
    """A proxy, or a wrong path: no statement is set aside for that."""
    for about in (Answer(400), Answer(200, {}, b"<html>"), Answer(200, {}, b'{"name": "shop"}')):
        store = Store(before=lambda _method, path, about=about: about if path == "about" else Answer(400))
        failed = run(store, by_hand=True)
        assert failed.stopped.startswith("What answers at this endpoint is no record store")
        assert (failed.set_aside, set_aside()) == (0, {})


def test_a_target_that_refuses_everything_is_left_alone_for_a_while(app: Flask, clock: SetClock) -> None:
    made = say(None, *(statement() for _ in range(30)))
    clock.advance(1)
    store = Store(bad=lambda _each: True)

    failed = run(store)

    assert failed.set_aside == 20
    assert failed.stopped.startswith("It refused 20 statements one after the other, lastly with 400")
    assert run(store) == Forwarded(waits=True)
    store.bad = lambda _each: False
    clock.advance(1000)
    assert run(store) == Forwarded(sent=10)
    assert list(store.has) == made[20:]


def test_statements_of_2_0_go_under_2_0_in_their_order(app: Flask, clock: SetClock) -> None:
    made = say(None, statement(), statement())
    clock.advance(1)
    agent = {"objectType": "contextAgent", "agent": {"mbox": "mailto:a@example.org"}}
    made += say(None, statement(version="2.0.0", context={"contextAgents": [agent]}))
    clock.advance(1)
    made += say(None, statement())
    clock.advance(1)
    store = Store()

    run(store)

    assert list(store.has) == made
    assert [version for _, _, version in store.requests] == ["1.0.3", "2.0.0", "1.0.3"]


def test_attachments_go_along(app: Flask, clock: SetClock) -> None:
    body = b"\x89PNG\r\n--x"
    sha2 = hashlib.sha256(body).hexdigest()
    described = {"usageType": "http://a/u", "display": {"en": "P"}, "contentType": "image/png", "length": len(body), "sha2": sha2}
    elsewhere = described | {"sha2": "c" * 64, "fileUrl": "http://example.org/p.png"}
    attached = (Attached(sha2, "image/png", body),)
    say(None, statement(attachments=[described, elsewhere]), statement(attachments=[described]), attached=attached)
    clock.advance(1)
    store = Store()

    run(store)

    [(headers, sent)] = store.bodies
    assert headers["Content-Type"].startswith("multipart/mixed; boundary=")
    assert sent.count(body) == 1
    assert f"X-Experience-API-Hash: {sha2}\r\n\r\n".encode() + body + b"\r\n--" in sent


def test_a_request_is_bounded_in_size(app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding, "MOST_BYTES", 4_000)
    made = say(None, *(statement(result={"response": "x" * 1_500}) for _ in range(5)), statement(result={"response": "x" * 9_000}))
    clock.advance(1)
    store = Store()

    run(store)

    assert list(store.has) == made
    assert [len(json.loads(body)) for _, body in store.bodies] == [2, 2, 1, 1]


def test_only_one_at_a_time(app: Flask, ids: list[str]) -> None:
    seen: list[Forwarded] = []
    store = Store(before=lambda _method, _path: seen.append(run(Store())))

    assert run(store) == Forwarded(sent=9)
    assert seen == [Forwarded(busy=True)]


def test_only_one_node_at_a_time(app: Flask, ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    if db.engine.dialect.name == "sqlite":
        with rows.only_node(db.engine) as first, rows.only_node(db.engine) as second:
            assert (first, second) == (True, True)  # it has one host, whose file lock is enough
        return
    with rows.only_node(db.engine) as first:
        assert first
        assert run(Store()) == Forwarded(busy=True)
    assert run(Store()) == Forwarded(sent=9)


KILLING = ("advance", "set_aside")


@pytest.mark.parametrize("at", [*range(1, 25)])
def test_a_kill_at_any_moment_repeats_at_most_what_changes_nothing(
    ids: list[str], at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before and after each request, and before each note of what became of it."""
    bad = {ids[1], ids[6]}
    store = Store(bad=lambda each: each["id"] in bad)
    moments = 0

    def moment() -> None:
        nonlocal moments
        moments += 1
        if moments == at:
            raise Killed

    real = store.request

    def request(*args: Any, **more: Any) -> Answer:
        moment()
        answer = real(*args, **more)
        moment()
        return answer

    monkeypatch.setattr(store, "request", request)
    commit = db.session.commit

    def dying_commit() -> None:
        moment()
        commit()

    monkeypatch.setattr(forwarding.db.session, "commit", dying_commit)
    try:
        run(store)
    except Killed:
        pass
    finally:
        monkeypatch.setattr(forwarding.db.session, "commit", commit)
        db.session.remove()
    at = 0

    run(store, by_hand=True)

    assert list(store.has) == [each for each in ids if each not in bad]
    assert set(set_aside()) == bad
    assert len(store.has) <= state().sent <= len(store.has) + 9


def test_a_slower_run_never_takes_the_place_back(ids: list[str]) -> None:
    run(Store())
    before = (state().stored_ms, state().seq)

    rows.advance(db.session, ENDPOINT, (before[0], before[1] - 1), 5, 0)
    db.session.commit()

    assert (state().stored_ms, state().seq, state().sent) == (*before, 9)


def test_another_target_begins_at_the_beginning(ids: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    run(Store())
    monkeypatch.setattr(forwarding, "endpoint", lambda: "http://other.example.org/xapi")
    store = Store()

    assert run(store) == Forwarded(sent=9)
    assert list(store.has) == ids


def test_voiding_follows_what_it_voids(app: Flask, clock: SetClock) -> None:
    [first] = say(None, statement())
    clock.advance(1)
    [voiding] = say(None, statement("voided") | {"object": {"objectType": "StatementRef", "id": first}})
    clock.advance(1)
    store = Store()

    run(store)

    assert list(store.has) == [first, voiding]


def test_set_aside_ids_that_are_gone_do_no_harm(ids: list[str]) -> None:
    run(Store())
    db.session.add(ForwardingRefused(target=ENDPOINT, statement_id=str(uuid.uuid4()), reason="400", refused_ms=1, again=True))
    db.session.commit()

    assert run(Store()) == Forwarded()


def test_what_is_stored_after_the_clock_was_set_back_is_not_passed_over(ids: list[str], clock: SetClock) -> None:
    store = Store()
    run(store)
    clock.advance(-60_000)
    later = say(None, statement(), statement())
    clock.advance(60_001)

    run(store)

    assert list(store.has) == [*ids, *later]
