"""A package's files as one zip, made while it is sent. Guarantees: the same files give the same bytes; memory stays flat, and nothing is
written to the disk. Imports nothing of ours."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

CHUNK: Final = 256 * 1024
FIXED_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a zip can hold (APPNOTE 4.4.6)."""


class _Outgoing(io.RawIOBase):
    """What was written since it was last taken."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes | bytearray | memoryview) -> int:  # type: ignore[override]  # what zipfile writes
        self._parts.append(bytes(data))
        return len(self._parts[-1])

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


def zip_chunks(files: Iterable[tuple[str, Path]]) -> Iterator[bytes]:
    """`files`: the name in the zip, and where the file lies."""
    out = _Outgoing()
    with zipfile.ZipFile(out, "w") as archive:
        for name, path in files:
            entry = zipfile.ZipInfo(name, FIXED_DATE)
            # deflated: some readers take an entry whose length stands behind it in no other form
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as target:
                while chunk := source.read(CHUNK):
                    target.write(chunk)
                    yield out.take()
            yield out.take()
    yield out.take()
