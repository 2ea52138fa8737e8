"""Launch links as the pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from seattime.services import launching
from seattime.services.parts import parts
from seattime.services.reports import learner_name
from seattime.storage.models import Registration

LIVES_S: Final = 7 * 24 * 3600
"""A link that a person copies has to reach another person first; two minutes, the API's default, would not do."""


@dataclass(frozen=True, slots=True)
class ShownLink:
    """A launch link to hand out. `expires_ms`: server time."""

    address: str
    expires_ms: int
    learner_name: str


def make(registration: Registration) -> ShownLink:
    """A new link to this registration."""
    expires_ms = parts().clock.now_ms() + LIVES_S * 1000
    address = launching.launch_link(registration, expires_s=LIVES_S)
    return ShownLink(address, expires_ms, learner_name(registration.learner))


def public(path: str) -> str:
    """The full address of a page of ours."""
    return parts().settings.public_url + path
