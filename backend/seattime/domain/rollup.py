"""What a registration has come to: completion, success and score from its activities, in SCORM Cloud's words.

Pure: takes the status fields of the time register (docs/protocol.md, `status`), returns what the REST API and the
pages show. This is the rollup of packages whose sequencing is not executed: every activity counts alike. Guarantees:
raw values are only read; what cannot be read as a number is no score. Imports `standards` of ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum

from seattime.domain.standards import Standard


class Completion(StrEnum):
    """SCORM Cloud's `registrationCompletion` and `activityCompletion`."""

    UNKNOWN = "UNKNOWN"
    COMPLETED = "COMPLETED"
    INCOMPLETE = "INCOMPLETE"


class Success(StrEnum):
    """SCORM Cloud's `registrationSuccess` and `activitySuccess`."""

    UNKNOWN = "UNKNOWN"
    PASSED = "PASSED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Status:
    """`score`: 0 to 100, at most two decimals, None where there is none."""

    completion: Completion = Completion.UNKNOWN
    success: Success = Success.UNKNOWN
    score: float | None = None


_COMPLETION = {
    "completed": Completion.COMPLETED,
    "incomplete": Completion.INCOMPLETE,
    # a status of success says that the learner was through with it (1.2 RTE 3.4.4, cmi.core.lesson_status)
    "passed": Completion.COMPLETED,
    "failed": Completion.COMPLETED,
    "browsed": Completion.INCOMPLETE,
}
"""`not attempted`, `unknown` and what the standards do not know say nothing."""

_SUCCESS = {"passed": Success.PASSED, "failed": Success.FAILED}


def merge_status(statuses: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The status fields of an attempt: those of its sessions in order, each field's latest that was set."""
    merged: dict[str, str] = {}
    for status in statuses:
        merged.update(status)
    return merged


def activity_status(status: Mapping[str, str], standard: Standard, *, begun: bool) -> Status:
    """One activity's, from its status fields. `begun`: it has a session.

    SCORM 1.1 and 1.2 have one field for both, `lesson_status`; wherever it was put, it answers both questions. An
    activity without a word is INCOMPLETE once it was begun.
    """
    completion = _COMPLETION.get(status.get("completion", ""), Completion.UNKNOWN)
    success = _SUCCESS.get(status.get("success", ""), Success.UNKNOWN)
    if standard in (Standard.SCORM11, Standard.SCORM12):
        if completion is Completion.UNKNOWN:
            completion = _COMPLETION.get(status.get("success", ""), Completion.UNKNOWN)
        if success is Success.UNKNOWN:
            success = _SUCCESS.get(status.get("completion", ""), Success.UNKNOWN)
    if completion is Completion.UNKNOWN and begun:
        completion = Completion.INCOMPLETE
    return Status(completion, success, _score(status))


def registration_status(activities: Iterable[Status]) -> Status:
    """The registration's, from all launchable activities of its package, begun or not.

    COMPLETED if all are, UNKNOWN if nothing is known of any, INCOMPLETE otherwise. FAILED if one failed; PASSED if one
    passed and every other did too or is a completed one that knows no success; UNKNOWN otherwise. The score is the mean
    of those that have one.
    """
    known = list(activities)
    if known and all(one.completion is Completion.COMPLETED for one in known):
        completion = Completion.COMPLETED
    elif all(one.completion is Completion.UNKNOWN for one in known):
        completion = Completion.UNKNOWN
    else:
        completion = Completion.INCOMPLETE
    scores = [one.score for one in known if one.score is not None]
    score = round(sum(scores) / len(scores), 2) if scores else None
    return Status(completion, _rolled_up_success(known), score)


def _rolled_up_success(activities: list[Status]) -> Success:
    if any(one.success is Success.FAILED for one in activities):
        return Success.FAILED
    passed = [one for one in activities if one.success is Success.PASSED]
    others_done = all(one.completion is Completion.COMPLETED for one in activities if one.success is not Success.PASSED)
    return Success.PASSED if passed and others_done else Success.UNKNOWN


def _score(status: Mapping[str, str]) -> float | None:
    """Scaled times 100 where it was set (cmi.score.scaled, -1 to 1), else raw between min and max (0 and 100).

    A negative scaled score is shown as 0: the scale that people read begins there.
    """
    scaled = _number(status.get("scaled"))
    if scaled is not None:
        share = scaled
    else:
        raw = _number(status.get("raw"))
        if raw is None:
            return None
        low, high = _number(status.get("min")), _number(status.get("max"))
        low, high = (Decimal(0) if low is None else low), (Decimal(100) if high is None else high)
        if high <= low:
            low, high = Decimal(0), Decimal(100)
        share = (raw - low) / (high - low)
    return float(round(min(max(share, Decimal(0)), Decimal(1)) * 100, 2))


def _number(text: str | None) -> Decimal | None:
    if text is None or len(text) > 40:
        return None
    try:
        number = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < Decimal(10) ** 12 else None
