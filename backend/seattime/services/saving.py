"""Saving what browsers deliver, whatever the database does: a few tries, then the spool, then an operator's shelf, then an honest no.

Guarantees: an `Outcome` was committed in the database; `Kept.SPOOLED` is on this host's disk and will be applied by
`recovery`; `Kept.HELD` is on this host's disk for an operator, since the ledger will never take it as it is. Where none of
these was possible, `Unavailable` is raised and the browser keeps everything. While the circuit breaker is open nothing waits
for the database. Clocks, waiting and chance are handed in. Must not import web.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from seattime.domain.breaker import CircuitBreaker
from seattime.domain.retry import RetryPolicy
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import SpooledSession, spooled
from seattime.errors import BadMessage, Unavailable
from seattime.services import metrics
from seattime.services.committing import Committed, Committer, Item
from seattime.services.gate import Gate
from seattime.storage import faults
from seattime.storage.faults import Fault
from seattime.storage.ledger import Outcome, RegistrationUnknown
from seattime.storage.spool import SpoolFailed
from seattime.storage.spools import Spool

log = logging.getLogger(__name__)

BREAKER_OPEN = Fault("breaker_open", retry=False, outage=True, why="the database did not answer a moment ago")


class Kept(StrEnum):
    """Not in the database, and on the disk."""

    SPOOLED = "spooled"
    HELD = "held"


@dataclass(frozen=True)
class Saved:
    """What became of the items, in order; `ledger_id` and `now_ms` are None where nothing was stored."""

    answers: list[Outcome | Kept]
    ledger_id: str | None
    now_ms: int | None


@dataclass(frozen=True)
class Pace:
    """How time passes for the saver: tests hand in their own. `monotonic` and `sleep` in seconds; `chance` from [0, 1)."""

    monotonic: Callable[[], float]
    sleep: Callable[[float], None]
    chance: Callable[[], float]


class Saver:
    """One for an application; safe to use from many threads."""

    def __init__(
        self, committer: Committer, spool: Spool, breaker: CircuitBreaker, gate: Gate, policy: RetryPolicy, pace: Pace
    ) -> None:
        self._committer = committer
        self._gate = gate
        self._spool = spool
        self._breaker = breaker
        self._policy = policy
        self._pace = pace

    def save(self, items: Sequence[Item]) -> Saved:
        """Raises Unavailable where an item could be kept nowhere, and BadMessage for slices that make no register; items before
        it may be stored, which their sequences make harmless when they come again."""
        answers, failures, told = self._store(items)
        kept: dict[int, Kept] = {}
        for index, (fault, error) in failures.items():
            kept[index] = self._keep(items[index], fault, error)
        return Saved(
            [answers[index] if index in answers else kept[index] for index in range(len(items))], told.ledger_id, told.now_ms
        )

    def _store(self, items: Sequence[Item]) -> tuple[dict[int, Outcome], dict[int, tuple[Fault, Exception | None]], Committed]:
        """Tries the database, several times where that helps: outcomes and faults by index, and what the newest answer told."""
        began = self._pace.monotonic()
        answers: dict[int, Outcome] = {}
        failures: dict[int, tuple[Fault, Exception | None]] = {}
        told = Committed([], None, None)
        pending = list(range(len(items)))
        tries = 0
        if not self._gate.lets_through():
            return answers, dict.fromkeys(pending, (BREAKER_OPEN, None)), told
        while pending:
            within_s = self._policy.next_try_ms(self._elapsed_ms(began)) / 1000
            committed = self._committer.submit([items[index] for index in pending], within_s)
            tries += 1
            told = committed if committed.ledger_id is not None else told
            for index, answer in zip(pending, committed.answers, strict=True):
                if isinstance(answer, Outcome):
                    answers[index] = answer
                    failures.pop(index, None)
                else:
                    failures[index] = (_fault_of(answer), answer)
            away = [fault for fault, _ in (failures[index] for index in pending if index in failures) if fault.outage]
            if not away:
                self._breaker.succeeded()
            pending = [index for index in pending if index in failures and failures[index][0].retry]
            wait = self._policy.wait_ms(tries, self._elapsed_ms(began), self._pace.chance())
            # where another request has found out meanwhile that the database is away, there is no need to find out again
            if not pending or wait is None or self._breaker.state == "open":
                if away:
                    self._breaker.failed()
                break
            for index in pending:
                metrics.retried(failures[index][0].name)
                where = _where(items[index], failures[index][0])
                log.info("record tried again: %s", where["fault"], extra={"event": "retried", **where})
            self._pace.sleep(wait / 1000)
        return answers, failures, told

    def _elapsed_ms(self, began: float) -> float:
        return (self._pace.monotonic() - began) * 1000

    def _keep(self, item: Item, fault: Fault, error: Exception | None) -> Kept:
        """The spool, or the operator's shelf for what the ledger will never take. Raises Unavailable where neither could."""
        if isinstance(error, BadMessage):
            raise error
        session = as_spooled(item)
        where = _where(item, fault)
        try:
            if fault.poison:
                self._spool.keep_aside(session, "poison", f"{fault.name}: {fault.why}")
                log.error("record set aside", extra={"event": "set_aside", **where}, exc_info=error)
                return Kept.HELD
            self._spool.set(key_of(session), session)
        except SpoolFailed as failed:
            log.error("record not kept: %s", failed, extra={"event": "not_kept", **where}, exc_info=failed)
            raise Unavailable("The server cannot store this now. Keep it and send it again.") from failed
        metrics.fell_back(fault.name)
        log.warning(
            "record spooled: %s", fault.name, extra={"event": "spooled", **where}, exc_info=None if fault.known else error
        )
        return Kept.SPOOLED


def _where(item: Item, fault: Fault) -> dict[str, object]:
    """What a log line says of a record: nothing that a learner wrote."""
    record = item.record
    seqs = {"time_seq": record.time.seq if record.time else None, "state_seq": record.state.seq if record.state else None}
    return {"registration": item.origin.registration_key, "session": record.session, **seqs, "fault": fault.name}


def as_spooled(item: Item) -> SpooledSession:
    """An item as the spool keeps it."""
    return spooled(asdict(item.origin), item.record)


def _fault_of(error: Exception) -> Fault:
    return faults.NO_REGISTRATION if isinstance(error, RegistrationUnknown) else faults.classify(error)
