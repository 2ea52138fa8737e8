"""Log lines: one JSON object each, with what the event has of its own, and nothing that a learner wrote."""

from __future__ import annotations

import io
import json
import logging
import sqlite3
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from gunicorn.config import Config
from sqlalchemy.exc import IntegrityError, OperationalError

from seattime import logs
from seattime.config import BadSetting, Settings

ANSWER = "Ana Ruiz answered: forty-two"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    root, ours = logging.getLogger(), logging.getLogger(logs.LOGGER)
    kept = (root.handlers[:], root.level, ours.level)
    yield
    root.handlers[:], root.level, ours.level = kept
    logging.captureWarnings(False)


def lines(settings: Settings, log: Any, *, name: str = "seattime.services.saving") -> list[str]:
    """What `log(logger)` writes."""
    stream = io.StringIO()
    logs.set_up(settings.checked(), stream)
    log(logging.getLogger(name))
    return stream.getvalue().splitlines()


def test_json_has_what_the_event_has_of_its_own() -> None:
    (line,) = lines(
        Settings(log_format="json"),
        lambda log: log.warning("record spooled: %s", "no_connection", extra={"event": "spooled", "session": "6a0c", "time_seq": 12}),
    )

    told = json.loads(line)
    assert told.pop("time").endswith("Z")
    assert told == {
        "level": "warning",
        "logger": "seattime.services.saving",
        "message": "record spooled: no_connection",
        "event": "spooled",
        "session": "6a0c",
        "time_seq": 12,
    }


def test_text_is_for_reading() -> None:
    (line,) = lines(Settings(), lambda log: log.warning("two\nlines", extra={"event": "held", "records": 2}))

    assert line.split(" ", 1)[1] == "warning seattime.services.saving: two lines event=held records=2"


def test_a_stack_is_part_of_its_json_line() -> None:
    def fail(log: logging.Logger) -> None:
        try:
            raise OSError("disk I/O error")
        except OSError:
            log.exception("not kept")

    (line,) = lines(Settings(log_format="json"), fail)

    told = json.loads(line)
    assert told["error"] == "OSError"
    assert "disk I/O error" in told["stack"]
    assert "in fail" in told["stack"]


@pytest.mark.parametrize(
    "error",
    [
        psycopg.errors.UniqueViolation(f"duplicate key\nDETAIL: Key (value)=({ANSWER}) already exists."),
        psycopg.errors.InvalidTextRepresentation(f'invalid input syntax for type json: "{ANSWER}"'),
        sqlite3.IntegrityError(f"CHECK constraint failed: {ANSWER}"),
    ],
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_what_a_learner_wrote_is_not_in_the_words_of_a_database_that_refuses_it(error: Exception, form: str) -> None:
    def fail(log: logging.Logger) -> None:
        try:
            raise IntegrityError("INSERT INTO sessions VALUES (?)", {"value": ANSWER}, error, hide_parameters=True) from error
        except IntegrityError as failed:
            log.error("record set aside", exc_info=failed)

    written = "\n".join(lines(Settings(log_format=form), fail))

    assert "left out" in written
    assert ANSWER not in written
    assert "Ana" not in written


def test_what_a_database_says_of_its_connections_is_there_to_read() -> None:
    refused = psycopg.OperationalError("connection to server at 10.0.0.7 failed: Connection refused")

    def fail(log: logging.Logger) -> None:
        log.error("away", exc_info=OperationalError("SELECT 1", {}, refused))

    assert "10.0.0.7 failed: Connection refused" in "\n".join(lines(Settings(), fail))


@pytest.mark.parametrize(("level", "expected"), [("debug", 3), ("info", 2), ("warning", 1), ("error", 0)])
def test_the_level_is_that_of_our_own_events(level: str, expected: int) -> None:
    def say(log: logging.Logger) -> None:
        log.debug("stored")
        log.info("tried again")
        log.warning("spooled")

    assert len(lines(Settings(log_level=level), say)) == expected


def test_other_libraries_speak_from_warning_on() -> None:
    def say(log: logging.Logger) -> None:
        log.info("Context impl PostgresqlImpl.")
        log.warning("something is wrong")

    assert len(lines(Settings(log_level="debug"), say, name="alembic.runtime.migration")) == 1


def test_gunicorns_own_lines_take_the_same_way() -> None:
    def say(_log: logging.Logger) -> None:
        logs.GunicornLogger(Config()).error("Worker (pid:%d) was sent SIGKILL!", 7)

    assert json.loads(lines(Settings(log_format="json"), say)[-1])["message"] == "Worker (pid:7) was sent SIGKILL!"


def test_where_an_operators_server_has_set_logging_up_its_word_stands() -> None:
    root = logging.getLogger()
    root.handlers[:] = [theirs := logging.StreamHandler(sys.stderr)]

    logs.set_up_where_nobody_did(Settings())

    assert root.handlers == [theirs]


@pytest.mark.parametrize(("name", "value"), [("log_level", "loud"), ("log_format", "xml")])
def test_a_setting_that_means_nothing_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadSetting, match=f"SEATTIME_{name.upper()} must be one of"):
        Settings(**{name: value}).checked()
