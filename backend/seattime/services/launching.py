"""Launch links, launches, and the opening of activities: what a player needs to start, and nothing that a mere fetch could set off.

Guarantees: a launch gets a number and an order number under the registration's lock; tokens carry internal keys only;
one learner's link, cookie or token reaches no other registration. Must not import web.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, update

from seattime.domain.packages.elsewhere import is_elsewhere
from seattime.domain.packages.model import Item, Package, activities
from seattime.errors import Conflict, NotAllowed, NotFound
from seattime.services import activity_start, cmi5_sessions, courses, launch_documents, recovery
from seattime.services.claims import DeliveryClaims, read_delivery, sign_delivery
from seattime.services.parts import parts
from seattime.services.tokens import Purpose
from seattime.storage import database, orders
from seattime.storage.models import Course, CourseVersion, Launch, Learner, Registration, SessionRow, db

DAY_S = 24 * 3600
DAY_MS = DAY_S * 1000
MODES = ("normal", "review", "browse")
MOST_SIBLINGS = 6


@dataclass(frozen=True)
class Admission:
    """Somebody may open this registration's player."""

    registration_key: str
    redirect_url: str
    mode: str


def launch_link(
    registration: Registration, *, expires_s: int | None = None, redirect_url: str = "", mode: str = "normal"
) -> str:
    """A signed address that opens this registration's player; good for `expires_s` seconds (SEATTIME_LINK_EXPIRY_S by default).

    Raises Conflict where nothing of the course is here to be played.
    """
    check_plays_here(registration.version)
    settings = parts().settings
    payload = {"r": registration.key, "u": redirect_url, "m": mode if mode in MODES else "normal"}
    token = parts().tokens.sign(Purpose.LINK, payload, lives_s=expires_s or settings.link_expiry_s)
    return f"{settings.play_origin_of(registration.course.slug)}/player/{registration.key}/?link={token}"


def admit_by_link(registration_key: str, link: str) -> Admission:
    """Raises LinkExpired, NotAllowed."""
    payload = parts().tokens.read(Purpose.LINK, link)
    if payload.get("r") != registration_key:
        raise NotAllowed("This link belongs to another registration.")
    return Admission(registration_key, str(payload.get("u", "")), str(payload.get("m", "normal")))


def admit_by_cookie(registration_key: str, cookie: str) -> Admission:
    """Raises LinkExpired, NotAllowed."""
    payload = parts().tokens.read(Purpose.PLAYER, cookie)
    if payload.get("r") != registration_key:
        raise NotAllowed("This player was opened for another registration.")
    return Admission(registration_key, str(payload.get("u", "")), str(payload.get("m", "normal")))


def plays_here(version: CourseVersion) -> bool:
    """Whether there is anything of it that could be opened; not so where another LMS plays the course (host_tickets)."""
    return not is_elsewhere(Package.from_json(version.structure))


def check_plays_here(version: CourseVersion) -> None:
    """Raises Conflict where it does not: before a registration is made for a link."""
    if not plays_here(version):
        raise Conflict("This course is played in another LMS: there is nothing of it here that could be opened.")


def player_cookie(admission: Admission) -> str:
    """What lets a reload work after the link has expired."""
    payload = {"r": admission.registration_key, "u": admission.redirect_url, "m": admission.mode}
    return parts().tokens.sign(Purpose.PLAYER, payload, lives_s=parts().settings.cookie_days * DAY_S)


@dataclass(frozen=True)
class Opening:
    """What the player page shows before it launches. `test_run`: somebody tries the course; nothing of it is reported."""

    title: str
    test_run: bool
    kind: str


def opening(admission: Admission, slug: str | None) -> Opening:
    """Raises NotFound where the registration is gone or its course plays on another origin."""
    registration = _living(admission.registration_key, slug)
    return Opening(registration.course.title, registration.test_run, registration.version.kind)


def start_launch(admission: Admission, *, slug: str | None, activity_id: str | None, user_agent: str) -> dict[str, Any]:
    """Allocates launch number and order number and answers with everything that the player needs (types.d.ts, LaunchResponse)."""
    _living(admission.registration_key, slug)
    db.session.rollback()
    recovery.drain_registration(admission.registration_key)
    registration = _living(admission.registration_key, slug)
    session = db.session
    number = session.execute(
        update(Registration)
        .where(Registration.key == registration.key)
        .values(launch_count=Registration.launch_count + 1)
        .returning(Registration.launch_count)
    ).scalar_one()
    order = orders.next_order(session, registration.learner_key)
    now = parts().clock.now_ms()
    session.add(
        Launch(
            registration_key=registration.key,
            number=number,
            order_number=order,
            instance=registration.instance,
            mode=admission.mode,
            launched_ms=now,
            user_agent=user_agent,
            redirect_url=admission.redirect_url,
        )
    )
    session.flush()
    claims = DeliveryClaims(registration.key, number, order, now, registration.instance, admission.mode)
    package = Package.from_json(registration.version.structure)
    items = activities(package)
    if not items:
        raise Conflict("This course has nothing that can be started.")
    first = _first_activity(registration, items, activity_id)
    launch_documents.bring_over(registration)
    starts = activity_start.build_all(registration, claims, package, items)
    settings = parts().settings
    answer = {
        "v": 1,
        "ledger": database.ledger_id(session),
        "now": parts().clock.now_ms(),
        "heartbeat_ms": int(settings.heartbeat_s * 1000),
        "registration": registration.key,
        "token": sign_delivery(claims),
        "launch": {"number": number, "order": order},
        "mode": admission.mode,
        "course": {
            "title": registration.course.title,
            "kind": package.kind.value,
            "open_in": "window" if _wants_own_window(items) else registration.course.open_in,
            "exit_url": admission.redirect_url,
        },
        "learner": {"name": " ".join((registration.learner.first_name, registration.learner.last_name)).strip()},
        "toc": activity_start.table_of_contents(registration, package),
        "first": first,
        "activities": starts,
        "siblings": _siblings(registration, now),
    }
    session.commit()
    cmi5_sessions.launch(registration, starts[first].get("start"))
    return answer


