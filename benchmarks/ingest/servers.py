"""What is measured, each in processes of its own: `seattime serve`, the empty endpoint, PostgreSQL."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from e2e.server import Server, free_port
from seattime.app import create_app
from seattime.config import Settings
from seattime.storage import database
from seattime.storage.database import DatabaseClock

SECRET = "benchmark"
WORKERS = 2


@contextmanager
def empty_endpoint() -> Iterator[int]:
    """The port of the empty endpoint."""
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.ingest.empty", str(port), str(WORKERS)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()
        yield port
    finally:
        process.terminate()
        process.wait()


@contextmanager
def seattime(folder: Path, url: str) -> Iterator[Server]:
    """`seattime serve` on this database."""
    server = Server(folder, database_url=url, settings={"SEATTIME_SECRET_KEY": SECRET}, arguments=("--workers", str(WORKERS)))
    server.start()
    try:
        yield server
    finally:
        server.stop()


def make_database(admin_url: str, name: str, settings: Settings) -> None:
    """A database with the schema."""
    with psycopg.connect(admin_url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    database.upgrade_schema(create_app(settings), DatabaseClock())
