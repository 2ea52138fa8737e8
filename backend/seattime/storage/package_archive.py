"""Zip files from strangers: everything that can be known before unpacking is checked before unpacking.

Guarantees: `check_archive` and `unpack` either do their work or raise `PackageRefused` with a sentence that names the
entry and the reason. Memory stays flat whatever the archive holds: the directory is bounded before it is read, and
entries are streamed. What an entry says of its size is not believed: bytes are counted as they come. Imports `errors`
and `domain.packages` (`files`, `manifest_xml`) of ours; writes nothing itself.
"""

import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from seattime.domain.packages.files import fold
from seattime.domain.packages.manifest_xml import MAX_MANIFEST_BYTES
from seattime.errors import PackageRefused

CHUNK_BYTES = 1 << 20
MAX_NAME_BYTES = 1_000
MAX_PART_BYTES = 255
"""What common file systems take for one name between two slashes."""

_END_OF_DIRECTORY = b"PK\x05\x06"
_LOCATOR_64 = b"PK\x06\x07"
_END_OF_DIRECTORY_64 = b"PK\x06\x06"
_LOCAL_HEADER = struct.Struct("<4s5H3L2H")
_BYTES_PER_ENTRY = 46 + MAX_NAME_BYTES + 250
_ENCRYPTED_FLAGS = 0x1 | 0x40 | 0x2000
_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
_HEAD_BYTES = 8192
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a package may hold. `max_ratio`: unpacked bytes for each packed one, minded above `ratio_from_bytes`."""

    max_bytes: int = 5 * 1024**3
    max_files: int = 50_000
    max_ratio: int = 200
    ratio_from_bytes: int = 10 * 1024**2


@dataclass(frozen=True, slots=True)
class Entry:
    """One file to unpack. `name`: its checked path with forward slashes. `size`: in bytes, as the archive says."""

    name: str
    size: int
    info: zipfile.ZipInfo


@dataclass(frozen=True, slots=True)
class CheckedArchive:
    """An archive that may be unpacked. `warnings`: sentences for the person who imports."""

    archive: zipfile.ZipFile
    file_name: str
    entries: tuple[Entry, ...]
    total_bytes: int
    warnings: tuple[str, ...] = ()


def open_archive(file: BinaryIO, file_name: str, limits: ArchiveLimits) -> zipfile.ZipFile:
    """Open a zip whose directory is of a bearable size. Raises `PackageRefused`: no zip, cut off, damaged."""
    file.seek(0, os.SEEK_END)
    length = file.tell()
    if length == 0:
        raise PackageRefused(f"{file_name} is empty.", file=file_name)
    directory_bytes = _directory_size(file, length)
    if directory_bytes is None:
        file.seek(0)
        if file.read(4) == b"PK\x03\x04":
            message = f"{file_name} is cut off: the end of the zip is missing; upload it again."
        else:
            message = f"{file_name} is not a zip file."
        raise PackageRefused(message, file=file_name)
    if directory_bytes > length:
        raise PackageRefused(f"{file_name} is a damaged zip file.", file=file_name)
    if directory_bytes > limits.max_files * _BYTES_PER_ENTRY:
        raise PackageRefused(f"{file_name} holds more than {limits.max_files} files.", file=file_name)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, struct.error, ValueError, OverflowError, NotImplementedError, OSError) as cause:
        raise PackageRefused(f"{file_name} is a damaged zip file.", file=file_name) from cause


def read_course_structure(file: BinaryIO) -> bytes | None:
    """The file, where it is no zip but the XML of a cmi5 course structure, which may come alone (cmi5 14). Raises `PackageRefused`."""
    file.seek(0)
    head = file.read(_HEAD_BYTES)
    # in UTF-16 there is a NUL beside every letter
    if head.startswith(b"PK") or b"courseStructure" not in head.replace(b"\0", b""):
        return None
    file.seek(0)
    text = file.read(MAX_MANIFEST_BYTES + 1)
    if len(text) > MAX_MANIFEST_BYTES:
        raise PackageRefused(f"The course structure is larger than {MAX_MANIFEST_BYTES // 1_000_000} MB.")
    return text


def check_archive(archive: zipfile.ZipFile, limits: ArchiveLimits, file_name: str = "The file") -> CheckedArchive:
    """Check every entry before anything is unpacked. Raises `PackageRefused` for the first that is not acceptable."""
    infos = archive.infolist()
    if len(infos) > limits.max_files:
        raise PackageRefused(f"{file_name} holds more than {limits.max_files} files.", file=file_name)
    entries: list[Entry] = []
    warnings: list[str] = []
    total = 0
    for info in infos:
        name, is_folder = _checked_name(info)
        if "\\" in info.orig_filename and not warnings:
            warnings.append("The zip separates folders by backslashes; they were read as slashes.")
        _check_type(info, name)
        if is_folder:
            continue
        total += info.file_size
        _check_size(info, name, total, limits)
        entries.append(Entry(name, info.file_size, info))
    packed = sum(entry.info.compress_size for entry in entries)
    if total > limits.ratio_from_bytes and total > packed * limits.max_ratio:
        raise PackageRefused(_ratio_message(file_name, limits), file=file_name)
    if not entries:
        raise PackageRefused(f"{file_name} is empty: it holds no files.", file=file_name)
    _check_collisions(entries)
    _check_overlaps(archive, infos, file_name)
    return CheckedArchive(archive, file_name, tuple(entries), total, tuple(warnings))


def unpack(
    checked: CheckedArchive,
    write: Callable[[str, Iterator[bytes]], None],
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> str:
    """Stream every entry to `write(name, chunks)` and return the content's hash.

    `progress(done, total)` is told bytes. The hash is SHA-256 over names and contents, the same however the files were
    zipped. Raises `PackageRefused` for an entry that is damaged or is not of the size that it claims.
    """
    done = 0
    hashes: list[tuple[str, str]] = []

    def chunks_of(entry: Entry) -> Iterator[bytes]:
        nonlocal done
        digest = hashlib.sha256()
        size = 0
        for chunk in _read_entry(checked, entry):
            digest.update(chunk)
            size += len(chunk)
            done += len(chunk)
            yield chunk
            progress(done, checked.total_bytes)
        if size != entry.size:
            raise _damaged(checked, entry)
        hashes.append((entry.name, digest.hexdigest()))

    for entry in checked.entries:
        write(entry.name, chunks_of(entry))
    return hash_contents(hashes)


def hash_contents(hashes: Sequence[tuple[str, str]]) -> str:
    """Of a whole package, from the names of its files and their SHA-256 in hex."""
    whole = hashlib.sha256()
    for name, file_hash in sorted(hashes):
        whole.update(f"{name}\0{file_hash}\n".encode())
    return whole.hexdigest()


def _read_entry(checked: CheckedArchive, entry: Entry) -> Iterator[bytes]:
    try:
        with checked.archive.open(entry.info) as stream:
            # Python stops at the size that the entry claims and then compares the checksum, so a longer one fails too.
            while chunk := stream.read(CHUNK_BYTES):
                yield chunk
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as cause:
        raise _damaged(checked, entry) from cause


def _damaged(checked: CheckedArchive, entry: Entry) -> PackageRefused:
    return PackageRefused(f"{checked.file_name} is damaged: {entry.name} cannot be unpacked whole.", file=entry.name)


def _directory_size(file: BinaryIO, length: int) -> int | None:
    """The bytes that the zip's directory says it takes, or None where the file has no end of directory.

    Read here because `zipfile` reads the whole directory into memory before anyone can look at it.
    """
    tail_length = min(length, 22 + 65_535)
    file.seek(length - tail_length)
    tail = file.read(tail_length)
    position = tail.rfind(_END_OF_DIRECTORY)
    if position < 0 or len(tail) - position < 22:
        return None
    size = int.from_bytes(tail[position + 12 : position + 16], "little")
    locator = length - tail_length + position - 20
    if locator < 0:
        return size
    file.seek(locator)
    if file.read(4) != _LOCATOR_64:
        return size
    # zipfile takes the record right before its locator, whatever offset the locator gives.
    file.seek(max(locator - 56, 0))
    record = file.read(56)
    return int.from_bytes(record[40:48], "little") if record.startswith(_END_OF_DIRECTORY_64) else size


def _checked_name(info: zipfile.ZipInfo) -> tuple[str, bool]:
    """The path to unpack to, and whether it is a folder. Raises `PackageRefused` where it leads elsewhere."""
    written = _decoded_name(info)
    shown = written if len(written) <= 100 else f"{written[:97]}..."
    name = written.replace("\\", "/")
    if any(ord(character) < 32 or ord(character) == 127 for character in name):
        raise PackageRefused(f"The zip holds a file with control characters in its name: {shown!r}.", file=written)
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        raise PackageRefused(f"The zip holds a file with an absolute path: {shown}.", file=written)
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise PackageRefused(f"The zip holds a file that leads outside the package: {shown}.", file=written)
    encoded = [part.encode("utf-8") for part in parts]
    if sum(map(len, encoded)) + len(parts) > MAX_NAME_BYTES or any(len(part) > MAX_PART_BYTES for part in encoded):
        raise PackageRefused(f"The zip holds a file with too long a name: {shown}.", file=written)
    is_folder = name.endswith("/") or not parts
    return "/".join(parts), is_folder


def _decoded_name(info: zipfile.ZipInfo) -> str:
    """The entry's name as its maker meant it (APPNOTE 4.4.4 bit 11, 4.6.9, appendix D).

    Names without the UTF-8 flag are code page 437 by the book, but many tools write UTF-8 and do not say so.
    """
    if info.flag_bits & _UTF8_FLAG:
        return info.orig_filename
    raw = info.orig_filename.encode("cp437", errors="replace")
    unicode_path = _extra_field(info.extra, _UNICODE_PATH)
    if len(unicode_path) > 5 and int.from_bytes(unicode_path[1:5], "little") == zlib.crc32(raw):
        raw = unicode_path[5:]
    try:
        return raw.decode("utf-8")
    except UnicodeError:
        return info.orig_filename


def _extra_field(extra: bytes, wanted: int) -> bytes:
    position = 0
    while position + 4 <= len(extra):
        identifier, size = struct.unpack_from("<HH", extra, position)
        if identifier == wanted:
            return extra[position + 4 : position + 4 + size]
        position += 4 + size
    return b""


def _check_type(info: zipfile.ZipInfo, name: str) -> None:
    if info.flag_bits & _ENCRYPTED_FLAGS:
        raise PackageRefused(f"The zip is encrypted ({name}); make it without a password.", file=name)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise PackageRefused(f"The zip holds a link, {name}; links are not allowed.", file=name)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise PackageRefused(f"The zip holds a device or another special file, {name}.", file=name)
    if info.compress_type not in _METHODS:
        message = f"The zip packs {name} in a way that courses may not use (method {info.compress_type}); zip it again."
        raise PackageRefused(message, file=name)


def _check_size(info: zipfile.ZipInfo, name: str, total: int, limits: ArchiveLimits) -> None:
    if total > limits.max_bytes:
        message = f"The package is larger than {_in_words(limits.max_bytes)} when unpacked (at {name})."
        raise PackageRefused(message, file=name)
    if info.file_size > limits.ratio_from_bytes and info.file_size > info.compress_size * limits.max_ratio:
        raise PackageRefused(_ratio_message(name, limits), file=name)


def _in_words(size: int) -> str:
    for unit, name in ((1024**3, "GB"), (1024**2, "MB")):
        if size >= unit:
            return f"{size / unit:.3g} {name}"
    return f"{size} bytes"


def _ratio_message(name: str, limits: ArchiveLimits) -> str:
    return f"{name} unpacks to more than {limits.max_ratio} times its size, as a zip bomb does."


def _check_collisions(entries: Sequence[Entry]) -> None:
    """No two files that are one file on a disk without case or with another Unicode normal form, no file that is also a
    folder. Folders may differ in spelling: their files do not meet."""
    seen: dict[str, str] = {}
    for entry in entries:
        folded = fold(entry.name)
        if folded in seen:
            other = seen[folded]
            difference = "twice" if other == entry.name else f"and {entry.name}, which are one name on many disks"
            raise PackageRefused(f"The zip holds {other} {difference}.", file=entry.name)
        seen[folded] = entry.name
    for folded, name in seen.items():
        folder = folded.rpartition("/")[0]
        while folder:
            if folder in seen:
                raise PackageRefused(f"The zip holds {seen[folder]} both as a file and as a folder.", file=name)
            folder = folder.rpartition("/")[0]


def _check_overlaps(archive: zipfile.ZipFile, infos: Sequence[zipfile.ZipInfo], file_name: str) -> None:
    """Every entry has bytes of its own: bombs that share one packed body among thousands of entries do not."""
    file = archive.fp
    if file is None:
        raise ValueError("the archive is closed")
    end_of_last, last = 0, ""
    for info in sorted(infos, key=lambda i: i.header_offset):
        if info.header_offset < end_of_last:
            message = f"{file_name} is not a plain zip: {info.filename} overlaps {last}."
            raise PackageRefused(message, file=info.filename)
        file.seek(max(info.header_offset, 0))
        header = file.read(_LOCAL_HEADER.size)
        if info.header_offset < 0 or len(header) < _LOCAL_HEADER.size or not header.startswith(b"PK\x03\x04"):
            raise PackageRefused(f"{file_name} is damaged: {info.filename} is missing.", file=info.filename)
        *_, name_length, extra_length = _LOCAL_HEADER.unpack(header)
        start = info.header_offset + _LOCAL_HEADER.size + name_length + extra_length
        end_of_last, last = start + info.compress_size, info.filename
    if end_of_last > archive.start_dir:
        raise PackageRefused(f"{file_name} is damaged: {last} is cut off.", file=last)
