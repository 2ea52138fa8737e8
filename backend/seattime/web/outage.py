"""While the database is away, what needs it is refused at once: a thread that waits for a timeout is one that takes no commits.

Guarantees: commits and statements (which have the spool), the files of open courses, the player's own files and the health addresses
go on; everything else is answered 503 in milliseconds, in the form of its side. Must not be reached by services.
"""

from __future__ import annotations

from flask import Flask, request

from seattime.errors import Unavailable
from seattime.services.parts import parts

GO_ON_BLUEPRINTS = frozenset({"health", "health_page", "prometheus", "adapter_files", "static", "assets", "content", "demo"})
GO_ON_ENDPOINTS = frozenset({"runtime.commit", "player.deliver", "player.content_return", "xapi.door", "play_xapi.door"})
"""The record store's doors let statements through, and call `refuse_now` for all else (xapi/resources.py)."""


def init_app(app: Flask) -> None:
    """Called after the sides are known (hosts.py): a request on the wrong side stays a 404."""

    @app.before_request
    def _not_now() -> None:
        if not parts().breaker.resting():
            return
        if (request.blueprint or "") in GO_ON_BLUEPRINTS or request.endpoint in GO_ON_ENDPOINTS or request.endpoint is None:
            return
        refuse_now()


def refuse_now() -> None:
    """Raises Unavailable where it is known that the database is away."""
    if parts().breaker.resting():
        raise Unavailable("The database does not answer at the moment. What open courses send is kept; try again in a moment.")
