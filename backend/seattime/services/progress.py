"""What a registration has come to: status, score, counted time, by activity. What the REST API's progress is made of.

Guarantees: status and score by `domain.rollup`, time by `counted_time`, state by `domain.attempts`, the same code that
the player and the pages use; a heading's time is the sum of what is below it. Reads only. Must not import web.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, tuple_

from seattime.domain import attempts, rollup
from seattime.domain.cmi5 import outcomes
from seattime.domain.cmi5.satisfaction import is_completed
from seattime.domain.credit import Total
from seattime.domain.packages.model import Item, Package
from seattime.domain.rollup import Completion, Status
from seattime.domain.said.outcomes import merge_visits
from seattime.services import activity_start, cmi5_progress, counted_time
from seattime.services.activity_start import standard_of
from seattime.services.cmi5_progress import Cmi5Progress
from seattime.services.counted_time import RegistrationTotals
from seattime.services.statement_visits import Visits, visits_of
from seattime.storage import ledger
from seattime.storage.models import Attempt, CourseVersion, Launch, Registration, SessionRow, db

NOTHING = Total()


@dataclass(frozen=True)
class Runtime:
    """The newest attempt of an activity, as its content left it. Times in ms."""

    elements: Mapping[str, str]
    standard: str
    entry: str
    exit: str | None
    mode: str
    reported_ms: int
    """What `total_time` says when the attempt is next begun: the reported time of its sessions."""
    credited_ms: int


@dataclass(frozen=True)
class ActivityProgress:
    """One activity, or a heading over some. Times in ms."""

    item: Item
    status: Status
    credited_ms: int
    attempts: int
    suspended: bool
    progress_measure: float | None
    """0 to 1, as the content last said; None if it never did."""
    runtime: Runtime | None
    children: tuple[ActivityProgress, ...]


@dataclass(frozen=True)
class Progress:
    """One instance of a registration. Moments are server time in ms."""

    registration: Registration
    version: CourseVersion
    package: Package
    instance: int
    status: Status
    totals: RegistrationTotals
    first_access_ms: int | None
    last_access_ms: int | None
    completed_ms: int | None
    updated_ms: int
    suspended_activity: str | None
    activities: tuple[ActivityProgress, ...]


def progress_of(registration: Registration, instance: int | None = None) -> Progress:
    """Of the current instance, or an earlier one."""
    if instance is None or instance == registration.instance:
        return progress_of_many([registration])[0]
    totals = counted_time.registration_totals(registration, instance)
    return _read([(registration, instance, totals)])[0]


def progress_of_many(registrations: Sequence[Registration]) -> list[Progress]:
    """Of each one's current instance, in the order given, in a few queries."""
    totals = counted_time.totals_for(registrations)
    return _read([(each, each.instance, totals[each.key]) for each in registrations])


@dataclass(frozen=True)
class _Rows:
    """What the database holds of one instance."""

    sessions: list[SessionRow]
    """In order of their order numbers."""
    attempts: dict[str, list[Attempt]]
    """By activity, oldest first."""
    visits: Visits
    cmi5: Cmi5Progress
    unset_exit_ends: bool
    """The leniency `unset-exit` is off for this course."""
    first_launch_ms: int | None
    last_launch_ms: int | None


def _read(wanted: list[tuple[Registration, int, RegistrationTotals]]) -> list[Progress]:
    pairs = [(registration.key, instance) for registration, instance, _ in wanted]
    sessions: dict[tuple[str, int], list[SessionRow]] = defaultdict(list)
    of_session = tuple_(SessionRow.registration_key, SessionRow.instance)
    for row in db.session.scalars(
        select(SessionRow)
        .where(of_session.in_(pairs))
        .order_by(SessionRow.order_number, SessionRow.first_ms, SessionRow.session_id)
    ):
        sessions[row.registration_key, row.instance].append(row)
    begun: dict[tuple[str, int], dict[str, list[Attempt]]] = defaultdict(lambda: defaultdict(list))
    of_attempt = tuple_(Attempt.registration_key, Attempt.instance)
    for attempt in db.session.scalars(select(Attempt).where(of_attempt.in_(pairs)).order_by(Attempt.number)):
        begun[attempt.registration_key, attempt.instance][attempt.activity_id].append(attempt)
    of_launch = tuple_(Launch.registration_key, Launch.instance)
    launched = {
        (key, instance): (first, last)
        for key, instance, first, last in db.session.execute(
            select(
                Launch.registration_key, Launch.instance, func.min(Launch.launched_ms), func.max(Launch.launched_ms)
            )
            .where(of_launch.in_(pairs))
            .group_by(Launch.registration_key, Launch.instance)
        )
    }
    visits = visits_of({pair: sessions[pair] for pair in pairs})
    cmi5 = cmi5_progress.progress_of([(registration, instance) for registration, instance, _ in wanted])
    return [
        _put_together(
            registration,
            instance,
            totals,
            _Rows(
                sessions[pair],
                begun[pair],
                visits[pair],
                cmi5.get(pair, cmi5_progress.NONE),
                activity_start.unset_exit_ends(registration),
                *launched.get(pair, (None, None)),
            ),
        )
        for pair, (registration, instance, totals) in zip(pairs, wanted, strict=True)
    ]


