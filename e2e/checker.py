"""The verdict on a history: what the ledger lost, doubled, or holds without anybody having said it. A pure function, no I/O.

- *lost*: acknowledged as `stored` (or as `spooled`, which is on a disk) and not there; still in a journal when all was over; counted less
  than what really passed.
- *duplicated*: a session, an interval or a learner counted with more than really passed.
- *unexpected*: a value that nobody said, an older value over a newer one, an interval far from where it really lay, `gone` of what nobody
  erased, something stored of what was erased.
- *recovered*: said to be in the spool, and in the ledger at the end.

What a schedule takes away for good excuses its loss and nothing else: a device that is gone excuses what was only in its journal; a restore
excuses what was acknowledged before it and whose journal is gone; a node that died excuses what only its spool had.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from e2e.history import STATE, TIME, Acked, History, Place, Story, TimeSaid

CLOCK_STEP_MS = 10
"""The simulated clocks count hundredths of a second."""
ROUNDED_MS = 50
"""By how much an interval may lie beside the truth for rounding alone."""


@dataclass(frozen=True)
class LedgerRow:
    """A session as the ledger holds it at the end. `credited_ms`: what the product counts of it; None where nobody asked it."""

    session: str
    time_seq: int
    state_seq: int
    opened_ms: int | None
    measured_ms: int
    spans: Sequence[Sequence[int]]
    words: Sequence[Sequence[Any]] = ()
    status: Mapping[str, str] = field(default_factory=dict)
    exit: str | None = None
    terminated: bool = False
    ended: str | None = None
    elements: Mapping[str, str] = field(default_factory=dict)
    credited_ms: int | None = None


@dataclass
class Verdict:
    """Sentences about what is wrong; `recovered` counts sessions."""

    lost: list[str] = field(default_factory=list)
    duplicated: list[str] = field(default_factory=list)
    unexpected: list[str] = field(default_factory=list)
    recovered: int = 0
    sessions: int = 0
    measured_ms: int = 0
    """What really passed, summed up over all sessions."""
    union_ms: int = 0
    """The same with each learner's overlaps once."""
    credited_ms: int = 0

    @property
    def ok(self) -> bool:
        return not (self.lost or self.duplicated or self.unexpected)

    def __str__(self) -> str:
        named = {"lost": self.lost, "duplicated": self.duplicated, "unexpected": self.unexpected}
        lines = [f"{name}: {line}" for name, found in named.items() for line in found[:10]]
        return "\n".join([", ".join(f"{len(found)} {name}" for name, found in named.items()), *lines])


def check(history: History, rows: Iterable[LedgerRow]) -> Verdict:
    """Compares what was said and acknowledged with what the ledger holds after everything was healed and delivered."""
    verdict = Verdict()
    by_session: dict[str, LedgerRow] = {}
    for row in rows:
        if row.session in by_session:
            verdict.duplicated.append(f"session {row.session} stands twice")
        by_session[row.session] = row
        if row.session not in history.stories:
            verdict.unexpected.append(f"session {row.session}: nobody began it")
    learners: dict[str, list[tuple[Story, LedgerRow | None]]] = defaultdict(list)
    for story in history.stories.values():
        if _check_erasure(history, story, verdict):
            continue
        row_of = by_session.get(story.session)
        _check_session(history, story, row_of, verdict)
        learners[story.learner].append((story, row_of))
        verdict.sessions += 1
    for session, register, seq in sorted(history.used_twice):
        verdict.unexpected.append(f"session {session}: {register} {seq} stands for two contents")
    for learner, sessions in learners.items():
        _check_learner(learner, sessions, verdict)
    return verdict


def union_ms(places: Iterable[Place]) -> int:
    """How much of time the intervals `(start, length)` cover."""
    covered, until = 0, 0
    for start, length in sorted(places):
        covered += max(0, start + length - max(start, until))
        until = max(until, start + length)
    return covered


def _check_erasure(history: History, story: Story, verdict: Verdict) -> bool:
    """Whether the registration was erased: then nothing of it is owed, and nothing that was sent later may be stored."""
    erased_at = history.erased_at.get(story.registration)
    for ack in story.acks:
        if ack.status == "gone" and erased_at is None:
            verdict.unexpected.append(f"session {story.session}: gone, though nobody erased it")
        if ack.status == "stored" and erased_at is not None and ack.request > erased_at:
            verdict.unexpected.append(f"session {story.session}: stored after its registration was erased")
    return erased_at is not None


