"""Everything that the page of a registration shows, in one frozen record. Must not import web.

Guarantees: sessions of earlier instances are there too, apart, since nothing that was recorded is hidden; raw values
are as they were stored.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from seattime.domain import findings
from seattime.domain.answers import Answer, ObjectiveState, read_answers, read_objectives
from seattime.domain.attempts import merged_elements
from seattime.domain.credit import Credit
from seattime.domain.facts import SessionFacts, Span
from seattime.domain.ownership import Stretch, timelines
from seattime.domain.packages.model import Package
from seattime.domain.rollup import Status
from seattime.domain.standards import Standard
from seattime.services import by_key, corrections, counted_time, courses, reports
from seattime.services.progress import ActivityProgress, progress_of
from seattime.services.reports import RegistrationLine
from seattime.storage.ledger import stored_session
from seattime.storage.models import Correction, Launch, Registration, SessionRow, db


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding in words. `check`: somebody should look, or has looked where the session is resolved."""

    code: str
    sentence: str
    advice: str
    check: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """One session.

    `heard_ms`: when the browser was last heard of; `closed_ms`: when the server closed it, since nothing
    more came. `spoken`: `(server time, raw)` of each word that is kept. `raw`: its
    row, for the disclosure.
    """

    id: str
    activity_title: str
    mode: str
    instance: int
    launch_number: int
    start_ms: int
    end_ms: int
    heard_ms: int
    ended: str | None
    closed_ms: int | None
    credit: Credit
    idle_limit_ms: int | None
    stretches: tuple[Stretch, ...]
    spoken: tuple[tuple[int, str], ...]
    findings: tuple[FindingView, ...]
    corrections: tuple[Correction, ...]
    raw: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ActivityAnswers:
    """What a learner answered in one activity's newest attempt."""

    title: str
    answers: tuple[Answer, ...]
    objectives: tuple[ObjectiveState, ...]


@dataclass(frozen=True, slots=True)
class ActivityLine:
    """One node of the course's tree and how far it has come. `depth`: 0 at the top. A heading sums up its parts."""

    title: str
    depth: int
    launchable: bool
    status: Status
    attempts: int
    counted_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationView:
    """`sessions`: of the current instance, newest first; `earlier`: of instances before a reset."""

    line: RegistrationLine
    newest_version: int
    sessions: tuple[SessionView, ...]
    earlier: tuple[SessionView, ...]
    answers: tuple[ActivityAnswers, ...]
    tree: tuple[ActivityLine, ...]
    launches: tuple[Launch, ...]

    @property
    def several_activities(self) -> bool:
        """The course has more than one thing to start."""
        return sum(line.launchable for line in self.tree) > 1

    @property
    def first_ms(self) -> int | None:
        """When the learner was first here."""
        return min((session.start_ms for session in self.sessions), default=None)


def view(key: str) -> RegistrationView:
    """Raises NotFound."""
    registration = by_key.find_registration(key)
    rows = list(
        db.session.scalars(
            select(SessionRow)
            .where(SessionRow.registration_key == key)
            .order_by(SessionRow.first_ms.desc(), SessionRow.session_id)
        )
    )
    titles = _titles(registration)
    sessions = _sessions(registration, rows, titles)
    return RegistrationView(
        line=reports.registration_line(key),
        newest_version=courses.latest_version(registration.course).number,
        sessions=tuple(each for each in sessions if each.instance == registration.instance),
        earlier=tuple(each for each in sessions if each.instance != registration.instance),
        answers=_answers(registration, rows, titles),
        tree=tuple(_tree(progress_of(registration).activities)),
        launches=tuple(
            db.session.scalars(select(Launch).where(Launch.registration_key == key).order_by(Launch.number.desc()))
        ),
    )


def _titles(registration: Registration) -> dict[str, str]:
    package = Package.from_json(registration.version.structure)
    return {item.identifier: item.title for organization in package.organizations for item in organization.walk()}


