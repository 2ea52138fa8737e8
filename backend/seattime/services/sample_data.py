"""Two sample learners with sample sessions, so that the pages can be read from the first minute; and their removal.

Guarantees: ordinary rows of the ordinary tables, each marked `sample`; making them twice makes them once; removing them
leaves real registrations, also those on a sample course, as they were, and keeps tombstones, so that no key is reused.
Must not import web.
"""

from __future__ import annotations

import uuid
from typing import Final

from sqlalchemy import delete, exists, select, update

from seattime.domain.packages.model import Package, activities
from seattime.services import courses
from seattime.services.parts import parts
from seattime.services.sample_sessions import LEARNERS, SESSIONS, SampleLearner, SampleSession
from seattime.storage.models import (
    Attempt,
    Correction,
    Course,
    CourseVersion,
    Launch,
    Learner,
    Registration,
    SessionRow,
    db,
    new_key,
)

DAY_MS: Final = 24 * 3_600_000
LAUNCH_TAKES_MS: Final = 1_200


def has_samples() -> bool:
    """Whether there is anything to remove."""
    course = exists().where(Course.sample, Course.deleted_ms.is_(None))
    registration = exists().where(Registration.sample, Registration.deleted_ms.is_(None))
    return bool(db.session.scalar(select(course | registration)))


def create_samples() -> None:
    """Adds the sample sessions to the sample courses that are imported. Commits. Does nothing where they are there."""
    now = parts().clock.now_ms()
    living = exists().where(Registration.sample, Registration.deleted_ms.is_(None))
    if db.session.scalar(select(living)):
        db.session.rollback()
        return
    learners = {each.learner_id: _learner(each, now) for each in LEARNERS}
    for sample in SESSIONS:
        course = db.session.scalar(
            select(Course).where(Course.course_id == sample.course_id, Course.sample, Course.deleted_ms.is_(None))
        )
        if course is not None:
            _add(sample, learners[sample.learner], course, now)
    db.session.commit()


def remove_samples() -> None:
    """Takes the sample learners' sessions and the sample courses away. Commits."""
    now = parts().clock.now_ms()
    mine = select(Registration.key).where(Registration.sample)
    for table in (SessionRow, Attempt, Launch, Correction):
        db.session.execute(delete(table).where(table.registration_key.in_(mine)))
    db.session.execute(
        update(Registration)
        .where(Registration.sample, Registration.deleted_ms.is_(None))
        .values(deleted_ms=now, updated_ms=now)
    )
    db.session.execute(update(Learner).where(Learner.sample).values(facts_version=Learner.facts_version + 1))
    used = exists().where(
        Registration.course_key == Course.key, Registration.deleted_ms.is_(None), Registration.test_run.is_(False)
    )
    living = (Course.sample, Course.deleted_ms.is_(None))
    # somebody real learns here: from now on it is a course like any other
    kept = list(db.session.scalars(select(Course.key).where(*living, used)))
    db.session.execute(update(Course).where(Course.key.in_(kept)).values(sample=False))
    leaving = list(db.session.scalars(select(Course.course_id).where(*living)))
    db.session.commit()
    for course_id in leaving:
        courses.delete_course(course_id)


def _learner(sample: SampleLearner, now_ms: int) -> Learner:
    learner = db.session.scalar(select(Learner).where(Learner.learner_id == sample.learner_id))
    if learner is None:
        learner = Learner(
            learner_id=sample.learner_id,
            first_name=sample.first_name,
            last_name=sample.last_name,
            sample=True,
            created_ms=now_ms,
            order_counter=0,
            facts_version=0,
        )
        db.session.add(learner)
        db.session.flush()
    learner.facts_version += 1
    return learner


def _add(sample: SampleSession, learner: Learner, course: Course, now_ms: int) -> None:
    """The registration, its launch, its attempt and its session, as the server would have written them."""
    version = courses.latest_version(course)
    package = Package.from_json(version.structure)
    item = activities(package)[sample.activity]
    opened = now_ms - now_ms % DAY_MS - sample.days_ago * DAY_MS + sample.at_ms
    launched = opened - LAUNCH_TAKES_MS
    registration = _registration(sample, learner, course, version, launched)
    launch_order, lease_order = learner.order_counter + 1, learner.order_counter + 2
    learner.order_counter = lease_order
    registration.launch_count += 1
    session_id, attempt_key = str(uuid.uuid4()), new_key()
    db.session.add_all(
        (
            Launch(
                registration_key=registration.key,
                number=registration.launch_count,
                order_number=launch_order,
                instance=1,
                mode="normal",
                launched_ms=launched,
                settled=True,
            ),
            Attempt(
                registration_key=registration.key,
                key=attempt_key,
                instance=1,
                activity_id=item.identifier,
                number=1,
                created_ms=launched,
                lease_number=lease_order,
                lease_session=session_id,
            ),
            SessionRow(
                registration_key=registration.key,
                session_id=session_id,
                learner_key=learner.key,
                course_key=course.key,
                attempt_key=attempt_key,
                instance=1,
                activity_id=item.identifier,
                launch_number=registration.launch_count,
                standard=package.standard.value,
                mode="normal",
                launched_ms=launched,
                first_ms=opened + LAUNCH_TAKES_MS,
                delivered_ms=opened + sample.open_ms + LAUNCH_TAKES_MS,
                order_number=lease_order,
                leases=[[opened + LAUNCH_TAKES_MS, lease_order]],
                deliveries=2,
                time_seq=2,
                opened_ms=opened,
                measured_ms=sample.measured_ms,
                open_ms=sample.open_ms,
                spans=[list(span) for span in sample.spans],
                acts=[list(act) for act in sample.acts],
                words=[list(word) for word in sample.words],
                status=dict(sample.status),
                terminated=sample.ended == "terminated",
                ended=sample.ended,
                state_seq=1,
                state_order=lease_order,
                elements=dict(sample.elements),
            ),
        )
    )
    db.session.flush()


def _registration(
    sample: SampleSession, learner: Learner, course: Course, version: CourseVersion, created_ms: int
) -> Registration:
    registration = Registration(
        registration_id=f"{learner.learner_id}-{course.course_id.removeprefix('sample-')}",
        course_key=course.key,
        version_key=version.key,
        learner_key=learner.key,
        sample=True,
        options={},
        launch_count=0,
        created_ms=created_ms,
        updated_ms=created_ms + sample.open_ms,
    )
    db.session.add(registration)
    db.session.flush()
    return registration
