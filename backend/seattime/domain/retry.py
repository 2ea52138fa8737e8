"""When a save that failed is tried again, as a value: the decision can be tested without waiting for anything.

Exponential backoff with full jitter (each wait is drawn evenly from nothing up to the bound, and the bound doubles), so that
many requests that failed together do not come back together. All of it ends within a budget far below the 20 s after which
the browser gives up on an answer, and no further try begins that the budget would cut short: one that waits for another's row
would look like a database that does not answer. Pure; imports nothing of ours.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """All times in milliseconds."""

    tries: int = 3
    first_wait_ms: int = 100
    """The bound of the first wait; it doubles from one wait to the next."""
    longest_wait_ms: int = 1_000
    try_ms: int = 3_000
    """How long one try may take."""
    budget_ms: int = 6_000
    """How long all tries and waits together may take."""

    def wait_ms(self, tries_done: int, elapsed_ms: float, chance: float) -> int | None:
        """How long to wait before the next try, or None to give up.

        `tries_done`: at least 1. `elapsed_ms`: since the first try began. `chance`: drawn evenly from [0, 1).
        """
        if tries_done >= self.tries:
            return None
        bound = min(self.longest_wait_ms, self.first_wait_ms * 2 ** (tries_done - 1))
        wait = int(chance * (bound + 1))
        return wait if elapsed_ms + wait + self.try_ms <= self.budget_ms else None

    def next_try_ms(self, elapsed_ms: float) -> float:
        """How long the next try may take: its own bound, or what is left of the budget."""
        return max(0.0, min(float(self.try_ms), self.budget_ms - elapsed_ms))
