"""One process of this host at a time: a lock on a file, which the system gives up when its holder dies, by SIGKILL too."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone_on_host(path: Path) -> Iterator[bool]:
    """Whether nobody else of this host holds this lock, for as long as the block runs. The file is made where it is missing, and stays.

    Raises OSError where the disk has no locks or takes no file: silence would look like another holder, for ever.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            alone = False
        else:
            alone = True
        yield alone
    finally:
        os.close(descriptor)
