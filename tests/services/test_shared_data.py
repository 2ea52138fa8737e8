"""Shared data at a launch: from which sessions, of which learner and of which courses it comes (CAM 4th Ed., adlcp:data)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import Package
from seattime.services import shared_data
from seattime.storage.models import Course, Registration, SessionRow, db
from tests import builders

DATA = {
    "name": "data",
    "attributes": {},
    "text": "",
    "children": [
        {"name": "map", "attributes": {"targetID": "one"}, "text": "", "children": []},
        {"name": "map", "attributes": {"targetID": "two", "writeSharedData": "false"}, "text": "", "children": []},
    ],
}


pytestmark = pytest.mark.usefixtures("app")


def course(course_id: str, *, across: bool) -> Course:
    """Two activities that share two stores."""
    made = builders.course(course_id, kind=PackageKind.SCORM2004_4, activities=2)
    package = Package.from_json(made.versions[-1].structure)
    items = tuple(replace(item, shared_data=DATA) for item in package.organization.items)
    organization = replace(package.organization, items=items, shared_data_global=across)
    made.versions[-1].structure = replace(package, organizations=(organization,)).to_json()
    db.session.commit()
    return made


def wrote(by: Registration, began_ms: int, elements: dict[str, str], **changes: Any) -> None:
    db.session.add(
        SessionRow(
            registration_key=by.key,
            session_id=f"s{began_ms}",
            learner_key=by.learner_key,
            course_key=by.course_key,
            attempt_key="a",
            instance=changes.pop("instance", by.instance),
            activity_id="item_2",
            launch_number=1,
            standard="scorm2004",
            mode=changes.pop("mode", "normal"),
            launched_ms=began_ms,
            first_ms=began_ms,
            opened_ms=began_ms,
            delivered_ms=began_ms,
            order_number=1,
            terminated=True,
            elements=elements,
        )
    )
    db.session.commit()


def store(target: str, value: str) -> dict[str, str]:
    return {"adl.data.7.id": target, "adl.data.7.store": value}


def seen(by: Registration, instance: int = 1) -> dict[str, str | None]:
    package = Package.from_json(by.version.structure)
    item = package.organization.items[0]
    return {each["id"]: each["value"] for each in shared_data.of_activity(by, instance, package, item)}


def test_an_activity_sees_what_another_wrote_last_and_what_it_may_do_with_it() -> None:
    by = builders.registration(course("fire", across=True))
    wrote(by, 2000, store("one", "second"))
    wrote(by, 1000, store("one", "first"))
    package = Package.from_json(by.version.structure)

    assert shared_data.of_activity(by, 1, package, package.organization.items[0]) == [
        {"id": "one", "value": "second", "readable": True, "writable": True},
        {"id": "two", "value": None, "readable": True, "writable": False},
    ]


def test_global_data_is_the_learners_in_all_courses_and_nobody_elses() -> None:
    fire, night, own = course("fire", across=True), course("night", across=True), course("own", across=False)
    ana, ben = builders.learner("ana"), builders.learner("ben")
    here = builders.registration(fire, ana)
    wrote(builders.registration(night, ana), 1000, store("one", "from another course"))
    wrote(builders.registration(own, ana), 2000, store("one", "of that course alone"))
    wrote(builders.registration(fire, ben), 3000, store("one", "another learner's"))

    assert seen(here) == {"one": "from another course", "two": None}


def test_data_of_a_course_alone_stays_in_it_and_ends_with_the_attempt_on_it() -> None:
    by = builders.registration(course("own", across=False))
    wrote(builders.registration(course("night", across=True), by.learner), 500, store("one", "from another course"))
    assert seen(by) == {"one": None, "two": None}
    wrote(by, 1000, store("one", "here"))
    assert seen(by) == {"one": "here", "two": None}
    assert seen(by, instance=2) == {"one": None, "two": None}
    wrote(by, 2000, {"adl.nav.request": "exitAll"})
    assert seen(by) == {"one": None, "two": None}


def test_what_was_written_in_review_counts_for_nobody() -> None:
    by = builders.registration(course("fire", across=True))
    wrote(by, 1000, store("one", "x"), mode="review")
    assert seen(by) == {"one": None, "two": None}
