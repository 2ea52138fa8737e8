"""Commits, stored and only then answered: the one place that opens the ledger's transactions for what browsers deliver.

Guarantees: an outcome is returned after its COMMIT; every item gets an answer of its own, and one that cannot be stored harms
no other; the connection is the committer's own, so no transaction of the caller's is touched. Must not import web.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from seattime.config import Settings
from seattime.domain.records import SessionRecord
from seattime.errors import SeatTimeError
from seattime.storage import database, ledger
from seattime.storage.database import Clock
from seattime.storage.ledger import Outcome, RegistrationUnknown
from seattime.storage.placing import Origin


class CommitTimeout(TimeoutError):
    """The database did not answer in time. It may yet store the record, which the record's sequence makes harmless."""


@dataclass(frozen=True)
class Item:
    """One record and the launch under which it arrived."""

    origin: Origin
    record: SessionRecord


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


class Committer:
    """Stores items. One for an application; safe to use from many threads."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._engine = database.own_engine(settings)
        self._clock = clock

    def submit(self, items: Sequence[Item], wait_s: float) -> Committed:
        """Stores the items, each in its own transaction at the worst. Raises nothing for an item's sake.

        `wait_s`: how long the caller waits; what the database has not answered by then is answered `CommitTimeout`.
        """
        answers: list[Outcome | Exception] = []
        ledger_id: str | None = None
        now_ms: int | None = None
        for item in items:
            try:
                outcome, ledger_id, now_ms = self._store(item)
                answers.append(outcome)
            except (SQLAlchemyError, SeatTimeError, RegistrationUnknown) as error:
                answers.append(error)
        return Committed(answers, ledger_id, now_ms)

    def _store(self, item: Item) -> tuple[Outcome, str, int]:
        with Session(self._engine) as session:
            outcome = ledger.record(session, item.origin, item.record, lambda: self._clock.now_ms_on(session.connection()))
            life, now_ms = database.ledger_id(session), self._clock.now_ms_on(session.connection())
            session.commit()
        return outcome, life, now_ms
