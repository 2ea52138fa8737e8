"""What sessions and statements together say of an activity's completion, success and score, visit by visit (`domain.said.outcomes`).

Guarantees: every figure that is shown comes from the same rows: a table of contents, the pages, the REST API and the exports ask here.
Reads only. Must not import web.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, tuple_

from seattime.domain.facts import absolute_spans
from seattime.domain.said.outcomes import Visit
from seattime.domain.said.placing import Extent, sessions_of_facts
from seattime.services.statement_facts import as_fact
from seattime.storage import statement_facts as storage
from seattime.storage.models import Launch, SessionRow, db
from seattime.storage.statement_facts import StatementFact

Instance = tuple[str, int]
"""A registration's key and one of its instances."""


@dataclass(frozen=True)
class Visits:
    """Of one instance, normal mode only: review and browse are no credit work."""

    by_activity: Mapping[str, Sequence[Visit]]
    completed_ms: Mapping[str, int]
    """When a statement first said that the activity is completed, by the server's clock."""
    newest_ms: int | None
    """When the newest statement came."""


def visits_of(sessions: Mapping[Instance, Sequence[SessionRow]]) -> dict[Instance, Visits]:
    """For each instance. `sessions`: its rows, of every mode; instances without any are asked for, too."""
    facts: dict[Instance, list[StatementFact]] = defaultdict(list)
    for fact in storage.facts_of_instances(db.session, list(sessions)):
        facts[fact.registration_key, fact.instance].append(fact)
    orders = _launch_orders(facts) if facts else {}
    return {each: _visits(rows, facts.get(each, ()), orders) for each, rows in sessions.items()}


def _visits(rows: Sequence[SessionRow], facts: Sequence[StatementFact], orders: Mapping[tuple[str, int], int]) -> Visits:
    by_id = {fact.statement_id: fact for fact in facts}
    spoken = _by_session(rows, by_id.values()) if by_id else {}
    by_activity: dict[str, list[Visit]] = defaultdict(list)
    for row in rows:
        if row.mode == "normal":
            statements = [by_id.pop(name).status for name in spoken.get(row.session_id, ())]
            by_activity[row.activity_id].append(Visit(row.order_number, row.first_ms, row.status, statements))
    normal = [fact for fact in facts if fact.mode == "normal"]
    # statements whose session has not been heard of: what they say of the outcome counts all the same
    lonely: dict[tuple[str, str | None, int], list[StatementFact]] = defaultdict(list)
    for fact in normal:
        if fact.statement_id in by_id:
            lonely[fact.activity_id, fact.start_key, fact.launch_number].append(fact)
    for (activity, _start, launch), of_one in lonely.items():
        order = orders.get((of_one[0].registration_key, launch), 0)
        by_activity[activity].append(Visit(order, of_one[0].stored_ms, statements=[fact.status for fact in of_one]))
    completed: dict[str, int] = {}
    for fact in normal:
        if fact.status.get("completion") == "completed":
            completed.setdefault(fact.activity_id, fact.stored_ms)
    return Visits(by_activity, completed, max((fact.stored_ms for fact in normal), default=None))


def _by_session(rows: Iterable[SessionRow], facts: Iterable[StatementFact]) -> dict[str, list[str]]:
    """Ids of statements in the order in which they were said, by session."""
    extents = [
        Extent(
            session=row.session_id,
            start=row.start_key,
            launch_number=row.launch_number,
            activity=row.activity_id,
            launched_ms=row.launched_ms,
            opened_ms=row.first_ms if row.opened_ms is None else row.opened_ms,
            spans=absolute_spans(row.opened_ms, row.spans, row.measured_ms, row.delivered_ms),
        )
        for row in rows
    ]
    placed = sessions_of_facts(extents, [as_fact(fact) for fact in facts])
    return {name: [each.fact.statement_id for each in of_one] for name, of_one in placed.items()}


def _launch_orders(instances: Collection[Instance]) -> dict[tuple[str, int], int]:
    """Order numbers by registration and launch."""
    rows = db.session.execute(
        select(Launch.registration_key, Launch.number, Launch.order_number).where(
            tuple_(Launch.registration_key, Launch.instance).in_(list(instances))
        )
    )
    return {(key, number): order for key, number, order in rows}
