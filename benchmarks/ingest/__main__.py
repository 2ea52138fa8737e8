"""Measures how many commits a second are stored, and prints the tables of benchmarks/README.md.

    python -m benchmarks.ingest [SECONDS] [MANY]

SECONDS: how long each single measurement lasts (5). MANY: the sessions of the large database (3 000 000). All of it runs on
this machine at once: the clients, the server's workers, PostgreSQL. What is compared is measured in turn, in several rounds.
"""

from __future__ import annotations

import os
import platform
import statistics
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path

import psycopg

from benchmarks.ingest import bare, load, servers, world
from seattime.app import create_app
from seattime.config import Settings
from seattime.storage import postgres

CLIENTS = (1, 16, 64)
COMPARED_AT = 16
FEW = 10_000
MANY = 3_000_000
ROUNDS = 3
PLAYING = 1_000
"""Learners who have a course open at the same time."""


class Installation:
    """A database with so many sessions, and `seattime serve` before it."""

    def __init__(self, folder: Path, admin_url: str, sessions: int) -> None:
        self.sessions = sessions
        self.url = admin_url.replace("/postgres?", f"/ingest_{sessions}?", 1)
        self.folder = folder / f"data-{sessions}"
        settings = Settings(data_dir=self.folder, database_url=self.url, secret_key=servers.SECRET, spool_any_folder=True).checked()
        servers.make_database(admin_url, f"ingest_{sessions}", settings)
        began = time.monotonic()
        world.fill(self.url, sessions)
        print(f"{sessions} sessions filled in within {time.monotonic() - began:.0f} s", file=sys.stderr)
        app = create_app(settings)
        self.learners = world.learners(app, self.url, sessions, min(PLAYING, sessions // world.SESSIONS_EACH))

    def measure(self, port: int, clients: int, seconds: float) -> load.Result:
        return load.run(port, world.clients(self.learners, clients, port), seconds)


def empty_clients(count: int) -> list[load.Client]:
    request = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    return [load.Client(lambda: request, lambda _body: None) for _ in range(count)]


def line(name: str, clients: int, results: list[load.Result]) -> str:
    """The median round by rate."""
    chosen = sorted(results, key=lambda result: result.rate)[len(results) // 2]
    rates = [result.rate for result in results]
    return (
        f"| {name} | {clients} | {spaced(chosen.rate)} | {spaced(min(rates))} to {spaced(max(rates))} "
        f"| {chosen.percentile(0.5):.1f} | {chosen.percentile(0.99):.1f} |"
    )


def spaced(number: float) -> str:
    """12 345."""
    return f"{number:,.0f}".replace(",", " ")


def throughput(few: Installation, folder: Path, seconds: float) -> None:
    """(a), (b) and (c), in turn."""
    empty: list[load.Result] = []
    commits: dict[int, list[load.Result]] = {clients: [] for clients in CLIENTS}
    transactions: list[float] = []
    bare.prepare(few.url)
    with servers.empty_endpoint() as empty_port, servers.seattime(few.folder, few.url) as server:
        for clients in CLIENTS:
            few.measure(server.port, clients, 1)
        load.run(empty_port, empty_clients(COMPARED_AT), 1)
        for _ in range(ROUNDS):
            empty.append(load.run(empty_port, empty_clients(COMPARED_AT), seconds))
            for clients, results in commits.items():
                results.append(few.measure(server.port, clients, seconds))
            transactions.append(bare.transactions_a_second(few.url, folder, FEW // world.SESSIONS_EACH, COMPARED_AT, seconds))
    world.stored_as_acknowledged(few.url, few.learners)
    print("| what | clients | a second (median round) | rounds | p50 ms | p99 ms |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    print(line("(a) an empty JSON endpoint", COMPARED_AT, empty))
    for clients, results in commits.items():
        print(line("(b) commits, stored and answered", clients, results))
    pure = statistics.median(transactions)
    rounds = f"{spaced(min(transactions))} to {spaced(max(transactions))}"
    print(f"| (c) pgbench, one UPDATE by key | {COMPARED_AT} | {spaced(pure)} | {rounds} | | |")
    at_16 = statistics.median(result.rate for result in commits[COMPARED_AT])
    of_empty = at_16 / statistics.median(result.rate for result in empty)
    print(f"\n(b) / (a) at {COMPARED_AT} clients: {of_empty:.2f}; (b) / (c): {at_16 / pure:.2f}\n")


def by_size(few: Installation, many: Installation, seconds: float) -> None:
    """The same load on both databases, in turn."""
    results: dict[int, list[load.Result]] = {few.sessions: [], many.sessions: []}
    with servers.seattime(few.folder, few.url) as small, servers.seattime(many.folder, many.url) as large:
        sides = ((few, small), (many, large))
        for one, server in sides:
            one.measure(server.port, COMPARED_AT, seconds)
        for _ in range(ROUNDS):
            for one, server in sides:
                results[one.sessions].append(one.measure(server.port, COMPARED_AT, seconds))
    for one, _server in sides:
        world.stored_as_acknowledged(one.url, one.learners)
    print("| sessions in the database | clients | commits a second (median round) | rounds | p50 ms | p99 ms |")
    print("| ---: | ---: | ---: | ---: | ---: | ---: |")
    for sessions, of in results.items():
        print(line(spaced(sessions), COMPARED_AT, of))
    rates = {sessions: statistics.median(result.rate for result in of) for sessions, of in results.items()}
    print(f"\nA commit costs {rates[few.sessions] / rates[many.sessions] - 1:+.0%} with {many.sessions} sessions instead of {few.sessions}")


def surroundings(url: str) -> str:
    with psycopg.connect(url) as connection:
        names = ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        told = [connection.execute(f"SHOW {name}").fetchone() for name in names]
    postgres_version, fsync, synchronous, buffers = (row[0] for row in told if row is not None)
    packages = ", ".join(f"{name} {version(name)}" for name in ("gunicorn", "flask", "sqlalchemy", "psycopg"))
    return (
        f"{time.strftime('%Y-%m-%d', time.gmtime())}, {os.cpu_count()} cores ({platform.machine()}), load average at the start "
        f"{os.getloadavg()[0]:.1f}, Python {platform.python_version()}, {packages}; PostgreSQL {postgres_version} "
        f"(fsync={fsync}, synchronous_commit={synchronous}, shared_buffers={buffers}); {servers.WORKERS} workers of gunicorn\n"
    )


def main(seconds: float = 5, many: int = MANY) -> None:
    with tempfile.TemporaryDirectory(prefix="seattime-ingest-") as name:
        folder = Path(name)
        server = postgres.start_embedded(folder / "postgres")
        try:
            print(surroundings(server.get_uri()))
            few = Installation(folder, server.get_uri(), FEW)
            throughput(few, folder, seconds)
            by_size(few, Installation(folder, server.get_uri(), many), seconds)
        finally:
            server.cleanup()


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((float, int), sys.argv[1:3], strict=False)))
