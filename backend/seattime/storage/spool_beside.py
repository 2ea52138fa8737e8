"""A spool of the same kind as the installation's and apart from it, for a check that must not touch learners' records.

Guarantees: on a disk it is a file of its own in the folder that it is given; in a Redis it has keys of its own, which no server
looks at, and `sweep` removes these and no others. Must not import services.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from seattime.config import Settings
from seattime.storage import spool_redis_start
from seattime.storage.spool import SpoolBackend, SpoolFailed
from seattime.storage.spools import Spool

_NAME = re.compile(r"[0-9a-z:-]{8,}")


def open_beside(settings: Settings, folder: Path, name: str, wall_ms: Callable[[], int]) -> Spool:
    """Opened anew each time, as by another worker: what one has taken the next one must find on the disk."""
    most = (settings.spool_max_bytes, settings.held_max_bytes)
    if not spool_redis_start.is_address(settings.spool_cache):
        return SpoolBackend(folder, wall_ms, *most)
    from seattime.storage.spool_redis import RedisSpoolBackend

    return RedisSpoolBackend(settings.spool_cache, wall_ms, *most, prefix=_prefix(name))


def sweep(settings: Settings, name: str) -> None:
    """Removes what was kept under this name, and under names that go on after it with a colon. Raises SpoolFailed."""
    if not spool_redis_start.is_address(settings.spool_cache):
        return
    import redis

    try:
        with redis.Redis.from_url(settings.spool_cache, socket_timeout=2.0, socket_connect_timeout=2.0) as client:
            for key in client.scan_iter(match=f"{_prefix(name)}*", count=1000):
                client.delete(key)
    except (redis.RedisError, OSError) as error:
        raise SpoolFailed(f"Redis does not answer: {error}") from error


def _prefix(name: str) -> str:
    """Raises ValueError for a name that could mean other keys than its own."""
    from seattime.storage.spool_redis import PREFIX

    if not _NAME.fullmatch(name):
        raise ValueError(f"no name for a spool beside the installation's: {name!r}")
    return f"{PREFIX}{name}:"
