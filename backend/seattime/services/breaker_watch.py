"""What is said of a circuit breaker: one line and one count when the database goes away, one line when it is back.

During an outage the breaker tries the database every few seconds and opens again each time; that is no news. Must not import web.
"""

from __future__ import annotations

import logging
import threading

from seattime.domain.breaker import State
from seattime.services import metrics

log = logging.getLogger(__name__)


class BreakerWatch:
    """Called with each new state, from any thread. One for each breaker."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._away = False

    def __call__(self, state: State) -> None:
        metrics.breaker(state)
        with self._lock:
            news = state != "half-open" and self._away != (state == "open")
            if news:
                self._away = state == "open"
        if not news:
            return
        if state == "open":
            metrics.breaker_opened()
            log.error("the database does not take saves: they go to the spool", extra={"event": "breaker", "state": state})
        else:
            log.warning("the database takes saves again", extra={"event": "breaker", "state": state})
