"""Which requests are plain enough to go past Flask (commit_door.py, xapi/statement_door.py).

Guarantees: whatever Flask would refuse before a view is asked (web/hosts.py) is not plain: the wrong side, a service worker, a body that is
too long or does not say how long it is. Must not import Flask's request: there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seattime.web.hosts import HostRule

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


@dataclass(frozen=True, slots=True)
class PlainRequests:
    """To one path, on the play side or on the public one, with a body of less than `below_bytes`."""

    rule: HostRule
    path: str
    below_bytes: int
    play_side: bool

    def length_of(self, environ: WSGIEnvironment) -> int | None:
        """Of the body; None where the request is none of them."""
        if environ["PATH_INFO"] != self.path or "HTTP_SERVICE_WORKER" in environ:
            return None
        length = environ.get("CONTENT_LENGTH", "")
        if not length.isdecimal() or not 0 < int(length) < self.below_bytes:
            return None
        on_play_side = self.rule.match(environ.get("HTTP_HOST", "")) is not None
        return int(length) if on_play_side is self.play_side else None
