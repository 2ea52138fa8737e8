"""What is counted about time tracking, for Prometheus: plain functions that the pipeline calls, and the text of /metrics.

Guarantees: a call costs a look-up and an addition, does no I/O and never raises into the pipeline; a name that is not in the
catalogue counts as `other`, so content cannot make series up; no figure says anything of a person. What is counted is summed
over all workers of the host (storage/tallies.py). docs/operations.md names every metric; a test compares. Must not import web.
"""

from __future__ import annotations

import atexit
import logging
import os
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from itertools import accumulate
from pathlib import Path
from typing import Final, ParamSpec

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric

from seattime.domain.news import News
from seattime.storage import faults
from seattime.storage.tallies import LocalTallies, NoSlot, SharedTallies, Tallies

log = logging.getLogger(__name__)

FOLDER: Final = "metrics"
OTHER: Final = "other"
P = ParamSpec("P")


@dataclass(frozen=True, slots=True)
class Counted:
    """A counter (`bounds` empty) or a histogram (`bounds`: the upper ends of its buckets), with at most one label."""

    name: str
    help: str
    label: str = ""
    values: tuple[str, ...] = ()
    bounds: tuple[float, ...] = ()
    gauge: bool = False
    """It is a state of each process, and goes with it."""

    @property
    def width(self) -> int:
        """Numbers for each series: a histogram's buckets, the one without an end, and its sum."""
        return len(self.bounds) + 2 if self.bounds else 1


OUTCOMES: Final = ("stored", "waiting", "spooled", "held", "gone", "failed")
BREAKER_STATES: Final = ("closed", "open", "half-open")
_FOUND = (faults.NO_ANSWER, faults.NO_CONNECTION, faults.NO_ROOM_IN_POOL, faults.UNFORESEEN, faults.NO_REGISTRATION)
_TABLES = (faults.BY_SQLSTATE, faults.BY_CLASS, faults.BY_SQLITE_NAME)
_KNOWN_FAULTS = {fault.name for fault in _FOUND} | {fault.name for table in _TABLES for fault in table.values()}
FAULTS: Final = (*sorted(_KNOWN_FAULTS), OTHER)
KINDS: Final = (
    "lenient-time", "unreadable-time", "lenient-moment", "not-a-string", "missing-argument", "over-spm", "identifier-form", "feedback-form",
    "status-typo", "word-case", "foreign-word", "not-finished",
    "refused-value", "status-overridden", "never-initialized", OTHER,
)  # fmt: skip
"""What the adapter and the player find (static/scorm_api/adapter/leniencies.js). The arithmetic's findings are made on read."""
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0

COMMITS = Counted("seattime_commits", "Records that browsers delivered, by what was answered.", "outcome", OUTCOMES)
STATEMENTS = Counted(
    "seattime_statements", "Statements of xAPI that were sent, by what became of them.", "outcome", ("stored", "spooled", "failed")
)
RETRIES = Counted("seattime_commit_retries", "Tries of a commit that were repeated, by what had gone wrong.", "fault", FAULTS)
FALLBACKS = Counted("seattime_fallbacks", "Records that went to the spool, by why.", "reason", ("breaker_open", "behind_others", *FAULTS))
COMMIT_SECONDS = Counted("seattime_commit_seconds", "How long a message took, from its arrival to its answer.", bounds=_SECONDS)
GROUP = Counted(
    "seattime_commit_group_records", "Records that one transaction stored.", bounds=(1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)
)
RECOVERY = Counted(
    "seattime_recovery_seconds", "How long a run of the recovery took that had something to drain.",
    bounds=(0.1, 0.5, 1.0, 5.0, 15.0, _MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR),
)  # fmt: skip
RECOVERED = Counted("seattime_recovered_records", "Records that the recovery brought from the spool into the database.")
DELAY = Counted(
    "seattime_delivery_delay_seconds", "From the end of the measured time in a late delivery to its arrival.",
    bounds=(_MINUTE, 5 * _MINUTE, 15 * _MINUTE, _HOUR, 4 * _HOUR, _DAY, 3 * _DAY, 7 * _DAY, 14 * _DAY, 30 * _DAY),
)  # fmt: skip
LATE = Counted("seattime_late_deliveries", "Records whose measured time had ended long before they came.")
DUPLICATE = Counted("seattime_duplicate_deliveries", "Records that were stored already: they changed nothing.")
FINDING = Counted("seattime_findings", "Oddities that content's messages carry, by kind.", "kind", KINDS)
DIFFERENCE = Counted(
    "seattime_reported_minus_measured_seconds", "At a session's end: what its content said less what the player measured.",
    bounds=(-_HOUR, -600.0, -_MINUTE, -10.0, -1.0, 1.0, 10.0, _MINUTE, 600.0, _HOUR),
)  # fmt: skip
SILENT = Counted("seattime_silent_sessions_closed", "Sessions that the server closed because nothing more came.")
BREAKER = Counted("seattime_breaker_workers", "Workers by the state of their circuit breaker.", "state", BREAKER_STATES, gauge=True)
BREAKER_OPENED = Counted("seattime_breaker_opened", "Outages of the database that a worker noticed.")

