"""A statement in one plain English sentence: Ana Ruiz completed “Making tea” — 4 min 12 s, score 80 %. Pure.

Guarantees: takes any JSON object, also one that is no valid statement, and never raises; what it says is text without markup
(plain.py); nothing is made up: what the statement does not say is left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from seattime.domain import clockface
from seattime.domain.durations import parse_duration
from seattime.domain.standards import Standard
from seattime.domain.xapi import responses, verbs
from seattime.domain.xapi.plain import end_of, in_language, plain
from seattime.errors import UnreadableDuration

PROGRESS: Final = "https://w3id.org/xapi/cmi5/result/extensions/progress"
REASON: Final = "https://w3id.org/xapi/cmi5/result/extensions/reason"
MOST_MEMBERS: Final = 3
"""Of a group without a name, so many are named."""
LONGEST_PART: Final = 80


@dataclass(frozen=True, slots=True)
class Sentence:
    """Who did what to what, and how it came out."""

    who: str
    did: str
    what: str
    """With its quotation marks where it is a name."""
    how: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        words = " ".join(part for part in (self.who, self.did, self.what) if part)
        return f"{words} \u2014 {', '.join(self.how)}" if self.how else words


@dataclass(frozen=True, slots=True)
class Known:
    """What the reader of a statement knows beside it."""

    definition_of: Callable[[str], Mapping[str, Any] | None] = lambda _activity_id: None
    """What all statements together have said of an activity."""
    statement_of: Callable[[str], Mapping[str, Any] | None] = lambda _statement_id: None
    """Another statement, by its id in lower case."""
    name_of: Callable[[Mapping[str, Any]], str] = lambda _agent: ""
    """Of an agent that has no name in the statement."""


NOTHING_KNOWN: Final = Known()


def sentence(statement: Mapping[str, Any], known: Known = NOTHING_KNOWN) -> Sentence:
    """In English, whatever language its texts are in."""
    return _sentence(statement, known, nested=False)


def _sentence(statement: Mapping[str, Any], known: Known, *, nested: bool) -> Sentence:
    verb, thing = _object(statement.get("verb")), _object(statement.get("object"))
    definition = _definition(thing, known)
    return Sentence(
        who=actor_words(statement.get("actor"), known) or "Somebody",
        did=verbs.words_of(verb),
        what=_what(thing, definition, known, nested=nested),
        how=tuple(_how(_object(statement.get("result")), str(verb.get("id")), definition)),
    )


def actor_words(value: Any, known: Known = NOTHING_KNOWN) -> str:
    """An agent's or a group's name, else what it is known by; empty where there is nothing."""
    actor = _object(value)
    name = plain(actor.get("name"), LONGEST_PART) or plain(known.name_of(actor), LONGEST_PART)
    if name:
        return name
    account = _object(actor.get("account"))
    for found in (plain(actor.get("mbox")).removeprefix("mailto:"), plain(account.get("name")), plain(actor.get("openid"))):
        if found:
            return plain(found, LONGEST_PART)
    if plain(actor.get("mbox_sha1sum")):
        return f"Somebody ({plain(actor['mbox_sha1sum'])[:8]}\u2026)"
    members = actor.get("member")
    return _members(members, known) if isinstance(members, list) and members else ""


def activity_words(activity_id: str, known: Known = NOTHING_KNOWN) -> str:
    """The name of an activity, else what its id ends in."""
    return in_language(_object(known.definition_of(activity_id)).get("name")) or end_of(activity_id)


def _members(members: list[Any], known: Known) -> str:
    names = [actor_words({**_object(each), "member": None}, known) or "somebody" for each in members[:MOST_MEMBERS]]
    rest = len(members) - len(names)
    if rest:
        return f"{', '.join(names)} and {rest} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))


def _definition(thing: Mapping[str, Any], known: Known) -> Mapping[str, Any]:
    """What the statement says of its activity, over what is known of it."""
    activity_id = thing.get("id")
    if thing.get("objectType", "Activity") != "Activity" or not isinstance(activity_id, str):
        return {}
    return {**_object(known.definition_of(activity_id)), **_object(thing.get("definition"))}


def _what(thing: Mapping[str, Any], definition: Mapping[str, Any], known: Known, *, nested: bool) -> str:
    kind = thing.get("objectType", "Activity")
    if kind in ("Agent", "Group"):
        return actor_words(thing, known) or "somebody"
    if kind == "StatementRef":
        return _referred(thing, known, nested=nested)
    if kind == "SubStatement" and not nested:
        return f"that {_sentence(thing, known, nested=True).text}"
    name = in_language(definition.get("name")) or in_language(definition.get("description")) or end_of(thing.get("id"))
    return f"\u201c{name}\u201d" if name else "something"


def _referred(thing: Mapping[str, Any], known: Known, *, nested: bool) -> str:
    statement_id = plain(thing.get("id")).lower()
    other = None if nested else known.statement_of(statement_id)
    if other is None:
        return f"the statement {statement_id}" if statement_id else "a statement"
    return f"the statement \u201c{_sentence(other, known, nested=True).text}\u201d"


def _how(result: Mapping[str, Any], verb_id: str, definition: Mapping[str, Any]) -> list[str]:
    extensions = _object(result.get("extensions"))
    found = [
        responses.words_of(result.get("response"), definition),
        _duration(result.get("duration")),
        _score(_object(result.get("score"))),
        _success(result.get("success"), verb_id),
        _completion(result.get("completion"), verb_id),
        _progress(extensions.get(PROGRESS)),
        plain(extensions.get(REASON), LONGEST_PART),
    ]
    return [part for part in found if part]


def _duration(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    try:
        return clockface.spoken(parse_duration(value, Standard.NONE).ms)
    except UnreadableDuration:
        return f"time {plain(value, 40)}"


def _score(score: Mapping[str, Any]) -> str:
    scaled, raw, highest = (_number(score.get(name)) for name in ("scaled", "raw", "max"))
    if scaled is not None:
        return f"score {_written(round(100 * scaled, 2))} %"
    if raw is None:
        return ""
    return f"score {_written(raw)}" + (f" of {_written(highest)}" if highest is not None else "")


def _success(value: Any, verb_id: str) -> str:
    if not isinstance(value, bool) or verb_id in verbs.JUDGED:
        return ""
    if verb_id in verbs.ANSWERED:
        return "right" if value else "wrong"
    return "passed" if value else "not passed"


def _completion(value: Any, verb_id: str) -> str:
    if not isinstance(value, bool) or (value and verb_id in verbs.COMPLETED):
        return ""
    return "complete" if value else "not complete"


def _progress(value: Any) -> str:
    percent = _number(value)
    return "" if percent is None else f"{_written(percent)} % done"


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _written(number: float) -> str:
    """`80`, `66.67`, and a minus sign that is one."""
    return f"{number:.10g}".replace("-", clockface.MINUS) if abs(number) < 1e10 else f"{number:.3g}"


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
