"""How often what meets an error that nobody foresaw is tried again before a person has to look.

Such an error may be the record's own for ever, or an accident of the moment (a connection that broke in an odd place). One
that passes must not end on an operator's shelf, and one that stays must not be tried for ever. Pure; the clock is handed in.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

TRIES = 5
FOR_S = 20.0
MOST = 10_000
"""Records that are remembered; what is forgotten is only tried more often."""


class _Met(NamedTuple):
    tries: int
    since_s: float


class Patience:
    """Counts failures by key. `monotonic` in seconds. For one thread at a time."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._met: dict[str, _Met] = {}

    def goes_on(self, key: str) -> bool:
        """It failed once more. False where that is enough: after TRIES tries and FOR_S seconds, whichever comes last."""
        now = self._monotonic()
        met = self._met.pop(key, _Met(0, now))
        tries = met.tries + 1
        if tries >= TRIES and now - met.since_s >= FOR_S:
            return False
        while len(self._met) >= MOST:
            del self._met[next(iter(self._met))]
        self._met[key] = _Met(tries, met.since_s)
        return True

    def succeeded(self, key: str) -> None:
        """What was counted of it is over."""
        self._met.pop(key, None)
