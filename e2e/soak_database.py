"""A PostgreSQL of its own that can be stopped, started, frozen, and set back to a copy, by the ids of its own processes."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg

from e2e.waiting import wait_until
from seattime.storage.postgres import start_embedded

STOPPED_WITHIN_S = 120
STARTED_WITHIN_S = 120


class FaultyPostgres:
    """Started at once. `folder` must not lie in a private home folder."""

    def __init__(self, folder: Path, name: str = "seattime_soak") -> None:
        self._folder = folder
        self._copy = folder.with_name(folder.name + "-copy")
        self._server = start_embedded(folder)
        uri = str(self._server.get_uri())
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')
        self.url = uri.replace("/postgres?", f"/{name}?", 1)

    def stop(self, *, crash: bool = False) -> None:
        """As an operator would (fast shutdown); `crash`: as a power failure would, leaving the log to be replayed."""
        postmaster = self._postmaster()
        postmaster.send_signal(signal.SIGQUIT if crash else signal.SIGINT)
        postmaster.wait(STOPPED_WITHIN_S)

    def start(self) -> None:
        """Returns when it takes connections; nothing where it runs already. After a crash it replays its log first."""
        wait_until(self._starts, "PostgreSQL takes connections", within_s=STARTED_WITHIN_S)

    def _starts(self) -> bool:
        try:
            # the wheel's own patience is short: what it has started goes on starting
            self._server.ensure_postgres_running()
            psycopg.connect(self.url, connect_timeout=5).close()
        except (subprocess.SubprocessError, psycopg.OperationalError):
            return False
        return True

    def hang(self) -> None:
        """Every process is stopped where it stands: connections stay open and nothing answers."""
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.suspend()

    def resume(self) -> None:
        for process in self._processes():
            with suppress(psutil.NoSuchProcess):
                process.resume()

    def back_up(self) -> None:
        """A cold copy of everything; leaves the database stopped."""
        self.stop()
        shutil.rmtree(self._copy, ignore_errors=True)
        _copy_tree(self._folder, self._copy)

    def restore(self) -> None:
        """The copy is live again, as a new life of the database (docs/operations.md)."""
        self.stop()
        shutil.rmtree(self._folder)
        _copy_tree(self._copy, self._folder)
        self.start()
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute("UPDATE ledger SET ledger_id = md5(random()::text)")

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._copy, ignore_errors=True)

    def _postmaster(self) -> psutil.Process:
        return psutil.Process(int(self._server.get_pid()))

    def _processes(self) -> list[psutil.Process]:
        postmaster = self._postmaster()
        return [postmaster, *postmaster.children(recursive=True)]


def _copy_tree(source: Path, target: Path) -> None:
    """Owners and modes too: PostgreSQL refuses a folder that is not its own."""
    subprocess.run(["cp", "-a", os.fspath(source), os.fspath(target)], check=True)
