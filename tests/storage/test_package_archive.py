"""Bad zips, one by one: each is refused before or while it is unpacked, with a sentence that names it."""

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from seattime.errors import PackageRefused
from seattime.storage.package_archive import ArchiveLimits, CheckedArchive, check_archive, open_archive, unpack
from tests.storage.zips import COURSE, raw_zip, zip_bytes, zip_with

LIMITS = ArchiveLimits()


def checked(data: bytes, limits: ArchiveLimits = LIMITS) -> CheckedArchive:
    return check_archive(open_archive(io.BytesIO(data), "course.zip", limits), limits, "course.zip")


def refusal(data: bytes, limits: ArchiveLimits = LIMITS) -> str:
    """The sentence with which checking refuses these bytes."""
    with pytest.raises(PackageRefused) as caught:
        checked(data, limits)
    return caught.value.message


def unpacked(data: bytes) -> dict[str, bytes]:
    files: dict[str, bytes] = {}

    def write(name: str, chunks: Iterator[bytes]) -> None:
        files[name] = b"".join(chunks)

    unpack(checked(data), write)
    return files


def names(data: bytes) -> list[str]:
    return [entry.name for entry in checked(data).entries]


def test_a_plain_zip_is_unpacked_as_it_is() -> None:
    assert unpacked(zip_bytes(COURSE)) == {name: text.encode() for name, text in COURSE.items()}
    assert unpacked(zip_bytes(COURSE, zipfile.ZIP_STORED)) == unpacked(zip_bytes(COURSE))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "course.zip is empty."),
        (b"Rar!\x1a\x07 something else", "course.zip is not a zip file."),
        (b"<html></html>" * 1000, "course.zip is not a zip file."),
        (
            zip_bytes({"a.bin": bytes(range(256)) * 400}, zipfile.ZIP_STORED)[:50_000],
            "course.zip is cut off: the end of the zip is missing; upload it again.",
        ),
        (zip_bytes({}), "course.zip is empty: it holds no files."),
        (zip_bytes({"folder/": ""}), "course.zip is empty: it holds no files."),
    ],
)
def test_what_is_no_whole_zip_is_refused(data: bytes, message: str) -> None:
    assert refusal(data) == message


def test_an_upload_cut_off_anywhere_is_refused() -> None:
    whole = zip_bytes(COURSE)
    for length in range(4, len(whole) - 1, 7):
        refusal(whole[:length])


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../evil.html", "The zip holds a file that leads outside the package: ../evil.html."),
        ("a/../../evil.html", "The zip holds a file that leads outside the package: a/../../evil.html."),
        ("a/../b.html", "The zip holds a file that leads outside the package: a/../b.html."),
        ("..\\evil.html", "The zip holds a file that leads outside the package: ..\\evil.html."),
        ("/etc/passwd", "The zip holds a file with an absolute path: /etc/passwd."),
        ("\\windows\\x", "The zip holds a file with an absolute path: \\windows\\x."),
        ("C:\\windows\\x", "The zip holds a file with an absolute path: C:\\windows\\x."),
        ("c:x", "The zip holds a file with an absolute path: c:x."),
        ("a\nb", "The zip holds a file with control characters in its name: 'a\\nb'."),
        ("a\0b", "The zip holds a file with control characters in its name: 'a\\x00b'."),
        ("x" * 256, f"The zip holds a file with too long a name: {'x' * 97}...."),
        ("a/" * 600 + "b", f"The zip holds a file with too long a name: {'a/' * 48}a...."),
        ("../", "The zip holds a file that leads outside the package: ../."),
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, message: str) -> None:
    assert refusal(raw_zip([(b"index.html", b"x", 0, b""), (name.encode(), b"x", 0x800, b"")])) == message


def test_backslashes_are_read_as_slashes_with_a_warning() -> None:
    archive = checked(raw_zip([(b"img\\a.png", b"x", 0, b""), (b"js\\b.js", b"x", 0, b"")]))
    assert [entry.name for entry in archive.entries] == ["img/a.png", "js/b.js"]
    assert archive.warnings == ("The zip separates folders by backslashes; they were read as slashes.",)


def test_dots_and_doubled_slashes_in_names_are_harmless() -> None:
    assert names(raw_zip([(b"./index.html", b"x", 0, b""), (b"a//b/./c.js", b"x", 0, b"")])) == [
        "index.html",
        "a/b/c.js",
    ]


