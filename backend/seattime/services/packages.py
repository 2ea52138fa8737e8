"""From an uploaded file to a package that only waits to be put in place.

Guarantees: what `read_package` returns is checked, unpacked, understood and can be started; whatever it refuses leaves
nothing behind. Nothing is published before `StagedPackage.commit`, so an older version stays live until then. Memory
does not grow with the package. Knows neither the database nor Flask.
"""

import hashlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from seattime.config import Settings
from seattime.domain.packages.model import MAX_IDENTIFIER, Package, activities
from seattime.domain.packages.recognize import recognize
from seattime.errors import PackageRefused
from seattime.storage.package_archive import ArchiveLimits, check_archive, hash_contents, open_archive, read_course_structure, unpack
from seattime.storage.package_files import PackageStore, StagedFiles

Progress = Callable[[int, int], None]
"""Told (bytes done, bytes in all) while a package is unpacked."""


@dataclass(frozen=True)
class StagedPackage:
    """A package that is read and not yet in place: `commit` or `discard` it.

    `size_bytes`: unpacked. `content_hash`: SHA-256 in hex over names and contents, the same however it was zipped. As a
    context manager it discards what was not committed.
    """

    package: Package
    files: StagedFiles
    file_count: int
    size_bytes: int
    content_hash: str

    def commit(self, key: str) -> None:
        """Put the files in place as the package `key`. Raises `DiskFull`, `Unavailable`; discard it after that."""
        self.files.publish(key)

    def discard(self) -> None:
        """Leave nothing behind; does nothing after `commit`."""
        self.files.discard()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.discard()


def read_package(
    store: PackageStore,
    file: BinaryIO | Path,
    *,
    file_name: str | None = None,
    limits: ArchiveLimits | None = None,
    progress: Progress | None = None,
) -> StagedPackage:
    """Check a zip, unpack it beside its later place and understand it; or the XML of a cmi5 course structure alone.

    `file`: a path, or a stream that can seek. `file_name`: what the person calls it, for messages. Raises
    `PackageRefused`, `DiskFull`, `Unavailable`.
    """
    shown = file_name or (file.name if isinstance(file, Path) else "The file")
    limits = limits or ArchiveLimits()
    with ExitStack() as stack:
        stream = stack.enter_context(_open(file, shown)) if isinstance(file, Path) else file
        alone = read_course_structure(stream)
        if alone is not None:
            return _read_alone(store, alone)
        archive = stack.enter_context(open_archive(stream, shown, limits))
        checked = check_archive(archive, limits, shown)
        staged = store.stage(checked.total_bytes)
        try:
            content_hash = unpack(checked, staged.write, progress or _tell_nobody)
            package = recognize(staged)
            _check_identifiers(package, shown)
        except BaseException:
            staged.discard()
            raise
    return StagedPackage(
        package=replace(package, warnings=(*checked.warnings, *package.warnings)),
        files=staged,
        file_count=len(checked.entries),
        size_bytes=checked.total_bytes,
        content_hash=content_hash,
    )


def _read_alone(store: PackageStore, course_structure: bytes) -> StagedPackage:
    """A cmi5 course structure without a zip: all of its units lie elsewhere (cmi5 14.2)."""
    staged = store.stage(len(course_structure))
    try:
        staged.write("cmi5.xml", [course_structure])
        package = recognize(staged)
        _check_identifiers(package, "cmi5.xml")
    except BaseException:
        staged.discard()
        raise
    content_hash = hash_contents([("cmi5.xml", hashlib.sha256(course_structure).hexdigest())])
    return StagedPackage(package, staged, file_count=1, size_bytes=len(course_structure), content_hash=content_hash)


def _check_identifiers(package: Package, file: str) -> None:
    for item in activities(package):
        if len(item.identifier) > MAX_IDENTIFIER:
            raise PackageRefused(
                f"{file}: the identifier of the item {item.title[:60]!r} has {len(item.identifier)} characters; "
                f"{MAX_IDENTIFIER} are the most.",
                file=file,
            )


def limits_from_settings(settings: Settings) -> ArchiveLimits:
    """The caps that the operator has set."""
    return ArchiveLimits(
        max_bytes=settings.max_package_bytes,
        max_files=settings.max_package_files,
        max_ratio=settings.max_package_ratio,
    )


def _open(path: Path, shown: str) -> BinaryIO:
    try:
        return path.open("rb")
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as cause:
        raise PackageRefused(f"{shown} is not a file.", file=shown) from cause
    except PermissionError as cause:
        raise PackageRefused(f"{shown} may not be read.", file=shown) from cause


def _tell_nobody(done: int, total: int) -> None:
    """Progress that nobody follows."""
