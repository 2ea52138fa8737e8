"""From one statement, valid or not, to what it says of the session in which it was said.

Guarantees: `read_statement` raises nothing, whatever JSON it is given, and what it returns can be stored; a duration is read as a
person would read it and kept as it was written. Only statements about the launched activity itself count: the durations of
slides, questions and other parts are no clock of the session, and their results are not its outcome.

What is read as the session's time: `result.duration` of a statement about the launched activity, where the verb tells how the
visit went (`_TELLS_TIME`). In cmi5 these are completed, passed, failed and terminated (cmi5 9.5.4.1: since `initialized`), and only
with the category of cmi5; what an AU says beside is its own affair (9.3, "cmi5 allowed"). Tin Can
content follows no rule; the driver that Storyline, Rise, Captivate and Lectora carry says the time of all visits so far with
completed, passed, failed and attempted; Adapt says that of the attempt with passed, failed and suspended, that of the visit
with terminated, and `PT0S` with launched, initialized and attempted, which only says that nothing has passed yet. A verb that
is not in the list (answered, interacted, played ...) speaks of a part even where the object is the whole; that its duration is
not read costs nothing, since measured time stands.

Statements of Tin Can before 1.0 name their verb by a word alone. Imports `durations` and `standards` of ours, and xAPI's times.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from seattime.domain.durations import parse_duration
from seattime.domain.standards import Standard
from seattime.domain.xapi.texts import in_ms, read_time
from seattime.errors import BadInput, UnreadableDuration

MOST_TEXT: Final = 255
"""Characters that are kept of what was written; the statement itself keeps all."""
_NOT_STORABLE: Final = re.compile("[\x00\ud800-\udfff]")
_TELLS_TIME: Final = frozenset(
    {"attempted", "completed", "exited", "experienced", "failed", "mastered", "passed", "progressed", "suspended", "terminated"}
)
_OF_A_PART: Final = frozenset({"answered", "asked", "commented", "interacted", "paused", "played", "responded", "seeked", "skipped"})
"""What was done with a question or a video is no result of the whole, whatever the object is."""
_OF_THE_LMS: Final = frozenset({"launched", "abandoned", "waived", "satisfied"})
"""Under cmi5 the LMS says these (cmi5 9.3): no word of the content, and no time by its device's clock."""
_FAILED, _PASSED = "failed", frozenset({"passed", "mastered"})
_CMI5_CATEGORY: Final = "https://w3id.org/xapi/cmi5/context/categories/cmi5"
_PROGRESS: Final = "https://w3id.org/xapi/cmi5/result/extensions/progress"
_SCORE: Final = ("scaled", "raw", "min", "max")


@dataclass(frozen=True, slots=True)
class Told:
    """What one statement says of its session.

    `timestamp_ms`: by the clock of its sender, None where it has none that can be read. `duration_raw`: None where it does not
    speak of the session's time; `duration_ms`: None where nobody can read it. `status`: completion, success, score and progress in
    the words of a session's status (docs/protocol.md); a score that was not said with the others is "".
    """

    verb: str
    timestamp_ms: int | None = None
    duration_raw: str | None = None
    duration_ms: int | None = None
    duration_lenient: bool = False
    status: dict[str, str] = field(default_factory=dict)


def read_statement(statement: Any, activity_ids: Iterable[str], *, cmi5: bool) -> Told | None:
    """What it says, None where it is about something else. `activity_ids`: under which the launched activity may be named.

    `cmi5`: completion and success are two things there (cmi5 9.3). Elsewhere who passed, mastered or failed is through
    with it too, as in SCORM 1.2, unless the statement says otherwise.
    """
    if not isinstance(statement, dict) or not _is_about(statement, {_plain(each) for each in activity_ids}, cmi5=cmi5):
        return None
    verb_id = _verb_id(statement.get("verb"))
    verb = verb_id.rstrip("/#").replace("#", "/").rpartition("/")[2].lower()
    result = _object(statement.get("result"))
    if cmi5 and verb in _OF_THE_LMS:
        return None
    raw, ms, lenient = _duration(result.get("duration")) if verb in _TELLS_TIME else (None, None, False)
    if verb == "attempted" and ms == 0:
        raw = ms = None
    return Told(
        verb=_storable(verb_id),
        timestamp_ms=_moment(statement.get("timestamp")),
        duration_raw=raw,
        duration_ms=ms,
        duration_lenient=lenient,
        status={} if verb in _OF_A_PART else _status(verb, result, cmi5=cmi5),
    )


def _is_about(statement: dict[str, Any], activity_ids: set[str], *, cmi5: bool) -> bool:
    about = _object(statement.get("object"))
    if about.get("objectType", "Activity") != "Activity":
        return False
    if cmi5:
        # what has the category is cmi5's own, and about the AU itself, whatever id that was launched under (cmi5 9.4, 9.6.2.1)
        return _CMI5_CATEGORY in _categories(statement)
    return _plain(about.get("id")) in activity_ids


def _categories(statement: dict[str, Any]) -> set[str]:
    listed = _object(_object(statement.get("context")).get("contextActivities")).get("category")
    entries = listed if isinstance(listed, list) else [listed]
    return {str(_object(each).get("id")) for each in entries}


def _plain(activity_id: Any) -> str:
    """Tools differ about the last slash and the letters of the scheme where they write one id in two places."""
    scheme, colon, rest = str(activity_id).strip().partition(":")
    return f"{scheme.lower()}{colon}{rest.rstrip('/')}"


def _verb_id(verb: Any) -> str:
    return str(_object(verb).get("id", "")) if isinstance(verb, dict) else str(verb)


def _duration(value: Any) -> tuple[str | None, int | None, bool]:
    if value is None or isinstance(value, bool | dict | list):
        return None, None, False
    raw = str(value)
    try:
        read = parse_duration(raw, Standard.NONE)
    except UnreadableDuration:
        return _storable(raw), None, False
    return _storable(raw), read.ms, read.lenient or not isinstance(value, str)


def _moment(value: Any) -> int | None:
    try:
        return max(0, in_ms(read_time(value, "timestamp")))
    except BadInput:
        return None


def _status(verb: str, result: dict[str, Any], *, cmi5: bool) -> dict[str, str]:
    status: dict[str, str] = {}
    through = verb == "completed" or (not cmi5 and (verb in _PASSED or verb == _FAILED))
    said = _flag(result.get("completion"))
    if said is True or (through and said is None):
        status["completion"] = "completed"
    elif said is False:
        status["completion"] = "incomplete"
    success = _flag(result.get("success"))
    if verb in _PASSED or (success is True and verb != _FAILED):
        status["success"] = "passed"
    elif verb == _FAILED or success is False:
        status["success"] = "failed"
    score = _object(result.get("score"))
    numbers = {name: text for name in _SCORE if (text := _number(score.get(name))) is not None}
    if "scaled" in numbers or "raw" in numbers:
        status |= dict.fromkeys(_SCORE, "") | numbers
    progress = _number(_object(result.get("extensions")).get(_PROGRESS))
    if progress is not None:
        status["progress"] = str(float(progress) / 100)
    return status


def _flag(value: Any) -> bool | None:
    """Old drivers write `"true"`."""
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value.strip().lower()) if isinstance(value, str) else None


def _number(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return str(value).strip() if abs(number) < 10**12 and len(str(value)) <= 40 else None


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _storable(text: str) -> str:
    return _NOT_STORABLE.sub("\ufffd", text[:MOST_TEXT])
