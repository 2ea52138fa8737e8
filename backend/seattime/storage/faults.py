"""Which errors of a save are worth another try, which mean that the database is away, and which only this record will ever have.

One table with reasons; docs/operations.md shows it to operators. Guarantees: `classify` has an answer for every exception. An
error that nobody foresaw is taken for the record's own (spooled, tried a few times more, then set aside where an operator sees
it, nothing dropped), never for the database's, so that one bad record cannot open the circuit breaker for everybody. Must not
import services.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

import psycopg
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout


@dataclass(frozen=True, slots=True)
class Fault:
    """What an error means for a save."""

    name: str
    """For logs and metrics."""
    retry: bool
    """Another try may well succeed, soon."""
    outage: bool
    """The database as a whole does not take saves: the circuit breaker counts it."""
    why: str
    known: bool = True
    """False: nobody foresaw it, so it may be the record's own for ever, or an accident of the moment."""

    @property
    def poison(self) -> bool:
        """The database works and will never take this record."""
        return self.known and not self.retry and not self.outage


NO_ANSWER = Fault("no_answer", retry=False, outage=True, why="no answer in time; a second wait would try the browser's patience")
NO_CONNECTION = Fault("no_connection", retry=True, outage=True, why="restarts and failovers take a moment")
NO_ROOM_IN_POOL = Fault("pool_exhausted", retry=False, outage=True, why="it has waited for a free connection already")
UNFORESEEN = Fault(
    "unforeseen",
    retry=False,
    outage=False,
    why="a fault of ours or of the record: tried a few times more, then an operator has to look",
    known=False,
)
NO_REGISTRATION = Fault(
    "registration_unknown", retry=False, outage=False, why="a restore lost the registration; only an operator can bring it back"
)

BROKEN_TRANSACTION = Fault(
    "broken_transaction", retry=True, outage=False, why="a connection was left in the middle of something; the next try begins anew"
)

BY_SQLSTATE: dict[str, Fault] = {
    "40001": Fault("serialization_failure", retry=True, outage=False, why="two transactions met; the next try meets nobody"),
    "40P01": Fault("deadlock", retry=True, outage=False, why="the database chose a victim; the other one is done by now"),
    "23505": Fault("insert_race", retry=True, outage=False, why="another transaction inserted the same row; it is there now"),
    "55P03": Fault("lock_timeout", retry=True, outage=False, why="another transaction holds the row; it will be done"),
    "57014": Fault("statement_timeout", retry=True, outage=True, why="the database is slow or hangs"),
    "25006": Fault("read_only", retry=True, outage=True, why="a failover: this is a standby now, a new connection finds the primary"),
    "53100": Fault("disk_full", retry=False, outage=True, why="the database has no room; no retry makes any"),
    "53300": Fault("too_many_connections", retry=True, outage=True, why="others will close theirs"),
}
"""PostgreSQL's SQLSTATE (PostgreSQL documentation, appendix A)."""

BY_CLASS: dict[str, Fault] = {
    "08": NO_CONNECTION,
    "57": Fault("shutting_down", retry=True, outage=True, why="an administrator stops or starts the database"),
    "53": Fault("no_resources", retry=False, outage=True, why="memory or another resource of the database is used up"),
    "58": Fault("system_error", retry=False, outage=True, why="the database's own disk or system failed"),
    "XX": Fault("internal_error", retry=False, outage=True, why="the database found itself damaged"),
    "0A": Fault("plan_changed", retry=True, outage=False, why="the tables changed under a prepared statement; the next try prepares anew"),
    "25": BROKEN_TRANSACTION,
    "26": BROKEN_TRANSACTION,
    "40": BROKEN_TRANSACTION,
    "55": Fault("object_in_use", retry=True, outage=False, why="somebody else works on it; he will be done"),
    "42": Fault("schema", retry=False, outage=True, why="tables or rights are not as this version needs them: `seattime upgrade`"),
    "28": Fault("sign_in_refused", retry=False, outage=True, why="the database refuses our user; a setting is wrong"),
    "3D": Fault("no_such_database", retry=False, outage=True, why="the database has not been made, or a setting is wrong"),
    "22": Fault("bad_value", retry=False, outage=False, why="a value that the database cannot hold"),
    "23": Fault("broken_constraint", retry=False, outage=False, why="it contradicts what is stored"),
    "54": Fault("too_large", retry=False, outage=False, why="beyond a limit of the database"),
}
"""The first two characters, where the whole is not in the table above."""

