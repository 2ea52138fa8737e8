"""Statements that launched content sends: into the database, or into the spool while that is away (`statement_fallback`).

Guarantees: those of `lrs_saving`, and what one registration's content says is taken in the order in which it came. A registration that
was erased meanwhile takes its statements with it; one that the database does not know (a restore lost it) leaves them to an operator.
Must not import web.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Final

from seattime.domain.spooled_statements import SpooledAttachment, SpooledStatements
from seattime.domain.xapi.versions import Version
from seattime.services import launch_statements, statement_fallback
from seattime.services.launch_statements import Delivery, Said
from seattime.services.lrs_statements import Attached
from seattime.services.parts import parts
from seattime.services.xapi_launches import Credential
from seattime.storage.models import Registration, db

TAKER: Final = "launch"


def save(delivery: Delivery) -> list[str]:
    """Returns the ids. Raises what `launch_statements.take` refuses, and Unavailable."""
    if delivery.said:
        statement_fallback.save(_spooled(delivery), lambda _within_s: launch_statements.take(delivery))
    return delivery.ids


def take_again(kept: SpooledStatements) -> None:
    """What the spool holds of a request; what is there already stays as it is. Raises what `launch_statements.take` refuses."""
    credential = Credential(**kept.sender)
    registration = db.session.get(Registration, credential.registration_key)
    if registration is not None and registration.deleted_ms is not None:
        return
    launch_statements.take(
        Delivery(
            credential,
            tuple(Said(*each) for each in kept.statements),
            Version(kept.version),
            tuple(Attached(each.sha2, each.content_type, each.body) for each in kept.attached),
            kept.taken_ms,
        )
    )


def _spooled(delivery: Delivery) -> SpooledStatements:
    return SpooledStatements(
        taker=TAKER,
        sender=asdict(delivery.credential),
        registration_key=delivery.credential.registration_key,
        version=delivery.version.value,
        taken_ms=int(parts().wall() * 1000),
        statements=tuple((each.statement_id, each.text) for each in delivery.said),
        attached=tuple(SpooledAttachment(each.sha2, each.content_type, each.body) for each in delivery.attached),
    )
