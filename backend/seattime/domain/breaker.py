"""A circuit breaker: during an outage a request goes to the spool at once and does not wait for a timeout first.

Closed: every request may try the database. Open: none may, until a pause has passed; the pause doubles with each failure.
Half-open: one request is let through as a trial, and what becomes of it closes the breaker or opens it again.
A trial that is never heard of again (its thread died) does not keep the breaker half-open for ever. Does no I/O: the clock
is handed in. One for each process: workers learn of an outage alone, at the price of one failed save each.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Literal

State = Literal["closed", "open", "half-open"]

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 4.0
TRIAL_WITHIN_S = 10.0


class CircuitBreaker:
    """`monotonic` in seconds; `changed` is told the new state, outside of any lock."""

    def __init__(self, monotonic: Callable[[], float], changed: Callable[[State], None] = lambda _state: None) -> None:
        self._monotonic = monotonic
        self._changed = changed
        self._lock = threading.Lock()
        self._state: State = "closed"
        self._pause_s = FIRST_PAUSE_S
        self._until = 0.0

    @property
    def state(self) -> State:
        return self._state

    def allows(self) -> bool:
        """Whether the database may be tried now. Where this makes the caller the trial, `succeeded` or `failed` has to follow."""
        with self._lock:
            if self._state == "closed":
                return True
            if self._monotonic() < self._until:
                return False
            self._state = "half-open"
            self._until = self._monotonic() + TRIAL_WITHIN_S
        self._changed("half-open")
        return True

    def resting(self) -> bool:
        """Whether it is known that the database is away: for whoever has no spool, and makes no trial."""
        with self._lock:
            return self._state == "open" and self._monotonic() < self._until

    def succeeded(self) -> None:
        """The database answered."""
        with self._lock:
            if self._state == "closed":
                return
            self._state, self._pause_s = "closed", FIRST_PAUSE_S
        self._changed("closed")

    def failed(self) -> None:
        """The database did not answer, after all tries."""
        with self._lock:
            if self._state == "open":
                return
            if self._state == "half-open":
                self._pause_s = min(LONGEST_PAUSE_S, 2 * self._pause_s)
            self._state = "open"
            self._until = self._monotonic() + self._pause_s
        self._changed("open")
