"""The addresses that programs watch: what they say, with which code, on which side, and that they never hang."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from seattime.services import metrics
from seattime.services.parts import EXTENSION, parts
from seattime.storage.probe import DatabaseState, Probe
from seattime.storage.spool_state import SpoolState
from tests import builders
from tests.web.conftest import PUBLIC, World

EMPTY = SpoolState(count=0, size_bytes=0, set_aside=0)
BROKEN = SpoolState(broken="The spool cannot be used: disk I/O error")
IN_USE = replace(EMPTY, count=2, size_bytes=700, oldest_ms=1_794_999_990_000, last_recovery={"at_ms": 1_794_999_000_000, "drained": 5})


@contextmanager
def found(app: Flask, database: DatabaseState, spool: SpoolState = EMPTY) -> Iterator[None]:
    """As if the probes had found this."""
    before = parts()
    app.extensions[EXTENSION] = replace(before, probe=Probe(lambda: database, database), spool_probe=Probe(lambda: spool, spool))
    yield
    app.extensions[EXTENSION] = before


def get(app: Flask, path: str) -> TestResponse:
    return app.test_client().get(path, base_url=PUBLIC)


def test_all_is_well(sqlite_app: Flask) -> None:
    answer = get(sqlite_app, "/health/time-tracking")

    assert answer.status_code == 200
    assert answer.get_json() == {
        "status": "healthy",
        "reasons": [],
        "failed_attempts": 0,
        "fallback_count": 0,
        "database_connected": True,
        "database": "writable",
        "spool_age_s": 0.0,
        "oldest_unsent": None,
        "spool_bytes": 0,
        "set_aside": 0,
        "breaker": "closed",
        "last_recovery": None,
        "timestamp": "2026-11-18T11:06:40.000Z",
    }


def test_an_outage_is_degraded_with_its_figures(sqlite_app: Flask) -> None:
    with found(sqlite_app, DatabaseState.SILENT, IN_USE):
        answer = get(sqlite_app, "/health/time-tracking")

    body = answer.get_json()
    assert answer.status_code == 200
    assert (body["status"], body["database_connected"], body["fallback_count"]) == ("degraded", False, 2)
    assert (body["oldest_unsent"], body["spool_age_s"]) == ("2026-11-18T11:06:30.000Z", 10.0)
    assert body["last_recovery"] == {"at": "2026-11-18T10:50:00.000Z", "drained": 5}


@pytest.mark.parametrize(
    ("database", "spool", "code", "ready"),
    [
        (DatabaseState.WRITABLE, EMPTY, 200, {"status": "ready", "by": "database", "database_connected": True}),
        (DatabaseState.WRITABLE, BROKEN, 200, {"status": "ready", "by": "database", "database_connected": True}),
        (DatabaseState.SILENT, EMPTY, 200, {"status": "ready", "by": "spool", "database_connected": False}),
        (DatabaseState.READ_ONLY, EMPTY, 200, {"status": "ready", "by": "spool", "database_connected": True}),
        (DatabaseState.SILENT, BROKEN, 503, {"status": "not ready", "by": None, "database_connected": False}),
    ],
)
def test_it_is_ready_where_a_commit_can_be_kept(
    sqlite_app: Flask, database: DatabaseState, spool: SpoolState, code: int, ready: dict[str, Any]
) -> None:
    with found(sqlite_app, database, spool):
        answer = get(sqlite_app, "/health/ready")
        tracking = get(sqlite_app, "/health/time-tracking")
        alive = get(sqlite_app, "/health/live")

    assert (answer.status_code, answer.get_json()) == (code, ready)
    assert tracking.status_code == code
    assert (alive.status_code, alive.get_json()) == (200, {"status": "alive"})


def test_a_spool_that_cannot_be_read_is_no_zero(sqlite_app: Flask) -> None:
    with found(sqlite_app, DatabaseState.WRITABLE, BROKEN):
        body = get(sqlite_app, "/health/time-tracking").get_json()

    assert (body["fallback_count"], body["spool_bytes"], body["set_aside"], body["spool_age_s"]) == (None, None, None, None)
    assert body["reasons"] == [BROKEN.broken]


@pytest.mark.parametrize("path", ["/health/ready", "/health/time-tracking", "/metrics"])
def test_nothing_waits_for_a_database_and_a_disk_that_hang(sqlite_app: Flask, path: str) -> None:
    release = threading.Event()

    def hang() -> Any:
        release.wait(60)

    before = parts()
    stuck = {"probe": Probe(hang, DatabaseState.SILENT, wait_s=0.02), "spool_probe": Probe(hang, BROKEN, wait_s=0.02)}
    sqlite_app.extensions[EXTENSION] = replace(before, **stuck)
    answer = get(sqlite_app, path)
    sqlite_app.extensions[EXTENSION] = before
    release.set()

    assert answer.status_code == (200 if path == "/metrics" else 503)


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/health/time-tracking", "/metrics"])
def test_no_answer_is_kept_by_anything_between(sqlite_app: Flask, path: str) -> None:
    assert get(sqlite_app, path).headers["Cache-Control"] == "no-store"


def test_metrics_are_text_for_prometheus_and_say_nothing_of_a_person(world: World) -> None:
    answer = world.public.get("/metrics", base_url=PUBLIC)
    text = answer.get_data(as_text=True)
    families = {family.name: family for family in text_string_to_metric_families(text)}

    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert {counted.name for counted in metrics.CATALOGUE} <= set(families)
    assert "seattime_spool_records" in families
    assert not [word for word in ("Ana", "Ruiz", world.key, world.registration.registration_id) if word in text]


def test_metrics_are_not_where_content_runs(world: World) -> None:
    assert world.play.get("/metrics", base_url=world.origin).status_code == 404


def test_health_is_on_both_sides_for_a_load_balancer_in_front_of_either(world: World) -> None:
    assert world.play.get("/health/ready", base_url=world.origin).status_code == 200


def test_what_browsers_deliver_moves_the_figures(world: World) -> None:
    before = metrics.use(metrics.fresh())
    try:
        words = [[4_000, 10_000, "0000:00:04.00", 0]]
        time = builders.time_register(words=words, ended="terminated", opened=parts().clock.now_ms() - 3_610_000)
        state = builders.state_register(findings=[["lenient-time", "cmi.core.session_time", "4"]])
        claims = replace(builders.launch(world.registration), launched_ms=parts().clock.now_ms() - 7_200_000)
        message = builders.message(claims, builders.record(time=time, state=state))
        for _ in range(2):
            assert world.play.post("/runtime/commit", json=message, base_url=world.origin).status_code == 200
        text = world.public.get("/metrics", base_url=PUBLIC).get_data(as_text=True)
    finally:
        metrics.use(before)

    assert 'seattime_commits_total{outcome="stored"} 2.0' in text
    assert "seattime_duplicate_deliveries_total 1.0" in text
    assert "seattime_commit_seconds_count 2.0" in text
    assert "seattime_commit_group_records_count 2.0" in text
    assert "seattime_late_deliveries_total 1.0" in text
    assert 'seattime_findings_total{kind="lenient-time"} 1.0' in text
    assert 'seattime_reported_minus_measured_seconds_bucket{le="-1.0"} 1.0' in text
    assert 'seattime_reported_minus_measured_seconds_bucket{le="-10.0"} 0.0' in text


@pytest.mark.parametrize(("level", "events"), [(logging.DEBUG, ["stored"]), (logging.INFO, [])])
def test_an_ordinary_commit_is_a_line_for_debugging_only(
    world: World, caplog: pytest.LogCaptureFixture, level: int, events: list[str]
) -> None:
    state = builders.state_register(elements={"cmi.suspend_data": "what Ana answered"})
    message = builders.message(builders.launch(world.registration), builders.record(time=builders.time_register(), state=state))
    with caplog.at_level(level, logger="seattime"):
        world.play.post("/runtime/commit", json=message, base_url=world.origin)

    told = [vars(record) for record in caplog.records if record.name.startswith("seattime")]
    assert [line["event"] for line in told] == events
    assert all(line["registration"] == world.key and line["time_seq"] == 1 for line in told)
    assert "Ana" not in str(told)
