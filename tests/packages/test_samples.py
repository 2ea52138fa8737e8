"""The sample packages are whole: every row of the design's table has one, and what a manifest names is in its zip.

Reads the zips as an importer would, with nothing of ``seattime``; what the samples say in a browser is the subject of
the end-to-end tests.
"""

from __future__ import annotations

import json
import posixpath
import re
import zipfile
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from packages import build as packages_build

PACKAGES = Path(packages_build.__file__).parent
SAMPLES = packages_build.samples()
NAMES = [sample.name for sample in SAMPLES]
SCORM_NAMES = [sample.name for sample in SAMPLES if sample.kind.startswith("scorm")]

# The design's table of kinds (section 2), row by row: which sample, its kind, whether it is dual, its tool.
TABLE = {
    "SCORM 1.1": ("scorm11-lifting", "scorm11", False, None),
    "SCORM 1.2": ("scorm12-fire-safety", "scorm12", False, None),
    "SCORM 2004 2nd Edition": ("scorm2004-2nd-weather-map", "scorm2004_2", False, None),
    "SCORM 2004 3rd Edition": ("scorm2004-3rd-bread", "scorm2004_3", False, None),
    "SCORM 2004 4th Edition": ("scorm2004-4th-bicycle", "scorm2004_4", False, None),
    "xAPI / Tin Can": ("xapi-tea", "xapi", False, None),
    "cmi5": ("cmi5-night-sky", "cmi5", False, None),
    "Articulate Storyline": ("storyline-email", "scorm12", False, "Articulate Storyline"),
    "Articulate Rise": ("rise-houseplants", "scorm2004_4", False, "Articulate Rise"),
    "Adobe Captivate": ("captivate-knots", "scorm12", False, "Adobe Captivate"),
    "Lectora": ("lectora-birds", "scorm12", False, "Lectora"),
    "HTML5 package": ("html5-colour", "html5", False, None),
    "dual SCORM + xAPI": ("dual-sleep", "scorm12", True, None),
    "legacy / hand-written SCORM": ("legacy-coffee", "scorm12", False, None),
}

# What the manifest says of its version; None where only the namespace tells, as the tool or the author left it.
SCHEMA_VERSIONS = {
    "scorm11-lifting": "1.1",
    "scorm12-fire-safety": "1.2",
    "scorm2004-2nd-weather-map": "CAM 1.3",
    "scorm2004-3rd-bread": "2004 3rd Edition",
    "scorm2004-4th-bicycle": "2004 4th Edition",
    "storyline-email": "1.2",
    "rise-houseplants": "2004 4th Edition",
    "captivate-knots": "1.2",
    "lectora-birds": None,
    "dual-sleep": "1.2",
    "legacy-coffee": None,
    "scripted-scorm12": "1.2",
    "scripted-scorm2004": "2004 4th Edition",
}

CONTENT_NAMESPACES = {
    "scorm11": "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
    "scorm12": "http://www.imsproject.org/xsd/imscp_rootv1p1p2",
    "scorm2004": "http://www.imsglobal.org/xsd/imscp_v1p1",
}


@dataclass
class _Page(HTMLParser):
    """What the tests want to know of a page: what it loads, its slides, its questions, and its inline handlers."""

    loads: list[str] = field(default_factory=list)
    handlers: list[str] = field(default_factory=list)
    slides: int = 0
    questions: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        self.handlers += [name for name in attributes if name.startswith("on")]
        for name in ("src", "href"):
            address = attributes.get(name)
            if address and not address.startswith("data:"):
                self.loads.append(address)
        if tag == "section" and "slide" in (attributes.get("class") or "").split():
            self.slides += 1
            self.questions += "data-question" in attributes


def _read_page(text: str) -> _Page:
    page = _Page()
    page.feed(text)
    return page


def _sample(name: str) -> packages_build.Sample:
    return next(sample for sample in SAMPLES if sample.name == name)


