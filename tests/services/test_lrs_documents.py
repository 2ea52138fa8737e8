"""State and profile documents of the record store on both databases (xAPI 1.0.3 Communication 2.2, 2.3, 3.1)."""

from __future__ import annotations

import threading
from hashlib import sha1
from typing import Any

import pytest
from flask import Flask

from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import lrs_documents
from seattime.services.lrs_documents import ChangedMeanwhile, Must, Preconditions
from seattime.storage.lrs_documents import Name, Scope
from seattime.storage.models import db
from tests.conftest import SetClock

SCOPE = Scope("state", "http://a", "mbox mailto:a@b.c")
NAME = Name(SCOPE, "bookmark")
ANYTHING = Preconditions(None, None, Must.NEVER)
JSON = "application/json"


def body() -> bytes:
    found = lrs_documents.get_document(NAME).body
    db.session.rollback()
    return found


def etag() -> str:
    found = lrs_documents.get_document(NAME).etag
    db.session.rollback()
    return found


def test_a_document_comes_back_byte_by_byte_with_the_sha_1_of_its_bytes(app: Flask) -> None:
    lrs_documents.put_document(NAME, "image/png", b"\x89PNG\x00\xff", ANYTHING)

    assert body() == b"\x89PNG\x00\xff"
    assert etag() == sha1(b"\x89PNG\x00\xff").hexdigest()


def test_json_objects_are_merged_name_by_name_with_numbers_as_written(app: Flask) -> None:
    lrs_documents.put_document(NAME, JSON, b'{"a": 1.0, "b": {"c": 1}}', ANYTHING)

    lrs_documents.post_document(NAME, "application/json; charset=utf-8", b'{"b": {"d": 1e400}, "e": 2}', ANYTHING)

    assert body() == b'{"a":1.0,"b":{"d": 1e400},"e":2}'


@pytest.mark.parametrize(
    ("stored_type", "stored", "sent_type", "sent"),
    [
        (JSON, b"{}", "text/plain", b"{}"),
        ("text/plain", b"{}", JSON, b"{}"),
        (JSON, b"[]", JSON, b"{}"),
        (JSON, b"{}", JSON, b"[]"),
        (JSON, b"{}", JSON, b"{"),
    ],
)
def test_only_two_json_objects_are_merged(app: Flask, stored_type: str, stored: bytes, sent_type: str, sent: bytes) -> None:
    lrs_documents.put_document(NAME, stored_type, stored, ANYTHING)

    with pytest.raises(BadInput):
        lrs_documents.post_document(NAME, sent_type, sent, ANYTHING)

    assert body() == stored


def test_what_was_changed_meanwhile_is_not_replaced(app: Flask) -> None:
    lrs_documents.put_document(NAME, JSON, b"{}", ANYTHING)
    known = etag()
    lrs_documents.put_document(NAME, JSON, b'{"a": 1}', Preconditions(f'"{known}"', None, Must.TO_REPLACE))

    for stale in (f'"{known}"', "x", '"1", "2"'):
        with pytest.raises(ChangedMeanwhile):
            lrs_documents.put_document(NAME, JSON, b"{}", Preconditions(stale, None, Must.NEVER))
        with pytest.raises(ChangedMeanwhile):
            lrs_documents.post_document(NAME, JSON, b"{}", Preconditions(stale, None, Must.NEVER))
        with pytest.raises(ChangedMeanwhile):
            lrs_documents.delete_document(NAME, Preconditions(stale, None, Must.NEVER))
    with pytest.raises(ChangedMeanwhile):
        lrs_documents.put_document(NAME, JSON, b"{}", Preconditions(None, "*", Must.NEVER))

    assert body() == b'{"a": 1}'


def test_a_put_that_says_nothing_is_refused_where_it_must(app: Flask) -> None:
    with pytest.raises(BadInput):
        lrs_documents.put_document(NAME, JSON, b"{}", Preconditions(None, None, Must.ALWAYS))
    lrs_documents.put_document(NAME, JSON, b"{}", Preconditions(None, None, Must.TO_REPLACE))
    for must in (Must.ALWAYS, Must.TO_REPLACE):
        with pytest.raises(Conflict):
            lrs_documents.put_document(NAME, JSON, b'{"a": 1}', Preconditions(None, None, must))
    assert body() == b"{}"


def test_states_are_listed_by_registration_and_time_and_deleted_together(app: Flask, clock: SetClock) -> None:
    registrations = ["", "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"]
    for registration in registrations:
        lrs_documents.put_document(Name(SCOPE, f"s{registration[:1]}", registration), JSON, b"{}", ANYTHING)
        clock.advance(10)
    lrs_documents.put_document(Name(Scope("state", "http://a", "other"), "theirs"), JSON, b"{}", ANYTHING)

    assert lrs_documents.list_documents(SCOPE, None, None)[0] == ["s", "s6"]
    assert lrs_documents.list_documents(SCOPE, registrations[1], None)[0] == ["s6"]
    assert lrs_documents.list_documents(SCOPE, None, clock.now - 20)[0] == ["s6"]
    lrs_documents.delete_documents(SCOPE, registrations[1])
    assert lrs_documents.list_documents(SCOPE, None, None)[0] == ["s"]
    lrs_documents.delete_documents(SCOPE, None)
    assert lrs_documents.list_documents(SCOPE, None, None)[0] == []
    with pytest.raises(NotFound):
        body()


def test_many_merge_at_once_and_nothing_is_lost(app: Flask) -> None:
    """POST reads, merges and writes: two at once must not both begin from the same document, also where there is none yet."""
    db.session.rollback()
    failed: list[Any] = []

    def merge(index: int) -> None:
        with app.app_context():
            try:
                lrs_documents.post_document(NAME, JSON, f'{{"{index}":1}}'.encode(), ANYTHING)
            except Exception as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=merge, args=(index,)) for index in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert failed == []
    assert sorted(body().decode().strip("{}").split(",")) == [f'"{index}":1' for index in range(8)]


@pytest.mark.parametrize("document_id", ["", "a\0b", "a" * 2001])
def test_ids_that_cannot_be_kept_are_refused(document_id: str) -> None:
    with pytest.raises(BadInput):
        lrs_documents.check_id(document_id, "stateId")
