"""What a spool does, whatever it lies on: this host's disk (`spool`) or a Redis that forgets nothing (`spool_redis`).

Services name this and no more. Guarantees, which both keep: what a verb returned for is on a disk; merging goes forward only; a
record leaves only as the revision that was read; nothing expires and nothing is evicted; every failure is raised as
`spool.SpoolFailed`. Must not import services.
"""

from __future__ import annotations

from typing import Any, Protocol

from seattime.domain.spool_records import Spooled
from seattime.storage.spool import SetAside, Waiting


class Spool(Protocol):
    """Every method may raise SpoolFailed; after that nothing of the call may be counted on. Keys are made by `spool_records.key_of`."""

    def set(self, key: str, value: Spooled) -> bool:
        """Keeps `value`, merged forward into what is there."""

    def get(self, key: str) -> Spooled | None:
        """What waits under a key."""

    def has(self, key: str) -> bool:
        """Whether anything waits under a key."""

    def waiting(self, limit: int, registration_key: str | None = None) -> list[Waiting]:
        """Records, the oldest first, up to `limit` of them and as many as are read at once. One that cannot be read is set aside
        and left out."""

    def drained(self, waiting: Waiting) -> bool:
        """Deletes the record if it is still the revision that was read; else what came meanwhile stays. Returns which."""

    def move_aside(self, waiting: Waiting, kind: str, reason: str) -> bool:
        """Keeps a waiting record for an operator. False where something came meanwhile: then it stays and is tried again."""

    def keep_aside(self, record: Spooled, kind: str, reason: str) -> None:
        """Keeps a record for an operator that never waited."""

    def set_aside(self) -> list[SetAside]:
        """What an operator should look at, the newest first."""

    def put_back(self, aside_id: int) -> bool:
        """Lets a record that was set aside be tried again. False where there is none of this number."""

    def discard(self, aside_id: int, *, seen: str | None = None) -> bool:
        """Deletes what was set aside. With `seen`, only if its body is still that one."""

    def count(self) -> int:
        """How many records wait."""

    def set_aside_count(self) -> int:
        """How many records are set aside."""

    def size_bytes(self) -> int:
        """How large the waiting records are together."""

    def room_bytes(self) -> int | None:
        """How much more its disk or memory can take; None where nothing but its own cap bounds it."""

    def oldest_ms(self) -> int | None:
        """When the oldest waiting record came first, ms since 1970; None where none waits."""

    def note(self, name: str, value: dict[str, Any]) -> None:
        """A small fact for all workers."""

    def noted(self, name: str) -> dict[str, Any] | None:
        """The fact of this name."""

    def close(self) -> None:
        """Gives this process's connections back; the next use opens others."""