def test_names_are_read_in_the_encoding_that_the_tool_used() -> None:
    unicode_path = b"\x01" + struct.pack("<L", zlib.crc32(b"gr__e.html")) + "größe.html".encode()
    stale = b"\x01" + struct.pack("<L", zlib.crc32(b"other")) + b"wrong.html"
    assert names(raw_zip([("größe.html".encode(), b"x", 0x800, b"")])) == ["größe.html"]
    assert names(raw_zip([("größe.html".encode(), b"x", 0, b"")])) == ["größe.html"]
    assert names(raw_zip([("größe.html".encode("cp437"), b"x", 0, b"")])) == ["größe.html"]
    extra = struct.pack("<HH", 0x7075, len(unicode_path)) + unicode_path
    assert names(raw_zip([(b"gr__e.html", b"x", 0, extra)])) == ["größe.html"]
    extra = struct.pack("<HH", 0x7075, len(stale)) + stale
    assert names(raw_zip([(b"gr__e.html", b"x", 0, extra)])) == ["gr__e.html"]


def test_the_content_of_an_oddly_named_entry_is_unpacked() -> None:
    assert unpacked(raw_zip([("größe.html".encode(), b"one", 0, b"")])) == {"größe.html": b"one"}
    assert unpacked(raw_zip([("größe.html".encode("cp437"), b"two", 0, b"")])) == {"größe.html": b"two"}


def mode(value: int) -> bytes:
    def change(info: zipfile.ZipInfo) -> None:
        info.create_system = 3
        info.external_attr = value << 16

    return zip_with(change, data=b"/etc/passwd")


def test_links_and_devices_are_refused() -> None:
    assert refusal(mode(stat.S_IFLNK | 0o777)) == "The zip holds a link, odd; links are not allowed."
    for kind in (stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK):
        assert refusal(mode(kind | 0o644)) == "The zip holds a device or another special file, odd."
    checked(mode(stat.S_IFREG | 0o644))


def test_encrypted_entries_are_refused() -> None:
    for flag in (0x1, 0x41, 0x2000):
        data = raw_zip([(b"index.html", b"x", flag, b"")])
        assert refusal(data) == "The zip is encrypted (index.html); make it without a password."


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_ways_of_packing_that_courses_may_not_use_are_refused(method: int) -> None:
    def change(info: zipfile.ZipInfo) -> None:
        info.compress_type = method

    message = f"The zip packs odd in a way that courses may not use (method {method}); zip it again."
    assert refusal(zip_with(change)) == message


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("a.html", "a.html", "The zip holds a.html twice."),
        ("a.html", "A.html", "The zip holds a.html and A.html, which are one name on many disks."),
        ("x/a.html", "X/a.html", "The zip holds x/a.html and X/a.html, which are one name on many disks."),
        ("é", "e\u0301", "The zip holds é and e\u0301, which are one name on many disks."),
        ("STRASSE", "straße", "The zip holds STRASSE and straße, which are one name on many disks."),
        ("a", "a/b", "The zip holds a both as a file and as a folder."),
        ("A/b/c", "a/B", "The zip holds a/B both as a file and as a folder."),
    ],
)
def test_two_entries_that_would_be_one_file_are_refused(first: str, second: str, message: str) -> None:
    assert refusal(raw_zip([(name.encode(), b"x", 0x800, b"") for name in (first, second)])) == message


def test_folders_that_differ_in_case_do_not_collide() -> None:
    assert names(zip_bytes({"Img/a.png": "1", "img/b.png": "2"})) == ["Img/a.png", "img/b.png"]


def test_caps_on_size_count_and_ratio_refuse_before_unpacking() -> None:
    small = ArchiveLimits(max_bytes=100, max_files=3, max_ratio=10, ratio_from_bytes=50)
    four = {f"{n}.txt": "x" for n in range(4)}
    assert refusal(zip_bytes(four), small) == "course.zip holds more than 3 files."
    stored = zip_bytes({"a.bin": bytes(range(101))}, zipfile.ZIP_STORED)
    assert refusal(stored, small) == "The package is larger than 100 bytes when unpacked (at a.bin)."
    bomb = zip_bytes({"bomb.txt": "0" * 100_000})
    limits = ArchiveLimits(max_ratio=10, ratio_from_bytes=50_000)
    assert refusal(bomb, limits) == "bomb.txt unpacks to more than 10 times its size, as a zip bomb does."
    assert names(bomb) == ["bomb.txt"]  # below the size from which the ratio is minded
    many = zip_bytes({f"{n}.txt": "0" * 10_000 for n in range(10)})
    assert refusal(many, limits) == "course.zip unpacks to more than 10 times its size, as a zip bomb does."


