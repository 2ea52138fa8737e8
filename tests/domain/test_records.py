"""Commit messages: what is read, and what is refused by the name of its field."""

import copy
import json
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seattime.domain.records import (
    MAX_LENGTH_MS,
    CommitMessage,
    Piece,
    SessionRecord,
    StateRegister,
    TimeRegister,
    join_pieces,
    parse_commit,
)
from seattime.domain.standards import Standard
from seattime.errors import BadInput, BadMessage

SESSION = "6a0c1f3e-8b57-4f0d-9d0a-2f5f3a1c7e42"


def example() -> dict[str, Any]:
    """The message of docs/protocol.md."""
    return {
        "v": 1,
        "token": "a.b.c",
        "records": [
            {
                "session": SESSION,
                "activity": "item_1",
                "attempt": "0123456789abcdef0123456789abcdef",
                "new_attempt": False,
                "standard": "scorm12",
                "mode": "normal",
                "want": None,
                "time": {
                    "seq": 12,
                    "base": 11,
                    "order": 7,
                    "opened": 1_795_000_000_000,
                    "measured": 61_250,
                    "open": 64_250,
                    "spans_from": 0,
                    "spans": [[0, 30_000, 1, 0], [33_000, 31_250, 0, 2]],
                    "acts_from": 0,
                    "acts": [[0, 12_000], [40_000, 0]],
                    "words_from": 0,
                    "words": [[60_000, 60_010, "0000:01:00.00", 0]],
                    "status": {"completion": "incomplete", "success": "unknown", "raw": "80"},
                    "exit": "suspend",
                    "terminated": False,
                    "ended": None,
                },
                "state": {
                    "seq": 4,
                    "base": 3,
                    "order": 7,
                    "whole": False,
                    "set": {"cmi.suspend_data": "…"},
                    "findings": [["lenient-time", "cmi.core.session_time", "PT5S"]],
                },
            }
        ],
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """The example with one field changed: `records.0.time.seq`."""
    message = copy.deepcopy(example())
    *steps, last = path.split(".")
    place: Any = message
    for step in steps:
        place = place[int(step) if step.isdigit() else step]
    place[int(last) if last.isdigit() else last] = value
    return message


def only_record(message: dict[str, Any]) -> SessionRecord:
    (record,) = parse_commit(message).records
    return record


def test_the_message_of_the_protocol_is_read_field_by_field() -> None:
    assert parse_commit(example()) == CommitMessage(
        token="a.b.c",
        records=(
            SessionRecord(
                session=SESSION,
                activity="item_1",
                attempt="0123456789abcdef0123456789abcdef",
                new_attempt=False,
                standard=Standard.SCORM12,
                mode="normal",
                want=None,
                time=TimeRegister(
                    seq=12,
                    base=11,
                    order=7,
                    opened=1_795_000_000_000,
                    measured=61_250,
                    open=64_250,
                    spans=((0, 30_000, 1, 0), (33_000, 31_250, 0, 2)),
                    acts=((0, 12_000), (40_000, 0)),
                    words=((60_000, 60_010, "0000:01:00.00", 0),),
                    status={"completion": "incomplete", "success": "unknown", "raw": "80"},
                    exit="suspend",
                ),
                state=StateRegister(
                    seq=4,
                    base=3,
                    order=7,
                    elements={"cmi.suspend_data": "…"},
                    findings=(("lenient-time", "cmi.core.session_time", "PT5S"),),
                ),
            ),
        ),
    )


def test_either_register_may_be_absent() -> None:
    assert only_record(changed("records.0.time", None)).time is None
    assert only_record(changed("records.0.state", None)).state is None


def test_a_session_may_ask_for_the_lease() -> None:
    assert only_record(changed("records.0.want", "lease")).want == "lease"


def test_keys_that_this_version_does_not_know_are_ignored() -> None:
    message = changed("records.0.time.battery", "low")
    message["compression"] = "none"
    assert parse_commit(message) == parse_commit(example())


def test_a_session_id_is_one_and_the_same_in_capitals() -> None:
    assert only_record(changed("records.0.session", SESSION.upper())).session == SESSION
    assert only_record(changed("records.0.start", SESSION.upper())).start == SESSION


def test_an_empty_exit_is_an_exit_and_a_missing_one_is_none() -> None:
    exits = []
    for value in ("", None):
        time = only_record(changed("records.0.time.exit", value)).time
        assert time is not None
        exits.append(time.exit)
    assert exits == ["", None]


@pytest.mark.parametrize(
    ("path", "value", "field", "reason"),
    [
        ("v", 2, "v", "this server speaks version 1 of the protocol"),
        ("v", True, "v", "this server speaks version 1 of the protocol"),
        ("token", "", "token", "it has 0 characters, and 1 to 16384 are allowed"),
        ("token", 7, "token", "it is not a text"),
        ("records", {}, "records", "it is not a list"),
        ("records", [], "records", "there is none"),
        ("records", [7], "records[0]", "it is not an object"),
        ("records", [{}] * 201, "records", "it has 201 entries, and 200 are the most"),
        ("records.0.session", "6a0c", "records[0].session", "it has 4 characters, and 36 to 36 are allowed"),
        ("records.0.session", "z" * 36, "records[0].session", "it is not a UUID"),
        ("records.0.start", "z" * 36, "records[0].start", "it is not a UUID"),
        ("records.0.activity", "", "records[0].activity", "it has 0 characters, and 1 to 600 are allowed"),
        ("records.0.attempt", None, "records[0].attempt", "it is not a text"),
        ("records.0.new_attempt", 1, "records[0].new_attempt", "it is not true or false"),
        (
            "records.0.standard",
            "aicc",
            "records[0].standard",
            "it is not one of scorm11, scorm12, scorm2004, none",
        ),
        ("records.0.mode", "Normal", "records[0].mode", "it is not one of normal, review, browse"),
        ("records.0.want", "all", "records[0].want", 'it is neither null nor "lease"'),
        ("records.0.time", [], "records[0].time", "it is not an object"),
        ("records.0.time.seq", 0, "records[0].time.seq", f"it is not from 1 to {2**53 - 1}"),
        ("records.0.time.seq", 12.0, "records[0].time.seq", "it is not a whole number"),
        ("records.0.time.seq", 2**53, "records[0].time.seq", f"it is not from 1 to {2**53 - 1}"),
        ("records.0.time.base", True, "records[0].time.base", "it is not a whole number"),
        ("records.0.time.opened", -1, "records[0].time.opened", f"it is not from 0 to {2**53 - 1}"),
        ("records.0.time.measured", "61250", "records[0].time.measured", "it is not a whole number"),
        ("records.0.time.open", MAX_LENGTH_MS + 1, "records[0].time.open", f"it is not from 0 to {MAX_LENGTH_MS}"),
        ("records.0.time.spans_from", -1, "records[0].time.spans_from", f"it is not from 0 to {2**53 - 1}"),
        (
            "records.0.time.spans",
            [[0, 1, 1, 0]] * 5_001,
            "records[0].time.spans",
            "it has 5001 entries, and 5000 are the most",
        ),
        ("records.0.time.spans.1", [0, 1, 1], "records[0].time.spans[1]", "it is not a list of 4"),
        (
            "records.0.time.spans.1",
            [0, -1, 1, 0],
            "records[0].time.spans[1][1]",
            f"it is not from 0 to {MAX_LENGTH_MS}",
        ),
        ("records.0.time.spans.1", [0, 1, 2, 0], "records[0].time.spans[1][2]", "it is not from 0 to 1"),
        ("records.0.time.spans.1", [0, 1, 1, 3], "records[0].time.spans[1][3]", "it is not from 0 to 2"),
        ("records.0.time.acts.0", [0, 0, 0], "records[0].time.acts[0]", "it is not a list of 2"),
        ("records.0.time.acts.0", [0.5, 0], "records[0].time.acts[0][0]", "it is not a whole number"),
        ("records.0.time.words.0", [1, 2, 3, 0], "records[0].time.words[0][2]", "it is not a text"),
        (
            "records.0.time.words.0",
            [-1, 2, "", 0],
            "records[0].time.words[0][0]",
            f"it is not from 0 to {MAX_LENGTH_MS}",
        ),
        ("records.0.time.status", [], "records[0].time.status", "it is not an object"),
        ("records.0.time.status.raw", 80, "records[0].time.status.raw", "it is not a text"),
        ("records.0.time.exit", 0, "records[0].time.exit", "it is not a text"),
        ("records.0.time.terminated", "no", "records[0].time.terminated", "it is not true or false"),
        ("records.0.time.ended", "gone", "records[0].time.ended", "it is not one of terminated, left"),
        ("records.0.state.set", [], "records[0].state.set", "it is not an object"),
        ("records.0.state.set", {"cmi.location": 3}, "records[0].state.set['cmi.location']", "it is not a text"),
        (
            "records.0.state.set",
            {"": "x"},
            "records[0].state.set['']",
            "it has 0 characters, and 1 to 1000 are allowed",
        ),
        ("records.0.state.findings.0", ["x"], "records[0].state.findings[0]", "it is not a list of 3"),
        (
            "records.0.state.piece",
            {"index": 3, "count": 3, "text": ""},
            "records[0].state.piece.index",
            "it is not from 0 to 2",
        ),
        (
            "records.0.state.piece",
            {"index": 0, "count": 0, "text": ""},
            "records[0].state.piece.count",
            "it is not from 1 to 1000",
        ),
    ],
)
def test_a_wrong_field_is_refused_by_its_name(path: str, value: Any, field: str, reason: str) -> None:
    with pytest.raises(BadMessage) as caught:
        parse_commit(changed(path, value))
    assert (caught.value.field, caught.value.message) == (field, f"{field}: {reason}.")
    assert isinstance(caught.value, BadInput)


@pytest.mark.parametrize("message", [None, [], "text", 7])
def test_what_is_no_object_is_no_message(message: object) -> None:
    with pytest.raises(BadMessage, match="it is not an object"):
        parse_commit(message)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
PATHS = [
    "v",
    "token",
    "records",
    "records.0",
    *(f"records.0.{key}" for key in example()["records"][0]),
    *(f"records.0.time.{key}" for key in example()["records"][0]["time"]),
    *(f"records.0.state.{key}" for key in (*example()["records"][0]["state"], "piece")),
]


@settings(max_examples=300)
@given(st.sampled_from(PATHS), json_values)
def test_whatever_stands_in_a_field_is_read_or_refused_by_name(path: str, value: Any) -> None:
    refused: BadMessage | None = None
    try:
        parse_commit(changed(path, value))
    except BadMessage as error:
        refused = error
    assert refused is None or (refused.field and refused.message.startswith(refused.field))


def test_what_a_database_cannot_hold_is_replaced_in_what_is_only_shown() -> None:
    record = only_record(changed("records.0.time.words.0", [None, 0, "a\x00b\ud83dc", 1]))
    assert record.time is not None
    assert record.time.words == ((None, 0, "a\ufffdb\ufffdc", 1),)


def test_a_value_of_an_element_is_kept_to_the_last_code_unit() -> None:
    packed = "\x00\ud83d\uffff"
    record = only_record(changed("records.0.state.set", {"cmi.suspend_data": packed}))
    assert record.state is not None
    assert record.state.elements["cmi.suspend_data"] == packed


def test_a_word_that_is_far_too_long_is_cut_and_not_refused() -> None:
    record = only_record(changed("records.0.time.words.0", [None, 0, "9" * 10_000, 0]))
    assert record.time is not None
    assert record.time.words[0][2] == "9" * 255


def in_pieces(text: str, cuts: list[int], *, seq: int = 4) -> list[StateRegister]:
    marks = [0, *sorted({min(cut, len(text)) for cut in cuts}), len(text)]
    texts = [text[begin:end] for begin, end in pairwise(marks)]
    registers = []
    for index, part in enumerate(texts):
        # over the wire and back, as the browser sends it
        wire = json.loads(json.dumps({"index": index, "count": len(texts), "text": part}))
        state = {"seq": seq, "base": 3, "order": 7, "whole": False, "piece": wire}
        state_register = only_record(changed("records.0.state", state)).state
        assert state_register is not None
        registers.append(state_register)
    return registers


@given(
    st.dictionaries(st.sampled_from(["cmi.suspend_data", "cmi.location"]), st.text(max_size=40), min_size=1),
    st.lists(st.integers(0, 200), max_size=5),
)
def test_pieces_joined_are_the_register_that_was_cut(elements: dict[str, str], cuts: list[int]) -> None:
    text = json.dumps({"set": elements, "findings": [["over-spm", "cmi.suspend_data", "4097"]]}, ensure_ascii=False)
    registers = in_pieces(text, cuts)
    joined = join_pieces(registers[-1], [register.piece.text for register in registers if register.piece])
    assert joined == StateRegister(
        4, 3, 7, elements=elements, findings=(("over-spm", "cmi.suspend_data", "4097"),), piece=None
    )


def test_a_cut_through_a_surrogate_pair_loses_no_character() -> None:
    halves = ['{"set":{"cmi.location":"\ud83d', '\ude00"}}']
    pieces = []
    for index, text in enumerate(halves):
        state = {"seq": 4, "base": 3, "order": 7, "piece": {"index": index, "count": 2, "text": text}}
        register = only_record(changed("records.0.state", state)).state
        assert register is not None
        assert register.piece is not None
        register.piece.text.encode()  # can be stored
        pieces.append(register.piece.text)
    assert join_pieces(register, pieces).elements == {"cmi.location": "\U0001f600"}


@pytest.mark.parametrize("texts", [["{"], ["7"], ['{"set": {"a": 1}}'], ["[" * 100_000]])
def test_pieces_that_make_no_register_are_refused(texts: list[str]) -> None:
    register = StateRegister(4, 3, 7, piece=Piece(0, 1, texts[0]))
    with pytest.raises(BadMessage, match=r"^state\.piece"):
        join_pieces(register, texts)


def test_a_late_piece_of_a_stored_register_holds_nothing() -> None:
    register = StateRegister(4, 3, 7, piece=Piece(0, 2, "{"))
    assert register.without_piece() == StateRegister(4, 3, 7)
