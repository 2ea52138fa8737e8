"""Commits, stored in groups and only then answered: what arrives while one transaction is in flight goes into the next.

Guarantees: an outcome is returned after its COMMIT; every item gets an answer of its own, and one that cannot be stored harms
no other; nobody waits longer than he said, and a transaction that hangs is given up, so that what comes after it goes its
way; nothing waits where there is no load; no transaction of the caller's is touched. Must not import web.

Callers wait, threads of the committer work (`lanes`): one stores groups; some store what must go alone, side by side, because
these may wait for locks. A thread that hangs (a database that is stopped, a network that swallows packets) cannot be ended,
but it can be left behind, and that is why no caller's own thread ever talks to the database here.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from seattime.config import Settings
from seattime.domain.records import SessionRecord
from seattime.services import metrics
from seattime.services.lanes import Connection, GivenUp, Lanes
from seattime.storage import database
from seattime.storage.database import Clock
from seattime.storage.ledger import Item as Item
from seattime.storage.ledger import Outcome
from seattime.storage.ledger_connection import LedgerConnection
from seattime.storage.ledger_group import SKIPPED, GroupResult, Skipped

log = logging.getLogger(__name__)

MOST_IN_A_GROUP = 200
"""Items. A group is closed once it has so many; a message of 200 records may still join one that has fewer."""
ALONE_AT_ONCE = 4
"""Connections for what goes alone. They are there only while they are needed."""


HANGS_AFTER_S = 1.0
"""Only a transaction that has taken so long is taken for one that hangs, however little time its caller had left."""


class CommitTimeout(TimeoutError):
    """The database did not answer in time. It may yet store the record, which the record's sequence makes harmless."""


@dataclass(frozen=True)
class Committed:
    """What became of the items of one call."""

    answers: list[Outcome | Exception]
    """One for each item, in order. An exception where that very item was not stored: SQLAlchemyError, RegistrationUnknown,
    BadMessage (pieces that make no register), CommitTimeout."""
    ledger_id: str | None
    """The ledger id that the newest transaction read; None where nothing was stored."""
    now_ms: int | None
    """The database's clock then; None where nothing was stored."""


class Store(Connection, Protocol):
    """What a lane works with: `LedgerConnection`, or a test's own."""

    def fits(self, record: SessionRecord) -> bool: ...
    def record_group(self, items: Sequence[Item]) -> GroupResult: ...
    def record_alone(self, item: Item) -> GroupResult: ...


