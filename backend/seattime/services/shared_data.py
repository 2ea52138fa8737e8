"""The shared data that a launch hands to an activity (types.d.ts, SharedDatum): read from the sessions of all activities that write it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select, Text, cast, or_, select

from seattime.domain.packages.model import Item, Package
from seattime.domain.shared_data import PREFIX, Writer, stores_of, values
from seattime.storage.models import Registration, SessionRow, db


def of_activity(registration: Registration, instance: int, package: Package, item: Item) -> list[dict[str, Any]]:
    """The stores of one activity in the manifest's order; empty where it has none."""
    stores = stores_of(item.shared_data)
    if not stores:
        return []
    across = package.organization.shared_data_global
    rows = _of_learner(registration) if across else _of_instance(registration, instance)
    held = values((_writer(row) for row in rows), one_attempt=not across)
    return [
        {"id": store.target, "value": held.get(store.target), "readable": store.readable, "writable": store.writable} for store in stores
    ]


def _of_instance(registration: Registration, instance: int) -> Iterable[SessionRow]:
    """What this registration's own sessions say, of its stores and of the end of the course."""
    text = cast(SessionRow.elements, Text)
    return db.session.scalars(
        _normal().where(
            SessionRow.registration_key == registration.key,
            SessionRow.instance == instance,
            or_(text.contains(f'"{PREFIX}'), text.contains('"adl.nav.request"')),
        )
    )


def _of_learner(registration: Registration) -> list[SessionRow]:
    """What the learner's sessions say, in all courses whose data is global to the system."""
    found = db.session.execute(
        _normal()
        .add_columns(Registration)
        .join(Registration, Registration.key == SessionRow.registration_key)
        .where(
            SessionRow.learner_key == registration.learner_key,
            SessionRow.instance == Registration.instance,
            cast(SessionRow.elements, Text).contains(f'"{PREFIX}'),
        )
    ).all()
    across = {of.key: Package.from_json(of.version.structure).organization.shared_data_global for _, of in found}
    return [row for row, of in found if across[of.key]]


def _normal() -> Select[Any]:
    return select(SessionRow).where(SessionRow.mode == "normal")


def _writer(row: SessionRow) -> Writer:
    began_ms = row.first_ms if row.opened_ms is None else row.opened_ms
    return Writer(session=row.session_id, began_ms=began_ms, elements=row.elements, terminated=row.terminated)
