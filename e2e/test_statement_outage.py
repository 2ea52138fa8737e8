"""Statements while a real PostgreSQL is stopped or hangs, and while the server itself is killed: each is stored once."""

from __future__ import annotations

import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from e2e.record_store import ANSWERED_WITHIN_S, RecordStore
from e2e.server import Server
from e2e.soak_database import FaultyPostgres
from e2e.waiting import wait_until

WITHIN_S = 60
"""For a busy machine."""


@dataclass(frozen=True)
class Ground(RecordStore):
    """One server, on a PostgreSQL of its own that can be broken."""

    postgres: FaultyPostgres

    def waiting(self) -> int:
        return int(self.health()["fallback_count"])


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    folder = Path(tempfile.mkdtemp(prefix="seattime-statements-"))
    folder.chmod(0o755)
    postgres = FaultyPostgres(folder / "postgres", "seattime_statements")
    server = Server(data_dir=folder / "data", database_url=postgres.url, settings={"SEATTIME_SPOOL_ANY_FOLDER": "1"})
    yield Ground(server.start(), postgres)
    postgres.resume()
    postgres.start()
    server.stop()
    postgres.close()
    shutil.rmtree(folder, ignore_errors=True)


def statement(registration: str, number: int) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:ana@example.org"},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/answered"},
        "object": {"id": f"http://example.org/question/{number}", "definition": {"name": {"en": f"Question {number}"}}},
        "context": {"registration": registration},
    }


def test_statements_of_an_outage_in_which_the_server_dies_too_are_stored_once(ground: Ground) -> None:
    registration = str(uuid.uuid4())
    before = ground.send(statement(registration, 0))
    ground.postgres.stop(crash=True)
    sent = [statement(registration, number) for number in range(1, 4)]
    spooled = ground.send(*sent)
    wait_until(lambda: ground.waiting() == 1, "health tells of it", within_s=WITHIN_S)
    ground.server.kill()
    ground.server.start()
    again = ground.send(*sent)
    later = ground.send(statement(registration, 4))

    assert again == spooled
    assert ground.ask("GET", f"/xapi/statements?registration={registration}")[0] == 503
    wait_until(lambda: ground.waiting() == 2, "what was sent again is kept once", within_s=WITHIN_S)
    ground.postgres.start()
    wait_until(lambda: len(ground.found(registration)) == 5, "all are there", within_s=WITHIN_S)
    assert ground.found(registration) == [*before, *spooled, *later]
    assert ground.send(*sent) == spooled, "sent once more it is no news"


def test_while_the_database_hangs_statements_are_answered_in_time(ground: Ground) -> None:
    registration = str(uuid.uuid4())
    ground.postgres.hang()
    began = time.monotonic()
    ids = ground.send(statement(registration, 1))
    assert time.monotonic() - began < ANSWERED_WITHIN_S
    ids += ground.send(statement(registration, 2))
    ground.postgres.resume()

    wait_until(lambda: ground.found(registration) == ids, "both are there", within_s=WITHIN_S)
