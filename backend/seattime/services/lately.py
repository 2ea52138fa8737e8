"""A figure that may be a moment old, asked for once for all who want it in that moment. Must not import web.

Guarantees: what `find` gives is at most LATELY_S old, or as old as the question that somebody else has under way; who asks is one at a
time, and whoever finds him at it takes the figure that is there. For one process; safe to use from many threads.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Generic, TypeVar

LATELY_S: Final = 1.0

T = TypeVar("T")


class Lately(Generic[T]):
    """`monotonic` in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._found: tuple[T, float] | None = None

    def find(self, ask: Callable[[], T | None]) -> T | None:
        """None where `ask` says so: then the next one asks again."""
        found = self._found
        if found is not None and self._monotonic() - found[1] < LATELY_S:
            return found[0]
        if not self._lock.acquire(blocking=found is None):
            return None if found is None else found[0]
        try:
            now = self._monotonic()
            if self._found is not None and now - self._found[1] < LATELY_S:
                return self._found[0]
            value = ask()
            self._found = None if value is None else (value, now)
            return value
        finally:
            self._lock.release()
