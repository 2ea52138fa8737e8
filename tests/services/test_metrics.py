"""What is counted, how it is written down, and that counting harms nobody."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from prometheus_client import generate_latest
from prometheus_client.core import Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from seattime.domain.news import Ended, News
from seattime.services import metrics
from seattime.services.breaker_watch import BreakerWatch
from seattime.storage import faults
from seattime.storage.tallies import SharedTallies, Tallies


class Counted(Collector):
    def collect(self) -> Iterator[Metric]:
        yield from metrics.collect()


def scrape() -> dict[str, float]:
    """Samples as a Prometheus reads them: `name{label="value"}` to figure."""
    text = generate_latest(Counted()).decode()
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {one.name + "".join(f'{{{key}="{value}"}}' for key, value in one.labels.items()): one.value for one in samples}


@pytest.fixture(autouse=True)
def fresh() -> Iterator[Tallies]:
    before = metrics.use(numbers := metrics.fresh())
    yield numbers
    metrics.use(before)


CALLS: list[tuple[Callable[[], None], dict[str, float]]] = [
    (lambda: metrics.commit("spooled", 2), {'seattime_commits_total{outcome="spooled"}': 2}),
    (lambda: metrics.retried("deadlock"), {'seattime_commit_retries_total{fault="deadlock"}': 1}),
    (lambda: metrics.fell_back("breaker_open"), {'seattime_fallbacks_total{reason="breaker_open"}': 1}),
    (
        lambda: metrics.commit_took(0.004),
        {
            'seattime_commit_seconds_bucket{le="0.0025"}': 0,
            'seattime_commit_seconds_bucket{le="0.005"}': 1,
            "seattime_commit_seconds_sum": 0.004,
        },
    ),
    (
        lambda: metrics.group(16),
        {'seattime_commit_group_records_bucket{le="8.0"}': 0, 'seattime_commit_group_records_bucket{le="16.0"}': 1},
    ),
    (lambda: metrics.group(0), {"seattime_commit_group_records_count": 0}),
    (
        lambda: metrics.recovered(7, 0.25),
        {"seattime_recovered_records_total": 7, "seattime_recovery_seconds_count": 1, "seattime_recovery_seconds_sum": 0.25},
    ),
    (
        lambda: metrics.told(News(delay_ms=7_200_000)),
        {
            "seattime_late_deliveries_total": 1,
            'seattime_delivery_delay_seconds_bucket{le="3600.0"}': 0,
            'seattime_delivery_delay_seconds_bucket{le="14400.0"}': 1,
            "seattime_duplicate_deliveries_total": 0,
        },
    ),
    (lambda: metrics.told(News(delay_ms=4_000)), {"seattime_late_deliveries_total": 0, "seattime_delivery_delay_seconds_count": 0}),
    (lambda: metrics.told(News(duplicate=True)), {"seattime_duplicate_deliveries_total": 1, "seattime_late_deliveries_total": 0}),
    (
        lambda: metrics.told(News(findings=("over-spm", "over-spm", "lenient-time"))),
        {'seattime_findings_total{kind="over-spm"}': 2, 'seattime_findings_total{kind="lenient-time"}': 1},
    ),
    (
        lambda: metrics.told(News(ended=Ended(180_000, 92_000))),
        {
            'seattime_reported_minus_measured_seconds_bucket{le="60.0"}': 0,
            'seattime_reported_minus_measured_seconds_bucket{le="600.0"}': 1,
        },
    ),
    (
        lambda: metrics.told(News(ended=Ended(60_000, 130_000))),
        {
            'seattime_reported_minus_measured_seconds_bucket{le="-60.0"}': 1,
            'seattime_reported_minus_measured_seconds_bucket{le="-600.0"}': 0,
        },
    ),
    (lambda: metrics.told(News(ended=Ended(None, 5_000))), {'seattime_reported_minus_measured_seconds_bucket{le="+Inf"}': 0}),
    (lambda: metrics.closed_silent(3), {"seattime_silent_sessions_closed_total": 3}),
]


@pytest.mark.parametrize(("call", "expected"), CALLS)
def test_each_event_moves_its_figure(call: Callable[[], None], expected: dict[str, float]) -> None:
    call()

    found = scrape()
    assert {name: found[name] for name in expected} == expected


def test_every_series_is_there_from_the_start() -> None:
    """A rate over a series that begins with its first event misses that event."""
    found = scrape()

    assert found['seattime_commits_total{outcome="failed"}'] == 0
    assert set(found.values()) == {0.0}


def test_content_cannot_make_series_up() -> None:
    before = set(scrape())
    metrics.told(News(findings=("made-up-by-content", 'quoted"}')))
    metrics.retried("made_up")

    found = scrape()
    assert set(found) == before
    assert found['seattime_findings_total{kind="other"}'] == 2
    assert found['seattime_commit_retries_total{fault="other"}'] == 1


def test_every_fault_of_the_table_has_its_series() -> None:
    names = {fault.name for fault in (*faults.BY_SQLSTATE.values(), *faults.BY_CLASS.values(), *faults.BY_SQLITE_NAME.values())}

    assert names | {faults.NO_ANSWER.name, faults.UNFORESEEN.name} <= set(metrics.FAULTS)


class Broken:
    """Numbers that cannot be added."""

    def add(self, position: int, amount: float = 1.0) -> None:
        raise MemoryError

    put = add


def test_what_cannot_be_counted_harms_no_commit_and_is_said_once(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(metrics, "_tallies", Broken())
    monkeypatch.setattr(metrics, "_complained", set())

    for _ in range(100):
        metrics.commit("stored")
        metrics.commit("no such outcome")

    assert len([record for record in caplog.records if record.levelno >= logging.ERROR]) == 1


def test_workers_are_summed_and_a_breaker_is_counted_where_it_lives(tmp_path: Path) -> None:
    metrics.use(other := SharedTallies(tmp_path, metrics._SIZE, metrics._LAYOUT, metrics._MOMENTARY))
    metrics.commit("stored", 2)
    metrics.breaker("open")
    other.flush()
    metrics.use(SharedTallies(tmp_path, metrics._SIZE, metrics._LAYOUT, metrics._MOMENTARY))
    metrics.commit("stored", 3)
    metrics.breaker("closed")
    both = scrape()
    other.abandon()
    one = scrape()

    assert both['seattime_commits_total{outcome="stored"}'] == one['seattime_commits_total{outcome="stored"}'] == 5
    assert (both['seattime_breaker_workers{state="open"}'], both['seattime_breaker_workers{state="closed"}']) == (1, 1)
    assert (one['seattime_breaker_workers{state="open"}'], one['seattime_breaker_workers{state="closed"}']) == (0, 1)


FORKS = """
import os, sys
from pathlib import Path
from seattime.services import metrics
metrics.share(Path(sys.argv[1]))
metrics.commit("stored", 2)
child = os.fork()
if child == 0:
    metrics.commit("stored", 3)
    metrics._tallies.flush()
    os._exit(0)
os.waitpid(child, 0)
totals = metrics._tallies.totals()
print(totals[metrics._PLACES["seattime_commits", "stored"]], len(list(Path(sys.argv[1]).glob("metrics/slot-*"))))
"""


def test_a_server_that_forks_after_loading_counts_each_worker(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", FORKS, str(tmp_path)], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["5.0", "2"]


def test_a_data_folder_that_takes_no_file_is_no_reason_not_to_serve(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "metrics").write_text("in the way")

    metrics.share(tmp_path)
    metrics.commit("stored")

    assert "not summed" in caplog.text
    assert scrape()['seattime_commits_total{outcome="stored"}'] == 1


def test_an_outage_is_told_once_however_often_the_breaker_tries(caplog: pytest.LogCaptureFixture) -> None:
    watch = BreakerWatch()
    for state in ("open", "half-open", "open", "half-open", "open", "half-open", "closed", "closed"):
        watch(state)  # type: ignore[arg-type]

    assert [record.state for record in caplog.records] == ["open", "closed"]  # type: ignore[attr-defined]
    assert scrape()["seattime_breaker_opened_total"] == 1
    assert scrape()['seattime_breaker_workers{state="closed"}'] == 1
