"""What the server does with a register: the newest sequence stands, spans keep their place, nothing is added up.

Pure: takes what is stored and what came, returns what is to be stored (docs/protocol.md, "What the server does with a
record"). Guarantees: a message delivered twice, late or out of order changes nothing; a stored span keeps its start for
ever and its length only grows; lengths are never touched by placing; a session that lost rows asks for everything
(`need_all`) at every message until everything came, so that one lost answer costs nothing. Imports `records` of ours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from seattime.domain.records import ActEntry, FindingEntry, SpanEntry, StateRegister, TimeRegister, WordEntry

MAX_KEPT_FINDINGS = 500


@dataclass(frozen=True, slots=True)
class TimeFacts:
    """The time register as it is stored. Entries are relative to `opened_ms`.

    `order`: the newest order number that a time message carried; who stores it bounds it by the numbers handed out.
    `incomplete`: rows were lost, and the whole session has not come since.
    """

    seq: int = 0
    order: int = 0
    opened_ms: int | None = None
    measured_ms: int = 0
    open_ms: int = 0
    spans: tuple[SpanEntry, ...] = ()
    acts: tuple[ActEntry, ...] = ()
    words: tuple[WordEntry, ...] = ()
    status: Mapping[str, str] = field(default_factory=dict)
    exit: str | None = None
    terminated: bool = False
    ended: str | None = None
    incomplete: bool = False


@dataclass(frozen=True, slots=True)
class StateFacts:
    """The state register as it is stored: the elements that the session itself set. `incomplete` as in `TimeFacts`."""

    seq: int = 0
    order: int = 0
    elements: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[FindingEntry, ...] = ()
    incomplete: bool = False


class TimeMerge(NamedTuple):
    """`facts` to store, `need_all` to answer, and whether `facts` differ from what was stored."""

    facts: TimeFacts
    need_all: bool
    applied: bool


class StateMerge(NamedTuple):
    """As `TimeMerge`."""

    facts: StateFacts
    need_all: bool
    applied: bool


def stored_entries(raw: Iterable[Sequence[Any]]) -> tuple[tuple[Any, ...], ...]:
    """Entries out of a JSON column (lists of lists) in the form that `TimeFacts` wants."""
    return tuple(tuple(entry) for entry in raw)


def merge_time(stored: TimeFacts, register: TimeRegister, now_ms: int, launched_ms: int) -> TimeMerge:
    """Lay a time register over what is stored. `now_ms`, `launched_ms`: server time, now and of the session's launch.

    The newest sequence stands; an equal or older one changes nothing, and is answered as stored.
    """
    if register.seq <= stored.seq:
        return TimeMerge(stored, stored.incomplete, applied=False)
    lost = (
        register.base > stored.seq
        or register.spans_from > len(stored.spans)
        or register.acts_from > len(stored.acts)
        or register.words_from > len(stored.words)
    )
    opened, move = stored.opened_ms, 0
    if opened is None:
        opened = _place_opening(register, now_ms, launched_ms)
        move = opened - register.opened
    # where the message's own relative times begin, seen from the stored opening
    shift = register.opened + move - opened
    spans, moves = _take_spans(stored.spans, stored.seq, register, shift, now_ms - opened, launched_ms - opened)
    merged = TimeFacts(
        seq=register.seq,
        order=max(stored.order, register.order),
        opened_ms=opened,
        # a page that was left in the very task that ended a stall knows less than its worker said meanwhile
        measured_ms=max(register.measured, sum(length for _, length, _, _ in spans)),
        open_ms=register.open,
        spans=spans,
        acts=_take_acts(stored.acts, register, shift, moves),
        words=_take_words(stored.words, register),
        status=dict(register.status),
        exit=register.exit,
        terminated=register.terminated,
        ended=register.ended,
        incomplete=not register.whole and (stored.incomplete or lost),
    )
    return TimeMerge(merged, merged.incomplete, applied=True)


def merge_state(stored: StateFacts, register: StateRegister) -> StateMerge:
    """Lay a state register over what is stored. One that came in pieces has to be joined first (`join_pieces`).

    Elements are merged into the session's own: content sets elements and never unsets them.
    """
    if register.piece is not None:
        raise ValueError("a piece is not a register yet")
    if register.seq <= stored.seq:
        return StateMerge(stored, stored.incomplete, applied=False)
    whole = register.whole or register.base == 0
    merged = StateFacts(
        seq=register.seq,
        order=max(stored.order, register.order),
        elements={**stored.elements, **register.elements},
        findings=tuple(dict.fromkeys((*stored.findings, *register.findings)))[:MAX_KEPT_FINDINGS],
        incomplete=not whole and (stored.incomplete or register.base > stored.seq),
    )
    return StateMerge(merged, merged.incomplete, applied=True)


def _place_opening(register: TimeRegister, now_ms: int, launched_ms: int) -> int:
    """First sight: the session began after its launch, and so long ago that all it measured has passed by now.

    Where both cannot be (the server's clock was set back meanwhile), the launch stands: credit makes that a finding.
    """
    passed = max([register.open, *(start + length for start, length, _, _ in register.spans)])
    return max(launched_ms, min(register.opened, now_ms - passed))


def _take_spans(
    stored: tuple[SpanEntry, ...], stored_seq: int, register: TimeRegister, shift: int, now: int, launched: int
) -> tuple[tuple[SpanEntry, ...], list[tuple[int, int]]]:
    """The spans with the message's laid over them, and how far each of these was moved: `(start as sent, move)`.

    `shift`, `now` and `launched` are relative to the stored opening.
    """
    spans = list(stored)
    moves: list[tuple[int, int]] = []
    if register.spans_from > len(spans):
        return stored, moves
    ends = _latest_ends(stored, stored_seq, register, shift, now)
    for index, (sent, length, visible, before) in enumerate(register.spans, start=register.spans_from):
        if index < len(spans):
            start, known_length, known_visible, known_before = spans[index]
            spans[index] = (start, max(known_length, length), known_visible, known_before)
        else:
            floor = spans[-1][0] + spans[-1][1] if spans else launched
            start = max(floor, min(sent + shift, ends[index] - length))
            spans.append((start, length, visible, before))
        moves.append((sent, start - sent))
    return tuple(spans), moves


def _latest_ends(stored: Sequence[SpanEntry], stored_seq: int, register: TimeRegister, shift: int, now: int) -> dict[int, int]:
    """By when each span of the message has ended: now, less what was measured after it, told in it or still to come.

    Where the message leans on something that was lost, what is not told may have been measured before it just as well.
    """
    sent_spans = [*enumerate(register.spans, start=register.spans_from)]
    known = {index: span[1] for index, span in enumerate(stored)}
    for index, (_, length, _, _) in sent_spans:
        known[index] = max(known.get(index, 0), length)
    to_come = max(0, register.measured - sum(known.values())) if register.base <= stored_seq else 0
    end = now - to_come
    ends = {}
    for index, (sent, length, _, _) in reversed(sent_spans):
        ends[index] = end
        end = min(sent + shift, end - length)
    return ends


def _take_acts(stored: tuple[ActEntry, ...], register: TimeRegister, shift: int, moves: list[tuple[int, int]]) -> tuple[ActEntry, ...]:
    """The runs of activity with the message's laid over them; a new one moves with the span that it lies in."""
    acts = list(stored)
    if register.acts_from > len(acts):
        return stored
    for index, (sent, length) in enumerate(register.acts, start=register.acts_from):
        if index < len(acts):
            acts[index] = (acts[index][0], max(acts[index][1], length))
        else:
            move = next((move for start, move in reversed(moves) if start <= sent), shift)
            acts.append((sent + move, length))
    return tuple(acts)


def _take_words(stored: tuple[WordEntry, ...], register: TimeRegister) -> tuple[WordEntry, ...]:
    """The reported segments with the message's laid over them: each entry is its segment's newest value."""
    begin = register.words_from
    if begin > len(stored):
        return stored
    return (*stored[:begin], *register.words, *stored[begin + len(register.words) :])
