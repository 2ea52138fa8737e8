"""Who may try the database while it is doubted: the circuit breaker's word, and for its trial the probe's as well.

Guarantees: whoever is let through as the trial of a half-open breaker does not wait for a database that hangs still: the
probe was asked first, and answers in a bounded time. Must not import web.
"""

from __future__ import annotations

from collections.abc import Callable

from seattime.domain.breaker import CircuitBreaker


class Gate:
    """`answers`: whether the database takes commits, in a bounded time (`storage.probe`)."""

    def __init__(self, breaker: CircuitBreaker, answers: Callable[[], bool]) -> None:
        self._breaker = breaker
        self._answers = answers

    def lets_through(self) -> bool:
        """Whether the database may be tried now. After True, the breaker wants to hear `succeeded` or `failed`."""
        if self._breaker.state == "closed":
            return True
        if not self._breaker.allows():
            return False
        if not self._answers():
            self._breaker.failed()
            return False
        return True
