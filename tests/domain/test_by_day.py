"""Counted time split into days."""

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st

from seattime.domain.by_day import begin_of, day_of, split_by_day
from seattime.domain.ownership import Kind, Piece

HOUR = 3_600_000
MIDNIGHT = 1_795_046_400_000
"""2026-11-19T00:00:00Z"""


def _owned(start: int, end: int) -> Piece:
    return Piece(start, end, True, Kind.OWNED)


def test_a_day_begins_at_midnight_utc() -> None:
    assert begin_of(date(2026, 11, 19)) == MIDNIGHT
    assert day_of(MIDNIGHT) == date(2026, 11, 19)
    assert day_of(MIDNIGHT - 1) == date(2026, 11, 18)


def test_a_session_over_midnight_belongs_to_both_days() -> None:
    pieces = [_owned(MIDNIGHT - HOUR, MIDNIGHT + 2 * HOUR)]

    assert split_by_day(pieces, 3 * HOUR, MIDNIGHT) == {date(2026, 11, 18): HOUR, date(2026, 11, 19): 2 * HOUR}


def test_only_what_the_session_owns_is_filled() -> None:
    pieces = [Piece(MIDNIGHT - HOUR, MIDNIGHT, True, Kind.IDLE), _owned(MIDNIGHT, MIDNIGHT + HOUR)]

    assert split_by_day(pieces, HOUR, MIDNIGHT) == {date(2026, 11, 19): HOUR}


def test_less_counted_than_owned_is_filled_from_the_beginning() -> None:
    pieces = [_owned(MIDNIGHT - HOUR, MIDNIGHT + HOUR)]

    assert split_by_day(pieces, HOUR // 2, MIDNIGHT) == {date(2026, 11, 18): HOUR // 2}


def test_what_a_correction_added_goes_to_the_last_day() -> None:
    pieces = [_owned(MIDNIGHT - HOUR, MIDNIGHT + HOUR)]

    assert split_by_day(pieces, 5 * HOUR, 0) == {date(2026, 11, 18): HOUR, date(2026, 11, 19): 4 * HOUR}


def test_a_correction_of_a_session_that_owns_nothing_goes_to_the_day_it_began() -> None:
    assert split_by_day([], HOUR, MIDNIGHT) == {date(2026, 11, 19): HOUR}


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 40 * HOUR), st.integers(1, 30 * HOUR)), max_size=5),
    st.integers(0, 200 * HOUR),
)
def test_the_days_add_up_to_what_counts(gaps_and_lengths: list[tuple[int, int]], credited: int) -> None:
    pieces, at = [], MIDNIGHT
    for gap, length in gaps_and_lengths:
        pieces.append(_owned(at + gap, at + gap + length))
        at += gap + length

    assert sum(split_by_day(pieces, credited, MIDNIGHT).values()) == credited
