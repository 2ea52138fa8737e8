"""What is known of a session, as the arithmetic of the ledger wants it: server time, whole ms, nothing derived.

The browser sends intervals relative to the beginning of its session (docs/protocol.md); here they stand on the server's
clock. Guarantees: spans that `absolute_spans` returns are in order and never overlap, and together they are as long as
the session measured, or longer where the entries say so. Imports `policy` of ours.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from seattime.domain.policy import STANDARD, Policy


@dataclass(frozen=True, slots=True)
class Span:
    """A measured interval. `start_ms`: server time; `before`: 0 it follows on, 1 the page was stopped before it (sleep,
    freeze), 2 the computer's clock was set before it."""

    start_ms: int
    length_ms: int
    visible: bool
    before: int = 0

    @property
    def end_ms(self) -> int:
        """Server time at which it ends; the interval does not hold this ms any more."""
        return self.start_ms + self.length_ms


@dataclass(frozen=True, slots=True)
class Word:
    """What the course said of its own time: the last value of one segment.

    `ms`: what it means, None where nobody can read it. `at_ms`: how many ms the session had measured when it was said.
    `total`: it was said of all visits together; `ms` is the part of this one.
    """

    ms: int | None
    at_ms: int
    raw: str = ""
    lenient: bool = False
    total: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """All that is stored of one session and bears on time. Times are server time in ms.

    `launched_ms`: the earliest time at which it can have begun; `first_ms`: when anything of it was first stored;
    `delivered_ms`: when its newest time register was stored. `leases`: `(granted_ms, number)`; `order_number`: its
    launch's or its newest lease's. `acts`: runs of activity, `(start, end)`. `adapter_findings`: `(kind, element, raw)`
    each. `other_words`: what content that speaks two standards said of the same time by the other one; they never count.
    `counts`: False for a session of an instance that was reset: it never competes for time. `start`: of its xAPI or cmi5 content.
    """

    session: str
    learner: str
    course: str
    registration: str
    instance: int
    attempt: str
    activity: str
    standard: str
    mode: str
    launched_ms: int
    first_ms: int
    delivered_ms: int
    opened_ms: int | None
    measured_ms: int
    open_ms: int
    spans: tuple[Span, ...] = ()
    acts: tuple[tuple[int, int], ...] = ()
    words: tuple[Word, ...] = ()
    other_words: tuple[Word, ...] = ()
    leases: tuple[tuple[int, int], ...] = ()
    order_number: int = 0
    adapter_findings: tuple[tuple[str, str, str], ...] = ()
    terminated: bool = False
    ended: str | None = None
    policy: Policy = field(default=STANDARD)
    counts: bool = True
    clock_stepped: bool = False
    start: str | None = None
    launch_number: int = 0


def absolute_spans(
    opened_ms: int | None,
    raw_spans: Iterable[Sequence[int]],
    measured_ms: int,
    delivered_ms: int,
    launched_ms: int | None = None,
) -> tuple[Span, ...]:
    """The stored spans `[start, length, visible, before]`, `start` relative to `opened_ms`, on the server's clock.

    Measured time beyond the sum of the spans belongs to entries that never arrived; it follows the last known span,
    under that span's visibility (protocol, "Placing"). A session whose beginning is unknown ends at its delivery.

    What seems to end after its delivery goes back into the gap before it, at most to `launched_ms` (None: nothing moves).
    Such a span lies late because its request took longer to arrive than the answer took to come back, which misled the
    anchor; without this the excess would count as beyond what can have passed, and be lost.
    """
    opened = delivered_ms - measured_ms if opened_ms is None else opened_ms
    spans: list[Span] = []
    for start, length, visible, before in raw_spans:
        floor = spans[-1].end_ms if spans else opened + start
        # Nothing that was stored overlaps; if it did, no ms of one session may stand twice.
        spans.append(Span(max(opened + start, floor), length, bool(visible), before))
    unplaced = measured_ms - sum(span.length_ms for span in spans)
    if unplaced > 0:
        last = spans[-1] if spans else Span(opened, 0, visible=True)
        spans.append(Span(last.end_ms, unplaced, last.visible))
    if launched_ms is not None:
        spans = _ended_by(delivered_ms, launched_ms, spans)
    return tuple(span for span in spans if span.length_ms > 0)


def _ended_by(latest_ms: int, earliest_ms: int, spans: Sequence[Span]) -> list[Span]:
    """The spans, moved back as little as makes the last one end by `latest_ms`; what does not fit stays beyond it."""
    starts: list[int] = []
    for span in reversed(spans):
        latest_ms = min(span.start_ms, latest_ms - span.length_ms)
        starts.append(latest_ms)
    placed: list[Span] = []
    for span, start in zip(spans, reversed(starts), strict=True):
        begin = min(span.start_ms, max(start, earliest_ms))
        placed.append(replace(span, start_ms=max(begin, placed[-1].end_ms) if placed else begin))
    return placed


def absolute_acts(opened_ms: int | None, raw_acts: Iterable[Sequence[int]]) -> tuple[tuple[int, int], ...]:
    """The stored runs of activity `[start, length]` as `(start, end)` on the server's clock, in order.

    Without a known beginning there is no place for them, and nothing is returned.
    """
    if opened_ms is None:
        return ()
    return tuple(sorted((opened_ms + start, opened_ms + start + length) for start, length in raw_acts))


def read_words(raw_words: Iterable[Sequence[int | str | None]]) -> tuple[Word, ...]:
    """The stored words `[ms or null, measured, raw, lenient]`."""
    return tuple(
        Word(
            ms=ms if isinstance(ms, int) else None,
            at_ms=at_ms if isinstance(at_ms, int) else 0,
            raw=str(raw),
            lenient=bool(lenient),
        )
        for ms, at_ms, raw, lenient in raw_words
    )
