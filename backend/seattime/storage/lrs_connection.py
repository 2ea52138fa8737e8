"""One connection to the database, for the thread that stores statements in groups. PostgreSQL only.

Guarantees: those of `LedgerConnection`: what a method returned is committed; after an error nothing of the transaction is left.
Must not import services.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine

from seattime.errors import Conflict
from seattime.storage import lrs_group, stoppable
from seattime.storage.database import Clock
from seattime.storage.ledger_connection import LedgerConnection
from seattime.storage.lrs_group import Answer, Memory, Request


class StatementConnection(LedgerConnection):
    """Opened when made: raises SQLAlchemyError where that fails."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._memory = Memory()

    def store_group(self, requests: Sequence[Request]) -> list[Answer | Conflict]:
        """In one transaction (`lrs_group`). Raises psycopg.Error."""
        assert self._postgres is not None
        assert self._trips is not None
        try:
            stoppable.refuse_if_stopped(self._connection.engine)
            return lrs_group.store_group(self._trips, requests, self._clock.sql("postgresql"), self._memory)
        except BaseException:
            self._leave_transaction(self._postgres)
            raise
