"""Speaking to another record store over HTTP. Must not import web.

By the standard library: what is sent is one request at a time, its answer is small, and a library's pools, retries and redirects would
have to be switched off: a repeat is decided by who knows what was stored (services/forwarding.py), and a redirected POST would arrive
as a GET. urllib checks certificates and follows the proxy settings of the environment.
"""

from __future__ import annotations

import base64
import http.client
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from email.message import Message
from typing import IO, Any, Final, Protocol

from seattime.domain.forwarding import Answer

TIMEOUT_S: Final = 30.0
"""For each step of a connection: opening it, and every wait for bytes."""
MOST_BYTES: Final = 20 * 1024 * 1024
"""Of an answer: a statement that is compared with ours may be as long as one that is taken here."""


class Unreachable(Exception):
    """No answer came; whether the request arrived is not known."""


class Target(Protocol):
    """A record store that is spoken to."""

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """`path` below the endpoint. Raises Unreachable."""
        ...


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


class HttpTarget:
    """By HTTP Basic. `endpoint` without a slash at its end."""

    def __init__(self, endpoint: str, user: str, password: str, *, timeout_s: float = TIMEOUT_S) -> None:
        self._endpoint = endpoint
        self._authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._timeout_s = timeout_s
        self._opener = urllib.request.build_opener(_NoRedirects, urllib.request.HTTPSHandler(context=ssl.create_default_context()))

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        request = urllib.request.Request(f"{self._endpoint}/{path}", data=body, method=method, headers=dict(headers))
        request.add_unredirected_header("Authorization", self._authorization)
        request.add_unredirected_header("User-Agent", "SeatTime")
        try:
            with self._opener.open(request, timeout=self._timeout_s) as response:
                return _read(response.status, response.headers, response)
        except urllib.error.HTTPError as error:
            with error:
                return _read(error.code, error.headers, error)
        except urllib.error.URLError as error:
            raise Unreachable(f"It cannot be reached: {error.reason}.") from error
        except (OSError, http.client.HTTPException) as error:
            raise Unreachable(f"It broke off, or did not answer in time: {error or type(error).__name__}.") from error


def _read(status: int, headers: Message, body: IO[bytes] | http.client.HTTPResponse) -> Answer:
    try:
        data = body.read(MOST_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"Its answer broke off: {error or type(error).__name__}.") from error
    # Python tells a connection that ended in the middle only where everything is read at once
    announced = headers.get("Content-Length", "")
    if announced.isdecimal() and len(data) < min(int(announced), MOST_BYTES):
        raise Unreachable(f"Its answer broke off after {len(data)} of {announced} bytes.")
    return Answer(status, {name.lower(): value for name, value in headers.items()}, data)