def test_a_directory_too_large_to_read_is_refused_unread() -> None:
    data = bytearray(zip_bytes({f"{n:0200}.txt": "" for n in range(60)}))
    assert refusal(bytes(data), ArchiveLimits(max_files=5)) == "course.zip holds more than 5 files."


def test_a_directory_larger_than_the_file_is_damage() -> None:
    data = bytearray(zip_bytes(COURSE))
    data[-10:-6] = struct.pack("<L", 1 << 30)
    assert refusal(bytes(data)) == "course.zip is a damaged zip file."


def overlapping() -> bytes:
    """Two names in the directory, both pointing to the body of the first."""
    data = bytearray(zip_bytes({"a.html": "x" * 100, "b.html": "y" * 100}, zipfile.ZIP_STORED))
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<L", 0)
    return bytes(data)


def test_overlapping_entries_are_refused() -> None:
    assert refusal(overlapping()) == "course.zip is not a plain zip: b.html overlaps a.html."


def test_an_entry_whose_place_holds_something_else_is_damage() -> None:
    data = bytearray(zip_bytes({"a.html": "x" * 100}, zipfile.ZIP_STORED))
    data[0:2] = b"??"
    assert refusal(bytes(data)) == "course.zip is damaged: a.html is missing."


def lying(size: int) -> bytes:
    """One stored entry of 100 bytes whose directory record claims `size` unpacked bytes."""
    data = bytearray(zip_bytes({"a.html": "x" * 100}))
    record = data.rfind(b"PK\x01\x02")
    data[record + 24 : record + 28] = struct.pack("<L", size)
    return bytes(data)


@pytest.mark.parametrize("size", [1, 99, 101, 5000])
def test_sizes_that_lie_are_found_while_unpacking(size: int) -> None:
    with pytest.raises(PackageRefused) as caught:
        unpacked(lying(size))
    assert caught.value.message == "course.zip is damaged: a.html cannot be unpacked whole."
    assert caught.value.file == "a.html"


def test_damaged_content_is_found_while_unpacking() -> None:
    data = bytearray(zip_bytes({"a.html": "x" * 100}, zipfile.ZIP_STORED))
    data[60] ^= 0xFF
    with pytest.raises(PackageRefused, match=r"a\.html cannot be unpacked whole"):
        unpacked(bytes(data))


def test_no_byte_changed_in_a_zip_raises_anything_but_a_refusal(tmp_path: Path) -> None:
    whole = zip_bytes(COURSE)
    for position in range(0, len(whole), 3):
        data = bytearray(whole)
        data[position] ^= 0x55
        try:
            files = unpacked(bytes(data))
        except PackageRefused as refused:
            message = refused.message
        else:
            message = ""
            assert files
        assert message == "" or message.endswith(".")


def test_the_hash_depends_on_names_and_contents_and_on_nothing_else() -> None:
    def hash_of(data: bytes) -> str:
        return unpack(checked(data), lambda name, chunks: [*chunks].clear())

    same = {"b.txt": "2", "a.txt": "1"}
    assert hash_of(zip_bytes({"a.txt": "1", "b.txt": "2"})) == hash_of(zip_bytes(same, zipfile.ZIP_STORED))
    assert hash_of(zip_bytes({"a.txt": "1"})) != hash_of(zip_bytes({"a.txt": "2"}))
    assert hash_of(zip_bytes({"a.txt": "1"})) != hash_of(zip_bytes({"b.txt": "1"}))
    # sha256sum of "1"; the whole is the digest of the line: name, NUL, that digest, newline
    one = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"
    assert hash_of(zip_bytes({"a.txt": "1"})) == hashlib.sha256(f"a.txt\0{one}\n".encode()).hexdigest()


def test_progress_is_told_in_bytes_and_ends_at_the_total() -> None:
    told: list[tuple[int, int]] = []
    data = zip_bytes({"a.bin": b"a" * 3_000_000, "b.bin": b"b" * 10})
    unpack(checked(data), lambda name, chunks: [*chunks].clear(), lambda done, total: told.append((done, total)))
    assert told == [
        (1_048_576, 3_000_010),
        (2_097_152, 3_000_010),
        (3_000_000, 3_000_010),
        (3_000_010, 3_000_010),
    ]
