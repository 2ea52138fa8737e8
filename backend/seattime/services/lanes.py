"""Threads that work for others, each with a connection of its own, and that can be left behind where they hang.

Guarantees: what was put in is handed to `work` once, or to `refuse`; a lane that is given up is replaced at once, its
connection is cut, and what it had is refused; no thread and no connection is there before there is work, nor long after it.
Knows neither the ledger nor Flask. Must not import web.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Generic, Protocol, TypeVar

log = logging.getLogger(__name__)

IDLE_S = 60.0
"""A lane with nothing to do for so long ends, and closes its connection."""
ENDS_WITHIN_S = 5.0


class Connection(Protocol):
    """What a lane holds on to between its batches."""

    @property
    def usable(self) -> bool:
        """False once it was lost."""
        ...

    def cut(self) -> None:
        """Ends whatever its thread waits for; called from another thread."""
        ...

    def close(self) -> None: ...


E = TypeVar("E")
C = TypeVar("C", bound=Connection)


class Lanes(Generic[E, C]):
    """Up to `most` threads that share what waits; each takes up to `batch` entries at a time.

    `work(connection, entries)` answers for all its entries, whatever happens, and returns those that it wants to see again
    in the next batch. `refuse(entries, error)` is told what no connection could be opened for (the error of `connect`), what
    `work` failed at against its promise, and what was given up (GivenUp).
    """

    def __init__(
        self,
        name: str,
        connect: Callable[[], C],
        work: Callable[[C, list[E]], list[E]],
        refuse: Callable[[Sequence[E], Exception], None],
        *,
        most: int,
        batch: int,
        recycle_s: float,
    ) -> None:
        self._name = name
        self._connect = connect
        self._work = work
        self._refuse = refuse
        self._most = most
        self._batch = batch
        self._recycle_s = recycle_s
        self._changed = threading.Condition()
        self._waiting: deque[E] = deque()
        self._lanes: list[_Lane[C, E]] = []

    def put(self, entries: Sequence[E]) -> None:
        """Never waits for work to be done."""
        if not entries:
            return
        with self._changed:
            self._waiting.extend(entries)
            self._staff()

    def give_up_stuck(self, longer_than_s: float) -> None:
        """Leaves behind every lane whose batch has taken so long."""
        now = time.monotonic()
        with self._changed:
            stuck = [lane for lane in self._lanes if lane.began is not None and now - lane.began >= longer_than_s]
            self._lanes = [lane for lane in self._lanes if lane not in stuck]
            for lane in stuck:
                lane.leave = True
            self._staff()
        for lane in stuck:
            log.warning("left behind after %.1f s: a database connection that does not answer (%s)", now - (lane.began or now), self._name)
            # before the cut: what its thread says of the broken connection would send them to the database that hangs
            self._refuse(lane.entries, GivenUp())
            if lane.connection is not None:
                lane.connection.cut()

    def close(self) -> None:
        """Ends the threads once they have done what they are at, and waits for them; `put` begins anew."""
        with self._changed:
            ending, self._lanes = self._lanes, []
            for lane in ending:
                lane.leave = True
            self._changed.notify_all()
        for lane in ending:
            lane.thread.join(ENDS_WITHIN_S)

    def _staff(self) -> None:
        """Wakes as many free lanes as there is work for, and starts those that are missing."""
        self._changed.notify(len(self._waiting))
        free = sum(lane.began is None for lane in self._lanes)
        while len(self._waiting) > free and len(self._lanes) < self._most:
            lane: _Lane[C, E] = _Lane()
            lane.thread = threading.Thread(target=self._run, args=(lane,), name=f"seattime-{self._name}", daemon=True)
            self._lanes.append(lane)
            lane.thread.start()
            free += 1

    def _run(self, lane: _Lane[C, E]) -> None:
        try:
            while self._take(lane):
                self._do(lane)
        finally:
            lane.disconnect()

    def _take(self, lane: _Lane[C, E]) -> bool:
        """Gives the lane its next batch; False where it should end."""
        with self._changed:
            lane.began = None
            while not self._waiting and not lane.leave and not lane.entries:
                if not self._changed.wait(IDLE_S) and not self._waiting:
                    lane.leave = True
                    if lane in self._lanes:
                        self._lanes.remove(lane)
            if lane.leave:
                self._waiting.extendleft(reversed(lane.entries))
                self._staff()
                return False
            while self._waiting and len(lane.entries) < self._batch:
                lane.entries.append(self._waiting.popleft())
            lane.began = time.monotonic()
            return True

    def _do(self, lane: _Lane[C, E]) -> None:
        entries, again = lane.entries, []
        try:
            again = self._work(self._connected(lane), list(entries))
        except Exception as error:
            self._refuse(entries, error)
        lane.entries = again
        if lane.connection is not None and not lane.connection.usable:
            lane.disconnect()

    def _connected(self, lane: _Lane[C, E]) -> C:
        if lane.connection is not None and time.monotonic() - lane.connected_at > self._recycle_s:
            lane.disconnect()
        if lane.connection is None:
            lane.connection = self._connect()
            lane.connected_at = time.monotonic()
        return lane.connection


class GivenUp(Exception):
    """It was in the hands of a thread that hung."""


class _Lane(Generic[C, E]):
    """One thread and what it has."""

    thread: threading.Thread

    def __init__(self) -> None:
        self.connection: C | None = None
        self.connected_at = 0.0
        self.entries: list[E] = []
        self.began: float | None = None
        """When its batch began, by the monotonic clock; None while it has none."""
        self.leave = False

    def disconnect(self) -> None:
        connection, self.connection = self.connection, None
        if connection is not None:
            with suppress(Exception):
                connection.close()
