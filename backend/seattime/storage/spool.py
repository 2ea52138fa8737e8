"""The spool: where the server keeps what the database does not take, on this host's own disk. A backend of Flask-Caching.

Guarantees:
- What `set` returned for is on the disk (SQLite, `synchronous=FULL`), whichever worker of the host asks, and after SIGKILL.
- Setting a key again merges forward (`domain.spooled`); it never replaces what is there by something older.
- A record is deleted only as the very revision that was drained: what came meanwhile stays.
- Nothing expires, nothing is evicted, `clear` is refused, and **every failure is raised** (`SpoolFailed`): Flask-Caching's own
  backends answer False, which nobody looks at.
- The file is opened at first use in each process, so no connection lives on across a fork.

Folders that vanish or that lock badly are refused at start-up: see `spooling`.
Must not import services.
"""

from __future__ import annotations

import json
import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import Flask
from flask_caching.backends.base import BaseCache

from seattime.domain.spooled import SpooledSession, from_json, merge_spooled, to_json
from seattime.errors import BadMessage

FILE_NAME = "spool.sqlite3"
BUSY_S = 2.0
"""How long a worker waits for another worker of the host that writes."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS records (
  key TEXT PRIMARY KEY, registration_key TEXT NOT NULL, revision TEXT NOT NULL, since_ms INTEGER NOT NULL,
  bytes INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS records_bytes ON records (bytes);
CREATE INDEX IF NOT EXISTS records_since ON records (since_ms);
CREATE INDEX IF NOT EXISTS records_registration ON records (registration_key);
CREATE TABLE IF NOT EXISTS aside (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, reason TEXT NOT NULL, registration_key TEXT NOT NULL,
  session TEXT NOT NULL, since_ms INTEGER NOT NULL, bytes INTEGER NOT NULL, body TEXT NOT NULL,
  UNIQUE (kind, registration_key, session));
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
    session: SpooledSession


@dataclass(frozen=True, slots=True)
class SetAside:
    """A record for an operator. `kind`: `held` (its token cannot be verified) or `poison` (the ledger will never take it)."""

    id: int
    kind: str
    reason: str
    registration_key: str
    session: str
    since_ms: int
    body: str
    """`domain.spooled.to_json`"""


def key_of(session: SpooledSession) -> str:
    """One record for each session."""
    return f"{session.launch['registration_key']}:{session.record.session}"


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
        self._pid = 0

    @classmethod
    def factory(cls, app: Flask, config: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> SpoolBackend:
        """As Flask-Caching makes its backends. `CACHE_OPTIONS` holds the arguments of this class; timeouts do not apply."""
        options = {name: value for name, value in kwargs.items() if name not in ("default_timeout", "ignore_delete_many_errors")}
        return cls(*args, **options)

    # Flask-Caching's own verbs

    def set(self, key: str, value: SpooledSession, timeout: int | timedelta | None = None) -> bool:
        """Keeps `value`, merged forward into what is there. `timeout` does not apply: nothing expires. Raises SpoolFailed."""
        with self._writing() as connection:
            found = connection.execute("SELECT body FROM records WHERE key = ?", (key,)).fetchone()
            kept = None if found is None else from_json(found[0])
            merged = value if kept is None else merge_spooled(kept, value)
            body = to_json(merged)
            self._check_room(connection, "records", self._most_bytes, len(body))
            connection.execute(
                "INSERT INTO records (key, registration_key, revision, since_ms, bytes, body) VALUES (?, ?, ?, ?, ?, ?) "
                "ON CONFLICT (key) DO UPDATE SET revision = excluded.revision, bytes = excluded.bytes, body = excluded.body",
                (key, str(merged.launch["registration_key"]), uuid.uuid4().hex, self._wall_ms(), len(body), body),
            )
        return True

    def add(self, key: str, value: SpooledSession, timeout: int | timedelta | None = None) -> bool:
        """The same as `set`: in a spool there is nothing that only the first may write."""
        return self.set(key, value, timeout)

    def get(self, key: str) -> SpooledSession | None:
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
        """Records, the oldest first. One that cannot be read is set aside and left out."""
        where, values = ("", ()) if registration_key is None else ("WHERE registration_key = ?", (registration_key,))
        with self._reading() as connection:
            rows = connection.execute(
                f"SELECT key, revision, since_ms, body FROM records {where} ORDER BY since_ms, key LIMIT ?", (*values, limit)
            ).fetchall()
        found = []
        for key, revision, since_ms, body in rows:
            try:
                found.append(Waiting(key, revision, since_ms, from_json(body)))
            except BadMessage as error:
                self._move_aside(key, revision, "poison", f"The spool's record cannot be read: {error}", body)
        return found

    def drained(self, waiting: Waiting) -> bool:
        """Deletes the record if it is still the revision that was read; else what came meanwhile stays. Returns which."""
        with self._writing() as connection:
            return self._delete(connection, waiting.key, waiting.revision)

    def move_aside(self, waiting: Waiting, kind: str, reason: str) -> bool:
        """Keeps a waiting record for an operator. False where something came meanwhile: then it stays and is tried again."""
        return self._move_aside(waiting.key, waiting.revision, kind, reason, to_json(waiting.session))

    def keep_aside(self, session: SpooledSession, kind: str, reason: str) -> None:
        """Keeps a record for an operator that never waited. Raises SpoolFailed beyond the volume cap."""
        with self._writing() as connection:
            self._insert_aside(connection, session, kind, reason)

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
            try:
                session = from_json(found[0])
            except BadMessage as error:
                raise SpoolFailed("This record cannot be read, so it cannot be tried again.") from error
        self.set(key_of(session), session)
        self.discard(aside_id)
        return True

    def discard(self, aside_id: int) -> bool:
        """Deletes what was set aside: an operator's decision."""
        with self._writing() as connection:
            return connection.execute("DELETE FROM aside WHERE id = ?", (aside_id,)).rowcount > 0

    def count(self) -> int:
        return self._number("SELECT count(*) FROM records")

    def set_aside_count(self) -> int:
        return self._number("SELECT count(*) FROM aside")

    def size_bytes(self) -> int:
        return self._number("SELECT coalesce(sum(bytes), 0) FROM records")

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
            if self._connection is not None and self._pid == os.getpid():
                self._connection.close()
            self._connection = None

    # Within

    def _number(self, query: str) -> int:
        with self._reading() as connection:
            return int(connection.execute(query).fetchone()[0])

    def _delete(self, connection: sqlite3.Connection, key: str, revision: str) -> bool:
        return connection.execute("DELETE FROM records WHERE key = ? AND revision = ?", (key, revision)).rowcount > 0

    def _move_aside(self, key: str, revision: str, kind: str, reason: str, body: str) -> bool:
        registration_key, _, session = key.partition(":")
        with self._writing() as connection:
            if not self._delete(connection, key, revision):
                return False
            self._write_aside(connection, kind, reason, registration_key, session, body)
        return True

    def _insert_aside(self, connection: sqlite3.Connection, session: SpooledSession, kind: str, reason: str) -> None:
        registration_key, name = str(session.launch["registration_key"]), session.record.session
        found = connection.execute(
            "SELECT body FROM aside WHERE kind = ? AND registration_key = ? AND session = ?", (kind, registration_key, name)
        ).fetchone()
        body = to_json(session if found is None else merge_spooled(from_json(found[0]), session))
        self._check_room(connection, "aside", self._most_aside_bytes, len(body))
        self._write_aside(connection, kind, reason, registration_key, name, body)

    def _write_aside(
        self, connection: sqlite3.Connection, kind: str, reason: str, registration_key: str, session: str, body: str
    ) -> None:
        connection.execute(
            "INSERT INTO aside (kind, reason, registration_key, session, since_ms, bytes, body) VALUES (?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (kind, registration_key, session) DO UPDATE "
            "SET reason = excluded.reason, bytes = excluded.bytes, body = excluded.body",
            (kind, reason, registration_key, session, self._wall_ms(), len(body), body),
        )

    def _check_room(self, connection: sqlite3.Connection, table: str, most: int, more: int) -> None:
        held = int(connection.execute(f"SELECT coalesce(sum(bytes), 0) FROM {table}").fetchone()[0])
        if held + more > most:
            raise SpoolFailed(f"The spool holds {held} bytes of {most} that it may hold ({table}).")

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
        """This process's connection; another one after a fork, or where somebody removed the file."""
        if self._connection is not None and self._pid == os.getpid() and self._path.exists():
            return self._connection
        self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=BUSY_S, check_same_thread=False, isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(_SCHEMA)
        self._connection, self._pid = connection, os.getpid()
        return connection


@contextmanager
def _raising() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise SpoolFailed(f"The spool cannot be used: {error}") from error
    except BadMessage as error:
        raise SpoolFailed(f"The spool holds a record that cannot be read: {error}") from error
