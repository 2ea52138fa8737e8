"""Statements of many requests, stored in groups and only then answered: what arrives while one transaction is in flight goes into the
next. `committing` does the same for commits.

Guarantees: `store` returns after the COMMIT; a request that a group is no place for, or whose group failed for whatever reason, is told to
go alone, and nothing of it was done then as far as anybody knows (its ids make it harmless where it was); nobody waits longer than he
said. Must not import web.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from typing import Final, Protocol

from seattime.config import Settings
from seattime.errors import Conflict
from seattime.services.committing import HANGS_AFTER_S, CommitTimeout
from seattime.services.lanes import Connection, GivenUp, Lanes
from seattime.storage import database
from seattime.storage.database import Clock
from seattime.storage.lrs_connection import StatementConnection
from seattime.storage.lrs_group import Answer, Request

log = logging.getLogger(__name__)

MOST_REQUESTS: Final = 100
MOST_STATEMENTS: Final = 1000
"""In a group; one request may hold as many."""


class Store(Connection, Protocol):
    """What the lane works with: `StatementConnection`, or a test's own."""

    def store_group(self, requests: Sequence[Request]) -> list[Answer | Conflict]: ...


class StatementCommitter:
    """One for an application; safe to use from many threads, and after a fork."""

    def __init__(
        self, settings: Settings, clock: Clock, connect: Callable[[], Store] | None = None, hangs_after_s: float = HANGS_AFTER_S
    ) -> None:
        """For tests: `connect` opens a connection to where statements are stored; `hangs_after_s`."""
        engine = database.own_engine(settings)
        self._groups_here = connect is not None or engine.dialect.name == "postgresql"
        self._connect: Callable[[], Store] = connect or (lambda: StatementConnection(engine, clock))
        self._recycle_s = settings.pool_recycle_s
        self._hangs_after_s = hangs_after_s
        self._begin()
        _begin_again_after_fork(self)

    def _begin(self) -> None:
        self._lanes: Lanes[_Entry, Store] = Lanes(
            "statements", self._connect, self._store, self._refuse, most=1, batch=MOST_REQUESTS, recycle_s=self._recycle_s
        )

    def store(self, request: Request, wait_s: float) -> Answer:
        """Raises Conflict, CommitTimeout. On SQLite, where whoever writes is alone, everything is told to go alone."""
        if not self._groups_here:
            return Answer.ALONE
        entry = _Entry(request)
        self._lanes.put([entry])
        if not entry.done.acquire(timeout=max(0.0, wait_s)):
            self._lanes.give_up_stuck(longer_than_s=max(wait_s / 2, self._hangs_after_s))
            entry.take(CommitTimeout("The database did not answer in time."))
        if isinstance(entry.answer, Exception):
            raise entry.answer
        assert entry.answer is not None
        return entry.answer

    def close(self) -> None:
        """Ends the thread and its connection; another `store` begins anew."""
        self._lanes.close()

    def _store(self, store: Store, entries: list[_Entry]) -> list[_Entry]:
        """Returns what goes into the next group."""
        waiting = [entry for entry in entries if entry.answer is None]
        group: list[_Entry] = []
        room = MOST_STATEMENTS
        while waiting and (not group or len(waiting[0].request.sent) <= room):
            group.append(waiting.pop(0))
            room -= len(group[-1].request.sent)
        if not group:
            return []
        try:
            answers = store.store_group([entry.request for entry in group])
        except Exception as error:
            # one of them is the cause, or the connection is: alone, each gets the answer that is its own
            log.info("a group of %d requests with statements was not stored, each goes alone: %s", len(group), type(error).__name__)
            answers = [Answer.ALONE] * len(group)
        for entry, answer in zip(group, answers, strict=True):
            entry.take(answer)
        return waiting

    def _refuse(self, entries: Sequence[_Entry], error: Exception) -> None:
        """Where nobody knows whether it hangs still, nobody should wait there again; else each may find out alone."""
        for entry in entries:
            entry.take(CommitTimeout("The database did not answer in time.") if isinstance(error, GivenUp) else Answer.ALONE)


_taking: Final = threading.Lock()


class _Entry:
    """One request, and what became of it: the first answer stands."""

    __slots__ = ("answer", "done", "request")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.answer: Answer | Exception | None = None
        # a bare lock is the cheapest thing that a thread can wait for
        self.done = threading.Lock()
        self.done.acquire()

    def take(self, answer: Answer | Exception) -> None:
        with _taking:
            if self.answer is None:
                self.answer = answer
                self.done.release()


def _begin_again_after_fork(committer: StatementCommitter) -> None:
    """Threads do not live on in the child of a fork, and the parent's connections are not the child's."""
    reference = weakref.ref(committer)

    def begin() -> None:
        living = reference()
        if living is not None:
            living._begin()

    os.register_at_fork(after_in_child=begin)
