"""Measures how many statements a second are stored and how long queries take, and prints the tables of benchmarks/README.md.

    python -m benchmarks.statements [SECONDS] [MANY]

SECONDS: how long each single measurement lasts (5). MANY: the statements of the database that is queried (1 000 000; 0 leaves queries
out). All of it runs on this machine at once: the clients, the server's workers, PostgreSQL.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.ingest import load, servers
from benchmarks.ingest.__main__ import empty_clients, line, spaced, surroundings
from benchmarks.statements import queries, world
from e2e.server import Server
from seattime.config import Settings
from seattime.storage import postgres

CLIENTS = (1, 16, 32)
BATCH = 50
MANY = 1_000_000
ROUNDS = 3


def throughput(server: Server, url: str, seconds: float) -> None:
    """An empty endpoint, statements one by one, statements in batches, in turn."""
    empty: list[load.Result] = []
    senders = [world.Sender(number) for number in range(max(CLIENTS))]
    results: dict[tuple[int, int], list[load.Result]] = {(batch, clients): [] for batch in (1, BATCH) for clients in CLIENTS}

    def measure(batch: int, clients: int, for_s: float) -> load.Result:
        return load.run(server.port, world.clients(senders[:clients], server.port, batch), for_s)

    with servers.empty_endpoint() as empty_port:
        for batch, clients in results:
            measure(batch, clients, 1)
        load.run(empty_port, empty_clients(16), 1)
        for _ in range(ROUNDS):
            empty.append(load.run(empty_port, empty_clients(16), seconds))
            for batch, clients in results:
                results[batch, clients].append(measure(batch, clients, seconds))
    stored = world.stored_as_acknowledged(url, senders)
    print("| what | clients | requests a second (median round) | rounds | p50 ms | p99 ms |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    print(line("an empty JSON endpoint", 16, empty))
    for (batch, clients), of in results.items():
        print(line("one statement" if batch == 1 else f"{batch} statements", clients, of))
    print("\n| statements | clients | statements a second (median round) |\n| --- | ---: | ---: |")
    for (batch, clients), of in results.items():
        rate = batch * statistics.median(result.rate for result in of)
        print(f"| {'one by one' if batch == 1 else f'in batches of {batch}'} | {clients} | {spaced(rate)} |")
    print(f"\nAll {spaced(stored)} statements that were acknowledged are stored and found.\n")


def main(seconds: float = 5, many: int = MANY) -> None:
    with tempfile.TemporaryDirectory(prefix="seattime-statements-", dir="/tmp") as name:
        folder = Path(name)
        database = postgres.start_embedded(folder / "postgres")
        try:
            admin = database.get_uri()
            print(surroundings(admin))
            for purpose in ("throughput", "queries")[: 2 if many else 1]:
                url = admin.replace("/postgres?", f"/{purpose}?", 1)
                data = folder / purpose
                settings = Settings(data_dir=data, database_url=url, secret_key=servers.SECRET, spool_any_folder=True).checked()
                servers.make_database(admin, purpose, settings)
                if purpose == "queries":
                    began = time.monotonic()
                    world.fill(url, many)
                    print(f"{many} statements filled in within {time.monotonic() - began:.0f} s", file=sys.stderr)
                with servers.seattime(data, url) as server:
                    throughput(server, url, seconds) if purpose == "throughput" else queries.measure(server.port, many)
        finally:
            database.cleanup()


if __name__ == "__main__":
    main(*(kind(value) for kind, value in zip((float, int), sys.argv[1:3], strict=False)))
