"""Delivery tokens: what a browser shows to deliver a launch's records. Write-only, one launch, 30 days (design, sections 3.8 and 7)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from seattime.domain.records import MODES
from seattime.services.parts import parts
from seattime.services.tokens import Purpose

DAY_S = 24 * 3600
_KEY = re.compile("[0-9a-f]{32}")


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
    return _claims(payload)


def unverified_delivery(token: str) -> DeliveryClaims | None:
    """What a token says whose signature nobody can vouch for, or whose time is over; None where it has not the form of ours."""
    try:
        return _claims(parts().tokens.unverified(token))
    except (KeyError, TypeError, ValueError):
        return None


def _claims(payload: dict[str, Any]) -> DeliveryClaims:
    """Raises KeyError, TypeError or ValueError where the payload is not a delivery token's."""
    key, number, order, launched, instance, mode = (payload[name] for name in "rnotim")
    if not all(type(value) is int for value in (number, order, launched, instance)) or not _KEY.fullmatch(key) or mode not in MODES:
        raise ValueError("not a delivery token's payload")
    return DeliveryClaims(key, number, order, launched, instance, mode)
