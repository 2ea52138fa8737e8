"""Statements of launched content: the valid ones in the record store, none refused for its form, nobody else's touched."""

from __future__ import annotations

import json
import uuid
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.xapi.queries import read_query
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput, Conflict, NotAllowed, NotFound
from seattime.services import launch_statements, lrs_statements, xapi_launches
from seattime.services.lrs import Author
from seattime.services.lrs_statements import Attached
from seattime.services.xapi_launches import Credential
from seattime.storage.models import Registration, db
from tests import builders
from tests.domain.xapi.made import ATTACHMENT, made

KEY = Author({"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": "tester"}})


@pytest.fixture
def registration(app: Flask) -> Registration:
    return builders.registration(builders.course("tea", kind=PackageKind.XAPI), builders.learner())


def credential(registration: Registration) -> Credential:
    return Credential(registration.key, 1, None, reads=True)


def send(registration: Registration, *sent: Any, attached: tuple[Attached, ...] = ()) -> list[str]:
    body = sent[0] if isinstance(sent[0], bytes) else json.dumps(list(sent)).encode()
    return launch_statements.take(launch_statements.read(credential(registration), body, Version.V1, attached))


def in_store(**parameters: str) -> list[dict[str, Any]]:
    """As an API key sees it."""
    page = lrs_statements.get_statements(read_query({"ascending": "true", **parameters}), [])
    db.session.rollback()
    return [json.loads(raw) for raw in page.raws]


def kept(registration: Registration) -> list[str]:
    found = launch_statements.statements_of(registration.key)
    db.session.rollback()
    return [each["id"] for each in found]


def store_elsewhere(**more: Any) -> None:
    """By an API key."""
    sent = lrs_statements.read_statements(json.dumps(made(**more)).encode(), Version.V1, [])
    lrs_statements.store_statements(KEY, sent, Version.V1, [])


def test_a_valid_statement_is_in_the_store_to_the_letter_with_its_launch_as_authority(registration: Registration) -> None:
    (chosen,) = send(registration, b'{"result":{"score":{"raw":1.50}},' + json.dumps(made()).encode()[1:])

    (stored,) = in_store()
    assert stored["id"] == chosen
    assert stored["authority"]["account"]["name"] == f"registration {uuid.UUID(registration.key)}"
    assert '"score":{"raw":1.50}' in lrs_statements.get_statements(read_query({"statementId": chosen}), []).raws[0]
    assert kept(registration) == [chosen]


def test_what_is_not_valid_is_kept_raw_with_its_registration(registration: Registration) -> None:
    """A learner's time may be in it (design, section 2: kept and flagged, never refused)."""
    ids = send(registration, {**made(), "result": {"duration": "00:00:10"}}, made(), {**made(), "actor": {"name": "nobody"}})

    assert [each["id"] for each in in_store()] == [ids[1]]
    assert sorted(kept(registration)) == sorted(ids)


def test_a_name_that_stands_twice_counts_as_browsers_read_it(registration: Registration) -> None:
    (chosen,) = send(registration, json.dumps(made()).encode()[:-1] + b',"result":{"response":"a","response":"b"}}')

    assert [(each["id"], each["result"]) for each in in_store()] == [(chosen, {"response": "b"})]


def test_an_attachment_whose_content_did_not_come_keeps_a_statement_out(registration: Registration) -> None:
    without = {name: value for name, value in ATTACHMENT.items() if name != "fileUrl"}

    ids = send(registration, made(attachments=[without]), made(attachments=[ATTACHMENT]))

    assert [each["id"] for each in in_store()] == [ids[1]]


def test_an_id_that_somebody_else_used_costs_no_statement(registration: Registration) -> None:
    taken = str(uuid.uuid4())
    store_elsewhere(id=taken, result={"success": True})

    ids = send(registration, made(), made(id=taken), made())

    assert {each["id"] for each in in_store()} == {*ids}
    assert in_store()[0]["authority"] == KEY.authority
    assert sorted(kept(registration)) == sorted(ids)


def test_sent_again_it_is_one(registration: Registration) -> None:
    statement = made(id=str(uuid.uuid4()))
    bad = {**made(id=str(uuid.uuid4())), "result": {"duration": "10"}}

    assert send(registration, statement, bad) == send(registration, statement, bad)

    assert len(kept(registration)) == 2
    assert len(in_store()) == 1


