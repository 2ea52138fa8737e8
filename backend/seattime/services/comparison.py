"""What other LMSs were told beside what was counted here, session by session (docs/host-players.md). Must not import web.

Guarantees: counted time is the one of every other page (`counted_time`); a session stands here if its page listened around
the API of an LMS; test runs, deleted registrations and instances before a reset are left out, as in every report.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from seattime.domain.credit import Credit
from seattime.domain.host_account import OURSELVES, HostAccount, explain, read_account
from seattime.errors import NotFound
from seattime.services import counted_time
from seattime.services.reports import learner_name
from seattime.storage.models import Course, Launch, Registration, SessionRow, db


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedSession:
    """One session. `differs_ms`: counted here, less what the LMS has. `words`: why, in sentences."""

    id: str
    began_ms: int
    ended: str | None
    account: HostAccount
    credit: Credit
    words: tuple[str, ...]

    @property
    def differs_ms(self) -> int:
        """Above 0: the LMS has less than was counted."""
        return self.credit.credited_ms - self.account.kept_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRegistration:
    """A registration's sessions in other players, the newest first. Sums are of these sessions alone."""

    key: str
    registration_id: str
    learner_name: str
    learner_id: str
    course_title: str
    course_id: str
    sessions: tuple[ComparedSession, ...]

    @property
    def lms_ms(self) -> int:
        """What the LMS has."""
        return sum(each.account.kept_ms for each in self.sessions)

    @property
    def counted_ms(self) -> int:
        """What was counted here."""
        return sum(each.credit.credited_ms for each in self.sessions)

    @property
    def differs_ms(self) -> int:
        """Above 0: the LMS has less than was counted."""
        return self.counted_ms - self.lms_ms

    @property
    def lost(self) -> int:
        """Sessions of which the LMS has nothing."""
        return sum(1 for each in self.sessions if each.account.kept is None)

    @property
    def lms_total(self) -> str | None:
        """The LMS's own total, as the newest session that asked for it was told."""
        return next((each.account.total for each in self.sessions if each.account.total is not None), None)


def compare_all() -> list[ComparedRegistration]:
    """Every registration with sessions in other players, the largest difference first."""
    return _compare(_registrations())


def compare_one(registration_key: str) -> ComparedRegistration:
    """Raises NotFound."""
    found = _compare([each for each in _registrations(registration_key) if each.key == registration_key])
    if not found:
        raise NotFound("This registration has no sessions in the player of another LMS.")
    return found[0]


def exists() -> bool:
    """Whether there is anything to compare: a ticket was asked for at some time."""
    return db.session.scalar(select(Launch.registration_key).where(Launch.host).limit(1)) is not None


def _registrations(key: str | None = None) -> list[Registration]:
    with_tickets = select(Launch.registration_key).where(Launch.host)
    statement = (
        select(Registration)
        .join(Course, Course.key == Registration.course_key)
        .where(
            Registration.key.in_(with_tickets if key is None else with_tickets.where(Launch.registration_key == key)),
            Registration.deleted_ms.is_(None),
            Registration.test_run.is_(False),
            Course.deleted_ms.is_(None),
        )
        .options(joinedload(Registration.course), joinedload(Registration.learner))
    )
    return list(db.session.scalars(statement))


def _compare(registrations: list[Registration]) -> list[ComparedRegistration]:
    totals = counted_time.totals_for(registrations)
    rows: dict[str, list[SessionRow]] = defaultdict(list)
    for row in db.session.scalars(
        select(SessionRow)
        .join(
            Launch, (Launch.registration_key == SessionRow.registration_key) & (Launch.number == SessionRow.launch_number)
        )
        .where(Launch.host, SessionRow.registration_key.in_([each.key for each in registrations]))
        .order_by(SessionRow.first_ms.desc(), SessionRow.session_id)
    ):
        rows[row.registration_key].append(row)
    compared = []
    for registration in registrations:
        credits = {credit.session: credit for credit in totals[registration.key].sessions}
        sessions = tuple(
            made
            for row in rows[registration.key]
            if row.instance == registration.instance and (made := _session(row, credits.get(row.session_id))) is not None
        )
        if sessions:
            compared.append(
                ComparedRegistration(
                    key=registration.key,
                    registration_id=registration.registration_id,
                    learner_name=learner_name(registration.learner),
                    learner_id=registration.learner.learner_id,
                    course_title=registration.course.title,
                    course_id=registration.course.course_id,
                    sessions=sessions,
                )
            )
    return sorted(compared, key=lambda each: (-each.differs_ms, each.learner_name.lower(), each.registration_id))


def _session(row: SessionRow, credit: Credit | None) -> ComparedSession | None:
    account = read_account(row.elements)
    if credit is None or account is None or account.api == OURSELVES:
        return None
    ended = row.ended or ("left" if row.closed_ms is not None else None)
    return ComparedSession(
        id=row.session_id,
        began_ms=row.opened_ms or row.first_ms,
        ended=ended,
        account=account,
        credit=credit,
        words=explain(account, credit, ended),
    )
