"""Files of packages, on the play origin of their own course."""

from __future__ import annotations

import pytest

from seattime.storage.models import db
from tests import builders
from tests.web.conftest import World, put_files


def get(world: World, name: str, **headers: str):  # type: ignore[no-untyped-def]  # a werkzeug response
    return world.play.get(f"/content/{world.registration.version.key}/{name}", base_url=world.origin, headers=headers, buffered=True)


def test_a_file_is_served_with_its_type(world: World) -> None:
    answer = get(world, "part1.html")

    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert answer.get_data(as_text=True) == "<title>one</title>"


def test_names_with_spaces_work(world: World) -> None:
    assert get(world, "sub/part%202.html").get_data(as_text=True) == "two"


def test_a_part_of_a_file_can_be_asked_for(world: World) -> None:
    answer = get(world, "part1.html", Range="bytes=1-5")

    assert answer.status_code == 206
    assert answer.get_data(as_text=True) == "title"


@pytest.mark.parametrize("name", ["missing.html", "../keys.json", "..%2f..%2fkeys.json", "%2e%2e/%2e%2e/keys.json", ""])
def test_nothing_outside_the_package_is_reached(world: World, name: str) -> None:
    assert get(world, name).status_code == 404


def test_a_courses_files_are_not_had_on_another_courses_origin(world: World) -> None:
    other = builders.course("other")
    put_files(other, {"secret.html": "secret"})
    db.session.commit()

    answer = world.play.get(f"/content/{other.versions[-1].key}/secret.html", base_url=world.origin)

    assert answer.status_code == 404


def test_a_posted_page_is_served_too(world: World) -> None:
    answer = world.play.post(
        f"/content/{world.registration.version.key}/part1.html", data={"a": "b"}, base_url=world.origin, buffered=True
    )

    assert answer.get_data(as_text=True) == "<title>one</title>"


def test_files_of_a_deleted_course_are_gone_also_where_they_still_lie_on_the_disk(world: World) -> None:
    world.registration.course.deleted_ms = 1
    db.session.commit()

    assert world.play.get(f"/content/{world.registration.version.key}/part1.html", base_url=world.origin).status_code == 404
