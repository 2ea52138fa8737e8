"""Whether time is safe: what follows from the state of the database and of the spool, and that asking cannot hang."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from flask import Flask

from seattime.services import health
from seattime.services.health import Health, Status
from seattime.services.parts import parts
from seattime.storage.probe import DatabaseState, Probe
from seattime.storage.spool import SpoolFailed
from seattime.storage.spool_state import NO_ANSWER, SpoolState, spool_probe
from seattime.storage.spools import Spool

NOW_MS = 1_795_000_000_000
EMPTY = SpoolState(count=0, size_bytes=0, set_aside=0)
IN_USE = replace(EMPTY, count=3, size_bytes=1500, oldest_ms=NOW_MS - 90_000)
BROKEN = SpoolState(broken="The spool cannot be used: disk I/O error")
UP, READ_ONLY, AWAY = DatabaseState.WRITABLE, DatabaseState.READ_ONLY, DatabaseState.SILENT


def seen(database: DatabaseState = UP, spool: SpoolState = EMPTY) -> Health:
    return Health(at_ms=NOW_MS, database=database, spool=spool, breaker="closed", failed_attempts=0)


@pytest.mark.parametrize(
    ("database", "spool", "status", "by"),
    [
        (UP, EMPTY, Status.HEALTHY, "database"),
        (UP, IN_USE, Status.DEGRADED, "database"),
        (UP, replace(EMPTY, set_aside=1), Status.DEGRADED, "database"),
        (UP, BROKEN, Status.DEGRADED, "database"),
        (UP, NO_ANSWER, Status.DEGRADED, "database"),
        (AWAY, EMPTY, Status.DEGRADED, "spool"),
        (AWAY, IN_USE, Status.DEGRADED, "spool"),
        (READ_ONLY, EMPTY, Status.DEGRADED, "spool"),
        (AWAY, BROKEN, Status.UNHEALTHY, None),
        (AWAY, NO_ANSWER, Status.UNHEALTHY, None),
        (READ_ONLY, BROKEN, Status.UNHEALTHY, None),
    ],
)
def test_status_follows_from_where_a_commit_can_be_kept(database: DatabaseState, spool: SpoolState, status: Status, by: str | None) -> None:
    assert seen(database, spool).status is status
    assert seen(database, spool).takes_commits_by == by


def test_whatever_is_wrong_is_said_and_nothing_else() -> None:
    assert seen().reasons == ()
    assert seen(AWAY, replace(IN_USE, set_aside=1)).reasons == (
        "The database does not answer.",
        "3 records wait in the spool for the database.",
        "1 record waits for an operator.",
    )


def test_the_age_of_the_spool_is_that_of_its_oldest_record() -> None:
    assert seen(spool=IN_USE).spool_age_s == 90
    assert seen().spool_age_s == 0
    assert seen(spool=replace(IN_USE, oldest_ms=NOW_MS + 5000)).spool_age_s == 0  # the clock was set back


def probe_of(spool: Shelf, most_bytes: int, **options: Any) -> Probe[SpoolState]:
    """Only what is asked is there."""
    return spool_probe(cast("Spool", spool), most_bytes, **options)


@dataclass
class Shelf:
    """A spool with these figures, or one that fails."""

    waiting: int = 2
    size: int = 900
    error: str = ""
    room: int | None = 10**12

    def count(self) -> int:
        if self.error:
            raise SpoolFailed(self.error)
        return self.waiting

    def oldest_ms(self) -> int | None:
        return NOW_MS if self.waiting else None

    def size_bytes(self) -> int:
        return self.size

    def room_bytes(self) -> int | None:
        return self.room

    def set_aside_count(self) -> int:
        return 1

    def noted(self, name: str) -> dict[str, Any] | None:
        return {"at_ms": NOW_MS} if name == "last_recovery" else None


def test_the_spool_is_read_as_it_is() -> None:
    state = probe_of(Shelf(), 1000).answer()

    assert state == SpoolState(count=2, oldest_ms=NOW_MS, size_bytes=900, set_aside=1, last_recovery={"at_ms": NOW_MS})


def test_a_spool_that_fails_says_why() -> None:
    state = probe_of(Shelf(error="unable to open /srv/spool/spool.sqlite3"), 1000).answer()

    assert state.detail == "unable to open /srv/spool/spool.sqlite3"
    assert seen(UP, state).reasons == ("The spool cannot be used.",)  # these are for everybody: no path of the server


def test_a_full_spool_takes_nothing_more_though_it_can_be_read() -> None:
    state = probe_of(Shelf(size=1000), 1000).answer()

    assert state.broken is not None
    assert "SEATTIME_SPOOL_MAX_BYTES" in state.broken
    assert state.count == 2


def test_a_disk_without_room_takes_nothing_more() -> None:
    assert probe_of(Shelf(room=300 * 1024), 1000).answer().broken == "The spool has room for only 300 kB more."


def test_a_spool_that_only_its_cap_bounds_has_room() -> None:
    assert probe_of(Shelf(room=None), 1000).answer().broken is None


def test_a_disk_that_hangs_hangs_nobody() -> None:
    release = threading.Event()

    class Hung(Shelf):
        def count(self) -> int:
            release.wait(60)
            return 0

    assert probe_of(Hung(), 1000, wait_s=0.02).answer() is NO_ANSWER
    release.set()


def test_a_look_asks_the_parts_of_this_application(app: Flask) -> None:
    parts().spool.note("last_recovery", {"at_ms": 1, "drained": 2})

    now = health.look()

    assert now.database is DatabaseState.WRITABLE
    assert now.spool.last_recovery == {"at_ms": 1, "drained": 2}
    assert now.breaker == "closed"
    assert now.at_ms == int(parts().wall() * 1000)


def test_the_figures_of_the_host_are_metrics_too() -> None:
    spool = replace(IN_USE, set_aside=4, last_recovery={"at_ms": 1_795_000_000_000})
    found = {sample.name: sample.value for family in health.collect(seen(AWAY, spool)) for sample in family.samples}

    assert found == {
        "seattime_database_up": 0,
        "seattime_spool_up": 1,
        "seattime_spool_records": 3,
        "seattime_spool_age_seconds": 90,
        "seattime_spool_bytes": 1500,
        "seattime_set_aside_records": 4,
        "seattime_last_recovery_timestamp_seconds": 1_795_000_000,
        "seattime_save_failures_total": 0,
    }


def test_of_a_spool_that_cannot_be_read_no_figure_is_made_up() -> None:
    names = {family.name for family in health.collect(seen(UP, BROKEN))}

    assert names == {"seattime_database_up", "seattime_spool_up", "seattime_save_failures"}
