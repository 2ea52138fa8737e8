"""Which session a statement was said in, at what moment of it, and what the statements of a session say of its clock.

A word counts by the measured time at which it was said (design 3.5). Of a statement two moments are known: when the server
received it, by the server's clock, and its own timestamp, by the clock of the learner's device. Neither is when it was said: it
may have waited to be sent, and the device's clock may be wrong. So the difference between the clocks is looked for, and all that
is known of it is used:

- no statement arrives before it is said: the difference is at most the least of `received - timestamp` over the start's statements;
- none is said before its content was launched (before its page has loaded, and the session begins, some are): it is at least
  `launched - timestamp` of the earliest of them.

Of what is possible the difference nearest to 0 is taken, since devices keep the time by themselves. With a statement that is sent
as the content begins, as nearly all do, this is right to the time that the fastest statement took to arrive. For a single statement
that came late it is right if the device's clock is; if that is ahead, the word may be placed as much too late as the clock is ahead
(and the measured time in between is not added to it). A word that is placed too early takes nothing from the learner, and no more than
measured time is ever counted.

Where timestamps are of no use (there is none, or the device's clock was set while the session ran), the moment at which the server
received it stands, unless the session was over by then: then the word is taken to have been said when so much had been measured as
it says, so that what was measured after it is lost in no case.

Guarantees: the order in which statements come, and their repetition, change nothing. Imports `facts` of ours and `reading`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from seattime.domain.facts import Span, Word

FALL_MS: Final = 1_000
"""A fall of less is no new beginning (static/scorm_api/delivery/words.js)."""
SLACK_MS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Fact:
    """A statement that is stored, as far as it bears on time. Moments in server time unless they are `timestamp_ms`."""

    statement_id: str
    start: str | None
    launch_number: int
    activity: str
    stored_ms: int
    timestamp_ms: int | None
    duration_raw: str | None
    duration_ms: int | None
    duration_lenient: bool = False


@dataclass(frozen=True, slots=True)
class Extent:
    """What is known of a session here. `before_ms`: what the earlier sessions of its activity measured.

    `launched_ms`: the earliest time at which its content can have spoken.
    """

    session: str
    start: str | None
    launch_number: int
    activity: str
    launched_ms: int
    opened_ms: int
    spans: tuple[Span, ...]
    before_ms: int = 0

    @property
    def end_ms(self) -> int:
        return self.spans[-1].end_ms if self.spans else self.opened_ms

    def distance_ms(self, moment_ms: int) -> int:
        """From the time at which it ran; 0 within."""
        return max(0, self.opened_ms - moment_ms, moment_ms - self.end_ms)

    @property
    def clock_was_set(self) -> bool:
        return any(span.before == 2 for span in self.spans)


@dataclass(frozen=True, slots=True)
class _Placed:
    fact: Fact
    moment_ms: int
    latest_ms: int
    """It was said by then at the latest."""


def words_of_sessions(extents: Iterable[Extent], facts: Iterable[Fact]) -> dict[str, tuple[Word, ...]]:
    """What the statements say of each session's clock, segment by segment, by session id. Sessions of one registration."""
    known = sorted(extents, key=lambda each: (each.opened_ms, each.session))
    placed = sessions_of_facts(known, facts)
    return {each.session: _words(each, placed[each.session]) for each in known if placed.get(each.session)}


