"""What stands behind the sceptic's page: two switches that break things on purpose, and what the server knows at this moment.

Guarantees: a switch is a file in the data folder, so all workers obey it; it ends by itself after some minutes, so that
nobody is left with a cut network or a stopped database; what is shown of the database goes around the switch, and is
what the database held when it was stopped. Nothing of this runs unless the server was started with `--demo`.
Must not import web.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import select

from seattime.domain.credit import Credit
from seattime.domain.spooled import SpooledSession
from seattime.services import counted_time
from seattime.services.parts import parts
from seattime.storage import stoppable
from seattime.storage.models import Course, Registration, SessionRow, db
from seattime.storage.spool import SpoolFailed

LASTS_S: Final = 300
HEARTBEAT_S: Final = 3.0
"""A minute is short: open courses are heard of this often."""
LIKED: Final = "sample-scorm12-fire-safety"
"""It says its time at each slide."""
MOST_WAITING: Final = 50


@dataclass(frozen=True, slots=True)
class Broken:
    """Something is broken on purpose. `until_s`: when it mends itself, seconds since 1970. `scope`: what of it, e.g. a host."""

    until_s: float
    scope: str


class Switch:
    """One thing to break. `wall`: seconds since 1970."""

    def __init__(self, path: Path, wall: Callable[[], float]) -> None:
        self._path = path
        self._wall = wall

    def break_it(self, scope: str = "") -> None:
        """For some minutes, for all workers."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=self._path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump({"until_s": self._wall() + LASTS_S, "scope": scope}, file)
        Path(name).replace(self._path)  # a reader sees all of it or nothing

    def mend(self) -> None:
        self._path.unlink(missing_ok=True)

    def broken(self) -> Broken | None:
        """What is broken now; None where nothing is, or where it has lasted long enough."""
        try:
            said = json.loads(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return Broken(said["until_s"], said["scope"]) if self._wall() < said["until_s"] else None


class Switches:
    """Both of them."""

    def __init__(self, data_dir: Path, wall: Callable[[], float]) -> None:
        self.network = Switch(data_dir / "demo" / "network", wall)
        self.database = Switch(data_dir / "demo" / "database", wall)

    def mend_all(self) -> None:
        self.network.mend()
        self.database.mend()


@dataclass(frozen=True, slots=True)
class Visit:
    """What one opening of the page is about: the sessions of this registration from launches after `launches`."""

    registration_key: str
    learner_key: str
    slug: str
    launches: int

    @property
    def host(self) -> str:
        """On which the course plays, with its port: what is cut off with the network."""
        return urlsplit(parts().settings.play_origin_of(self.slug)).netloc


def course_to_play() -> Course | None:
    """A sample that tells much about its time, else another sample, else whatever there is."""
    living = select(Course).where(Course.deleted_ms.is_(None))
    return db.session.scalar(living.order_by((Course.course_id == LIKED).desc(), Course.sample.desc(), Course.key).limit(1))


def begin(registration: Registration) -> Visit:
    """From here on the page counts from nought, though the registration may have been played before."""
    return Visit(registration.key, registration.learner_key, registration.course.slug, registration.launch_count)


def look(visit: Visit, switches: Switches) -> dict[str, Any]:
    """What the server knows now, as JSON for the page. All `*_ms` are whole ms; `now_ms` and `heard_ms` by the database's clock."""
    with stoppable.let_through():
        rows = db.session.scalars(
            select(SessionRow)
            .where(SessionRow.registration_key == visit.registration_key, SessionRow.launch_number > visit.launches)
            .order_by(SessionRow.launch_number, SessionRow.first_ms)
        ).all()
        credits = counted_time.learner_credit(visit.learner_key)
        sessions = [_session(row, credits[row.session_id]) for row in rows if row.session_id in credits]
        now_ms = parts().clock.now_ms()
    network, database = switches.network.broken(), switches.database.broken()
    return {
        "now_ms": now_ms,
        "network_cut": network is not None and network.scope == visit.host,
        "database_stopped": database is not None,
        "counted_ms": sum(each["counted_ms"] for each in sessions),
        "sessions": sessions,
        **_spool(visit),
    }


def _session(row: SessionRow, credit: Credit) -> dict[str, Any]:
    return {
        "session": row.session_id,
        "measured_ms": credit.measured_ms,
        "reported_ms": credit.reported_ms,
        "counted_ms": credit.credited_ms,
        "heard_ms": row.delivered_ms,
        "ended": row.ended,
    }


def _spool(visit: Visit) -> dict[str, Any]:
    """What waits for the database on this host's disk, and how often something came out of there by itself."""
    try:
        waiting = parts().spool.waiting(MOST_WAITING, visit.registration_key)
        recovery = parts().spool.noted("last_recovery")
    except SpoolFailed:
        return {"spool_failed": True, "spooled": [], "recovered_ms": None}
    return {
        "spool_failed": False,
        "spooled": [
            {"session": kept.record.session, "measured_ms": time.measured}
            for kept in (one.record for one in waiting)
            if isinstance(kept, SpooledSession)
            and (time := kept.record.time) is not None
            and kept.launch["launch_number"] > visit.launches
        ],
        "recovered_ms": None if recovery is None else recovery["at_ms"],
    }
