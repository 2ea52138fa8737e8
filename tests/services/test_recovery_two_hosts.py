"""Two hosts that share a Redis spool: each has a lock of its own, so both may drain at once. Nothing is counted twice or lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from seattime.app import create_app
from seattime.config import Settings
from seattime.domain.records import SessionRecord, parse_record
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import spooled
from seattime.services import counted_time, recovery
from seattime.services.claims import DeliveryClaims
from seattime.services.committing import Committed, Committer
from seattime.services.parts import parts
from seattime.storage.models import Registration, SessionRow, db
from seattime.storage.placing import Origin
from tests import builders
from tests.conftest import UNHURRIED, SetClock
from tests.redis_server import RedisServer


class Hosts:
    """Two applications on one database and one Redis, each with a data folder of its own."""

    def __init__(self, one: Flask, other: Flask) -> None:
        self.one, self.other = one, other
        self.claims: DeliveryClaims
        self.record: SessionRecord

    def spool(self, on: Flask, seq: int, measured_ms: int) -> None:
        """What the host keeps when the database is away and a browser says so much."""
        assert self.record.time is not None
        time = replace(self.record.time, seq=seq, measured=measured_ms, open=measured_ms, spans=((0, measured_ms, 1, 0),))
        launch = {name: getattr(self.claims, name) for name in Origin.__dataclass_fields__}
        session = spooled(launch, replace(self.record, time=time))
        with on.app_context():
            parts().spool.set(key_of(session), session)

    def drain(self, on: Flask) -> recovery.Drained:
        with on.app_context():
            return recovery.drain(probing=False)

    def counted(self) -> tuple[int, int, int]:
        """Rows of the session, its sequence, and counted ms of the registration."""
        with self.one.app_context():
            rows = db.session.scalars(select(SessionRow)).all()
            registration = db.session.get_one(Registration, self.claims.registration_key)
            [total] = counted_time.totals_for([registration]).values()
            found = (len(rows), rows[0].time_seq, total.credited_ms)
            db.session.rollback()
        return found

    def left(self) -> tuple[int, int]:
        with self.one.app_context():
            return parts().spool.count(), parts().spool.set_aside_count()


@pytest.fixture
def hosts(tmp_path: Path, sqlite_template: Path, clock: SetClock) -> Iterator[Hosts]:
    target = tmp_path / "test.sqlite3"
    shutil.copy(sqlite_template, target)
    server = RedisServer().start()
    made = []
    for name in ("one", "other"):
        settings = Settings(data_dir=tmp_path / name, database_url=f"sqlite:///{target}", secret_key="key", spool_cache=server.url)
        made.append(create_app(settings, clock=clock, wall=clock.seconds, pace=UNHURRIED))
    both = Hosts(*made)
    with both.one.app_context():
        both.claims = builders.launch(builders.registration())
        clock.advance(60_000)
        opened = both.claims.launched_ms
        both.record = parse_record(builders.record(time=builders.time_register(order=both.claims.order_number, opened=opened)))
    yield both
    for each in made:
        with each.app_context():
            parts().committer.close()
            parts().statement_committer.close()
            parts().spool.close()
            db.session.remove()
            db.engine.dispose()
    server.remove()


@pytest.fixture
def once_stored(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """What happens once after a host's items were stored, before it takes them out of the spool."""
    meanwhile: list[Callable[[], Any]] = []
    submit = Committer.submit

    def submit_and_wait(committer: Committer, items: Any, wait_s: float) -> Committed:
        committed = submit(committer, items, wait_s)
        while meanwhile:
            meanwhile.pop()()
        return committed

    monkeypatch.setattr(Committer, "submit", submit_and_wait)
    return meanwhile.append


def test_what_one_host_spooled_another_one_recovers(hosts: Hosts) -> None:
    hosts.spool(hosts.one, 1, 10_000)

    assert hosts.drain(hosts.other).drained == 1
    assert hosts.counted() == (1, 1, 10_000)
    assert hosts.left() == (0, 0)


def test_two_hosts_that_drain_the_same_record_at_once_count_it_once(hosts: Hosts, once_stored: Any) -> None:
    hosts.spool(hosts.one, 1, 10_000)
    drained = []
    once_stored(lambda: drained.append(hosts.drain(hosts.other).drained))

    assert hosts.drain(hosts.one).drained == 0, "the other one had it out of the spool already"
    assert drained == [1]
    assert hosts.counted() == (1, 1, 10_000)
    assert hosts.left() == (0, 0)


def test_what_comes_to_one_host_while_both_drain_is_not_lost(hosts: Hosts, once_stored: Any) -> None:
    hosts.spool(hosts.one, 1, 10_000)

    def other_host() -> None:
        assert hosts.drain(hosts.other).drained == 1
        hosts.spool(hosts.other, 2, 25_000)

    once_stored(other_host)
    hosts.drain(hosts.one)

    assert hosts.left() == (1, 0), "what one host had stored was the older revision"
    hosts.drain(hosts.one)
    assert hosts.counted() == (1, 2, 25_000)
    assert hosts.left() == (0, 0)
