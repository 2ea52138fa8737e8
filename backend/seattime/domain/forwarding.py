"""Forwarding to another record store: what its answers mean, and when the next try is due. Pure.

Guarantees: only an answer that says of the very statement that it is bad ends with it being set aside; whatever else goes wrong (no
answer, a wrong password, an address that is no record store, a target that is too busy) is tried again for as long as it lasts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from seattime.domain.xapi import json_text
from seattime.domain.xapi.plain import plain

LONGEST_WAIT_S: Final = 300.0
LONGEST_ASKED_S: Final = 3600.0
"""However long a target asks us to wait."""
_OUR_WORD: Final = frozenset({"stored"})
"""What the target sets itself: when it came to be stored is another moment there (xAPI 1.0.3 Data 2.4.8)."""


class Verdict(Enum):
    """What an answer to a POST of statements means."""

    TAKEN = auto()
    CONFLICT = auto()
    """The target has one of these ids already, with content that it holds for another."""
    REFUSED = auto()
    """Something is wrong with what was sent."""
    LATER = auto()
    """Nothing is said of the statements."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer. Names of headers in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def judge(answer: Answer) -> Verdict:
    """xAPI 1.0.3 Communication 3.2. A redirect and 401, 403, 404, 405 say that a setting is wrong, not a statement."""
    if answer.status in (200, 204):
        return Verdict.TAKEN
    if answer.status == 409:
        return Verdict.CONFLICT
    return Verdict.REFUSED if answer.status in (400, 413, 415, 422) else Verdict.LATER


def describe(answer: Answer) -> str:
    """One line for an operator."""
    text = answer.body[:4000].decode("utf-8", "replace")
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        value = None
    said = value.get("message") or value.get("error") if isinstance(value, dict) else text
    words = plain(said, 400) or plain(text, 400)
    where = f" to {plain(answer.headers['location'], 200)}" if "location" in answer.headers else ""
    return f"{answer.status}{where}{': ' + words if words else ''}"


def wait_s(failures: int, chance: float, answer: Answer | None = None) -> float:
    """Before the next try, after so many in succession; `chance` from 0 to 1 spreads nodes. What the target asks for is kept."""
    backoff = min(LONGEST_WAIT_S, 2.0 ** min(failures - 1, 20)) * (0.5 + chance / 2)
    asked = answer.headers.get("retry-after", "") if answer is not None else ""
    if asked.isascii() and asked.isdigit():
        return max(backoff, min(float(asked[:9]), LONGEST_ASKED_S))
    return backoff


def version_of(statement: Mapping[str, object]) -> str:
    """Under which version of xAPI a stored statement is sent: 2.0 has what 1.0 does not know."""
    return "2.0.0" if str(statement.get("version", "")).startswith("2.") else "1.0.3"


def outgoing(raw: str) -> str:
    """The text as it is sent: as stored, letter by letter, without what the target sets itself. The authority is left to the target:
    it keeps it or replaces it, as it trusts us (Data 2.4.9)."""
    members = json_text.members(raw)
    return json_text.join_members({name: text for name, text in members.items() if name not in _OUR_WORD})
