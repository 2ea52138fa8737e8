"""Forwarding: what the record store has goes to another one, too (SEATTIME_FORWARD_XAPI_ENDPOINT). Must not import web.

Guarantees: every statement that was ever stored is sent, in the order in which they were stored, test runs left out; what is not
taken is tried again for as long as it lasts, and a single statement that the target does not want is set aside with its reason and
does not stop the others. A place in the database says how far it has come: it passes a statement after the target has answered,
and only where nothing can come to be stored before it any more. Dying at any point repeats at most what was sent last, which changes
nothing there, since statements have ids. One worker of a host and one node of several forwards at a time.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from seattime.domain.forwarding import outgoing, version_of, wait_s
from seattime.services import lrs
from seattime.services.forwarding_delivery import Delivery, Parcel, Stopped
from seattime.services.forwarding_http import HttpTarget, Target, Unreachable
from seattime.services.lrs_statements import Attached
from seattime.services.parts import parts
from seattime.storage import forwarding, lrs_listing, lrs_reading
from seattime.storage.database import read_only
from seattime.storage.host_lock import alone_on_host
from seattime.storage.lrs_listing import Row
from seattime.storage.models import db

log = logging.getLogger(__name__)

LOCK_NAME: Final = "forwarding.lock"
FROM_THE_BEGINNING: Final = (-1, -1)
AT_ONCE: Final = 100
MOST_BYTES: Final = 4 * 1024 * 1024
"""Of one request with its attachments; one statement is always sent."""


@dataclass
class Forwarded:
    """What one run did. `stopped`: why it ended before everything was sent."""

    sent: int = 0
    set_aside: int = 0
    stopped: str = ""
    busy: bool = False
    """Another worker or node forwards at the moment."""
    waits: bool = False
    """The last try failed, and the next one is not due."""


def endpoint() -> str:
    """Where statements go; empty where they stay here."""
    return parts().settings.forward_xapi_endpoint


def run(target: Target | None = None, *, by_hand: bool = False, chance: Callable[[], float] = random.random) -> Forwarded:
    """Sends what is complete and not sent yet, until nothing is left or the target fails. `by_hand`: also where the next try is not due.

    `target`: that of the settings by default.
    """
    done = Forwarded()
    name = endpoint()
    if not name:
        return done
    lock = parts().settings.spool_folder / LOCK_NAME
    with alone_on_host(lock) as only_worker, forwarding.only_node(db.engine) as only_node:
        if not (only_worker and only_node):
            done.busy = True
            return done
        place, next_try_ms, now_ms = _begin(name)
        if not by_hand and now_ms < next_try_ms:
            done.waits = True
            return done
        notes = _Notes(name, done)
        delivery = Delivery(target or _of_settings(), notes)
        try:
            _once_more(name, delivery, notes)
            while batch := _next_batch(place):
                if batch.parcels:
                    delivery.send(batch.parcels)
                place = batch.end
                notes.reached(place)
        except (Stopped, Unreachable) as error:
            db.session.rollback()
            done.stopped = str(error)
            _note_failure(name, error, chance())
    return done


def ask_again(statement_ids: Sequence[str] | None = None) -> None:
    """What was set aside is tried once more by the next run: all of it, or these."""
    forwarding.try_again(db.session, endpoint(), statement_ids)
    db.session.commit()


@dataclass(frozen=True)
class _Batch:
    parcels: list[Parcel]
    end: tuple[int, int]
    """The last place that it covers, test runs included."""


class _Notes:
    """Keeps what became of statements in the database, at once."""

    def __init__(self, name: str, done: Forwarded) -> None:
        self._name = name
        self._done = done
        self.once_more = False
        """What is sent now has a place behind it already."""

    def taken(self, parcels: Sequence[Parcel]) -> None:
        now_ms = parts().clock.now_ms()
        if self.once_more:
            for parcel in parcels:
                forwarding.taken_after_all(db.session, self._name, parcel.row.statement_id, now_ms)
        else:
            forwarding.advance(db.session, self._name, parcels[-1].row.place, len(parcels), now_ms)
        db.session.commit()
        self._done.sent += len(parcels)

    def set_aside(self, parcel: Parcel, reason: str) -> None:
        now_ms = parts().clock.now_ms()
        forwarding.set_aside(db.session, self._name, parcel.row.statement_id, reason, now_ms)
        if not self.once_more:
            forwarding.advance(db.session, self._name, parcel.row.place, 0, now_ms)
        db.session.commit()
        self._done.set_aside += 1
        # the reason may quote what a course or a learner wrote, and stays out of the log
        details = {"event": "forwarding_refused", "statement": parcel.row.statement_id}
        log.warning("a statement was refused where it is forwarded to", extra=details)

    def reached(self, place: tuple[int, int]) -> None:
        """Everything up to here is dealt with."""
        forwarding.advance(db.session, self._name, place, 0, parts().clock.now_ms())
        db.session.commit()


def _once_more(name: str, delivery: Delivery, notes: _Notes) -> None:
    """Those that somebody wants tried again, one by one."""
    notes.once_more = True
    with read_only():
        ids = forwarding.to_try_again(db.session, name, AT_ONCE)
        db.session.rollback()
    for statement_id in ids:
        with read_only():
            row = lrs_listing.find_row(db.session, statement_id)
            parcel = None if row is None else _parcel(row)
            db.session.rollback()
        if parcel is not None:
            delivery.send([parcel])
    notes.once_more = False


def _next_batch(place: tuple[int, int]) -> _Batch | None:
    """The next statements of one version, as many as go into a request; None where nothing is left that is complete."""
    parcels: list[Parcel] = []
    end = place
    room = MOST_BYTES
    db.session.rollback()
    with read_only():
        through = lrs.consistent_through()
        for row in lrs_listing.list_everything(db.session, after=place, below_ms=through, limit=AT_ONCE):
            if not row.apart:
                parcel = _parcel(row)
                room -= len(parcel.text) + sum(len(each.body) for each in parcel.attachments)
                if parcels and (room < 0 or parcel.version != parcels[0].version):
                    break
                parcels.append(parcel)
            end = row.place
        db.session.rollback()
    return None if end == place else _Batch(parcels, end)


def _parcel(row: Row) -> Parcel:
    statement: dict[str, Any] = json.loads(row.raw, parse_int=str, parse_float=str)
    return Parcel(row, outgoing(row.raw), version_of(statement), tuple(_attachments(statement)))


def _attachments(statement: dict[str, Any]) -> Iterator[Attached]:
    """Those whose content is here; also those of a SubStatement."""
    for each in (*statement.get("attachments", ()), *statement["object"].get("attachments", ())):
        body = lrs_reading.read_attachment(db.session, each["sha2"].lower())
        if body is not None:
            yield Attached(each["sha2"].lower(), each["contentType"], body)


def _begin(name: str) -> tuple[tuple[int, int], int, int]:
    """The place that it has come to, when the next try is due, and now."""
    with read_only():
        state = forwarding.find(db.session, name)
        found = None if state is None else ((state.stored_ms, state.seq), state.next_try_ms, parts().clock.now_ms())
        db.session.rollback()
    if found is None:
        forwarding.begin(db.session, name)
        db.session.commit()
    return found or (FROM_THE_BEGINNING, 0, 0)


def _note_failure(name: str, error: Stopped | Unreachable, chance: float) -> None:
    now_ms = parts().clock.now_ms()
    state = forwarding.find(db.session, name)
    # progress that was made in this run has set the count back
    failures = 1 if state is None else state.failures + 1
    wait = wait_s(failures, chance, error.answer if isinstance(error, Stopped) else None)
    forwarding.fail(db.session, name, str(error), now_ms, now_ms + int(wait * 1000))
    db.session.commit()
    if failures == 1:
        answer = error.answer if isinstance(error, Stopped) else None
        log.warning("forwarding failed", extra={"event": "forwarding_failed", "status": None if answer is None else answer.status})


def _of_settings() -> Target:
    settings = parts().settings
    return HttpTarget(settings.forward_xapi_endpoint, settings.forward_xapi_user, settings.forward_xapi_password)
