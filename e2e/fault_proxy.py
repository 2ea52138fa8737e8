"""A proxy between browser and server that passes everything on, except where a rule says what goes wrong.

For tests of faults: requests and answers that are late, lost, repeated, out of order, or not the server's. It knows HTTP
and nothing of SeatTime; it imports nothing of ours, and listens on loopback only. Guarantees: the `Host` header and
the body go through unchanged, so that play origins such as `http://<course>.play.localhost:<its port>` work; what is seen is
written down in order of arrival; each connection carries one request, because a browser repeats by itself what breaks off on
one that it used before; `stop()` lets go of everything that is held.

    proxy = FaultProxy().start()
    server = Server(..., settings={"SEATTIME_PUBLIC_URL": proxy.url}).start()
    proxy.target = server.port

    outage = proxy.rule(answer(503), path="/runtime/commit")        # from now on
    ...
    outage.remove()
    proxy.rule(swallow, method="POST", path="/runtime/", times=1)   # the next one only
    held = Held()
    proxy.rule(held, path="/runtime/commit", times=1)
    held.release()                                                  # it arrives now, after all that came since

    [seen] = proxy.seen(path="/runtime/commit")                     # seen.reached, seen.status, seen.json()

Of several rules that fit, the newest counts. `path` is a beginning, without the query; `when` looks at the whole request.
A fault is any function from an Exchange to an Answer, or to None for a connection that breaks off; what a schedule of random
faults needs is one that draws (`lambda exchange: rng.choice(faults)(exchange)`).
"""

from __future__ import annotations

import http.client
import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

LOOPBACK = "127.0.0.1"
UPSTREAM_WITHIN_S = 60.0
HELD_AT_MOST_S = 60.0
OF_THE_CONNECTION = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "te", "upgrade", "content-length"})
"""Headers that belong to one connection and not to the message (RFC 9110, 7.6.1); the length is told anew."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Request:
    """As the browser sent it. `path` is without the query."""

    method: str
    target: str
    headers: Headers
    body: bytes

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    def header(self, name: str) -> str:
        return next((value for known, value in self.headers if known.lower() == name.lower()), "")


@dataclass(frozen=True)
class Answer:
    """What the browser gets, from the server or from a fault."""

    status: int
    headers: Headers = ()
    body: bytes = b""


@dataclass
class Seen:
    """A request that came, and what became of it. `reached`: how often the server answered it; `answer`: what the browser got,
    None where its connection broke off or it still waits; `over`: nothing more will happen to it."""

    request: Request
    fault: str = ""
    reached: int = 0
    answer: Answer | None = None
    over: bool = False
    error: Exception | None = None

    @property
    def status(self) -> int:
        return 0 if self.answer is None else self.answer.status

    def json(self) -> Any:
        """The request's body."""
        return json.loads(self.request.body)

    def answered(self) -> Any:
        """The answer's body."""
        assert self.answer is not None, "it was not answered"
        return json.loads(self.answer.body)


class Exchange:
    """One request in the hands of a fault."""

    def __init__(self, proxy: FaultProxy, seen: Seen, break_off: Callable[[], None]) -> None:
        self._proxy = proxy
        self._seen = seen
        self.request = seen.request
        self.break_off = break_off
        """Ends the browser's connection now; the fault may go on with the request."""

    def forward(self, request: Request | None = None) -> Answer | None:
        """Sends it, or another in its place, to the server; None where that does not answer."""
        answer = self._proxy.send(request or self.request)
        if answer is not None:
            self._seen.reached += 1
        return answer

    def wait(self, seconds: float, until: threading.Event | None = None) -> None:
        """Waits, until the event at the longest and never beyond the proxy's end."""
        self._proxy.wait(seconds, until)


Fault = Callable[[Exchange], Answer | None]


def pass_on(exchange: Exchange) -> Answer | None:
    """Nothing goes wrong. A server that is not there ends the connection."""
    return exchange.forward()


def drop(exchange: Exchange) -> None:
    """Never reaches the server."""


def swallow(exchange: Exchange) -> None:
    """The server does its work; the browser never hears of it."""
    exchange.forward()


def hang(exchange: Exchange) -> None:
    """Neither reaches the server nor is it answered, as long as the browser waits."""
    exchange.wait(HELD_AT_MOST_S)


def delay(seconds: float) -> Fault:
    """Arrives late."""

    def late(exchange: Exchange) -> Answer | None:
        exchange.wait(seconds)
        return exchange.forward()

    return late


def delay_answer(seconds: float) -> Fault:
    """The server hears it at once, the browser the answer late."""

    def late(exchange: Exchange) -> Answer | None:
        answer = exchange.forward()
        exchange.wait(seconds)
        return answer

    return late


def repeat(times: int = 2) -> Fault:
    """Reaches the server several times; the browser gets the last answer."""

    def repeated(exchange: Exchange) -> Answer | None:
        answer = None
        for _ in range(times):
            answer = exchange.forward()
        return answer

    return repeated


def answer(status: int, body: str | bytes = b"", content_type: str = "text/plain", **headers: str) -> Fault:
    """Something answers in the server's place. `headers` by name, `_` for `-`."""
    data = body.encode() if isinstance(body, str) else body
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return answer_by(lambda _request: Answer(status, (("Content-Type", content_type), *named), data))


def answer_by(make: Callable[[Request], Answer]) -> Fault:
    """As `answer`, depending on what was asked."""
    return lambda exchange: make(exchange.request)


def rewrite(change: Callable[[Request, Answer], Answer]) -> Fault:
    """The server does its work, and the browser hears something else of it."""

    def rewritten(exchange: Exchange) -> Answer | None:
        said = exchange.forward()
        return None if said is None else change(exchange.request, said)

    return rewritten