@pytest.mark.parametrize("bad", [{}, {"actor": {"name": "nobody"}}])
def test_other_content_under_an_own_id_is_a_conflict_and_stores_nothing(registration: Registration, bad: dict[str, Any]) -> None:
    first = {**made(id=str(uuid.uuid4())), **bad}
    send(registration, first)

    with pytest.raises(Conflict):
        send(registration, made(), {**first, "result": {"success": True}})

    assert kept(registration) == [first["id"]]


def test_a_test_run_is_seen_by_its_own_content_alone(registration: Registration) -> None:
    registration.test_run = True
    db.session.commit()

    (chosen,) = send(registration, made(object={"id": "http://example.org/try", "definition": {"name": {"en": "Tried"}}}))

    assert in_store() == []
    assert json.loads(lrs_statements.get_activity("http://example.org/try")) == {"objectType": "Activity", "id": "http://example.org/try"}
    with pytest.raises(NotFound):
        lrs_statements.get_statements(read_query({"statementId": chosen}), [])
    assert len(launch_statements.find(credential(registration), read_query({}), []).raws) == 1


def test_content_reads_what_its_own_registration_said(registration: Registration) -> None:
    other = builders.registration(registration.course, builders.learner("ben"))
    (mine,) = send(registration, made())
    (theirs,) = send(other, made())
    store_elsewhere()

    found = launch_statements.find(credential(registration), read_query({}), [])

    assert [json.loads(raw)["id"] for raw in found.raws] == [mine]
    with pytest.raises(NotFound):
        launch_statements.find(credential(registration), read_query({"statementId": theirs}), [])


def test_content_voids_its_own_statements_and_no_others(registration: Registration) -> None:
    store_elsewhere(id=(others := str(uuid.uuid4())))
    (own,) = send(registration, made())

    send(registration, *(voiding(target) for target in (own, others)))

    assert own not in {each["id"] for each in in_store()}
    assert others in {each["id"] for each in in_store()}


def test_to_send_a_statement_under_somebody_elses_id_is_no_leave_to_void_it(registration: Registration) -> None:
    store_elsewhere(id=(others := str(uuid.uuid4())))

    send(registration, made(id=others, result={"success": True}), voiding(others))

    assert others in {each["id"] for each in in_store()}


def voiding(target: str) -> dict[str, Any]:
    verb = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    return made(verb=verb, object={"objectType": "StatementRef", "id": target})


def test_an_attachment_comes_back(registration: Registration) -> None:
    body = b"%PDF"
    sha2 = sha256(body).hexdigest()
    declared = {**{name: value for name, value in ATTACHMENT.items() if name != "fileUrl"}, "sha2": sha2, "length": len(body)}

    (chosen,) = send(registration, made(attachments=[declared]), attached=(Attached(sha2, "application/pdf", body),))

    page = launch_statements.find(credential(registration), read_query({"statementId": chosen, "attachments": "true"}), [])
    assert [each.body for each in page.attachments] == [body]


def test_cmi5_content_is_held_to_the_rules_of_xapi(app: Flask) -> None:
    strict = builders.registration(builders.course("stars", kind=PackageKind.CMI5), builders.learner("cleo"))

    with pytest.raises(BadInput, match=r"statement\.result\.duration"):
        send(strict, made(), {**made(), "result": {"duration": "00:00:10"}})

    assert kept(strict) == []


def test_nothing_is_taken_for_a_registration_that_is_gone(registration: Registration) -> None:
    registration.deleted_ms = 1
    db.session.commit()

    with pytest.raises(NotAllowed):
        send(registration, made())


def test_a_credential_reads_for_a_day_and_writes_for_thirty(registration: Registration, monkeypatch: pytest.MonkeyPatch) -> None:
    header = f"Basic {xapi_launches.sign_credential(registration.key, 1)}"
    tokens = xapi_launches.parts().tokens
    now = tokens._wall()

    seen = []
    for days in (0.9, 1.1, 29.9):
        monkeypatch.setattr(xapi_launches, "parts", lambda days=days: Later(tokens, now + days * 86400))
        seen.append(xapi_launches.read_credential(header).reads)

    assert seen == [True, False, False]


class Later:
    """The parts, at another time."""

    def __init__(self, tokens: Any, now_s: float) -> None:
        self.tokens = tokens
        self._now_s = now_s

    def wall(self) -> float:
        return self._now_s


def test_a_reset_of_progress_gives_the_content_another_registration() -> None:
    key = "0123456789abcdef0123456789abcdef"

    ids = [xapi_launches.registration_id(key, instance) for instance in (1, 2, 3)]

    assert ids[0] == str(uuid.UUID(key))
    assert len(set(ids)) == 3
    assert ids == [xapi_launches.registration_id(key, instance) for instance in (1, 2, 3)]
