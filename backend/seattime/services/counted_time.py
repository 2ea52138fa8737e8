"""Counted time of learners and registrations: loads the facts, asks the domain, keeps the answer for a while.

Guarantees: every figure on every page, in every API and export comes from here, from the same rows (design 3.9);
nothing derived is written; a cached answer is never older than the facts and the policies it was asked for with,
because its key carries their versions. Reads only, within the caller's transaction. Must not import web.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Flask
from flask_caching import Cache
from sqlalchemy import select

from seattime.domain import credit as arithmetic
from seattime.domain.credit import Credit, Total
from seattime.domain.facts import SessionFacts, absolute_acts, absolute_spans, read_words
from seattime.domain.policy import STANDARD, Policy
from seattime.services import statement_facts
from seattime.storage import database
from seattime.storage.models import Correction, Course, Learner, PolicyRow, Registration, SessionRow, db

KEEP_S: Final = 3600
MOST_LEARNERS: Final = 5000
AT_ONCE: Final = 500
"""Learners in one query: databases bound the number of its parameters."""
cache: Final = Cache(
    config={"CACHE_TYPE": "SimpleCache", "CACHE_DEFAULT_TIMEOUT": KEEP_S, "CACHE_THRESHOLD": MOST_LEARNERS}
)


@dataclass(frozen=True)
class RegistrationTotals:
    """One instance of a registration. All `*_ms` are whole ms.

    `activities`: by activity id; they add up to the whole. `sessions`: their credits. `reported_ms`: sessions without a
    readable word count as 0.
    """

    credited_ms: int
    reported_ms: int
    measured_ms: int
    activities: dict[str, Total]
    sessions: tuple[Credit, ...]


@dataclass(frozen=True)
class _Counted:
    """A learner's credits, and the instance of each session."""

    credits: dict[str, Credit]
    instances: dict[str, int]


def init_app(app: Flask) -> None:
    """Gives the application its cache."""
    cache.init_app(app)


def learner_facts(learner_key: str) -> list[SessionFacts]:
    """All sessions of the learner's living registrations, those of earlier instances too, which do not count."""
    return _facts_of([learner_key], _policies())[learner_key]


def learner_credit(learner_key: str) -> dict[str, Credit]:
    """The counted time of each session of a learner, by session id, over all courses."""
    return _counted([learner_key])[learner_key].credits


def registration_totals(registration: Registration, instance: int | None = None) -> RegistrationTotals:
    """Of the current instance, or another one; an earlier one counts nothing."""
    counted = _counted([registration.learner_key])[registration.learner_key]
    return _totals(counted, registration, instance or registration.instance)


def totals_for(registrations: Sequence[Registration]) -> dict[str, RegistrationTotals]:
    """The same for many registrations, by their keys, in a few queries."""
    counted = _counted({registration.learner_key for registration in registrations})
    return {
        registration.key: _totals(counted[registration.learner_key], registration, registration.instance)
        for registration in registrations
    }


def _totals(counted: _Counted, registration: Registration, instance: int) -> RegistrationTotals:
    sessions = tuple(
        one
        for name, one in counted.credits.items()
        if one.registration == registration.key and counted.instances[name] == instance
    )
    whole = arithmetic.total(sessions)
    return RegistrationTotals(
        credited_ms=whole.credited_ms,
        reported_ms=whole.reported_ms,
        measured_ms=whole.measured_ms,
        activities=arithmetic.sum_credit(sessions, by=lambda one: one.activity),
        sessions=sessions,
    )


def _counted(learner_keys: Iterable[str]) -> dict[str, _Counted]:
    wanted = sorted(set(learner_keys))
    policies = _policies()
    found: dict[str, _Counted] = {}
    for start in range(0, len(wanted), AT_ONCE):
        found |= _count_some(wanted[start : start + AT_ONCE], policies)
    return found


