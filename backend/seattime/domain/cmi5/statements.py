"""The statements that the LMS itself makes: launched, abandoned, waived, satisfied (cmi5 9.3, 9.5, 9.6).

Guarantees: each has the cmi5 category, the registration, the session's id and the publisher's id of what it is about (9.6.2.3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.launch_data import context_template
from seattime.domain.cmi5.words import Verb
from seattime.domain.durations import format_timeinterval
from seattime.domain.xapi import texts

Statement = dict[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """Whom and what a statement is about. `made_id`: our id of the AU, block or course; `publisher_id`: the course structure's."""

    actor: Mapping[str, Any]
    registration_id: str
    session_id: str
    made_id: str
    publisher_id: str
    title: str = ""
    type: str | None = None


def launched(about: About, launch_data: Mapping[str, Any], launch_url: str, at_ms: int) -> Statement:
    """9.3.1. `launch_url`: without the launch parameters."""
    statement = _statement(Verb.LAUNCHED, about, at_ms)
    extensions = {
        words.LAUNCH_MODE: launch_data["launchMode"],
        words.LAUNCH_URL: launch_url,
        words.MOVE_ON_EXTENSION: launch_data["moveOn"],
    }
    if "masteryScore" in launch_data:
        extensions[words.MASTERY_SCORE] = launch_data["masteryScore"]
    if "launchParameters" in launch_data:
        extensions[words.LAUNCH_PARAMETERS] = launch_data["launchParameters"]
    statement["context"]["extensions"] |= extensions
    return statement


def abandoned(about: About, duration_ms: int, at_ms: int) -> Statement:
    """9.3.6, 9.5.4.2."""
    return {**_statement(Verb.ABANDONED, about, at_ms), "result": {"duration": format_timeinterval(duration_ms)}}


def waived(about: About, reason: str, at_ms: int) -> Statement:
    """9.3.7, 9.5.5.2."""
    statement = _statement(Verb.WAIVED, about, at_ms)
    statement["context"]["contextActivities"]["category"].append({"objectType": "Activity", "id": words.MOVE_ON})
    return {**statement, "result": {"success": True, "completion": True, "extensions": {words.REASON: reason}}}


def satisfied(about: About, at_ms: int) -> Statement:
    """9.3.9: of a block or the course."""
    return _statement(Verb.SATISFIED, about, at_ms)


def _statement(verb: Verb, about: About, at_ms: int) -> Statement:
    context = context_template(about.session_id, about.registration_id, about.publisher_id)
    context["contextActivities"]["category"] = [{"objectType": "Activity", "id": words.CMI5}]
    thing: dict[str, Any] = {"objectType": "Activity", "id": about.made_id}
    definition: dict[str, Any] = {"name": {"und": about.title}} if about.title else {}
    if about.type is not None:
        definition["type"] = about.type
    if definition:
        thing["definition"] = definition
    return {
        "actor": dict(about.actor),
        "verb": {"id": verb.value, "display": {"en": verb.word}},
        "object": thing,
        "context": context,
        "timestamp": texts.write_time(at_ms),
    }
