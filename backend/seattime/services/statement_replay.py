"""Taking what the spool holds of statements into the database, by whoever its record names.

Guarantees: a record that was taken before changes nothing; where a request as a whole is refused, each of its statements is taken alone,
since all were acknowledged; what is refused even then is reported with its reason, for an operator. Must not import web.
"""

from __future__ import annotations

import logging

from seattime.domain.spooled_statements import SpooledStatements
from seattime.errors import Conflict
from seattime.services.parts import parts
from seattime.services.statement_saving import fault_of
from seattime.storage.faults import Fault
from seattime.storage.models import db

log = logging.getLogger(__name__)

MOST_REASONS = 20
"""Of a request's statements so many are named with why they were refused."""


def take(statements: SpooledStatements) -> Fault | None:
    """None where all of it is in the database; else what kept it out, the first thing that may pass before any that will not."""
    refused = _take(statements)
    if refused is not None and refused.poison and len(statements.statements) > 1:
        reasons: list[str] = []
        for statement_id, _ in statements.statements:
            fault = _take(statements.alone(statement_id))
            if fault is not None and not fault.poison:
                return fault
            if fault is not None:
                reasons.append(f"{statement_id}: {fault.why}")
        if not reasons:
            refused = None
        else:
            more = f" And {len(reasons) - MOST_REASONS} more." if len(reasons) > MOST_REASONS else ""
            refused = _refusal(refused.name, " ".join(reasons[:MOST_REASONS]) + more)
    return refused


def _take(statements: SpooledStatements) -> Fault | None:
    taker = parts().takers.get(statements.taker)
    if taker is None:
        return _refusal("no_taker", f"nobody here takes statements of the kind {statements.taker!r}")
    try:
        taker(statements)
    except Exception as error:
        fault = fault_of(error)
        if fault is None:
            return _refusal("conflict" if isinstance(error, Conflict) else "refused", str(error))
        if not fault.known:
            log.error("recovery met what nobody foresaw", extra={"event": "unforeseen"}, exc_info=error)
        return fault
    finally:
        db.session.rollback()
    return None


def _refusal(name: str, why: str) -> Fault:
    return Fault(name, retry=False, outage=False, why=why)
