"""The union that the spool keeps of a session: it does to the ledger what its messages would have done, one after the other."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seattime.domain.records import MAX_FINDINGS, MAX_VALUE, Piece, SessionRecord, StateRegister, TimeRegister
from seattime.domain.registers import StateFacts, TimeFacts, merge_state, merge_time
from seattime.domain.spooled import SpooledSession, from_json, merge_spooled, spooled, to_json
from seattime.domain.standards import Standard
from seattime.errors import BadMessage

LAUNCHED = 1_000_000
NOW = LAUNCHED + 10**9
SESSION = "6a0c0000-0000-4000-8000-000000000001"
LAUNCH = {"registration_key": "0" * 32, "launch_number": 1, "order_number": 1, "launched_ms": LAUNCHED, "instance": 1}
HALF_A_PAIR = "\ud83d"
SNOWMAN_IN_TWO = '{"set": {"cmi.suspend_data": "\u2603 melts"}, "findings": []}'


def record(time: TimeRegister | None = None, state: StateRegister | None = None, **changes: Any) -> SessionRecord:
    made = SessionRecord(SESSION, "item_1", "", False, Standard.SCORM12, "normal", None, time, state)
    return replace(made, **changes)


def kept(time: TimeRegister | None = None, state: StateRegister | None = None, **changes: Any) -> SpooledSession:
    return spooled(LAUNCH, record(time, state, **changes))


def clocks(seq: int, **changes: Any) -> TimeRegister:
    return TimeRegister(**({"seq": seq, "base": 0, "order": 1, "opened": LAUNCHED, "measured": 0, "open": 0} | changes))


def piece(seq: int, index: int, count: int, text: str, base: int = 0) -> SpooledSession:
    return kept(state=StateRegister(seq, base, 1, piece=Piece(index, count, text)))


# --- what a browser says during an outage: everything since the last thing that was stored, again and again


@dataclass(frozen=True)
class Story:
    """`stored`: what the database had before. `said`: what came after it, none of which the database took, in order."""

    stored: tuple[TimeFacts, StateFacts]
    said: tuple[SessionRecord, ...]


@st.composite
def stories(draw: st.DrawFn) -> Story:
    starts: list[int] = []
    lengths: list[int] = []
    acts: list[tuple[int, int]] = []
    words: list[tuple[int | None, int, str, int]] = []
    elements: dict[str, tuple[str, int]] = {}
    time, state = TimeFacts(), StateFacts()
    base = from_span = from_act = from_word = 0
    said: list[SessionRecord] = []
    stored_first = draw(st.booleans())
    clock = 0
    for seq in range(1, draw(st.integers(2, 6)) + 1):
        passed = draw(st.integers(0, 5_000))
        if not starts or draw(st.booleans()):
            clock += draw(st.integers(0, 3_000))
            starts.append(clock)
            lengths.append(0)
        lengths[-1] += passed
        clock += passed
        if draw(st.booleans()):
            acts.append((clock, draw(st.integers(0, 500))))
        if draw(st.booleans()):
            words.append((clock, clock, str(seq), 0))
        elif words:
            words[-1] = (clock, clock, str(seq), 0)
        for name in draw(st.sets(st.sampled_from(["a", "b", "c"]), max_size=2)):
            elements[name] = (f"{name}{seq}", seq)
        # a newer anchor may place the whole session elsewhere
        opened = LAUNCHED + 60_000 + draw(st.integers(-500, 500))
        moved = LAUNCHED + 60_000 - opened
        whole = draw(st.booleans())
        message = record(
            TimeRegister(
                seq=seq, base=base, order=draw(st.integers(1, 3)), opened=opened, measured=sum(lengths), open=clock,
                spans_from=from_span,
                spans=tuple((start + moved, length, 1, 0) for start, length in zip(starts, lengths, strict=True))[from_span:],
                acts_from=from_act, acts=tuple((start + moved, length) for start, length in acts)[from_act:],
                words_from=from_word, words=tuple(words[from_word:]),
                status={"raw": str(draw(st.integers(0, 100)))}, exit=draw(st.sampled_from([None, "suspend"])),
            ),
            StateRegister(
                seq, base, 1, whole, {name: value for name, (value, at) in elements.items() if whole or at > base},
                (("kind", "element", str(draw(st.integers(0, 3)))),),
            ),
        )  # fmt: skip
        if seq == 1 and stored_first:
            assert message.time is not None
            assert message.state is not None
            time, state = applied(time, message.time), merge_state(state, message.state).facts
            # the last span, run of activity and word may grow still
            base, from_span, from_act, from_word = 1, max(0, len(starts) - 1), max(0, len(acts) - 1), max(0, len(words) - 1)
        else:
            said.append(message)
    return Story((time, state), tuple(said))


def applied(facts: TimeFacts, register: TimeRegister) -> TimeFacts:
    return merge_time(facts, register, NOW, LAUNCHED).facts


def in_true_time(facts: TimeFacts) -> TimeFacts:
    """With entries at their true place: which message the opening came from is no matter."""
    opened = facts.opened_ms or 0
    return replace(
        facts,
        opened_ms=0,
        spans=tuple((start + opened, *rest) for start, *rest in facts.spans),
        acts=tuple((start + opened, length) for start, length in facts.acts),
    )


def in_any_order(session: SpooledSession) -> SpooledSession:
    """Findings stand in the order in which they came, which says nothing."""
    state = session.record.state
    assert state is not None
    return replace(session, record=replace(session.record, state=replace(state, findings=tuple(sorted(state.findings)))))


def union(messages: tuple[SessionRecord, ...] | list[SessionRecord]) -> SpooledSession:
    return reduce(merge_spooled, (spooled(LAUNCH, message) for message in messages))


@settings(max_examples=40)
@given(stories())
def test_the_union_does_to_the_ledger_what_its_messages_would_have_done(story: Story) -> None:
    time, state = story.stored
    for message in story.said:
        assert message.time is not None
        assert message.state is not None
        time, state = applied(time, message.time), merge_state(state, message.state).facts

    [whole] = union(story.said).records()

    assert whole.time is not None
    assert whole.state is not None
    assert in_true_time(applied(story.stored[0], whole.time)) == in_true_time(time)
    assert merge_state(story.stored[1], whole.state).facts == state


@settings(max_examples=40)
@given(stories(), st.randoms())
def test_the_union_is_the_same_in_whichever_order_messages_come(story: Story, dice: Any) -> None:
    shuffled = list(story.said)
    dice.shuffle(shuffled)

    assert in_any_order(union(shuffled)) == in_any_order(union(story.said))


@settings(max_examples=40)
@given(stories(), st.data())
def test_a_message_that_comes_again_changes_nothing(story: Story, data: st.DataObject) -> None:
    again = data.draw(st.sampled_from(story.said))
    whole = union(story.said)

    assert in_any_order(merge_spooled(whole, spooled(LAUNCH, again))) == in_any_order(whole)
    assert merge_spooled(whole, whole) == whole


@settings(max_examples=40)
@given(stories())
def test_the_union_goes_forward_only(story: Story) -> None:
    for before, after in pairwise(union(story.said[:count]).record for count in range(1, len(story.said) + 1)):
        assert before.time is not None
        assert after.time is not None
        assert after.time.seq > before.time.seq
        assert sum(span[1] for span in after.time.spans) >= sum(span[1] for span in before.time.spans)
        assert after.time.spans_from == before.time.spans_from


@settings(max_examples=40)
@given(stories())
def test_the_union_after_something_newer_changes_nothing(story: Story) -> None:
    newest = story.said[-1]
    [whole] = union(story.said).records()
    assert newest.time is not None
    assert whole.time is not None
    stored = applied(story.stored[0], replace(newest.time, seq=newest.time.seq + 1))

    assert applied(stored, whole.time) == stored


@settings(max_examples=40)
@given(stories())
def test_what_is_written_is_read_again(story: Story) -> None:
    whole = union(story.said)

    assert from_json(to_json(whole)) == whole


# --- by example


def test_a_span_keeps_its_greatest_length_and_its_first_place() -> None:
    """A page that was left in the very task that ended a stall knows less than its worker said meanwhile (`registers`)."""
    older = kept(clocks(4, spans=((0, 9_000, 1, 0),), acts=((0, 900),), measured=9_000))
    newer = kept(clocks(5, spans=((40, 6_000, 1, 0),), acts=((40, 600),), measured=6_000))

    for merged in (merge_spooled(older, newer), merge_spooled(newer, older)):
        assert merged.record.time is not None
        assert merged.record.time.spans == ((0, 9_000, 1, 0),)
        assert merged.record.time.acts == ((0, 900),)


def test_entries_keep_their_true_place_when_the_opening_moves() -> None:
    older = kept(clocks(1, opened=LAUNCHED + 1_000, spans=((0, 500, 1, 0),)))
    newer = kept(clocks(2, opened=LAUNCHED + 1_200, spans_from=1, spans=((400, 300, 1, 0),)))

    merged = merge_spooled(older, newer).record.time

    assert merged is not None
    facts = applied(TimeFacts(), merged)
    assert in_true_time(facts).spans == ((LAUNCHED + 1_000, 500, 1, 0), (LAUNCHED + 1_600, 300, 1, 0))


def test_what_the_database_has_stored_meanwhile_is_not_taken_back() -> None:
    """Spooled, overtaken by something newer that was stored, and then spooled again before the first was drained."""
    spooled_first = kept(
        clocks(3, base=2, words_from=1, words=((60_000, 60_000, "60", 0),), spans_from=1, spans=((0, 60_000, 1, 0),)),
        StateRegister(3, 2, 1, elements={"cmi.location": "3"}),
    )
    stored = (
        replace(TimeFacts(), seq=4, opened_ms=LAUNCHED, words=((5_000, 5_000, "5", 0), (70_000, 70_000, "70", 0))),
        StateFacts(seq=4, elements={"cmi.location": "4"}),
    )
    spooled_then = kept(
        clocks(5, base=4, words_from=2, words=((1_000, 71_000, "1", 0),)), StateRegister(5, 4, 1, elements={"cmi.suspend_data": "5"})
    )

    for merged in (merge_spooled(spooled_first, spooled_then), merge_spooled(spooled_then, spooled_first)):
        [whole] = merged.records()
        assert whole.time is not None
        assert whole.state is not None
        assert [word[0] for word in applied(stored[0], whole.time).words] == [5_000, 70_000, 1_000]
        assert merge_state(stored[1], whole.state).facts.elements == {"cmi.location": "4", "cmi.suspend_data": "5"}


def test_a_base_beyond_asks_a_database_that_has_not_stored_it_for_everything() -> None:
    merged = merge_spooled(kept(state=StateRegister(2, 0, 1)), kept(state=StateRegister(9, 8, 1))).record.state

    assert merged is not None
    assert merge_state(StateFacts(), merged).need_all


def test_a_base_within_what_is_kept_gives_way_to_the_older_one() -> None:
    merged = merge_spooled(kept(state=StateRegister(2, 0, 1)), kept(state=StateRegister(3, 2, 1))).record.state

    assert merged is not None
    assert merged.base == 0


def test_over_a_hole_only_the_newer_entries_stay() -> None:
    older = kept(clocks(2, spans=((0, 100, 1, 0),)))
    newer = kept(clocks(9, base=2, spans_from=5, spans=((900, 50, 1, 0),)))

    for merged in (merge_spooled(older, newer), merge_spooled(newer, older)):
        assert merged.record.time is not None
        assert (merged.record.time.spans_from, merged.record.time.spans) == (5, ((900, 50, 1, 0),))


def test_elements_that_only_an_older_message_set_stay() -> None:
    older = kept(state=StateRegister(3, 2, 1, elements={"cmi.location": "3", "cmi.suspend_data": "old"}))
    newer = kept(state=StateRegister(4, 2, 1, elements={"cmi.suspend_data": "new"}))

    for merged in (merge_spooled(older, newer), merge_spooled(newer, older)):
        assert merged.record.state is not None
        assert merged.record.state.elements == {"cmi.location": "3", "cmi.suspend_data": "new"}


def test_the_registers_are_kept_apart() -> None:
    merged = merge_spooled(kept(clocks(7)), kept(state=StateRegister(2, 0, 1, elements={"a": "1"})))

    assert merged.record.time == clocks(7)
    assert merged.record.state == StateRegister(2, 0, 1, elements={"a": "1"})


def test_a_wish_for_the_lease_is_not_kept() -> None:
    assert kept(clocks(1), want="lease").record.want is None


# --- slices


def test_a_state_in_slices_is_put_together_once_all_are_here() -> None:
    first, second = piece(4, 0, 2, SNOWMAN_IN_TWO[:30]), piece(4, 1, 2, SNOWMAN_IN_TWO[30:])

    assert second.record.state is None
    [slice_alone] = second.records()
    assert slice_alone.state is not None
    assert slice_alone.state.piece == Piece(1, 2, SNOWMAN_IN_TWO[30:])
    for merged in (merge_spooled(first, second), merge_spooled(second, first)):
        assert merged.pieces is None
        [whole] = merged.records()
        assert whole.state == StateRegister(4, 0, 1, elements={"cmi.suspend_data": "☃ melts"})


def test_a_slice_that_comes_twice_is_one() -> None:
    merged = merge_spooled(piece(4, 1, 3, "b"), piece(4, 1, 3, "b"))

    assert merged.pieces is not None
    assert dict(merged.pieces.texts) == {1: "b"}


def test_slices_of_a_newer_state_replace_those_of_an_older_one() -> None:
    for merged in (merge_spooled(piece(4, 0, 2, "a"), piece(5, 0, 2, "b")), merge_spooled(piece(5, 0, 2, "b"), piece(4, 0, 2, "a"))):
        assert merged.pieces is not None
        assert (merged.pieces.register.seq, dict(merged.pieces.texts)) == (5, {0: "b"})


def test_a_newer_whole_state_covers_slices_and_an_older_one_does_not() -> None:
    newer = merge_spooled(piece(4, 0, 2, "a"), kept(state=StateRegister(5, 0, 1, elements={"a": "5"})))
    older = merge_spooled(piece(4, 0, 2, "a"), kept(clocks(9), StateRegister(3, 0, 1, elements={"a": "3"})))

    assert newer.pieces is None
    assert [each.state.piece if each.state else None for each in older.records()] == [None, Piece(0, 2, "a")]
    assert [each.time for each in older.records()] == [clocks(9), None], "the clocks go once"


def test_slices_that_make_no_register_do_not_take_the_rest_of_the_session_with_them() -> None:
    merged = reduce(merge_spooled, [kept(clocks(3)), piece(4, 0, 2, "{not"), piece(4, 1, 2, "json")])

    assert [each.state.piece.index if each.state and each.state.piece else None for each in merged.records()] == [None, 0, 1]
    assert from_json(to_json(merged)) == merged
    after = merge_spooled(merged, kept(state=StateRegister(5, 0, 1, elements={"a": "5"})))
    assert after.pieces is None, "and a newer state covers them"


# --- as it is written


def test_half_a_surrogate_pair_and_very_large_values_survive_writing() -> None:
    value = (HALF_A_PAIR + "\x00é☃") * 10 + "x" * (MAX_VALUE - 40)
    assert len(value) == MAX_VALUE
    whole = kept(clocks(1, words=((None, 5, "\ufffd", 1),)), StateRegister(1, 0, 1, elements={"cmi.suspend_data": value}))

    text = to_json(whole)

    assert text.isascii(), "what SQLite and UTF-8 can hold"
    assert from_json(text) == whole


def test_slices_survive_writing() -> None:
    whole = merge_spooled(kept(clocks(1)), piece(4, 1, 2, "\\ud83d half"))

    assert from_json(to_json(whole)) == whole


def test_a_union_larger_than_any_message_is_read_again() -> None:
    def findings(begin: int) -> tuple[tuple[str, str, str], ...]:
        return tuple(("kind", "element", str(number)) for number in range(begin, begin + MAX_FINDINGS))

    merged = merge_spooled(
        kept(state=StateRegister(1, 0, 1, findings=findings(0))), kept(state=StateRegister(2, 0, 1, findings=findings(MAX_FINDINGS)))
    )

    assert from_json(to_json(merged)) == merged
    assert merged.record.state is not None
    assert len(merged.record.state.findings) == 2 * MAX_FINDINGS


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{}", '{"record": 5, "launch": {}}', '{"launch": {}, "record": {"session": "x"}}',
        json.dumps({**json.loads(to_json(kept(clocks(1)))), "launch": "nobody"}),
        json.dumps({**json.loads(to_json(kept(clocks(1)))), "pieces": {"register": None}}),
        to_json(kept(clocks(1))).replace('"measured"', '"unknown"'),
        to_json(kept(clocks(1)))[:-20],
    ],
)  # fmt: skip
def test_what_was_not_written_by_the_spool_is_refused(text: str) -> None:
    with pytest.raises(BadMessage):
        from_json(text)


def test_the_start_of_its_content_comes_through_the_spool() -> None:
    start = "0b8c2d4e-7f10-4a21-9c3b-5d6e7f809112"
    said = kept(clocks(1), start=start)
    assert from_json(to_json(said)).record.start == start
    # an older page of the browser does not know it, and takes it from nobody
    assert merge_spooled(kept(clocks(1)), kept(clocks(2), start=start)).record.start == start
    assert merge_spooled(said, kept(clocks(2))).record.start == start
