"""Statements of launched content: acknowledged as ever, and in the record store where they are valid."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from seattime.domain.xapi.queries import read_query
from seattime.services import lrs_statements, statements
from seattime.services.lrs import Author
from seattime.services.statements import Credential
from seattime.storage import lrs_writing
from seattime.storage.models import Registration, db
from tests import builders
from tests.domain.xapi.made import ATTACHMENT, made

KEY = Author({"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": "tester"}})


@pytest.fixture
def registration(app: Flask) -> Registration:
    return builders.registration()


def send(registration: Registration, *sent: Any) -> list[str]:
    body = sent[0] if isinstance(sent[0], bytes) else json.dumps(list(sent)).encode()
    return statements.store_statements(Credential(registration.key, 1), body)


def in_store(**parameters: str) -> list[dict[str, Any]]:
    page = lrs_statements.get_statements(read_query({"ascending": "true", **parameters}), [])
    db.session.rollback()
    return [json.loads(raw) for raw in page.raws]


def kept(registration: Registration) -> list[str]:
    found = statements.list_statements(Credential(registration.key, 1))
    db.session.rollback()
    return [each["id"] for each in found]


def test_a_valid_statement_is_in_both_with_its_launch_as_authority(registration: Registration) -> None:
    (chosen,) = send(registration, b'{"result":{"score":{"raw":1.50}},' + json.dumps(made()).encode()[1:])

    (stored,) = in_store()
    assert stored["id"] == chosen
    assert stored["authority"]["account"]["name"] == f"registration {uuid.UUID(registration.key)}"
    assert '"score":{"raw":1.50}' in lrs_statements.get_statements(read_query({"statementId": chosen}), []).raws[0]
    assert kept(registration) == [chosen]


def test_what_is_not_valid_is_kept_with_its_registration_alone(registration: Registration) -> None:
    """A learner's time may be in it (design, section 2: kept and flagged, never refused)."""
    ids = send(registration, {**made(), "result": {"duration": "00:00:10"}}, made(), {**made(), "actor": {"name": "nobody"}})

    assert [each["id"] for each in in_store()] == [ids[1]]
    assert sorted(kept(registration)) == sorted(ids)


def test_an_attachment_whose_content_did_not_come_keeps_a_statement_out(registration: Registration) -> None:
    without = {name: value for name, value in ATTACHMENT.items() if name != "fileUrl"}

    ids = send(registration, made(attachments=[without]), made(attachments=[ATTACHMENT]))

    assert [each["id"] for each in in_store()] == [ids[1]]


def test_an_id_that_somebody_else_used_costs_no_other_statement(registration: Registration) -> None:
    taken = str(uuid.uuid4())
    sent = lrs_statements.read_statements(json.dumps(made(id=taken, result={"success": True})).encode(), lrs_statements.Version.V1, [])
    lrs_statements.store_statements(KEY, sent, lrs_statements.Version.V1, [])

    ids = send(registration, made(), made(id=taken), made())

    assert {each["id"] for each in in_store()} == {*ids}
    assert in_store()[0]["authority"] == KEY.authority
    assert sorted(kept(registration)) == sorted(ids)


def test_sent_again_it_is_one(registration: Registration) -> None:
    statement = made(id=str(uuid.uuid4()))

    assert send(registration, statement) == send(registration, statement)

    assert len(in_store()) == len(kept(registration)) == 1


def test_a_test_run_is_not_in_the_store(registration: Registration) -> None:
    registration.test_run = True
    db.session.commit()

    send(registration, made())

    assert in_store() == []
    assert len(kept(registration)) == 1


def test_a_fault_of_the_store_costs_content_nothing(
    registration: Registration, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise OperationalError("INSERT", {}, Exception("deadlock detected"))

    monkeypatch.setattr(lrs_writing, "insert_keys", fail)

    (chosen,) = send(registration, made())

    assert kept(registration) == [chosen]
    assert in_store() == []
    assert "not in the record store" in caplog.text
