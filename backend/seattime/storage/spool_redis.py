"""The spool in a Redis that forgets nothing: for many hosts that share one. A backend of Flask-Caching.

Guarantees: those of `spools`, over all workers of all hosts that share the Redis. What is kept is asked for together with the
settings that make it last, in one round trip: where Redis was told meanwhile to evict, or not to wait for its disk, the record
is not acknowledged, on old connections as on new ones. Two hosts that drain at once do no harm: a record leaves as the revision
that was read, and the ledger takes it once.

One database of Redis belongs to one installation: nothing else may live there. Connections are made at first use in each process.
Needs redis-py, which only those install who use this. Must not import services.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import redis
from flask import Flask
from flask_caching.backends.base import BaseCache
from redis.backoff import NoBackoff
from redis.retry import Retry

from seattime.domain.spool_records import Spooled, from_json, key_of, merge, to_json
from seattime.errors import BadMessage
from seattime.storage import spool, spool_redis_scripts
from seattime.storage.spool import SetAside, SpoolFailed, Waiting
from seattime.storage.spool_redis_fitness import ASKED, complaint, complaint_by_info, complaint_of_role

PREFIX = "seattime:{spool}:"
"""Of every key; the braces keep all of them in one slot (Redis documentation, "Hash tags")."""
WAIT_S = 2.0
"""How long Redis may take to connect and to answer: a browser waits 20 s, and the database has had its tries before."""
TRIES = 100
"""How often a record is read and merged anew because another worker was faster; each time that one got on."""


ROW = ("kind", "reason", "registration_key", "session", "since_ms", "body")
"""What an operator sees of a record that was set aside."""


class Unfit(SpoolFailed):
    """This Redis answers, and may forget what it took, or does not tell. Nothing is acknowledged on its word."""


class RedisSpoolBackend(BaseCache):
    """The Redis at `url`. `wall_ms`: milliseconds since 1970, for the age of records. Raises ValueError for a wrong address."""

    def __init__(self, url: str, wall_ms: Callable[[], int], most_bytes: int, most_aside_bytes: int, prefix: str = PREFIX) -> None:
        super().__init__(default_timeout=0)
        self._wall_ms = wall_ms
        self._most_bytes = most_bytes
        self._most_aside_bytes = most_aside_bytes
        self._record, self._of, self._row = f"{prefix}record:", f"{prefix}of:", f"{prefix}aside:"
        self._waiting, self._bytes, self._notes = f"{prefix}waiting", f"{prefix}bytes", f"{prefix}notes"
        self._shelf = f"{prefix}shelf"
        self._slots = f"{prefix}shelf:slots"
        self._shelf_keys = (self._shelf, self._slots, f"{prefix}shelf:sizes", f"{prefix}shelf:last", self._row)
        # redis-py's annotations leave open whether a client is asynchronous
        self._client: Any
        # no second try, which would wait as long again: a connection that was cut is noticed when it is taken from the pool
        self._client = redis.Redis.from_url(
            url, decode_responses=True, protocol=2, socket_timeout=WAIT_S, socket_connect_timeout=WAIT_S, client_name="seattime",
            retry=Retry(NoBackoff(), 0),
        )  # fmt: skip

    @classmethod
    def factory(cls, app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> RedisSpoolBackend:
        """As Flask-Caching makes its backends. `CACHE_OPTIONS` holds the arguments of this class; timeouts do not apply."""
        options = {name: value for name, value in kwargs.items() if name not in ("default_timeout", "ignore_delete_many_errors")}
        return cls(*args, **options)

    def check(self) -> None:
        """Raises Unfit where this Redis may forget what it took, or does not tell; SpoolFailed where it does not answer."""
        try:
            why = complaint_of_role(self._info("server", "replication")) or self._complaint()
        except (redis.AuthenticationError, redis.ResponseError) as error:
            raise Unfit(f"it refuses what has to be asked ({error})") from error
        except (redis.RedisError, OSError) as error:
            raise SpoolFailed(f"Redis does not answer: {error}") from error
        if why is not None:
            raise Unfit(why)

    # Flask-Caching's own verbs

    def set(self, key: str, value: Spooled, timeout: int | timedelta | None = None) -> bool:
        """Keeps `value`, merged forward into what is there. `timeout` does not apply: nothing expires. Raises SpoolFailed."""

        def merge_and_put() -> list[Any]:
            revision, body = self._ask("HMGET", self._record + key, "revision", "body")
            try:
                merged = value if body is None else merge(from_json(body), value)
            except BadMessage as error:
                self._move_aside(key, revision, "poison", _unreadable(error), body)
                return ["moved"]
            new = (uuid.uuid4().hex, self._wall_ms(), to_json(merged), self._most_bytes)
            return self._keep(spool_redis_scripts.PUT, self._keys_of(key), key, revision or "", *new)

        return _until_kept(merge_and_put)

    def add(self, key: str, value: Spooled, timeout: int | timedelta | None = None) -> bool:
        """The same as `set`: in a spool there is nothing that only the first may write."""
        return self.set(key, value, timeout)

    def get(self, key: str) -> Spooled | None:
        body = self._ask("HGET", self._record + key, "body")
        with _raising():
            return None if body is None else from_json(body)

    def has(self, key: str) -> bool:
        return self.get(key) is not None

    def delete(self, key: str) -> bool:
        """Refused: only `drained` deletes, and only what was drained."""
        raise SpoolFailed("A record of the spool is deleted only as the revision that was drained.")

    def clear(self) -> bool:
        """Refused: it would lose learners' time."""
        raise SpoolFailed("The spool cannot be cleared: it holds learners' time that the database does not have.")

    # What a spool does beyond a cache: see `spools`

    def waiting(self, limit: int, registration_key: str | None = None) -> list[Waiting]:
        index = self._waiting if registration_key is None else self._of + registration_key
        read = []
        for key, revision, since_ms, body in self._run(spool_redis_scripts.READ, (index, self._record), limit, spool.MOST_AT_ONCE_BYTES):
            try:
                read.append(Waiting(key, revision, int(since_ms), from_json(body)))
            except BadMessage as error:
                self._move_aside(key, revision, "poison", _unreadable(error), body)
        return read

    def drained(self, waiting: Waiting) -> bool:
        answer = self._run(spool_redis_scripts.TAKE, self._keys_of(waiting.key), waiting.key, waiting.revision)
        return bool(answer[0] == "kept")

    def move_aside(self, waiting: Waiting, kind: str, reason: str) -> bool:
        return self._move_aside(waiting.key, waiting.revision, kind, reason, to_json(waiting.record))

    def keep_aside(self, record: Spooled, kind: str, reason: str) -> None:
        """Raises SpoolFailed beyond the volume cap, which what anybody may send (`held`) does not share with the rest."""
        most = self._most_aside_bytes if kind == "held" else self._most_bytes
        _until_kept(
            lambda: self._keep(
                spool_redis_scripts.SHELVE, self._shelf_keys, *self._place(key_of(record), kind, reason, to_json(record)), most
            )
        )

    def set_aside(self) -> list[SetAside]:
        found = []
        for number in self._ask("ZREVRANGE", self._shelf, 0, -1):
            row = self._ask("HMGET", self._row + number, *ROW)
            if row[0] is not None:  # nobody discarded it meanwhile
                told = dict(zip(ROW, row, strict=True))
                found.append(SetAside(**(told | {"id": int(number), "since_ms": int(told["since_ms"])})))
        return found

    def put_back(self, aside_id: int) -> bool:
        found = False
        while (body := self._ask("HGET", f"{self._row}{aside_id}", "body")) is not None:
            found = True
            with _raising():
                record = from_json(body)
            self.set(key_of(record), record)
            if self.discard(aside_id, seen=body):
                break
        return found

    def discard(self, aside_id: int, *, seen: str | None = None) -> bool:
        return bool(self._run(spool_redis_scripts.DISCARD, self._shelf_keys, aside_id, seen or "")[0] == "kept")

    def count(self) -> int:
        return int(self._ask("ZCARD", self._waiting))

    def set_aside_count(self) -> int:
        return int(self._ask("ZCARD", self._shelf))

    def size_bytes(self) -> int:
        return int(self._ask("GET", self._bytes) or 0)

    def room_bytes(self) -> int | None:
        """None where Redis has no limit of its own. Raises Unfit where it would be asked in vain: health says so before an outage."""
        self.check()
        with _raising():
            memory = self._info("memory")
        return max(0, int(memory["maxmemory"]) - int(memory["used_memory"])) if int(memory.get("maxmemory", 0)) else None

    def oldest_ms(self) -> int | None:
        oldest = self._run(spool_redis_scripts.OLDEST, (self._waiting,))
        return None if not oldest else int(oldest[1])

    def note(self, name: str, value: dict[str, Any]) -> None:
        self._ask("HSET", self._notes, name, json.dumps(value))

    def noted(self, name: str) -> dict[str, Any] | None:
        found = self._ask("HGET", self._notes, name)
        return None if found is None else dict(json.loads(found))

    def close(self) -> None:
        self._client.close()

    # Within

    def _ask(self, *command: Any) -> Any:
        with _raising():
            return self._client.execute_command(*command)

    def _run(self, script: str, keys: tuple[str, ...], *values: Any) -> Any:
        """A script that acknowledges nothing."""
        return self._ask("EVAL", script, len(keys), *keys, *values)

    def _keep(self, script: str, keys: tuple[str, ...], *values: Any) -> list[Any]:
        """A script whose answer is an acknowledgement. Raises Unfit where Redis would not have it on its disk, or could drop it.

        The questions come after the write, so that they tell of the moment in which it was forced to the disk.
        """
        with _raising():
            pipeline = self._client.pipeline(transaction=False)
            pipeline.execute_command("EVAL", script, len(keys), *keys, *values)
            for name in ASKED:
                pipeline.execute_command("CONFIG GET", name)
            pipeline.execute_command("INFO", "replication")
            answer, *told, role = pipeline.execute()
        why = complaint({name: value for one in told for name, value in one.items()}) or complaint_of_role(role)
        if why is not None:
            raise Unfit(f"Redis is no longer fit to be the spool: {why}")
        return list(answer)

    def _keys_of(self, key: str) -> tuple[str, str, str, str]:
        return self._record + key, self._waiting, self._of + key.partition(":")[0], self._bytes

    def _move_aside(self, key: str, revision: str, kind: str, reason: str, body: str) -> bool:
        keys = (*self._shelf_keys, *self._keys_of(key))
        return _until_kept(
            lambda: self._keep(spool_redis_scripts.MOVE, keys, *self._place(key, kind, reason, body), -1, key, revision)
        )

    def _place(self, key: str, kind: str, reason: str, body: str) -> tuple[Any, ...]:
        """What SHELVE is told: the row of this name, which it is added to where both can be read, else a row of its own."""
        slot = f"{kind}:{key}"
        number = self._ask("HGET", self._slots, slot)
        revision, held = (None, None) if number is None else self._ask("HMGET", self._row + number, "revision", "body")
        try:
            record = from_json(body)
            body = to_json(record if held is None else merge(from_json(held), record))
        except BadMessage:
            slot, revision = "", None
        registration_key, _, session_id = key.partition(":")
        return revision or "", slot, kind, uuid.uuid4().hex, reason, registration_key, session_id, self._wall_ms(), body

    def _complaint(self) -> str | None:
        try:
            return complaint({name: str(value) for one in ASKED for name, value in self._config(one).items()})
        except redis.ResponseError:
            return complaint_by_info(self._info("memory", "persistence"))

    def _config(self, name: str) -> dict[str, str]:
        return dict(self._client.execute_command("CONFIG GET", name))

    def _info(self, *sections: str) -> dict[str, Any]:
        return {name: value for section in sections for name, value in self._client.execute_command("INFO", section).items()}


def _unreadable(error: BadMessage) -> str:
    return f"The spool's record cannot be read: {error}"


def _until_kept(attempt: Callable[[], list[Any]]) -> bool:
    """False where what was to be moved is no longer there. Raises SpoolFailed where there is no room, or no end of others."""
    for _ in range(TRIES):
        answer = attempt()
        if answer[0] == "full":
            raise SpoolFailed(f"The spool would hold {answer[1]} bytes, and may hold {answer[2]}.")
        if answer[0] != "moved":
            return bool(answer[0] == "kept")
    raise SpoolFailed("Too many others write this record at once.")


@contextmanager
def _raising() -> Iterator[None]:
    try:
        yield
    except (redis.RedisError, OSError, UnicodeError) as error:
        raise SpoolFailed(f"The spool cannot be used: Redis: {error}") from error
    except BadMessage as error:
        raise SpoolFailed(f"The spool holds a record that cannot be read: {error}") from error
