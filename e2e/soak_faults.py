"""What is done to the server and its database during a soak, drawn from a seed, and how all of it is healed again.

One fault at a time, each with a length of its own, with quiet between. Everything blocking runs in a thread, so that the learners go on.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import urllib.request
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field

from e2e.history import History
from e2e.server import Server
from e2e.simulated_network import FINE, ROUGH, Network
from e2e.soak_database import FaultyPostgres
from e2e.waiting import wait_until


@dataclass(frozen=True)
class Planned:
    """A fault: begins `at_s` after the start, lasts `for_s`."""

    at_s: float
    for_s: float
    name: str

    def __str__(self) -> str:
        return f"{self.at_s:7.1f} s  {self.name} for {self.for_s:.1f} s"


NAMES = (
    "server killed",
    "server restarted",
    "database stopped",
    "database crashed",
    "database hangs",
    "server killed while the database is away",
    "network rough",
)
"""All kinds; a plan holds each at least once where there is room."""
AT_ONCE_S = 0.2
MOST_OF_A_PROBLEM = 300
STARTED_WITHIN_S = 240


def plan(
    dice: random.Random, seconds: float, *, quiet_s: tuple[float, float], lasts_s: tuple[float, float], restore: bool
) -> list[Planned]:
    """A schedule for a run of so many seconds."""
    planned: list[Planned] = []
    names: list[str] = []
    at = dice.uniform(*quiet_s)
    restored = not restore
    while at < seconds:
        if not restored and at > seconds * 0.45:
            name, length, restored = "database restored from a copy", AT_ONCE_S, True
        else:
            if not names:
                names = dice.sample(NAMES, len(NAMES))
            name = names.pop()
            length = AT_ONCE_S if name in ("server killed", "server restarted") else dice.uniform(*lasts_s)
        planned.append(Planned(at, min(length, seconds - at), name))
        at += length + dice.uniform(*quiet_s)
    return planned


@dataclass
class Saboteur:
    """Carries a plan out. `say` is told of each step."""

    server: Server
    database: FaultyPostgres
    network: Network
    history: History
    say: Callable[[str], None]
    problems: list[str] = field(default_factory=list)

    async def carry_out(self, planned: list[Planned]) -> None:
        loop = asyncio.get_running_loop()
        began = loop.time()
        for fault in planned:
            await asyncio.sleep(max(0.0, began + fault.at_s - loop.time()))
            self.say(str(fault))
            self.history.fault(fault.name)
            try:
                await self._acts()[fault.name](fault.for_s)
            except Exception as error:
                # the run is worth nothing as a proof then, but its learners still show what became of their time
                self.problems.append(f"{fault}: {error!r}"[:MOST_OF_A_PROBLEM])
                await self.heal()

    def _acts(self) -> dict[str, Callable[[float], Awaitable[None]]]:
        return {
            "server killed": self._kill_server,
            "server restarted": self._restart_server,
            "database stopped": self._stop_database,
            "database crashed": self._crash_database,
            "database hangs": self._hang_database,
            "server killed while the database is away": self._kill_server_in_an_outage,
            "network rough": self._rough_network,
            "database restored from a copy": self._restore_database,
        }

    async def _kill_server(self, for_s: float) -> None:
        await asyncio.to_thread(self.server.kill)
        await asyncio.sleep(for_s)
        await asyncio.to_thread(start_server, self.server)

    async def _restart_server(self, for_s: float) -> None:
        await asyncio.to_thread(end_server, self.server)
        await asyncio.sleep(for_s)
        await asyncio.to_thread(start_server, self.server)

    async def _stop_database(self, for_s: float) -> None:
        await asyncio.to_thread(self.database.stop)
        await asyncio.sleep(for_s)
        await asyncio.to_thread(self.database.start)

    async def _crash_database(self, for_s: float) -> None:
        await asyncio.to_thread(lambda: self.database.stop(crash=True))
        await asyncio.sleep(for_s)
        await asyncio.to_thread(self.database.start)

    async def _hang_database(self, for_s: float) -> None:
        await asyncio.to_thread(self.database.hang)
        await asyncio.sleep(for_s)
        await asyncio.to_thread(self.database.resume)

    async def _kill_server_in_an_outage(self, for_s: float) -> None:
        await asyncio.to_thread(self.database.stop)
        await asyncio.sleep(for_s)
        await asyncio.to_thread(self.server.kill)
        await asyncio.to_thread(self.database.start)
        await asyncio.to_thread(start_server, self.server)

    async def _rough_network(self, for_s: float) -> None:
        before, self.network.weather = self.network.weather, ROUGH
        await asyncio.sleep(for_s)
        self.network.weather = before

    async def _restore_database(self, for_s: float) -> None:
        await asyncio.to_thread(self.database.restore)
        self.history.restored()

    async def heal(self) -> None:
        """The weather is fine for good; database and server are up, whatever became of the last fault."""
        self.network.weather = FINE
        await asyncio.to_thread(self.database.resume)
        await asyncio.to_thread(self.database.start)
        if self.server.process is None or self.server.process.poll() is not None:
            await asyncio.to_thread(start_server, self.server)


def start_server(server: Server) -> None:
    """Hundreds of learners and a busy machine may keep it from saying that it is ready for longer than `Server.start` waits."""
    try:
        server.start()
    except RuntimeError:
        wait_until(lambda: _is_ready(server), "the server is ready", within_s=STARTED_WITHIN_S)


def _is_ready(server: Server) -> bool:
    if server.process is None or server.process.poll() is not None:
        raise RuntimeError("the server ended at its start")
    try:
        with urllib.request.urlopen(f"{server.url}/health/ready", timeout=20) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def end_server(server: Server) -> None:
    """SIGTERM; on a busy machine that may take longer than `Server.stop` waits before it kills."""
    if server.process is not None:
        with suppress(subprocess.TimeoutExpired):
            server.stop()
