"""How a session is drawn: its stretches in the words that a person reads, and the moments at which the course spoke."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from seattime.domain import clockface
from seattime.services.registration_view import SessionView
from seattime.web.pages import charts

WORDS: Final = {
    "counted-visible": "Open",
    "counted-hidden": "Open, hidden behind something else",
    "elsewhere": "Counted in another course",
    "idle": "Idle",
    "hidden": "Hidden, not counted",
    "gap": "Asleep or stopped",
    "not-counted": "Kept apart, not counted",
    "beyond": "Outside of the server's own clock, not counted",
}
MOST_MARKS: Final = 60
"""A course that speaks at each click would cover its own timeline."""


def legend(sessions: Iterable[SessionView]) -> list[tuple[str, str]]:
    """The kinds that occur, in the order above."""
    occurring = {stretch.kind for session in sessions for stretch in session.stretches}
    return [(kind, words) for kind, words in WORDS.items() if kind in occurring]


def draw(session: SessionView) -> charts.Timeline:
    """The session's timeline."""
    stretches = [
        charts.Stretch(
            each.kind,
            each.start_ms,
            each.end_ms,
            f"{WORDS[each.kind]}: {clockface.spoken(each.end_ms - each.start_ms)}",
        )
        for each in session.stretches
    ]
    start = min([session.start_ms, *(each.start_ms for each in stretches)])
    end = max([session.end_ms, *(each.end_ms for each in stretches)])
    parts: dict[str, int] = {}
    for each in session.stretches:
        parts[each.kind] = parts.get(each.kind, 0) + each.end_ms - each.start_ms
    summary = "; ".join(f"{WORDS[kind]}: {clockface.spoken(ms)}" for kind, ms in parts.items())
    marks = [(ms, f"The course said {raw}") for ms, raw in session.spoken[-MOST_MARKS:]]
    return charts.draw_timeline(start, end, stretches, marks, summary or "Nothing was measured")
