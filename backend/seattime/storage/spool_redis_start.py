"""Letting a Redis be the spool, at start-up.

Guarantees: one that answers and may forget is refused at every start, with the reason. One that does not answer is refused where
this host never saw it fit: then the address is wrong, or nobody started it. Where the host has seen it fit before, the server
starts all the same: the database is what takes commits, and a node that is restarted during a fault of the network must not be
kept down by its fallback. It says so in the log and in its health, and acknowledges nothing by that Redis before it has found
it fit, which `RedisSpoolBackend` asks at every record. Passwords are in no sentence. Must not import services.
"""

from __future__ import annotations

import logging
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from seattime.config import BadSetting
from seattime.storage.spool import SpoolFailed

if TYPE_CHECKING:
    from seattime.storage.spool_redis import RedisSpoolBackend

log = logging.getLogger(__name__)

BACKEND: Final = "seattime.storage.spool_redis.RedisSpoolBackend"
SCHEMES: Final = frozenset({"redis", "rediss", "unix"})
SEEN: Final = "redis-seen"
"""A file in the spool's folder: the address of the Redis that this host last saw fit."""
TO_DO: Final = (
    "Set maxmemory-policy noeviction, appendonly yes, appendfsync always and no-appendfsync-on-rewrite no in its redis.conf and "
    "restart it, or leave SEATTIME_SPOOL_CACHE empty: the spool is then a file on this machine's disk (SEATTIME_SPOOL_DIR)."
)


def is_address(chosen: str) -> bool:
    """Whether the setting names a Redis."""
    return urlsplit(chosen).scheme in SCHEMES and "://" in chosen


def shown(address: str) -> str:
    """An address without the user, the password and the options that may be in it; what is no address, as it is."""
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def check_address(address: str) -> None:
    """Before the backend is made. Raises BadSetting where the library is missing or nobody can read the address."""
    if find_spec("redis") is None:
        raise BadSetting(
            f"SEATTIME_SPOOL_CACHE is {shown(address)}, and the library that speaks with Redis is not installed: "
            "pip install 'seattime[redis]'."
        )
    from redis import Redis

    try:
        Redis.from_url(address).close()
    except ValueError as error:
        raise BadSetting(f"SEATTIME_SPOOL_CACHE must look like redis://localhost:6379/0, not {shown(address)}: {error}.") from error


def admit(backend: RedisSpoolBackend, address: str, folder: Path) -> None:
    """Once the backend is made. Raises BadSetting where it must not serve. `folder`: the spool's, for what this host remembers."""
    from seattime.storage.spool_redis import Unfit

    mark = folder / SEEN
    seen = mark.is_file() and mark.read_text(encoding="utf-8") == shown(address)
    try:
        backend.check()
    except Unfit as error:
        raise BadSetting(
            f"SEATTIME_SPOOL_CACHE cannot be {shown(address)}: {error}. The spool holds learners' time while the database is away. {TO_DO}"
        ) from error
    except SpoolFailed as error:
        if not seen:
            raise BadSetting(
                f"SEATTIME_SPOOL_CACHE is {shown(address)}, and there is no answer ({error}). This host has never seen this Redis fit "
                "to be the spool: start it, or correct the address. Later starts go on without it."
            ) from error
        log.error("the spool does not answer; saves that the database does not take are refused until it does: %s", error)
        return
    finally:
        backend.close()  # the server may fork
    if not seen:
        folder.mkdir(parents=True, exist_ok=True)
        mark.write_text(shown(address), encoding="utf-8")