def open_activity(token: str, activity_id: str | None) -> dict[str, Any]:
    """Another activity of an open player with its newest state. Makes no launch. Raises NotAllowed, NotFound."""
    claims = read_delivery(token)
    recovery.drain_registration(claims.registration_key)
    registration = _living(claims.registration_key, None)
    package = Package.from_json(registration.version.structure)
    items = {item.identifier: item for item in activities(package)}
    wanted = activity_id or _first_activity(registration, tuple(items.values()), None)
    if wanted not in items:
        raise NotFound("This course has no such activity.")
    start = activity_start.build(registration, claims, package, items[wanted])
    answer = {
        "v": 1,
        "ledger": database.ledger_id(db.session),
        "now": parts().clock.now_ms(),
        "launch": {"number": claims.launch_number, "order": claims.order_number},
        "newest_launch": registration.launch_count,
        "activity": start,
        "toc": activity_start.table_of_contents(registration, package),
    }
    db.session.commit()
    cmi5_sessions.launch(registration, start.get("start"))
    return answer


def settle(token: str) -> None:
    """A delivery visit for this launch found nothing more to deliver."""
    claims = read_delivery(token)
    db.session.execute(
        update(Launch)
        .where(Launch.registration_key == claims.registration_key, Launch.number == claims.launch_number)
        .values(settled=True)
    )
    db.session.commit()


def test_run_registration(course: Course, user_name: str) -> Registration:
    """The registration in which an administrator plays this course himself: marked, and left out of reports. Commits.

    Raises Conflict where nothing of the course is here to be played.
    """
    version = courses.latest_version(course)
    check_plays_here(version)
    learner_id = f"operator:{user_name}"
    now = parts().clock.now_ms()
    learner = db.session.scalar(select(Learner).where(Learner.learner_id == learner_id))
    if learner is None:
        learner = Learner(
            learner_id=learner_id, first_name="Test run", last_name=user_name, operator=True, created_ms=now
        )
        db.session.add(learner)
        db.session.flush()
    registration = db.session.scalar(
        select(Registration).where(
            Registration.learner_key == learner.key,
            Registration.course_key == course.key,
            Registration.version_key == version.key,
            Registration.test_run,
            Registration.deleted_ms.is_(None),
        )
    )
    if registration is None:
        registration = Registration(
            registration_id=f"test-run:{course.slug}:{version.number}:{learner.key[:8]}",
            course_key=course.key,
            version_key=version.key,
            learner_key=learner.key,
            test_run=True,
            options={},
            created_ms=now,
            updated_ms=now,
        )
        db.session.add(registration)
    db.session.commit()
    return registration


def _living(registration_key: str, slug: str | None) -> Registration:
    registration = db.session.get(Registration, registration_key)
    if registration is None or registration.deleted_ms is not None or registration.course.deleted_ms is not None:
        raise NotFound("This course is no longer here for you. Ask whoever gave you the link.")
    if slug is not None and registration.course.slug != slug:
        raise NotFound("This course is played at another address.")
    return registration


def _wants_own_window(items: tuple[Item, ...]) -> bool:
    """cmi5 8.1: one AU that must not be in a frame decides for all, since every AU may have a window of its own."""
    return any(item.launch_method == "OwnWindow" for item in items)


def _first_activity(registration: Registration, items: tuple[Item, ...], wanted: str | None) -> str:
    """The asked one, else where the learner was last, else the first of the course."""
    identifiers = [item.identifier for item in items]
    if wanted in identifiers:
        return str(wanted)
    last = db.session.scalar(
        select(SessionRow.activity_id)
        .where(SessionRow.registration_key == registration.key, SessionRow.instance == registration.instance)
        .order_by(SessionRow.order_number.desc(), SessionRow.first_ms.desc())
        .limit(1)
    )
    return last if last in identifiers else identifiers[0]


def _siblings(registration: Registration, now_ms: int) -> list[str]:
    """Delivery pages of the other origins where this learner has launches that are not settled (design 3.3)."""
    settings = parts().settings
    if settings.shared_play_origin:
        return []
    slugs = db.session.scalars(
        select(Course.slug)
        .join(Registration, Registration.course_key == Course.key)
        .join(Launch, Launch.registration_key == Registration.key)
        .where(
            Registration.learner_key == registration.learner_key,
            Course.key != registration.course_key,
            Launch.settled.is_(False),
            Launch.launched_ms > now_ms - 30 * DAY_MS,
        )
        .group_by(Course.slug)
        # in no order: launches of another device are never settled from here, and must not always stand before the others
        .order_by(func.random())
        .limit(MOST_SIBLINGS)
    )
    return [f"{settings.play_origin_of(slug)}/player/deliver" for slug in slugs]
