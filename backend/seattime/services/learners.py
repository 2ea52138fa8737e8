"""Learners: made on first sight and updated when a caller says something new of them. Must not import web.

Guarantees: one row for each learner id, also when two requests bring it at the same moment; what a caller leaves out is
kept. Both functions work inside the caller's transaction.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from seattime.errors import NotFound
from seattime.services.identifiers import checked_id, checked_text, is_storable
from seattime.services.parts import parts
from seattime.storage.models import Learner, db


@dataclass(frozen=True, kw_only=True)
class LearnerInfo:
    """What a caller says of a learner; None is not said."""

    learner_id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None


def see_learner(info: LearnerInfo) -> Learner:
    """The learner of this id, made if there is none, with what `info` says. Raises BadInput."""
    checked_id(info.learner_id, "learner.id")
    learner = _find(info.learner_id)
    if learner is None:
        learner = _insert(info.learner_id)
    _apply(learner, info)
    db.session.flush()
    return learner


def find_learner(learner_id: str) -> Learner:
    """Raises NotFound."""
    learner = _find(learner_id) if is_storable(learner_id) else None
    if learner is None:
        raise NotFound(f"There is no learner with the id {learner_id}.")
    return learner


def update_learner(info: LearnerInfo) -> None:
    """What `info` says holds for all registrations of this learner. Commits. Raises NotFound, BadInput."""
    _apply(find_learner(info.learner_id), info)
    db.session.commit()


def _find(learner_id: str) -> Learner | None:
    return db.session.scalar(select(Learner).where(Learner.learner_id == learner_id))


def _insert(learner_id: str) -> Learner:
    try:
        with db.session.begin_nested():
            learner = Learner(learner_id=learner_id, created_ms=parts().clock.now_ms())
            db.session.add(learner)
        return learner
    except IntegrityError:
        # another request made it between our look and our insert
        return db.session.scalars(select(Learner).where(Learner.learner_id == learner_id)).one()


def _apply(learner: Learner, info: LearnerInfo) -> None:
    for name in ("first_name", "last_name", "email"):
        value = getattr(info, name)
        if value is not None and value != getattr(learner, name):
            setattr(learner, name, checked_text(value, f"learner.{name}"))
