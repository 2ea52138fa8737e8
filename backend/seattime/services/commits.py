"""Recording what browsers deliver: a message of docs/protocol.md in, its answer out.

Guarantees: `stored` is said only of what is committed, `spooled` and `held` only of what is on this host's disk (`saving`).
A token that cannot be verified gives nobody anything, but what came with it is kept for an operator within a volume cap.
Must not import web.
"""

from __future__ import annotations

import logging
import os
import time
from contextlib import suppress
from typing import Any

from seattime.domain.records import CommitMessage, SessionRecord, parse_commit
from seattime.errors import NotAllowed, Unavailable
from seattime.services import claims as delivery_claims
from seattime.services import metrics
from seattime.services.claims import DeliveryClaims, read_delivery
from seattime.services.committing import Item
from seattime.services.parts import parts
from seattime.services.saving import Kept, as_spooled
from seattime.storage.ledger import Outcome
from seattime.storage.models import db
from seattime.storage.placing import Origin
from seattime.storage.spool import SpoolFailed

log = logging.getLogger(__name__)

FAILURES_FILE = "failed-saves"


def record_commit(message: dict[str, Any]) -> dict[str, Any]:
    """Applies a message of docs/protocol.md and returns the answer. Ends a transaction of `db.session` unfinished.

    Raises BadMessage (400), NotAllowed or LinkExpired (the token, where what came cannot be held for an operator either),
    Unavailable (503: a record could be kept nowhere; the ones before it in the message may be stored, and are answered as
    stored when they come again).
    """
    began = time.perf_counter()
    commit = parse_commit(message)
    try:
        claims = read_delivery(commit.token)
    except NotAllowed as refusal:
        return _held(commit, refusal)
    origin = _origin(claims)
    # whoever asked the database something before must not hold SQLite's only lock while the committer wants it
    if db.session.registry.has():
        db.session.rollback()
    try:
        saved = parts().saver.save([Item(origin, record) for record in commit.records])
    except Unavailable:
        note_failure()
        metrics.commit("failed", len(commit.records))
        raise
    if any(isinstance(answer, Kept) for answer in saved.answers):
        note_failure()
    results = [
        _kept_result(record, answer) if isinstance(answer, Kept) else _result(claims.registration_key, answer)
        for record, answer in zip(commit.records, saved.answers, strict=True)
    ]
    metrics.commit_took(time.perf_counter() - began)
    return {"v": 1, "ledger": saved.ledger_id, "now": saved.now_ms, "results": results}


def all_gone(answer: dict[str, Any]) -> bool:
    """Whether every record of the answer belongs to an erased registration."""
    results = answer["results"]
    return bool(results) and all(
        (result.get("time") or result.get("state") or {}).get("status") == "gone" for result in results
    )


def note_failure() -> None:
    """Counts a save that needed the fallback or failed, over all workers: a byte appended to a file, which is atomic."""
    path = parts().settings.data_dir / FAILURES_FILE
    # a disk without room for one byte must not make another answer of this one
    with suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, b".")
        finally:
            os.close(descriptor)


def save_failures() -> int:
    """Saves that needed the fallback or failed since the server started, over all workers."""
    try:
        return (parts().settings.data_dir / FAILURES_FILE).stat().st_size
    except FileNotFoundError:
        return 0


def reset_failures() -> None:
    """At the start of the server."""
    (parts().settings.data_dir / FAILURES_FILE).unlink(missing_ok=True)


def _held(commit: CommitMessage, refusal: NotAllowed) -> dict[str, Any]:
    """Keeps records whose token cannot be verified: a signing key may have been lost, and a person can tell (design 3.4).

    Raises `refusal` where the token is not even of our form, or there is no more room.
    """
    claims = delivery_claims.unverified_delivery(commit.token)
    if claims is None:
        raise refusal
    try:
        for record in commit.records:
            parts().spool.keep_aside(as_spooled(Item(_origin(claims), record)), "held", refusal.message)
    except SpoolFailed as failed:
        log.warning("not held: %s", failed, extra={"event": "not_held", "registration": claims.registration_key})
        raise refusal from failed
    log.warning("held for an operator", extra={"event": "held", "registration": claims.registration_key, "records": len(commit.records)})
    return {"v": 1, "ledger": None, "now": None, "results": [_kept_result(record, Kept.HELD) for record in commit.records]}


def _log_stored(registration_key: str, outcome: Outcome) -> None:
    """The ordinary case, which nobody wants to read but who looks for one session."""
    what = {"session": outcome.session, "time_seq": outcome.time_seq, "state_seq": outcome.state_seq, "duplicate": outcome.news.duplicate}
    log.debug("record stored", extra={"event": "stored", "registration": registration_key, **what})


def _kept_result(record: SessionRecord, kept: Kept) -> dict[str, Any]:
    """Neither attempt nor lease: the database was not asked. The browser keeps its record and sends it again."""
    metrics.commit(kept.value)
    result: dict[str, Any] = {"session": record.session, "need_all": False}
    if record.time is not None:
        result["time"] = {"seq": record.time.seq, "status": kept.value}
    if record.state is not None:
        result["state"] = {"seq": record.state.seq, "status": kept.value}
    return result


def _origin(claims: DeliveryClaims) -> Origin:
    return Origin(
        registration_key=claims.registration_key,
        launch_number=claims.launch_number,
        order_number=claims.order_number,
        launched_ms=claims.launched_ms,
        instance=claims.instance,
    )


def _result(registration_key: str, outcome: Outcome) -> dict[str, Any]:
    metrics.commit(outcome.time_status or outcome.state_status or "stored")
    metrics.told(outcome.news)
    if log.isEnabledFor(logging.DEBUG):
        _log_stored(registration_key, outcome)
    result: dict[str, Any] = {"session": outcome.session, "attempt": outcome.attempt_key, "need_all": outcome.need_all}
    if outcome.time_status is not None:
        result["time"] = {"seq": outcome.time_seq, "status": outcome.time_status}
    if outcome.state_status is not None:
        result["state"] = {"seq": outcome.state_seq, "status": outcome.state_status}
    result["lease"] = {
        "number": outcome.lease_number,
        "mine": outcome.lease_mine,
        "silent_ms": outcome.lease_silent_ms,
    }
    return result
