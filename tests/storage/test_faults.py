"""The table of faults, by the exceptions that the databases really raise."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Connection, Engine, NullPool, QueuePool, create_engine, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import OperationalError as AlchemyOperationalError

from seattime.services.committing import CommitTimeout
from seattime.storage import faults
from seattime.storage.faults import BY_CLASS, BY_SQLITE_NAME, BY_SQLSTATE, Fault, classify

RETRY, NO_RETRY = True, False


def fault_of(work: Callable[[], object]) -> Fault:
    """How the error is classified that this raises."""
    with pytest.raises(Exception) as caught:  # noqa: PT011  # the classification is what is tested, of whatever it is
        work()
    return classify(caught.value)


# --- PostgreSQL


@pytest.fixture
def postgres(postgres_uri: str) -> Iterator[Engine]:
    engine = create_engine(postgres_uri.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("CREATE UNLOGGED TABLE fault_rows (id int PRIMARY KEY, name text, small smallint NOT NULL DEFAULT 0)"))
        connection.execute(text("CREATE INDEX ON fault_rows (name)"))
        connection.execute(text("INSERT INTO fault_rows VALUES (1, 'one'), (2, 'two')"))
    yield engine
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE fault_rows"))
    engine.dispose()


def run(engine: Engine, *statements: str) -> None:
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def change(connection: Connection, row: int) -> None:
    connection.execute(text(f"UPDATE fault_rows SET small = small + 1 WHERE id = {row}"))


def test_of_a_deadlock_the_victim_is_retried(postgres: Engine) -> None:
    raised: list[BaseException] = []
    both_have_one = threading.Barrier(2)

    def lock(first: int, second: int) -> None:
        with postgres.connect() as connection:
            connection.execute(text("SET deadlock_timeout = '20ms'"))
            change(connection, first)
            both_have_one.wait()
            try:
                change(connection, second)
                connection.commit()
            except DBAPIError as error:
                raised.append(error)

    threads = [threading.Thread(target=lock, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    [error] = raised
    assert classify(error) is BY_SQLSTATE["40P01"]
    assert (classify(error).retry, classify(error).outage) == (True, False)


def test_a_serialization_failure_is_retried(postgres: Engine) -> None:
    with postgres.connect() as one, postgres.connect() as other:
        one = one.execution_options(isolation_level="REPEATABLE READ")
        one.execute(text("SELECT * FROM fault_rows"))
        change(other, 1)
        other.commit()
        fault = fault_of(lambda: change(one, 1))

    assert (fault.name, fault.retry, fault.outage) == ("serialization_failure", True, False)


def test_a_wait_for_a_row_is_retried_and_is_no_outage(postgres: Engine) -> None:
    with postgres.connect() as holder:
        change(holder, 1)
        fault = fault_of(lambda: run(postgres, "SET lock_timeout = '20ms'", "UPDATE fault_rows SET small = 1 WHERE id = 1"))

    assert (fault.name, fault.retry, fault.outage) == ("lock_timeout", True, False)


@pytest.mark.parametrize(
    ("statements", "name", "retry", "outage"),
    [
        (("SET statement_timeout = '20ms'", "SELECT pg_sleep(10)"), "statement_timeout", RETRY, True),
        (("SET TRANSACTION READ ONLY", "INSERT INTO fault_rows VALUES (3)"), "read_only", RETRY, True),
        (("INSERT INTO fault_rows VALUES (1)",), "insert_race", RETRY, False),
        (("INSERT INTO fault_rows VALUES (3, '', 99999)",), "bad_value", NO_RETRY, False),
        (("INSERT INTO fault_rows VALUES (3, '', 'text')",), "bad_value", NO_RETRY, False),
        (("INSERT INTO fault_rows VALUES (3, '', NULL)",), "broken_constraint", NO_RETRY, False),
        (("INSERT INTO fault_rows SELECT 3, string_agg(md5(i::text), '') FROM generate_series(1, 999) i",), "too_large", NO_RETRY, False),
        (("SELECT * FROM no_such_table",), "schema", NO_RETRY, True),
        (("SELECT no_such_column FROM fault_rows",), "schema", NO_RETRY, True),
        (("SELECT pg_terminate_backend(pg_backend_pid())",), "shutting_down", RETRY, True),
    ],
)
def test_what_postgresql_refuses(postgres: Engine, statements: tuple[str, ...], name: str, retry: bool, outage: bool) -> None:
    fault = fault_of(lambda: run(postgres, *statements))

    assert (fault.name, fault.retry, fault.outage) == (name, retry, outage)


@pytest.mark.parametrize(("state", "row"), [*BY_SQLSTATE.items(), *((f"{each}999", row) for each, row in BY_CLASS.items())])
def test_every_row_of_the_table_is_found_by_its_code(postgres: Engine, state: str, row: Fault) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'on purpose' USING ERRCODE = '{state}'; END $$"

    assert fault_of(lambda: run(postgres, raising)) is row
    with postgres.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        assert fault_of(lambda: raw.execute(raising)) is row, "psycopg's own error, as the group of the ledger meets it"


def test_a_backend_that_was_ended_is_a_lost_connection(postgres: Engine) -> None:
    with postgres.connect() as connection:
        pid = connection.execute(text("SELECT pg_backend_pid()")).scalar_one()
        run(postgres, f"SELECT pg_terminate_backend({pid}, 5000)")
        fault = fault_of(lambda: connection.execute(text("SELECT 1")))
        assert (fault.retry, fault.outage) == (True, True)
        connection.invalidate()


def test_a_connection_that_the_other_end_closed_is_lost(postgres: Engine) -> None:
    with postgres.connect() as connection:
        raw = connection.connection.driver_connection
        assert isinstance(raw, psycopg.Connection)
        raw.close()

        assert fault_of(lambda: connection.execute(text("SELECT 1"))) is faults.NO_CONNECTION
        connection.invalidate()


def test_nobody_listening_is_no_connection_and_worth_another_try() -> None:
    # port 1 belongs to a service of the 1980s
    engine = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing", poolclass=NullPool)

    fault = fault_of(engine.connect)

    assert fault is faults.NO_CONNECTION
    assert (fault.retry, fault.outage) == (True, True)


def test_a_database_that_is_not_there_is_an_outage(postgres_uri: str) -> None:
    engine = create_engine(postgres_uri.replace("postgresql://", "postgresql+psycopg://", 1).replace("/postgres?", "/nowhere?", 1))

    assert fault_of(engine.connect).outage


def test_a_text_that_no_driver_can_send_is_the_records_own_fault(postgres: Engine) -> None:
    with postgres.connect() as connection:
        fault = fault_of(lambda: connection.execute(text("SELECT :value"), {"value": "\x00"}))

    assert (fault.name, fault.poison) == ("bad_value", True)


def test_a_pool_without_a_free_connection_is_an_outage_and_not_waited_for_twice(postgres: Engine) -> None:
    engine = create_engine(postgres.url, poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.02)
    with engine.connect():
        fault = fault_of(engine.connect)
    engine.dispose()

    assert fault is faults.NO_ROOM_IN_POOL
    assert (fault.retry, fault.outage) == (False, True)


# --- SQLite


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "faults.sqlite3") as connection:
        connection.execute("CREATE TABLE fault_rows (id INTEGER PRIMARY KEY, name TEXT UNIQUE)")
        connection.execute("INSERT INTO fault_rows VALUES (1, 'one')")
    connection.close()
    return tmp_path / "faults.sqlite3"


def lite(path: Path | str, *, timeout: float = 0) -> Engine:
    return create_engine(f"sqlite:///{path}", poolclass=NullPool, connect_args={"timeout": timeout})


def of_sqlite(engine: Engine, *statements: str) -> Fault:
    return fault_of(lambda: run(engine, *statements))


def test_another_writer_is_busy(file: Path) -> None:
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    fault = of_sqlite(lite(file), "INSERT INTO fault_rows VALUES (2, 'two')")
    holder.close()

    assert fault is BY_SQLITE_NAME["SQLITE_BUSY"]
    assert (fault.retry, fault.outage) == (True, True)


def test_a_snapshot_that_is_too_old_is_busy_too(file: Path) -> None:
    """SQLITE_BUSY_SNAPSHOT: a kind of SQLITE_BUSY."""
    reader, writer = (sqlite3.connect(file, isolation_level=None) for _ in range(2))
    reader.execute("PRAGMA journal_mode=WAL")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM fault_rows").fetchall()
    writer.execute("INSERT INTO fault_rows VALUES (2, 'two')")
    with pytest.raises(sqlite3.OperationalError) as caught:
        reader.execute("INSERT INTO fault_rows VALUES (3, 'three')")
    reader.close()
    writer.close()

    assert caught.value.sqlite_errorname == "SQLITE_BUSY_SNAPSHOT"
    assert classify(AlchemyOperationalError("INSERT", {}, caught.value)) is BY_SQLITE_NAME["SQLITE_BUSY"]


def test_a_table_that_is_being_read_is_locked(file: Path) -> None:
    with lite(file).connect() as connection:
        rows = connection.connection.cursor().execute("SELECT 1 FROM fault_rows UNION ALL SELECT 2")
        rows.fetchone()
        fault = fault_of(lambda: connection.execute(text("DROP TABLE fault_rows")))

    assert fault is BY_SQLITE_NAME["SQLITE_LOCKED"]


def test_a_full_disk_is_an_outage_that_no_retry_ends(file: Path) -> None:
    fill = "INSERT INTO fault_rows SELECT 2, hex(zeroblob(100000))"
    fault = of_sqlite(lite(file), "PRAGMA max_page_count = 1", fill)

    assert (fault.name, fault.retry, fault.outage) == ("disk_full", False, True)


def test_a_file_that_may_not_be_written(file: Path) -> None:
    fault = of_sqlite(lite(f"file:{file}?mode=ro&uri=true"), "INSERT INTO fault_rows VALUES (2, 'two')")

    assert (fault.name, fault.retry, fault.outage) == ("read_only", False, True)


@pytest.mark.parametrize(
    ("statement", "name", "outage"),
    [
        ("SELECT * FROM no_such_table", "schema", True),
        ("INSERT INTO fault_rows VALUES (1, 'again')", "broken_constraint", False),
        ("INSERT INTO fault_rows VALUES ('no number', 'x')", "bad_value", False),
        ("SELECT zeroblob(3000000000)", "too_large", False),
    ],
)
def test_what_sqlite_refuses(file: Path, statement: str, name: str, outage: bool) -> None:
    fault = of_sqlite(lite(file), statement)

    assert (fault.name, fault.retry, fault.outage) == (name, False, outage)


def test_a_file_that_is_no_database_or_is_damaged(file: Path) -> None:
    whole = file.read_bytes()
    file.write_bytes(b"no database" * 1_000)
    assert of_sqlite(lite(file), "SELECT * FROM fault_rows") is BY_SQLITE_NAME["SQLITE_NOTADB"]
    file.write_bytes(whole[:4096] + b"\xff" * (len(whole) - 4096))
    fault = of_sqlite(lite(file), "SELECT * FROM fault_rows")
    assert fault is BY_SQLITE_NAME["SQLITE_CORRUPT"]
    assert (fault.retry, fault.outage) == (False, True)


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    assert of_sqlite(lite(tmp_path / "nowhere" / "file"), "SELECT 1") is faults.NO_CONNECTION


def test_a_disk_that_fails() -> None:
    """SQLITE_IOERR_FSYNC and its like: no test can break a disk, so the error is made as sqlite3 makes it."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_FSYNC"

    assert classify(AlchemyOperationalError("COMMIT", {}, error)) is BY_SQLITE_NAME["SQLITE_IOERR"]


