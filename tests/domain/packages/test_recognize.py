"""Which kind a package is, and where in it the course lies."""

import pytest

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import activities
from seattime.errors import PackageRefused
from tests.domain.packages.memory_files import manifest, recognized

PAGE = {"index.html": "<title>Page</title>"}
TINCAN = '<tincan><activities><activity id="urn:a"><launch>index.html</launch></activity></activities></tincan>'
CMI5 = '<courseStructure><course id="urn:c"/><au id="urn:1"><url>index.html</url></au></courseStructure>'


def test_a_dual_package_is_scorm_that_also_speaks_xapi() -> None:
    package = recognized({"imsmanifest.xml": manifest(), "tincan.xml": TINCAN, **PAGE})
    assert (package.kind, package.dual, package.activity_id) == (PackageKind.SCORM12, True, "urn:a")
    assert (len(activities(package)), package.warnings) == (1, ())


def test_a_broken_tincan_file_does_not_stop_a_scorm_package() -> None:
    package = recognized({"imsmanifest.xml": manifest(), "tincan.xml": "<tincan>", **PAGE})
    assert (package.kind, package.dual) == (PackageKind.SCORM12, False)
    assert package.warnings == (
        "tincan.xml is not well-formed XML: no element found: line 1, column 8. "
        "It is ignored, since imsmanifest.xml can be played.",
    )


def test_cmi5_comes_before_tincan_and_after_scorm() -> None:
    assert recognized({"cmi5.xml": CMI5, "tincan.xml": TINCAN, **PAGE}).kind is PackageKind.CMI5
    both = recognized({"imsmanifest.xml": manifest(), "cmi5.xml": CMI5, **PAGE})
    assert (both.kind, both.dual) == (PackageKind.SCORM12, False)
    assert both.warnings == ("cmi5.xml is ignored, since imsmanifest.xml is played.",)


@pytest.mark.parametrize("name", ["imsmanifest.xml", "IMSManifest.XML", "ImsManifest.xml"])
def test_the_manifest_is_found_whatever_its_case(name: str) -> None:
    package = recognized({name: manifest(), **PAGE})
    assert (package.kind, package.manifest) == (PackageKind.SCORM12, name)


def test_a_folder_wrapped_around_everything_is_taken_as_the_root_with_a_warning() -> None:
    package = recognized(
        {"My Course/imsmanifest.xml": manifest(), "My Course/index.html": "", "__MACOSX/._x": "", ".DS_Store": ""}
    )
    assert (package.root, package.manifest) == ("My Course/", "My Course/imsmanifest.xml")
    assert activities(package)[0].href == "My%20Course/index.html"
    assert package.warnings == ("Everything lies in the folder My Course; it was taken as the package's root.",)


def test_two_folders_wrapped_around_everything_are_unwrapped_too() -> None:
    assert recognized({"a/b/imsmanifest.xml": manifest(), "a/b/index.html": ""}).root == "a/b/"


def test_a_manifest_beside_other_folders_is_used_with_a_warning() -> None:
    package = recognized({"course/imsmanifest.xml": manifest(), "course/index.html": "", "notes/readme.txt": ""})
    assert package.root == "course/"
    assert package.warnings == ("The manifest lies in the folder course, not at the top; it was used.",)


def test_several_packages_in_one_file_are_refused_by_their_names() -> None:
    files = {f"{name}/{file}": manifest() for name in ("one", "two") for file in ("imsmanifest.xml", "index.html")}
    with pytest.raises(PackageRefused) as caught:
        recognized(files)
    assert caught.value.message == (
        "The file holds several packages (one/… and two/…); import each of them on its own."
    )


@pytest.mark.parametrize(
    ("files", "named"),
    [
        (["course.crs", "course.au", "course.des", "course.cst", "index.html"], "course.crs"),
        (["A/COURSE.CRS", "A/index.html"], "A/COURSE.CRS"),
        (["c.au", "c.des", "c.cst", "index.html"], "c.des"),
    ],
)
def test_aicc_is_refused_by_name(files: list[str], named: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        recognized(dict.fromkeys(files, ""))
    assert caught.value.message == (
        f"This is an AICC package ({named}), which is not played; publish the course as SCORM, xAPI or cmi5."
    )


def test_a_sound_file_does_not_make_a_package_aicc() -> None:
    assert recognized({**PAGE, "sound.au": b""}).kind is PackageKind.HTML5


def test_aicc_files_beside_a_scorm_manifest_do_not_matter() -> None:
    assert recognized({"imsmanifest.xml": manifest(), "course.crs": "", **PAGE}).kind is PackageKind.SCORM12


@pytest.mark.parametrize(
    ("pages", "entry"),
    [
        (["index.html"], "index.html"),
        (["about.html", "Index.HTM", "z.html"], "Index.HTM"),
        (["a.html", "sub/index.html"], "a.html"),
        (["story.html", "player.html"], "story.html"),
        (["index_lms.html", "story.html"], "story.html"),
        (["data.json", "web/b.html", "web/deep/index.html", "other/x.js"], "web/b.html"),
        (["only.xhtml", "style.css"], "only.xhtml"),
    ],
)
def test_the_entry_page_is_the_one_where_a_person_would_begin(pages: list[str], entry: str) -> None:
    package = recognized(dict.fromkeys(pages, "<html><title>The &amp; title</title>"))
    assert package.kind is PackageKind.HTML5
    (activity,) = activities(package)
    assert (activity.href, package.title) == (entry, "The & title")


def test_a_guessed_entry_page_is_said_to_be_a_guess() -> None:
    package = recognized({"b.html": "", "a.html": "", "c.html": ""})
    assert (activities(package)[0].href, package.title) == ("a.html", "a.html")
    assert package.warnings == ("Nothing tells which page comes first; a.html is started (2 other pages).",)


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("<TITLE lang=de> Größe\n &uuml;ber alles </TITLE>".encode(), "Größe über alles"),
        ('<meta charset="windows-1251"><title>Привет</title>'.encode("cp1251"), "Привет"),
        ("<title>größe</title>".encode("cp1252"), "größe"),
        (b'<meta charset="nonsense"><title>gr\xf6\xdfe</title>', "größe"),
        (b"<title>a\x00b\x07c</title>", "a b c"),
        (b"<p>no title</p>", "index.html"),
    ],
)
def test_the_title_of_a_page_is_read_in_its_encoding(head: bytes, title: str) -> None:
    assert recognized({"index.html": head}).title == title


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "The package is empty: it holds no files."),
        ({"__MACOSX/x": "", "Thumbs.db": ""}, "The package is empty: it holds no files."),
        (
            {"slides.pptx": "", "notes.txt": ""},
            "This is not a course: it has no imsmanifest.xml, tincan.xml or cmi5.xml, and no HTML page "
            "(its first file is notes.txt).",
        ),
        (
            {"inner/course.zip": "", "readme.txt": ""},
            "The file holds another zip, inner/course.zip, and no course of its own; import that one instead.",
        ),
    ],
)
def test_what_is_no_course_is_refused_in_one_sentence(files: dict[str, str], message: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        recognized(files)
    assert caught.value.message == message


def test_a_page_at_the_top_wins_over_a_manifest_deep_inside() -> None:
    package = recognized({**PAGE, "lib/sample/imsmanifest.xml": manifest(), "lib/sample/index.html": ""})
    assert package.kind is PackageKind.HTML5
