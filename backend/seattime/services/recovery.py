"""What the spool holds goes into the ledger by itself when the database is back: no visit, no operator.

Guarantees: one worker of the host drains at a time (a file lock, which the system gives up when the worker dies, by SIGKILL
too); a record leaves the spool after the COMMIT that stored it and only as the revision that was stored, so that dying at any
point repeats at most what changes nothing; a record that the ledger will never take is set aside with its reason and does not
stop the others (after several tries where nobody foresaw the error); requests that arrive meanwhile are neither blocked nor
overtaken, because sequences decide (design 3.1, 3.4). Must not import web.
"""

from __future__ import annotations

import logging
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import select

from seattime.domain.spool_records import from_json
from seattime.domain.spooled import SpooledSession
from seattime.domain.spooled_statements import SpooledStatements
from seattime.errors import BadMessage
from seattime.services import metrics, statement_replay
from seattime.services.committing import Item
from seattime.services.parts import parts
from seattime.storage import faults
from seattime.storage.host_lock import alone_on_host
from seattime.storage.ledger import Outcome, RegistrationUnknown
from seattime.storage.models import SessionRow, db
from seattime.storage.placing import Origin
from seattime.storage.spool import SpoolFailed, Waiting

log = logging.getLogger(__name__)

LOCK_NAME = "recovery.lock"
AT_ONCE = 50
WAIT_S = 10.0
NO_LAUNCH = faults.Fault("no_launch", retry=False, outage=False, why="it does not say which launch it belongs to")


@dataclass(frozen=True)
class Drained:
    """What one run did. `left`: how many records wait still."""

    drained: int = 0
    set_aside: int = 0
    left: int = 0
    busy: bool = False
    """Another worker of this host drains at the moment."""


def drain(*, probing: bool = True) -> Drained:
    """Applies what waits in this host's spool, the oldest first, until it is empty or the database fails.

    `probing` False: an operator asks, and the circuit breaker has no say. Raises SpoolFailed.
    """
    spool, breaker = parts().spool, parts().breaker
    if spool.count() == 0:
        return Drained()
    with alone() as ours:
        if not ours:
            return Drained(left=spool.count(), busy=True)
        if probing and not parts().gate.lets_through():
            return Drained(left=spool.count())
        began = time.monotonic()
        drained = aside = 0
        while waiting := spool.waiting(AT_ONCE):
            before, away = drained + aside, False
            for one, answer in zip(waiting, _apply(waiting), strict=True):
                if answer is None:
                    drained += spool.drained(one)
                    parts().patience.succeeded(one.key)
                elif answer.poison or (not answer.known and not parts().patience.goes_on(one.key)):
                    aside += spool.move_aside(one, "poison", f"{answer.name}: {answer.why}")
                    log.error("record set aside", extra={"event": "set_aside", **_where(one, answer)})
                else:
                    away |= answer.outage
            # said at once: while a long recovery goes on, requests need not be spooled
            (breaker.failed if away else breaker.succeeded)()
            # what only met other transactions is tried again in the next round, as long as a round gets anything done
            if away or drained + aside == before:
                break
        left = spool.count()
        _note(drained, aside, left, time.monotonic() - began)
    return Drained(drained, aside, left)


def drain_registration(registration_key: str) -> None:
    """Before a launch reads the attempt's state: what this host holds of the registration goes first. Best effort."""
    try:
        waiting = parts().spool.waiting(AT_ONCE, registration_key)
        for one, answer in zip(waiting, _apply(waiting) if waiting else [], strict=True):
            if answer is None:
                parts().spool.drained(one)
    except SpoolFailed as error:
        log.warning("the spool could not be asked before a launch: %s", error)


def put_back(aside_id: int) -> bool:
    """An operator wants a record tried again; for one whose token could not be verified, he vouches for it."""
    return parts().spool.put_back(aside_id)


def tidy_shelf() -> int:
    """Removes what is held for an operator and has come into the ledger by another way meanwhile. Returns how many."""
    removed = 0
    for one in parts().spool.set_aside():
        if one.kind != "held":
            continue
        session = from_json(one.body)
        if not isinstance(session, SpooledSession):
            continue
        row = db.session.execute(
            select(SessionRow.time_seq, SessionRow.state_seq).where(
                SessionRow.registration_key == one.registration_key, SessionRow.session_id == one.session
            )
        ).one_or_none()
        if row is None:
            continue
        time, states = session.record.time, [session.record.state, session.pieces.register if session.pieces else None]
        covered = (time is None or time.seq <= row.time_seq) and all(state is None or state.seq <= row.state_seq for state in states)
        removed += covered and parts().spool.discard(one.id, seen=one.body)
    db.session.rollback()
    return removed


def _apply(waiting: list[Waiting]) -> list[faults.Fault | None]:
    """Stores each; None where all of it is in the ledger (or its registration is gone), else why not."""
    found: list[faults.Fault | None] = [None] * len(waiting)
    items: list[Item] = []
    owners: list[int] = []
    away: faults.Fault | None = None
    for index, one in enumerate(waiting):
        if isinstance(one.record, SpooledStatements):
            # the oldest first, each alone; once the database is found away nothing more is asked of it
            found[index] = fault = away or statement_replay.take(one.record)
            away = fault if fault is not None and fault.outage else None
            continue
        try:
            origin = Origin(**one.record.launch)
        except TypeError:
            found[index] = NO_LAUNCH
            continue
        for record in one.record.records():
            items.append(Item(origin, record))
            owners.append(index)
    committed = parts().committer.submit(items, WAIT_S)
    for index, answer in zip(owners, committed.answers, strict=True):
        if isinstance(answer, Outcome):
            metrics.told(answer.news)
        elif found[index] is None:
            found[index] = fault = _fault_of(answer)
            if not fault.known:
                log.error("recovery met what nobody foresaw", extra={"event": "unforeseen"}, exc_info=answer)
    return found


def _where(one: Waiting, fault: faults.Fault) -> dict[str, object]:
    """What a log line says of a record."""
    return {"registration": one.registration_key, "session": one.name, "fault": fault.name}


def _fault_of(error: Exception) -> faults.Fault:
    if isinstance(error, RegistrationUnknown):
        return faults.NO_REGISTRATION
    if isinstance(error, BadMessage):
        return faults.Fault("bad_message", retry=False, outage=False, why=error.message)
    return faults.classify(error)


def _note(drained: int, aside: int, left: int, took_s: float) -> None:
    if not drained and not aside:
        return
    metrics.recovered(drained, took_s)
    parts().spool.note(
        "last_recovery",
        {"at_ms": int(parts().wall() * 1000), "drained": drained, "set_aside": aside, "left": left, "took_ms": int(took_s * 1000)},
    )
    log.warning(
        "recovered: %d records from the spool, %d set aside, %d left", drained, aside, left,
        extra={"event": "recovered", "records": drained, "set_aside": aside, "left": left},
    )  # fmt: skip


def alone() -> AbstractContextManager[bool]:
    """Whether this worker is the one of the host that drains, for as long as the block runs."""
    return alone_on_host(parts().settings.spool_folder / LOCK_NAME)
