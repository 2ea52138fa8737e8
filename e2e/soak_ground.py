"""Around a soak: courses and learners before it, the spool and the ledger after it.

Through the product's own doors where people go through them, by plain SQL where the product must not be believed.
"""

from __future__ import annotations

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import create_engine, select, text

from e2e import packages
from e2e.checker import LedgerRow
from e2e.cloud import Cloud
from e2e.server import Server
from e2e.simulated_device import Enrolment
from e2e.waiting import wait_until
from seattime.app import create_app
from seattime.config import Settings
from seattime.services import counted_time
from seattime.storage.models import Registration, db

SAMPLES = ("scorm12-fire-safety", "scorm2004-3rd-bread", "html5-colour")
"""Three standards, one activity each."""
DRAINED_WITHIN_S = 120
LINKS_LIVE_S = 24 * 3600
COLUMNS = "session_id, time_seq, state_seq, opened_ms, measured_ms, spans, words, status, exit, terminated, ended, elements"


def enrol(server: Server, samples: Path, learners: int, courses: int) -> list[list[Enrolment]]:
    """Courses, learners and their registrations, through the REST API; one list for each learner."""
    cloud = Cloud(server)
    built = packages.build_all(samples)
    course_ids = [cloud.course(built[name]) for name in SAMPLES[:courses]]

    def enrol_one(number: int) -> list[Enrolment]:
        return [_enrolment(cloud, course_id, f"learner-{number}") for course_id in course_ids]

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(enrol_one, range(learners)))


def _enrolment(cloud: Cloud, course_id: str, learner: str) -> Enrolment:
    link = urlsplit(cloud.link(cloud.register(course_id, learner), expiry=LINKS_LIVE_S))
    return Enrolment(link.path.split("/")[2], learner, str(link.hostname), link.query.removeprefix("link="))


def wait_for_the_spool(server: Server) -> int:
    """How many records the spool still holds once it is empty or patience is over. Nobody visits meanwhile: it drains by itself."""
    try:
        wait_until(lambda: _of_spool(server, "records") == 0, "the spool is drained", within_s=DRAINED_WITHIN_S)
    except AssertionError:
        return _of_spool(server, "records")
    return 0


def set_aside_count(server: Server) -> int:
    """Records that an operator would have to look at."""
    return _of_spool(server, "aside")


def _of_spool(server: Server, table: str) -> int:
    """Read beside the product; 0 where there is no spool."""
    path = server.data_dir / "spool" / "spool.sqlite3"
    if not path.exists():
        return 0
    with sqlite3.connect(path, timeout=5) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def read_ledger(server: Server) -> list[LedgerRow]:
    """Every session as it is stored, and what the product counts of it."""
    credited = _credited(server)
    engine = create_engine(server.sqlalchemy_url)
    try:
        with engine.connect() as connection:
            rows = [row._asdict() for row in connection.execute(text(f"SELECT {COLUMNS} FROM sessions"))]
    finally:
        engine.dispose()
    return [_row(row, credited.get(row["session_id"])) for row in rows]


def _credited(server: Server) -> dict[str, int]:
    """Counted ms of each session, as the product says on every page: from the code behind them, since there are thousands."""
    app = create_app(Settings(data_dir=server.data_dir, database_url=server.database_url, spool_any_folder=True))
    with app.app_context():
        registrations = list(db.session.scalars(select(Registration)))
        totals = counted_time.totals_for(registrations)
        db.session.remove()
        db.engine.dispose()
    return {session.session: session.credited_ms for each in totals.values() for session in each.sessions}


def _row(row: dict[str, Any], credited_ms: int | None) -> LedgerRow:
    values = {name: _parsed(row[name]) for name in ("spans", "words", "status", "elements")}
    plain = {name: row[name] for name in ("time_seq", "state_seq", "opened_ms", "measured_ms", "exit", "ended")}
    return LedgerRow(session=row["session_id"], terminated=bool(row["terminated"]), credited_ms=credited_ms, **plain, **values)


def _parsed(value: Any) -> Any:
    """JSON columns come as text from SQLite and as objects from PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value
