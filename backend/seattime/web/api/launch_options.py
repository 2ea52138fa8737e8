"""What a caller may say about a launch link (`LaunchLinkRequestSchema`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from seattime.errors import BadInput
from seattime.services.identifiers import checked_text
from seattime.services.launching import MODES
from seattime.web.api import inputs

SHORTEST_S: Final = 10
LONGEST_S: Final = 24 * 3600
OWN_PAGES: Final = frozenset({"", "closer", "blank", "message"})
"""The words for pages of the player's own; ours says the same thing to all of them."""


@dataclass(frozen=True)
class LaunchOptions:
    """The arguments of `launching.launch_link` that callers choose."""

    expires_s: int | None
    redirect_url: str
    mode: str


def read_launch_options(body: Mapping[str, Any], *, is_redirect_required: bool, where: str = "") -> LaunchOptions:
    """Raises BadInput naming the field."""
    if is_redirect_required:
        redirect = inputs.required_text(body, "redirectOnExitUrl", where=where)
    else:
        redirect = inputs.text(body, "redirectOnExitUrl", where=where) or ""
    mode = inputs.text(body, "launchMode", where=where)
    if mode is not None and mode not in MODES:
        raise BadInput(f"{where}launchMode must be one of {', '.join(MODES)}.", field=f"{where}launchMode")
    # what is not to be tracked is kept apart and not counted
    untracked = inputs.boolean(body, "tracking") is False
    return LaunchOptions(
        expires_s=inputs.whole_number(body, "expiry", SHORTEST_S, LONGEST_S),
        redirect_url=_checked_redirect(redirect, f"{where}redirectOnExitUrl"),
        mode=mode or ("browse" if untracked else "normal"),
    )


def _checked_redirect(url: str, field: str) -> str:
    """http and https only: the player goes there, and another scheme would run as script in its origin."""
    if url in OWN_PAGES:
        return ""
    checked_text(url, field, longest=2000)
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadInput(
            f"{field} must begin with http:// or https://, or be closer, blank, message or empty.", field=field
        )
    return url
