"""Waiting, in the two ways that a test of time needs: for something to come true, and for time itself to pass.

No other module of the suite sleeps.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

LOOK_EVERY_S = 0.1


def wait_until(condition: Callable[[], T | None], what: str, *, within_s: float = 40.0) -> T:
    """What `condition` answers as soon as it is true. Raises AssertionError naming `what` and the last answer."""
    deadline = time.monotonic() + within_s
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"{what}: not within {within_s:g} s; last seen: {answer!r}")
        time.sleep(LOOK_EVERY_S)


def let_pass(seconds: float) -> float:
    """Lets time pass, since time is what is measured; none where it has passed already. Answers how much really did, s."""
    began = time.monotonic()
    time.sleep(max(0.0, seconds))
    return time.monotonic() - began


def wall_ms() -> float:
    """The clock that pages on this machine see in `performance.timeOrigin`, ms since 1970."""
    return time.time() * 1000
