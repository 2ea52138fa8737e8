"""API keys that were verified a moment ago, so that a sender of many statements is not looked up for each, nor turned away by an outage.

Guarantees: what is remembered is a MAC, under a key that this process made and never shows, of the id and the secret together: no
secret and no hash of one that somebody could try others against. A key that is revoked is forgotten by the worker that revokes it at
once, and by every other worker within FRESH_S. While the database does not answer, nobody can be asked whether a key was revoked: then a
key that this very worker verified within AWAY_S still counts. For one process; safe to use from many threads. Must not import web.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from seattime.services.api_keys import Caller

FRESH_S: Final = 5.0
"""For so long a key counts as verified without another look."""
AWAY_S: Final = 3600.0
"""For so long it counts while the database does not answer."""
MOST: Final = 1000


class _Known(NamedTuple):
    caller: Caller
    at_s: float


class KeyMemory:
    """`monotonic` in seconds."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._secret = secrets.token_bytes(32)
        self._lock = threading.Lock()
        self._known: dict[bytes, _Known] = {}

    def find(self, key_id: str, secret: str, within_s: float) -> Caller | None:
        """Who that is, if he was verified within so long."""
        known = self._known.get(self._mac(key_id, secret))
        return known.caller if known is not None and self._monotonic() - known.at_s < within_s else None

    def keep(self, key_id: str, secret: str, caller: Caller) -> None:
        """He has just been verified."""
        with self._lock:
            while len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[self._mac(key_id, secret)] = _Known(caller, self._monotonic())

    def forget(self, key_id: str, secret: str | None = None) -> None:
        """The key is revoked; or these credentials were refused just now."""
        with self._lock:
            if secret is not None:
                self._known.pop(self._mac(key_id, secret), None)
            else:
                self._known = {mac: known for mac, known in self._known.items() if known.caller.key_id != key_id}

    def _mac(self, key_id: str, secret: str) -> bytes:
        # an id holds no NUL: the database would not take it
        return hmac.digest(self._secret, f"{key_id}\0{secret}".encode("utf-8", "surrogatepass"), "sha256")
