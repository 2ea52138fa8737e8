"""Fetching a package by its address: what a caller must not reach through this server, with an injected network."""

from __future__ import annotations

import errno
import http.client
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from seattime.errors import BadInput, DiskFull
from seattime.services import fetching
from seattime.services.fetching import Hop, Limits, fetch

LIMITS = Limits(most_bytes=1000)


@dataclass
class FakeAnswer:
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"package"

    def read(self, amount: int) -> bytes:
        taken, self.body = self.body[: min(amount, 100)], self.body[min(amount, 100) :]
        return taken


class Net:
    """A network of made-up hosts: `hosts` by name to addresses, `answers` in the order in which they are given."""

    def __init__(self, *answers: FakeAnswer, hosts: dict[str, list[str]] | None = None) -> None:
        self.answers = list(answers) or [FakeAnswer()]
        self.hosts = hosts or {"files.example": ["93.184.215.14"]}
        self.hops: list[Hop] = []
        self.lookups: list[str] = []

    def resolve(self, host: str, port: int) -> list[str]:
        self.lookups.append(host)
        if host not in self.hosts:
            raise OSError("unknown host")
        return self.hosts[host]

    @contextmanager
    def open(self, hop: Hop, timeout_s: float) -> Iterator[FakeAnswer]:
        self.hops.append(hop)
        yield self.answers.pop(0)

    def fetch(self, url: str, target: Path, limits: Limits = LIMITS) -> None:
        fetch(url, target, limits, resolve=self.resolve, open_hop=self.open)


def redirect(to: str) -> FakeAnswer:
    return FakeAnswer(302, {"Location": to}, b"")


def test_a_package_is_fetched_from_the_address_that_was_checked(tmp_path: Path) -> None:
    net = Net()
    net.fetch("https://files.example/a%20b/c.zip?x=1&y=é#part", tmp_path / "p.zip")
    assert (tmp_path / "p.zip").read_bytes() == b"package"
    assert net.hops == [
        Hop("https", "files.example", 443, "/a%20b/c.zip?x=1&y=%C3%A9", "93.184.215.14")
    ]
    assert net.lookups == ["files.example"], "a second lookup could give another address than the one that was checked"


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("file:///etc/passwd", "must begin with http"),
        ("ftp://files.example/a.zip", "must begin with http"),
        ("gopher://files.example/", "must begin with http"),
        ("//files.example/a.zip", "must begin with http"),
        ("", "must begin with http"),
        ("http://", "is not a valid address"),
        ("http://files.example:0/", "is not a valid address"),
        ("http://files.example:99999/", "is not a valid address"),
        ("http://[::1", "is not a valid address"),
        ("http://files.example/a b", "is not a valid address"),
        ("http://files.example/\r\nHost: x", "is not a valid address"),
        ("http://user@files.example/", "user name or a password"),
        ("http://user:password@files.example/", "user name or a password"),
        ("http://nowhere.example/", "cannot be found"),
    ],
)
def test_an_address_that_may_not_be_fetched_is_refused_with_the_reason(tmp_path: Path, url: str, reason: str) -> None:
    net = Net()
    with pytest.raises(BadInput, match=reason):
        net.fetch(url, tmp_path / "p.zip")
    assert net.hops == []


PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:0:0:0:0:80ff:fffe",  # Teredo for 127.0.0.1
    "not an address",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_an_address_that_is_not_public_is_not_reached(tmp_path: Path, address: str) -> None:
    net = Net(hosts={"files.example": [address]})
    with pytest.raises(BadInput, match="not a public one") as caught:
        net.fetch("http://files.example/a.zip", tmp_path / "p.zip")
    assert net.hops == []
    assert address not in caught.value.message


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::808:808"])
def test_public_addresses_are_reached(address: str) -> None:
    assert fetching.is_public(address)


def test_one_private_address_among_public_ones_is_enough_to_refuse(tmp_path: Path) -> None:
    net = Net(hosts={"files.example": ["93.184.215.14", "10.0.0.1"]})
    with pytest.raises(BadInput, match="not a public one"):
        net.fetch("http://files.example/a.zip", tmp_path / "p.zip")


def test_a_host_that_the_operator_named_may_be_private(tmp_path: Path) -> None:
    net = Net(hosts={"intranet": ["10.0.0.1"]})
    limits = Limits(most_bytes=1000, private_hosts=frozenset({"intranet"}))
    net.fetch("http://INTRANET/a.zip", tmp_path / "p.zip", limits)
    assert (tmp_path / "p.zip").exists()


@pytest.mark.parametrize(
    "to", ["http://169.254.169.254/", "http://inside.example/", "file:///etc/passwd", "//inside.example/x"]
)
def test_each_redirect_is_checked_like_the_first_address(tmp_path: Path, to: str) -> None:
    hosts = {
        "files.example": ["93.184.215.14"],
        "inside.example": ["10.0.0.1"],
        "169.254.169.254": ["169.254.169.254"],
    }
    net = Net(redirect(to), hosts=hosts)
    with pytest.raises(BadInput):
        net.fetch("http://files.example/a.zip", tmp_path / "p.zip")
    assert len(net.hops) == 1
    assert not (tmp_path / "p.zip").exists()


