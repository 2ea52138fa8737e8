"""A real server in a process of its own, on a free port and a fresh data folder, with a real database."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from e2e.warm import WARM, WarmProcess

KEY_ID, KEY_SECRET = "e2e", "e2e-secret"
READY_WITHIN_S = 60
COMMAND = (sys.executable, "-m", "seattime")
SIGN_IN_LINK = re.compile(r"http://\S+/sign-in/\S+")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """`seattime serve`, started and stopped; `data_dir` outlives a restart."""

    data_dir: Path
    database_url: str = ""
    port: int = field(default_factory=free_port)
    settings: dict[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = ()
    warm: bool = False
    """Forked off a process that has read the program already (e2e/warm.py)."""
    process: subprocess.Popen[bytes] | WarmProcess | None = None
    _log: IO[bytes] | None = None
    _leaving: bool = False

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def log_path(self) -> Path:
        return self.data_dir.with_suffix(".log")

    @property
    def sqlalchemy_url(self) -> str:
        """Where the server's database is, for readers beside it."""
        if self.database_url:
            return self.database_url.replace("postgresql://", "postgresql+psycopg://", 1)
        return f"sqlite:///{self.data_dir / 'seattime.sqlite3'}"

    def sign_in_link(self) -> str:
        """The one-time link that the server printed at its last start."""
        return str(SIGN_IN_LINK.findall(self.log_path.read_text())[-1])

    def start(self) -> Server:
        arguments = ["serve", "--port", str(self.port), "--data-dir", str(self.data_dir), *self.arguments]
        if self.warm:
            self.process = WARM.start(arguments, self._environment(), self.log_path)
        else:
            self._log = self.log_path.open("ab")
            self.process = subprocess.Popen([*COMMAND, *arguments], env=self._environment(), stdout=self._log, stderr=subprocess.STDOUT)
        self._wait_until_ready()
        return self

    def command(self, *arguments: str) -> str:
        """Runs another command of the console script on the same data; what it printed."""
        done = subprocess.run(
            [*COMMAND, *arguments, "--data-dir", str(self.data_dir)],
            env={**self._environment(), "SEATTIME_PUBLIC_URL": self.url},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return done.stdout

    def _environment(self) -> dict[str, str]:
        """Nothing of the caller's own settings, and this server's."""
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("SEATTIME_")},
            "SEATTIME_API_KEYS": f"{KEY_ID}:{KEY_SECRET}",
            "SEATTIME_DATABASE_URL": self.database_url,
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < deadline:
            assert self.process is not None
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at its start:\n{self.log_path.read_text()}")
            try:
                with urllib.request.urlopen(f"{self.url}/health/ready", timeout=2) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)  # waiting for another process to listen: there is nothing else to wait on
        raise RuntimeError(f"the server was not ready within {READY_WITHIN_S} s:\n{self.log_path.read_text()}")

    def leave(self) -> None:
        """SIGTERM, as an operator would; `stop` waits until it has ended."""
        if self.process is not None and not self._leaving:
            self._leaving = True
            self.process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """SIGTERM, and the end of it. Raises TimeoutExpired where it does not end in time."""
        if self.process is None:
            return
        self.leave()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        finally:
            self._forget()

    def kill(self) -> None:
        """SIGKILL, workers included."""
        assert self.process is not None
        found = subprocess.run(["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False)
        workers = [WarmProcess(pid) for pid in map(int, found.stdout.split())]
        self.process.kill()
        for worker in workers:
            worker.kill()
        # a worker has the port for as long as it is there
        for worker in workers:
            worker.wait(20)
        self.process.wait()
        self._forget()

    def _forget(self) -> None:
        self.process = None
        self._leaving = False
        if self._log:
            self._log.close()
            self._log = None
