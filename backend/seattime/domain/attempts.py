"""What an attempt has come to, derived from its sessions in order of their order numbers (design 3.7).

Guarantees: the order in which sessions were delivered changes nothing; `suspend_data`, `location` and `exit` always
stem from one and the same session; in SCORM 1.1 and 1.2 no exit value clears anything. Rules are cited by element:
SCORM 1.2 RTE 3.4.4, SCORM 2004 RTE 4.2. Imports `standards` of ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seattime.domain.standards import Standard

AB_INITIO = "ab-initio"
RESUME = "resume"

_SUSPEND = "suspend"
_REQUEST = "adl.nav.request"
_SUSPEND_ALL = "suspendAll"
_GROUPS: dict[Standard, tuple[str, ...]] = {
    Standard.SCORM11: ("cmi.suspend_data", "cmi.core.lesson_location", "cmi.core.exit"),
    Standard.SCORM12: ("cmi.suspend_data", "cmi.core.lesson_location", "cmi.core.exit"),
    Standard.SCORM2004: ("cmi.suspend_data", "cmi.location", "cmi.exit"),
    Standard.NONE: (),
}
_OF_ONE_SESSION = frozenset({"cmi.core.session_time", "cmi.session_time", "cmi.core.exit", "cmi.exit", "adl.nav.request", "seattime.host"})
"""What a session says of itself: no other session starts from it."""


@dataclass(frozen=True, slots=True)
class StoredSession:
    """What of a stored session bears on its attempt.

    `order_number`: the newest that it holds; `state_order`: the one under which its newest state was written, 0 if it
    has none. `words`: `(ms or None, measured)` of each segment that it reported. `exit`: None if it never set one.
    """

    session: str
    order_number: int
    state_order: int
    elements: Mapping[str, str]
    words: tuple[tuple[int | None, int], ...] = ()
    exit: str | None = None
    terminated: bool = False
    mode: str = "normal"


@dataclass(frozen=True, slots=True)
class AttemptState:
    """What a further session of the attempt starts from.

    `elements`: name to value, without those that one session says of itself. `total_time_ms`: what `total_time` is when
    the next session begins. `ended`: the next session belongs to a new attempt.
    """

    elements: Mapping[str, str]
    total_time_ms: int
    entry: str
    ended: bool


def derive_attempt(sessions: Iterable[StoredSession], standard: Standard, *, unset_exit_ends: bool = False) -> AttemptState:
    """The state of an attempt with these sessions; of one that has none yet, where there are none."""
    known = list(sessions)
    return AttemptState(
        elements=launch_elements(known, standard),
        total_time_ms=total_time_ms(known),
        entry=entry_for(known, standard, unset_exit_ends=unset_exit_ends),
        ended=attempt_ended(known, standard, unset_exit_ends=unset_exit_ends),
    )


def merged_elements(sessions: Iterable[StoredSession], standard: Standard) -> dict[str, str]:
    """All elements of the attempt: a later session's value overrides, element by element, and the group as a group.

    What was set in review or browse mode stays with its session: it is no credit work (cmi.core.lesson_mode, cmi.mode).
    """
    group = _GROUPS[standard]
    elements: dict[str, str] = {}
    for session in sorted(_of_record(sessions), key=lambda session: (session.state_order, session.session)):
        if any(name in session.elements for name in group):
            # A bookmark of one session with the suspend data of another is a state in which the content never was.
            elements = {name: value for name, value in elements.items() if name not in group}
        elements.update(session.elements)
    return elements


def launch_elements(sessions: Iterable[StoredSession], standard: Standard) -> dict[str, str]:
    """The elements that a new session of the attempt is handed."""
    merged = merged_elements(sessions, standard)
    return {name: value for name, value in merged.items() if name not in _OF_ONE_SESSION}


def total_time_ms(sessions: Iterable[StoredSession]) -> int:
    """Sum of the session times that the sessions reported (cmi.core.total_time; cmi.total_time), in ms.

    Each session's value counts once however often it was set; where it began to count anew, its segments add up.
    """
    return sum(ms for session in _of_record(sessions) for ms, _measured in session.words if ms is not None)


def attempt_ended(sessions: Iterable[StoredSession], standard: Standard, *, unset_exit_ends: bool = False) -> bool:
    """Whether the next session begins a new attempt.

    SCORM 2004 (cmi.exit): `normal`, `logout`, `time-out` and `""` end it once the session is terminated, `suspend` does
    not, nor does any of them where the content asked to suspend the course (SN, suspendAll). An exit that was never set
    is unknown, and taken for `suspend`: a closed tab loses nobody's place. `unset_exit_ends`: by the letter it is `""`
    (the leniency `unset-exit` is off). The latest session decides, so an exit that arrives late never splits a session
    that began after it. 1.1 and 1.2: none ends it.
    """
    latest = _latest(sessions)
    if latest is None or standard is not Standard.SCORM2004 or not latest.terminated:
        return False
    if latest.elements.get(_REQUEST) == _SUSPEND_ALL:
        return False
    return unset_exit_ends if latest.exit is None else latest.exit != _SUSPEND


def entry_for(sessions: Iterable[StoredSession], standard: Standard, *, unset_exit_ends: bool = False) -> str:
    """`cmi.core.entry` or `cmi.entry` of the attempt's next session: `ab-initio`, `resume` or `""`.

    `ab-initio` where no session set anything yet, or the next one begins a new attempt. 1.2 (cmi.core.exit): `suspend`
    leads to `resume`; `time-out`, `logout` and `""` lead to `""`, and yet all state is handed on: content that writes
    `""` and expects its suspend_data back is common. Never set is unknown here too, and leads to `resume`.
    """
    known = list(sessions)
    latest = _latest(known)
    if latest is None or not merged_elements(known, standard) or attempt_ended(known, standard, unset_exit_ends=unset_exit_ends):
        return AB_INITIO
    if standard is not Standard.SCORM2004 and latest.terminated and latest.exit not in (None, _SUSPEND):
        return ""
    return RESUME


def _of_record(sessions: Iterable[StoredSession]) -> list[StoredSession]:
    return [session for session in sessions if session.mode == "normal"]


def _latest(sessions: Iterable[StoredSession]) -> StoredSession | None:
    return max(
        _of_record(sessions),
        key=lambda session: (max(session.order_number, session.state_order), session.session),
        default=None,
    )
