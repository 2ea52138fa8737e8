"""What many tests need: rows for a course and its learners, and messages as a browser would send them."""

from __future__ import annotations

import uuid
from typing import Any

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Item, Organization, Package
from seattime.services.claims import DeliveryClaims, sign_delivery
from seattime.services.parts import parts
from seattime.storage import orders
from seattime.storage.models import Course, CourseVersion, Launch, Learner, Registration, db, new_key


def package(kind: PackageKind = PackageKind.SCORM12, activities: int = 1) -> Package:
    items = tuple(
        Item(f"item_{number}", f"Part {number}", href=f"part{number}.html", scorm_type=ActivityType.SCO)
        for number in range(1, activities + 1)
    )
    return Package(kind, "Fire safety", "manifest", (Organization("org", "Fire safety", items),), "org")


def course(course_id: str = "fire", **of_package: Any) -> Course:
    """A course with one version; not committed."""
    now = parts().clock.now_ms()
    row = Course(
        key=new_key(), course_id=course_id, title="Fire safety", slug=f"c{new_key()[:12]}", created_ms=now, updated_ms=now
    )
    db.session.add(row)
    db.session.flush()
    _add_version(row, package(**of_package), 1)
    db.session.flush()
    return row


def new_version(of: Course, made: Package) -> None:
    """What an administrator publishes; committed."""
    _add_version(of, made, len(of.versions) + 1)
    db.session.commit()


def _add_version(of: Course, made: Package, number: int) -> None:
    db.session.add(
        CourseVersion(
            course_key=of.key,
            number=number,
            kind=made.kind.value,
            structure=made.to_json(),
            warnings=[],
            file_count=1,
            size_bytes=1,
            content_hash=str(number),
            created_ms=parts().clock.now_ms(),
        )
    )


def learner(learner_id: str = "ana") -> Learner:
    row = Learner(
        learner_id=learner_id, first_name="Ana", last_name="Ruiz", created_ms=parts().clock.now_ms(), order_counter=0
    )
    db.session.add(row)
    db.session.flush()
    return row


def registration(of_course: Course | None = None, of_learner: Learner | None = None) -> Registration:
    """A registration; committed."""
    of_course, of_learner = of_course or course(), of_learner or learner()
    now = parts().clock.now_ms()
    row = Registration(
        registration_id=f"r-{new_key()[:8]}",
        course_key=of_course.key,
        version_key=of_course.versions[-1].key,
        learner_key=of_learner.key,
        launch_count=0,
        instance=1,
        options={},
        created_ms=now,
        updated_ms=now,
    )
    db.session.add(row)
    db.session.commit()
    return row


def launch(of: Registration) -> DeliveryClaims:
    """A launch as the player's POST would make it; committed."""
    now = parts().clock.now_ms()
    of.launch_count += 1
    order = orders.next_order(db.session, of.learner_key)
    db.session.add(
        Launch(
            registration_key=of.key,
            number=of.launch_count,
            order_number=order,
            instance=of.instance,
            mode="normal",
            launched_ms=now,
        )
    )
    claims = DeliveryClaims(of.key, of.launch_count, order, now, of.instance, "normal")
    db.session.commit()
    return claims


def token(claims: DeliveryClaims) -> str:
    return sign_delivery(claims)


def time_register(seq: int = 1, **changes: Any) -> dict[str, Any]:
    """A time register of a session that measured 10 s from the beginning on."""
    register = {
        "seq": seq,
        "base": 0,
        "order": 1,
        "opened": parts().clock.now_ms() - 10_000,
        "measured": 10_000,
        "open": 10_000,
        "spans_from": 0,
        "spans": [[0, 10_000, 1, 0]],
        "acts_from": 0,
        "acts": [[0, 0]],
        "words_from": 0,
        "words": [],
        "status": {},
        "exit": None,
        "terminated": False,
        "ended": None,
    }
    return register | changes


def state_register(seq: int = 1, elements: dict[str, str] | None = None, **changes: Any) -> dict[str, Any]:
    return {"seq": seq, "base": 0, "order": 1, "whole": False, "set": elements or {}, "findings": []} | changes


def record(session: str | None = None, **changes: Any) -> dict[str, Any]:
    """A record without registers; give `time=` and `state=`."""
    return {
        "session": session or str(uuid.uuid4()),
        "activity": "item_1",
        "attempt": "",
        "new_attempt": False,
        "standard": "scorm12",
        "mode": "normal",
        "want": None,
    } | changes


def message(claims: DeliveryClaims, *records: dict[str, Any]) -> dict[str, Any]:
    return {"v": 1, "token": token(claims), "records": list(records)}
