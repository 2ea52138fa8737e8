"""JSON over several lines is the same text, letter by letter, but for the white space between."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.xapi.pretty import one_line, pretty

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def test_a_line_for_each_name_and_nothing_of_a_token_is_changed() -> None:
    raw = '{"a" :1.0,"b":[ 1e400 ,{}, [] ],"c":{"d":"\\u0041 { \\" }"},\n"e":null}'

    assert pretty(raw) == (
        "{\n"
        '  "a": 1.0,\n'
        '  "b": [\n'
        "    1e400,\n"
        "    {},\n"
        "    []\n"
        "  ],\n"
        '  "c": {\n'
        '    "d": "\\u0041 { \\" }"\n'
        "  },\n"
        '  "e": null\n'
        "}"
    )


@given(JSON)
def test_it_is_the_same_value(value: Any) -> None:
    for raw in (json.dumps(value), json.dumps(value, ensure_ascii=False, indent=3)):
        assert json.loads(pretty(raw)) == json.loads(one_line(raw)) == value
        assert "\n" not in one_line(raw)
