"""Statements of launched content in the ledger: what they say of time is a word of their session's clock, like SCORM's.

Guarantees: facts are stored in the transaction of their statements; the same statement twice, or late, is one fact; raw statements are
the source, from which `recompute` makes the facts anew. The arithmetic is `domain.said`. Must not import web.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from seattime.domain.cmi5.launch_data import made_id
from seattime.domain.facts import SessionFacts, Word
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import Item, Package
from seattime.domain.said.placing import Extent, Fact, words_of_sessions
from seattime.domain.said.reading import Told, read_statement
from seattime.services import xapi_launches
from seattime.services.parts import parts
from seattime.storage import statement_facts as storage
from seattime.storage.lrs_models import ActivityStart, LrsStatement
from seattime.storage.models import Launch, Registration, Statement, db
from seattime.storage.statement_facts import StatementFact

AT_ONCE = 500


def record(
    registration: Registration,
    start: ActivityStart | None,
    launch_number: int,
    said: Iterable[tuple[str, str]],
    taken_ms: int | None = None,
) -> None:
    """Within the caller's transaction, which stores the statements. `said`: their ids and their JSON, valid xAPI or not.

    `start`: None where the credential is older than starts. `taken_ms`: when they came, where the spool has had them since.
    """
    stored_ms = parts().clock.now_ms() if taken_ms is None else taken_ms
    instance = _instance_of(registration, launch_number) if start is None else start.instance
    origin = {
        "registration_key": registration.key,
        "learner_key": registration.learner_key,
        "instance": instance,
        "launch_number": launch_number,
        "start_key": None if start is None else start.key,
        "mode": _mode_of(registration, launch_number) if start is None else start.mode,
    }
    package = Package.from_json(xapi_launches.version_of(registration, start).structure)
    rows = []
    for statement_id, text in said:
        found = _read(registration, package, None if start is None else start.activity_id, _parse(text))
        if found is not None:
            activity_id, told = found
            columns = {"statement_id": statement_id, "activity_id": activity_id, "stored_ms": stored_ms, **_columns(told)}
            # the store writes the time at which it takes a statement into one that has none: that is no word of a device
            rows.append(origin | columns | {"timestamp_ms": None if told.timestamp_ms == stored_ms else told.timestamp_ms})
    storage.insert_facts(db.session, registration.learner_key, rows)


def recompute_all() -> int:
    """Makes all facts anew, one registration at a time, each committed; how many registrations have sent statements."""
    sent = select(LrsStatement.registration_key).where(LrsStatement.registration_key.is_not(None)).union(select(Statement.registration_key))
    keys = sorted(key for key in db.session.scalars(sent) if key is not None)
    for key in keys:
        registration = db.session.get(Registration, key)
        if registration is not None:
            recompute(registration)
        db.session.commit()
    return len(keys)


def recompute(registration: Registration) -> None:
    """Makes the registration's facts anew from what it was sent, within the caller's transaction."""
    storage.forget_facts(db.session, registration.key)
    storage.facts_changed(db.session, registration.learner_key)
    starts = {row.key: row for row in db.session.scalars(select(ActivityStart).where(ActivityStart.registration_key == registration.key))}
    launches = list(db.session.scalars(select(Launch).where(Launch.registration_key == registration.key).order_by(Launch.number)))
    stored = db.session.execute(
        select(LrsStatement.statement_id, LrsStatement.raw, LrsStatement.stored_ms, LrsStatement.start_key).where(
            LrsStatement.registration_key == registration.key
        )
    ).all()
    kept = db.session.scalars(select(Statement).where(Statement.registration_key == registration.key)).all()
    sent = [*((row[0], row[1], row[2], row[3]) for row in stored), *((row.statement_id, row.raw, row.stored_ms, None) for row in kept)]
    for statement_id, raw, stored_ms, start_key in sorted(sent, key=lambda each: (each[2], each[0])):
        start = None if start_key is None else starts.get(start_key)
        # what was sent before starts were kept names no launch: it was the newest there was
        before = [launch.number for launch in launches if launch.launched_ms <= stored_ms]
        number = start.launch_number if start is not None else max(before, default=0)
        record(registration, start, number, [(statement_id, raw)], stored_ms)


def with_words(sessions: Mapping[str, Sequence[SessionFacts]]) -> dict[str, list[SessionFacts]]:
    """The sessions of learners, by learner, with what statements say of their clocks.

    Where content speaks SCORM too, its word there stands: both speak of the same time, and it counts once.
    """
    facts: dict[str, list[StatementFact]] = defaultdict(list)
    keys = sorted(sessions)
    for begin in range(0, len(keys), AT_ONCE):
        for fact in storage.facts_of_learners(db.session, keys[begin : begin + AT_ONCE]):
            facts[fact.registration_key].append(fact)
    return {learner: [*_lay_words(of_learner, facts)] for learner, of_learner in sessions.items()}


def _lay_words(sessions: Sequence[SessionFacts], facts: Mapping[str, list[StatementFact]]) -> Iterable[SessionFacts]:
    of_registration: dict[str, list[SessionFacts]] = defaultdict(list)
    for session in sessions:
        of_registration[session.registration].append(session)
    words: dict[str, tuple[Word, ...]] = {}
    for key, of_one in of_registration.items():
        if key in facts:
            words |= words_of_sessions(_extents(of_one), [as_fact(fact) for fact in facts[key]])
    for session in sessions:
        said = words.get(session.session, ())
        if any(word.ms is not None for word in session.words):
            yield replace(session, other_words=said)
        else:
            yield replace(session, words=said or session.words)


def as_fact(row: StatementFact) -> Fact:
    return Fact(
        statement_id=row.statement_id,
        start=row.start_key,
        launch_number=row.launch_number,
        activity=row.activity_id,
        stored_ms=row.stored_ms,
        timestamp_ms=row.timestamp_ms,
        duration_raw=row.duration_raw,
        duration_ms=row.duration_ms,
        duration_lenient=row.duration_lenient,
    )


def _extents(sessions: Iterable[SessionFacts]) -> list[Extent]:
    extents: list[Extent] = []
    # content keeps its total under its registration id, and a reset of progress gives it another one
    measured: dict[tuple[int, str], int] = defaultdict(int)
    for session in sorted(sessions, key=lambda each: (_opened(each), each.session)):
        extents.append(
            Extent(
                session=session.session,
                start=session.start,
                launch_number=session.launch_number,
                activity=session.activity,
                launched_ms=session.launched_ms,
                opened_ms=_opened(session),
                spans=session.spans,
                before_ms=measured[session.instance, session.activity],
            )
        )
        measured[session.instance, session.activity] += session.measured_ms
    return extents


def _opened(session: SessionFacts) -> int:
    return session.spans[0].start_ms if session.spans else session.first_ms if session.opened_ms is None else session.opened_ms


def _read(registration: Registration, package: Package, activity_id: str | None, statement: Any) -> tuple[str, Told] | None:
    """The activity that it is about, and what it says. `activity_id`: the one that was started, None where that is not known."""
    for item in package.organization.walk():
        if item.launchable and activity_id in (None, item.identifier):
            told = read_statement(statement, _names_of(registration, package, item), cmi5=package.kind is PackageKind.CMI5)
            if told is not None:
                return item.identifier, told
    return None


def _names_of(registration: Registration, package: Package, item: Item) -> list[str]:
    """Under which it may be named: as it was handed to the content (services/activity_start.py), or by the manifest."""
    own = made_id(registration.course_key, "au", item.identifier) if package.kind is PackageKind.CMI5 else None
    return [name for name in (own, item.activity_id, package.activity_id if package.dual else None, item.identifier) if name]


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _columns(told: Told) -> dict[str, Any]:
    return {
        "timestamp_ms": told.timestamp_ms,
        "verb": told.verb,
        "duration_raw": told.duration_raw,
        "duration_ms": told.duration_ms,
        "duration_lenient": told.duration_lenient,
        "status": told.status,
    }


def _instance_of(registration: Registration, launch_number: int) -> int:
    launch = db.session.get(Launch, (registration.key, launch_number))
    return registration.instance if launch is None else launch.instance


def _mode_of(registration: Registration, launch_number: int) -> str:
    launch = db.session.get(Launch, (registration.key, launch_number))
    return "normal" if launch is None else launch.mode
