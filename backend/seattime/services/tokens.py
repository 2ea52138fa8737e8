"""Signed tokens: launch links, delivery tokens, the player's cookie, xAPI credentials.

Guarantees: a token of one purpose is worth nothing for another; it names internal keys only; keys are only ever added,
so a valid token stays valid until its own expiry. Must not import web.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from seattime.errors import LinkExpired, NotAllowed


class Purpose(StrEnum):
    """What a token is good for."""

    LINK = "link"
    DELIVERY = "delivery"
    PLAYER = "player"
    XAPI = "xapi"


MOST_KNOWN = 10_000
"""Tokens whose signature need not be looked at again. They are some hundred bytes each."""


class Tokens:
    """Signs and reads tokens. `keys` oldest first; `wall` gives seconds since 1970."""

    def __init__(self, keys: tuple[str, ...], wall: Callable[[], float]) -> None:
        self._keys = list(keys)
        self._wall = wall
        self._known: dict[tuple[Purpose, str], dict[str, Any]] = {}

    def sign(self, purpose: Purpose, payload: dict[str, Any], *, lives_s: float) -> str:
        """A token that says `payload` and is good for `lives_s` seconds."""
        return str(self._serializer(purpose).dumps({**payload, "exp": int(self._wall() + lives_s)}))

    def read(self, purpose: Purpose, token: str) -> dict[str, Any]:
        """The payload. Raises NotAllowed for a token that is not ours, LinkExpired for one whose time is over."""
        payload = self._known.get((purpose, token))
        if payload is None:
            payload = self._verified(purpose, token)
        if payload.get("exp", 0) < self._wall():
            raise LinkExpired("This link has expired. Ask for a new one where you got it.")
        return payload

    def _verified(self, purpose: Purpose, token: str) -> dict[str, Any]:
        """What a token says whose signature is ours; kept for the next time, since an open page shows its token every few seconds."""
        try:
            payload = self._serializer(purpose).loads(token)
        except (BadData, UnicodeError):
            # half a surrogate pair, which JSON can hold, has no bytes to be signed
            raise NotAllowed("This link or token is not one that this server made.") from None
        if not isinstance(payload, dict):
            raise LinkExpired("This link has expired. Ask for a new one where you got it.")
        if len(self._known) >= MOST_KNOWN:
            self._known.clear()
        self._known[purpose, token] = payload
        return payload

    def unverified(self, token: str) -> dict[str, Any]:
        """What a token says, believed by nobody. Raises ValueError where it says nothing readable."""
        try:
            _, payload = self._serializer(Purpose.DELIVERY).loads_unsafe(token)
        except (BadData, UnicodeError) as error:
            raise ValueError("not a token") from error
        if not isinstance(payload, dict):
            raise ValueError("not a token of ours")
        return payload

    def _serializer(self, purpose: Purpose) -> URLSafeSerializer:
        return URLSafeSerializer(self._keys, salt=f"seattime.{purpose}")
