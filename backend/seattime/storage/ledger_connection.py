"""One connection to the ledger's database, for one thread that stores what browsers deliver.

Guarantees: what a method returned is committed; after an error nothing of the connection's transaction is left; `cut` ends
whatever the thread is waiting for, from another thread, however dead the other end is. Must not import services.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg.pq import PipelineStatus
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from seattime.domain.records import SessionRecord
from seattime.storage import database, ledger, ledger_group, stoppable
from seattime.storage.database import Clock
from seattime.storage.ledger import Item, Outcome
from seattime.storage.ledger_group import GroupResult
from seattime.storage.round_trip import RoundTrips


class LedgerConnection:
    """Opened when made: raises SQLAlchemyError where that fails."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._clock = clock
        self._connection: Connection = engine.connect()
        raw: Any = self._connection.connection.driver_connection
        self._postgres: psycopg.Connection[Any] | None = raw if isinstance(raw, psycopg.Connection) else None
        self._trips = RoundTrips(self._postgres.pgconn) if self._postgres else None
        # a second descriptor of the same socket, so that it can be shut whatever the driver does with its own
        self._plug = socket.socket(fileno=os.dup(self._postgres.fileno())) if self._postgres else None

    @property
    def usable(self) -> bool:
        """False once it was lost: then it is to be closed."""
        return not self._connection.invalidated and not (self._postgres is not None and self._postgres.closed)

    def fits(self, record: SessionRecord) -> bool:
        """Whether it may go in a group. On SQLite everything may: who writes there is alone anyway."""
        return self._postgres is None or ledger_group.fits(record)

    def record_group(self, items: Sequence[Item]) -> GroupResult:
        """All items in one transaction (`ledger_group`). Raises SQLAlchemyError, psycopg.Error or what `record_alone` does."""
        if self._postgres is not None and self._trips is not None:
            try:
                stoppable.refuse_if_stopped(self._connection.engine)
                return ledger_group.record_group(self._trips, items, self._clock.sql("postgresql"))
            except BaseException:
                self._leave_transaction(self._postgres)
                raise
        answers, ledger_id, now_ms = self._record(items)
        return GroupResult(list(answers), ledger_id, now_ms)

    def record_alone(self, item: Item) -> GroupResult:
        """One item in a transaction of its own, waiting for locks. Raises SQLAlchemyError, SeatTimeError, RegistrationUnknown."""
        answers, ledger_id, now_ms = self._record([item])
        return GroupResult(list(answers), ledger_id, now_ms)

    def cut(self) -> None:
        """Ends the connection from another thread. Where there is no socket (SQLite), the waits are bounded by the lock timeout."""
        if self._plug is not None:
            with suppress(OSError):
                self._plug.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        with suppress(Exception):
            self._connection.close()
        if self._plug is not None:
            self._plug.close()

    def _leave_transaction(self, connection: psycopg.Connection[Any]) -> None:
        if connection.pgconn.pipeline_status != PipelineStatus.OFF:
            # it broke in the middle of a round trip: nobody knows what is still to come
            connection.close()
        with suppress(psycopg.Error):
            connection.rollback()

    def _record(self, items: Sequence[Item]) -> tuple[list[Outcome], str, int]:
        try:
            return self._record_in_a_session(items)
        except BaseException:
            # After a COMMIT that failed SQLAlchemy wants to be told of a rollback before it begins again, and sends none: SQLite would
            # keep its only lock.
            with suppress(Exception):
                self._connection.rollback()
            with suppress(Exception):
                self._connection.connection.rollback()
            raise

    def _record_in_a_session(self, items: Sequence[Item]) -> tuple[list[Outcome], str, int]:
        with Session(self._connection) as session:
            connection = session.connection()

            def read_now_ms() -> int:
                return database.read_clock(self._clock, connection)

            outcomes = [ledger.record(session, item.origin, item.record, read_now_ms) for item in items]
            ledger_id, now_ms = database.ledger_id(session), read_now_ms()
            session.commit()
        return outcomes, ledger_id, now_ms
