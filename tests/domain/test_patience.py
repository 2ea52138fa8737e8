"""Patience: what fails again and again is given up after several tries and some time, and not before."""

from __future__ import annotations

import pytest

from seattime.domain import patience
from seattime.domain.patience import FOR_S, TRIES, Patience


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_many_tries_in_a_moment_are_not_enough(clock: Clock) -> None:
    kept = Patience(clock)

    assert all(kept.goes_on("a") for _ in range(3 * TRIES))
    clock.now += FOR_S
    assert not kept.goes_on("a")


def test_few_tries_over_a_long_time_are_not_enough(clock: Clock) -> None:
    kept = Patience(clock)

    said = []
    for _ in range(TRIES):
        said.append(kept.goes_on("a"))
        clock.now += 10 * FOR_S
    assert said == [True] * (TRIES - 1) + [False]


def test_each_key_is_counted_for_itself_and_what_was_given_up_begins_anew(clock: Clock) -> None:
    kept = Patience(clock)
    for _ in range(TRIES):
        kept.goes_on("a")
    clock.now += FOR_S

    assert kept.goes_on("b")
    assert [kept.goes_on("a") for _ in range(2)] == [False, True]


def test_a_success_ends_the_count(clock: Clock) -> None:
    kept = Patience(clock)
    for _ in range(TRIES):
        kept.goes_on("a")
    clock.now += FOR_S
    kept.succeeded("a")
    kept.succeeded("never seen")

    assert kept.goes_on("a")


def test_no_more_is_remembered_than_there_is_room_for(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "MOST", 2)
    kept = Patience(clock)
    for key in "aaaabc":
        kept.goes_on(key)
    clock.now += FOR_S

    assert kept.goes_on("a"), "it was forgotten, the oldest of three"
    assert len(kept._met) == 2