def _count_some(wanted: list[str], policies: dict[str, Policy]) -> dict[str, _Counted]:
    # the versions are read before the facts: whatever is cached under them is as new as they are, or newer
    rows = db.session.execute(select(Learner.key, Learner.facts_version).where(Learner.key.in_(wanted)))
    versions = {key: version for key, version in rows}  # noqa: C416  (a Row is no pair to the type checker)
    life = database.ledger_id(db.session)
    names = {key: _cache_key(life, key, versions.get(key, 0), policies) for key in wanted}
    found: dict[str, _Counted] = {key: cached for key in wanted if (cached := cache.get(names[key])) is not None}
    missing = [key for key in wanted if key not in found]
    if missing:
        facts = _facts_of(missing, policies)
        corrections = _corrections_of(missing)
        for key in missing:
            found[key] = _Counted(
                credits=arithmetic.credit(facts[key], corrections[key]),
                instances={each.session: each.instance for each in facts[key]},
            )
            cache.set(names[key], found[key])
    return found


def _cache_key(life: str, learner_key: str, facts_version: int, policies: dict[str, Policy]) -> str:
    """With the ledger's id: a restored database counts its versions from the backup's on, and comes to the same ones again."""
    rules = "\n".join(f"{name}\t{policy.version}" for name, policy in sorted(policies.items()))
    return f"counted:{life}:{learner_key}:{facts_version}:{hashlib.sha256(rules.encode()).hexdigest()}"


def _policies() -> dict[str, Policy]:
    """The newest version of each policy."""
    rows = db.session.scalars(select(PolicyRow).order_by(PolicyRow.name, PolicyRow.version))
    return {STANDARD.name: STANDARD, **{row.name: Policy.from_json(row.spec) for row in rows}}


def _facts_of(learner_keys: Sequence[str], policies: dict[str, Policy]) -> dict[str, list[SessionFacts]]:
    rows = db.session.execute(
        select(SessionRow, Registration.instance, Course.policy_name)
        .join(Registration, Registration.key == SessionRow.registration_key)
        .join(Course, Course.key == Registration.course_key)
        .where(SessionRow.learner_key.in_(learner_keys), Registration.deleted_ms.is_(None))
        .order_by(SessionRow.registration_key, SessionRow.session_id)
        .execution_options(populate_existing=True)
    )
    facts: dict[str, list[SessionFacts]] = {key: [] for key in learner_keys}
    for row, instance, policy_name in rows:
        policy = policies.get(policy_name, policies[STANDARD.name])
        facts[row.learner_key].append(_facts(row, policy, counts=row.instance == instance))
    return statement_facts.with_words(facts)


def _facts(row: SessionRow, policy: Policy, *, counts: bool) -> SessionFacts:
    return SessionFacts(
        session=row.session_id,
        learner=row.learner_key,
        course=row.course_key,
        registration=row.registration_key,
        instance=row.instance,
        attempt=row.attempt_key,
        activity=row.activity_id,
        standard=row.standard,
        mode=row.mode,
        launched_ms=row.launched_ms,
        first_ms=row.first_ms,
        delivered_ms=row.delivered_ms,
        opened_ms=row.opened_ms,
        measured_ms=row.measured_ms,
        open_ms=row.open_ms,
        spans=absolute_spans(
            row.opened_ms, row.spans, row.measured_ms, row.delivered_ms, None if row.clock_stepped else row.launched_ms
        ),
        acts=absolute_acts(row.opened_ms, row.acts),
        words=read_words(row.words),
        leases=tuple((granted, number) for granted, number in row.leases),
        order_number=row.order_number,
        adapter_findings=tuple((str(kind), str(element), str(raw)) for kind, element, raw in row.findings),
        terminated=row.terminated,
        ended=row.ended,
        policy=policy,
        counts=counts,
        clock_stepped=row.clock_stepped,
        start=row.start_key,
        launch_number=row.launch_number,
    )


def _corrections_of(learner_keys: Sequence[str]) -> dict[str, list[arithmetic.Correction]]:
    rows = db.session.execute(
        select(Registration.learner_key, Correction)
        .join(Registration, Registration.key == Correction.registration_key)
        .where(Registration.learner_key.in_(learner_keys), Registration.deleted_ms.is_(None))
        .order_by(Correction.created_ms, Correction.key)
    )
    found: dict[str, list[arithmetic.Correction]] = defaultdict(list)
    for learner_key, row in rows:
        found[learner_key].append(arithmetic.Correction(row.session_id, row.delta_ms))
    return found
