"""The way of every request with statements into the database, or into the spool while the database is away.

How a caller uses it: he makes a `SpooledStatements` that says all that is needed to do the work again (`taker` names who does it, a
function among `Parts.takers`), and calls `save` with it and with the work itself:

    kept = statement_fallback.save(spooled, lambda _seconds: take(delivery))

`Parts.takers` maps the taker's name to `again(spooled)`, which does the same work from the record: it commits, raises what it raises,
and changes nothing where the statements are there already. It is called by recovery (`replay`), for the whole request, and, where that
is refused, for each of its statements alone.

Guarantees: what waits in this host's spool of a launch's registration is taken before what comes later (rules of cmi5 depend on the
order), or what comes later waits behind it. Must not import web.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from seattime.domain.spooled_statements import SpooledStatements
from seattime.errors import SeatTimeError, Unavailable
from seattime.services import commits, metrics, recovery
from seattime.services.parts import parts
from seattime.services.saving import Kept
from seattime.storage.models import db
from seattime.storage.spool import SpoolFailed

log = logging.getLogger(__name__)


def save(statements: SpooledStatements, store: Callable[[float], object]) -> Kept | None:
    """None: `store` has committed. `Kept.SPOOLED`: acknowledge it all the same. Raises what `store` refuses with, and Unavailable.

    Ends a transaction of `db.session` unfinished.
    """
    # whoever asked the database something before must not hold SQLite's only lock while somebody else wants it
    if db.session.registry.has():
        db.session.rollback()
    try:
        kept = parts().statement_saver.save(statements, store, behind=_is_behind(statements.registration_key))
    except SeatTimeError as error:
        if isinstance(error, Unavailable):
            commits.note_failure()
            metrics.statements("failed", len(statements.statements))
        raise
    finally:
        if db.session.registry.has():
            db.session.rollback()
    if kept is not None:
        commits.note_failure()
    metrics.statements("stored" if kept is None else kept.value, len(statements.statements))
    return kept


def _is_behind(registration_key: str) -> bool:
    """Whether something of this registration waits still, after what could be done about it was done."""
    if not registration_key:
        return False
    try:
        if not parts().spool.waiting(1, registration_key):
            return False
        if not parts().breaker.resting():
            recovery.drain_registration(registration_key)
        return bool(parts().spool.waiting(1, registration_key))
    except SpoolFailed as error:
        log.warning("the spool could not be asked what waits of a registration: %s", error)
        return False
