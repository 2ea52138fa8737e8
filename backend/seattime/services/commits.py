"""Recording what browsers deliver, acknowledged after COMMIT.

Guarantees: `stored` is said only of what is committed; an error of the database leaves nothing half done and becomes
`Unavailable` (503), so the browser keeps its record. Must not import web.
"""

from __future__ import annotations

import logging
import os
from typing import Any

from seattime.domain.records import parse_commit
from seattime.errors import SeatTimeError, Unavailable
from seattime.services.claims import DeliveryClaims, read_delivery
from seattime.services.committing import Item
from seattime.services.parts import parts
from seattime.storage.ledger import Outcome
from seattime.storage.models import db
from seattime.storage.placing import Origin

log = logging.getLogger(__name__)

FAILURES_FILE = "failed-saves"
WAIT_S = 10.0


def record_commit(message: dict[str, Any]) -> dict[str, Any]:
    """Applies a message of docs/protocol.md and returns the answer. Ends a transaction of `db.session` unfinished.

    Raises BadMessage (400), NotAllowed or LinkExpired (the token), Unavailable (503: nothing of the record that failed was
    stored; the ones before it in the message were, and are answered as stored when they come again).
    """
    commit = parse_commit(message)
    claims = read_delivery(commit.token)
    origin = _origin(claims)
    # whoever asked the database something before must not hold SQLite's only lock while the committer wants it
    db.session.rollback()
    committed = parts().committer.submit([Item(origin, record) for record in commit.records], WAIT_S)
    results = []
    for answer in committed.answers:
        if isinstance(answer, SeatTimeError):
            raise answer
        if isinstance(answer, Exception):
            note_failure()
            log.warning(
                "commit not stored: registration=%s error=%s", claims.registration_key, type(answer).__name__, exc_info=answer
            )
            raise Unavailable("The server cannot store this now. Keep it and send it again.") from answer
        results.append(_result(answer))
    return {"v": 1, "ledger": committed.ledger_id, "now": committed.now_ms, "results": results}


def all_gone(answer: dict[str, Any]) -> bool:
    """Whether every record of the answer belongs to an erased registration."""
    results = answer["results"]
    return bool(results) and all(
        (result.get("time") or result.get("state") or {}).get("status") == "gone" for result in results
    )


def note_failure() -> None:
    """Counts a save that failed, for all workers of this data folder: one byte appended to a file, which is atomic."""
    path = parts().settings.data_dir / FAILURES_FILE
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, b".")
    finally:
        os.close(descriptor)


def save_failures() -> int:
    """Saves that failed since the server started, over all workers."""
    try:
        return (parts().settings.data_dir / FAILURES_FILE).stat().st_size
    except FileNotFoundError:
        return 0


def reset_failures() -> None:
    """At the start of the server."""
    (parts().settings.data_dir / FAILURES_FILE).unlink(missing_ok=True)


def _origin(claims: DeliveryClaims) -> Origin:
    return Origin(
        registration_key=claims.registration_key,
        launch_number=claims.launch_number,
        order_number=claims.order_number,
        launched_ms=claims.launched_ms,
        instance=claims.instance,
    )


def _result(outcome: Outcome) -> dict[str, Any]:
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
