"""Where the files of unpacked packages live: a small interface, and a folder that keeps it.

Guarantees: a package is there whole or not at all: files are staged beside their place, made durable, and moved there
in one step. No name leads outside its package. What is discarded or fails leaves nothing behind. Another store (an
object store, say) needs the same methods and nothing else. Imports `errors` and `domain.packages.files` of ours.
"""

import errno
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Protocol

from seattime.domain.packages.files import PackageFiles, fold
from seattime.errors import DiskFull, NotFound, Unavailable

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]{0,127}")
_STAGING = ".staging-"
_REPLACED = ".replaced-"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
RESERVE_BYTES = 100 * 1024**2
"""Left free on the disk: the database and the spool usually lie on the same one, and they keep learners' time."""


class StagedFiles(PackageFiles, Protocol):
    """Files on their way into the store; nobody else sees them."""

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add a file. `name` is a checked relative path. Raises `DiskFull`, `Unavailable`."""

    def publish(self, key: str) -> None:
        """Make the files durable, then let them be the package `key`, at once. Raises `DiskFull`, `Unavailable`."""

    def discard(self) -> None:
        """Leave nothing behind. Does nothing once published or discarded."""


class PackageStore(Protocol):
    """Where unpacked packages live. Keys are internal and never reused for other content."""

    def stage(self, expected_bytes: int) -> StagedFiles:
        """Begin a package of about this size. Raises `DiskFull` where it cannot fit."""

    def path(self, key: str, name: str) -> Path:
        """A local file with this content (a remote store keeps a copy). Raises `NotFound`.

        A name that differs only in case or Unicode normal form is found too: courses made on Windows rely on it.
        """

    def open(self, key: str, name: str) -> BinaryIO:
        """The file, opened for reading. Raises `NotFound`."""

    def names(self, key: str, folder: str) -> list[str]:
        """All files whose names begin with `folder` (empty, or with a slash at its end), sorted."""

    def exists(self, key: str) -> bool:
        """There is a package of this key."""

    def delete(self, key: str) -> None:
        """Remove a package; nothing happens if there is none."""

    def clear_leftovers(self, older_than: float) -> int:
        """Remove what a killed process left half staged before `older_than` (seconds since 1970); how many went."""


class FolderStore:
    """A `PackageStore` in a folder of a local disk: `root/<key>/<name>`.

    `free_bytes` tells the room on the disk that holds a path.
    """

    def __init__(self, root: Path, *, free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free) -> None:
        self._root = Path(root)
        self._free_bytes = free_bytes

    def stage(self, expected_bytes: int) -> "FolderStaging":
        """Begin a package in a folder beside its later place."""
        with _disk_errors():
            self._root.mkdir(parents=True, exist_ok=True)
            free = self._free_bytes(self._root)
            if expected_bytes + RESERVE_BYTES > free:
                needed, left = expected_bytes // 1024**2 + 1, max(free - RESERVE_BYTES, 0) // 1024**2
                raise DiskFull(f"The package needs {needed} MB, but the server has room for {left} MB only.")
            folder = self._root / f"{_STAGING}{secrets.token_hex(12)}"
            folder.mkdir()
        return FolderStaging(self._root, folder)

    def path(self, key: str, name: str) -> Path:
        """The file `name` of the package `key`. Raises `NotFound`, whatever the name tries."""
        folder = self._folder(key)
        parts = name.split("/")
        if any(part in ("", ".", "..") or "\\" in part or "\0" in part for part in parts):
            raise NotFound("There is no such file in this package.")
        exact = folder.joinpath(*parts)
        try:
            found = exact if exact.is_file() else _find_folded(folder, parts)
        except OSError:  # a name longer than the disk can hold, for one
            found = None
        # Packages are unpacked without links; this holds even if somebody puts one there by hand.
        if found is None or not found.resolve().is_relative_to(folder.resolve()):
            raise NotFound("There is no such file in this package.")
        return found

    def open(self, key: str, name: str) -> BinaryIO:
        """The file, opened for reading. Raises `NotFound`."""
        return self.path(key, name).open("rb")

    def names(self, key: str, folder: str) -> list[str]:
        """All files whose names begin with `folder`; links that somebody put there are none. Raises `NotFound` for what is no key."""
        root = self._folder(key)
        found = (
            Path(directory, name).relative_to(root).as_posix()
            for directory, _, names in os.walk(root)
            for name in names
            if not Path(directory, name).is_symlink()
        )
        return sorted(name for name in found if name.startswith(folder))

    def exists(self, key: str) -> bool:
        """There is a package of this key."""
        return _KEY.fullmatch(key) is not None and (self._root / key).is_dir()

    def delete(self, key: str) -> None:
        """Remove a package: it is gone at once, its files right after."""
        folder = self._folder(key)
        aside = self._root / f"{_REPLACED}{secrets.token_hex(12)}"
        with suppress(FileNotFoundError):
            folder.rename(aside)
            shutil.rmtree(aside, ignore_errors=True)

    def clear_leftovers(self, older_than: float) -> int:
        """Remove what a killed process left half staged or half deleted before `older_than` (seconds since 1970).

        Returns how many folders went. Call it at start-up with the time of a day ago: an import that runs is younger.
        """
        gone = 0
        if not self._root.is_dir():
            return gone
        for folder in self._root.iterdir():
            if folder.name.startswith((_STAGING, _REPLACED)) and folder.stat().st_mtime < older_than:
                shutil.rmtree(folder, ignore_errors=True)
                gone += 1
        return gone

    def _folder(self, key: str) -> Path:
        if _KEY.fullmatch(key) is None:
            raise NotFound("There is no such package.")
        return self._root / key


class FolderStaging:
    """Files being staged in a hidden folder of a `FolderStore`."""

    def __init__(self, root: Path, folder: Path) -> None:
        self._root = root
        self._folder: Path | None = folder
        self._names: list[str] = []

    @property
    def names(self) -> Sequence[str]:
        """What was written so far, in its order."""
        return self._names

    def head(self, name: str, size: int) -> bytes:
        """At most `size` bytes from the start of a file."""
        with self._open_folder().joinpath(name).open("rb") as file:
            return file.read(size)

    def write(self, name: str, chunks: Iterable[bytes]) -> None:
        """Add a file; its chunks go to the disk as they come."""
        path = self._open_folder().joinpath(name)
        with _disk_errors():
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as file:
                for chunk in chunks:
                    file.write(chunk)
        self._names.append(name)

    def publish(self, key: str) -> None:
        """Sync files, then folders, then move all of it into place."""
        if _KEY.fullmatch(key) is None:
            raise ValueError(f"{key!r} cannot be the key of a package")
        folder = self._open_folder()
        with _disk_errors():
            for directory, _, files in os.walk(folder, topdown=False):
                for name in files:
                    _sync(Path(directory, name))
                _sync(Path(directory))
            self._move(folder, self._root / key)
            _sync(self._root)
        self._folder = None

    def discard(self) -> None:
        """Leave nothing behind."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _move(self, folder: Path, target: Path) -> None:
        if not target.exists():
            folder.replace(target)
            return
        # An import that was interrupted after this very step comes back with the same key.
        aside = self._root / f"{_REPLACED}{secrets.token_hex(12)}"
        target.rename(aside)
        folder.replace(target)
        shutil.rmtree(aside, ignore_errors=True)

    def _open_folder(self) -> Path:
        if self._folder is None:
            raise ValueError("these files are published or discarded already")
        return self._folder


def _find_folded(folder: Path, parts: list[str]) -> Path | None:
    """The file whose path differs only in case or normal form. No two such files exist, but folders may be several."""
    candidates = [folder]
    for part in parts:
        wanted = fold(part)
        candidates = [entry for parent in candidates if parent.is_dir() for entry in _entries_named(parent, wanted)]
    return next((path for path in candidates if path.is_file()), None)


def _entries_named(folder: Path, folded: str) -> Iterator[Path]:
    return (entry for entry in folder.iterdir() if fold(entry.name) == folded)


def _sync(path: Path) -> None:
    """Make a file or a folder durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _disk_errors() -> Iterator[None]:
    """Turn what the disk says into what a person can be told."""
    try:
        yield
    except OSError as cause:
        if cause.errno in _NO_ROOM:
            raise DiskFull("The server's disk is full; nothing of the package was kept.") from cause
        raise Unavailable("The server could not write the package to its disk; nothing of it was kept.") from cause