class Committer:
    """Stores items. One for an application; safe to use from many threads, and after a fork."""

    def __init__(
        self, settings: Settings, clock: Clock, connect: Callable[[], Store] | None = None, hangs_after_s: float = HANGS_AFTER_S
    ) -> None:
        """For tests: `connect` opens a connection to where items are stored, or raises SQLAlchemyError; `hangs_after_s`."""
        engine = database.own_engine(settings)
        self._connect = connect or (lambda: LedgerConnection(engine, clock))
        self._recycle_s = settings.pool_recycle_s
        self._hangs_after_s = hangs_after_s
        self._begin()
        _begin_again_after_fork(self)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._groups: Lanes[_Entry, Store] = Lanes(
            "groups", self._connect, self._store_group, self._refuse, most=1, batch=MOST_IN_A_GROUP, recycle_s=self._recycle_s
        )
        self._alone: Lanes[_Entry, Store] = Lanes(
            "alone", self._connect, self._store_alone, self._refuse, most=ALONE_AT_ONCE, batch=1, recycle_s=self._recycle_s
        )

    def submit(self, items: Sequence[Item], wait_s: float) -> Committed:
        """Stores the items, each in a transaction of its own at the worst. Raises nothing for an item's sake.

        `wait_s`: how long the caller waits; what the database has not answered by then is answered `CommitTimeout`.
        """
        call = _Call(len(items))
        self._groups.put([_Entry(call, index, item) for index, item in enumerate(items)])
        if items and not call.done.acquire(timeout=max(0.0, wait_s)):
            for lanes in (self._groups, self._alone):
                lanes.give_up_stuck(longer_than_s=max(wait_s / 2, self._hangs_after_s))
        with self._lock:
            return call.end()

    def close(self) -> None:
        """Ends the threads and their connections; another `submit` begins anew."""
        self._groups.close()
        self._alone.close()

    def _store_group(self, store: Store, entries: list[_Entry]) -> list[_Entry]:
        """Answers with what goes into the next group: a second record of a session."""
        group: dict[tuple[str, str], _Entry] = {}
        alone: list[_Entry] = []
        later: list[_Entry] = []
        for entry in entries:
            session = (entry.item.origin.registration_key, entry.item.record.session)
            if entry.is_over():
                continue
            if session in group:
                later.append(entry)
            elif store.fits(entry.item.record):
                group[session] = entry
            else:
                alone.append(entry)
        self._alone.put(alone)
        if group:
            self._alone.put(self._try_group(store, list(group.values())))
        return later

    def _try_group(self, store: Store, entries: list[_Entry]) -> list[_Entry]:
        """Returns those that must go alone."""
        try:
            result = store.record_group([entry.item for entry in entries])
        except Exception as error:
            # one of them is the cause, or the connection is: alone, each gets the answer that is its own
            log.info("a group of %d was not stored, each goes alone: %s", len(entries), type(error).__name__)
            return entries
        metrics.group(sum(not isinstance(answer, Skipped) for answer in result.answers))
        self._answer(entries, result)
        return [entry for entry, answer in zip(entries, result.answers, strict=True) if answer is SKIPPED]

    def _store_alone(self, store: Store, entries: list[_Entry]) -> list[_Entry]:
        for entry in entries:
            if entry.is_over():
                continue
            try:
                result = store.record_alone(entry.item)
            except Exception as error:
                if not store.usable and not entry.again:
                    # a connection that was lost long ago, or just now in the middle: the outcome is unknown, and repeating is harmless
                    self._alone.put([entry._replace(again=True)])
                else:
                    self._refuse([entry], error)
            else:
                metrics.group(1)
                self._answer([entry], result)
        return []

    def _answer(self, entries: Sequence[_Entry], result: GroupResult) -> None:
        with self._lock:
            for entry, answer in zip(entries, result.answers, strict=True):
                if not isinstance(answer, Skipped):
                    entry.call.take(entry.place, answer, result)

    def _refuse(self, entries: Sequence[_Entry], error: Exception) -> None:
        if isinstance(error, GivenUp):
            error = CommitTimeout("The database did not answer in time.")
        with self._lock:
            for entry in entries:
                entry.call.take(entry.place, error, None)


class _Call:
    """One caller's items: who waits for them, and what is known of them so far. Changed under the committer's lock."""

    __slots__ = ("answers", "done", "newest", "open")

    def __init__(self, count: int) -> None:
        self.answers: list[Outcome | Exception | None] = [None] * count
        self.open = count
        self.newest: GroupResult | None = None
        # a bare lock is the cheapest thing that a thread can wait for
        self.done = threading.Lock()
        self.done.acquire()

    def take(self, index: int, answer: Outcome | Exception, result: GroupResult | None) -> None:
        """The first answer to an item stands."""
        if self.answers[index] is not None:
            return
        self.answers[index] = answer
        self.newest = result or self.newest
        self.open -= 1
        if self.open == 0:
            self.done.release()

    def end(self) -> Committed:
        """What the caller is told; what has no answer yet gets none any more."""
        for index, answer in enumerate(self.answers):
            if answer is None:
                self.take(index, CommitTimeout("The database did not answer in time."), None)
        answers = [answer for answer in self.answers if answer is not None]
        return Committed(answers, self.newest.ledger_id, self.newest.now_ms) if self.newest else Committed(answers, None, None)


class _Entry(NamedTuple):
    """An item, and where its answer goes."""

    call: _Call
    place: int
    item: Item
    again: bool = False

    def is_over(self) -> bool:
        """Somebody answered already: the caller waits no more."""
        return self.call.answers[self.place] is not None


def _begin_again_after_fork(committer: Committer) -> None:
    """Threads do not live on in the child of a fork, and the parent's connections are not the child's."""
    reference = weakref.ref(committer)

    def begin() -> None:
        living = reference()
        if living is not None:
            living._begin()

    os.register_at_fork(after_in_child=begin)
