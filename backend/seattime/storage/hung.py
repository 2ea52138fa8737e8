"""Statements that hang: a database that is frozen, or a network that swallows everything, keeps a thread for ever.

The database's own `statement_timeout` ends what is slow; it cannot end anything where the database itself stands still, and
TCP notices nothing as long as the other machine's kernel answers. So who waits for too long has its connection cut from
outside, gets an error like that of a lost connection, and the thread is free again. (Commits do not come this way: their
committer gives up by itself.) For connections of psycopg; SQLite bounds its waits itself. Must not import services.
"""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Engine, event


class InFlight:
    """What is asked of one engine at the moment. `monotonic` in seconds."""

    def __init__(self, engine: Engine, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._asked: dict[int, tuple[float, Any]] = {}
        if engine.dialect.name != "postgresql":
            return
        event.listen(engine, "before_cursor_execute", self._begin_statement)
        event.listen(engine, "after_cursor_execute", self._end_statement)
        event.listen(engine, "commit", self._begin)
        event.listen(engine, "rollback", self._begin)
        event.listen(engine.pool, "checkin", self._end)
        event.listen(engine.pool, "close", self._end)
        ping = engine.dialect.do_ping

        def watched_ping(raw: Any) -> bool:
            # no event tells of the question that the pool asks before it hands a connection out
            self._note(raw)
            try:
                return ping(raw)
            finally:
                self._end(raw)

        engine.dialect.do_ping = watched_ping  # type: ignore[method-assign, assignment]  # of this one dialect

    def cut_overdue(self, longer_than_s: float) -> int:
        """Cuts the connections of all that have waited longer. Returns how many."""
        before = self._monotonic() - longer_than_s
        with self._lock:
            overdue = [(key, asked) for key, (since, asked) in self._asked.items() if since < before]
            for key, _ in overdue:
                del self._asked[key]
        for _, connection in overdue:
            _cut(connection)
        return len(overdue)

    def _begin_statement(self, connection: Connection, *_rest: Any) -> None:
        self._begin(connection)

    def _end_statement(self, connection: Connection, *_rest: Any) -> None:
        self._end(connection.connection.dbapi_connection)

    def _begin(self, connection: Connection) -> None:
        if not connection.invalidated:  # else there is none, and asking for it would open another one
            self._note(connection.connection.dbapi_connection)

    def _note(self, raw: Any) -> None:
        with self._lock:
            self._asked[id(raw)] = (self._monotonic(), raw)

    def _end(self, raw: Any, _record: Any = None) -> None:
        with self._lock:
            self._asked.pop(id(raw), None)


def _cut(connection: Any) -> None:
    """Whoever reads from this connection reads its end. The descriptor is a copy: closing that one is libpq's business."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as plug:
            plug.shutdown(socket.SHUT_RDWR)
    except Exception:  # it was closed meanwhile: then nobody waits
        return
