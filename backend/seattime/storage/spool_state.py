"""How the spool is doing, for health checks and metrics: asked through a probe, because a disk may hang like a database.

Must not import services or web.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from seattime.storage.probe import Probe
from seattime.storage.spool import SpoolFailed

LEAST_ROOM: Final = 16 * 1024 * 1024
"""Bytes that must be free for the spool to count on: one message may hold 4 MB, and SQLite writes it twice."""
LAST_RECOVERY: Final = "last_recovery"


class SpoolView(Protocol):
    """What is asked of the spool (storage/spool.py)."""

    def count(self) -> int: ...

    def oldest_ms(self) -> int | None: ...

    def size_bytes(self) -> int: ...

    def set_aside_count(self) -> int: ...

    def noted(self, name: str) -> dict[str, Any] | None: ...


@dataclass(frozen=True, slots=True)
class SpoolState:
    """`broken`: why it can take nothing; then the figures are those that could still be read, or None."""

    broken: str | None = None
    count: int | None = None
    oldest_ms: int | None = None
    """When the oldest waiting record first came, ms since 1970."""
    size_bytes: int | None = None
    set_aside: int | None = None
    last_recovery: dict[str, Any] | None = None


NO_ANSWER: Final = SpoolState(broken="The spool's disk does not answer.")


def spool_probe(spool: SpoolView, folder: Path, most_bytes: int, **options: Any) -> Probe[SpoolState]:
    """A probe of the spool in `folder`, which may hold at most so many bytes."""
    return Probe(lambda: _read(spool, most_bytes, lambda: _free_bytes(folder)), NO_ANSWER, **options)


def _read(spool: SpoolView, most_bytes: int, free_bytes: Callable[[], int]) -> SpoolState:
    try:
        state = SpoolState(
            count=spool.count(),
            oldest_ms=spool.oldest_ms(),
            size_bytes=spool.size_bytes(),
            set_aside=spool.set_aside_count(),
            last_recovery=spool.noted(LAST_RECOVERY),
        )
        return replace(state, broken=_no_room(state, most_bytes, free_bytes()))
    except (SpoolFailed, OSError) as error:
        return SpoolState(broken=str(error))


def _no_room(state: SpoolState, most_bytes: int, free_bytes: int) -> str | None:
    """Nothing is written to find out: that would need the spool's lock."""
    if state.size_bytes is not None and state.size_bytes >= most_bytes:
        return f"The spool is full: it holds the {most_bytes} bytes that it may hold (SEATTIME_SPOOL_MAX_BYTES)."
    if free_bytes < LEAST_ROOM:
        return f"The spool's disk has only {free_bytes // 1024} kB left."
    return None


def _free_bytes(folder: Path) -> int:
    """For a process without privileges. The folder is made at the first use of the spool: until then its parent's disk tells."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    disk = os.statvfs(existing)
    return disk.f_bavail * disk.f_frsize