def _tree(activities: Iterable[ActivityProgress], depth: int = 0) -> Iterator[ActivityLine]:
    for each in activities:
        yield ActivityLine(each.item.title, depth, each.item.launchable, each.status, each.attempts, each.credited_ms)
        yield from _tree(each.children, depth + 1)


def _sessions(registration: Registration, rows: list[SessionRow], titles: dict[str, str]) -> list[SessionView]:
    facts = {each.session: each for each in counted_time.learner_facts(registration.learner_key)}
    credits = counted_time.learner_credit(registration.learner_key)
    drawn = timelines(facts.values())
    said_by_people = corrections.corrections_of(registration.key)
    return [
        _session(row, facts[row.session_id], credits[row.session_id], drawn[row.session_id], titles, said_by_people)
        for row in rows
    ]


def _session(
    row: SessionRow,
    facts: SessionFacts,
    credit: Credit,
    stretches: tuple[Stretch, ...],
    titles: dict[str, str],
    said_by_people: dict[str, list[Correction]],
) -> SessionView:
    start = facts.spans[0].start_ms if facts.spans else facts.opened_ms or facts.first_ms
    return SessionView(
        id=row.session_id,
        activity_title=titles.get(row.activity_id, row.activity_id),
        mode=row.mode,
        instance=row.instance,
        launch_number=row.launch_number,
        start_ms=start,
        end_ms=max([start + row.open_ms, *(span.end_ms for span in facts.spans)]),
        heard_ms=row.delivered_ms,
        ended=row.ended,
        closed_ms=row.closed_ms,
        credit=credit,
        idle_limit_ms=facts.policy.idle_limit_ms,
        stretches=stretches,
        spoken=tuple((_server_time(facts.spans, word.at_ms, start), word.raw) for word in facts.words),
        findings=tuple(
            FindingView(
                each.code,
                findings.sentence(each),
                findings.advice(each),
                findings.severity(each) is findings.Severity.CHECK,
            )
            for each in credit.findings
        ),
        corrections=tuple(said_by_people.get(row.session_id, ())),
        raw=_raw(row),
    )


def _server_time(spans: tuple[Span, ...], measured_ms: int, start_ms: int) -> int:
    """The server time at which so much had been measured."""
    left = measured_ms
    for span in spans:
        if left <= span.length_ms:
            return span.start_ms + left
        left -= span.length_ms
    return spans[-1].end_ms if spans else start_ms


def _raw(row: SessionRow) -> dict[str, Any]:
    """What the browser delivered and what content wrote, nothing derived."""
    return {
        "session": row.session_id,
        "activity": row.activity_id,
        "standard": row.standard,
        "launch": row.launch_number,
        "order": row.order_number,
        "opened_ms": row.opened_ms,
        "measured_ms": row.measured_ms,
        "open_ms": row.open_ms,
        "spans": row.spans,
        "acts": row.acts,
        "words": row.words,
        "status": row.status,
        "exit": row.exit,
        "ended": row.ended,
        "closed_ms": row.closed_ms,
        "findings": row.findings,
        "elements": row.elements,
    }


def _answers(registration: Registration, rows: list[SessionRow], titles: dict[str, str]) -> tuple[ActivityAnswers, ...]:
    """Of each activity's newest attempt, in the order of the course."""
    newest: dict[str, str] = {}
    of_attempt: dict[str, list[SessionRow]] = defaultdict(list)
    for row in sorted(rows, key=lambda row: row.order_number):
        if row.instance == registration.instance:
            newest[row.activity_id] = row.attempt_key
            of_attempt[row.attempt_key].append(row)
    found = []
    for activity_id in sorted(newest, key=lambda each: list(titles).index(each) if each in titles else len(titles)):
        mine = of_attempt[newest[activity_id]]
        elements = merged_elements([stored_session(row) for row in mine], Standard(mine[-1].standard))
        answers, objectives = read_answers(elements), read_objectives(elements)
        if answers or objectives:
            found.append(ActivityAnswers(titles.get(activity_id, activity_id), answers, objectives))
    return tuple(found)
