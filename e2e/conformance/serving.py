"""`seattime serve` for a conformance suite: two workers on a free port, with an empty database of either kind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from e2e.databases import Postgres
from e2e.server import Server

DATABASES = ("sqlite", "postgres")


@contextmanager
def serving(database: str, **settings: str) -> Iterator[Server]:
    """It runs for as long as the block does, and leaves nothing."""
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="seattime-suite-")))
        url = ""
        if database == "postgres":
            postgres = Postgres(folder / "postgres")
            ending.callback(postgres.stop)
            url = postgres.create("suite")
        server = Server(
            folder / "data", database_url=url, settings={"SEATTIME_SPOOL_ANY_FOLDER": "1", **settings}, arguments=("--workers", "2")
        )
        ending.callback(server.stop)
        yield server.start()
