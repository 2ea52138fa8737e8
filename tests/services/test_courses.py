"""Courses in the database: versions, deletion, lists. On SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from packages import build
from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import courses
from seattime.services.courses import CourseQuery
from seattime.services.packages import StagedPackage, read_package
from seattime.services.parts import parts
from seattime.storage.models import Course, CourseVersion, Learner, Registration, db
from tests import builders
from tests.conftest import SetClock


def staged(tmp_path: Path, name: str = "scorm12-fire-safety") -> StagedPackage:
    return read_package(parts().store, build.build(name, tmp_path))


def folders() -> list[str]:
    return sorted(path.name for path in (parts().settings.data_dir / "packages").iterdir())


def test_a_package_becomes_a_course_with_its_files(app: Flask, tmp_path: Path) -> None:
    version = courses.import_package("fire", staged(tmp_path))
    course = courses.find_course("fire")
    assert (version.number, version.kind, course.title) == (1, "scorm12", "Fire safety at the desk")
    assert folders() == [version.key]
    assert "fire" not in course.slug, "origins never carry the customer's ids (design 3.8)"


def test_importing_again_makes_a_version_and_registrations_keep_theirs(app: Flask, tmp_path: Path) -> None:
    first = courses.import_package("fire", staged(tmp_path)).key
    registration = builders.registration(courses.find_course("fire"))
    second = courses.import_package("fire", staged(tmp_path)).key
    course = courses.find_course("fire")
    assert [version.number for version in courses.list_versions(course)] == [1, 2]
    assert courses.latest_version(course).key == second
    assert registration.version_key == first
    assert folders() == sorted([first, second])


def test_a_version_that_is_not_wanted_is_a_conflict_and_leaves_nothing_behind(app: Flask, tmp_path: Path) -> None:
    key = courses.import_package("fire", staged(tmp_path)).key
    with pytest.raises(Conflict, match="mayCreateNewVersion is false"):
        courses.import_package("fire", staged(tmp_path), may_create_new_version=False)
    assert folders() == [key]
    assert len(courses.list_versions(courses.find_course("fire"))) == 1


def test_an_import_that_fails_in_the_database_leaves_no_row_and_no_file(app: Flask, tmp_path: Path) -> None:
    key = courses.import_package("fire", staged(tmp_path)).key

    def fail(_version: CourseVersion) -> None:
        raise RuntimeError("the database is gone")

    with pytest.raises(RuntimeError):
        courses.import_package("fire", staged(tmp_path), within=fail)
    assert folders() == [key]
    assert courses.latest_version(courses.find_course("fire")).key == key


def test_two_first_imports_at_once_make_two_versions_of_one_course(app: Flask, tmp_path: Path) -> None:
    packages = [staged(tmp_path), staged(tmp_path)]
    db.session.rollback()
    start = threading.Barrier(2)

    def run(package: StagedPackage) -> None:
        with app.app_context():
            start.wait()
            courses.import_package("fire", package)

    threads = [threading.Thread(target=run, args=(package,)) for package in packages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [version.number for version in courses.list_versions(courses.find_course("fire"))] == [1, 2]


def test_an_interrupted_import_that_comes_back_replaces_the_files_it_left(app: Flask, tmp_path: Path) -> None:
    staged(tmp_path).commit("leftover")
    version = courses.import_package("fire", staged(tmp_path), version_key="leftover")
    assert version.key == "leftover"
    assert folders() == ["leftover"]


@pytest.mark.parametrize("course_id", ["", " fire", "fi\0re", "x" * 256, "\ud800"])
def test_an_id_that_cannot_be_kept_is_refused(app: Flask, course_id: str) -> None:
    with pytest.raises(BadInput, match="courseId"):
        courses.check_may_import(course_id, may_create_new_version=True)


def test_a_title_that_a_person_chose_outlives_the_next_version(app: Flask, tmp_path: Path) -> None:
    courses.import_package("fire", staged(tmp_path))
    courses.set_title("fire", "Our fire course")
    courses.import_package("fire", staged(tmp_path))
    assert courses.find_course("fire").title == "Our fire course"


def test_a_title_that_came_with_the_package_follows_the_package(app: Flask, tmp_path: Path) -> None:
    courses.import_package("fire", staged(tmp_path))
    courses.import_package("fire", staged(tmp_path, "scorm11-lifting"))
    assert courses.find_course("fire").title == courses.latest_version(courses.find_course("fire")).structure["title"]
    assert courses.find_course("fire").title != "Fire safety at the desk"


def test_a_deleted_course_takes_its_registrations_and_files_along(app: Flask, tmp_path: Path) -> None:
    courses.import_package("fire", staged(tmp_path))
    before = courses.find_course("fire")
    key, slug = before.key, before.slug
    registration_key = builders.registration(before).key
    courses.delete_course("fire")
    with pytest.raises(NotFound):
        courses.find_course("fire")
    assert folders() == []
    assert db.session.get_one(Registration, registration_key).deleted_ms is not None
    courses.import_package("fire", staged(tmp_path))
    after = courses.find_course("fire")
    assert (after.key, after.slug) != (key, slug)
    assert courses.latest_version(after).number == 1
    assert db.session.scalar(select(func.count()).select_from(Course)) == 2


def test_another_policy_raises_the_facts_version_of_those_it_counts_for(app: Flask) -> None:
    course = builders.course()
    ana, ben = builders.learner("ana"), builders.learner("ben")
    builders.registration(course, ana)
    ben_before = ben.facts_version
    ana_before = ana.facts_version
    course.policy_name = "Old"
    db.session.commit()
    courses.update_settings("fire", policy_name="Standard", open_in="window")
    db.session.expire_all()
    assert courses.find_course("fire").open_in == "window"
    assert db.session.get_one(Learner, ana.key).facts_version == ana_before + 1
    assert db.session.get_one(Learner, ben.key).facts_version == ben_before


@pytest.mark.parametrize("change", [{"open_in": "popup"}, {"policy_name": "Nobody's"}])
def test_a_setting_that_there_is_not_is_refused(app: Flask, change: dict[str, str]) -> None:
    builders.course()
    db.session.commit()
    with pytest.raises(BadInput):
        courses.update_settings("fire", **change)


def test_pages_hold_every_course_once_though_all_were_made_in_the_same_millisecond(app: Flask) -> None:
    for number in range(7):
        builders.course(f"c{number}")
    db.session.commit()
    seen: list[str] = []
    more = None
    while True:
        page = courses.list_courses(CourseQuery(), more=more, size=3, count=more is None)
        seen += [course.course_id for course in page.items]
        more = page.more
        if more is None:
            break
    assert sorted(seen) == [f"c{number}" for number in range(7)]


@pytest.mark.parametrize(
    ("order", "expected"),
    [("course_id_asc", ["a", "b", "c"]), ("course_id_desc", ["c", "b", "a"]), ("created_desc", ["b", "a", "c"])],
)
def test_orders(app: Flask, clock: SetClock, order: str, expected: list[str]) -> None:
    for course_id in ("c", "a", "b"):
        builders.course(course_id)
        clock.advance(1000)
    db.session.commit()
    seen: list[str] = []
    more = None
    while len(seen) < 3:
        page = courses.list_courses(CourseQuery(order=order), more=more, size=1)
        seen += [course.course_id for course in page.items]
        more = page.more
    assert seen == expected


def test_filters_are_inclusive_and_take_text_literally(app: Flask, clock: SetClock) -> None:
    start = clock.now
    for course_id in ("100%", "100 percent", "other"):
        builders.course(course_id)
        clock.advance(1000)
    db.session.commit()

    def found(**query: object) -> list[str]:
        page = courses.list_courses(CourseQuery(**query), count=True)  # type: ignore[arg-type]  # a test's shorthand
        assert page.total == len(page.items)
        return [course.course_id for course in page.items]

    assert found(text="100%", text_field="course_id") == ["100%"]
    assert found(text="OTHER", text_field="course_id") == ["other"]
    assert found(since_ms=start + 1000, until_ms=start + 1000, datetime_field="created") == ["100 percent"]


@pytest.mark.parametrize(
    "query", [CourseQuery(order="title"), CourseQuery(order="created_up"), CourseQuery(text_field="slug")]
)
def test_a_filter_that_there_is_not_is_refused(app: Flask, query: CourseQuery) -> None:
    with pytest.raises(BadInput):
        courses.list_courses(query)


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "é",
        "e30",  # {}
        "W10",  # []
        "eyJxIjp7fSwidiI6InRleHQiLCJrIjoiayJ9",  # {"q":{},"v":"text","k":"k"}: a text where a moment is compared
        "eyJxIjp7InNpbmNlX21zIjoieCJ9LCJ2IjoxLCJrIjoiayJ9",  # {"q":{"since_ms":"x"},"v":1,"k":"k"}
        "eyJxIjp7Im90aGVyIjoieCJ9LCJ2IjoxLCJrIjoiayJ9",  # {"q":{"other":"x"},"v":1,"k":"k"}
    ],
)
def test_a_made_up_page_token_is_refused(app: Flask, token: str) -> None:
    with pytest.raises(BadInput, match="more is not a token"):
        courses.list_courses(CourseQuery(), more=token)
