"""Time policies: their versions, and what a change would do to counted time before it is made. Must not import web.

Guarantees: a version is never edited; a change is the next version, with an author, and every figure is computed anew
under it; the preview counts with the same code as the pages do and writes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from seattime.domain.credit import Correction, credit, sum_credit
from seattime.domain.policy import STANDARD, Policy
from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import counted_time
from seattime.services.identifiers import checked_id
from seattime.services.parts import parts
from seattime.storage.models import Correction as CorrectionRow
from seattime.storage.models import Course, Learner, PolicyRow, Registration, db


@dataclass(frozen=True, slots=True)
class PolicyVersion:
    """One version. `author` is empty and `created_ms` None for the one that the product brings."""

    policy: Policy
    author: str = ""
    created_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What a registration counts before and after a change, ms."""

    registration_key: str
    before_ms: int
    after_ms: int


def names() -> list[str]:
    """Every policy, the standard one first."""
    others = db.session.scalars(select(PolicyRow.name).distinct().order_by(PolicyRow.name))
    return [STANDARD.name, *(name for name in others if name != STANDARD.name)]


def versions(name: str) -> list[PolicyVersion]:
    """The newest first. Raises NotFound."""
    rows = db.session.scalars(select(PolicyRow).where(PolicyRow.name == name).order_by(PolicyRow.version.desc()))
    found = [PolicyVersion(Policy.from_json(row.spec), row.author, row.created_ms) for row in rows]
    if name == STANDARD.name and all(each.policy.version != STANDARD.version for each in found):
        found.append(PolicyVersion(STANDARD))
    if not found:
        raise NotFound(f"There is no time policy called {name}.")
    return found


def current(name: str) -> Policy:
    """The newest version. Raises NotFound."""
    return versions(name)[0].policy


def courses_under(name: str) -> list[Course]:
    """The living courses that this policy rules, by title."""
    return list(
        db.session.scalars(
            select(Course).where(Course.policy_name == name, Course.deleted_ms.is_(None)).order_by(Course.title)
        )
    )


def propose(name: str, rules: Mapping[str, Any]) -> Policy:
    """The next version of a policy, or the first of a new one, not saved. Raises BadInput naming the wrong rule."""
    checked_id(name, "name")
    if "/" in name or name in (".", ".."):
        raise BadInput("The name of a time policy must not hold a slash: it is part of an address.", field="name")
    newest = db.session.scalar(select(func.max(PolicyRow.version)).where(PolicyRow.name == name)) or 0
    if name == STANDARD.name:
        newest = max(newest, STANDARD.version)
    return Policy.from_json({**rules, "name": name, "version": newest + 1})


def save(policy: Policy, *, author: str) -> None:
    """Keeps what `propose` gave; from now on it rules. Commits. Raises Conflict where somebody saved in between."""
    db.session.add(
        PolicyRow(
            name=policy.name,
            version=policy.version,
            spec=policy.to_json(),
            author=author,
            created_ms=parts().clock.now_ms(),
        )
    )
    try:
        db.session.flush()
    except IntegrityError as error:
        db.session.rollback()
        raise Conflict(
            f"Somebody saved version {policy.version} of {policy.name} in the meantime. Look at it first."
        ) from error
    db.session.execute(
        update(Learner)
        .where(Learner.key.in_(_learners_under(policy.name)))
        .values(facts_version=Learner.facts_version + 1)
        .execution_options(synchronize_session=False)
    )
    db.session.commit()


def preview(proposed: Policy) -> list[Change]:
    """The registrations, test runs left out, whose counted time the proposed version would change. Writes nothing."""
    changes: list[Change] = []
    shown = set(db.session.scalars(select(Registration.key).where(Registration.test_run.is_(False))))
    for learner_key in db.session.scalars(_learners_under(proposed.name)).all():
        facts = counted_time.learner_facts(learner_key)
        corrections = _corrections_of(learner_key)
        # of all courses of the learner: what one session no longer counts, another one may
        after = [replace(each, policy=proposed) if each.policy.name == proposed.name else each for each in facts]
        sums_before = sum_credit(credit(facts, corrections).values(), by=lambda one: one.registration)
        sums_after = sum_credit(credit(after, corrections).values(), by=lambda one: one.registration)
        changes += [
            Change(key, before.credited_ms, sums_after[key].credited_ms)
            for key, before in sums_before.items()
            if key in shown and before.credited_ms != sums_after[key].credited_ms
        ]
    return changes


def _learners_under(name: str) -> Any:
    return (
        select(Registration.learner_key)
        .join(Course, Course.key == Registration.course_key)
        .where(Course.policy_name == name, Course.deleted_ms.is_(None), Registration.deleted_ms.is_(None))
        .distinct()
    )


def _corrections_of(learner_key: str) -> list[Correction]:
    rows = db.session.execute(
        select(CorrectionRow.session_id, CorrectionRow.delta_ms)
        .join(Registration, Registration.key == CorrectionRow.registration_key)
        .where(Registration.learner_key == learner_key, Registration.deleted_ms.is_(None))
    )
    return [Correction(session_id, delta_ms) for session_id, delta_ms in rows]