@pytest.fixture(scope="module")
def zips(tmp_path_factory: pytest.TempPathFactory) -> dict[str, zipfile.ZipFile]:
    """Every sample, fixtures included, built once and open for reading."""
    paths = packages_build.build_all(tmp_path_factory.mktemp("zips"), fixtures=True)
    return {path.stem: zipfile.ZipFile(path) for path in paths}


def _local(tag: str) -> str:
    """An XML name without its namespace."""
    return tag.rpartition("}")[2]


def _elements(root: ElementTree.Element, name: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if _local(element.tag) == name]


def _activity_pages(name: str, archive: zipfile.ZipFile) -> list[tuple[str, str]]:
    """The title and launched page of every activity, as the package's own description gives them."""
    sample = _sample(name)
    if sample.kind == "html5":
        return [(sample.facts["title"], sample.facts["entry"])]
    if sample.kind == "xapi":
        root = ElementTree.fromstring(archive.read("tincan.xml"))
        return [("".join(_elements(root, "name")[0].itertext()), _elements(root, "launch")[0].text or "")]
    if sample.kind == "cmi5":
        root = ElementTree.fromstring(archive.read("cmi5.xml"))
        return [
            ("".join(_elements(au, "title")[0].itertext()).strip(), _elements(au, "url")[0].text or "")
            for au in _elements(root, "au")
        ]
    root = ElementTree.fromstring(archive.read("imsmanifest.xml"))
    pages = {resource.get("identifier"): resource.get("href") for resource in _elements(root, "resource")}
    return [
        ("".join(_elements(item, "title")[0].itertext()), pages[item.get("identifierref")] or "")
        for item in _elements(root, "item")
        if item.get("identifierref")
    ]


def test_every_row_of_the_design_has_its_sample() -> None:
    described = {
        sample.facts["row"]: (sample.name, sample.kind, sample.facts["dual"], sample.facts["tool"])
        for sample in SAMPLES
        if not sample.fixture
    }
    assert described == TABLE


def test_the_two_scripted_fixtures_are_marked_as_such() -> None:
    assert [sample.name for sample in SAMPLES if sample.fixture] == ["scripted-scorm12", "scripted-scorm2004"]


def test_every_folder_of_sources_is_described() -> None:
    folders = {
        path.parent if path.parent.name != "scormcontent" else path.parent.parent
        for path in PACKAGES.rglob("*.html")
        if path.parent.name != "scormdriver"
    }
    assert folders == {sample.folder for sample in SAMPLES}


def test_every_entry_has_every_documented_field_and_no_other() -> None:
    document = json.loads((PACKAGES / "samples.json").read_text(encoding="utf-8"))
    for entry in document["samples"]:
        assert set(entry) == set(document["fields"]), entry["name"]


def test_course_ids_are_unique() -> None:
    ids = [sample.course_id for sample in SAMPLES]
    assert len(set(ids)) == len(ids)


def test_fixtures_are_built_only_where_asked_for(tmp_path: Path) -> None:
    plain = packages_build.build_all(tmp_path / "plain")
    everything = packages_build.build_all(tmp_path / "everything", fixtures=True)
    assert [path.stem for path in plain] == [row[0] for row in TABLE.values()]
    assert [path.stem for path in everything] == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_building_twice_gives_the_same_bytes(name: str, tmp_path: Path) -> None:
    first = packages_build.build(name, tmp_path / "first")
    second = packages_build.build(name, tmp_path / "second")
    assert first.read_bytes() == second.read_bytes()


