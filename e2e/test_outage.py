"""The database stops, hangs, or is away when the server starts: nothing is lost, nothing counts twice, and it heals by itself.

Each case stops, freezes and starts a PostgreSQL of this module's own. Most cases speak the protocol over plain HTTP, as a
browser would; two play a course in a real one.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest
from playwright.sync_api import BrowserContext

from e2e.place import Place
from e2e.playing import Visit
from e2e.server import Server
from e2e.soak_database import FaultyPostgres
from e2e.waiting import wait_until

WITHIN_S = 0.7
HEALED_WITHIN_S = 60
"""For a busy machine; "within seconds" is said of a machine that has room."""
ANSWERED_WITHIN_S = 20
"""Where a browser gives up on an answer."""
SPOOLED = re.compile(r"record spooled: (\w+)")


@dataclass
class Ground:
    """One PostgreSQL that can be broken, and one server on it."""

    postgres: FaultyPostgres
    place: Place

    @property
    def server(self) -> Server:
        return self.place.server

    def heal(self) -> None:
        """Whatever the case broke is whole again, and the spool is empty."""
        self.postgres.start()
        self.postgres.resume()
        if self.server.process is None:
            self.server.start()
        wait_until(lambda: self.waiting() == 0, "the spool is empty", within_s=HEALED_WITHIN_S)

    def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON (or text) of an address of the administrator's side."""
        return _answer(urllib.request.Request(f"{self.server.url}{path}"))

    def waiting(self) -> int:
        """Records in the spool, as the health address says."""
        return int(self.get("/health/time-tracking")[1]["fallback_count"])

    def why_spooled(self) -> list[str]:
        """Why records were spooled, by the server's log, in order."""
        return SPOOLED.findall(self.server.log_path.read_text())

    def rows(self, registration: str) -> dict[str, tuple[float, int]]:
        """Measured seconds and how many deliveries were applied, by session."""
        return {row.session_id: (row.measured_s, row.deliveries) for row in self.place.sessions(registration)}


def _answer(request: urllib.request.Request) -> tuple[int, Any]:
    try:
        with urllib.request.urlopen(request, timeout=ANSWERED_WITHIN_S) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read()
    try:
        return status, json.loads(body)
    except ValueError:
        return status, body.decode()


class Learner:
    """A launch as a browser makes it, and messages under its token."""

    def __init__(self, ground: Ground, package: str = "scripted-scorm12") -> None:
        self.ground = ground
        self.registration = ground.place.register(package)
        link = urlsplit(ground.place.link(self.registration))
        self._host = link.netloc
        body = {"link": parse_qs(link.query)["link"][0], "activity": None}
        status, self.launch = self._post(f"{link.path.rstrip('/')}/launch", body, "application/json")
        assert status == 200, self.launch

    def send(self, *records: dict[str, Any], token: str | None = None) -> tuple[int, Any]:
        return self._post("/runtime/commit", {"v": 1, "token": token or self.launch["token"], "records": list(records)}, "text/plain")

    def said(self, *records: dict[str, Any]) -> list[str]:
        """What is answered of the time of each record."""
        status, answer = self.send(*records)
        assert status == 200, answer
        return [result["time"]["status"] for result in answer["results"]]

    def record(self, seconds: int = 10, session: str | None = None, seq: int = 1) -> dict[str, Any]:
        """A session that measured so many seconds from its launch on."""
        ms = seconds * 1000
        time = {
            "seq": seq, "base": 0, "order": self.launch["launch"]["order"], "opened": self.launch["now"], "measured": ms, "open": ms,
            "spans_from": 0, "spans": [[0, ms, 1, 0]], "acts_from": 0, "acts": [[0, 0]], "words_from": 0, "words": [],
            "status": {}, "exit": None, "terminated": False, "ended": "left",
        }  # fmt: skip
        return {
            "session": session or str(uuid.uuid4()), "activity": self.launch["first"], "attempt": "", "new_attempt": False,
            "standard": "scorm12", "mode": "normal", "want": None, "time": time,
        }  # fmt: skip

    def stored(self) -> dict[str, tuple[float, int]]:
        return self.ground.rows(self.registration)

    def _post(self, path: str, body: dict[str, Any], kind: str) -> tuple[int, Any]:
        request = urllib.request.Request(f"http://127.0.0.1:{self.ground.server.port}{path}", json.dumps(body).encode())
        request.add_header("Host", self._host)
        request.add_header("Content-Type", kind)
        return _answer(request)


