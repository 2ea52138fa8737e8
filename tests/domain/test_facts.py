"""Stored entries on the server's clock."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.facts import Span, Word, absolute_acts, absolute_spans, read_words

raw_spans = st.lists(
    st.tuples(st.integers(-10_000, 100_000), st.integers(0, 20_000), st.integers(0, 1), st.integers(0, 2)), max_size=8
)


def test_spans_stand_where_the_session_was_opened() -> None:
    # the example of docs/protocol.md
    spans = absolute_spans(1_000_000, [[0, 30_000, 1, 0], [33_000, 31_250, 0, 2]], 61_250, 2_000_000)
    assert spans == (
        Span(1_000_000, 30_000, visible=True, before=0),
        Span(1_033_000, 31_250, visible=False, before=2),
    )


def test_measured_time_without_a_span_follows_the_last_known_span() -> None:
    spans = absolute_spans(1_000_000, [[0, 30_000, 1, 0], [33_000, 1_000, 0, 1]], 50_000, 2_000_000)
    assert spans[2:] == (Span(1_034_000, 19_000, visible=False, before=0),)


def test_measured_time_without_any_span_begins_with_the_session() -> None:
    assert absolute_spans(1_000_000, [], 5_000, 2_000_000) == (Span(1_000_000, 5_000, visible=True),)


def test_a_session_whose_beginning_is_unknown_ends_at_its_delivery() -> None:
    assert absolute_spans(None, [], 5_000, 2_000_000) == (Span(1_995_000, 5_000, visible=True),)


def test_entries_that_overlap_are_put_one_after_the_other() -> None:
    spans = absolute_spans(0, [[0, 10_000, 1, 0], [4_000, 5_000, 0, 0]], 15_000, 20_000)
    assert spans == (Span(0, 10_000, visible=True), Span(10_000, 5_000, visible=False))


def test_what_seems_to_end_after_its_delivery_goes_back_into_the_gap_before_it() -> None:
    # 10 s, then 9 s that an anchor 1.5 s late has put at 11.5 s; all of it was delivered at 20 s
    raw = [[0, 10_000, 1, 0], [11_500, 9_000, 0, 1]]
    assert absolute_spans(0, raw, 19_000, 20_000, 0)[1] == Span(11_000, 9_000, visible=False, before=1)
    assert absolute_spans(0, raw, 19_000, 20_500, 0)[1].start_ms == 11_500
    assert absolute_spans(0, raw, 19_000, 20_000)[1].start_ms == 11_500


def test_what_cannot_have_passed_by_its_delivery_stays_beyond_it() -> None:
    raw = [[2_000, 10_000, 1, 0], [13_000, 9_000, 0, 1]]
    first, second = absolute_spans(0, raw, 19_000, 15_000, 1_000)
    assert (first.start_ms, first.end_ms) == (1_000, 11_000)
    assert (second.start_ms, second.end_ms) == (11_000, 20_000)


@given(raw_spans, st.integers(0, 200_000), st.integers(900_000, 1_200_000), st.integers(900_000, 1_000_000))
def test_moving_back_keeps_lengths_and_order_and_moves_nothing_later(
    raw: list[tuple[int, ...]], measured: int, delivered: int, launched: int
) -> None:
    before = absolute_spans(1_000_000, raw, measured, delivered)
    after = absolute_spans(1_000_000, raw, measured, delivered, launched)
    assert [each.length_ms for each in after] == [each.length_ms for each in before]
    assert all(moved.start_ms <= stood.start_ms for moved, stood in zip(after, before, strict=True))
    assert all(earlier.end_ms <= later.start_ms for earlier, later in pairwise(after))
    fits = sum(each.length_ms for each in after) <= delivered - max(launched, 0)
    if fits and before and before[0].start_ms >= launched:
        assert after[-1].end_ms <= delivered


@given(raw_spans, st.integers(0, 200_000))
def test_spans_never_overlap_and_hold_all_that_was_measured(raw: list[tuple[int, ...]], measured: int) -> None:
    spans = absolute_spans(1_000_000, raw, measured, 2_000_000)
    assert sum(each.length_ms for each in spans) == max(measured, sum(entry[1] for entry in raw))
    for earlier, later in pairwise(spans):
        assert earlier.end_ms <= later.start_ms


def test_runs_of_activity_stand_where_the_session_was_opened() -> None:
    assert absolute_acts(1_000_000, [[40_000, 0], [0, 12_000]]) == ((1_000_000, 1_012_000), (1_040_000, 1_040_000))
    assert absolute_acts(None, [[0, 12_000]]) == ()


def test_words_are_read_as_they_are_stored() -> None:
    assert read_words([[60_000, 60_010, "0000:01:00.00", 0], [None, 70_000, "soon", 0], [0, 1, "0", 1]]) == (
        Word(60_000, 60_010, "0000:01:00.00", lenient=False),
        Word(None, 70_000, "soon", lenient=False),
        Word(0, 1, "0", lenient=True),
    )
