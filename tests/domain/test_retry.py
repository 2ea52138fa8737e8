"""When a save is tried again: the arithmetic by hand, without waiting."""

from __future__ import annotations

import pytest

from seattime.domain.retry import RetryPolicy

NEARLY_ONE = 0.999_999
POLICY = RetryPolicy(tries=6, first_wait_ms=100, longest_wait_ms=1_000, try_ms=3_000, budget_ms=20_000)


@pytest.mark.parametrize(
    ("tries_done", "bound"),
    [(1, 100), (2, 200), (3, 400), (4, 800), (5, 1_000)],
    ids=["100", "doubled", "doubled twice", "doubled three times", "1600 is cut to 1000"],
)
def test_a_wait_is_drawn_evenly_from_nothing_up_to_a_bound_that_doubles(tries_done: int, bound: int) -> None:
    assert POLICY.wait_ms(tries_done, 0, 0.0) == 0
    assert POLICY.wait_ms(tries_done, 0, 0.5) == bound // 2
    assert POLICY.wait_ms(tries_done, 0, NEARLY_ONE) == bound


def test_there_are_three_tries_and_no_fourth() -> None:
    policy = RetryPolicy()

    assert policy.wait_ms(1, 0, 0.0) is not None
    assert policy.wait_ms(2, 0, 0.0) is not None
    assert policy.wait_ms(3, 0, 0.0) is None


def test_no_try_begins_that_the_budget_would_cut_short() -> None:
    policy = RetryPolicy(tries=3, first_wait_ms=100, try_ms=3_000, budget_ms=6_000)

    assert policy.wait_ms(1, 2_900, NEARLY_ONE) == 100, "2900 + 100 + 3000 are the budget"
    assert policy.wait_ms(1, 2_901, NEARLY_ONE) is None
    assert policy.wait_ms(1, 2_901, 0.5) == 50, "a shorter wait leaves room"


def test_two_waits_for_a_locked_row_end_before_a_third_that_would_look_like_silence() -> None:
    """A lock is waited for 2 s: the third wait would have 1.9 s of the budget, and nobody would know why it ended."""
    policy = RetryPolicy()

    assert policy.wait_ms(1, 2_000, 0.5) == 50
    assert policy.wait_ms(2, 4_050, 0.5) is None


def test_all_of_it_ends_well_before_the_browser_gives_up() -> None:
    policy = RetryPolicy()
    elapsed = 0.0
    tries = 0
    while True:
        within = policy.next_try_ms(elapsed)
        assert within == policy.try_ms
        elapsed += within
        tries += 1
        wait = policy.wait_ms(tries, elapsed, NEARLY_ONE)
        if wait is None:
            break
        elapsed += wait

    assert elapsed <= policy.budget_ms < 20_000 / 2


def test_a_try_takes_no_longer_than_the_whole_budget() -> None:
    policy = RetryPolicy(try_ms=3_000, budget_ms=1_000)

    assert policy.next_try_ms(0) == 1_000
    assert policy.next_try_ms(1_500) == 0
