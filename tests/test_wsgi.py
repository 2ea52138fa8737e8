"""`seattime.wsgi` under a server that loads the application first and forks its workers then."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, threading
from sqlalchemy import text
from seattime import wsgi
from seattime.storage.models import db

def threads():
    return sorted(thread.name for thread in threading.enumerate() if thread.name in ("caretaker", "hung-watch"))

with wsgi.app.app_context():
    db.session.execute(text("SELECT 1"))
    db.session.remove()
    pooled = db.engine.pool.checkedin()
child = os.fork()
if child == 0:
    with wsgi.app.app_context():
        print("child", threads(), db.engine.pool.checkedin(), flush=True)
    os._exit(0)
os.waitpid(child, 0)
print("parent", threads(), pooled, flush=True)
"""


def test_a_worker_that_was_forked_has_a_caretaker_and_no_connection_of_its_parent(tmp_path: Path, postgres_uri: str) -> None:
    environment = {
        **os.environ,
        "SEATTIME_DATA_DIR": str(tmp_path),
        "SEATTIME_DATABASE_URL": postgres_uri,
        "SEATTIME_SECRET_KEY": "test-key",
        "SEATTIME_SPOOL_ANY_FOLDER": "1",
    }

    done = subprocess.run([sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=120, check=True)

    assert done.stdout.splitlines() == [
        "child ['caretaker', 'hung-watch'] 0",
        "parent ['caretaker', 'hung-watch'] 1",
    ]