@pytest.fixture(scope="module")
def postgres_of_its_own() -> Iterator[FaultyPostgres]:
    folder = Path(tempfile.mkdtemp(prefix="seattime-outage-"))
    folder.chmod(0o755)
    started = FaultyPostgres(folder / "postgres", "seattime_outage")
    yield started
    started.start()
    started.resume()
    started.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def shared_ground(postgres_of_its_own: FaultyPostgres, zips: dict[str, Path]) -> Iterator[Ground]:
    folder = Path(tempfile.mkdtemp(prefix="seattime-outage-"))
    server = Server(data_dir=folder / "data", database_url=postgres_of_its_own.url, settings={"SEATTIME_SPOOL_ANY_FOLDER": "1"}, warm=True)
    made = Ground(postgres_of_its_own, Place(server.start(), zips))
    yield made
    made.place.ledger.close()
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def ground(shared_ground: Ground) -> Iterator[Ground]:
    """Whole at the beginning of each case and at its end."""
    yield shared_ground
    shared_ground.heal()


# --- stopped


def test_a_tab_closed_while_the_database_is_stopped_is_in_the_ledger_soon_after_its_return(ground: Ground, context: BrowserContext) -> None:
    """No visit, no operator."""
    registration = ground.place.register("scripted-scorm12")
    visit = Visit.start(context, ground.place.link(registration))
    wait_until(lambda: ground.place.sessions(registration), "the session is known")
    ground.postgres.stop()
    said = visit.run([["at", 2500], ["SetValue", "cmi.core.session_time", "0000:00:{passed}"], ["Commit"]])
    assert said[1:] == ["true", "true"], "the course notices nothing"
    word = visit.said("cmi.core.session_time")
    passed = visit.close()
    wait_until(lambda: ground.waiting() == 1, "the last words are in the spool", within_s=ANSWERED_WITHIN_S)
    ground.postgres.start()

    [session] = ground.place.ended(registration, within_s=HEALED_WITHIN_S)
    assert session.reported_s == float(word.rpartition(":")[2])
    assert passed.holds(session.measured_s, WITHIN_S), f"{passed} passed"
    assert passed.holds(ground.place.counted(registration), WITHIN_S), f"{passed} passed"


def test_during_an_outage_saves_are_spooled_and_once_it_is_known_without_asking_the_database(ground: Ground) -> None:
    learner = Learner(ground)
    before = len(ground.why_spooled())
    ground.postgres.stop()
    first, *others = [learner.record(10 + number) for number in range(6)]
    assert learner.said(first) == ["spooled"]
    for record in others:
        assert learner.said(record) == ["spooled"]

    reasons = ground.why_spooled()[before:]
    assert reasons[0] in ("no_connection", "shutting_down")
    assert "breaker_open" in reasons[1:], f"nobody tries again within the pause: {reasons}"
    assert reasons.count("breaker_open") >= len(others) - 2, f"but for a trial: {reasons}"
    assert ground.waiting() == 6
    ground.postgres.start()
    wait_until(lambda: len(learner.stored()) == 6, "all are in the ledger", within_s=HEALED_WITHIN_S)
    assert learner.said(first, *others) == ["stored"] * 6, "the browser's own copies come, too"
    assert learner.stored() == {record["session"]: (float(10 + number), 1) for number, record in enumerate([first, *others])}


def test_what_is_spooled_stays_behind_what_came_later(ground: Ground) -> None:
    learner = Learner(ground)
    session = str(uuid.uuid4())
    assert learner.said(learner.record(5, session, seq=1)) == ["stored"]
    ground.postgres.stop()
    assert learner.said(learner.record(20, session, seq=4)) == ["spooled"]
    assert learner.said(learner.record(10, session, seq=2)) == ["spooled"]
    ground.postgres.start()

    wait_until(lambda: learner.stored()[session][0] == 20.0, "the newest stands", within_s=HEALED_WITHIN_S)
    assert ground.waiting() == 0


def test_a_server_killed_and_started_while_the_database_is_away_serves_from_its_spool(ground: Ground) -> None:
    learner = Learner(ground)
    ground.postgres.stop()
    before, after = learner.record(11), learner.record(12)
    assert learner.said(before) == ["spooled"]
    ground.server.kill()
    ground.server.start()
    assert ground.get("/health/ready")[0] == 200, "it takes commits"
    assert learner.said(after) == ["spooled"]
    assert learner.said(before) == ["spooled"], "what was spooled before the kill may come again"
    ground.postgres.start()

    wait_until(lambda: len(learner.stored()) == 2, "both are in the ledger", within_s=HEALED_WITHIN_S)
    assert learner.stored() == {before["session"]: (11.0, 1), after["session"]: (12.0, 1)}