CATALOGUE: Final = (
    COMMITS, STATEMENTS, RETRIES, FALLBACKS, COMMIT_SECONDS, GROUP, RECOVERY, RECOVERED, DELAY, LATE, DUPLICATE, FINDING, DIFFERENCE,
    SILENT, BREAKER, BREAKER_OPENED,
)  # fmt: skip


def _places() -> tuple[dict[tuple[str, str], int], int]:
    """Where each series begins, and how many numbers there are in all."""
    places: dict[tuple[str, str], int] = {}
    size = 0
    for counted in CATALOGUE:
        for value in counted.values or ("",):
            places[counted.name, value] = size
            size += counted.width
    return places, size


_PLACES, _SIZE = _places()
_LAYOUT: Final = repr(CATALOGUE)
_MOMENTARY: Final = [_PLACES[counted.name, value] for counted in CATALOGUE if counted.gauge for value in counted.values]

_tallies: Tallies = LocalTallies(_SIZE)
_shared_in: Path | None = None
_complained: set[str] = set()


def share(data_dir: Path) -> None:
    """From now on this process counts together with the others of this data folder. For servers: in each worker, after fork.

    Where the folder takes no file the process counts for itself: metrics are no reason not to serve. A process that is forked
    from this one (a server that loads the application first) shares by itself.
    """
    global _shared_in
    try:
        shared = SharedTallies(data_dir / FOLDER, _SIZE, _LAYOUT, _MOMENTARY)
    except NoSlot as error:
        log.warning("Metrics of this worker are its own, not summed over workers. %s", error)
        return
    _shared_in = data_dir
    shared.keep_flushing()
    atexit.register(shared.flush)
    use(shared)
    breaker("closed")


def use(tallies: Tallies) -> Tallies:
    """Counts there from now on. Returns where it was counted before."""
    global _tallies
    before, _tallies = _tallies, tallies
    return before


def fresh() -> Tallies:
    """Numbers of the catalogue's size, all zero, of this process alone."""
    return LocalTallies(_SIZE)


def _after_fork() -> None:
    """In the child. The parent's lock may be held by a thread that does not exist here, and its slot is the parent's."""
    if isinstance(_tallies, SharedTallies):
        _tallies.abandon()
    use(fresh())
    if _shared_in is not None:
        share(_shared_in)


os.register_at_fork(after_in_child=_after_fork)


