"""The network of simulated learners: plain HTTP over sockets, with faults drawn from a seed.

A request may be dropped, delayed, sent twice, sent only after its sender has given up, or have its answer swallowed: everything that a
network does, and nothing that it does not. Every fault is counted in the history. Must not import anything of the product.
"""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any

from e2e.history import History

ANSWER_WITHIN_S = 20.0
"""As the browser's own limit (delivery.js)."""
MOST_DELAY_S = 3.0


class NoAnswer(Exception):
    """Nothing came back; the request may have arrived or not."""


@dataclass(frozen=True)
class Answer:
    """`body` is what the JSON said, None where it was none."""

    status: int
    body: dict[str, Any] | None


@dataclass
class Weather:
    """How bad the network is: the chance of each fault, for one request."""

    drop: float = 0.0
    swallow: float = 0.0
    duplicate: float = 0.0
    delay: float = 0.0
    overtake: float = 0.0
    """The sender gives up at once, and the request arrives after newer ones."""


FINE = Weather()
ROUGH = Weather(drop=0.05, swallow=0.06, duplicate=0.08, delay=0.08, overtake=0.05)


@dataclass
class Network:
    """Between all simulated browsers and one server."""

    port: int
    history: History
    dice: random.Random
    weather: Weather = field(default_factory=Weather)
    answer_within_s: float = ANSWER_WITHIN_S
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    async def post(self, host: str, path: str, body: dict[str, Any]) -> Answer:
        """Raises NoAnswer."""
        name = self._draw()
        if name == "dropped":
            raise NoAnswer
        if name == "overtaken":
            self._later(host, path, body)
            raise NoAnswer
        if name == "duplicated":
            self._later(host, path, body)
        if name == "delayed":
            await asyncio.sleep(self.dice.uniform(0.05, MOST_DELAY_S))
        answer = await self._exchange(host, path, body)
        if name == "swallowed":
            raise NoAnswer
        return answer

    def beacon(self, host: str, path: str, body: dict[str, Any]) -> None:
        """Sent without waiting; nobody sees the answer."""
        self._start(self._beacon(host, path, body))

    async def settle(self) -> None:
        """Waits until nothing is under way any more."""
        while self._background:
            await asyncio.wait(self._background)

    def _draw(self) -> str:
        weather, point = self.weather, self.dice.random()
        for name, chance in (
            ("dropped", weather.drop),
            ("swallowed", weather.swallow),
            ("duplicated", weather.duplicate),
            ("delayed", weather.delay),
            ("overtaken", weather.overtake),
        ):
            if point < chance:
                self.history.fault(f"request {name}" if name != "swallowed" else "answer swallowed")
                return name
            point -= chance
        return ""

    def _later(self, host: str, path: str, body: dict[str, Any]) -> None:
        self._start(self._send_late(host, path, body, self.dice.uniform(0.05, MOST_DELAY_S)))

    def _start(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)

    async def _send_late(self, host: str, path: str, body: dict[str, Any], after_s: float) -> None:
        await asyncio.sleep(after_s)
        try:
            await self._exchange(host, path, body)
        except NoAnswer:
            return

    async def _beacon(self, host: str, path: str, body: dict[str, Any]) -> None:
        try:
            await self.post(host, path, body)
        except NoAnswer:
            return

    async def _exchange(self, host: str, path: str, body: dict[str, Any]) -> Answer:
        data = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        kind = "text/plain;charset=UTF-8" if path.startswith("/runtime/commit") else "application/json"
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {host}:{self.port}\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
        )
        try:
            async with asyncio.timeout(self.answer_within_s):
                return await self._over_a_socket(head.encode() + data)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, ValueError) as error:
            raise NoAnswer from error

    async def _over_a_socket(self, request: bytes) -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            await writer.drain()
            raw = await reader.read()
        finally:
            writer.close()
        head, _, body = raw.partition(b"\r\n\r\n")
        words = head.split(b" ", 2)
        if len(words) < 3 or not words[1].isdigit():
            raise ValueError("the connection broke before an answer came")
        return Answer(int(words[1]), _parsed(head, body))


def _parsed(head: bytes, body: bytes) -> dict[str, Any] | None:
    """None for what is not JSON, or broke off in the middle."""
    length = next((line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), None)
    if length is not None and len(body) < int(length):
        return None
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