def test_recover_empties_the_spool_while_no_server_runs(ground: Ground) -> None:
    learner = Learner(ground)
    ground.postgres.stop()
    record = learner.record(13)
    assert learner.said(record) == ["spooled"]
    ground.server.kill()
    ground.postgres.start()

    assert "1 records went into the ledger, 0 were set aside, 0 wait." in ground.server.command("recover")
    assert learner.stored() == {record["session"]: (13.0, 1)}
    assert "0 records went into the ledger" in ground.server.command("recover")


def test_a_server_killed_while_it_recovers_goes_on_after_its_start(ground: Ground) -> None:
    learner = Learner(ground)
    ground.postgres.stop()
    records = [learner.record(1 + number % 50) for number in range(150)]
    for begin in range(0, len(records), 50):
        assert set(learner.said(*records[begin : begin + 50])) == {"spooled"}
    ground.postgres.start()

    def some() -> int:
        with closing(psycopg.connect(ground.postgres.url)) as connection:
            query = "SELECT count(*) FROM sessions s JOIN registrations r ON r.key = s.registration_key WHERE r.registration_id = %s"
            row = connection.execute(query, (learner.registration,)).fetchone()
        return int(row[0]) if row else 0

    wait_until(some, "it recovers", within_s=HEALED_WITHIN_S)
    ground.server.kill()
    left = len(records) - some()
    ground.server.start()
    wait_until(lambda: some() == len(records), f"the other {left} follow", within_s=HEALED_WITHIN_S)
    wait_until(lambda: ground.waiting() == 0, "nothing waits", within_s=HEALED_WITHIN_S)

    assert learner.stored() == {record["session"]: (record["time"]["measured"] / 1000, 1) for record in records}


# --- hanging


def test_while_the_database_hangs_saves_are_answered_and_so_are_the_health_addresses(ground: Ground) -> None:
    learner = Learner(ground)
    before = len(ground.why_spooled())
    ground.postgres.hang()
    first, *others = [learner.record(20 + number) for number in range(5)]
    assert learner.said(first) == ["spooled"], "within the budget of a save, which is within a browser's patience"
    for record in others:
        assert learner.said(record) == ["spooled"]

    reasons = ground.why_spooled()[before:]
    assert reasons[0] == "no_answer"
    assert set(reasons[1:]) == {"breaker_open"}, "after that nobody waits for it: a trial asks the probe first"
    assert ground.get("/health/live")[0] == 200
    assert ground.get("/health/ready")[0] == 200, "commits are taken, by the spool"
    status, health = ground.get("/health/time-tracking")
    assert (status, health["database_connected"], health["fallback_count"]) == (200, False, 5)
    ground.postgres.resume()

    wait_until(lambda: len(learner.stored()) == 5, "all are in the ledger", within_s=HEALED_WITHIN_S)
    assert learner.stored() == {record["session"]: (float(20 + number), 1) for number, record in enumerate([first, *others])}


# --- the spool has no room


@pytest.fixture
def without_room(postgres_of_its_own: FaultyPostgres, zips: dict[str, Path], tmp_path: Path) -> Iterator[Ground]:
    """A server whose spool can hold nothing."""
    settings = {"SEATTIME_SPOOL_MAX_BYTES": "1", "SEATTIME_SPOOL_ANY_FOLDER": "1"}
    server = Server(data_dir=tmp_path / "data", database_url=postgres_of_its_own.url, settings=settings, warm=True)
    made = Ground(postgres_of_its_own, Place(server.start(), zips))
    yield made
    made.place.ledger.close()
    postgres_of_its_own.start()
    server.stop()


def test_where_neither_database_nor_spool_take_it_the_browser_keeps_it_and_delivers_later(
    without_room: Ground, context: BrowserContext
) -> None:
    ground = without_room
    learner = Learner(ground)
    registration = ground.place.register("scripted-scorm12")
    visit = Visit.start(context, ground.place.link(registration))
    wait_until(lambda: ground.place.sessions(registration), "the session is known")
    ground.postgres.stop()
    status, answer = learner.send(learner.record())
    assert (status, "results" in answer) == (503, False), "never a false acknowledgement"
    visit.run([["at", 2500], ["SetValue", "cmi.core.session_time", "0000:00:{passed}"], ["Commit"]])
    said = float(visit.said("cmi.core.session_time").rpartition(":")[2])
    wait_until(lambda: visit.save_status() == "kept", "the learner sees that the time is on this device only", within_s=ANSWERED_WITHIN_S)
    ground.postgres.start()

    wait_until(lambda: ground.place.sessions(registration)[0].reported_s == said, "it is sent again", within_s=HEALED_WITHIN_S)
    passed = visit.close()
    ground.place.ended(registration)
    assert passed.holds(ground.place.counted(registration), WITHIN_S), f"{passed} passed"
