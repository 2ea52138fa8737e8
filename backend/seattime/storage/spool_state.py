"""How the spool is doing, for health checks and metrics: asked through a probe, because a disk may hang like a database.

Must not import services or web.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from seattime.storage.probe import Probe
from seattime.storage.spool import SpoolFailed
from seattime.storage.spools import Spool

LEAST_ROOM: Final = 16 * 1024 * 1024
"""Bytes that must be free for the spool to count on: one message may hold 4 MB, and SQLite writes it twice."""
LAST_RECOVERY: Final = "last_recovery"


@dataclass(frozen=True, slots=True)
class SpoolState:
    """`broken`: why it can take nothing, for everybody; then the figures are those that could still be read, or None.

    `detail`: what its disk or its Redis said, for operators: it may hold a path or an address.
    """

    broken: str | None = None
    detail: str = ""
    count: int | None = None
    oldest_ms: int | None = None
    """When the oldest waiting record first came, ms since 1970."""
    size_bytes: int | None = None
    set_aside: int | None = None
    last_recovery: dict[str, Any] | None = None


NO_ANSWER: Final = SpoolState(broken="The spool does not answer.")


def spool_probe(spool: Spool, most_bytes: int, **options: Any) -> Probe[SpoolState]:
    """A probe of the spool, which may hold at most so many bytes."""
    return Probe(lambda: _read(spool, most_bytes), NO_ANSWER, **options)


def _read(spool: Spool, most_bytes: int) -> SpoolState:
    try:
        state = SpoolState(
            count=spool.count(),
            oldest_ms=spool.oldest_ms(),
            size_bytes=spool.size_bytes(),
            set_aside=spool.set_aside_count(),
            last_recovery=spool.noted(LAST_RECOVERY),
        )
        return replace(state, broken=_no_room(state, most_bytes, spool.room_bytes()))
    except SpoolFailed as error:
        return SpoolState(broken="The spool cannot be used.", detail=str(error))


def _no_room(state: SpoolState, most_bytes: int, room_bytes: int | None) -> str | None:
    """Nothing is written to find out: that would need the spool's lock."""
    if state.size_bytes is not None and state.size_bytes >= most_bytes:
        return f"The spool is full: it holds the {most_bytes} bytes that it may hold (SEATTIME_SPOOL_MAX_BYTES)."
    if room_bytes is not None and room_bytes < LEAST_ROOM:
        return f"The spool has room for only {room_bytes // 1024} kB more."
    return None
