"""The made-up sessions of the sample learners, as a browser would have delivered them. Data only.

Each shows one thing that happens to real learners, with figures that can be checked in one's head. Lengths in ms;
entries as in docs/protocol.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from seattime.domain.records import ActEntry, SpanEntry, WordEntry


def _length(hours: int = 0, minutes: int = 0, seconds: int = 0) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * 1000


@dataclass(frozen=True, slots=True)
class SampleLearner:
    """A person who does not exist."""

    learner_id: str
    first_name: str
    last_name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSession:
    """One session. `days_ago` and `at_ms` (since midnight UTC) say when it began; `activity`: which of the course's."""

    learner: str
    course_id: str
    days_ago: int
    at_ms: int
    open_ms: int
    spans: tuple[SpanEntry, ...]
    acts: tuple[ActEntry, ...]
    words: tuple[WordEntry, ...] = ()
    activity: int = 0
    ended: str = "terminated"
    status: Mapping[str, str] = field(default_factory=dict)
    elements: Mapping[str, str] = field(default_factory=dict)

    @property
    def measured_ms(self) -> int:
        """What its spans add up to."""
        return sum(span[1] for span in self.spans)


ANA: Final = SampleLearner("sample-ana-ruiz", "Ana", "Ruiz")
BEN: Final = SampleLearner("sample-ben-okafor", "Ben", "Okafor")
LEARNERS: Final = (ANA, BEN)

# The course said 40:00 and fell silent; it stayed open, the computer slept for 55 s in between. Counted 42:10.
_SILENT_AT_THE_END = SampleSession(
    learner=ANA.learner_id,
    course_id="sample-scorm12-fire-safety",
    days_ago=6,
    at_ms=_length(13, 50, 2),
    open_ms=_length(0, 43, 5),
    spans=((0, _length(0, 25), 1, 0), (_length(0, 25, 55), _length(0, 17, 10), 1, 1)),
    acts=((0, _length(0, 25)), (_length(0, 25, 55), _length(0, 16, 50))),
    words=((_length(0, 40), _length(0, 40), "0000:40:00.00", 0),),
    ended="left",
    status={"completion": "completed", "raw": "90", "min": "0", "max": "100"},
    elements={
        "cmi.core.lesson_status": "completed",
        "cmi.core.score.raw": "90",
        "cmi.core.score.min": "0",
        "cmi.core.score.max": "100",
        "cmi.suspend_data": "slide=5;answers=1,1",
        "cmi.interactions.0.id": "extinguisher",
        "cmi.interactions.0.type": "choice",
        "cmi.interactions.0.student_response": "b",
        "cmi.interactions.0.correct_responses.0.pattern": "b",
        "cmi.interactions.0.result": "correct",
        "cmi.interactions.0.latency": "0000:00:12.40",
        "cmi.interactions.1.id": "assembly-point",
        "cmi.interactions.1.type": "choice",
        "cmi.interactions.1.student_response": "c",
        "cmi.interactions.1.correct_responses.0.pattern": "a",
        "cmi.interactions.1.result": "wrong",
        "cmi.interactions.1.latency": "0000:00:31.00",
    },
)

