"""Lengths of time as people read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.clockface import cloud, column, exact, in_whole_seconds, spent, spoken


@pytest.mark.parametrize(
    ("ms", "at_a_glance", "in_a_sentence", "in_a_column", "all_of_it", "for_the_cloud"),
    [
        (0, "0 s", "0 s", "00:00", "0:00:00.000", "0000:00:00.00"),
        (999, "0 s", "0 s", "00:00", "0:00:00.999", "0000:00:00.99"),
        (8_120, "8 s", "8 s", "00:08", "0:00:08.120", "0000:00:08.12"),
        (38_000, "38 s", "38 s", "00:38", "0:00:38.000", "0000:00:38.00"),
        (92_000, "1 min", "1 min 32 s", "01:32", "0:01:32.000", "0000:01:32.00"),
        (130_000, "2 min", "2 min 10 s", "02:10", "0:02:10.000", "0000:02:10.00"),
        (180_000, "3 min", "3 min", "03:00", "0:03:00.000", "0000:03:00.00"),
        (2_530_000, "42 min", "42 min 10 s", "42:10", "0:42:10.000", "0000:42:10.00"),
        (3_599_999, "59 min", "59 min 59 s", "59:59", "0:59:59.999", "0000:59:59.99"),
        (3_600_000, "1 h 00 min", "1 h", "1:00:00", "1:00:00.000", "0001:00:00.00"),
        (3_607_000, "1 h 00 min", "1 h 00 min 07 s", "1:00:07", "1:00:07.000", "0001:00:07.00"),
        (3_847_250, "1 h 04 min", "1 h 04 min 07 s", "1:04:07", "1:04:07.250", "0001:04:07.25"),
        (36_000_000_000, "10000 h 00 min", "10000 h", "10000:00:00", "10000:00:00.000", "10000:00:00.00"),
        (-130_000, "−2 min", "−2 min 10 s", "−02:10", "−0:02:10.000", "−0000:02:10.00"),
    ],
)
def test_a_length_is_written_as_people_read_it(
    ms: int, at_a_glance: str, in_a_sentence: str, in_a_column: str, all_of_it: str, for_the_cloud: str
) -> None:
    assert spent(ms) == at_a_glance
    assert spoken(ms) == in_a_sentence
    assert column(ms) == in_a_column
    assert exact(ms) == all_of_it
    assert cloud(ms) == for_the_cloud


@given(st.integers(min_value=0, max_value=10**13))
def test_the_exact_form_can_be_read_back(ms: int) -> None:
    hours, minutes, seconds = exact(ms).split(":")
    assert int(hours) * 3_600_000 + int(minutes) * 60_000 + int(seconds.replace(".", "")) == ms


@given(st.integers(min_value=0, max_value=10**13))
def test_what_is_shown_is_never_more_than_what_is_there(ms: int) -> None:
    hours, minutes, seconds = cloud(ms).split(":")
    shown = int(hours) * 3_600_000 + int(minutes) * 60_000 + int(seconds.replace(".", "")) * 10
    assert ms - 10 < shown <= ms


@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ([6_600, 1_700, 0, 0], [6_000, 2_000, 0, 0]),  # 8.3 s
        ([6_600, 1_700, -900, 0], [6_000, 2_000, -1_000, 0]),  # 7.4 s
        ([180_000, -88_001], [180_000, -89_000]),  # 91.999 s
        ([900], [0]),
        ([], []),
    ],
)
def test_a_sum_adds_up_as_it_is_shown(parts: list[int], shown: list[int]) -> None:
    assert in_whole_seconds(parts) == shown


@given(st.lists(st.integers(-(10**9), 10**9)))
def test_shown_parts_are_whole_seconds_near_what_they_stand_for_and_add_up(parts: list[int]) -> None:
    shown = in_whole_seconds(parts)

    assert sum(shown) == sum(parts) // 1000 * 1000
    assert all(each % 1000 == 0 and abs(each - part) < 1000 for each, part in zip(shown, parts, strict=True))