def _never_raises(count: Callable[P, None]) -> Callable[P, None]:
    """A metric that is missing is a pity; a commit that is not stored because of it would be a loss."""

    @wraps(count)
    def counts(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            count(*args, **kwargs)
        except Exception:
            if count.__name__ not in _complained:
                _complained.add(count.__name__)
                log.exception("The metric %s cannot be counted; this is said once", count.__name__)

    return counts


@_never_raises
def commit(outcome: str, records: int = 1) -> None:
    """Records were answered: stored, waiting, spooled, held, gone, failed."""
    _add(COMMITS, outcome, records)


@_never_raises
def retried(fault: str) -> None:
    """A try failed by this fault and is repeated."""
    _add(RETRIES, fault)


@_never_raises
def fell_back(reason: str, records: int = 1) -> None:
    """Records go to the spool because of this."""
    _add(FALLBACKS, reason, records)


@_never_raises
def statements(outcome: str, number: int) -> None:
    """So many statements were stored, went to the spool, or could be kept nowhere; those that were spooled are stored later, too."""
    _add(STATEMENTS, outcome, number)


@_never_raises
def commit_took(seconds: float) -> None:
    """A message was answered after this long."""
    _observe(COMMIT_SECONDS, seconds)


@_never_raises
def group(size: int) -> None:
    """One transaction stored so many records. None at all (each had to go alone) is no group."""
    if size:
        _observe(GROUP, size)


@_never_raises
def recovered(records: int, seconds: float) -> None:
    """A run of the recovery has drained so many records in so long."""
    _observe(RECOVERY, seconds)
    _add(RECOVERED, "", records)


@_never_raises
def told(news: News) -> None:
    """What a record brought that is committed now. Content that never said how long it took tells nothing of the difference."""
    if news.duplicate:
        _add(DUPLICATE)
    if news.late and news.delay_ms is not None:
        _add(LATE)
        _observe(DELAY, news.delay_ms / 1000)
    for kind in news.findings:
        _add(FINDING, kind)
    if news.ended is not None and news.ended.reported_ms is not None:
        _observe(DIFFERENCE, (news.ended.reported_ms - news.ended.measured_ms) / 1000)


@_never_raises
def closed_silent(sessions: int) -> None:
    """The server closed so many sessions of which nothing more came."""
    _add(SILENT, "", sessions)


@_never_raises
def breaker(state: str) -> None:
    """This worker's circuit breaker is now closed, open or half-open."""
    for each in BREAKER_STATES:
        _tallies.put(_PLACES[BREAKER.name, each], float(each == state))


@_never_raises
def breaker_opened() -> None:
    """This worker's circuit breaker has found the database away. Another failed trial of the same outage is no opening."""
    _add(BREAKER_OPENED)


def collect() -> Iterable[Metric]:
    """What was counted, as prometheus_client wants it (a custom collector)."""
    totals, living = _tallies.totals(), _tallies.living()
    for counted in CATALOGUE:
        yield _family(counted, living if counted.gauge else totals)


def _family(counted: Counted, numbers: Sequence[float]) -> Metric:
    labels = [counted.label] if counted.label else []
    series: Mapping[str, int] = {value: _PLACES[counted.name, value] for value in counted.values or ("",)}
    if counted.bounds:
        histogram = HistogramMetricFamily(counted.name, counted.help, labels=labels)
        for value, place in series.items():
            *buckets, sum_of_all = numbers[place : place + counted.width]
            ends = [*(str(bound) for bound in counted.bounds), "+Inf"]
            cumulated = list(zip(ends, accumulate(buckets), strict=True))
            histogram.add_metric([value] if labels else [], cumulated, sum_of_all)
        return histogram
    kind = GaugeMetricFamily if counted.gauge else CounterMetricFamily
    family = kind(counted.name, counted.help, labels=labels)
    for value, place in series.items():
        family.add_metric([value] if labels else [], numbers[place])
    return family


def _add(counted: Counted, value: str = "", amount: float = 1.0) -> None:
    place = _PLACES.get((counted.name, value))
    _tallies.add(_PLACES[counted.name, OTHER] if place is None else place, amount)


def _observe(counted: Counted, amount: float) -> None:
    place = _PLACES[counted.name, ""]
    _tallies.add(place + bisect_left(counted.bounds, amount))
    _tallies.add(place + counted.width - 1, amount)