def _check_session(history: History, story: Story, row: LedgerRow | None, verdict: Verdict) -> None:
    if story.pending:
        verdict.lost.append(f"session {story.session}: still in a journal")
    said_by = {TIME: set(story.times), STATE: set(story.states)}
    for ack in story.acks:
        if ack.seq not in said_by[ack.register]:
            verdict.unexpected.append(f"session {story.session}: {ack.status} is said of {ack.register} {ack.seq}, which nobody sent")
    if _is_torn(history, story):
        _check_torn(story, row, verdict)
        return
    owed = {TIME: _owed(history, story, TIME), STATE: _owed(history, story, STATE)}
    if row is None:
        if any(owed.values()):
            verdict.lost.append(f"session {story.session}: not in the ledger")
        return
    for register, have in ((TIME, row.time_seq), (STATE, row.state_seq)):
        if have < owed[register]:
            verdict.lost.append(f"session {story.session}: {register} {owed[register]} is owed, the ledger has {have}")
    if row.time_seq:
        _check_time(story, row, verdict)
    if row.state_seq or row.elements:
        _check_state(story, row, verdict)
    if any(ack.status == "spooled" and {TIME: row.time_seq, STATE: row.state_seq}[ack.register] >= ack.seq for ack in story.acks):
        verdict.recovered += 1


def _is_torn(history: History, story: Story) -> bool:
    """A restore took what was stored, and the device that could have said it again is gone: what came between the two is a part."""
    return story.journal_lost_at is not None and any(
        ack.at < at for at in history.restored_at for ack in story.acks if ack.status in ("stored", "waiting")
    )


def _check_torn(story: Story, row: LedgerRow | None, verdict: Verdict) -> None:
    """What of it is missing, nobody can know. What there is must have been said, and no more time than really passed."""
    if row is None:
        return
    passed = max((said.measured for said in story.times.values() if said.seq <= row.time_seq), default=0)
    for have, what in ((row.measured_ms, "measured"), (sum(span[1] for span in row.spans), "the sum of its intervals")):
        if have > passed:
            verdict.duplicated.append(f"session {story.session}, torn by a restore: {what} {have} ms, {passed} really passed")
    for name, value in row.elements.items():
        if not any(said.elements.get(name) == value for said in story.states.values() if said.seq <= row.state_seq):
            verdict.unexpected.append(f"session {story.session}, torn by a restore: {name} is what nobody said")


def _owed(history: History, story: Story, register: str) -> int:
    """The sequence that the ledger must have reached."""
    if story.journal_lost_at is None:
        return story.newest_time if register == TIME else story.newest_state
    return max((ack.seq for ack in story.acks if ack.register == register and _binds(history, ack)), default=0)


def _binds(history: History, ack: Acked) -> bool:
    """Whether the server's word holds although the journal is gone."""
    undone = list(history.restored_at)
    if ack.status == "spooled":
        undone += history.spool_lost_at
    return ack.status in ("stored", "spooled") and not any(ack.at < at for at in undone)


def _check_time(story: Story, row: LedgerRow, verdict: Verdict) -> None:
    said = story.times.get(row.time_seq)
    if said is None:
        verdict.unexpected.append(f"session {story.session}: time {row.time_seq}, which nobody said")
        return
    who = f"session {story.session}, time {said.seq}"
    _compare(row.measured_ms, said.measured, f"{who}: measured", verdict)
    lengths = [span[1] for span in row.spans]
    if not said.partly and len(lengths) != len(said.places):
        verdict.unexpected.append(f"{who}: {len(lengths)} intervals, {len(said.places)} were said")
    for number, (length, (_, told)) in enumerate(zip(lengths, said.places, strict=False)):
        _compare(length, told, f"{who}: interval {number}", verdict)
    for place, following in zip(row.spans, row.spans[1:], strict=False):
        if place[0] + place[1] > following[0]:
            verdict.duplicated.append(f"{who}: intervals {list(place[:2])} and {list(following[:2])} overlap")
    for off in _displacements(row, said):
        if off > 2 * said.off_ms + ROUNDED_MS:
            verdict.unexpected.append(f"{who}: an interval lies {off} ms beside the truth, and its anchor was {said.off_ms} ms off")
    if not said.partly:
        _check_words(story, row, said, who, verdict)
    for name in ("status", "exit", "terminated", "ended"):
        have, told_value = getattr(row, name), getattr(said, name)
        if have != told_value:
            older = any(getattr(each, name) == have for each in story.times.values() if each.seq < said.seq)
            verdict.unexpected.append(f"{who}: {name} {have!r}, {'an older value' if older else 'nobody said it'}; it is {told_value!r}")


