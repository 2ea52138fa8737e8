"""Logging of a server: one line for each event on standard error, as text for people or as JSON for programs that collect it.

Guarantees: with `json` every line is one JSON object, gunicorn's own lines and stacks too; what was given as `extra` stands in
it under its name (`event`, `registration`, `session`, `fault`, ...); no line holds what a learner wrote, not even in the words of
a database that refuses it. Part of the outermost layer; imports nothing of ours but `config`.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import sys
import traceback
from datetime import UTC, datetime
from typing import Any, Final, TextIO

import psycopg
from gunicorn.glogging import Logger
from sqlalchemy.exc import DBAPIError

from seattime.config import Settings

LOGGER: Final = "seattime"
_OWN: Final = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}
_LEFT_OUT: Final = "(the database's words are left out: they may hold what a learner wrote)"
_SPEAKS_OF_VALUES: Final = (
    psycopg.DataError, psycopg.IntegrityError, psycopg.ProgrammingError, psycopg.NotSupportedError, psycopg.InternalError,
    sqlite3.DataError, sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError,
)  # fmt: skip
"""Of connections, locks and timeouts (OperationalError) a database speaks without values, and operators need to read it."""


def set_up(settings: Settings, stream: TextIO | None = None) -> None:
    """Our own events from SEATTIME_LOG_LEVEL on, other libraries' from warnings on, in the form of SEATTIME_LOG_FORMAT."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else TextLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger(LOGGER).setLevel(settings.log_level.upper())
    logging.captureWarnings(True)


def set_up_where_nobody_did(settings: Settings) -> None:
    """For an operator's own WSGI server: where that one has set logging up, its word stands."""
    if not logging.getLogger(LOGGER).hasHandlers():
        set_up(settings)


class GunicornLogger(Logger):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's own events go where ours go."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        self.error_log.handlers[:] = []
        self.error_log.propagate = True


class TextLines(logging.Formatter):
    """`2026-11-25T10:30:00.125Z warning record spooled: no_connection event=spooled registration=4fa0 session=6a0c`"""

    def format(self, record: logging.LogRecord) -> str:
        message = " ".join(record.getMessage().splitlines())
        told = " ".join(f"{name}={value}" for name, value in _extras(record).items())
        line = f"{_moment(record)} {record.levelname.lower()} {record.name}: {message}{' ' if told else ''}{told}"
        stack = _stack(record)
        return f"{line}\n{stack}" if stack else line


class JsonLines(logging.Formatter):
    """One JSON object: `time`, `level`, `logger`, `message`, then what the event has of its own, `error` and `stack`."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_extras(record),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = type(record.exc_info[1]).__name__
            line["stack"] = _stack(record)
        return json.dumps(line, default=str)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _extras(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}


def _stack(record: logging.LogRecord) -> str:
    """The error with its causes, the first cause first, as Python writes them, but for words that may hold values."""
    error = record.exc_info[1] if record.exc_info else None
    told: list[str] = []
    while error is not None:
        frames = "".join(traceback.format_tb(error.__traceback__))
        told.append(f"{frames}{type(error).__module__}.{type(error).__qualname__}: {_words(error)}")
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return "\nwhich led to\n".join(reversed(told))


def _words(error: BaseException) -> str:
    cause = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None) or ""
    return f"{state} {_LEFT_OUT}".strip() if isinstance(cause, _SPEAKS_OF_VALUES) else str(error)
