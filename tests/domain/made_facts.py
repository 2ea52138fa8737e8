"""Sessions for tests of the ledger's arithmetic, with as few words as the case needs."""

from dataclasses import replace
from typing import Any

from seattime.domain.facts import SessionFacts, Span, Word
from seattime.domain.policy import STANDARD, Policy

NOON = 1_795_000_000_000
"""A server time, ms. Tests count from it."""
SECOND = 1_000
MINUTE = 60_000
HOUR = 3_600_000


def policy(**changes: Any) -> Policy:
    """The standard policy with changes."""
    return replace(STANDARD, **changes)


def span(start_ms: int, length_ms: int, *, visible: bool = True, before: int = 0) -> Span:
    """A measured interval that begins `start_ms` after noon."""
    return Span(NOON + start_ms, length_ms, visible, before)


def said(ms: int | None, at_ms: int, *, raw: str = "", lenient: bool = False) -> Word:
    """The course reported `ms` when the session had measured `at_ms`."""
    return Word(ms, at_ms, raw, lenient)


def session(name: str, *spans: Span, **changes: Any) -> SessionFacts:
    """A session with these spans, launched as the first begins and delivered as the last ends."""
    start = min((each.start_ms for each in spans), default=NOON)
    end = max((each.end_ms for each in spans), default=NOON)
    facts: dict[str, Any] = {
        "session": name,
        "learner": "ana",
        "course": "fire-safety",
        "registration": "ana-fire-safety",
        "instance": 1,
        "attempt": "attempt-1",
        "activity": "item_1",
        "standard": "scorm12",
        "mode": "normal",
        "launched_ms": start,
        "first_ms": start,
        "delivered_ms": end,
        "opened_ms": start,
        "measured_ms": sum(each.length_ms for each in spans),
        "open_ms": end - start,
        "spans": spans,
        "order_number": 1,
    }
    return SessionFacts(**{**facts, **changes})