# Two courses open at once: for 10:30 the weather map was in front of the bread. Counted 13:30 here and 10:30 there.
_BEHIND = SampleSession(
    learner=ANA.learner_id,
    course_id="sample-scorm2004-3rd-bread",
    days_ago=3,
    at_ms=_length(10),
    open_ms=_length(0, 24),
    spans=(
        (0, _length(0, 9, 30), 1, 0),
        (_length(0, 9, 30), _length(0, 10, 30), 0, 0),
        (_length(0, 20), _length(0, 4), 1, 0),
    ),
    acts=((0, _length(0, 9, 25)), (_length(0, 20), _length(0, 3, 55))),
    words=((_length(0, 24), _length(0, 24), "PT24M0S", 0),),
    status={"completion": "completed", "success": "passed", "scaled": "1", "progress": "1"},
    elements={
        "cmi.completion_status": "completed",
        "cmi.success_status": "passed",
        "cmi.score.scaled": "1",
        "cmi.progress_measure": "1",
        "cmi.objectives.0.id": "knead",
        "cmi.objectives.0.description": "Kneads until the dough is smooth",
        "cmi.objectives.0.success_status": "passed",
        "cmi.objectives.0.score.scaled": "1",
        "cmi.interactions.0.id": "proving-time",
        "cmi.interactions.0.type": "choice",
        "cmi.interactions.0.learner_response": "ninety-minutes",
        "cmi.interactions.0.correct_responses.0.pattern": "ninety-minutes",
        "cmi.interactions.0.result": "correct",
        "cmi.interactions.0.latency": "PT8.2S",
    },
)
_IN_FRONT = SampleSession(
    learner=ANA.learner_id,
    course_id="sample-scorm2004-2nd-weather-map",
    days_ago=3,
    at_ms=_length(10, 9, 30),
    open_ms=_length(0, 10, 30),
    spans=((0, _length(0, 10, 30), 1, 0),),
    acts=((0, _length(0, 10, 20)),),
    words=((_length(0, 10, 30), _length(0, 10, 30), "PT10M30S", 0),),
    status={"completion": "incomplete"},
    elements={"cmi.completion_status": "incomplete", "cmi.location": "4"},
)

_PLAIN = SampleSession(
    learner=ANA.learner_id,
    course_id="sample-storyline-email",
    days_ago=1,
    at_ms=_length(15, 4, 11),
    open_ms=_length(0, 14, 12),
    spans=(
        (0, _length(0, 11), 1, 0),
        (_length(0, 11), _length(0, 0, 40), 0, 0),
        (_length(0, 11, 40), _length(0, 2, 32), 1, 0),
    ),
    acts=((0, _length(0, 10, 50)), (_length(0, 11, 40), _length(0, 2, 30))),
    words=((_length(0, 14, 12), _length(0, 14, 12), "0000:14:12.00", 0),),
    status={"completion": "passed", "raw": "85"},
    elements={"cmi.core.lesson_status": "passed", "cmi.core.score.raw": "85"},
)

# 1:32 long, and the course claims 3:06.68, as its tool really does. Counted 1:32.
_OVERCLAIMING = SampleSession(
    learner=BEN.learner_id,
    course_id="sample-captivate-knots",
    days_ago=5,
    at_ms=_length(9, 12),
    open_ms=_length(0, 1, 32),
    spans=((0, _length(0, 1, 32), 1, 0),),
    acts=((0, _length(0, 1, 30)),),
    words=((186_680, _length(0, 1, 32), "0000:03:06.68", 0),),
    status={"completion": "incomplete"},
    elements={"cmi.core.lesson_status": "incomplete", "cmi.core.lesson_location": "Slide 3"},
)

# The lid was closed in the evening and opened in the morning. Counted 11:00 and 6:30.
_SLEPT = SampleSession(
    learner=BEN.learner_id,
    course_id="sample-scorm2004-4th-bicycle",
    days_ago=4,
    at_ms=_length(21, 40),
    open_ms=_length(10, 20, 30),
    spans=((0, _length(0, 11), 1, 0), (_length(10, 14), _length(0, 6, 30), 1, 1)),
    acts=((0, _length(0, 10, 55)), (_length(10, 14), _length(0, 6, 20))),
    words=((_length(0, 17, 30), _length(0, 17, 30), "PT17M30S", 0),),
    status={"completion": "completed"},
    elements={"cmi.completion_status": "completed", "cmi.location": "5"},
)

# A course that never speaks, left open over lunch: idle from half an hour after the last sign of life. Counted 38:10.
_IDLE = SampleSession(
    learner=BEN.learner_id,
    course_id="sample-html5-colour",
    days_ago=2,
    at_ms=_length(11, 51),
    open_ms=_length(0, 49),
    spans=((0, _length(0, 49), 1, 0),),
    acts=((0, _length(0, 8, 10)),),
    ended="left",
)

SESSIONS: Final = (_SILENT_AT_THE_END, _BEHIND, _IN_FRONT, _PLAIN, _OVERCLAIMING, _SLEPT, _IDLE)
"""In the order in which each learner launched them."""
