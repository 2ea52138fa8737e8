"""The proxy itself, without a browser: what it passes on, and that each fault is what its name says."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from e2e.fault_proxy import (
    Answer,
    Exchange,
    FaultProxy,
    Held,
    Swapped,
    answer,
    answer_by,
    delay,
    delay_answer,
    drop,
    hang,
    repeat,
    rewrite,
    swallow,
)
from e2e.waiting import wait_until

COMMIT = "/runtime/commit"


class Origin(ThreadingHTTPServer):
    """A server that says back what it was asked, and remembers it."""

    daemon_threads = True

    def __init__(self) -> None:
        self.heard: list[str] = []
        origin = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                origin.heard.append(body)
                self.send_response_only(200)
                self.send_header("X-Host", self.headers["Host"])
                self.send_header("Set-Cookie", "a=1")
                self.send_header("Set-Cookie", "b=2")
                said = f"{self.command} {self.path} {body}".encode()
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(said)

            do_GET = do_HEAD = do_POST  # noqa: N815  # the names that http.server looks for

        super().__init__(("127.0.0.1", 0), Handler)


@pytest.fixture
def origin() -> Iterator[Origin]:
    server = Origin()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def proxy(origin: Origin) -> Iterator[FaultProxy]:
    started = FaultProxy(origin.server_address[1]).start()
    yield started
    started.stop()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


Said = tuple[int, str, list[tuple[str, str]]]


def ask(proxy: FaultProxy, body: str = "", path: str = COMMIT, method: str = "POST", host: str = "c1.play.localhost") -> Said:
    """Status, body and headers; status 0 where the connection broke off."""
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    try:
        connection.request(method, path, body=body.encode(), headers={"Host": f"{host}:{proxy.port}"})
        said = connection.getresponse()
        return said.status, said.read().decode(), said.getheaders()
    except (OSError, http.client.HTTPException):
        return 0, "", []
    finally:
        connection.close()


def test_everything_goes_through_unchanged_without_a_rule(proxy: FaultProxy, origin: Origin) -> None:
    status, body, headers = ask(proxy, "hello", f"{COMMIT}?a=1&b=%20")
    assert (status, body) == (200, f"POST {COMMIT}?a=1&b=%20 hello")
    assert dict(headers)["X-Host"] == f"c1.play.localhost:{proxy.port}"
    assert [value for name, value in headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert ask(proxy, method="GET", path="/page")[1] == "GET /page "
    status, body, headers = ask(proxy, method="HEAD", path="/page")
    assert (status, body, dict(headers)["Content-Length"]) == (200, "", str(len("HEAD /page ")))
    assert [each.request.method for each in proxy.seen()] == ["POST", "GET", "HEAD"]
    assert [each.reached for each in proxy.seen(path=COMMIT)] == [1]


def test_a_message_in_chunks_arrives_whole(proxy: FaultProxy, origin: Origin) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=10)
    connection.request("POST", COMMIT, body=iter([b"one ", b"two"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert connection.getresponse().read().decode().endswith("one two")
    connection.close()


def test_a_rule_counts_only_what_fits_and_only_so_often(proxy: FaultProxy, origin: Origin) -> None:
    proxy.rule(answer(503), method="POST", path="/runtime/", times=1)
    proxy.rule(answer(429), when=lambda request: request.body == b"x")
    assert ask(proxy, method="GET")[0] == 200
    assert ask(proxy, path="/other")[0] == 200
    assert ask(proxy, "x")[0] == 429, "of two that fit, the newest"
    assert [ask(proxy)[0], ask(proxy)[0]] == [503, 200]
    proxy.clear()
    assert ask(proxy, "x")[0] == 200
    assert origin.heard == ["", "", "", "x"]


def test_dropped_never_arrives_and_swallowed_arrives_unheard(proxy: FaultProxy, origin: Origin) -> None:
    proxy.rule(drop, times=1)
    assert ask(proxy, "dropped")[0] == 0
    proxy.rule(swallow, times=1)
    assert ask(proxy, "swallowed")[0] == 0
    assert origin.heard == ["swallowed"]
    assert [(each.fault, each.reached, each.status) for each in proxy.seen()] == [("drop", 0, 0), ("swallow", 1, 0)]


def test_repeated_arrives_several_times_and_is_answered_once(proxy: FaultProxy, origin: Origin) -> None:
    proxy.rule(repeat(3))
    assert ask(proxy, "again")[0] == 200
    assert origin.heard == ["again"] * 3
    assert proxy.seen()[0].reached == 3


def test_held_is_cut_off_and_arrives_after_what_came_later(proxy: FaultProxy, origin: Origin) -> None:
    held = Held()
    proxy.rule(held, times=1)
    assert ask(proxy, "older")[0] == 0, "the browser gives it up at once"
    assert ask(proxy, "newer")[0] == 200
    assert origin.heard == ["newer"]
    held.release()
    wait_until(lambda: proxy.seen()[0].over, "it arrives")
    assert origin.heard == ["newer", "older"]


def test_swapped_arrive_in_the_other_order_and_both_are_answered(proxy: FaultProxy, origin: Origin, pool: ThreadPoolExecutor) -> None:
    proxy.rule(Swapped())
    first: Future[Said] = pool.submit(ask, proxy, "first")
    wait_until(lambda: proxy.seen(), "it is there")
    assert ask(proxy, "second")[0] == 200
    assert first.result(10)[0] == 200
    assert origin.heard == ["second", "first"]
    proxy.clear()
    proxy.rule(Swapped(within_s=0.1))
    assert ask(proxy, "alone")[0] == 200, "nobody waits for ever"


def test_late_and_hung_requests(proxy: FaultProxy, origin: Origin, pool: ThreadPoolExecutor) -> None:
    proxy.rule(delay(0.3), path="/late")
    proxy.rule(delay_answer(0.3), path="/heard")
    proxy.rule(hang, path="/hung")
    late, heard, hung = (pool.submit(ask, proxy, path, path) for path in ("/late", "/heard", "/hung"))
    wait_until(lambda: origin.heard, "the server hears one at once")
    assert origin.heard == ["/heard"]
    assert not heard.done()
    assert late.result(10)[0] == heard.result(10)[0] == 200
    assert not hung.done()
    proxy.stop()
    assert hung.result(10)[0] == 0, "the end of the proxy lets it go"
    assert sorted(origin.heard) == ["/heard", "/late"]


def test_answers_that_are_not_the_servers(proxy: FaultProxy, origin: Origin) -> None:
    proxy.rule(answer(302, "<html>Sign in</html>", "text/html", Location="http://hotel.localhost/"), times=1)
    status, body, headers = ask(proxy)
    assert (status, body, dict(headers)["Location"]) == (302, "<html>Sign in</html>", "http://hotel.localhost/")
    proxy.clear()
    proxy.rule(answer_by(lambda request: Answer(200, (), request.body * 2)), times=1)
    assert ask(proxy, "ab")[1] == "abab"
    assert origin.heard == []
    proxy.rule(rewrite(lambda request, said: Answer(said.status, said.headers, b"other")), times=1)
    assert ask(proxy, "done")[1] == "other"
    assert origin.heard == ["done"]


def test_a_server_that_is_not_there_ends_the_connection(proxy: FaultProxy, origin: Origin) -> None:
    alive, proxy.target = proxy.target, 1
    assert ask(proxy)[0] == 0
    proxy.target = alive
    assert ask(proxy)[0] == 200
    assert [each.reached for each in proxy.seen()] == [0, 1]


def test_what_a_fault_raises_is_told_at_the_end(origin: Origin) -> None:
    def broken(exchange: Exchange) -> None:
        raise ZeroDivisionError(exchange.request.path)

    proxy = FaultProxy(origin.server_address[1]).start()
    proxy.rule(broken)
    assert ask(proxy)[0] == 0
    with pytest.raises(ZeroDivisionError):
        proxy.stop()
