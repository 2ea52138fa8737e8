"""Two web nodes on one PostgreSQL, each with a spool of its own: any node takes any request, and one may die with its spool."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import BrowserContext

from e2e.databases import Postgres
from e2e.fault_proxy import FaultProxy
from e2e.place import Place
from e2e.playing import Visit
from e2e.server import Server
from e2e.test_faults import time_12
from e2e.waiting import wait_until

WITHIN_S = 0.8
DELIVERED_WITHIN_S = 80
ROLE = "first_node"
SECRET = "the same on every node"


@pytest.fixture
def balancer() -> Iterator[FaultProxy]:
    """What stands before the nodes; its `target` is the one that gets the requests."""
    started = FaultProxy().start()
    yield started
    started.stop()


@pytest.fixture
def nodes(
    postgres: Postgres, make_server: Callable[..., Server], balancer: FaultProxy, database: str
) -> Iterator[tuple[Server, Server]]:
    """Both run. The first one signs in to the database under a name of its own, which can be locked out."""
    settings = {
        "SEATTIME_PUBLIC_URL": balancer.url,
        "SEATTIME_SECRET_KEY": SECRET,
        "SEATTIME_HEARTBEAT_S": "2",
        "SEATTIME_SPOOL_ANY_FOLDER": "1",
    }
    first, second = make_server(database, **settings), make_server(database, **settings)
    admin = first.database_url
    second.database_url = admin
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP ROLE IF EXISTS {ROLE}")
        connection.execute(f"CREATE ROLE {ROLE} LOGIN SUPERUSER")
    second.data_dir.mkdir(parents=True)
    first.data_dir.mkdir(parents=True)
    (first.data_dir / "packages").mkdir()
    (second.data_dir / "packages").symlink_to(first.data_dir / "packages")
    second.start()
    first.database_url = admin.replace("://postgres", f"://{ROLE}", 1)
    first.start()
    yield first, second
    for node in (first, second):
        node.stop()
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP ROLE {ROLE}")


def lock_out(admin: str) -> None:
    """The database takes nothing more from the first node."""
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {ROLE} NOLOGIN")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = %s", [ROLE])


def test_a_node_that_dies_for_ever_with_its_spool_loses_nothing(
    nodes: tuple[Server, Server], balancer: FaultProxy, zips: dict[str, Path], context: BrowserContext
) -> None:
    first, second = nodes
    balancer.target = second.port
    place = Place(second, zips)
    registration = place.register("scripted-scorm12")
    link = place.link(registration)

    balancer.target = first.port
    visit = Visit.start(context, link)
    visit.run([["at", 500], ["SetValue", "cmi.suspend_data", "by the first node"], ["Commit"]])
    wait_until(lambda: place.sessions(registration)[0].elements.get("cmi.suspend_data"), "the first node stores")
    lock_out(second.database_url)
    visit.run([["at", 2500], time_12(2), ["SetValue", "cmi.suspend_data", "only spooled"], ["Commit"]])
    wait_until(
        lambda: any("spooled" in str(seen.answer and seen.answer.body) for seen in balancer.seen(path="/runtime/commit")),
        "the first node has it on its disk only",
    )
    first.kill()
    shutil.rmtree(first.data_dir / "spool")
    balancer.target = second.port

    wait_until(
        lambda: place.sessions(registration)[0].elements.get("cmi.suspend_data") == "only spooled",
        "the browser sends it again, to the other node",
        within_s=DELIVERED_WITHIN_S,
    )
    passed = visit.close()
    [session] = place.ended(registration)
    place.ledger.close()
    assert session.reported_s == 2
    assert passed.holds(session.measured_s, WITHIN_S), f"{passed} passed"
