"""The spool: where the server keeps what the database does not take, on this host's own disk. A backend of Flask-Caching.

Guarantees:
- What `set` returned for is on the disk (SQLite, `synchronous=FULL`), whichever worker of the host asks, and after SIGKILL.
- Setting a key again merges forward (`domain.spool_records`); it never replaces what is there by something older.
- A record is deleted only as the very revision that was drained: what came meanwhile stays.
- Nothing expires, nothing is evicted, `clear` is refused, and **every failure is raised** (`SpoolFailed`): Flask-Caching's own
  backends answer False, which nobody looks at.
- The file is opened at first use in each process and closed before a fork: no connection lives on across one.
- A record that cannot be read stands in nobody's way: it is set aside, and what comes after it is kept.

Folders that vanish or that lock badly are refused at start-up: see `spooling`.
Must not import services.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching.backends.base import BaseCache

from seattime.domain.spool_records import Spooled, from_json, key_of, merge, to_json
from seattime.errors import BadMessage

FILE_NAME = "spool.sqlite3"
BUSY_S = 2.0
"""How long a worker waits for another worker of the host that writes."""
MOST_AT_ONCE_BYTES = 8 * 1024 * 1024
"""Of the waiting records so much is read at once, and one record at least."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  key TEXT PRIMARY KEY, registration_key TEXT NOT NULL, revision TEXT NOT NULL, since_ms INTEGER NOT NULL,
  bytes INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS records_bytes ON records (bytes);
