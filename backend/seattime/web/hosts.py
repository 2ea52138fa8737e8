"""Which side of the product a request is for: the public origin (pages, REST API) or a play origin (player, content, deliveries).

Package content is untrusted code. Pages and cookies of ours are never served where it runs, and content is never served where
they are (design, section 7).
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, abort, g, request

from seattime.config import Settings

PLAY_BLUEPRINTS: Final = frozenset({"player", "runtime", "content", "play_xapi", "demo"})
BOTH_SIDES: Final = frozenset({"static", "adapter_files", "health"})
TAKES_PACKAGES: Final = frozenset({"imports", "api"})
"""Both ask who calls before they read what he sends."""
MOST_BYTES: Final = 16 * 1024 * 1024
"""Of every other body: nobody fills the memory or the disk before he is known."""
EVERY_HEADER: Final = (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "same-origin"))
PLAY_HEADERS: Final = (("Permissions-Policy", "unload=(self)"), *EVERY_HEADER)
"""Camtasia and H5P finish in unload only (FIELD-NOTES)."""


class HostRule:
    """Tells play hosts from the public one by SEATTIME_PLAY_ORIGIN."""

    def __init__(self, settings: Settings) -> None:
        parts = urlsplit(settings.play_origin.replace("{course}", "course-label"))
        netloc = re.escape(parts.netloc).replace(
            re.escape("course-label"), r"(?P<slug>[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)"
        )
        default_port = {"http": ":80", "https": ":443"}[parts.scheme]
        port = "" if parts.port is not None else f"(?:{default_port})?"
        self._pattern = re.compile(netloc + port)

    def match(self, host: str) -> re.Match[str] | None:
        """The match where `host` (as in the Host header) is a play host."""
        return self._pattern.fullmatch(host.lower())


def init_app(app: Flask, settings: Settings) -> None:
    """Refuses requests on the wrong side, and what no side allows."""
    rule = HostRule(settings)

    @app.before_request
    def _side() -> None:
        match = rule.match(request.host)
        g.play_side = match is not None
        g.play_slug = match.groupdict().get("slug") if match else None
        blueprint = (request.blueprint or "").split(".")[0] or request.endpoint
        if g.play_side and request.headers.get("Service-Worker", "").lower() == "script":
            # a content's service worker could answer the player's own requests and forge acknowledgements (FIELD-NOTES, Browsers)
            abort(403, "Service workers are not allowed on the play origin.")
        if blueprint not in TAKES_PACKAGES:
            request.max_content_length = MOST_BYTES
        if blueprint is None or blueprint in BOTH_SIDES:
            return
        if (blueprint in PLAY_BLUEPRINTS) != g.play_side:
            abort(404)

    @app.after_request
    def _headers(response: Response) -> Response:
        for name, value in PLAY_HEADERS if g.get("play_side") else EVERY_HEADER:
            response.headers.setdefault(name, value)
        return response
