"""What the server stored, read beside the product: straight from the database's `sessions`, by plain SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, create_engine, text


@dataclass(frozen=True)
class StoredSession:
    """One row. `*_s` in seconds; `reported_s`: the sum of its segments, None where nothing readable was said."""

    session_id: str
    registration_id: str
    activity: str
    standard: str
    launch: int
    measured_s: float
    open_s: float
    reported_s: float | None
    words: tuple[tuple[Any, ...], ...]
    spans: tuple[tuple[int, ...], ...]
    ended: str | None
    terminated: bool
    exit: str | None
    deliveries: int
    findings: tuple[str, ...]
    elements: dict[str, str]


COLUMNS = (
    "s.session_id, r.registration_id, s.activity_id, s.standard, s.launch_number, s.measured_ms, "
    "s.open_ms, s.words, s.spans, s.ended, s.terminated, s.exit, s.deliveries, s.findings, s.elements"
)


class Ledger:
    """The database of one server."""

    def __init__(self, url: str) -> None:
        self._engine: Engine = create_engine(url, pool_pre_ping=True)

    def close(self) -> None:
        self._engine.dispose()

    def sessions(self, registration_id: str) -> list[StoredSession]:
        """The sessions of a registration in the order in which the server first heard of them."""
        query = text(
            f"SELECT {COLUMNS} FROM sessions s JOIN registrations r ON r.key = s.registration_key "
            "WHERE r.registration_id = :id ORDER BY s.launch_number, s.first_ms, s.session_id"
        )
        with self._engine.connect() as connection:
            return [_session(row._asdict()) for row in connection.execute(query, {"id": registration_id})]

    def launches(self, registration_id: str) -> int:
        """How many launches were made."""
        query = text("SELECT launch_count FROM registrations WHERE registration_id = :id")
        with self._engine.connect() as connection:
            return int(connection.execute(query, {"id": registration_id}).scalar_one())

    def statements(self, registration_id: str) -> list[dict[str, Any]]:
        """What the content of a registration said by xAPI, in the order in which it came: in the record store, or raw beside it."""
        found: list[tuple[int, int, dict[str, Any]]] = []
        with self._engine.connect() as connection:
            for table, number in (("lrs_statements", "s.seq"), ("statements", "0")):
                query = text(
                    f"SELECT s.raw, s.stored_ms, {number} FROM {table} s JOIN registrations r ON r.key = s.registration_key "
                    "WHERE r.registration_id = :id"
                )
                rows = connection.execute(query, {"id": registration_id})
                found += [(stored, seq, json.loads(raw)) for raw, stored, seq in rows]
        in_order = [statement for _, _, statement in sorted(found, key=lambda each: each[:2])]
        return [each for each in in_order if _author(each).startswith("registration ") or "authority" not in each]


def _session(row: dict[str, Any]) -> StoredSession:
    words = _parsed(row["words"])
    said = [word[0] for word in words if word[0] is not None]
    return StoredSession(
        session_id=row["session_id"],
        registration_id=row["registration_id"],
        activity=row["activity_id"],
        standard=row["standard"],
        launch=row["launch_number"],
        measured_s=row["measured_ms"] / 1000,
        open_s=row["open_ms"] / 1000,
        reported_s=sum(said) / 1000 if said else None,
        words=tuple(tuple(word) for word in words),
        spans=tuple(tuple(span) for span in _parsed(row["spans"])),
        ended=row["ended"],
        terminated=bool(row["terminated"]),
        exit=row["exit"],
        deliveries=row["deliveries"],
        findings=tuple(str(finding[0]) for finding in _parsed(row["findings"])),
        elements=_parsed(row["elements"]),
    )


def _author(statement: dict[str, Any]) -> str:
    """What SeatTime says itself of a registration has another authority than its content."""
    return str(statement.get("authority", {}).get("account", {}).get("name", ""))


def _parsed(value: Any) -> Any:
    """JSON columns come as text from SQLite and as objects from PostgreSQL."""
    return json.loads(value) if isinstance(value, str) else value
