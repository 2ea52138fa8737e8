"""The circuit breaker by a clock that the test sets."""

from __future__ import annotations

import threading

import pytest

from seattime.domain.breaker import FIRST_PAUSE_S, LONGEST_PAUSE_S, TRIAL_WITHIN_S, CircuitBreaker, State


class Hands:
    """A clock in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


def test_closed_lets_everybody_through(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)

    assert breaker.state == "closed"
    assert [breaker.allows() for _ in range(3)] == [True, True, True]


def test_a_failure_opens_it_and_nobody_tries_until_the_pause_is_over(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()

    assert breaker.state == "open"
    assert not breaker.allows()
    hands.now += FIRST_PAUSE_S - 0.01
    assert not breaker.allows()


def test_after_the_pause_one_request_is_the_trial_and_only_one(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()
    hands.now += FIRST_PAUSE_S

    assert breaker.allows()
    assert breaker.state == "half-open"
    assert [breaker.allows() for _ in range(3)] == [False, False, False]


def test_of_many_threads_one_is_the_trial(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()
    hands.now += FIRST_PAUSE_S
    start = threading.Barrier(8)
    allowed: list[bool] = []

    def ask() -> None:
        start.wait()
        allowed.append(breaker.allows())

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(allowed) == [False] * 7 + [True]


def test_a_trial_that_succeeds_closes_it(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()
    hands.now += FIRST_PAUSE_S
    breaker.allows()
    breaker.succeeded()

    assert breaker.state == "closed"
    assert [breaker.allows(), breaker.allows()] == [True, True]


def test_a_trial_that_fails_doubles_the_pause_up_to_a_limit(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()
    pauses = []
    for _ in range(5):
        began = hands.now
        while not breaker.allows():
            hands.now += 0.25
        pauses.append(hands.now - began)
        breaker.failed()

    assert pauses == [0.5, 1.0, 2.0, 4.0, 4.0]
    assert pauses[-1] == LONGEST_PAUSE_S


def test_the_pause_begins_anew_once_the_database_has_answered(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()
    hands.now += 10
    breaker.allows()
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    hands.now += FIRST_PAUSE_S

    assert breaker.allows(), "one first pause later, not two"


def test_requests_that_fail_while_it_is_open_do_not_prolong_the_pause(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()
    hands.now += FIRST_PAUSE_S - 0.1
    breaker.failed()
    hands.now += 0.1

    assert breaker.allows()


def test_a_trial_that_is_never_heard_of_again_gives_way_to_another(hands: Hands) -> None:
    breaker = CircuitBreaker(hands)
    breaker.failed()
    hands.now += FIRST_PAUSE_S
    breaker.allows()
    hands.now += TRIAL_WITHIN_S - 0.1
    assert not breaker.allows()
    hands.now += 0.1

    assert breaker.allows()
    assert not breaker.allows()


def test_each_change_is_told_once_and_outside_of_the_lock(hands: Hands) -> None:
    told: list[State] = []

    def listen(state: State) -> None:
        told.append(state)
        # would wait for ever inside the lock
        breaker.allows()

    breaker = CircuitBreaker(hands, listen)
    breaker.succeeded()
    breaker.failed()
    breaker.failed()
    hands.now += FIRST_PAUSE_S
    breaker.allows()
    breaker.succeeded()
    breaker.succeeded()

    assert told == ["open", "half-open", "closed"]
