"""By which name a page was reached. Links are built from SEATTIME_PUBLIC_URL alone, so at another name they may lead nowhere:
then the page says what is missing instead of failing later (design, section 7)."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from flask import Flask, request

from seattime.config import LOOPBACK_NAMES
from seattime.services.parts import parts

DEFAULT_PORTS = {"http": 80, "https": 443}


def init_app(app: Flask) -> None:
    """Gives `reached_at` and `public_url` to the templates."""
    app.context_processor(lambda: {"reached_at": reached_at(), "public_url": parts().settings.public_url})


def reached_at() -> str | None:
    """The name and port that the browser asked for, where links are built for another one."""
    public = urlsplit(parts().settings.public_url)
    asked = _asked(public.scheme)
    if asked is None:
        return request.host
    # on this very machine each of its own names leads to the same server
    same_name = asked.hostname == public.hostname or {asked.hostname, public.hostname} <= LOOPBACK_NAMES
    return None if same_name and _port(asked) == _port(public) else request.host


def _asked(scheme: str) -> SplitResult | None:
    """The Host header as an address. The scheme is the public one's: a proxy in front may have taken TLS off."""
    try:
        address = urlsplit(f"{scheme}://{request.host}")
        _port(address)
    except ValueError:
        return None
    return address


def _port(address: SplitResult) -> int:
    return address.port or DEFAULT_PORTS[address.scheme]
