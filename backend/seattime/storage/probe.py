"""Does the database answer? Asked in a way that cannot hang, takes no lock of the database, and disturbs nobody.

Guarantees: `answer()` returns within `wait_s` whatever the thing that is asked does (stopped, refusing, frozen in mid-answer,
a disk that does not come back); there is never more than one question under way for each probe; an answer is good for
`keep_s`, so that many who ask cost one question; while a question is overdue nobody waits at all.
Must not import services or web.
"""

from __future__ import annotations

import os
import select
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Generic, TypeVar
from urllib.parse import quote

import psycopg
from psycopg import pq
from sqlalchemy import make_url

from seattime.storage import stoppable

WAIT_S: Final = 1.0
KEEP_S: Final = 1.0
CONNECT_S: Final = 2
"""libpq takes no shorter one."""
QUERY_S: Final = 5.0
"""For how long a question may stay under way: then its connection is given up, and the next question opens another one."""

T = TypeVar("T")


class DatabaseState(StrEnum):
    """What the database says of itself."""

    WRITABLE = "writable"
    READ_ONLY = "read-only"
    """It answers but takes no commits: a standby, or the disk's last resort."""
    SILENT = "no answer"


class _Question(Generic[T]):
    """One question under way, and what came of it. `by_s`: when nobody waits for it any more, by the monotonic clock."""

    def __init__(self, by_s: float) -> None:
        self.by_s = by_s
        self.done = threading.Event()
        self.answer: T | None = None


class Probe(Generic[T]):
    """`ask` answers, or raises, or hangs, in a thread of its own; `silent` is the answer where it raises or hangs.

    `monotonic`: seconds, for the age of an answer. `spawn` runs a function in another thread.
    """

    def __init__(
        self,
        ask: Callable[[], T],
        silent: T,
        *,
        wait_s: float = WAIT_S,
        keep_s: float = KEEP_S,
        monotonic: Callable[[], float] = time.monotonic,
        spawn: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._ask = ask
        self._silent = silent
        self._wait_s = wait_s
        self._keep_s = keep_s
        self._monotonic = monotonic
        self._spawn = spawn or _in_a_thread
        self._begin_anew()

    def answer(self) -> T:
        """The newest answer, at most `keep_s` old; `silent` where none came in time."""
        if self._pid != os.getpid():
            # after fork: the thread that asks, and perhaps the holder of the lock, stayed behind
            self._begin_anew()
        with self._lock:
            if self._kept is not None and self._monotonic() < self._kept[1]:
                return self._kept[0]
            question = self._under_way or self._begin()
        question.done.wait(max(0.0, question.by_s - self._monotonic()))
        if question.done.is_set() and question.answer is not None:
            return question.answer
        return self._silent

    def _begin_anew(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._under_way: _Question[T] | None = None
        self._kept: tuple[T, float] | None = None

    def _begin(self) -> _Question[T]:
        question = self._under_way = _Question[T](self._monotonic() + self._wait_s)
        try:
            self._spawn(lambda: self._find_out(question))
        except RuntimeError:
            # no more threads: whatever is wrong, nobody is asked
            self._finish(question, self._silent)
        return question

    def _find_out(self, question: _Question[T]) -> None:
        try:
            answer = self._ask()
        except Exception:
            answer = self._silent
        with self._lock:
            self._finish(question, answer)

    def _finish(self, question: _Question[T], answer: T) -> None:
        question.answer = answer
        self._kept = (answer, self._monotonic() + self._keep_s)
        self._under_way = None
        question.done.set()


def _in_a_thread(work: Callable[[], None]) -> None:
    threading.Thread(target=work, name="seattime-probe", daemon=True).start()


def database_probe(url: str, **options: Any) -> Probe[DatabaseState]:
    """A probe of the ledger's database, over a connection of its own: a pool that is used up says nothing of the database."""
    where, ask = make_url(url), _ask_sqlite if url.startswith("sqlite") else _ask_postgres
    return Probe(lambda: DatabaseState.SILENT if stoppable.is_stopped(where) else ask(url), DatabaseState.SILENT, **options)


def _ask_sqlite(url: str) -> DatabaseState:
    """Reads the file, which in WAL mode waits for no writer. `mode=ro` makes no file and writes nothing back when it closes."""
    path = make_url(url).database
    if not path or path == ":memory:":
        return DatabaseState.WRITABLE
    with closing(sqlite3.connect(f"file:{quote(str(Path(path).absolute()))}?mode=ro", uri=True, timeout=0)) as connection:
        connection.execute("SELECT count(*) FROM ledger").fetchone()
    return DatabaseState.WRITABLE if os.access(path, os.W_OK) else DatabaseState.READ_ONLY


def _ask_postgres(url: str) -> DatabaseState:
    """Connects, which psycopg bounds, and asks with a wait of our own: a statement timeout is the server's, and it may be frozen.

    `transaction_read_only` is on at a standby too; every database that speaks PostgreSQL's protocol has it.
    """
    where = make_url(url)
    arguments, options = where.get_dialect()().create_connect_args(where)
    with closing(psycopg.connect(*arguments, **{**options, "connect_timeout": CONNECT_S, "autocommit": True})) as connection:
        value = _first_value(connection.pgconn, b"SHOW transaction_read_only", time.monotonic() + QUERY_S)
    return DatabaseState.WRITABLE if value == b"off" else DatabaseState.READ_ONLY


def _first_value(link: pq.abc.PGconn, query: bytes, until: float) -> bytes:
    """The first column of the only row. Raises TimeoutError, or psycopg's errors where the connection breaks."""
    link.send_query(query)
    while link.flush() or link.is_busy():
        left_s = until - time.monotonic()
        if left_s <= 0 or not select.select([link.socket], [], [], left_s)[0]:
            raise TimeoutError("The database took the question and does not answer it.")
        link.consume_input()
    result = link.get_result()
    value = None if result is None else result.get_value(0, 0)
    if value is None:
        raise psycopg.OperationalError("The database answers, but not with a value.")
    return value
