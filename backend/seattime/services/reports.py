"""What pages and exports show: courses, registrations and learners with their counted time. Must not import web.

Guarantees: every figure comes from the ledger's rows by way of `counted_time` and nowhere else, so the parts of a list
add up to its whole; test runs are left out unless they are asked for. All `*_ms` are whole ms, moments in server time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import selectinload

from seattime.domain import by_day, findings
from seattime.domain.findings import Badge
from seattime.domain.ownership import own
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.rollup import Completion, Status, Success
from seattime.errors import NotFound
from seattime.services import by_key, counted_time, courses
from seattime.services.progress import Progress, progress_of_many
from seattime.storage.models import Course, CourseVersion, Learner, Registration, SessionRow, db


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which registrations, and of which days (UTC, both ends included) the time."""

    course_key: str | None = None
    learner_key: str | None = None
    since: date | None = None
    until: date | None = None
    badge: str | None = None
    test_runs: bool = False

    @property
    def has_period(self) -> bool:
        """Only a part of the time is asked for."""
        return self.since is not None or self.until is not None

    def holds(self, day: date) -> bool:
        """Whether the day lies in the period."""
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationLine:
    """A registration as lists show it. `reported_ms`: None where the course never said anything readable."""

    key: str
    registration_id: str
    course_key: str
    course_id: str
    course_title: str
    version_number: int
    learner_key: str
    learner_id: str
    learner_name: str
    test_run: bool
    sample: bool
    created_ms: int
    last_ms: int | None
    sessions: int
    standing: Status
    counted_ms: int
    reported_ms: int | None
    measured_ms: int
    policy: str
    policy_version: int | None
    reasons: tuple[str, ...]
    badge: Badge | None
    days: dict[date, int] = field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Completed or passed."""
        return self.standing.completion is Completion.COMPLETED or self.standing.success is Success.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseLine:
    """A course as lists show it. `registrations`, `learners` and `counted_ms` without test runs."""

    key: str
    course_id: str
    title: str
    kind_name: str
    tool: str
    open_in: str
    policy_name: str
    registrations: int
    learners: int
    counted_ms: int
    to_check: int
    sample: bool
    test_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LearnerLine:
    """A learner over all courses. `test_run`: the administrator playing for himself."""

    key: str
    learner_id: str
    name: str
    registrations: int
    counted_ms: int
    last_ms: int | None
    badge: Badge | None
    sample: bool
    test_run: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What can be chosen in a form."""

    key: str
    name: str
    learner_id: str = ""
    title: str = ""


def registration_lines(wanted: Filter, *, with_days: bool = False) -> list[RegistrationLine]:
    """The registrations of this choice, by learner and course; with a period those with time in it, and only that.

    `days` of a line are filled where there is a period or `with_days` asks for them.
    """
    found = progress_of_many(_registrations(wanted))
    days = _days(found) if with_days or wanted.has_period else {}
    lines = [_line(each, days, wanted) for each in found]
    chosen = [
        line for line in lines if (not wanted.has_period or line.counted_ms) and wanted.badge in (None, line.badge)
    ]
    return sorted(chosen, key=lambda line: (line.learner_name.lower(), line.course_title.lower(), line.registration_id))


def registration_line(key: str) -> RegistrationLine:
    """One registration, be it a test run or not. Raises NotFound."""
    registration = by_key.find_registration(key)
    wanted = Filter(learner_key=registration.learner_key, course_key=registration.course_key, test_runs=True)
    line = next((line for line in registration_lines(wanted) if line.key == key), None)
    if line is None:
        raise NotFound("There is no such registration, or its course has been deleted.")
    return line


def course_lines() -> list[CourseLine]:
    """All living courses, the newest first, with samples behind the others."""
    found = list(db.session.scalars(select(Course).where(Course.deleted_ms.is_(None))))
    newest = courses.latest_versions([course.key for course in found])
    of_course: dict[str, list[_Figures]] = defaultdict(list)
    for each in _figures(Filter()):
        of_course[each.registration.course_key].append(each)
    ordered = sorted(found, key=lambda course: (course.sample, -course.created_ms, course.title))
    return [
        _course_line(course, newest[course.key], of_course[course.key]) for course in ordered if course.key in newest
    ]


