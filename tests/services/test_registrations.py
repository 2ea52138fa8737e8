"""Registrations and learners. On SQLite and on PostgreSQL."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import func, select

from seattime.errors import BadInput, Conflict, NotFound, SeatTimeError
from seattime.services import courses, learners, registrations
from seattime.services.learners import LearnerInfo
from seattime.services.registrations import NewRegistration, RegistrationQuery
from seattime.storage.models import CourseVersion, Learner, Registration, SessionRow, db
from tests import builders
from tests.conftest import SetClock


@pytest.fixture(autouse=True)
def _course(app: Flask) -> None:
    builders.course("fire")
    db.session.commit()


def create(registration_id: str = "r1", learner_id: str = "ana", **changes: object) -> Registration:
    info = LearnerInfo(learner_id=learner_id, first_name="Ana")
    values = {"registration_id": registration_id, "course_id": "fire", "learner": info} | changes
    return registrations.create_registration(NewRegistration(**values))  # type: ignore[arg-type]  # a test's shorthand


def second_version() -> str:
    course = courses.find_course("fire")
    first = courses.latest_version(course)
    columns = {column.key: getattr(first, column.key) for column in CourseVersion.__table__.columns}
    version = CourseVersion(**columns | {"key": "second", "number": 2})
    db.session.add(version)
    db.session.commit()
    return version.key


def test_a_learner_is_made_on_first_sight_and_updated_later() -> None:
    create("r1")
    create("r2", learner=LearnerInfo(learner_id="ana", last_name="Ruiz", email="ana@example.org"))
    learner = learners.find_learner("ana")
    assert (learner.first_name, learner.last_name, learner.email) == ("Ana", "Ruiz", "ana@example.org")
    assert db.session.scalar(select(func.count()).select_from(Learner)) == 1


def test_a_registration_gets_the_newest_version_or_the_one_it_asks_for() -> None:
    first = courses.latest_version(courses.find_course("fire")).key
    second = second_version()
    assert create("r1").version_key == second
    assert create("r2", version=1).version_key == first
    with pytest.raises(NotFound, match="no version 3"):
        create("r3", version=3)


def test_an_id_that_is_taken_is_a_conflict() -> None:
    create("r1")
    with pytest.raises(Conflict, match="There is a registration r1 already"):
        create("r1", learner_id="ben")


def test_a_course_that_there_is_not_is_not_found_and_makes_no_learner() -> None:
    with pytest.raises(NotFound, match="no course with the id water"):
        create("r1", course_id="water")
    with pytest.raises(NotFound):
        learners.find_learner("ana")


@pytest.mark.parametrize(
    "changes",
    [{"registration_id": ""}, {"registration_id": "nul\0"}, {"learner_id": ""}, {"learner_id": "x" * 256}],
)
def test_an_id_that_cannot_be_kept_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        create(**changes)


def test_two_requests_that_bring_the_same_learner_and_id_at_once_make_one_of_each(app: Flask) -> None:
    start = threading.Barrier(4)
    outcomes: list[str] = []
    db.session.rollback()

    def run(registration_id: str) -> None:
        with app.app_context():
            start.wait()
            try:
                outcomes.append(create(registration_id).registration_id)
            except SeatTimeError as error:
                outcomes.append(type(error).__name__)

    threads = [threading.Thread(target=run, args=(name,)) for name in ("r1", "r1", "r2", "r3")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["Conflict", "r1", "r2", "r3"]
    assert db.session.scalar(select(func.count()).select_from(Learner)) == 1


def test_a_deleted_id_can_be_used_again_and_is_another_registration() -> None:
    first = create("r1").key
    registrations.delete_registration("r1")
    with pytest.raises(NotFound):
        registrations.find_registration("r1")
    second = create("r1", learner_id="ben").key
    assert first != second
    assert db.session.get_one(Registration, first).deleted_ms is not None


def test_deleting_raises_the_facts_version() -> None:
    create("r1")
    before = learners.find_learner("ana").facts_version
    registrations.delete_registration("r1")
    db.session.expire_all()
    assert learners.find_learner("ana").facts_version == before + 1


def test_deleting_progress_begins_the_next_instance_on_the_newest_version() -> None:
    key = create("r1").key
    second = second_version()
    registrations.delete_progress("r1")
    db.session.expire_all()
    after = registrations.find_registration("r1")
    assert (after.key, after.instance, after.version_key) == (key, 2, second)


def test_launches_of_an_earlier_instance_are_kept_apart() -> None:
    registration = create("r1")
    builders.launch(registration)
    registrations.delete_progress("r1")
    registration = registrations.find_registration("r1")
    builders.launch(registration)
    assert [launch.number for launch in registrations.launches_of(registration, 1)] == [1]
    assert [launch.number for launch in registrations.launches_of(registration, 2)] == [2]


def listed(**query: object) -> list[str]:
    page = registrations.list_registrations(RegistrationQuery(**query), count=True)  # type: ignore[arg-type]  # see above
    assert page.total == len(page.items)
    return [registration.registration_id for registration in page.items]


def test_filters(clock: SetClock) -> None:
    builders.course("water")
    db.session.commit()
    start = clock.now
    create("r1")
    clock.advance(1000)
    create("r2", learner_id="ben")
    clock.advance(1000)
    create("r3", course_id="water")
    assert listed(course_id="fire") == ["r1", "r2"]
    assert listed(learner_id="ana") == ["r1", "r3"]
    assert listed(course_id="water", learner_id="ben") == []
    assert listed(since_ms=start + 1000) == ["r2", "r3"]
    assert listed(until_ms=start + 1000, datetime_field="created") == ["r1", "r2"]
    assert listed(text="R3") == ["r3"]
    assert listed(text="be", text_field="learner_id") == ["r2"]
    assert listed(order="created_desc") == ["r3", "r2", "r1"]


def test_a_test_run_is_in_no_list() -> None:
    create("r1").test_run = True
    db.session.commit()
    assert listed() == []


def session_row(registration: Registration, delivered_ms: int) -> SessionRow:
    return SessionRow(
        registration_key=registration.key,
        session_id=f"s{delivered_ms}",
        learner_key=registration.learner_key,
        course_key=registration.course_key,
        attempt_key="a",
        instance=registration.instance,
        activity_id="item_1",
        launch_number=1,
        standard="scorm12",
        mode="normal",
        launched_ms=delivered_ms,
        first_ms=delivered_ms,
        delivered_ms=delivered_ms,
        order_number=1,
    )


def test_a_delivery_makes_a_registration_updated(clock: SetClock) -> None:
    first, second = create("r1"), create("r2")
    db.session.add(session_row(first, clock.now + 5000))
    db.session.commit()
    assert listed(since_ms=clock.now + 1) == ["r1"]
    assert listed(since_ms=clock.now + 1, datetime_field="last_access_date") == ["r1"]
    assert listed(order="updated_desc") == [first.registration_id, second.registration_id]


@pytest.mark.parametrize("order", ["created_asc", "created_desc", "updated_asc", "registration_id_desc"])
def test_pages_hold_every_registration_once_though_all_were_made_in_the_same_millisecond(order: str) -> None:
    for number in range(7):
        create(f"r{number}")
    seen: list[str] = []
    page = registrations.list_registrations(RegistrationQuery(order=order), size=3)
    while True:
        seen += [registration.registration_id for registration in page.items]
        if page.more is None:
            break
        page = registrations.list_registrations(RegistrationQuery(), more=page.more, size=3)
    assert sorted(seen) == [f"r{number}" for number in range(7)]


def test_a_token_carries_the_filters_of_its_list() -> None:
    for number in range(3):
        create(f"r{number}", learner_id="ben")
    create("x")
    page = registrations.list_registrations(RegistrationQuery(learner_id="ben"), size=2)
    page = registrations.list_registrations(RegistrationQuery(), more=page.more, size=2)
    assert [registration.registration_id for registration in page.items] in (["r0"], ["r1"], ["r2"])
    assert page.more is None


def test_a_learner_is_updated_for_all_registrations_and_the_rest_is_kept() -> None:
    create("r1")
    learners.update_learner(LearnerInfo(learner_id="ana", email="new@example.org"))
    learner = learners.find_learner("ana")
    assert (learner.first_name, learner.email) == ("Ana", "new@example.org")


def test_a_learner_that_there_is_not_is_not_found() -> None:
    for learner_id in ("nobody", "nul\0"):
        with pytest.raises(NotFound):
            learners.find_learner(learner_id)
