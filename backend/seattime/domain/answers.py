"""Answers and objectives, read from the elements that content set, for people to look at.

Guarantees: any elements can be read; what content left out is empty, what it wrote is unchanged. SCORM 1.2 RTE
3.4.4 (`cmi.interactions`, `cmi.objectives`), SCORM 2004 RTE 4.2 (the same names). Pure; imports nothing of ours.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_ENTRY = re.compile(r"cmi\.(interactions|objectives)\.(\d{1,6})\.(.+)")
_CORRECT = re.compile(r"correct_responses\.(\d{1,6})\.pattern")


@dataclass(frozen=True, slots=True)
class Answer:
    """One interaction. All as the content wrote it."""

    identifier: str
    question: str
    kind: str
    response: str
    correct: tuple[str, ...]
    result: str
    latency: str
    time: str


@dataclass(frozen=True, slots=True)
class ObjectiveState:
    """One objective. All as the content wrote it; in 1.1 and 1.2 `completion` holds the one status there is."""

    identifier: str
    description: str
    completion: str
    success: str
    score: str


def read_answers(elements: Mapping[str, str]) -> tuple[Answer, ...]:
    """The interactions, in the content's order."""
    return tuple(
        Answer(
            identifier=entry.get("id", ""),
            question=entry.get("description", ""),
            kind=entry.get("type", ""),
            response=entry.get("learner_response", entry.get("student_response", "")),
            correct=tuple(value for name, value in sorted(entry.items()) if _CORRECT.fullmatch(name)),
            result=entry.get("result", ""),
            latency=entry.get("latency", ""),
            time=entry.get("timestamp", entry.get("time", "")),
        )
        for entry in _entries(elements, "interactions")
    )


def read_objectives(elements: Mapping[str, str]) -> tuple[ObjectiveState, ...]:
    """The objectives, in the content's order."""
    return tuple(
        ObjectiveState(
            identifier=entry.get("id", ""),
            description=entry.get("description", ""),
            completion=entry.get("completion_status", entry.get("status", "")),
            success=entry.get("success_status", ""),
            score=entry.get("score.scaled", entry.get("score.raw", "")),
        )
        for entry in _entries(elements, "objectives")
    )


def _entries(elements: Mapping[str, str], collection: str) -> list[dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for name, value in elements.items():
        match = _ENTRY.fullmatch(name)
        if match and match[1] == collection:
            found.setdefault(int(match[2]), {})[match[3]] = value
    return [found[index] for index in sorted(found)]
