"""Counted time against an independent oracle: an array of seconds, each owned by at most one session.

The oracle knows nothing of intervals, sweeps or splits. It walks second by second, asks of each session whether that
second could count, picks the owner, and lets the course's word fill the seconds up.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seattime.domain.credit import Correction, Credit, credit, sum_credit, total
from seattime.domain.facts import SessionFacts, Span, Word
from seattime.domain.ownership import GAP, own, timelines
from seattime.domain.policy import Basis
from tests.domain.made_facts import NOON, SECOND, policy, session

LEARNER_COURSES = ("fire", "water", "first-aid")


# --- histories of one learner, in whole seconds


@st.composite
def sessions_of(draw: st.DrawFn, name: str) -> SessionFacts:
    at = draw(st.integers(0, 40))
    spans = []
    for _ in range(draw(st.integers(0, 4))):
        gap = draw(st.sampled_from([0, 0, 0, 7]))
        at += gap
        length = draw(st.integers(1, 25))
        spans.append(Span(NOON + at * SECOND, length * SECOND, draw(st.booleans()), 1 if gap else 0))
        at += length
    measured = sum(each.length_ms for each in spans) // SECOND
    seconds = st.integers(0, 120).map(lambda second: NOON + second * SECOND)
    acts = draw(st.lists(st.tuples(seconds, seconds).map(lambda pair: (min(pair), max(pair))), max_size=3))
    spoken_at = sorted(draw(st.lists(st.integers(0, measured + 3), max_size=3)))
    words = tuple(
        Word(draw(st.none() | st.integers(0, 2 * measured + 5).map(lambda second: second * SECOND)), second * SECOND)
        for second in spoken_at
    )
    leases = draw(st.lists(st.tuples(seconds, st.integers(1, 12)), max_size=3, unique_by=lambda lease: lease[1]))
    bounds: dict[str, Any] = {}
    if draw(st.booleans()):
        launched, delivered = sorted((draw(seconds), draw(seconds)))
        bounds = {"launched_ms": launched, "first_ms": launched, "delivered_ms": delivered}
    course = draw(st.sampled_from(LEARNER_COURSES))
    return session(
        name,
        *spans,
        course=course,
        registration=f"ana-{course}",
        activity=draw(st.sampled_from(["item_1", "item_2"])),
        mode=draw(st.sampled_from(["normal", "normal", "normal", "review"])),
        counts=draw(st.sampled_from([True, True, True, False])),
        acts=tuple(acts),
        words=words,
        leases=tuple(leases),
        order_number=draw(st.integers(1, 12)),
        policy=policy(
            basis=draw(st.sampled_from(list(Basis))),
            idle_limit_ms=draw(st.sampled_from([None, 5 * SECOND, 20 * SECOND])),
            hidden_counts=draw(st.booleans()),
            review_counts=draw(st.booleans()),
        ),
        **bounds,
    )


@st.composite
def histories(draw: st.DrawFn) -> list[SessionFacts]:
    return [draw(sessions_of(f"s{number}")) for number in range(draw(st.integers(1, 4)))]


# --- the oracle


@dataclass
class Second:
    """One measured second of a session."""

    at: int
    visible: bool
    state: str = ""
    mine: bool = False


def seconds_of(facts: SessionFacts) -> list[Second]:
    """Each measured second and whether it could count: `could`, `idle`, `beyond` or `no`."""
    seconds = [Second(at, each.visible) for each in facts.spans for at in range(each.start_ms, each.end_ms, SECOND)]
    rules = facts.policy
    counts = facts.counts and (facts.mode == "normal" or rules.review_counts)
    for second in seconds:
        last_activity = max([seconds[0].at, *(end for start, end in facts.acts if start <= second.at)])
        if second.at < facts.launched_ms or second.at >= facts.delivered_ms:
            second.state = "beyond"
        elif rules.idle_limit_ms is not None and second.at - last_activity >= rules.idle_limit_ms:
            second.state = "idle"
        elif not (second.visible or rules.hidden_counts) or not counts:
            second.state = "no"
        else:
            second.state = "could"
    return seconds


def number_at(facts: SessionFacts, at: int) -> int:
    granted = [number for when, number in facts.leases if when <= at]
    smallest = min([facts.order_number, *(number for _, number in facts.leases)])
    return max([smallest, *granted])


def owned_by_oracle(history: list[SessionFacts]) -> dict[str, list[Second]]:
    seconds = {facts.session: seconds_of(facts) for facts in history}
    best: dict[int, tuple[tuple[bool, int], str, Second]] = {}
    for facts in sorted(history, key=lambda facts: facts.session):
        for second in seconds[facts.session]:
            if second.state == "could":
                claim = (second.visible, number_at(facts, second.at))
                if second.at not in best or claim > best[second.at][0]:
                    best[second.at] = (claim, facts.session, second)
    for _, _, second in best.values():
        second.mine = True
    return seconds


def credited_by_oracle(facts: SessionFacts, seconds: list[Second]) -> int:
    """Whole seconds."""
    mine = [second.mine for second in seconds]
    readable = [word for word in facts.words if word.ms is not None]
    said = sum(word.ms for word in readable if word.ms is not None) // SECOND
    if facts.policy.basis is Basis.MEASURED:
        return sum(mine)
    if facts.policy.basis is Basis.REPORTED:
        return min(said, sum(mine))
    if not readable:
        return sum(mine)
    at = readable[-1].at_ms // SECOND
    active = len([second for second in seconds[:at] if second.state != "idle"])
    if said == 0 or said < active / 2:
        return sum(mine)
    return min(said, sum(mine[:at])) + sum(mine[at:])


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(histories())
def test_counted_time_is_what_an_array_of_seconds_says(history: list[SessionFacts]) -> None:
    seconds = owned_by_oracle(history)
    credits = credit(history)
    for facts in history:
        one, known = credits[facts.session], seconds[facts.session]
        assert one.measured_ms == len(known) * SECOND
        assert one.owned_ms == sum(second.mine for second in known) * SECOND
        assert one.idle_ms == sum(second.state == "idle" for second in known) * SECOND
        assert one.beyond_ms == sum(second.state == "beyond" for second in known) * SECOND
        assert one.elsewhere_ms == sum(second.state == "could" and not second.mine for second in known) * SECOND
        assert one.hidden_ms == sum(not second.visible for second in known) * SECOND
        assert one.credited_ms == credited_by_oracle(facts, known) * SECOND


# --- properties, to the millisecond


def in_ms(history: list[SessionFacts], shifts: list[int]) -> list[SessionFacts]:
    """The history with odd milliseconds everywhere."""
    shifted = []
    for facts, shift in zip(history, shifts * len(history), strict=False):
        shifted.append(
            replace(
                facts,
                spans=tuple(replace(each, start_ms=each.start_ms + shift) for each in facts.spans),
                words=tuple(
                    replace(word, ms=None if word.ms is None else word.ms + shift, at_ms=word.at_ms + 2 * shift)
                    for word in facts.words
                ),
                leases=tuple((granted + 3 * shift, number) for granted, number in facts.leases),
            )
        )
    return shifted


odd_histories = st.builds(in_ms, histories(), st.lists(st.integers(0, 999), min_size=1, max_size=4))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_histories)
def test_credit_never_exceeds_what_is_owned_nor_that_what_was_measured(history: list[SessionFacts]) -> None:
    credits = credit(history)
    for one in credits.values():
        assert 0 <= one.credited_ms <= one.owned_ms <= one.measured_ms <= one.open_ms
        assert one.measured_ms + one.gap_ms == one.open_ms
    # what all own together is what at least one could count: no ms is owned twice, and none that could count by nobody
    could = [
        (piece.start_ms, piece.end_ms)
        for facts in history
        for piece in own([facts])[facts.session]
        if piece.kind == "owned"
    ]
    assert sum(one.owned_ms for one in credits.values()) == length_of_union(could)


def length_of_union(intervals: list[tuple[int, int]]) -> int:
    covered, until = 0, 0
    for start, end in sorted(intervals):
        covered += max(0, end - max(start, until))
        until = max(until, end)
    return covered


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_histories, st.lists(st.integers(-200_000, 200_000), max_size=3))
def test_the_lines_add_up_to_counted_time_exactly(history: list[SessionFacts], deltas: list[int]) -> None:
    corrections = [Correction("s0", delta) for delta in deltas]
    for one in credit(history, corrections).values():
        assert sum(line.ms for line in one.lines) == one.credited_ms >= 0
        assert len({line.code for line in one.lines}) == len(one.lines)
        assert all(line.ms <= 0 for line in one.lines if line.code in ("elsewhere", "idle", "hidden", "beyond"))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_histories, st.randoms(use_true_random=False))
def test_the_order_of_sessions_and_their_repetition_change_nothing(history: list[SessionFacts], dice: Any) -> None:
    shuffled = [*history, *history]
    dice.shuffle(shuffled)
    assert credit(shuffled) == credit(history)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_histories)
def test_parts_add_up_to_wholes_by_activity_registration_course_and_learner(history: list[SessionFacts]) -> None:
    credits = list(credit(history).values())
    whole = total(credits)

    def added_up(by: Any) -> int:
        return sum(part.credited_ms for part in sum_credit(credits, by=by).values())

    assert added_up(lambda one: (one.registration, one.activity)) == whole.credited_ms
    assert added_up(lambda one: one.registration) == whole.credited_ms
    assert added_up(lambda one: one.course) == whole.credited_ms
    assert sum_credit(credits, by=lambda one: one.learner) == {"ana": whole}
    for course in LEARNER_COURSES:
        of_course = [one for one in credits if one.course == course]
        by_activity = sum_credit(of_course, by=lambda one: one.activity)
        assert sum(part.credited_ms for part in by_activity.values()) == total(of_course).credited_ms


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(odd_histories)
def test_a_timeline_shows_each_ms_once_and_as_what_it_counts(history: list[SessionFacts]) -> None:
    credits = credit(history)
    for name, stretches in timelines(history).items():
        one: Credit = credits[name]
        lengths: dict[str, int] = {}
        for stretch in stretches:
            assert stretch.start_ms < stretch.end_ms
            lengths[stretch.kind] = lengths.get(stretch.kind, 0) + stretch.end_ms - stretch.start_ms
        for earlier, later in pairwise(stretches):
            assert earlier.end_ms == later.start_ms
            assert earlier.kind != later.kind
        assert lengths.pop(GAP, 0) <= one.gap_ms
        assert lengths.get("counted-visible", 0) + lengths.get("counted-hidden", 0) == one.owned_ms
        assert sum(lengths.values()) == one.measured_ms
