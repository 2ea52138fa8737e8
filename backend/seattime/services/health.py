"""Whether time is safe now: what health checks, metrics and the page for people say. Must not import web.

Guarantees: nothing here waits for the database or for a disk longer than a probe does (storage/probe.py), and nothing takes a
lock of theirs. What is said of the database and the spool is at most a second old.

Healthy: the database takes commits, nothing waits in the spool, nothing was set aside. Degraded: commits are safe, and somebody
should look. Unhealthy: commits cannot be kept; the browsers keep them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from seattime.services.commits import save_failures
from seattime.services.parts import parts
from seattime.storage.probe import DatabaseState
from seattime.storage.spool_state import SpoolState


class Status(StrEnum):
    """Of time tracking as a whole."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"


@dataclass(frozen=True, slots=True)
class Health:
    """One look at the parts that keep time. Moments in ms since 1970."""

    at_ms: int
    database: DatabaseState
    spool: SpoolState
    breaker: str
    """Of this worker; each has its own."""
    failed_attempts: int
    """Saves that needed the fallback or failed since the server started, over all workers of this host."""

    @property
    def takes_commits_by(self) -> str | None:
        """`database`, `spool`, or None where a commit can be kept nowhere."""
        if self.database is DatabaseState.WRITABLE:
            return "database"
        return "spool" if self.spool.broken is None else None

    @property
    def status(self) -> Status:
        if self.takes_commits_by is None:
            return Status.UNHEALTHY
        return Status.DEGRADED if self.reasons else Status.HEALTHY

    @property
    def reasons(self) -> tuple[str, ...]:
        """What is not as it should be, in sentences; empty where all is well."""
        return tuple(self._reasons())

    @property
    def spool_age_s(self) -> float:
        """How long the oldest record has been waiting; 0 where none waits."""
        return 0.0 if self.spool.oldest_ms is None else max(0, self.at_ms - self.spool.oldest_ms) / 1000

    def _reasons(self) -> Iterable[str]:
        if self.database is DatabaseState.SILENT:
            yield "The database does not answer."
        if self.database is DatabaseState.READ_ONLY:
            yield "The database answers but takes no changes: it is a standby, or its disk is full."
        if self.spool.broken is not None:
            yield self.spool.broken
        if self.spool.count:
            yield f"{_records(self.spool.count)} in the spool for the database."
        if self.spool.set_aside:
            yield f"{_records(self.spool.set_aside)} for an operator."


def look() -> Health:
    """The health of time tracking now."""
    here = parts()
    return Health(
        at_ms=int(here.wall() * 1000),
        database=here.probe.answer(),
        spool=here.spool_probe.answer(),
        breaker=here.breaker.state,
        failed_attempts=save_failures(),
    )


def collect(health: Health) -> Iterable[Metric]:
    """What belongs to the host and not to a worker, read at the moment of the scrape (beside services/metrics.py)."""
    spool = health.spool
    yield _gauge("seattime_database_up", "1 where the database takes commits.", health.database is DatabaseState.WRITABLE)
    yield _gauge("seattime_spool_up", "1 where the spool can take records.", spool.broken is None)
    if spool.count is not None:
        yield _gauge("seattime_spool_records", "Records that wait in the spool of this host for the database.", spool.count)
        yield _gauge("seattime_spool_age_seconds", "How long the oldest of them has been waiting.", health.spool_age_s)
        yield _gauge("seattime_spool_bytes", "What they take.", spool.size_bytes or 0)
        yield _gauge("seattime_set_aside_records", "Records that wait for an operator.", spool.set_aside or 0)
    if spool.last_recovery is not None:
        at_s = int(spool.last_recovery.get("at_ms", 0)) / 1000
        yield _gauge("seattime_last_recovery_timestamp_seconds", "When the spool was last drained, in seconds since 1970.", at_s)
    yield CounterMetricFamily(
        "seattime_save_failures", "Saves that needed the fallback or failed since the server started.", health.failed_attempts
    )


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(name, words, value=float(value))


def _records(number: int) -> str:
    return "1 record waits" if number == 1 else f"{number} records wait"
