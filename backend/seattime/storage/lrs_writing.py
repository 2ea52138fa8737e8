"""Writing statements into the record store. The caller owns the transaction and has nothing else in it.

Guarantees, on PostgreSQL and SQLite alike: an id is stored once, whoever else sends it at the same moment; a statement that refers
to another is found by the other's filters, whichever of the two came first, and a voided one is voided, whichever came first (a
transaction that writes a reference runs alone, others side by side); `stored` is never in a part of time that
`consistent_through` has already called complete.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from sqlite3 import OperationalError
from typing import Any, Final

from sqlalchemy import Connection, bindparam, text

from seattime.domain.xapi import finding, json_text
from seattime.domain.xapi.activities import merge_definitions
from seattime.domain.xapi.completing import Completed
from seattime.storage.database import Clock, read_clock
from seattime.storage.inserts import DbSession

WRITERS: Final = 1_397_049_165
"""Advisory locks (class, second in which it began): who is writing. Any number that nobody else uses."""
REFERENCES: Final = WRITERS + 1
MOST_LINKS: Final = 100
"""How long a chain of references is followed."""
LONGEST_WRITE_MS: Final = 60_000


@dataclass(frozen=True, slots=True)
class Referrer:
    """A stored statement that refers to another."""

    statement_id: str
    target_id: str
    stored_ms: int
    seq: int
    voids: bool


def begin_writing(session: DbSession, clock: Clock, *, references: bool) -> int:
    """Takes the locks of the transaction; returns `stored`, in ms. `references`: a statement in it refers to another."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        alone = "" if references else "_shared"
        session.execute(
            text(f"SELECT pg_advisory_xact_lock_shared({WRITERS}, :second), pg_advisory_xact_lock{alone}({REFERENCES}, 0)"),
            {"second": read_clock(clock, connection) // 1000},
        )
        # where the clock was set back, too: what is stored from now on stands behind what was read before
        now = f"SELECT greatest({clock.sql('postgresql')}, (SELECT max(stored_ms) FROM lrs_statements))"
        return int(session.execute(text(now)).scalar_one())
    # one writer at a time here, so the order of `stored` is the order of commits, also where the clock was set back
    newest = session.execute(text("SELECT max(stored_ms) FROM lrs_statements")).scalar_one()
    return max(read_clock(clock, connection), newest or 0)


def consistent_through(session: DbSession, clock: Clock) -> int:
    """In ms: every statement stored before it is seen by whatever this transaction reads from now on (Communication 2.1.3)."""
    connection = session.connection()
    now = read_clock(clock, connection)
    if connection.dialect.name == "postgresql":
        first = session.execute(
            text(
                "SELECT min(objid::bigint) FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = :writers "
                "AND objsubid = 2 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            ),
            {"writers": WRITERS},
        ).scalar_one()
        return now if first is None else min(now, first * 1000 - 1)
    if not _somebody_writes(connection):
        return now
    newest = session.execute(text("SELECT max(stored_ms) FROM lrs_statements")).scalar_one()
    return max(newest or 0, now - LONGEST_WRITE_MS)


def _somebody_writes(connection: Connection) -> bool:
    """Of SQLite: whether its one write lock is taken at this moment. Asks on a connection of its own, and does not wait."""
    asking = connection.engine.raw_connection()
    try:
        cursor = asking.cursor()
        before = cursor.execute("PRAGMA busy_timeout").fetchone()[0]
        cursor.execute("PRAGMA busy_timeout = 0")
        try:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute("ROLLBACK")
        except OperationalError:
            return True
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {before}")
        return False
    finally:
        asking.close()


def insert_statements(
    session: DbSession,
    statements: Sequence[Completed],
    stored_ms: int,
    *,
    registration_key: str | None = None,
    start_key: str | None = None,
    apart: bool = False,
) -> dict[str, int]:
    """Stores those whose id is not there yet; returns their numbers by id. The keys: of the launch in which they were sent."""
    if session.connection().dialect.name == "postgresql":
        rows = session.execute(
            text(
                "INSERT INTO lrs_statements (statement_id, stored_ms, raw, voids, target_id, registration_key, start_key, apart) "
                "SELECT id, :stored, raw, voids, target, CAST(:registration AS text), CAST(:start AS text), CAST(:apart AS boolean) "
                "FROM unnest(CAST(:ids AS text[]), CAST(:raws AS text[]), "
                "CAST(:voids AS boolean[]), CAST(:targets AS text[])) WITH ORDINALITY AS new (id, raw, voids, target, place) "
                "ORDER BY place ON CONFLICT (statement_id) DO NOTHING RETURNING statement_id, seq"
            ),
            {
                "stored": stored_ms,
                "registration": registration_key,
                "start": start_key,
                "apart": apart,
                "ids": [each.statement_id for each in statements],
                "raws": [each.raw for each in statements],
                "voids": [each.voids for each in statements],
                "targets": [each.target_id for each in statements],
            },
        )
        return {row.statement_id: row.seq for row in rows}
    found: dict[str, int] = {}
    one = text(
        "INSERT INTO lrs_statements (statement_id, stored_ms, raw, voids, target_id, registration_key, start_key, apart) "
        "VALUES (:id, :stored, :raw, :voids, :target, :registration, :start, :apart) "
        "ON CONFLICT (statement_id) DO NOTHING RETURNING statement_id, seq"
    )
    for each in statements:
        values = {"id": each.statement_id, "stored": stored_ms, "raw": each.raw, "voids": each.voids, "target": each.target_id}
        values |= {"registration": registration_key, "start": start_key, "apart": apart}
        found.update({row.statement_id: row.seq for row in session.execute(one, values)})
    return found


def read_raws(session: DbSession, ids: Iterable[str]) -> dict[str, str]:
    """The texts of statements by id, voided or not."""
    query = text("SELECT statement_id, raw FROM lrs_statements WHERE statement_id IN :ids").bindparams(bindparam("ids", expanding=True))
    return {row.statement_id: row.raw for row in session.execute(query, {"ids": list(ids)})}


def find_referrers(session: DbSession, ids: Iterable[str]) -> list[Referrer]:
    """Statements that refer to one of these."""
    query = text("SELECT statement_id, target_id, stored_ms, seq, voids FROM lrs_statements WHERE target_id IN :ids")
    rows = session.execute(query.bindparams(bindparam("ids", expanding=True)), {"ids": list(ids)})
    return [Referrer(row.statement_id, row.target_id, row.stored_ms, row.seq, bool(row.voids)) for row in rows]


def void(session: DbSession, inserted: Sequence[Completed], referrers: Sequence[Referrer]) -> None:
    """Voids what these say is void, and those of them that an earlier statement says so of. A voiding statement is never voided."""
    targets = {each.target_id for each in inserted if each.voids} | {each.target_id for each in referrers if each.voids}
    if targets:
        query = text("UPDATE lrs_statements SET voided = true WHERE NOT voids AND statement_id IN :ids")
        session.execute(query.bindparams(bindparam("ids", expanding=True)), {"ids": sorted(filter(None, targets))})


def insert_keys(
    session: DbSession, inserted: Sequence[Completed], seqs: dict[str, int], stored_ms: int, referrers: Sequence[Referrer]
) -> None:
    """By what each is found, and by what those are found that refer to it."""
    here = {each.statement_id: each for each in inserted}
    rows: set[tuple[bytes, int, int]] = set()
    for each in inserted:
        keys = each.keys if each.target_id is None else each.keys | _keys_of_chain(session, each.target_id, here)
        rows.update((key, stored_ms, seqs[each.statement_id]) for key in keys)
    rows.update(_rows_of_referrers(session, here, referrers))
    _insert_key_rows(session, sorted(rows))


def _keys_of_chain(session: DbSession, target_id: str | None, here: dict[str, Completed]) -> set[bytes]:
    """Of a statement and of all that it leads to."""
    keys: set[bytes] = set()
    seen: set[str] = set()
    while target_id is not None and target_id not in seen and len(seen) < MOST_LINKS:
        seen.add(target_id)
        if target_id in here:
            keys |= here[target_id].keys
            target_id = here[target_id].target_id
            continue
        raw = read_raws(session, [target_id]).get(target_id)
        if raw is None:
            break
        statement = json_text.parse(raw, "statement")
        keys |= finding.keys_of(statement)
        target_id = finding.target_of(statement)
    return keys


def _rows_of_referrers(session: DbSession, here: dict[str, Completed], referrers: Sequence[Referrer]) -> set[tuple[bytes, int, int]]:
    """For statements that were there before and refer to one of these, directly or through others."""
    rows: set[tuple[bytes, int, int]] = set()
    level: dict[str, set[bytes]] = {}
    done = set(here)
    for _ in range(MOST_LINKS):
        found = [row for row in referrers if row.statement_id not in here]
        following: dict[str, set[bytes]] = {}
        for row in found:
            keys = level.get(row.target_id)
            if keys is None:
                keys = level[row.target_id] = _keys_of_chain(session, row.target_id, here)
            rows.update((key, row.stored_ms, row.seq) for key in keys)
            if row.statement_id not in done:
                following[row.statement_id] = keys
        if not following:
            break
        done.update(following)
        level, referrers = following, find_referrers(session, following)
    return rows


def _insert_key_rows(session: DbSession, rows: list[tuple[bytes, int, int]]) -> None:
    if session.connection().dialect.name == "postgresql":
        keys, stored, seqs = zip(*rows, strict=True)
        session.execute(
            text(
                "INSERT INTO lrs_keys (key, stored_ms, seq) SELECT * FROM "
                "unnest(CAST(:keys AS bytea[]), CAST(:stored AS bigint[]), CAST(:seqs AS bigint[])) ON CONFLICT DO NOTHING"
            ),
            {"keys": list(keys), "stored": list(stored), "seqs": list(seqs)},
        )
        return
    session.execute(
        text("INSERT INTO lrs_keys (key, stored_ms, seq) VALUES (:key, :stored, :seq) ON CONFLICT DO NOTHING"),
        [{"key": key, "stored": stored, "seq": seq} for key, stored, seq in rows],
    )


def insert_attachments(session: DbSession, bodies: dict[str, bytes], stored_ms: int) -> None:
    query = text("INSERT INTO lrs_attachments (sha2, body, stored_ms) VALUES (:sha2, :body, :stored) ON CONFLICT DO NOTHING")
    for sha2, body in sorted(bodies.items()):
        session.execute(query, {"sha2": sha2, "body": body, "stored": stored_ms})


def insert_names(session: DbSession, names: set[tuple[str, str]]) -> None:
    """`names`: identifier and name (as JSON) of agents."""
    query = text("INSERT INTO lrs_agent_names (key, name_key, name) VALUES (:key, :name_key, :name) ON CONFLICT DO NOTHING")
    rows = [{"key": finding.key("agent", who), "name_key": finding.key("name", name), "name": name} for who, name in names]
    if rows:
        # in the same order everywhere, so that two transactions never wait for each other
        session.execute(query, sorted(rows, key=lambda row: (row["key"], row["name_key"])))


def merge_activities(session: DbSession, said: dict[str, list[str]]) -> None:
    """`said`: by activity, the definitions (JSON) that statements gave, oldest first."""
    lock = " FOR UPDATE" if session.connection().dialect.name == "postgresql" else ""
    keys = {finding.key("activity", activity_id): activity_id for activity_id in said}
    query = text("SELECT key, definition FROM lrs_activities WHERE key IN :keys").bindparams(bindparam("keys", expanding=True))
    known = {bytes(row.key): row.definition for row in session.execute(query, {"keys": list(keys)})} if keys else {}
    for key, activity_id in sorted(keys.items()):
        if merge_texts(known.get(key), said[activity_id]) == known.get(key):
            continue
        if key not in known:
            session.execute(
                text("INSERT INTO lrs_activities (key, activity_id, definition) VALUES (:key, :id, '{}') ON CONFLICT DO NOTHING"),
                {"key": key, "id": activity_id},
            )
        # again, with the row locked: another transaction may have said something meanwhile
        merged = merge_texts(_definition(session, key, lock), said[activity_id])
        session.execute(text("UPDATE lrs_activities SET definition = :new WHERE key = :key"), {"new": merged, "key": key})


def read_definition(session: DbSession, activity_id: str) -> str | None:
    return _definition(session, finding.key("activity", activity_id))


def _definition(session: DbSession, key: bytes, lock: str = "") -> str | None:
    row: str | None = session.execute(
        text(f"SELECT definition FROM lrs_activities WHERE key = :key{lock}"), {"key": key}
    ).scalar_one_or_none()
    return row


def merge_texts(known: str | None, said: list[str]) -> str:
    """A definition with what was said of it since, oldest first; all as JSON."""
    merged: dict[str, Any] = json_text.parse_exactly(known or "{}", "definition")
    for definition in said:
        merged = merge_definitions(merged, json_text.parse_exactly(definition, "definition"))
    return json_text.write(merged)
