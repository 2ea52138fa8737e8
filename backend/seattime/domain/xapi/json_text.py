"""JSON that keeps its letter: what a client sent is stored and given back as the text that it sent.

Guarantees: a number comes back digit by digit (`1.0`, `1e400`, `0.10000000000000000001`), a text with its own escapes (so half of
a surrogate pair survives, too); NaN and Infinity, which Python reads and JSON does not have, are refused, and so are a name that
stands twice in one object (readers would disagree about which counts) and what is nested too deeply to be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from seattime.domain.xapi.refusing import Json, refuse

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SPACED_COLON: Final = re.compile(r'"[ \t\n\r]+:')
MOST_NESTED: Final = 200


class Literal(str):
    """A number as it was written."""

    __slots__ = ()


class _NotJson(ValueError):
    pass


def _constant(name: str) -> NoReturn:
    raise _NotJson(f"{name} is not JSON")


def _without_doubles(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise _NotJson(f"the name {ascii(twice)[:60]} stands twice in one object")
    return found


def _digits(text: str) -> int | float:
    # a number of thousands of digits would take Python long (and it refuses some itself): only its size matters here
    return int(text) if len(text) < 400 else float(text)


_QUICK: Final = json.JSONDecoder(parse_constant=_constant)
"""Sees no name that stands twice: what it reads is believed where the names are as many as their colons (`_is_plain`)."""
_PLAIN: Final = json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_without_doubles, parse_int=_digits)
_EXACT: Final = json.JSONDecoder(parse_constant=_constant, object_pairs_hook=_without_doubles, parse_int=Literal, parse_float=Literal)


def decode(body: bytes, what: str) -> str:
    """The text of a body, which must be UTF-8 (RFC 8259 8.1). Raises BadInput."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        refuse(what, "is not UTF-8")


def parse(text: str, what: str) -> Json:
    """The value with numbers as Python's. Raises BadInput."""
    try:
        value = _QUICK.decode(text)
    except (ValueError, RecursionError):
        # the other one knows the reason, or numbers that are too long for this one
        return _parse(_PLAIN, text, what)
    return value if _is_plain(text, value) else _parse(_PLAIN, text, what)


def parse_items(text: str, what: str) -> tuple[bool, list[tuple[Json, str]]]:
    """Whether it is an array, and the elements' values and texts; the value itself and its text where it is none. Raises BadInput."""
    at = _skip(text, 0)
    if text[at : at + 1] == "[":
        found = _quick_elements(text, at + 1)
        if found is not None:
            return True, found
    value = parse(text, what)
    if isinstance(value, list):
        return True, list(zip(value, elements(text), strict=True))
    return False, [(value, next(elements(text)))]


def _quick_elements(text: str, at: int) -> list[tuple[Json, str]] | None:
    """None where it takes a closer look, also to say what is wrong."""
    found: list[tuple[Json, str]] = []
    try:
        at = _skip(text, at)
        while text[at] != "]" or found:
            value, end = _QUICK.raw_decode(text, at)
            one = text[at:end]
            if not _is_plain(one, value, within=1):
                return None
            found.append((value, one))
            at = _skip(text, end)
            if text[at] != ",":
                break
            at = _skip(text, at + 1)
        return found if text[at] == "]" and _skip(text, at + 1) == len(text) else None
    except (ValueError, IndexError, RecursionError):
        return None


def _is_plain(text: str, value: Json, within: int = 0) -> bool:
    """Whether it is plain to see that no name stands twice in an object, and that it is not nested too deeply: as many names were read
    as there are colons behind a quotation mark. Where one stands within a text, or after a space, it is not plain."""
    depth, names, level = within, 0, [value]
    while level:
        below: list[Json] = []
        for each in level:
            if type(each) is dict:
                names += len(each)
                below += each.values()
            elif type(each) is list:
                below += each
        level = below
        depth += 1
    return depth <= MOST_NESTED and names == text.count('":') and _SPACED_COLON.search(text) is None


def parse_exactly(text: str, what: str) -> Json:
    """The value with numbers as `Literal`. Raises BadInput."""
    return _parse(_EXACT, text, what)


def _parse(decoder: json.JSONDecoder, text: str, what: str) -> Json:
    try:
        value = decoder.decode(text)
    except json.JSONDecodeError as error:
        refuse(what, f"is not JSON ({error.msg}, line {error.lineno} column {error.colno})")
    except _NotJson as error:
        refuse(what, f"is not JSON that can be taken ({error})")
    except (ValueError, RecursionError):
        refuse(what, "is not JSON that can be taken")
    if _depth(value) > MOST_NESTED:
        refuse(what, f"is nested more than {MOST_NESTED} levels deep")
    return value


def _depth(value: Json) -> int:
    depth, level = 0, [value]
    while level:
        level = [child for each in level if isinstance(each, dict | list) for child in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth


def elements(text: str) -> Iterator[str]:
    """The texts of an array's elements, or the text itself where it is no array. `text` was parsed before."""
    at = _skip(text, 0)
    if text[at] != "[":
        yield text[at:].rstrip(" \t\n\r")
        return
    at = _skip(text, at + 1)
    while text[at] != "]":
        end = _PLAIN.raw_decode(text, at)[1]
        yield text[at:end]
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def members(text: str) -> dict[str, str]:
    """The texts of an object's values by name, in their order. `text` was parsed before, and begins with its brace."""
    found: dict[str, str] = {}
    at = _skip(text, 1)
    while text[at] != "}":
        name, at = _PLAIN.raw_decode(text, at)
        at = _skip(text, _skip(text, at) + 1)
        end = _PLAIN.raw_decode(text, at)[1]
        found[name] = text[at:end]
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def join_members(texts: dict[str, str]) -> str:
    return "{" + ",".join(f"{json.dumps(name)}:{text}" for name, text in texts.items()) + "}"


def write(value: Json) -> str:
    """JSON of what `parse_exactly` returned, numbers as they were written."""
    parts: list[str] = []
    _write(value, parts)
    return "".join(parts)


def _write(value: Json, parts: list[str]) -> None:
    if type(value) is Literal:
        parts.append(value)
    elif isinstance(value, dict):
        parts.append("{")
        for index, (name, each) in enumerate(value.items()):
            parts.append(f"{',' if index else ''}{json.dumps(name)}:")
            _write(each, parts)
        parts.append("}")
    elif isinstance(value, list):
        parts.append("[")
        for index, each in enumerate(value):
            if index:
                parts.append(",")
            _write(each, parts)
        parts.append("]")
    else:
        parts.append(json.dumps(value))


def _skip(text: str, at: int) -> int:
    match: Any = _SPACE.match(text, at)
    return int(match.end())
