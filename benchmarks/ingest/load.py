"""The clients: each sends a request, waits for its answer, sends the next one, over one connection that is kept open.

All of them live in one thread on one `epoll`, because the machine that is measured also runs this.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

END = b"\r\n\r\n"
LENGTH = b"content-length:"


class BadAnswer(Exception):
    """The server said something else than what is measured."""


@dataclass
class Result:
    """What one run saw. Latencies in seconds, in order of their ends."""

    seconds: float
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass
class Client:
    """One client: where its requests come from and who looks at the answers' bodies."""

    next_request: Callable[[], bytes]
    take_answer: Callable[[bytes], None]
    connection: socket.socket | None = None
    sent_at: float = 0.0
    received: bytes = b""

    def send(self) -> None:
        assert self.connection is not None
        self.received = b""
        self.sent_at = time.perf_counter()
        self.connection.sendall(self.next_request())

    def read(self) -> bool:
        """Whether the answer is whole. Raises BadAnswer."""
        assert self.connection is not None
        more = self.connection.recv(65536)
        if not more:
            raise BadAnswer("the server closed the connection")
        self.received += more
        head, end, body = self.received.partition(END)
        if not end:
            return False
        if not head.startswith(b"HTTP/1.1 200"):
            raise BadAnswer(self.received[:500].decode(errors="replace"))
        lower = head.lower()
        length = int(lower[lower.index(LENGTH) + len(LENGTH) :].split(b"\r", 1)[0])
        if len(body) < length:
            return False
        self.take_answer(body)
        return True


def run(port: int, clients: list[Client], seconds: float) -> Result:
    """Lets the clients send for so long, and waits for the answers that are still open then."""
    poll = select.epoll()
    by_fd: dict[int, Client] = {}
    for client in clients:
        client.connection = socket.create_connection(("127.0.0.1", port))
        client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        by_fd[client.connection.fileno()] = client
        poll.register(client.connection, select.EPOLLIN)
    began = time.perf_counter()
    end = began + seconds
    result = Result(0)
    for client in clients:
        client.send()
    while by_fd:
        for fd, _event in poll.poll():
            client = by_fd[fd]
            if not client.read():
                continue
            now = time.perf_counter()
            result.latencies.append(now - client.sent_at)
            if now < end:
                client.send()
            else:
                poll.unregister(fd)
                del by_fd[fd]
    result.seconds = time.perf_counter() - began
    for client in clients:
        assert client.connection is not None
        client.connection.close()
    poll.close()
    return result