def sessions_of_facts(extents: Iterable[Extent], facts: Iterable[Fact]) -> dict[str, list[_Placed]]:
    """The facts of each session, in the order in which they were said. What belongs to a session that is not known is left out.

    A start names the session. Where none of them does (a browser that is older than starts), it is one of the same activity in the
    same launch. Of several (an activity that is opened anew while the network is away has the start that it had before) it is the
    one that ran then, or the nearest: content speaks a moment before its page has loaded and a moment after it is left.
    """
    known = sorted(extents, key=lambda each: (each.opened_ms, each.session))
    unique = {fact.statement_id: fact for fact in sorted(facts, key=lambda fact: (fact.stored_ms, fact.statement_id), reverse=True)}
    groups: dict[tuple[str, ...], list[Fact]] = {}
    for fact in unique.values():
        candidates = _candidates(known, fact)
        if candidates:
            groups.setdefault(tuple(each.session for each in candidates), []).append(fact)
    by_name = {each.session: each for each in known}
    found: dict[str, list[_Placed]] = {}
    for names, group in groups.items():
        candidates = [by_name[name] for name in names]
        for placed in _place(candidates, group):
            nearest = min(reversed(candidates), key=lambda each: each.distance_ms(placed.moment_ms))
            found.setdefault(nearest.session, []).append(placed)
    for facts_of_one in found.values():
        facts_of_one.sort(key=lambda each: (each.moment_ms, each.fact.duration_ms or 0, each.fact.statement_id))
    return found


def _candidates(known: Sequence[Extent], fact: Fact) -> list[Extent]:
    of_start = [each for each in known if fact.start is not None and each.start == fact.start]
    return of_start or [
        each
        for each in known
        if (each.start is None or fact.start is None) and (each.launch_number, each.activity) == (fact.launch_number, fact.activity)
    ]


def _place(candidates: Sequence[Extent], facts: Sequence[Fact]) -> list[_Placed]:
    """When each was said, by the server's clock."""
    stamped = [fact for fact in facts if fact.timestamp_ms is not None]
    if not stamped or any(each.clock_was_set for each in candidates):
        return [_Placed(fact, fact.stored_ms, fact.stored_ms) for fact in facts]
    most = min(fact.stored_ms - (fact.timestamp_ms or 0) for fact in stamped)
    least = min(each.launched_ms for each in candidates) - min(fact.timestamp_ms or 0 for fact in stamped)
    difference = min(max(0, least), most)
    return [
        _Placed(fact, fact.stored_ms, fact.stored_ms)
        if fact.timestamp_ms is None
        else _Placed(fact, fact.timestamp_ms + difference, fact.timestamp_ms + most)
        for fact in facts
    ]


def _words(extent: Extent, placed: Sequence[_Placed]) -> tuple[Word, ...]:
    words: list[Word] = []
    for each in placed:
        if each.fact.duration_raw is not None:
            _add(words, _word(extent, each))
    return tuple(words)


def _word(extent: Extent, placed: _Placed) -> Word:
    fact = placed.fact
    latest = _measured_by(extent.spans, placed.latest_ms)
    at = _measured_by(extent.spans, placed.moment_ms)
    word = Word(fact.duration_ms, at, fact.duration_raw or "", fact.duration_lenient)
    if fact.duration_ms is None:
        return word
    if placed.moment_ms == placed.latest_ms == fact.stored_ms and fact.stored_ms > extent.end_ms + SLACK_MS:
        at = 0  # whenever it was said, it was not when it came
    # nothing honest is said of more time than has passed; where the moment is in doubt, it is the later one
    at = max(at, min(fact.duration_ms, latest))
    if latest + SLACK_MS < fact.duration_ms <= latest + extent.before_ms + SLACK_MS:
        # the driver of many tools says the time of all visits so far: all that passed in this one is in it
        return replace(word, ms=at, at_ms=at, total=True)
    return replace(word, at_ms=at)


def _add(words: list[Word], word: Word) -> None:
    """As words.js has it: a value that falls begins a new segment; what nobody can read says nothing about one that was readable."""
    last = words[-1] if words else None
    if last is None:
        words.append(word)
    elif word.ms is None:
        if last.ms is None:
            words[-1] = word
    elif last.ms is not None and word.ms <= last.ms - FALL_MS:
        words.append(word)
    else:
        words[-1] = word


def _measured_by(spans: Iterable[Span], moment_ms: int) -> int:
    """How much the session had measured then."""
    return sum(max(0, min(span.end_ms, moment_ms) - span.start_ms) for span in spans)
