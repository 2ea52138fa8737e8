"""Uploaded files go straight to the folder that imports are run from: no second copy, nothing in memory.

Guarantees: what a request left there and nobody took over is removed when the request ends.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import IO

from flask import Request

from seattime.services import import_jobs


class UploadRequest(Request):
    """The application's request class."""

    _arrived: tuple[Path, ...] = ()

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        # Werkzeug's documented way to choose where a file in a form goes; `import_jobs.resume` clears up this suffix
        handle = tempfile.NamedTemporaryFile(  # noqa: SIM115  (closed with the request)
            "w+b", dir=import_jobs.incoming_folder(), suffix=".upload", delete=False
        )
        self._arrived = (*self._arrived, Path(handle.name))
        return handle

    def close(self) -> None:
        """Closes the files and removes what was not taken over."""
        super().close()
        for path in self._arrived:
            path.unlink(missing_ok=True)