def course_line(key: str) -> CourseLine:
    """One course. Raises NotFound."""
    course = by_key.find_course(key)
    return _course_line(course, courses.latest_version(course), _figures(Filter(course_key=key)))


def learner_lines() -> list[LearnerLine]:
    """Everybody with a living registration, by name; who plays for himself at the end."""
    of_learner: dict[str, list[_Figures]] = defaultdict(list)
    for each in _figures(Filter(test_runs=True)):
        of_learner[each.registration.learner_key].append(each)
    lines = [_learner_line(theirs) for theirs in of_learner.values()]
    return sorted(lines, key=lambda line: (line.test_run, line.name.lower(), line.learner_id))


def learner_line(key: str) -> LearnerLine:
    """One learner. Raises NotFound."""
    theirs = _figures(Filter(learner_key=by_key.find_learner(key).key, test_runs=True))
    if not theirs:
        raise NotFound("This learner has no registrations any more.")
    return _learner_line(theirs)


def days_of(lines: Iterable[RegistrationLine]) -> list[tuple[date, int]]:
    """Counted ms of each day from the first to the last one with time, holes filled with 0."""
    sums: dict[date, int] = defaultdict(int)
    for line in lines:
        for day, ms in line.days.items():
            sums[day] += ms
    if not sums:
        return []
    first, last = min(sums), max(sums)
    return [(day, sums.get(day, 0)) for day in (first + timedelta(days=n) for n in range((last - first).days + 1))]


def known_learners() -> list[Known]:
    """Everybody but administrators, by name."""
    learners = db.session.scalars(
        select(Learner).where(
            Learner.operator.is_(False),
            Learner.key.in_(select(Registration.learner_key).where(Registration.deleted_ms.is_(None))),
        )
    )
    known = [Known(learner.key, learner_name(learner), learner_id=learner.learner_id) for learner in learners]
    return sorted(known, key=lambda each: each.name.lower())


def known_courses() -> list[Known]:
    """Every living course, by title."""
    found = db.session.scalars(select(Course).where(Course.deleted_ms.is_(None)).order_by(Course.title, Course.key))
    return [Known(course.key, course.title, title=course.title) for course in found]


def learner_name(learner: Learner) -> str:
    """`Ana Ruiz`; the id where no name is known."""
    return f"{learner.first_name} {learner.last_name}".strip() or learner.learner_id


@dataclass(frozen=True, slots=True)
class _Figures:
    """What lists of courses and learners need of a registration: no state is read for it."""

    registration: Registration
    counted_ms: int
    badge: Badge | None
    last_ms: int | None


def _figures(wanted: Filter) -> list[_Figures]:
    registrations = _registrations(wanted)
    totals = counted_time.totals_for(registrations)
    last = _last_seen(wanted)
    return [
        _Figures(each, totals[each.key].credited_ms, findings.badge(totals[each.key].sessions), last.get(each.key))
        for each in registrations
    ]


def _last_seen(wanted: Filter) -> dict[str, int]:
    """By registration: when its newest session was last heard of."""
    statement = select(SessionRow.registration_key, func.max(SessionRow.delivered_ms).label("last_ms")).group_by(
        SessionRow.registration_key
    )
    if wanted.course_key is not None:
        statement = statement.where(SessionRow.course_key == wanted.course_key)
    if wanted.learner_key is not None:
        statement = statement.where(SessionRow.learner_key == wanted.learner_key)
    return {row.registration_key: row.last_ms for row in db.session.execute(statement)}


