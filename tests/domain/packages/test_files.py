"""What an href means, however it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.packages.files import FileIndex, Warnings, fold

FILES = FileIndex(
    ["index.html", "Content/Lesson 1.html", "content2/a#b.html", "100%.html", "größe.html", "sub/deep/x.html"]
)


@pytest.mark.parametrize(
    ("base", "href", "url", "file"),
    [
        ("", "index.html", "index.html", "index.html"),
        ("", "  index.html\n", "index.html", "index.html"),
        ("", "./index.html", "index.html", "index.html"),
        ("", "index.html?a=1&b=2#c", "index.html?a=1&b=2#c", "index.html"),
        ("", "index.html?u=a%20b", "index.html?u=a%20b", "index.html"),
        ("", "index.html?u=a b", "index.html?u=a%20b", "index.html"),
        ("", "Content/Lesson%201.html", "Content/Lesson%201.html", "Content/Lesson 1.html"),
        ("", "Content/Lesson 1.html", "Content/Lesson%201.html", "Content/Lesson 1.html"),
        ("", "content2/a#b.html", "content2/a%23b.html", "content2/a#b.html"),
        ("", "100%.html", "100%25.html", "100%.html"),
        ("", "100%25.html", "100%25.html", "100%.html"),
        ("", "größe.html", "gr%C3%B6%C3%9Fe.html", "größe.html"),
        ("", "gro\u0308\u00dfe.html", "gr%C3%B6%C3%9Fe.html", "größe.html"),
        ("sub/", "deep/x.html", "sub/deep/x.html", "sub/deep/x.html"),
        ("sub", "deep/x.html", "sub/deep/x.html", "sub/deep/x.html"),
        ("sub/deep/", "../../index.html", "index.html", "index.html"),
        ("sub\\deep", "x.html", "sub/deep/x.html", "sub/deep/x.html"),
    ],
)
def test_a_right_href_finds_its_file(base: str, href: str, url: str, file: str) -> None:
    target = FILES.resolve(base, href)
    assert (target.url, target.file) == (url, file)


@pytest.mark.parametrize(
    ("href", "url", "remark"),
    [
        ("Content\\Lesson 1.html", "Content/Lesson%201.html", "has backslashes"),
        ("/index.html", "index.html", "starts with a slash"),
        ("INDEX.HTML", "index.html", "differs in case from index.html"),
        ("content\\lesson 1.html?x=1", "Content/Lesson%201.html?x=1", "differs in case from Content/Lesson 1.html"),
    ],
)
def test_a_sloppy_href_is_mended_and_says_so(href: str, url: str, remark: str) -> None:
    target = FILES.resolve("", href)
    assert (target.url, target.remark) == (url, remark)


@pytest.mark.parametrize(
    ("href", "remark"),
    [
        ("", "is empty"),
        ("missing.html", "is not in the package"),
        ("../index.html", "points outside the package"),
        ("%2e%2e/index.html", "points outside the package"),
        ("..\\index.html", "points outside the package"),
        ("javascript:alert(1)", "is neither a file of the package nor a web address"),
        ("file:///etc/passwd", "is neither a file of the package nor a web address"),
        ("C:\\course\\index.html", "is neither a file of the package nor a web address"),
        ("index.html\0", "is not in the package"),
    ],
)
def test_an_href_that_leads_nowhere_says_why(href: str, remark: str) -> None:
    target = FILES.resolve("", href)
    assert (target.url, target.file, target.remark) == (None, None, remark)


@pytest.mark.parametrize(
    ("base", "href", "url"),
    [
        ("", "https://example.org/a.html", "https://example.org/a.html"),
        ("", "//example.org/a.html", "https://example.org/a.html"),
        ("https://example.org/course", "a.html", "https://example.org/course/a.html"),
    ],
)
def test_an_address_on_another_server_stays_there(base: str, href: str, url: str) -> None:
    target = FILES.resolve(base, href)
    assert (target.url, target.file, target.external) == (url, None, True)


def test_a_leading_slash_means_the_root_of_a_wrapped_package() -> None:
    assert FileIndex(["top/a.html"], root="top/").resolve("top/sub/", "/a.html").file == "top/a.html"


@given(st.text(max_size=12), st.text(alphabet="./\\%ab:?#2eE", max_size=16))
def test_no_href_raises_or_leaves_the_package(base: str, href: str) -> None:
    files = FileIndex(["a", "b/a", "ab"])
    target = files.resolve(base, href)
    assert target.file is None or target.file in files


def test_folding_joins_case_and_normal_forms() -> None:
    assert fold("STRASSE") == fold("straße")
    assert fold("e\u0301") == fold("É")
    assert fold("a") != fold("b")


def test_warnings_come_once_each_and_not_by_the_thousand() -> None:
    warnings = Warnings(limit=2)
    for sentence in ("one", "one", "two", "three", "four"):
        warnings.add(sentence)
    assert warnings.sentences() == ("one", "two", "2 further warnings are not shown.")
