"""The lock by which one process of a host does what only one may do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from seattime.storage.host_lock import alone_on_host

HOLD = """
import sys, pathlib
from seattime.storage.host_lock import alone_on_host
with alone_on_host(pathlib.Path(sys.argv[1])) as alone:
    print(alone, flush=True)
    sys.stdin.read()
"""


def test_one_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    lock = tmp_path / "made" / "some.lock"
    with subprocess.Popen([sys.executable, "-c", HOLD, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "True\n"
        with alone_on_host(lock) as alone:
            assert not alone
        other.kill()
    for _ in range(2):
        with alone_on_host(lock) as alone:
            assert alone
