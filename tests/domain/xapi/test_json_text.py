"""JSON keeps its letter."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.xapi import json_text
from seattime.errors import BadInput

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("number", ["1.0", "1.50", "-0", "1e400", "0.10000000000000000001", "1E+2", "123456789012345678901234567890"])
def test_numbers_come_back_digit_by_digit(number: str) -> None:
    text = f'{{"a":[{number}]}}'

    assert json_text.write(json_text.parse_exactly(text, "x")) == text


@given(VALUES)
def test_what_is_read_exactly_is_written_with_the_same_meaning(value: object) -> None:
    text = json.dumps(value)

    assert json.loads(json_text.write(json_text.parse_exactly(text, "x"))) == value


@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 1]))
def test_the_elements_of_an_array_are_its_texts(values: list[object], indent: int | None) -> None:
    assert [json.loads(each) for each in json_text.elements(json.dumps(values, indent=indent) + " ")] == values


@given(st.dictionaries(st.text(), VALUES, max_size=5), st.sampled_from([None, 1]))
def test_the_members_of_an_object_are_its_texts(value: dict[str, object], indent: int | None) -> None:
    members = json_text.members(json.dumps(value, indent=indent))

    assert json.loads(json_text.join_members(members)) == value
    assert list(members) == list(value)


def test_a_single_statement_is_its_own_only_element() -> None:
    assert list(json_text.elements(' {"a": 1.0} \n')) == ['{"a": 1.0}']


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "line 1 column 2"),
        ("NaN", "NaN is not JSON"),
        ('{"a": -Infinity}', "-Infinity is not JSON"),
        ('{"a": 1, "b": {"c": 1, "c": 2}}', "the name 'c' stands twice"),
        ("[" * 300 + "]" * 300, "more than 200 levels"),
        ("[" * 200_000, "is not JSON"),
        ("", "is not JSON"),
    ],
)
def test_what_is_not_json_is_refused_with_the_place(text: str, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        json_text.parse(text, "the body")


def test_a_body_must_be_utf_8() -> None:
    with pytest.raises(BadInput, match="the body: is not UTF-8"):
        json_text.decode(b'"\xff"', "the body")


def test_a_number_of_a_million_digits_is_read_at_once() -> None:
    assert json_text.parse("1" * 1_000_000, "x") == float("inf")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":2}',
        '{"a" :1,"a":2}',
        '[{"a":1},{"b":{"c":1,"c":1}}]',
        # what is missing on one side must not make up for what stands twice on the other
        '{"a":1,"a":2,"b" :3}',
        '{"a":1,"a":2,"b":"\\":"}',
        '[{"a":1,"a":2},{"b" :3,"c":4}]',
    ],
)
def test_a_name_that_stands_twice_is_seen_however_it_is_written(text: str) -> None:
    with pytest.raises(BadInput, match="stands twice"):
        json_text.parse(text, "the body")
    with pytest.raises(BadInput, match="stands twice"):
        json_text.parse_items(text, "the body")


@pytest.mark.parametrize(
    ("text", "many", "items"),
    [
        ("[]", True, []),
        (" [ ] ", True, []),
        (' {"a" : "\\":"} ', False, [({"a": '":'}, '{"a" : "\\":"}')]),
        ('[1.50, {"a":[2]} ,"x"]\n', True, [(1.5, "1.50"), ({"a": [2]}, '{"a":[2]}'), ("x", '"x"')]),
        ('[{"a" :1},{"b":2}]', True, [({"a": 1}, '{"a" :1}'), ({"b": 2}, '{"b":2}')]),
        ("7", False, [(7, "7")]),
    ],
)
def test_items_come_with_their_texts(text: str, many: bool, items: list[tuple[object, str]]) -> None:
    assert json_text.parse_items(text, "the body") == (many, items)


@pytest.mark.parametrize(
    "text", ["", " ", "[", "[1", "[1,]", "[,1]", "[1 2]", "[1] 2", "{", '{"a":NaN}', "[Infinity]", "[" * 201 + "]" * 201]
)
def test_items_of_what_cannot_be_taken_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="the body"):
        json_text.parse_items(text, "the body")


def test_nesting_counts_the_array_around() -> None:
    deepest = "[" * json_text.MOST_NESTED + "]" * json_text.MOST_NESTED
    assert json_text.parse_items(deepest, "the body")[0]
    with pytest.raises(BadInput):
        json_text.parse_items(f"[{deepest}]", "the body")