def test_redirects_are_followed_to_relative_and_other_addresses(tmp_path: Path) -> None:
    hosts = {"files.example": ["93.184.215.14"], "cdn.example": ["93.184.215.15"]}
    net = Net(redirect("/b"), redirect("https://cdn.example/c"), FakeAnswer(), hosts=hosts)
    net.fetch("http://files.example/a", tmp_path / "p.zip")
    assert [(hop.scheme, hop.host, hop.target) for hop in net.hops] == [
        ("http", "files.example", "/a"),
        ("http", "files.example", "/b"),
        ("https", "cdn.example", "/c"),
    ]


def test_a_sixth_redirect_is_not_followed(tmp_path: Path) -> None:
    net = Net(*[redirect("/again")] * 7)
    with pytest.raises(BadInput, match="redirects more than 5 times"):
        net.fetch("http://files.example/", tmp_path / "p.zip")
    assert len(net.hops) == 6


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (FakeAnswer(404), "the status 404"),
        (FakeAnswer(302), "redirects to nowhere"),
        (FakeAnswer(200, {"Content-Length": "1001"}), "larger than the 1000 bytes"),
        (FakeAnswer(200, {}, b"x" * 1001), "larger than the 1000 bytes"),
        (FakeAnswer(200, {"Content-Length": "5"}, b"x" * 1001), "larger than the 1000 bytes"),
        (FakeAnswer(200, {"Content-Length": "8"}), "broke off"),
    ],
)
def test_an_answer_that_is_no_whole_package_leaves_nothing_behind(
    tmp_path: Path, answer: FakeAnswer, reason: str
) -> None:
    with pytest.raises(BadInput, match=reason):
        Net(answer).fetch("http://files.example/", tmp_path / "p.zip")
    assert list(tmp_path.iterdir()) == []


def test_a_package_as_large_as_allowed_is_fetched(tmp_path: Path) -> None:
    Net(FakeAnswer(200, {"Content-Length": "1000"}, b"x" * 1000)).fetch("http://files.example/", tmp_path / "p.zip")
    assert (tmp_path / "p.zip").stat().st_size == 1000


def test_a_server_that_drips_is_given_up(tmp_path: Path) -> None:
    net = Net(FakeAnswer(200, {}, b"x" * 900))
    moments = iter([0.0, 10.0, 20.0, 31.0])
    limits = Limits(most_bytes=1000, deadline_s=30)
    with pytest.raises(BadInput, match="took too long"):
        fetch(
            "http://files.example/",
            tmp_path / "p.zip",
            limits,
            resolve=net.resolve,
            open_hop=net.open,
            monotonic=lambda: next(moments),
        )
    assert list(tmp_path.iterdir()) == []


def test_progress_tells_bytes_done_and_bytes_in_all(tmp_path: Path) -> None:
    net = Net(FakeAnswer(200, {"Content-Length": "250"}, b"x" * 250))
    told: list[tuple[int, int]] = []
    fetch(
        "http://files.example/",
        tmp_path / "p.zip",
        LIMITS,
        resolve=net.resolve,
        open_hop=net.open,
        on_progress=lambda done, total: told.append((done, total)),
    )
    assert told == [(100, 250), (200, 250), (250, 250)]


@pytest.mark.parametrize(
    ("raised", "expected", "reason"),
    [
        (http.client.BadStatusLine("x"), BadInput, "not HTTP"),
        (ConnectionRefusedError(), BadInput, "could not be reached"),
        (TimeoutError(), BadInput, "could not be reached"),
        (OSError(errno.ENOSPC, "full"), DiskFull, "no room"),
    ],
)
def test_what_the_network_says_becomes_one_sentence(
    tmp_path: Path, raised: Exception, expected: type[Exception], reason: str
) -> None:
    @contextmanager
    def fail(hop: Hop, timeout_s: float) -> Iterator[FakeAnswer]:
        raise raised
        yield

    with pytest.raises(expected, match=reason):
        fetch("http://files.example/", tmp_path / "p.zip", LIMITS, resolve=Net().resolve, open_hop=fail)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = f"{self.path} for {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_of: object) -> None:
        pass


def test_the_real_connection_goes_to_the_checked_address_under_the_hosts_name(tmp_path: Path) -> None:
    with socketserver.TCPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        port = server.server_address[1]
        limits = Limits(most_bytes=1000, private_hosts=frozenset({"files.example"}))
        url = f"http://files.example:{port}/a.zip?b=c"
        fetch(url, tmp_path / "p.zip", limits, resolve=lambda host, of: ["127.0.0.1"])
        thread.join()
    assert (tmp_path / "p.zip").read_text() == f"/a.zip?b=c for files.example:{port}"