CREATE INDEX IF NOT EXISTS records_since ON records (since_ms);
CREATE INDEX IF NOT EXISTS records_registration ON records (registration_key);
CREATE TABLE IF NOT EXISTS aside (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, reason TEXT NOT NULL, registration_key TEXT NOT NULL,
  session TEXT NOT NULL, since_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS aside_session ON aside (registration_key, session, kind);
CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, body TEXT NOT NULL);
"""


class SpoolFailed(Exception):
    """The spool could not do it: the disk is full, the file is damaged, a limit is reached. Nothing was kept."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A record that waits for the database. `revision` is what `drained` wants back."""

    key: str
    revision: str
    since_ms: int
    record: Spooled

    @property
    def registration_key(self) -> str:
        """Empty where it is of none."""
        return self.key.partition(":")[0]

    @property
    def name(self) -> str:
        """Of the session, or of the request with statements."""
        return self.key.partition(":")[2]


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record for an operator. `kind`: `held` (its token cannot be verified) or `poison` (the ledger will never take it). `session`:
    its name, or that of the request with statements."""

    id: int
    kind: str
    reason: str
    registration_key: str
    session: str
    since_ms: int
    body: str
    """`domain.spool_records.to_json`"""


class SpoolBackend(BaseCache):
    """The SQLite file. `wall_ms`: milliseconds since 1970, for the age of records."""

    def __init__(self, folder: Path, wall_ms: Callable[[], int], most_bytes: int, most_aside_bytes: int) -> None:
        super().__init__(default_timeout=0)
        self._path = folder / FILE_NAME
        self._wall_ms = wall_ms
        self._most_bytes = most_bytes
        self._most_aside_bytes = most_aside_bytes
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._opened: tuple[int, int, int] | None = None
        """By which process, and which file: somebody may have put another one in its place."""
        _close_before_fork(self)

    @classmethod
    def factory(cls, app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> SpoolBackend:
        """As Flask-Caching makes its backends. `CACHE_OPTIONS` holds the arguments of this class; timeouts do not apply."""
        options = {name: value for name, value in kwargs.items() if name not in ("default_timeout", "ignore_delete_many_errors")}
        return cls(*args, **options)

    # Flask-Caching's own verbs

    def set(self, key: str, value: Spooled, timeout: int | timedelta | None = None) -> bool:
        """Keeps `value`, merged forward into what is there. `timeout` does not apply: nothing expires. Raises SpoolFailed."""
        with self._writing() as connection:
            self._set(connection, key, value)
        return True

    def add(self, key: str, value: Spooled, timeout: int | timedelta | None = None) -> bool:
        """The same as `set`: in a spool there is nothing that only the first may write."""
        return self.set(key, value, timeout)

    def get(self, key: str) -> Spooled | None:
        with self._reading() as connection:
            found = connection.execute("SELECT body FROM records WHERE key = ?", (key,)).fetchone()
        return None if found is None else from_json(found[0])

    def has(self, key: str) -> bool:
        return self.get(key) is not None

    def delete(self, key: str) -> bool:
        """Refused: only `drained` deletes, and only what was drained."""
        raise SpoolFailed("A record of the spool is deleted only as the revision that was drained.")

    def clear(self) -> bool:
        """Refused: it would lose learners' time."""
        raise SpoolFailed("The spool cannot be cleared: it holds learners' time that the database does not have.")

    # What a spool does beyond a cache

    def waiting(self, limit: int, registration_key: str | None = None) -> list[Waiting]:
        """Records, the oldest first, up to `limit` of them and as many as are read at once. One that cannot be read is set aside
        and left out."""
        where, values = ("", ()) if registration_key is None else ("WHERE registration_key = ?", (registration_key,))
        rows: list[tuple[str, str, int, str]] = []
        with self._reading() as connection:
            room = MOST_AT_ONCE_BYTES
            found = connection.execute(
                f"SELECT key, revision, since_ms, body FROM records {where} ORDER BY since_ms, key LIMIT ?", (*values, limit)
            )
            while room > 0 and (row := found.fetchone()) is not None:
                rows.append(row)
                room -= len(row[3])
            found.close()
        read = []
        for key, revision, since_ms, body in rows:
            try:
                read.append(Waiting(key, revision, since_ms, from_json(body)))
            except BadMessage as error:
                self._move_aside(key, revision, "poison", _unreadable(error), body)
        return read

    def drained(self, waiting: Waiting) -> bool:
        """Deletes the record if it is still the revision that was read; else what came meanwhile stays. Returns which."""
        with self._writing() as connection:
            return self._delete(connection, waiting.key, waiting.revision)

    def move_aside(self, waiting: Waiting, kind: str, reason: str) -> bool:
        """Keeps a waiting record for an operator. False where something came meanwhile: then it stays and is tried again."""
        return self._move_aside(waiting.key, waiting.revision, kind, reason, to_json(waiting.record))

    def keep_aside(self, record: Spooled, kind: str, reason: str) -> None:
        """Keeps a record for an operator that never waited. Raises SpoolFailed beyond the volume cap, which what anybody may
        send (`held`) does not share with what came with a valid token."""
        with self._writing() as connection:
            self._write_aside(connection, key_of(record), kind, reason, to_json(record))
            most = self._most_aside_bytes if kind == "held" else self._most_bytes
            self._check_room(connection, "aside WHERE kind = ?", (kind,), most)

    def set_aside(self) -> list[SetAside]:
        """What an operator should look at, the newest first."""
        with self._reading() as connection:
            rows = connection.execute(
                "SELECT id, kind, reason, registration_key, session, since_ms, body FROM aside ORDER BY id DESC"
            ).fetchall()
        return [SetAside(*row) for row in rows]

    def put_back(self, aside_id: int) -> bool:
        """Lets a record that was set aside be tried again. False where there is none of this number."""
        with self._writing() as connection:
            found = connection.execute("SELECT body FROM aside WHERE id = ?", (aside_id,)).fetchone()
            if found is None:
                return False
            record = from_json(found[0])
            self._set(connection, key_of(record), record)
            connection.execute("DELETE FROM aside WHERE id = ?", (aside_id,))
        return True

    def discard(self, aside_id: int, *, seen: str | None = None) -> bool:
        """Deletes what was set aside: an operator's decision. With `seen`, only if its body is still that one."""
        with self._writing() as connection:
            deleted = connection.execute("DELETE FROM aside WHERE id = ? AND body = coalesce(?, body)", (aside_id, seen))
            return deleted.rowcount > 0

    def count(self) -> int:
        return self._number("SELECT count(*) FROM records")

    def set_aside_count(self) -> int:
        return self._number("SELECT count(*) FROM aside")

    def size_bytes(self) -> int:
        return self._number("SELECT coalesce(sum(bytes), 0) FROM records")

    def room_bytes(self) -> int:
        """What its disk has free, for a process without privileges; takes no lock. The folder is made at the first use: until
        then its parent's disk tells."""
        with _raising():
            disk = os.statvfs(next(path for path in self._path.parents if path.exists()))
        return disk.f_bavail * disk.f_frsize

    def oldest_ms(self) -> int | None:
        """When the oldest waiting record came first, ms since 1970; None where none waits."""
        with self._reading() as connection:
            oldest = connection.execute("SELECT min(since_ms) FROM records").fetchone()[0]
        return None if oldest is None else int(oldest)

    def note(self, name: str, value: dict[str, Any]) -> None:
        """A small fact for all workers of the host."""
        with self._writing() as connection:
            connection.execute(
                "INSERT INTO notes (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
                (name, json.dumps(value)),
            )

    def noted(self, name: str) -> dict[str, Any] | None:
        with self._reading() as connection:
            found = connection.execute("SELECT body FROM notes WHERE name = ?", (name,)).fetchone()
        return None if found is None else dict(json.loads(found[0]))

    def close(self) -> None:
        """Gives this process's connection back; the next use opens another one."""
        with self._lock:
            self._close()

    # Within

    def _number(self, query: str) -> int:
        with self._reading() as connection:
            return int(connection.execute(query).fetchone()[0])

    def _set(self, connection: sqlite3.Connection, key: str, value: Spooled) -> None:
        found = connection.execute("SELECT body, revision FROM records WHERE key = ?", (key,)).fetchone()
        if found is not None:
            try:
                value = merge(from_json(found[0]), value)
            except BadMessage as error:
                self._delete(connection, key, found[1])
                self._write_aside(connection, key, "poison", _unreadable(error), found[0])
        body = to_json(value)
        connection.execute(
            "INSERT INTO records (key, registration_key, revision, since_ms, bytes, body) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, bytes = excluded.bytes, body = excluded.body",
            (key, key.partition(":")[0], uuid.uuid4().hex, self._wall_ms(), len(body), body),
        )
        self._check_room(connection, "records", (), self._most_bytes)

    def _delete(self, connection: sqlite3.Connection, key: str, revision: str) -> bool:
        return connection.execute("DELETE FROM records WHERE key = ? AND revision = ?", (key, revision)).rowcount > 0

    def _move_aside(self, key: str, revision: str, kind: str, reason: str, body: str) -> bool:
        with self._writing() as connection:
            if not self._delete(connection, key, revision):
                return False
            self._write_aside(connection, key, kind, reason, body)
        return True

    def _write_aside(self, connection: sqlite3.Connection, key: str, kind: str, reason: str, body: str) -> None:
        """Adds to what is there of the same name, where both can be read."""
        registration_key, _, session = key.partition(":")
        there = connection.execute(
            "SELECT id, body FROM aside WHERE registration_key = ? AND session = ? AND kind = ?", (registration_key, session, kind)
        ).fetchall()
        for aside_id, held in there:
            with suppress(BadMessage):
                merged = to_json(merge(from_json(held), from_json(body)))
                connection.execute("UPDATE aside SET reason = ?, bytes = ?, body = ? WHERE id = ?", (reason, len(merged), merged, aside_id))
                return
        connection.execute(
            "INSERT INTO aside (kind, reason, registration_key, session, since_ms, bytes, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (kind, reason, registration_key, session, self._wall_ms(), len(body), body),
        )

    def _check_room(self, connection: sqlite3.Connection, where: str, values: tuple[str, ...], most: int) -> None:
        """After writing, which is taken back where this raises."""
        held = int(connection.execute(f"SELECT coalesce(sum(bytes), 0) FROM {where}", values).fetchone()[0])
        if held > most:
            raise SpoolFailed(f"The spool would hold {held} bytes, and may hold {most}.")

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _raising():
            yield self._open()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, on the disk when it ends."""
        with self._lock, _raising():
            connection = self._open()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _open(self) -> sqlite3.Connection:
        """This process's connection; another one after a fork, or where somebody removed or replaced the file."""
        if self._connection is not None and self._opened == self._identity():
            return self._connection
        self._close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_S, check_same_thread=False, isolation_level=None)
        try:
            if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
                connection.execute("PRAGMA journal_mode=WAL")
            connection.execute("PRAGMA synchronous=FULL")
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        except BaseException:
            connection.close()
            raise
        self._connection, self._opened = connection, self._identity()
        return connection

    def _close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._opened is not None and self._opened[0] == os.getpid():
            connection.close()
        else:
            # somebody forked without telling Python: the parent's connection must not even be closed here
            _not_ours.append(connection)

    def _identity(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return None
        return os.getpid(), found.st_dev, found.st_ino


_not_ours: list[sqlite3.Connection] = []


def _close_before_fork(spool: SpoolBackend) -> None:
    """SQLite's locks are a process's own, and its connections know nothing of forks. Threads do not live on in a child: its lock is new."""
    reference = weakref.ref(spool)

    def close() -> None:
        if (living := reference()) is not None:
            living._lock.acquire()
            living._close()

    def go_on() -> None:
        if (living := reference()) is not None:
            living._lock.release()

    def begin_anew() -> None:
        if (living := reference()) is not None:
            living._lock = threading.Lock()

    os.register_at_fork(before=close, after_in_parent=go_on, after_in_child=begin_anew)


def _unreadable(error: BadMessage) -> str:
    return f"The spool's record cannot be read: {error}"


@contextmanager
def _raising() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SpoolFailed(f"The spool cannot be used: {error}") from error
    except BadMessage as error:
        raise SpoolFailed(f"The spool holds a record that cannot be read: {error}") from error
