"""Pages of packages that are launched with a record store: what is put in front of them, and of nothing else."""

from __future__ import annotations

import pytest

from seattime.domain.packages.kinds import PackageKind
from seattime.web import content_pages
from seattime.web.content_pages import SCRIPT
from tests import builders
from tests.web.conftest import World, put_files

PAGE = '<!doctype html><html lang="en"><title>Tea</title>'
NAVIGATION = {"Sec-Fetch-Dest": "iframe"}


@pytest.fixture
def tea(world: World) -> World:
    """A package of xAPI."""
    return of_kind(world, PackageKind.XAPI)


def of_kind(world: World, kind: PackageKind, **of_package: bool) -> World:
    course = builders.course("tea", kind=kind)
    version = course.versions[-1]
    version.structure = {**version.structure, **of_package}
    world.registration = builders.registration(course, builders.learner("cleo"))
    world.origin = world.origin.replace(world.origin.split("/")[2].split(".")[0], course.slug)
    put_files(course, {"index.html": PAGE, "data.json": "{}", "sub/page.htm": PAGE})
    return world


def get(world: World, name: str = "index.html", method: str = "GET", **headers: str):  # type: ignore[no-untyped-def]  # a werkzeug response
    address = f"/content/{world.registration.version.key}/{name}"
    return world.play.open(address, method=method, base_url=world.origin, headers=headers, buffered=True)


@pytest.mark.parametrize("headers", [NAVIGATION, {"Sec-Fetch-Dest": "document"}, {"Accept": "text/html,*/*;q=0.8"}])
def test_a_page_that_is_navigated_to_tells_of_its_window_first(tea: World, headers: dict[str, str]) -> None:
    answer = get(tea, **headers)

    assert answer.data == PAGE.encode().replace(b"<html", SCRIPT + b"<html")
    assert answer.content_length == len(answer.data)
    assert answer.mimetype == "text/html"
    assert get(tea, "sub/page.htm", **headers).data == answer.data
    assert get(tea, method="POST", **headers).data == answer.data


@pytest.mark.parametrize(
    ("name", "headers"),
    [
        ("index.html", {"Sec-Fetch-Dest": "empty", "Accept": "text/html"}),
        ("index.html", {"Accept": "*/*"}),
        ("index.html", {**NAVIGATION, "Range": "bytes=0-"}),
        ("data.json", NAVIGATION),
    ],
)
def test_what_is_asked_for_in_another_way_is_as_it_was_published(tea: World, name: str, headers: dict[str, str]) -> None:
    assert get(tea, name, **headers).data == (PAGE.encode() if name == "index.html" else b"{}")


@pytest.mark.parametrize(
    ("kind", "dual", "changed"),
    [
        (PackageKind.SCORM12, False, False),
        (PackageKind.SCORM12, True, True),
        (PackageKind.CMI5, False, False),
        (PackageKind.HTML5, False, False),
    ],
)
def test_only_content_with_a_record_store_in_its_address_is_changed(world: World, kind: PackageKind, dual: bool, changed: bool) -> None:
    assert (SCRIPT in get(of_kind(world, kind, dual=dual), **NAVIGATION).data) is changed


def test_a_page_that_a_browser_has_is_not_sent_again(tea: World) -> None:
    first = get(tea, **NAVIGATION)

    assert get(tea, **NAVIGATION, **{"If-None-Match": first.headers["ETag"]}).status_code == 304
    as_published = get(tea, **{"Sec-Fetch-Dest": "empty"})
    assert as_published.headers["ETag"] != first.headers["ETag"]
    assert "Sec-Fetch-Dest" in first.headers["Vary"]
    assert get(tea, method="HEAD", **NAVIGATION).headers["Content-Length"] == first.headers["Content-Length"]


def test_a_page_longer_than_what_is_read_at_once_is_whole(tea: World) -> None:
    text = PAGE + "x" * (3 * content_pages.CHUNK)
    put_files(tea.registration.course, {"index.html": text})

    assert get(tea, **NAVIGATION).data == text.encode().replace(b"<html", SCRIPT + b"<html")


@pytest.mark.parametrize(
    "page",
    [
        "|<html>",
        "|<p>no doctype</p>",
        "|a text",
        "<!DOCTYPE html>\n|<html>",
        "\ufeff<!doctype html>|<html>",
        '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN"\n "http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd">\n|<html>',
        "<!-- a <html> in a comment --><!doctype html><!--[if IE]> <html class=ie> <![endif]-->\n|<html>",
        "<!--> <!doctype html>|<html><!-- -->",
        "<!doctype html><!-- ends so --!>|<script>",
    ],
)
def test_it_stands_before_the_first_element_and_after_the_doctype(page: str) -> None:
    before = page.partition("|")[0].encode()

    assert content_pages.place_in(page.replace("|", "").encode()) == len(before)


@pytest.mark.parametrize("head", [b"", b"<!doctype html>", b"<!-- never ends <html>", PAGE.encode("utf-16"), PAGE.encode("utf-16-le")])
def test_what_has_no_such_place_stays_as_it_is(head: bytes) -> None:
    assert content_pages.place_in(head) is None
