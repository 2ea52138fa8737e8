"""Zip files for tests: proper ones, and ones that no tool would write."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

COURSE = {
    "imsmanifest.xml": (
        '<manifest identifier="M" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" '
        'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"><organizations default="O">'
        '<organization identifier="O"><title>Course</title><item identifier="I" identifierref="R">'
        "<title>L</title></item></organization></organizations>"
        '<resources><resource identifier="R" adlcp:scormtype="sco" href="index.html"/>'
        "</resources></manifest>"
    ),
    "index.html": "<title>Page</title>",
    "img/a.txt": "picture",
}


def zip_bytes(files: Mapping[str, str | bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A plain zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def zip_with(change: Callable[[zipfile.ZipInfo], None], name: str = "odd", data: bytes = b"x") -> bytes:
    """The course, and one more entry whose record `change` has altered."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for file, text in COURSE.items():
            archive.writestr(file, text)
        info = zipfile.ZipInfo(name)
        change(info)
        archive.writestr(info, data)
    return buffer.getvalue()


def raw_zip(entries: list[tuple[bytes, bytes, int, bytes]]) -> bytes:
    """A zip of stored entries (name as bytes, data, flags, extra field), written without anyone's rules for names."""
    body, directory = b"", b""
    for name, data, flags, extra in entries:
        crc = zlib.crc32(data)
        fields = (20, flags, 0, 0, 0, crc, len(data), len(data), len(name), len(extra))
        directory += struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, *fields, 0, 0, 0, 0, len(body)) + name + extra
        body += struct.pack("<4s5H3L2H", b"PK\x03\x04", *fields) + name + extra + data
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(entries), len(entries), len(directory), len(body), 0)
    return body + directory + end


def files_below(root: Path) -> dict[str, bytes]:
    """Every file below a folder, by its relative path."""
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}