def _compare(have: int, said: int, what: str, verdict: Verdict) -> None:
    if have < said:
        verdict.lost.append(f"{what} {have} ms, {said} really passed")
    if have > said:
        verdict.duplicated.append(f"{what} {have} ms, {said} really passed")


def _check_words(story: Story, row: LedgerRow, said: TimeSaid, who: str, verdict: Verdict) -> None:
    have = [tuple(word) for word in row.words]
    if have == list(said.words):
        return
    ever = {word for each in story.times.values() for word in each.words}
    for word in have:
        if word not in ever:
            verdict.unexpected.append(f"{who}: the word {word}, which nobody said")
    if all(word in ever for word in have):
        if len(have) < len(said.words):
            verdict.lost.append(f"{who}: the words {said.words[len(have) :]}")
        else:
            verdict.unexpected.append(f"{who}: older words {have} over {list(said.words)}")


def _check_state(story: Story, row: LedgerRow, verdict: Verdict) -> None:
    said = story.states.get(row.state_seq)
    if said is None:
        verdict.unexpected.append(f"session {story.session}: state {row.state_seq}, which nobody said")
        return
    who = f"session {story.session}, state {said.seq}"
    for name, value in said.elements.items():
        have = row.elements.get(name)
        if have is None:
            verdict.lost.append(f"{who}: {name}")
        elif have != value:
            older = any(each.elements.get(name) == have for each in story.states.values() if each.seq < said.seq)
            verdict.unexpected.append(f"{who}: {name} is {'an older value' if older else 'what nobody said'}")
    for name in set(row.elements) - set(said.elements):
        verdict.unexpected.append(f"{who}: {name} was not set by then")


def _check_learner(learner: str, sessions: list[tuple[Story, LedgerRow | None]], verdict: Verdict) -> None:
    """Over all courses: each second that really passed once, and no other."""
    truth: list[tuple[Place, str]] = []
    off = credited = measured = 0
    asked, whole = True, True
    for story, row in sessions:
        whole = whole and not (row is not None and _is_partial(story, row))
        # of a device that is gone only what the ledger has can be known
        newest = story.newest_time if story.journal_lost_at is None else (row.time_seq if row else 0)
        if (said := story.times.get(newest)) is not None:
            truth += [(place, story.session) for place in said.places]
            measured += said.measured
        if row is None:
            continue
        asked = asked and row.credited_ms is not None
        credited += row.credited_ms or 0
        if (stored := story.times.get(row.time_seq)) is not None:
            off += sum(_displacements(row, stored))
    really = union_ms(place for place, _ in truth)
    verdict.measured_ms += measured
    verdict.union_ms += really
    verdict.credited_ms += credited
    if not asked:
        return
    if not whole:
        # where the rest of such a session lay is not known, and so not what it overlaps
        if credited > measured + off:
            _compare(credited, measured, f"learner {learner}, of whom intervals are missing: counted", verdict)
        return
    # By how much sessions lie on each other is known only as well as the anchors were; where none comes near another, to the ms.
    slack = off if _any_meet(truth, off) else CLOCK_STEP_MS
    if not really - slack <= credited <= really + slack:
        _compare(credited, really, f"learner {learner} (anchors {off} ms off, {slack} ms allowed): counted", verdict)


def _is_partial(story: Story, row: LedgerRow) -> bool:
    """The ledger has fewer intervals than were said: of a torn session, or it was found lost already."""
    said = story.times.get(row.time_seq)
    return said is not None and len(row.spans) < len(said.places)


def _any_meet(truth: list[tuple[Place, str]], within_ms: int) -> bool:
    """Whether intervals of two sessions overlap, or may seem to with anchors that are so far off."""
    until, session = 0, ""
    for (start, length), of in sorted(truth):
        if session not in ("", of) and start - within_ms < until:
            return True
        if start + length >= until:
            until, session = start + length, of
    return False


def _placed(row: LedgerRow) -> list[Place]:
    """Where the ledger puts the session; what it has no interval for follows the last one."""
    opened = row.opened_ms or 0
    places = [(opened + span[0], span[1]) for span in row.spans]
    rest = row.measured_ms - sum(length for _, length in places)
    if rest > 0:
        places.append((sum(places[-1]) if places else opened, rest))
    return places


def _displacements(row: LedgerRow, said: TimeSaid) -> list[int]:
    """By how much each interval lies beside the truth, ms."""
    return [abs(have - start) for (have, length), (start, _) in zip(_placed(row), said.places, strict=False) if length > 0]


def summed(counts: Mapping[str, int]) -> str:
    """Counts in words, the greatest first."""
    return ", ".join(f"{count} {name}" for name, count in Counter(counts).most_common()) or "none"
