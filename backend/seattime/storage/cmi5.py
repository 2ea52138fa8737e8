"""Rows of cmi5's sessions and of what its defined statements said. The caller owns the transaction."""

from __future__ import annotations

from sqlalchemy import and_, func, or_, select, tuple_, update

from seattime.storage.cmi5_models import Cmi5Session, Cmi5Statement
from seattime.storage.inserts import DbSession, insert_into
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import Registration, SessionRow


def lock_registration(session: DbSession, registration_key: str) -> None:
    """Whoever records something of a registration's cmi5 sessions goes one after another. Taken before the record store's locks."""
    session.execute(select(Registration.key).where(Registration.key == registration_key).with_for_update(key_share=True))


def find_session(session: DbSession, start_key: str) -> Cmi5Session | None:
    """As the database has it now."""
    return session.scalar(select(Cmi5Session).where(Cmi5Session.start_key == start_key).execution_options(populate_existing=True))


def sessions_of(session: DbSession, registration_key: str, instance: int) -> list[tuple[Cmi5Session, ActivityStart]]:
    """Oldest first."""
    wanted = (
        select(Cmi5Session, ActivityStart)
        .join(ActivityStart, ActivityStart.key == Cmi5Session.start_key)
        .where(Cmi5Session.registration_key == registration_key, ActivityStart.instance == instance)
        .order_by(Cmi5Session.launched_ms, Cmi5Session.start_key)
    )
    return [(row[0], row[1]) for row in session.execute(wanted)]


def sessions_going_on(session: DbSession, registration_key: str) -> list[Cmi5Session]:
    """Neither terminated nor abandoned, oldest first."""
    wanted = select(Cmi5Session).where(
        Cmi5Session.registration_key == registration_key, Cmi5Session.terminated_ms.is_(None), Cmi5Session.abandoned_ms.is_(None)
    )
    return list(session.scalars(wanted.order_by(Cmi5Session.launched_ms).execution_options(populate_existing=True)))


def lost_sessions(session: DbSession, *, left_before_ms: int, silent_before_ms: int, limit: int) -> list[tuple[str, str]]:
    """Registration and session of those that go on though nobody is there: their player was left before the one moment, or nothing
    was heard of them since the other."""
    of_player = and_(SessionRow.registration_key == Cmi5Session.registration_key, SessionRow.start_key == Cmi5Session.start_key)
    plays = select(SessionRow.session_id).where(of_player, or_(SessionRow.ended.is_(None), SessionRow.delivered_ms >= left_before_ms))
    left = select(SessionRow.session_id).where(of_player, SessionRow.ended.is_not(None))
    heard = select(SessionRow.session_id).where(of_player, SessionRow.delivered_ms >= silent_before_ms)
    spoke_ms = func.coalesce(Cmi5Session.last_ms, Cmi5Session.launched_ms)
    wanted = (
        select(Cmi5Session.registration_key, Cmi5Session.start_key)
        .where(
            Cmi5Session.terminated_ms.is_(None),
            Cmi5Session.abandoned_ms.is_(None),
            or_(
                and_(left.exists(), ~plays.exists(), spoke_ms < left_before_ms),
                and_(spoke_ms < silent_before_ms, ~heard.exists()),
            ),
        )
        .order_by(Cmi5Session.launched_ms, Cmi5Session.start_key)
        .limit(limit)
    )
    return [(row.registration_key, row.start_key) for row in session.execute(wanted)]


def measured_ms(session: DbSession, registration_key: str, start_key: str) -> int | None:
    """What the player measured in the sessions of a start; None where it has none."""
    wanted = select(func.sum(SessionRow.measured_ms)).where(
        SessionRow.registration_key == registration_key, SessionRow.start_key == start_key
    )
    total = session.scalar(wanted)
    return None if total is None else int(total)


def find_start(session: DbSession, start_key: str) -> ActivityStart | None:
    return session.get(ActivityStart, start_key)


def add_statement(session: DbSession, row: Cmi5Statement) -> None:
    session.add(row)
    session.flush()


def statements_of(session: DbSession, pairs: list[tuple[str, int]]) -> list[Cmi5Statement]:
    """Of these registrations' instances, in the order in which they came."""
    of_instance = tuple_(Cmi5Statement.registration_key, Cmi5Statement.instance)
    return list(session.scalars(select(Cmi5Statement).where(of_instance.in_(pairs)).order_by(Cmi5Statement.said_ms)))


def mark_preferences(session: DbSession, start_key: str, now_ms: int) -> None:
    """The AU has asked for the learner's preferences."""
    asked = update(Cmi5Session).where(Cmi5Session.start_key == start_key, Cmi5Session.preferences_ms.is_(None))
    session.execute(asked.values(preferences_ms=now_ms).execution_options(synchronize_session=False))


def note_refusal(session: DbSession, start_key: str, why: str, verb: str | None, now_ms: int) -> None:
    """`verb`: of the statement, where it has one that can be read."""
    refused = update(Cmi5Session).where(Cmi5Session.start_key == start_key)
    values = {"refused": Cmi5Session.refused + 1, "refusal": why, "refused_verb": verb, "refused_ms": now_ms}
    session.execute(refused.values(values).execution_options(synchronize_session=False))


def insert_session(session: DbSession, start_key: str, registration_key: str, launched_ms: int) -> None:
    values = {"start_key": start_key, "registration_key": registration_key, "launched_ms": launched_ms, "refused": 0}
    session.execute(insert_into(session, Cmi5Session).values(**values).on_conflict_do_nothing())
