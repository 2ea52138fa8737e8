"""Fetches a package from an address that a caller named, without letting him reach what only this server can reach.

Guarantees: http and https only; at each hop the host is resolved once, every address it resolves to must be public, and
the connection goes to one of the addresses that were checked (a second look at the name could give another answer); at
most `MOST_HOPS` redirects; never more than `Limits.most_bytes`; the file is whole or not there. Credentials in an
address are refused, and no proxy settings of the machine are used. Resolver and opener are injected. Must not import
web.
"""

from __future__ import annotations

import errno
import http.client
import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from seattime.errors import BadInput, DiskFull

MOST_HOPS: Final = 5
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
PORTS: Final = {"http": 80, "https": 443}
CHUNK: Final = 1024 * 1024
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


@dataclass(frozen=True)
class Limits:
    """`most_bytes` of the file; `timeout_s` for each wait on the network; `deadline_s` for the whole.

    `private_hosts`: names, in lower case, whose addresses need not be public, because an operator said so.
    """

    most_bytes: int
    timeout_s: float = 30.0
    deadline_s: float = 3600.0
    private_hosts: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Hop:
    """One request: what is asked for, and the checked address that it goes to."""

    scheme: str
    host: str
    port: int
    target: str
    """Path and query, as they go on the wire."""
    address: str


class Headers(Protocol):
    """Of an answer; names in any case."""

    def get(self, name: str, /) -> str | None: ...


class Answer(Protocol):
    """What came back."""

    @property
    def status(self) -> int: ...

    @property
    def headers(self) -> Headers: ...

    def read(self, amount: int) -> bytes: ...


Resolve = Callable[[str, int], list[str]]
"""The addresses of a host. Raises OSError where there are none."""
Open = Callable[[Hop, float], AbstractContextManager[Answer]]
"""Asks one hop, with a timeout in seconds. Raises OSError or http.client.HTTPException."""
Progress = Callable[[int, int], None]
"""Told bytes done and bytes in all (0: not known)."""


def check_url(url: str) -> SplitResult:
    """The parts of an address that may be fetched. Raises BadInput, which says why not."""
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname
    except ValueError:
        raise _refused("is not a valid address") from None
    if parts.scheme not in PORTS:
        raise _refused("must begin with http:// or https://")
    if not host or port == 0 or any(ord(character) <= 32 or ord(character) == 127 for character in url):
        raise _refused("is not a valid address")
    if parts.username is not None or parts.password is not None:
        raise _refused("must not hold a user name or a password")
    return parts


def fetch(
    url: str,
    target: Path,
    limits: Limits,
    *,
    resolve: Resolve | None = None,
    open_hop: Open | None = None,
    on_progress: Progress | None = None,
    monotonic: Callable[[], float] = time.monotonic,
) -> None:
    """Fetches `url` into `target`. Raises BadInput with one sentence for whoever asked, DiskFull."""
    resolve, open_hop = resolve or resolve_host, open_hop or open_connection
    deadline = monotonic() + limits.deadline_s
    try:
        for _ in range(MOST_HOPS + 1):
            hop = _checked_hop(url, limits, resolve)
            with open_hop(hop, limits.timeout_s) as answer:
                if answer.status in REDIRECTS:
                    url = _next_url(url, answer)
                    continue
                if answer.status != 200:
                    raise _refused(f"was answered with the status {answer.status}")
                _save(answer, target, limits, on_progress, lambda: monotonic() > deadline)
                return
        raise _refused(f"redirects more than {MOST_HOPS} times")
    except http.client.HTTPException as error:
        raise _refused("was answered with something that is not HTTP, or broke off") from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("There is no room on the server's disk for this package.") from error
        raise _refused("could not be reached") from error


def resolve_host(host: str, port: int) -> list[str]:
    """By the machine's own resolver."""
    return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


@contextmanager
def open_connection(hop: Hop, timeout_s: float) -> Iterator[Answer]:
    """A GET to the hop's checked address, under the host's own name."""
    connection = _connection(hop, timeout_s)
    try:
        # a compressed body would be measured and stored as something that it is not
        connection.request("GET", hop.target, headers={"User-Agent": "SeatTime", "Accept-Encoding": "identity"})
        response = connection.getresponse()
        yield response
    finally:
        connection.close()


def is_public(address: str) -> bool:
    """Whether this address can be somebody's on the internet, also where it wraps an IPv4 address in an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        wrapped = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if wrapped is None and ip in _NAT64:
            wrapped = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if wrapped is not None:
            return is_public(str(wrapped))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


class _PinnedHttp(http.client.HTTPConnection):
    """Connects to the address that was checked."""

    def __init__(self, hop: Hop, timeout_s: float) -> None:
        super().__init__(hop.host, hop.port, timeout=timeout_s)
        self._hop = hop
        self._wait = timeout_s

    def connect(self) -> None:
        self.sock = socket.create_connection((self._hop.address, self._hop.port), self._wait)


class _PinnedHttps(_PinnedHttp):
    """The same under TLS; the certificate must be the host's."""

    default_port = 443

    def connect(self) -> None:
        super().connect()
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self._hop.host)


def _connection(hop: Hop, timeout_s: float) -> http.client.HTTPConnection:
    return _PinnedHttps(hop, timeout_s) if hop.scheme == "https" else _PinnedHttp(hop, timeout_s)


def _checked_hop(url: str, limits: Limits, resolve: Resolve) -> Hop:
    parts = check_url(url)
    host = (parts.hostname or "").rstrip(".")
    port = parts.port or PORTS[parts.scheme]
    try:
        addresses = resolve(host, port)
    except (OSError, UnicodeError) as error:
        raise _refused(f"names the host {host}, which cannot be found") from error
    if not addresses:
        raise _refused(f"names the host {host}, which cannot be found")
    if host not in limits.private_hosts and not all(is_public(address) for address in addresses):
        # which address it was is nobody's business outside
        raise _refused(f"leads to {host}, whose address is not a public one")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~-._")
    query = quote(parts.query, safe="/%:@!$&'()*+,;=~-._?")
    return Hop(parts.scheme, host, port, f"{path}?{query}" if query else path, addresses[0])


def _next_url(url: str, answer: Answer) -> str:
    location = answer.headers.get("Location")
    if not location:
        raise _refused("redirects to nowhere")
    return urljoin(url, location)


def _save(
    answer: Answer, target: Path, limits: Limits, on_progress: Progress | None, is_late: Callable[[], bool]
) -> None:
    total = _announced(answer)
    too_large = _refused(f"is larger than the {limits.most_bytes} bytes that are allowed")
    if total > limits.most_bytes:
        raise too_large
    partial = target.with_name(target.name + ".part")
    done = 0
    try:
        with partial.open("wb") as file:
            while chunk := answer.read(CHUNK):
                done += len(chunk)
                if done > limits.most_bytes:
                    raise too_large
                if is_late():
                    raise _refused("took too long")
                file.write(chunk)
                if on_progress is not None:
                    on_progress(done, total)
            file.flush()
            os.fsync(file.fileno())
        if total and done < total:
            raise _refused("broke off before its end")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _announced(answer: Answer) -> int:
    try:
        return max(0, int(answer.headers.get("Content-Length") or 0))
    except ValueError:
        return 0


def _refused(why: str) -> BadInput:
    return BadInput(f"The url {why}.", field="url")
