"""Whether a Redis may keep learners' time: the table of what it has to be set to, and why.

Pure. Guarantees: what is not told counts as wrong. Every answer is None or the reason, to be read after "it cannot be the spool:".
Sources: Redis documentation, "Key eviction", "Redis persistence", and the comments of its redis.conf.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ASKED: Final = ("maxmemory", "maxmemory-policy", "appendonly", "appendfsync", "no-appendfsync-on-rewrite")
"""What CONFIG GET is asked for."""

_LATE: Final = {
    "everysec": "it may lose a second of what it acknowledged",
    "no": "it leaves it to the system when to write",
}


def complaint(said: Mapping[str, str]) -> str | None:
    """By what CONFIG GET says."""
    missing = [name for name in ASKED if name not in said]
    if missing:
        return f"it does not tell {', '.join(missing)}, so it cannot be verified that it keeps what it took"
    policy, fsync = said["maxmemory-policy"], said["appendfsync"]
    if said["maxmemory"] != "0" and policy != "noeviction":
        return f"it drops records when its memory is full (maxmemory-policy is {policy}; it has to be noeviction)"
    if said["appendonly"] != "yes":
        return f"it does not write what it takes to its disk (appendonly is {said['appendonly']}; it has to be yes)"
    if fsync != "always":
        return f"{_LATE.get(fsync, 'it does not wait for its disk')} (appendfsync is {fsync}; it has to be always)"
    if said["no-appendfsync-on-rewrite"] != "no":
        return "it does not wait for its disk while it rewrites its file (no-appendfsync-on-rewrite is yes; it has to be no)"
    return None


def complaint_by_info(info: Mapping[str, Any]) -> str:
    """Where CONFIG GET is refused. INFO tells what is wrong already, and never enough for a yes."""
    said = {
        "maxmemory": str(info.get("maxmemory", "0")),
        "maxmemory-policy": str(info.get("maxmemory_policy", "noeviction")),
        "appendonly": "yes" if info.get("aof_enabled") else "no",
        "appendfsync": "always",
        "no-appendfsync-on-rewrite": "no",
    }
    return complaint(said) or (
        "it does not let CONFIG GET be asked, as many managed services do not, and INFO does not tell appendfsync and "
        "no-appendfsync-on-rewrite: that it waits for its disk cannot be verified"
    )


def complaint_of_role(info: Mapping[str, Any]) -> str | None:
    """By INFO: what this server is among others."""
    mode = info.get("redis_mode", "standalone")
    if mode != "standalone":
        return f"it runs as {mode}; the spool needs one Redis by itself"
    if info.get("role") != "master":
        return "it is a replica, which takes no writes and is overwritten by its master"
    return None
