"""Delivery tokens: what a browser shows to deliver a launch's records. Write-only, one launch, 30 days (design, sections 3.8 and 7)."""

from __future__ import annotations

from dataclasses import dataclass

from seattime.services.parts import parts
from seattime.services.tokens import Purpose

DAY_S = 24 * 3600


@dataclass(frozen=True)
class DeliveryClaims:
    """What a delivery token says: enough to keep a session even where a restore lost the launch's row."""

    registration_key: str
    launch_number: int
    order_number: int
    launched_ms: int
    instance: int
    mode: str


def sign_delivery(claims: DeliveryClaims) -> str:
    """A delivery token: write-only, one launch, 30 days."""
    payload = {
        "r": claims.registration_key,
        "n": claims.launch_number,
        "o": claims.order_number,
        "t": claims.launched_ms,
        "i": claims.instance,
        "m": claims.mode,
    }
    return parts().tokens.sign(Purpose.DELIVERY, payload, lives_s=parts().settings.token_days * DAY_S)


def read_delivery(token: str) -> DeliveryClaims:
    """Raises NotAllowed, LinkExpired."""
    payload = parts().tokens.read(Purpose.DELIVERY, token)
    return DeliveryClaims(payload["r"], payload["n"], payload["o"], payload["t"], payload["i"], payload["m"])
