"""The sum that leads to counted time, in words (design, "How people see it")."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from seattime.domain import clockface, findings
from seattime.services.registration_view import SessionView

WORDS: Final = {
    "course-says": "Course says",
    "measured": "Player measured",
    "measured-stands": "Measured time in its place",
    "after-last-report": "After its last report",
    "over-reported": "Said, but did not pass",
    "elsewhere": "Also open elsewhere",
    "idle": "Idle",
    "hidden": "Hidden",
    "not-counted": "Kept apart: review, browsing",
    "beyond": "Outside of the server\u2019s clock",
    "correction": "Corrected by hand",
}
"""In the order in which they stand."""


@dataclass(frozen=True, slots=True)
class SumLine:
    """One line. `note_ms`: a moment that ends the note; `role`: `total`, or `aside` for what is told beside the sum."""

    words: str
    sign: str
    ms: int
    amount: str
    note: str = ""
    note_ms: int | None = None
    role: str = ""


def sum_lines(sessions: Sequence[SessionView]) -> list[SumLine]:
    """The lines of one session, or those of several added up. They add up to the total exactly, and as they are shown."""
    sums: dict[str, int] = {}
    for session in sessions:
        for line in session.credit.lines:
            sums[line.code] = sums.get(line.code, 0) + line.ms
    lines: list[SumLine] = []
    codes = sorted(sums, key=list(WORDS).index)
    shown = clockface.in_whole_seconds(sums[code] for code in codes)
    for code, seconds in zip(codes, shown, strict=True):
        sign = "" if not lines else "\u2212" if sums[code] < 0 or code in ("elsewhere", "idle") else "+"
        amount = clockface.column(abs(seconds))
        if code == "course-says" and len(sessions) == 1:
            last = sessions[0].credit.last_word_at_server_ms
            lines.append(SumLine(WORDS[code], sign, sums[code], amount, "last report" if last else "", last))
        else:
            lines.append(SumLine(WORDS[code], sign, sums[code], amount, _note(code, sessions)))
    if not sessions:
        return []
    counted = sum(session.credit.credited_ms for session in sessions)
    lines.append(SumLine("Counted", "=", counted, clockface.column(counted), _policy(sessions), role="total"))
    measured = sum(session.credit.measured_ms for session in sessions)
    if "course-says" in sums:
        lines.append(SumLine("Player measured", "", measured, clockface.column(measured), _open(sessions), role="aside"))
    return lines


def explanation(sessions: Sequence[SessionView]) -> str:
    """One sentence for how the figure came about."""
    if len(sessions) == 1:
        return findings.headline(sessions[0].credit)
    reasons = {session.credit.reason for session in sessions}
    if reasons == {"as-reported"}:
        return f"This is what the course said in {len(sessions)} sessions."
    if reasons == {"never-reported"}:
        return f"The course did not say how long it took; the measured time of {len(sessions)} sessions counts."
    return f"{len(sessions)} sessions add up to this; each has its own sum below."


def _note(code: str, sessions: Sequence[SessionView]) -> str:
    if code == "measured":
        return _open(sessions)
    if code == "idle":
        limits = {session.idle_limit_ms for session in sessions}
        limit = limits.pop() if len(limits) == 1 else None
        return f"rule: {clockface.spoken(limit)}" if limit is not None else ""
    if code == "correction":
        return "by " + ", ".join(sorted({c.author for s in sessions for c in s.corrections if c.delta_ms}))
    return ""


def _policy(sessions: Sequence[SessionView]) -> str:
    used = sorted({(session.credit.policy, session.credit.policy_version) for session in sessions})
    return "; ".join(f"policy \u201c{name}\u201d, version {version}" for name, version in used)


def _open(sessions: Sequence[SessionView]) -> str:
    opened = sum(session.credit.open_ms for session in sessions)
    gap = sum(session.credit.gap_ms for session in sessions)
    note = f"open {clockface.column(opened)}"
    if gap >= 1000:
        slept = any(finding.code == "slept" for session in sessions for finding in session.findings)
        note += f"; {'the computer slept' if slept else 'not measured'} {clockface.column(gap)}"
    return note
