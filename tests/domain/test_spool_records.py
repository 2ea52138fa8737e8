"""What the spool keeps of statements: by the letter, once for the same request, apart from sessions."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from seattime.domain.records import SessionRecord
from seattime.domain.spool_records import from_json, key_of, merge, to_json
from seattime.domain.spooled import SpooledSession
from seattime.domain.spooled_statements import SpooledAttachment, SpooledStatements
from seattime.domain.standards import Standard
from seattime.errors import BadMessage

ID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
KEPT = SpooledStatements(
    taker="lrs",
    sender={"authority": {"account": {"homePage": "http://localhost:8000", "name": "Žofie"}}},
    registration_key="",
    version="1.0.3",
    taken_ms=1_795_000_000_123,
    statements=((ID, '{"result": {"score": {"raw": 1.50}},  "x":"\\ud83d"}'),),
    attached=(SpooledAttachment("a" * 64, "image/png", b"\x00\xff\r\n"),),
)
SESSION = SpooledSession(
    {"registration_key": "r"},
    SessionRecord("6a0c0000-0000-4000-8000-000000000001", "item", "", False, Standard.SCORM12, "normal", None, None, None),
)


def test_statements_come_back_by_the_letter_and_attachments_byte_by_byte() -> None:
    assert from_json(to_json(KEPT)) == KEPT


def test_the_same_request_again_has_the_same_key_whenever_it_comes() -> None:
    assert key_of(KEPT) == key_of(replace(KEPT, taken_ms=1))


@pytest.mark.parametrize(
    "other",
    [
        replace(KEPT, statements=((ID, "{}"),)),
        replace(KEPT, sender={"authority": {}}),
        replace(KEPT, taker="launch"),
        replace(KEPT, version="2.0.0"),
        replace(KEPT, attached=()),
        replace(KEPT, registration_key="b" * 32),
    ],
)
def test_another_request_has_another_key(other: SpooledStatements) -> None:
    assert key_of(other) != key_of(KEPT)


def test_a_key_begins_with_the_registration() -> None:
    assert key_of(replace(KEPT, registration_key="b" * 32)).startswith("b" * 32 + ":statements-")
    assert key_of(KEPT).startswith(":statements-")
    assert key_of(SESSION) == "r:6a0c0000-0000-4000-8000-000000000001"


def test_kept_twice_it_stays_as_of_its_first_time() -> None:
    assert merge(KEPT, replace(KEPT, taken_ms=KEPT.taken_ms + 1)) == KEPT


def test_a_record_of_another_kind_is_no_part_of_it() -> None:
    with pytest.raises(BadMessage):
        merge(KEPT, SESSION)


def test_sessions_are_read_as_before() -> None:
    assert from_json(to_json(SESSION)) == SESSION


@pytest.mark.parametrize("change", [{"statements": 5}, {"attached": [["a", "b", "not base64!"]]}, {"taken_ms": "soon"}, {"sender": None}])
def test_what_was_damaged_is_told(change: dict[str, object]) -> None:
    body = json.loads(to_json(KEPT))["statements_of"]
    with pytest.raises(BadMessage):
        from_json(json.dumps({"statements_of": body | change}, separators=(",", ":")))
    with pytest.raises(BadMessage):
        from_json('{"statements_of":')


def test_one_statement_of_a_request_alone() -> None:
    other = "00000000-0000-4000-8000-000000000001"
    two = replace(KEPT, statements=(*KEPT.statements, (other, "{}")))

    assert two.alone(other) == replace(KEPT, statements=((other, "{}"),))
