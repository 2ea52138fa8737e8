"""From an uploaded file to a staged package, on a real folder; and every package that lies beside the repository."""

import io
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from seattime.config import Settings
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import activities
from seattime.errors import DiskFull, PackageRefused
from seattime.services.packages import limits_from_settings, read_package
from seattime.storage.package_archive import ArchiveLimits
from seattime.storage.package_files import FolderStore
from tests.storage.zips import COURSE, files_below, raw_zip, zip_bytes, zip_with

# What lies in the folder `shared/packages` beside some checkouts: kind and number of things that can be started.
KNOWN = {
    "catapult-multi-au-cmi5.zip": (PackageKind.CMI5, 8, None),
    "catapult-single-au-cmi5.zip": (PackageKind.CMI5, 1, None),
    "golf-one-file-per-sco-scorm12.zip": (PackageKind.SCORM12, 18, "Rustici golf example"),
    "golf-runtime-basic-scorm12.zip": (PackageKind.SCORM12, 1, "Rustici golf example"),
    "golf-runtime-scorm2004-3rd.zip": (PackageKind.SCORM2004_3, 1, "Rustici golf example"),
    "handwritten-game-scorm12.zip": (PackageKind.SCORM12, 1, None),
}


def packages_beside_the_repository() -> Iterator[Path]:
    for parent in Path(__file__).resolve().parents:
        folder = parent.parent / "shared" / "packages"
        if folder.is_dir():
            yield from sorted(folder.glob("*.zip"))
            return


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "packages")


@pytest.fixture
def course(tmp_path: Path) -> Path:
    path = tmp_path / "course.zip"
    path.write_bytes(zip_bytes(COURSE))
    return path


def test_a_package_is_read_and_waits_to_be_put_in_place(store: FolderStore, course: Path, tmp_path: Path) -> None:
    staged = read_package(store, course)
    assert (staged.package.kind, staged.package.title) == (PackageKind.SCORM12, "Course")
    size = sum(len(text) for text in COURSE.values())
    assert (staged.file_count, staged.size_bytes, len(staged.content_hash)) == (3, size, 64)
    assert not store.exists("k1")
    staged.commit("k1")
    assert files_below(tmp_path / "packages") == {f"k1/{name}": text.encode() for name, text in COURSE.items()}


def test_a_stream_is_read_as_a_file_is_and_stays_open(store: FolderStore, course: Path) -> None:
    with course.open("rb") as stream, read_package(store, stream) as staged:
        assert staged.content_hash == read_hash(store, course)
        assert not stream.closed


def read_hash(store: FolderStore, path: Path) -> str:
    with read_package(store, path) as staged:
        return staged.content_hash


def test_what_is_not_committed_is_discarded_at_the_end_of_its_block(store: FolderStore, course: Path, tmp_path: Path) -> None:
    with read_package(store, course):
        assert len(list((tmp_path / "packages").iterdir())) == 1
    assert list((tmp_path / "packages").iterdir()) == []


def test_what_is_committed_stays_at_the_end_of_its_block(store: FolderStore, course: Path) -> None:
    with read_package(store, course) as staged:
        staged.commit("k1")
    assert store.exists("k1")


def test_progress_ends_at_the_whole(store: FolderStore, course: Path) -> None:
    told: list[tuple[int, int]] = []
    with read_package(store, course, progress=lambda done, total: told.append((done, total))) as staged:
        assert told[-1] == (staged.size_bytes, staged.size_bytes)
    assert told == sorted(told)


def with_manifest(text: str) -> bytes:
    return zip_bytes({**COURSE, "imsmanifest.xml": text})


