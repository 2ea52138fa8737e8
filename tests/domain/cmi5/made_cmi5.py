"""Statements of an AU as they should be, and the session that they belong to."""

from __future__ import annotations

from typing import Any

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.rules import Session
from seattime.domain.cmi5.words import Verb

ACTOR = {"objectType": "Agent", "name": "Ana", "account": {"homePage": "https://lms.example", "name": "ana"}}
REGISTRATION = "0f7c9a5e-3d0c-4f0b-9a52-7c1c6d7f9e10"
ACTIVITY = "urn:uuid:6d9c1a52-0d3c-5d61-8f0a-5a4f0a4b6c7d"
PUBLISHER = "https://publisher.example/au"
SESSION = "5b1f3f3e-6a57-4a1e-8f55-0d6a1f6f8a11"
AT = "2026-11-18T11:10:00.000Z"
AT_MS = 1_795_000_200_000
"""The moment of AT: 200 s after the beginning of the tests' time (11:06:40)."""
TEMPLATE: dict[str, Any] = {
    "registration": REGISTRATION,
    "contextActivities": {"grouping": [{"objectType": "Activity", "id": PUBLISHER}]},
    "extensions": {words.SESSION_ID: SESSION},
}
FRESH = Session(
    actor="account https://lms.example ana",
    registration_id=REGISTRATION,
    activity_id=ACTIVITY,
    context=TEMPLATE,
    mastery_score=0.8,
    preferences_read=True,
)
"""Launched, and nothing said."""
RESULTS: dict[str, dict[str, Any]] = {
    Verb.COMPLETED: {"completion": True, "duration": "PT1M"},
    Verb.PASSED: {"success": True, "duration": "PT1M"},
    Verb.FAILED: {"success": False, "duration": "PT1M"},
    Verb.TERMINATED: {"duration": "PT2M"},
}


def context(*categories: str, **extensions: Any) -> dict[str, Any]:
    """The template, laid out. `extensions` by the last word of their IRIs."""
    laid: dict[str, Any] = {
        "registration": REGISTRATION,
        "contextActivities": {"grouping": [{"id": PUBLISHER}]},
        "extensions": {words.SESSION_ID: SESSION},
    }
    if categories:
        laid["contextActivities"]["category"] = [{"id": each} for each in categories]
    for name, value in extensions.items():
        laid["extensions"][f"https://w3id.org/xapi/cmi5/context/extensions/{name}"] = value
    return laid


def defined(verb: str, /, **changes: Any) -> dict[str, Any]:
    """A cmi5 defined statement, right as it stands; `changes`: parts that are replaced, or left out where they are None."""
    result = RESULTS.get(verb)
    judged = result is not None and bool({"success", "completion"} & result.keys())
    statement: dict[str, Any] = {
        "id": "9b2d6a0e-1111-4c1a-9d8b-0d5a0c9f2b11",
        "actor": ACTOR,
        "verb": {"id": str(verb)},
        "object": {"id": ACTIVITY},
        "context": context(words.CMI5, *([words.MOVE_ON] if judged else [])),
        "timestamp": AT,
        **({"result": result} if result else {}),
        **changes,
    }
    return {name: value for name, value in statement.items() if value is not None}


def allowed(**changes: Any) -> dict[str, Any]:
    """A cmi5 allowed statement."""
    return defined("http://adlnet.gov/expapi/verbs/experienced", **{"context": context(), "object": {"id": "urn:page:1"}, **changes})