def _put_together(registration: Registration, instance: int, totals: RegistrationTotals, rows: _Rows) -> Progress:
    version = registration.version
    package = Package.from_json(version.structure)
    credited = {one.session: one.credited_ms for one in totals.sessions}
    activities = tuple(_activity(item, package, rows, totals, credited) for item in package.organization.items)
    leaves = [each.status for each in _walk(activities) if each.item.launchable]
    known = {each.item.identifier for each in _walk(activities)}
    # sessions of a version before: their time counts, so it stands somewhere, or the parts would not be the whole
    former = (Item(name, name, href="") for name in sorted(totals.activities) if name not in known)
    activities += tuple(_activity(item, package, rows, totals, credited) for item in former)
    delivered = [row.delivered_ms for row in rows.sessions]
    last_access = max([*delivered, *(each for each in (rows.last_launch_ms, rows.visits.newest_ms) if each)], default=None)
    status = outcomes.of_many(rollup.registration_status(leaves), leaves, package.organization.items, rows.cmi5.said)
    return Progress(
        registration=registration,
        version=version,
        package=package,
        instance=instance,
        status=status,
        totals=totals,
        first_access_ms=rows.first_launch_ms if rows.first_launch_ms is not None else min(delivered, default=None),
        last_access_ms=last_access,
        completed_ms=_completed_ms(rows, package) if status.completion is Completion.COMPLETED else None,
        updated_ms=max(registration.updated_ms, last_access or 0),
        suspended_activity=next(
            (
                row.activity_id
                for row in reversed(rows.sessions)
                if row.exit == "suspend" or (row.exit is None and not row.terminated)
            ),
            None,
        ),
        activities=activities,
    )


def _activity(
    item: Item, package: Package, rows: _Rows, totals: RegistrationTotals, credited: dict[str, int]
) -> ActivityProgress:
    children = tuple(_activity(child, package, rows, totals, credited) for child in item.children)
    own_ms = totals.activities.get(item.identifier, NOTHING).credited_ms if item.launchable else 0
    mine = [row for row in rows.sessions if row.activity_id == item.identifier]
    visits = rows.visits.by_activity.get(item.identifier, ())
    merged = merge_visits(visits)
    if item.launchable:
        status = outcomes.of_au(rollup.activity_status(merged, standard_of(package, item), begun=bool(visits)), item, rows.cmi5.said)
    else:
        leaves = [each.status for each in _walk(children) if each.item.launchable]
        status = outcomes.of_many(rollup.registration_status(leaves), leaves, item.children, rows.cmi5.said)
    latest = mine[-1] if mine else None
    return ActivityProgress(
        item=item,
        status=status,
        credited_ms=own_ms + sum(child.credited_ms for child in children),
        attempts=len(rows.attempts.get(item.identifier, ())),
        suspended=latest is not None and latest.exit == "suspend",
        progress_measure=_share(merged.get("progress")),
        runtime=_runtime(item, package, mine, rows, credited),
        children=children,
    )


def _runtime(
    item: Item, package: Package, sessions: list[SessionRow], rows: _Rows, credited: dict[str, int]
) -> Runtime | None:
    begun = rows.attempts.get(item.identifier)
    if not begun:
        return None
    of_attempt = [row for row in sessions if row.attempt_key == begun[-1].key]
    standard = standard_of(package, item)
    stored = [ledger.stored_session(row) for row in of_attempt]
    return Runtime(
        elements=attempts.merged_elements(stored, standard),
        standard=standard.value,
        entry=attempts.entry_for(stored, standard, unset_exit_ends=rows.unset_exit_ends),
        exit=of_attempt[-1].exit if of_attempt else None,
        mode=of_attempt[-1].mode if of_attempt else "normal",
        reported_ms=attempts.total_time_ms(stored),
        credited_ms=sum(credited.get(row.session_id, 0) for row in of_attempt),
    )


def _completed_ms(rows: _Rows, package: Package) -> int | None:
    """When the activity that came last was first said to be complete, as far as deliveries tell."""
    if is_completed(package.organization.items, rows.cmi5.said) and rows.cmi5.satisfied_ms is not None:
        return rows.cmi5.satisfied_ms
    first: dict[str, int] = {}
    standards = {item.identifier: standard_of(package, item) for item in package.organization.walk()}
    for row in rows.sessions:
        standard = standards.get(row.activity_id)
        if standard is None or row.mode != "normal":
            continue
        status = rollup.activity_status(row.status, standard, begun=True)
        if status.completion is Completion.COMPLETED:
            first.setdefault(row.activity_id, row.delivered_ms)
    for activity_id, said_ms in rows.visits.completed_ms.items():
        first[activity_id] = min(said_ms, first.get(activity_id, said_ms))
    return max(first.values(), default=None)


def _walk(activities: Sequence[ActivityProgress]) -> list[ActivityProgress]:
    return [each for top in activities for each in (top, *_walk(top.children))]


def _share(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None and len(text) < 40 else None
    except ValueError:
        return None
    return value if value is not None and 0 <= value <= 1 else None