def _registrations(wanted: Filter) -> list[Registration]:
    conditions: list[Any] = [Registration.deleted_ms.is_(None), Course.deleted_ms.is_(None)]
    if wanted.course_key is not None:
        conditions.append(Registration.course_key == wanted.course_key)
    if wanted.learner_key is not None:
        conditions.append(Registration.learner_key == wanted.learner_key)
    if not wanted.test_runs:
        conditions.append(Registration.test_run.is_(False))
    statement = (
        select(Registration)
        .join(Course, Course.key == Registration.course_key)
        .where(*conditions)
        # each course, version and learner once, not once for each registration
        .options(
            selectinload(Registration.course), selectinload(Registration.version), selectinload(Registration.learner)
        )
    )
    return list(db.session.scalars(statement))


def _days(found: Iterable[Progress]) -> dict[str, dict[date, int]]:
    """By session: its counted ms by day."""
    counted = {credit.session: credit.credited_ms for each in found for credit in each.totals.sessions}
    days: dict[str, dict[date, int]] = {}
    for learner_key in {each.registration.learner_key for each in found}:
        facts = counted_time.learner_facts(learner_key)
        pieces = own(facts)
        for each in facts:
            if each.session in counted:
                began = each.delivered_ms if each.opened_ms is None else each.opened_ms
                days[each.session] = by_day.split_by_day(pieces[each.session], counted[each.session], began)
    return days


def _line(progress: Progress, session_days: dict[str, dict[date, int]], wanted: Filter) -> RegistrationLine:
    registration, credits = progress.registration, progress.totals.sessions
    spent: dict[date, int] = defaultdict(int)
    for credit in credits:
        for day, ms in session_days.get(credit.session, {}).items():
            if wanted.holds(day):
                spent[day] += ms
    reported = [credit.reported_ms for credit in credits if credit.reported_ms is not None]
    newest = max(credits, key=lambda credit: credit.policy_version, default=None)
    return RegistrationLine(
        key=registration.key,
        registration_id=registration.registration_id,
        course_key=registration.course_key,
        course_id=registration.course.course_id,
        course_title=registration.course.title,
        version_number=registration.version.number,
        learner_key=registration.learner_key,
        learner_id=registration.learner.learner_id,
        learner_name=learner_name(registration.learner),
        test_run=registration.test_run,
        sample=registration.sample,
        created_ms=registration.created_ms,
        last_ms=progress.last_access_ms,
        sessions=len(credits),
        standing=progress.status,
        counted_ms=sum(spent.values()) if wanted.has_period else progress.totals.credited_ms,
        reported_ms=sum(reported) if reported else None,
        measured_ms=progress.totals.measured_ms,
        policy=newest.policy if newest else registration.course.policy_name,
        policy_version=newest.policy_version if newest else None,
        reasons=tuple(sorted({credit.reason for credit in credits})),
        badge=findings.badge(credits),
        days=dict(spent),
    )


def _course_line(course: Course, version: CourseVersion, figures: list[_Figures]) -> CourseLine:
    return CourseLine(
        key=course.key,
        course_id=course.course_id,
        title=course.title,
        kind_name=PackageKind(version.kind).label + (" and xAPI" if version.structure.get("dual") else ""),
        tool=f"{version.tool or ''} {version.tool_version or ''}".strip(),
        open_in=course.open_in,
        policy_name=course.policy_name,
        registrations=len(figures),
        learners=len({each.registration.learner_key for each in figures}),
        counted_ms=sum(each.counted_ms for each in figures),
        to_check=sum(each.badge is Badge.CHECK for each in figures),
        sample=course.sample,
    )


def _learner_line(theirs: list[_Figures]) -> LearnerLine:
    learner = theirs[0].registration.learner
    badges = {each.badge for each in theirs}
    return LearnerLine(
        key=learner.key,
        learner_id=learner.learner_id,
        name=learner_name(learner),
        registrations=len(theirs),
        counted_ms=sum(each.counted_ms for each in theirs),
        last_ms=max((each.last_ms for each in theirs if each.last_ms is not None), default=None),
        # what somebody should look at goes before what is settled
        badge=next((each for each in (Badge.CHECK, Badge.ADJUSTED) if each in badges), None),
        sample=learner.sample,
        test_run=learner.operator,
    )
