"""The rows that `seattime verify` makes for its check, and their removal: the only rows of the product that are really deleted.

Everything else that goes leaves a tombstone, because browsers may still hold its keys (design 3.8). No browser ever sees a key of
the check, so nothing can come late for one. Guarantees: `remove` touches only what carries the mark of the run that it is told,
in the very columns that no caller of the product can set (`test_run`, `operator`, a version's `content_hash`); whatever lies
beneath a registration goes with it, in tables that are made later too; all of it goes in one transaction or nothing does, and
a row of somebody else's that leaned on one of these would stop it (foreign keys). The course is a tombstone from the beginning,
so lists, reports and exports never show it. Must not import services.
"""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import delete, select

from seattime.domain.packages.model import Package
from seattime.domain.xapi import finding
from seattime.storage import orders
from seattime.storage.inserts import DbSession
from seattime.storage.lrs_models import LrsKey, LrsStatement
from seattime.storage.models import Base, Course, CourseVersion, Launch, Learner, Registration, new_key

MARK: Final = "seattime-verify"
_RUN = re.compile(rf"{MARK}:([0-9a-f]{{32}})")


@dataclass(frozen=True)
class MadeRows:
    """What stands for one kind: enough to deliver under its launch."""

    registration_key: str
    learner_id: str
    launch_number: int
    order_number: int
    launched_ms: int


def new_run() -> str:
    """A name for one run of the check, which no other run has."""
    return uuid.uuid4().hex


def make(session: DbSession, run: str, subject: str, package: Package, *, now_ms: int, launched_ms: int) -> MadeRows:
    """A course, a learner, a registration and a launch at `launched_ms`, all marked. The caller commits."""
    mark = _mark(run, subject)
    course = Course(
        key=new_key(),
        course_id=mark,
        title="Self-test of this installation (seattime verify)",
        slug=f"v{new_key()[:16]}",
        created_ms=now_ms,
        updated_ms=now_ms,
        deleted_ms=now_ms,
    )
    learner = Learner(
        key=new_key(), learner_id=mark, first_name="Self-test", last_name="seattime verify", operator=True, created_ms=now_ms
    )
    session.add_all((course, learner))
    session.flush()
    version = CourseVersion(
        key=new_key(),
        course_key=course.key,
        number=1,
        kind=package.kind.value,
        structure=package.to_json(),
        warnings=[],
        file_count=0,
        size_bytes=0,
        content_hash=f"{MARK}:{run}",
        created_ms=now_ms,
    )
    session.add(version)
    session.flush()
    registration = Registration(
        key=new_key(),
        registration_id=mark,
        course_key=course.key,
        version_key=version.key,
        learner_key=learner.key,
        launch_count=1,
        test_run=True,
        options={},
        created_ms=now_ms,
        updated_ms=now_ms,
    )
    session.add(registration)
    session.flush()
    order = orders.next_order(session, learner.key)
    session.add(
        Launch(
            registration_key=registration.key,
            number=1,
            order_number=order,
            instance=1,
            mode="normal",
            launched_ms=launched_ms,
            settled=True,
        )
    )
    session.flush()
    return MadeRows(registration.key, mark, 1, order, launched_ms)


def remove(session: DbSession, run: str) -> None:
    """Removes every row of this run. The caller commits. Raises SQLAlchemyError; then nothing is removed."""
    marked = (CourseVersion.content_hash == f"{MARK}:{run}", Course.course_id.startswith(f"{MARK}:{run}:"))
    made = session.execute(
        select(CourseVersion.key, CourseVersion.course_key, Course.course_id)
        .join(Course, Course.key == CourseVersion.course_key)
        .where(*marked, Course.deleted_ms.is_not(None))
    ).all()
    versions, courses, marks = ([row[index] for row in made] for index in range(3))
    registrations = session.scalars(
        select(Registration.key).where(
            # the first two are what finds them quickly among millions
            Registration.registration_id.in_(marks),
            Registration.deleted_ms.is_(None),
            Registration.version_key.in_(versions),
            Registration.test_run,
        )
    ).all()
    # the store's rows name their registration and are not bound to it
    for row in session.scalars(select(LrsStatement).where(LrsStatement.registration_key.in_(registrations))).all():
        place = (LrsKey.stored_ms == row.stored_ms, LrsKey.seq == row.seq)
        session.execute(delete(LrsKey).where(LrsKey.key.in_(finding.keys_of(json.loads(row.raw))), *place))
    session.execute(delete(LrsStatement).where(LrsStatement.registration_key.in_(registrations)))
    for table in reversed(Base.metadata.sorted_tables):
        for key in table.foreign_keys:
            if key.column is Registration.__table__.c.key:
                session.execute(delete(table).where(key.parent.in_(registrations)))
    session.execute(delete(Registration).where(Registration.key.in_(registrations)))
    for version in versions:
        # one at a time: each makes the database look through all registrations, and no statement may take for ever
        session.execute(delete(CourseVersion).where(CourseVersion.key == version))
    session.execute(delete(Course).where(Course.key.in_(courses)))
    session.execute(delete(Learner).where(Learner.learner_id.in_(marks), Learner.operator))


def runs_there(session: DbSession) -> dict[str, int]:
    """Runs of which something is in the tables, and when the newest of it was made (ms, database's clock)."""
    rows = session.execute(
        select(CourseVersion.content_hash, CourseVersion.created_ms).where(CourseVersion.content_hash.startswith(f"{MARK}:"))
    )
    found: dict[str, int] = {}
    for text, created_ms in rows:
        if match := _RUN.fullmatch(text):
            found[match[1]] = max(created_ms, found.get(match[1], 0))
    return found


def _mark(run: str, subject: str) -> str:
    return f"{MARK}:{run}:{subject}"
