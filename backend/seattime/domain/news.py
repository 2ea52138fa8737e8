"""What one delivery brought that was not known before: for metrics and logs, never for anybody's time.

Pure. Imports `registers` of ours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from seattime.domain.records import FindingEntry, WordEntry
from seattime.domain.registers import StateFacts, StateMerge, TimeFacts, TimeMerge

LATE_AFTER_MS: Final = 60_000
"""Four heartbeats: whoever is later than that was offline, asleep, closed or in the spool."""


class Ended(NamedTuple):
    """A session that has just ended: what its content said (None: never a readable word), and what the player measured."""

    reported_ms: int | None
    measured_ms: int


@dataclass(frozen=True, slots=True)
class News:
    """`delay_ms`: from the end of the measured time that came to its arrival; None where no time was new."""

    duplicate: bool = False
    """Everything in it was stored already."""
    delay_ms: int | None = None
    findings: tuple[str, ...] = ()
    """Kinds, one for each finding that was not known."""
    ended: Ended | None = None

    @property
    def late(self) -> bool:
        return self.delay_ms is not None and self.delay_ms > LATE_AFTER_MS


NOTHING: Final = News()


def news_of(
    time: tuple[TimeFacts, TimeMerge] | None, state: tuple[StateFacts, StateMerge] | None, now_ms: int
) -> News:
    """Of registers as they were stored and as they are now. None: the message had none. `now_ms`: server time."""
    if time is None and state is None:
        return NOTHING
    new_time = time is not None and time[1].applied
    new_state = state is not None and state[1].applied
    if not new_time and not new_state:
        return News(duplicate=True)
    delay = ended = None
    if time is not None and new_time:
        before, now = time[0], time[1].facts
        delay = _since_the_end(now, now_ms)
        ended = Ended(_reported(now.words), now.measured_ms) if now.ended is not None and before.ended is None else None
    findings = _new_findings(state[0].findings, state[1].facts.findings) if state is not None and new_state else ()
    return News(delay_ms=delay, findings=findings, ended=ended)


def _since_the_end(facts: TimeFacts, now_ms: int) -> int | None:
    if facts.opened_ms is None or not facts.spans:
        return None
    return max(0, now_ms - facts.opened_ms - max(start + length for start, length, _, _ in facts.spans))


def _reported(words: Sequence[WordEntry]) -> int | None:
    """Segments add up (design 3.5); what nobody can read is left out."""
    read = [ms for ms, _, _, _ in words if ms is not None]
    return sum(read) if read else None


def _new_findings(before: Sequence[FindingEntry], now: Sequence[FindingEntry]) -> tuple[str, ...]:
    known = set(before)
    return tuple(finding[0] for finding in now if finding not in known)