BY_SQLITE_NAME: dict[str, Fault] = {
    "SQLITE_BUSY": Fault("busy", retry=True, outage=True, why="another process writes; SQLite has one lock for all"),
    "SQLITE_LOCKED": Fault("locked", retry=True, outage=False, why="another connection of this process writes"),
    "SQLITE_FULL": Fault("disk_full", retry=False, outage=True, why="no room on the disk; no retry makes any"),
    "SQLITE_READONLY": Fault("read_only", retry=False, outage=True, why="the file may not be written"),
    "SQLITE_IOERR": Fault("system_error", retry=False, outage=True, why="the disk failed"),
    "SQLITE_CANTOPEN": NO_CONNECTION,
    "SQLITE_CORRUPT": Fault("internal_error", retry=False, outage=True, why="the file is damaged"),
    "SQLITE_NOTADB": Fault("internal_error", retry=False, outage=True, why="the file is damaged"),
    "SQLITE_ERROR": Fault("schema", retry=False, outage=True, why="tables are not as this version needs them: `seattime upgrade`"),
    "SQLITE_TOOBIG": Fault("too_large", retry=False, outage=False, why="beyond a limit of the database"),
    "SQLITE_CONSTRAINT": Fault("broken_constraint", retry=False, outage=False, why="it contradicts what is stored"),
    "SQLITE_MISMATCH": Fault("bad_value", retry=False, outage=False, why="a value that the database cannot hold"),
}
"""SQLite's primary result codes (SQLite documentation, "Result and Error Codes")."""


def classify(error: BaseException) -> Fault:
    """The row of the table for this exception: SQLAlchemy's, psycopg's own, a timeout of ours, or whatever it is."""
    if isinstance(error, TimeoutError):
        return NO_ANSWER
    if isinstance(error, PoolTimeout):
        return NO_ROOM_IN_POOL
    if isinstance(error, psycopg.Error):
        return _of_postgres(error, lost=False)
    if isinstance(error, DBAPIError):
        return _of_driver(error)
    if isinstance(error, OSError):
        return NO_CONNECTION
    return UNFORESEEN


def _of_driver(error: DBAPIError) -> Fault:
    cause = error.orig
    if isinstance(cause, psycopg.Error):
        return _of_postgres(cause, lost=error.connection_invalidated)
    if isinstance(cause, sqlite3.Error):
        return _of_sqlite(cause)
    # a driver's own operational error whose cause tells nothing: the connection is what failed
    return NO_CONNECTION if error.connection_invalidated or isinstance(error, OperationalError) else UNFORESEEN


def _of_postgres(cause: psycopg.Error, *, lost: bool) -> Fault:
    state = cause.sqlstate or ""
    known = BY_SQLSTATE.get(state) or BY_CLASS.get(state[:2])
    if known is not None:
        return known
    if isinstance(cause, psycopg.DataError):
        # the driver's own, before anything was sent: half a surrogate pair, a NUL in a text
        return BY_CLASS["22"]
    return NO_CONNECTION if lost or isinstance(cause, psycopg.OperationalError | psycopg.InterfaceError) else UNFORESEEN


def _of_sqlite(cause: sqlite3.Error) -> Fault:
    # "SQLITE_BUSY_SNAPSHOT" is a kind of "SQLITE_BUSY"
    name = "_".join(cause.sqlite_errorname.split("_")[:2]) if hasattr(cause, "sqlite_errorname") else ""
    known = BY_SQLITE_NAME.get(name)
    if known is not None:
        return known
    return NO_CONNECTION if isinstance(cause, sqlite3.OperationalError) else UNFORESEEN
