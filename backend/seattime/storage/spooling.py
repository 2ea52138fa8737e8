"""Choosing the spool at start-up: what may serve as one, and what is refused with a sentence that says why.

A spool has to survive a restart of the process and of the machine, and must never drop anything to make room. Most caches do
neither. Guarantees: whatever `init_app` lets through keeps what it took. Must not import services.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, cast

from flask import Flask
from flask_caching import Cache

from seattime.config import BadSetting, Settings
from seattime.storage import spool_redis_start
from seattime.storage.spools import Spool

MEMORY = frozenset({"tmpfs", "ramfs", "devtmpfs"})
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "afs", "ceph", "glusterfs", "fuse.glusterfs", "fuse.sshfs", "lustre", "9p", "gpfs"}
)
OURS = "seattime.storage.spool.SpoolBackend"
MEMCACHED = "memcached drops entries when its memory is full, and all of them when it restarts"
REDIS = (
    "a Redis may evict entries to make room and says 'written' before its disk has them, unless it was set up otherwise, and it "
    "cannot merge a record forward; an address like redis://localhost:6379/0 here makes a Redis the spool that was set up for it"
)
REFUSED = {
    "simple": "it lies in the memory of one process and is gone when that ends",
    "null": "it keeps nothing",
    "filesystem": "it drops entries when there are more than its threshold, and does not wait for the disk",
    "memcached": MEMCACHED,
    "gaememcached": MEMCACHED,
    "saslmemcached": MEMCACHED,
    "spreadsaslmemcached": MEMCACHED,
    "uwsgi": "it lies in the memory of uWSGI and is gone when that ends",
    "redis": REDIS,
    "redissentinel": REDIS,
    "rediscluster": REDIS,
}
"""Backends that come with Flask-Caching, by their short names, and why each cannot be a spool."""


def init_app(app: Flask, settings: Settings, wall: Callable[[], float]) -> Spool:
    """The spool of this host, behind a Flask-Caching instance of its own. Raises BadSetting where the setting cannot be one."""
    chosen = settings.spool_cache or OURS
    options = {
        "wall_ms": lambda: int(wall() * 1000),
        "most_bytes": settings.spool_max_bytes,
        "most_aside_bytes": settings.held_max_bytes,
    }
    if spool_redis_start.is_address(chosen):
        spool_redis_start.check_address(chosen)
        backend = _behind_flask_caching(app, spool_redis_start.BACKEND, {"url": chosen, **options})
        spool_redis_start.admit(backend, chosen, settings.spool_folder)
        return cast("Spool", backend)
    if chosen != OURS:
        name = chosen.rpartition(".")[2].lower().removesuffix("cache")
        why = REFUSED.get(name, "it is not known to keep what it took")
        raise BadSetting(
            f"SEATTIME_SPOOL_CACHE cannot be {spool_redis_start.shown(chosen)}: {why}. The spool holds learners' time while the "
            "database is away. Leave the setting empty: the spool is then a file on this machine's disk (SEATTIME_SPOOL_DIR)."
        )
    folder = settings.spool_folder
    if not settings.spool_any_folder:
        check_folder(folder, _mounts())
    return cast("Spool", _behind_flask_caching(app, OURS, {"folder": folder, **options}))


def _behind_flask_caching(app: Flask, backend: str, options: dict[str, Any]) -> Any:
    cache = Cache(with_jinja2_ext=False)
    cache.init_app(app, config={"CACHE_TYPE": backend, "CACHE_DEFAULT_TIMEOUT": 0, "CACHE_OPTIONS": options})
    return app.extensions["cache"][cache]  # of this application, whichever one is being asked meanwhile


def check_folder(folder: Path, mounts: Iterable[tuple[str, str]]) -> None:
    """Raises BadSetting where the folder lies in memory or on a network file system.

    `mounts`: mount points and the types of what is mounted there.
    """
    kind = filesystem_of(folder, mounts)
    if kind in MEMORY:
        reason = f"lies in memory ({kind}), so what it holds would be gone with the next restart of this machine"
    elif kind in NETWORK:
        reason = f"lies on a network file system ({kind}), whose locks and whose 'written' cannot be relied on"
    else:
        return
    raise BadSetting(
        f"The spool's folder {folder} {reason}. Set SEATTIME_SPOOL_DIR to a folder on a local disk of this machine "
        "(or SEATTIME_SPOOL_ANY_FOLDER=1 for a trial in which nothing has to be kept)."
    )


def filesystem_of(folder: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """The type of the file system that holds the folder, or would; empty where nobody says."""
    path = os.path.realpath(folder)
    inside = [(point, kind) for point, kind in mounts if path == point or path.startswith(point.rstrip("/") + "/")]
    # of two on the same point the later one lies on top
    return max(reversed(inside), key=lambda found: len(found[0]), default=("", ""))[1]


def filesystem_under(folder: Path) -> str:
    """The same, of this machine as it is now."""
    return filesystem_of(folder, _mounts())


def _mounts() -> list[tuple[str, str]]:
    try:
        lines = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    rows = [line.split() for line in lines]
    return [(row[1].replace("\\040", " "), row[2]) for row in rows if len(row) > 2]
