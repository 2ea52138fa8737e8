"""What statements of launched content say of a session's clock and of what it came to (`statement_facts`).

Guarantees: one row for each statement of a registration, whatever comes twice; every row can be made anew from the raw statement.
The caller owns the transaction. Must not import services.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ForeignKey, and_, delete, exists, select, tuple_, update
from sqlalchemy.orm import Mapped, mapped_column

from seattime.storage.inserts import DbSession, insert_into
from seattime.storage.lrs_models import LrsStatement
from seattime.storage.models import Base, Json, Learner


class StatementFact(Base):
    """What one statement about the launched activity itself says."""

    __tablename__ = "statement_facts"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    statement_id: Mapped[str] = mapped_column(primary_key=True)
    learner_key: Mapped[str] = mapped_column(index=True)
    instance: Mapped[int]
    launch_number: Mapped[int]
    activity_id: Mapped[str]
    """The item's identifier in the package, as in sessions."""
    start_key: Mapped[str | None]
    """Null: it was sent before starts were kept."""
    mode: Mapped[str]
    stored_ms: Mapped[int]
    """When the server received it."""
    timestamp_ms: Mapped[int | None]
    """The statement's own, by the browser's clock."""
    verb: Mapped[str]
    duration_raw: Mapped[str | None]
    """Null: it does not speak of the session's time."""
    duration_ms: Mapped[int | None]
    """Null where nobody can read it."""
    duration_lenient: Mapped[bool]
    status: Mapped[dict[str, Any]] = mapped_column(Json)
    """Completion, success and score, in the words of a session's status."""


def insert_facts(session: DbSession, learner_key: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Stores those that are not there yet; returns their ids. The learner's facts are others then."""
    if not rows:
        return []
    added = session.scalars(
        insert_into(session, StatementFact).values(list(rows)).on_conflict_do_nothing().returning(StatementFact.statement_id)
    ).all()
    if added:
        facts_changed(session, learner_key)
    return list(added)


def facts_changed(session: DbSession, learner_key: str) -> None:
    """Whatever was computed from them is out of date."""
    session.execute(update(Learner).where(Learner.key == learner_key).values(facts_version=Learner.facts_version + 1))


def voided(session: DbSession, statement_ids: Collection[str]) -> None:
    """What was computed from these statements is out of date."""
    if statement_ids:
        told = (
            select(StatementFact.learner_key)
            .join(
                LrsStatement,
                and_(
                    LrsStatement.registration_key == StatementFact.registration_key,
                    LrsStatement.statement_id == StatementFact.statement_id,
                ),
            )
            .where(LrsStatement.statement_id.in_(statement_ids))
        )
        session.execute(
            update(Learner)
            .where(Learner.key.in_(told))
            .values(facts_version=Learner.facts_version + 1)
            .execution_options(synchronize_session=False)
        )


def facts_of_learners(session: DbSession, learner_keys: Collection[str]) -> list[StatementFact]:
    """Those that stand (a voided statement says nothing), in the order in which they came."""
    return _standing(session, StatementFact.learner_key.in_(learner_keys))


def facts_of_instances(session: DbSession, instances: Collection[tuple[str, int]]) -> list[StatementFact]:
    """As `facts_of_learners`; of registrations by key and instance."""
    return _standing(session, tuple_(StatementFact.registration_key, StatementFact.instance).in_(instances))


def _standing(session: DbSession, condition: Any) -> list[StatementFact]:
    voided = exists().where(
        and_(
            LrsStatement.statement_id == StatementFact.statement_id,
            LrsStatement.registration_key == StatementFact.registration_key,
            LrsStatement.voided,
        )
    )
    return list(
        session.scalars(
            select(StatementFact)
            .where(condition, ~voided)
            .order_by(StatementFact.stored_ms, StatementFact.statement_id)
            .execution_options(populate_existing=True)
        )
    )


def forget_facts(session: DbSession, registration_key: str) -> None:
    """Before they are made anew."""
    session.execute(delete(StatementFact).where(StatementFact.registration_key == registration_key))