# --- anything else


def test_no_answer_in_time_is_not_waited_for_twice() -> None:
    fault = classify(CommitTimeout("The database did not answer in time."))

    assert fault is faults.NO_ANSWER
    assert (fault.retry, fault.outage) == (False, True)


@pytest.mark.parametrize("error", [RuntimeError("a fault of ours"), KeyError("missing"), psycopg.ProgrammingError("no such type")])
def test_what_nobody_foresaw_is_the_records_own_fault_and_no_outage(error: Exception) -> None:
    fault = classify(error)

    assert fault is faults.UNFORESEEN
    assert (fault.retry, fault.outage, fault.known, fault.poison) == (False, False, False, False)


def test_a_driver_that_says_nothing_but_operational_has_lost_its_connection() -> None:
    assert classify(AlchemyOperationalError("UPDATE", {}, Exception("the database is down"))) is faults.NO_CONNECTION
    assert classify(DBAPIError("UPDATE", {}, Exception("gone"), connection_invalidated=True)) is faults.NO_CONNECTION
    assert classify(IntegrityError("UPDATE", {}, Exception("whatever"))) is faults.UNFORESEEN


def test_only_what_neither_retry_nor_time_can_heal_is_poison() -> None:
    rows = [*BY_SQLSTATE.values(), *BY_CLASS.values(), *BY_SQLITE_NAME.values(), faults.NO_ANSWER, faults.NO_CONNECTION]

    assert {row.name for row in rows if row.poison} == {"bad_value", "broken_constraint", "too_large"}
    assert faults.NO_REGISTRATION.poison
    assert all(row.why for row in rows)
