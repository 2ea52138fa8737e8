"""Several statements in one round trip to PostgreSQL, by libpq's pipeline mode, prepared once for each connection.

Guarantees: either every statement succeeded and its result is returned, or `psycopg.Error` is raised and the transaction, if
the connection still stands, is the caller's to roll back. Why not psycopg's own pipeline: it waits after every statement that
is put in, about ten times for a group of commits, and each time the thread has to win the interpreter's lock again
(benchmarks/README.md). Knows nothing of the ledger.
"""

from __future__ import annotations

import select
from collections.abc import Sequence

import psycopg
from psycopg.pq import ExecStatus, Format
from psycopg.pq.abc import PGconn, PGresult

FINE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)

Statement = tuple[str, str | tuple[bytes, ...] | None]
"""SQL, and the value of its only parameter, `$1`; or the values of its parameters in PostgreSQL's binary form."""


class RoundTrips:
    """For one connection, and one thread at a time."""

    def __init__(self, pgconn: PGconn) -> None:
        self._pgconn = pgconn
        self._prepared: dict[str, bytes] = {}
        self._named = 0
        self._readable = select.poll()
        self._readable.register(pgconn.socket, select.POLLIN)
        self._either = select.poll()
        self._either.register(pgconn.socket, select.POLLIN | select.POLLOUT)

    def exchange(self, statements: Sequence[Statement]) -> list[PGresult]:
        """The results, in order. Raises psycopg.Error."""
        pgconn = self._pgconn
        pgconn.enter_pipeline_mode()
        new: dict[str, bytes] = {}
        asked: list[bool] = []
        for sql, value in statements:
            name = self._prepared.get(sql) or new.get(sql)
            if name is None:
                # a name is used once, also where what it stood for was never made because of an error
                self._named += 1
                name = new[sql] = b"seattime_%d" % self._named
                pgconn.send_prepare(name, sql.encode())
                asked.append(False)
            if isinstance(value, tuple):
                pgconn.send_query_prepared(name, value, [Format.BINARY] * len(value))
            else:
                pgconn.send_query_prepared(name, None if value is None else [value.encode()])
            asked.append(True)
        pgconn.pipeline_sync()
        results = self._receive()
        pgconn.exit_pipeline_mode()
        for result in results:
            if result.status not in FINE:
                raise psycopg.DatabaseError(result.error_message.decode(errors="replace") or "a statement before this one failed")
        self._prepared |= new
        return [result for result, was_asked in zip(results, asked, strict=True) if was_asked]

    def _receive(self) -> list[PGresult]:
        """All results up to the end of the round trip."""
        pgconn = self._pgconn
        while pgconn.flush():
            # what the server says meanwhile has to be read, or neither side could go on
            self._either.poll()
            pgconn.consume_input()
        results: list[PGresult] = []
        while True:
            while pgconn.is_busy():
                self._readable.poll()
                pgconn.consume_input()
            result = pgconn.get_result()
            if result is None:
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)
