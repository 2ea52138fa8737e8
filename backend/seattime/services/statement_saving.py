"""Saving statements, whatever the database does: a few tries, then the spool, then an honest no. `saving` does the same for commits.

Guarantees: where `save` returns None the work was done, which is committed; where it returns `Kept.SPOOLED` the statements are on this
host's disk and `recovery` takes them by itself; what the database refuses for a reason (another statement under the same id, a rule of
cmi5) is raised as that refusal, and nothing is kept; what can be kept nowhere is `Unavailable`, and nothing is acknowledged. While the
circuit breaker is open nothing waits for the database. Clocks, waiting and chance are handed in. Must not import web.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from seattime.domain.breaker import CircuitBreaker
from seattime.domain.retry import RetryPolicy
from seattime.domain.spool_records import key_of
from seattime.domain.spooled_statements import SpooledStatements
from seattime.errors import SeatTimeError, Unavailable
from seattime.services import metrics
from seattime.services.gate import Gate
from seattime.services.saving import BREAKER_OPEN, Kept, Pace
from seattime.storage import faults
from seattime.storage.faults import Fault
from seattime.storage.spool import SpoolFailed
from seattime.storage.spools import Spool

log = logging.getLogger(__name__)

BEHIND = Fault("behind_others", retry=False, outage=False, why="what came before it from the same launch waits still")


class StatementSaver:
    """One for an application; safe to use from many threads."""

    def __init__(self, spool: Spool, breaker: CircuitBreaker, gate: Gate, policy: RetryPolicy, pace: Pace) -> None:
        self._spool = spool
        self._breaker = breaker
        self._gate = gate
        self._policy = policy
        self._pace = pace

    def save(self, statements: SpooledStatements, store: Callable[[float], object], *, behind: bool = False) -> Kept | None:
        """Calls `store(seconds)`, which does it once in a transaction of its own, within so long where it can, and raises where it
        did not; several times where that helps. `behind`: something waits in the spool that has to come first.

        Raises what `store` raises and another try or the spool would not cure; Unavailable where nothing could keep the statements.
        """
        if behind:
            return self._keep(statements, BEHIND, None)
        if not self._gate.lets_through():
            return self._keep(statements, BREAKER_OPEN, None)
        began, tries = self._pace.monotonic(), 0
        while True:
            try:
                store(self._policy.next_try_ms(self._elapsed_ms(began)) / 1000)
            except Exception as error:
                failed = error
            else:
                self._breaker.succeeded()
                return None
            tries += 1
            fault = fault_of(failed)
            if fault is None or fault.poison:
                # the database answered: with a refusal, or that it will never hold such a value
                self._breaker.succeeded()
                raise failed
            wait = self._policy.wait_ms(tries, self._elapsed_ms(began), self._pace.chance()) if fault.retry else None
            # where another request has found out meanwhile that the database is away, there is no need to find out again
            if wait is None or self._breaker.state == "open":
                (self._breaker.failed if fault.outage else self._breaker.succeeded)()
                return self._keep(statements, fault, failed)
            metrics.retried(fault.name)
            log.info("statements tried again: %s", fault.name, extra={"event": "retried", **where(statements, fault)})
            self._pace.sleep(wait / 1000)

    def _elapsed_ms(self, began: float) -> float:
        return (self._pace.monotonic() - began) * 1000

    def _keep(self, statements: SpooledStatements, fault: Fault, error: Exception | None) -> Kept:
        """Raises Unavailable where the spool could not."""
        told = where(statements, fault)
        try:
            self._spool.set(key_of(statements), statements)
        except SpoolFailed as failed:
            log.error("statements not kept: %s", failed, extra={"event": "not_kept", **told}, exc_info=failed)
            raise Unavailable("The server cannot store this now. Keep it and send it again.") from failed
        metrics.fell_back(fault.name)
        log.warning("statements spooled: %s", fault.name, extra={"event": "spooled", **told}, exc_info=None if fault.known else error)
        return Kept.SPOOLED


def fault_of(error: Exception) -> Fault | None:
    """None where it is no fault but a refusal."""
    if isinstance(error, Unavailable):
        return faults.NO_ANSWER
    return None if isinstance(error, SeatTimeError) else faults.classify(error)


def where(statements: SpooledStatements, fault: Fault) -> dict[str, object]:
    """What a log line says of a record: nothing that a learner wrote."""
    told = {"registration": statements.registration_key, "session": statements.name}
    return {**told, "statements": len(statements.statements), "fault": fault.name}