@dataclass
class Held:
    """Requests are kept, and the browser's connections break off at once; `release()` lets them reach the server, when it may
    have heard newer ones."""

    _released: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange: Exchange) -> None:
        exchange.break_off()
        exchange.wait(HELD_AT_MOST_S, self._released)
        exchange.forward()

    def release(self) -> None:
        self._released.set()


class Swapped:
    """The first of two requests is delivered after the second, and both are answered. If no second one comes within a time,
    the first goes on."""

    def __init__(self, within_s: float = 10.0) -> None:
        self._within_s = within_s
        self._second_is_done = threading.Event()
        self._numbers = itertools.count(1)

    def __call__(self, exchange: Exchange) -> Answer | None:
        if next(self._numbers) == 1:
            exchange.wait(self._within_s, self._second_is_done)
            return exchange.forward()
        answer = exchange.forward()
        self._second_is_done.set()
        return answer


@dataclass
class Rule:
    """Which requests a fault happens to. `times`: to how many, None for all."""

    fault: Fault
    method: str = ""
    path: str = "/"
    when: Callable[[Request], bool] | None = None
    times: int | None = None
    hits: int = 0
    _removed: bool = False

    def fits(self, request: Request) -> bool:
        if self._removed or (self.times is not None and self.hits >= self.times):
            return False
        if self.method and request.method != self.method:
            return False
        return request.path.startswith(self.path) and (self.when is None or self.when(request))

    def remove(self) -> None:
        """From now on it happens to nobody; what it holds it goes on holding."""
        self._removed = True


class FaultProxy:
    """`target`: the server's port on this machine; it may change while the proxy runs."""

    def __init__(self, target: int = 0) -> None:
        self.target = target
        self._rules: list[Rule] = []
        self._seen: list[Seen] = []
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._server = _Listener((LOOPBACK, 0), _handler_for(self))
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    def start(self) -> FaultProxy:
        self._thread.start()
        return self

    def stop(self) -> None:
        """Lets go of everything that is held, and listens no more. Raises what a fault raised, which was no fault that a test meant."""
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        for seen in self._seen:
            if seen.error is not None:
                raise seen.error

    def rule(
        self, fault: Fault, *, method: str = "", path: str = "/", when: Callable[[Request], bool] | None = None, times: int | None = None
    ) -> Rule:
        """From now on this happens to what fits."""
        made = Rule(fault, method, path, when, times)
        with self._lock:
            self._rules.insert(0, made)
        return made

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._lock:
            for rule in self._rules:
                rule.remove()
            self._rules.clear()

    def seen(self, *, method: str = "", path: str = "/") -> list[Seen]:
        """What came so far, oldest first."""
        wanted = Rule(pass_on, method, path)
        with self._lock:
            return [each for each in self._seen if wanted.fits(each.request)]

    # what handlers and faults need

    def handle(self, request: Request, break_off: Callable[[], None]) -> Answer | None:
        """What the browser gets."""
        seen = Seen(request)
        with self._lock:
            self._seen.append(seen)
            rule = next((rule for rule in self._rules if rule.fits(request)), None)
            if rule is not None:
                rule.hits += 1
                seen.fault = getattr(rule.fault, "__name__", type(rule.fault).__name__)
        try:
            seen.answer = (rule.fault if rule else pass_on)(Exchange(self, seen, break_off))
        except Exception as error:  # told by stop(): the thread of a connection has nobody to tell it to
            seen.error = error
        seen.over = True
        return seen.answer

    def send(self, request: Request) -> Answer | None:
        """One request to the server, on a connection of its own; None where it did not answer."""
        connection = http.client.HTTPConnection(LOOPBACK, self.target, timeout=UPSTREAM_WITHIN_S)
        try:
            connection.putrequest(request.method, request.target, skip_host=True, skip_accept_encoding=True)
            for name, value in request.headers:
                if name.lower() not in OF_THE_CONNECTION:
                    connection.putheader(name, value)
            if request.body or request.method in ("POST", "PUT", "PATCH"):
                connection.putheader("Content-Length", str(len(request.body)))
            connection.endheaders(request.body or None)
            said = connection.getresponse()
            return Answer(said.status, tuple(said.getheaders()), said.read())
        except (OSError, http.client.HTTPException):
            return None
        finally:
            connection.close()

    def wait(self, seconds: float, until: threading.Event | None = None) -> None:
        """Ends with the proxy at the latest."""
        if until is None:
            self._stopped.wait(seconds)
            return
        step = 0.02
        for _ in range(int(seconds / step)):
            if until.wait(step) or self._stopped.is_set():
                return


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A browser that went away in the middle is no error of ours."""


def _handler_for(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.close_connection = True
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                return
            self.close_connection = True
            request = Request(self.command, self.path, tuple(self.headers.items()), self._body())
            answer = proxy.handle(request, self._break_off)
            if answer is not None:
                self._say(request, answer)

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                return b"".join(iter(self._chunk, b""))
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def _chunk(self) -> bytes:
            size = int(self.rfile.readline().partition(b";")[0], 16)
            data = self.rfile.read(size)
            self.rfile.readline()
            return data

        def _break_off(self) -> None:
            self.server.shutdown_request(self.connection)

        def _say(self, request: Request, answer: Answer) -> None:
            has_body = request.method != "HEAD" and answer.status not in (204, 304)
            self.send_response_only(answer.status)
            for name, value in answer.headers:
                # of what has no body, the server's own word stands
                if name.lower() not in OF_THE_CONNECTION or (name.lower() == "content-length" and not has_body):
                    self.send_header(name, value)
            if has_body:
                self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            if has_body:
                self.wfile.write(answer.body)

    return Handler