BAD = {
    "no zip": (b"hello", "upload.zip is not a zip file."),
    "cut off": (zip_bytes(COURSE)[:-30], "upload.zip is cut off: the end of the zip is missing; upload it again."),
    "no course": (
        zip_bytes({"a.txt": "x"}),
        "This is not a course: it has no imsmanifest.xml, tincan.xml or cmi5.xml, and no HTML page (its first file is a.txt).",
    ),
    "malformed": (
        with_manifest("<manifest>"),
        "imsmanifest.xml is not well-formed XML: no element found: line 1, column 10.",
    ),
    "entities": (
        with_manifest('<!DOCTYPE m [<!ENTITY a "x">]><manifest>&a;</manifest>'),
        "imsmanifest.xml defines XML entities or refers to files outside the package, which is not allowed.",
    ),
    "nothing to start": (
        with_manifest("<manifest><organizations/><resources/></manifest>"),
        "imsmanifest.xml names nothing that can be started: it has no resources.",
    ),
    "aicc": (
        zip_bytes({"c.crs": "", "index.html": ""}),
        "This is an AICC package (c.crs), which is not played; publish the course as SCORM, xAPI or cmi5.",
    ),
    "traversal": (
        zip_bytes({**COURSE, "../evil": "x"}),
        "The zip holds a file that leads outside the package: ../evil.",
    ),
    "link": (
        zip_with(lambda info: setattr(info, "external_attr", 0o120777 << 16)),
        "The zip holds a link, odd; links are not allowed.",
    ),
    "encrypted": (
        raw_zip([(b"index.html", b"x", 1, b"")]),
        "The zip is encrypted (index.html); make it without a password.",
    ),
    "collision": (
        zip_bytes({**COURSE, "INDEX.html": "x"}),
        "The zip holds index.html and INDEX.html, which are one name on many disks.",
    ),
    "bomb": (
        zip_bytes({**COURSE, "bomb": b"\0" * 11_000_000}),
        "bomb unpacks to more than 200 times its size, as a zip bomb does.",
    ),
    "damaged": (
        zip_bytes({**COURSE, "z.bin": b"z" * 100}, zipfile.ZIP_STORED).replace(b"z" * 100, b"z" * 99 + b"y"),
        "upload.zip is damaged: z.bin cannot be unpacked whole.",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_is_refused_leaves_nothing_behind_and_the_old_version_alone(
    case: str, store: FolderStore, course: Path, tmp_path: Path
) -> None:
    data, message = BAD[case]
    with read_package(store, course) as staged:
        staged.commit("old")
    before = files_below(tmp_path / "packages")
    with pytest.raises(PackageRefused) as caught:
        read_package(store, io.BytesIO(data), file_name="upload.zip")
    assert caught.value.message == message
    assert files_below(tmp_path / "packages") == before
    assert [path.name for path in (tmp_path / "packages").iterdir()] == ["old"]


def test_a_full_disk_in_the_middle_leaves_nothing_behind(store: FolderStore, course: Path, tmp_path: Path) -> None:
    calls: list[int] = []

    def fill_the_disk(done: int, total: int) -> None:
        calls.append(done)
        if len(calls) == 2:
            raise OSError(28, os.strerror(28))

    with pytest.raises(DiskFull, match="disk is full; nothing of the package was kept"):
        read_package(store, course, progress=fill_the_disk)
    assert list((tmp_path / "packages").iterdir()) == []


def test_an_interruption_leaves_nothing_behind(store: FolderStore, course: Path, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        read_package(store, course, progress=interrupt)
    assert list((tmp_path / "packages").iterdir()) == []


@pytest.mark.parametrize("name", ["missing.zip", ""])
def test_a_path_that_is_no_file_is_refused_by_its_name(store: FolderStore, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(PackageRefused) as caught:
        read_package(store, path)
    assert caught.value.message == f"{path.name} is not a file."


def test_what_the_zip_itself_needed_mended_is_among_the_packages_warnings(store: FolderStore) -> None:
    entries = [(name.replace("/", "\\").encode(), text.encode(), 0, b"") for name, text in COURSE.items()]
    with read_package(store, io.BytesIO(raw_zip(entries))) as staged:
        assert staged.package.warnings == ("The zip separates folders by backslashes; they were read as slashes.",)


def test_the_caps_come_from_the_settings(store: FolderStore, course: Path) -> None:
    settings = Settings(max_package_bytes=1000, max_package_files=2, max_package_ratio=3)
    limits = limits_from_settings(settings)
    assert limits == ArchiveLimits(max_bytes=1000, max_files=2, max_ratio=3)
    with pytest.raises(PackageRefused, match=r"course\.zip holds more than 2 files"):
        read_package(store, course, limits=limits)


MEASURE = """
import resource, sys
from pathlib import Path
from seattime.services.packages import read_package
from seattime.storage.package_files import FolderStore

store = FolderStore(Path(sys.argv[1]), free_bytes=lambda path: 1 << 60)
with read_package(store, Path(sys.argv[2])) as staged:
    print(staged.size_bytes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def peak_memory(tmp_path: Path, name: str, big_bytes: int) -> int:
    """Peak memory in kB of a process that reads a course with a stored member of this size."""
    path = tmp_path / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for file, text in COURSE.items():
            archive.writestr(file, text)
        with archive.open("big.mp4", "w", force_zip64=True) as member:
            for _ in range(big_bytes // 1_000_000):
                member.write(bytes(1_000_000))
    command = [sys.executable, "-c", MEASURE, str(tmp_path / "store"), str(path)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(output[0]) == big_bytes + sum(len(text) for text in COURSE.values())
    return int(output[1])


def test_memory_does_not_grow_with_the_package(tmp_path: Path) -> None:
    small = peak_memory(tmp_path, "small.zip", 1_000_000)
    large = peak_memory(tmp_path, "large.zip", 300_000_000)
    assert large - small < 20_000


def test_every_package_beside_the_repository_is_recognized(store: FolderStore) -> None:
    for path in packages_beside_the_repository():
        with read_package(store, path) as staged:
            package = staged.package
            found = (package.kind, len(activities(package)), package.tool.name if package.tool else None)
        assert found == KNOWN.get(path.name, found), path.name
        assert found[1] > 0, path.name


def test_an_identifier_that_no_index_can_hold_is_refused(store: FolderStore, tmp_path: Path) -> None:
    manifest = """<manifest identifier="m" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
      xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"><organizations default="o"><organization identifier="o"><title>T</title>
      <item identifier="%s" identifierref="r"><title>Long</title></item></organization></organizations><resources>
      <resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="a.html"/></resources></manifest>"""

    def packed(length: int) -> io.BytesIO:
        return io.BytesIO(zip_bytes({"imsmanifest.xml": (manifest % ("i" * length)).encode(), "a.html": b"a"}))

    with pytest.raises(PackageRefused, match="'Long' has 601 characters; 600 are the most"):
        read_package(store, packed(601), file_name="long.zip")
    assert files_below(tmp_path) == {}
    with read_package(store, packed(600), file_name="long.zip") as staged:
        assert len(activities(staged.package)) == 1


STRUCTURE = """<?xml version="1.0"?><courseStructure xmlns="https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd">
<course id="urn:c"><title><langstring>Elsewhere</langstring></title></course>
<au id="urn:a"><title><langstring>Unit</langstring></title><url>%s</url></au></courseStructure>"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_cmi5_course_structure_may_come_without_a_zip(store: FolderStore, tmp_path: Path, encoding: str) -> None:
    file = io.BytesIO((STRUCTURE % "https://example.org/au").encode(encoding))
    with read_package(store, file, file_name="cmi5.xml") as staged:
        assert (staged.package.kind, staged.package.title, staged.file_count) == (PackageKind.CMI5, "Elsewhere", 1)
        staged.commit("k1")
    assert list(files_below(tmp_path / "packages")) == ["k1/cmi5.xml"]


def test_a_cmi5_course_structure_alone_may_not_lean_on_files(store: FolderStore, tmp_path: Path) -> None:
    with pytest.raises(PackageRefused, match=r"its url 'index.html' is not in the package"):
        read_package(store, io.BytesIO((STRUCTURE % "index.html").encode()), file_name="cmi5.xml")
    assert files_below(tmp_path / "packages") == {}


def test_other_files_that_are_no_zip_are_refused_as_before(store: FolderStore) -> None:
    with pytest.raises(PackageRefused, match=r"^page.html is not a zip file\.$"):
        read_package(store, io.BytesIO(b"<html></html>"), file_name="page.html")