def test_an_unknown_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(packages_build.UnknownSampleError):
        packages_build.build("no-such-sample", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", NAMES)
def test_entries_are_sorted_dated_alike_and_plain_files(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    entries = zips[name].infolist()
    assert [entry.filename for entry in entries] == sorted(entry.filename for entry in entries)
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.external_attr >> 16 for entry in entries} == {0o100644}


@pytest.mark.parametrize("name", SCORM_NAMES)
def test_the_manifest_is_well_formed_and_says_its_version(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    root = ElementTree.fromstring(zips[name].read("imsmanifest.xml"))
    kind = _sample(name).kind
    namespace = CONTENT_NAMESPACES[kind if kind in CONTENT_NAMESPACES else "scorm2004"]
    assert root.tag == f"{{{namespace}}}manifest"
    versions = [element.text for element in _elements(root, "schemaversion")]
    expected = SCHEMA_VERSIONS[name]
    assert versions == ([] if expected is None else [expected])


@pytest.mark.parametrize("name", SCORM_NAMES)
def test_every_file_that_the_manifest_names_is_in_the_package(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    root = ElementTree.fromstring(zips[name].read("imsmanifest.xml"))
    named = {element.get("href") for element in _elements(root, "file")}
    launched = {element.get("href") for element in _elements(root, "resource") if element.get("href")}
    present = set(zips[name].namelist())
    assert named | launched <= present
    if name == "legacy-coffee":
        assert named == set(), "the sloppy manifest lists no file"
    else:
        assert named == present - {"imsmanifest.xml"}


@pytest.mark.parametrize("name", NAMES)
def test_only_the_descriptions_that_the_kind_calls_for_are_there(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    sample = _sample(name)
    expected = set()
    if sample.kind.startswith("scorm"):
        expected.add("imsmanifest.xml")
    if sample.kind == "xapi" or sample.facts["dual"]:
        expected.add("tincan.xml")
    if sample.kind == "cmi5":
        expected.add("cmi5.xml")
    assert set(zips[name].namelist()) & {"imsmanifest.xml", "tincan.xml", "cmi5.xml"} == expected


@pytest.mark.parametrize("name", NAMES)
def test_activities_have_the_titles_of_samples_json_and_pages_that_exist(
    name: str, zips: dict[str, zipfile.ZipFile]
) -> None:
    facts = _sample(name).facts
    activities = _activity_pages(name, zips[name])
    assert [title for title, _ in activities] == facts["activityTitles"]
    assert len(activities) == facts["activities"]
    pages = [urlsplit(page).path for _, page in activities]
    assert pages[0] == facts["entry"]
    assert set(pages) <= set(zips[name].namelist())


@pytest.mark.parametrize("name", [sample.name for sample in SAMPLES if not sample.fixture])
def test_pages_have_the_slides_and_questions_of_samples_json(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    facts = _sample(name).facts
    content = {urlsplit(page).path for _, page in _activity_pages(name, zips[name])}
    if facts["contentFrame"] != facts["entry"]:
        content = {facts["contentFrame"]}
    for page_name in content:
        page = _read_page(zips[name].read(page_name).decode())
        assert (page.slides, page.questions) == (facts["slides"], facts["questions"]), page_name


@pytest.mark.parametrize("name", NAMES)
def test_what_pages_and_scripts_load_is_in_the_package(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    present = set(zips[name].namelist())
    for file_name in present:
        text = zips[name].read(file_name).decode()
        if file_name.endswith(".html"):
            wanted = _read_page(text).loads
        elif file_name.endswith(".js"):
            wanted = re.findall(r'^import .* from "(.+)";$', text, flags=re.MULTILINE)
        else:
            continue
        folder = posixpath.dirname(file_name)
        missing = {address for address in wanted if posixpath.normpath(posixpath.join(folder, address)) not in present}
        assert missing == set(), file_name


@pytest.mark.parametrize("name", NAMES)
def test_pages_say_whose_they_are_and_have_no_inline_handlers(name: str, zips: dict[str, zipfile.ZipFile]) -> None:
    for file_name in zips[name].namelist():
        if file_name.endswith(".html"):
            text = zips[name].read(file_name).decode()
            assert "SeatTime" in text, file_name
            assert _read_page(text).handlers == [], file_name


@pytest.mark.parametrize("name", [sample.name for sample in SAMPLES if sample.facts["tool"]])
def test_tool_like_samples_carry_the_files_by_which_the_tool_is_known(
    name: str, zips: dict[str, zipfile.ZipFile]
) -> None:
    markers = _sample(name).facts["markers"]
    assert markers
    assert set(markers) <= set(zips[name].namelist())
