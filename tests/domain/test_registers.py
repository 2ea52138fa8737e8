"""Registers laid over what is stored: repetition, order and loss change nothing; spans keep their place."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seattime.domain.facts import absolute_spans
from seattime.domain.records import Piece, StateRegister, TimeRegister
from seattime.domain.registers import StateFacts, TimeFacts, merge_state, merge_time, stored_entries

LAUNCHED = 1_000_000
NOTHING = TimeFacts()


def message(seq: int, **changes: Any) -> TimeRegister:
    fields = {"base": 0, "order": 7, "opened": LAUNCHED + 1_000, "measured": 0, "open": 0}
    return TimeRegister(seq=seq, **{**fields, **changes})


def store(facts: TimeFacts, register: TimeRegister, now: int = LAUNCHED + 10_000_000) -> TimeFacts:
    return merge_time(facts, register, now, LAUNCHED).facts


# --- sequences


def test_a_register_delivered_twice_changes_nothing() -> None:
    register = message(3, measured=5_000, spans=((0, 5_000, 1, 0),))
    once = store(NOTHING, register)
    again = merge_time(once, register, LAUNCHED + 20_000_000, LAUNCHED)
    assert (again.facts, again.need_all, again.applied) == (once, False, False)


def test_an_older_register_changes_nothing() -> None:
    stored = store(NOTHING, message(3, measured=5_000, exit="suspend"))
    late = merge_time(stored, message(2, measured=4_000, exit="normal"), LAUNCHED + 20_000_000, LAUNCHED)
    assert (late.facts, late.applied) == (stored, False)


def test_the_newest_sequence_replaces_clocks_status_and_exit() -> None:
    stored = store(NOTHING, message(1, measured=4_000, open=4_000, status={"raw": "80"}, exit="normal"))
    newer = store(stored, message(2, base=1, measured=6_000, open=7_000, status={"raw": "90"}, exit="suspend", terminated=True))
    assert (newer.seq, newer.measured_ms, newer.open_ms, newer.exit, newer.terminated) == (
        2,
        6_000,
        7_000,
        "suspend",
        True,
    )
    assert newer.status == {"raw": "90"}


def test_the_order_number_never_falls() -> None:
    stored = store(NOTHING, message(1, order=9))
    assert store(stored, message(2, base=1, order=7)).order == 9


# --- entries


def test_entries_are_put_at_their_index_and_the_last_one_grows() -> None:
    stored = store(NOTHING, message(1, measured=5_000, spans=((0, 5_000, 1, 0),), acts=((0, 10),), words=((1_000, 900, "1", 0),)))
    newer = store(
        stored,
        message(
            2,
            base=1,
            measured=9_000,
            spans=((0, 6_000, 1, 0), (6_000, 3_000, 0, 0)),
            acts_from=1,
            acts=((7_000, 0),),
            words=((2_000, 1_900, "2", 0), (500, 2_500, "0.5", 0)),
        ),
    )
    assert newer.spans == ((0, 6_000, 1, 0), (6_000, 3_000, 0, 0))
    assert newer.acts == ((0, 10), (7_000, 0))
    assert newer.words == ((2_000, 1_900, "2", 0), (500, 2_500, "0.5", 0))
    assert not newer.incomplete


def test_entries_after_missing_ones_are_not_taken_but_the_clocks_are() -> None:
    merged = merge_time(
        NOTHING,
        message(5, measured=9_000, spans_from=1, spans=((6_000, 3_000, 1, 0),), acts_from=2, acts=((1, 1),), words_from=1),
        LAUNCHED + 50_000,
        LAUNCHED,
    )
    assert merged.need_all
    assert merged.applied
    assert (merged.facts.measured_ms, merged.facts.spans, merged.facts.acts) == (9_000, (), ())


@pytest.mark.parametrize("missing", ["spans_from", "acts_from", "words_from"])
def test_one_missing_entry_of_any_list_is_enough_to_ask_for_all(missing: str) -> None:
    stored = store(NOTHING, message(1, measured=5_000))
    further = merge_time(stored, message(2, base=1, measured=6_000, **{missing: 1}), LAUNCHED + 50_000, LAUNCHED)
    assert (further.need_all, further.facts.incomplete) == (True, True)


def test_a_base_that_the_server_never_stored_is_answered_need_all_until_all_came() -> None:
    lost = merge_time(NOTHING, message(8, base=7, measured=9_000, spans=((0, 9_000, 1, 0),)), LAUNCHED + 50_000, LAUNCHED)
    assert (lost.need_all, lost.facts.measured_ms, lost.facts.seq) == (True, 9_000, 8)
    # the answer was lost too: the browser's next message leans on what the server does have now
    again = merge_time(lost.facts, message(8, base=7, measured=9_000), LAUNCHED + 50_000, LAUNCHED)
    assert again.need_all
    further = merge_time(lost.facts, message(9, base=8, measured=9_500), LAUNCHED + 50_000, LAUNCHED)
    assert further.need_all
    whole = merge_time(further.facts, message(10, measured=9_500, spans=((0, 9_500, 1, 0),)), LAUNCHED + 50_000, LAUNCHED)
    assert (whole.need_all, whole.facts.incomplete) == (False, False)


# --- placing


def test_a_session_that_claims_to_have_begun_before_its_launch_begins_at_its_launch() -> None:
    stored = store(NOTHING, message(1, opened=LAUNCHED - 60_000, measured=5_000, spans=((0, 5_000, 1, 0),)))
    assert (stored.opened_ms, stored.spans) == (LAUNCHED, ((0, 5_000, 1, 0),))


def test_a_session_that_claims_to_end_in_the_future_ends_now() -> None:
    now = LAUNCHED + 100_000
    register = message(1, opened=LAUNCHED + 99_000, measured=5_000, open=5_000, spans=((0, 5_000, 1, 0),))
    assert store(NOTHING, register, now).opened_ms == now - 5_000


def test_a_session_that_has_no_room_between_launch_and_now_keeps_its_length_from_its_launch_on() -> None:
    register = message(1, measured=5_000, open=5_000, spans=((0, 5_000, 1, 0),))
    stored = store(NOTHING, register, now=LAUNCHED + 2_000)
    assert (stored.opened_ms, stored.spans) == (LAUNCHED, ((0, 5_000, 1, 0),))


def test_a_stored_span_keeps_its_start_for_ever() -> None:
    stored = store(NOTHING, message(1, measured=5_000, spans=((0, 2_000, 1, 0), (3_000, 3_000, 0, 1))))
    moved = store(
        stored,
        message(2, base=1, measured=6_000, opened=LAUNCHED + 9_999, spans=((0, 2_000, 0, 2), (500, 4_000, 1, 0))),
    )
    assert moved.opened_ms == stored.opened_ms
    assert moved.spans == ((0, 2_000, 1, 0), (3_000, 4_000, 0, 1))


def test_a_stored_span_never_gets_shorter() -> None:
    stored = store(NOTHING, message(1, measured=5_000, spans=((0, 5_000, 1, 0),)))
    assert store(stored, message(2, base=1, measured=5_000, spans=((0, 4_000, 1, 0),))).spans == ((0, 5_000, 1, 0),)


def test_a_later_span_does_not_begin_before_the_one_before_has_ended() -> None:
    stored = store(NOTHING, message(1, measured=5_000, spans=((0, 5_000, 1, 0),)))
    later = store(stored, message(2, base=1, measured=7_000, spans_from=1, spans=((4_000, 2_000, 0, 0),)))
    assert later.spans[1] == (5_000, 2_000, 0, 0)


def test_a_later_span_that_would_end_in_the_future_is_shifted_back_and_not_cut() -> None:
    # opened at launch + 1 s; now is launch + 21 s, so 20 s after the opening
    stored = store(NOTHING, message(1, measured=5_000, spans=((0, 5_000, 1, 0),)))
    later = store(stored, message(2, base=1, measured=8_000, spans_from=1, spans=((30_000, 3_000, 1, 1),)), now=LAUNCHED + 21_000)
    assert later.spans[1] == (17_000, 3_000, 1, 1)


def test_time_that_a_lost_message_told_of_earlier_spans_does_not_push_a_later_one_back() -> None:
    # by hand: 3 s shown, then 1 s hidden; of the 3 s the server has the first one only, and the message leans on what it lost
    stored = store(NOTHING, message(1, measured=1_000, spans=((0, 1_000, 1, 0),)), now=LAUNCHED + 2_000)
    leaning = store(stored, message(4, base=3, measured=4_000, spans_from=1, spans=((3_000, 1_000, 0, 0),)), now=LAUNCHED + 5_000)
    whole = store(leaning, message(5, base=0, measured=4_000, spans=((0, 3_000, 1, 0), (3_000, 1_000, 0, 0))), now=LAUNCHED + 5_000)

    assert leaning.incomplete
    assert whole.spans == ((0, 3_000, 1, 0), (3_000, 1_000, 0, 0))


def test_a_later_span_is_placed_by_the_anchor_that_the_browser_had_then() -> None:
    # on first sight the opening was moved 60 s later; the next span's anchor was right, and stays right
    stored = store(NOTHING, message(1, opened=LAUNCHED - 60_000, measured=5_000, spans=((0, 5_000, 1, 0),)))
    later = store(
        stored,
        message(2, base=1, opened=LAUNCHED - 60_000, measured=7_000, spans_from=1, spans=((160_000, 2_000, 1, 1),)),
    )
    spans = absolute_spans(later.opened_ms, later.spans, later.measured_ms, LAUNCHED + 10_000_000)
    assert [each.start_ms for each in spans] == [LAUNCHED, LAUNCHED + 100_000]


def test_activity_moves_with_the_span_that_it_lies_in() -> None:
    stored = store(NOTHING, message(1, measured=5_000, spans=((0, 5_000, 1, 0),), acts=((1_000, 0),)))
    later = store(
        stored,
        message(2, base=1, measured=8_000, spans_from=1, spans=((30_000, 3_000, 1, 1),), acts_from=1, acts=((31_000, 500),)),
        now=LAUNCHED + 21_000,
    )
    # the span was moved from 30 s to 17 s
    assert later.acts == ((1_000, 0), (18_000, 500))
    grown = store(
        later,
        message(3, base=2, measured=9_000, spans_from=1, spans=((30_000, 4_000, 1, 1),), acts_from=1, acts=((31_000, 900),)),
        now=LAUNCHED + 22_000,
    )
    assert (grown.spans[1], grown.acts[1]) == ((17_000, 4_000, 1, 1), (18_000, 900))


# --- any history


class Browser:
    """A browser with an honest clock: makes the messages of one session as time passes."""

    def __init__(self) -> None:
        self.seq = 0
        self.opened = LAUNCHED + 1_000
        self.now = self.opened
        self.spans: list[list[int]] = [[0, 0, 1, 0]]
        self.acts: list[list[int]] = []
        self.words: list[tuple[int | None, int, str, int]] = []
        self.elements: dict[str, tuple[str, int]] = {}
        self.marks: list[tuple[int, int, int, int]] = [(0, 0, 0, 0)]
        """For each sequence what a later message on top of it may leave out: `(seq, spans, acts, words)`."""

    def measured(self) -> int:
        return sum(each[1] for each in self.spans)

    def do(self, what: str, ms: int) -> None:
        if what == "sleep":
            self.now += ms
            self.spans.append([self.now - self.opened, 0, 1, 1])
            return
        self.now += ms
        self.spans[-1][1] += ms
        if what == "hide":
            self.spans.append([self.now - self.opened, 0, 1 - self.spans[-1][2], 0])
        elif what == "act":
            self.acts.append([self.now - self.opened, 0])
        elif what == "say":
            self.words.append((ms, self.measured(), str(ms), 0))
        elif what == "set":
            self.elements[f"element-{ms % 3}"] = (str(ms), self.seq + 1)

    def time(self, base: int) -> TimeRegister:
        seq, spans, acts, words = self.marks[base]
        return TimeRegister(
            seq=self.seq,
            base=seq,
            order=1,
            opened=self.opened,
            measured=self.measured(),
            open=self.now - self.opened,
            spans_from=spans,
            spans=tuple((a, b, c, d) for a, b, c, d in self.spans[spans:]),
            acts_from=acts,
            acts=tuple((a, b) for a, b in self.acts[acts:]),
            words_from=words,
            words=tuple(self.words[words:]),
        )

    def state(self, base: int) -> StateRegister:
        elements = {name: value for name, (value, seq) in self.elements.items() if seq > base}
        return StateRegister(self.seq, base, 1, whole=base == 0, elements=elements)

    def send(self, base: int) -> tuple[TimeRegister, StateRegister, int]:
        self.seq += 1
        sent = self.time(base), self.state(base), self.now
        self.marks.append((self.seq, len(self.spans) - 1, max(0, len(self.acts) - 1), max(0, len(self.words) - 1)))
        return sent


steps = st.lists(
    st.tuples(st.sampled_from(["run", "hide", "act", "say", "sleep", "set"]), st.integers(1, 20_000)),
    min_size=1,
    max_size=12,
)


@settings(max_examples=150)
@given(steps, st.data())
def test_any_order_repetition_and_loss_end_where_direct_delivery_ends(history: list[tuple[str, int]], data: st.DataObject) -> None:
    browser = Browser()
    sent = []
    for what, ms in history:
        browser.do(what, ms)
        # acknowledged or not, the browser may lean on any earlier sequence; the server may have lost it
        sent.append(browser.send(base=data.draw(st.integers(0, browser.seq))))
    last = browser.send(base=0)
    direct = merge_time(NOTHING, last[0], last[2], LAUNCHED).facts
    direct_state = merge_state(StateFacts(), last[1]).facts

    deliveries = data.draw(st.lists(st.sampled_from(sent), max_size=20)) if sent else []
    stored, state = NOTHING, StateFacts()
    for register, state_register, made_at in [*deliveries, last, *deliveries]:
        now = max(last[2], made_at) + data.draw(st.integers(0, 5_000))
        before = stored
        stored = merge_time(stored, register, now, LAUNCHED).facts
        state = merge_state(state, state_register).facts
        for index, entry in enumerate(before.spans):
            assert stored.spans[index][0] == entry[0]
            assert stored.spans[index][1] >= entry[1]
    assert stored == direct
    assert state == direct_state
    spans = absolute_spans(stored.opened_ms, stored.spans, stored.measured_ms, last[2])
    assert sum(each.length_ms for each in spans) == browser.measured()


@settings(max_examples=150)
@given(
    st.lists(st.tuples(st.integers(-(10**6), 10**6), st.integers(0, 10**5), st.integers(0, 1), st.integers(0, 2)), max_size=6),
    st.integers(0, 10**7),
    st.integers(-(10**6), 10**6),
)
def test_whatever_the_browser_claims_spans_never_overlap_and_no_length_is_touched(
    spans: list[tuple[int, int, int, int]], opened: int, now: int
) -> None:
    stored = store(NOTHING, message(1, opened=opened, spans=tuple(spans[:3])), now=LAUNCHED + now)
    stored = store(stored, message(2, base=1, opened=opened, spans_from=3, spans=tuple(spans[3:])), now=LAUNCHED + now)
    assert [each[1] for each in stored.spans] == [each[1] for each in spans]
    assert stored.opened_ms is not None
    assert all(stored.opened_ms + each[0] >= LAUNCHED for each in stored.spans)
    for earlier, later in pairwise(stored.spans):
        assert earlier[0] + earlier[1] <= later[0]


# --- state


def test_elements_merge_into_the_sessions_own() -> None:
    first = merge_state(StateFacts(), StateRegister(1, 0, 7, elements={"a": "1", "b": "1"}, findings=(("k", "a", ""),)))
    second = merge_state(first.facts, StateRegister(2, 1, 8, elements={"b": "2"}, findings=(("k", "a", ""), ("k", "b", ""))))
    assert second.facts == StateFacts(2, 8, {"a": "1", "b": "2"}, (("k", "a", ""), ("k", "b", "")))
    assert not second.need_all


def test_a_state_register_delivered_twice_or_late_changes_nothing() -> None:
    stored = StateFacts(5, 7, {"a": "5"})
    for register in (StateRegister(5, 4, 7, elements={"a": "6"}), StateRegister(4, 3, 7, elements={"a": "4"})):
        assert merge_state(stored, register) == (stored, False, False)


def test_state_on_top_of_lost_state_is_taken_and_all_is_asked_for_until_it_came() -> None:
    lost = merge_state(StateFacts(), StateRegister(8, 7, 7, elements={"a": "8"}))
    assert (lost.facts.elements, lost.need_all) == ({"a": "8"}, True)
    again = merge_state(lost.facts, StateRegister(9, 8, 7, elements={"b": "9"}))
    assert again.need_all
    whole = merge_state(again.facts, StateRegister(10, 0, 7, whole=True, elements={"a": "8", "b": "9", "c": "1"}))
    assert (whole.need_all, whole.facts.elements) == (False, {"a": "8", "b": "9", "c": "1"})


def test_a_late_piece_of_a_stored_register_changes_nothing() -> None:
    stored = replace(StateFacts(5, 7, {"a": "5"}), incomplete=True)
    late = StateRegister(5, 0, 7, whole=True, piece=Piece(0, 2, "{")).without_piece()
    assert merge_state(stored, late) == (stored, True, False)


def test_a_piece_is_not_a_register() -> None:
    with pytest.raises(ValueError, match="piece"):
        merge_state(StateFacts(), StateRegister(5, 0, 7, piece=Piece(0, 2, "{")))


def test_entries_of_a_json_column_become_tuples() -> None:
    assert stored_entries([[0, 1, 1, 0], [2, 3, 0, 1]]) == ((0, 1, 1, 0), (2, 3, 0, 1))


# --- several new spans in one message


def test_several_later_spans_that_would_end_in_the_future_are_shifted_back_together() -> None:
    # The computer's clock was set one hour ahead, and then the page was offline for 450 s with two changes of tab.
    stored = store(NOTHING, message(1, measured=10_000, open=10_000, spans=((0, 10_000, 1, 0),)), LAUNCHED + 11_000)
    ahead = 3_600_000
    late = message(
        2,
        base=1,
        measured=460_000,
        open=460_000,
        spans_from=1,
        spans=((ahead, 150_000, 1, 2), (ahead + 150_000, 150_000, 0, 0), (ahead + 300_000, 150_000, 1, 0)),
    )
    merged = store(stored, late, LAUNCHED + 1_000 + 500_000)
    assert [(start, length) for start, length, _, _ in merged.spans] == [
        (0, 10_000),
        (50_000, 150_000),
        (200_000, 150_000),
        (350_000, 150_000),
    ]


def test_spans_that_are_still_to_come_have_their_room_before_now() -> None:
    # More spans than fit one message: the ones that follow at once have passed by now too.
    stored = store(NOTHING, message(1, measured=10_000, open=10_000, spans=((0, 10_000, 1, 0),)), LAUNCHED + 11_000)
    first = message(2, base=1, measured=310_000, open=310_000, spans_from=1, spans=((3_600_000, 150_000, 1, 2),))
    merged = store(stored, first, LAUNCHED + 1_000 + 400_000)
    assert merged.spans[1][0] == 400_000 - 150_000 - 150_000


def test_a_span_that_is_placed_well_stays_there_while_the_one_before_it_grows() -> None:
    stored = store(NOTHING, message(1, measured=5_000, open=5_000, spans=((0, 5_000, 1, 0),)), LAUNCHED + 6_000)
    both = message(2, base=1, measured=30_000, open=30_000, spans=((0, 20_000, 1, 0), (20_000, 10_000, 0, 0)))
    assert [span[:2] for span in store(stored, both, LAUNCHED + 31_000).spans] == [(0, 20_000), (20_000, 10_000)]


def test_measured_time_never_falls_below_the_intervals_that_are_stored() -> None:
    # The worker lengthened the open span while alert() stood; the page was left in the task that ended it.
    stored = store(NOTHING, message(40, measured=40_000, open=40_000, spans=((0, 40_000, 1, 0),)))
    last = store(stored, message(60, base=12, measured=12_000, open=12_000, spans=((0, 12_000, 1, 0),), ended="left"))
    assert (last.measured_ms, last.spans) == (40_000, ((0, 40_000, 1, 0),))
