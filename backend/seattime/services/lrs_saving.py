"""Statements that API keys send: into the database, or into the spool while that is away.

Guarantees: what `save_statements` returned for is committed or on this host's disk, and comes into the database by itself then; a
conflict that the database sees is refused, one that only shows when the spool is drained is set aside for an operator, since the
statements were acknowledged. Must not import web.
"""

from __future__ import annotations

from typing import Final

from seattime.domain.spooled_statements import SpooledAttachment, SpooledStatements
from seattime.domain.xapi import json_text
from seattime.domain.xapi.completing import Sent
from seattime.domain.xapi.versions import Version
from seattime.services import lrs, lrs_statements, statement_fallback
from seattime.services.lrs import Author
from seattime.services.lrs_statements import Attached
from seattime.services.parts import parts
from seattime.storage.lrs_group import Answer, Request, fits

TAKER: Final = "lrs"


def save_statements(author: Author, sent: list[Sent], version: Version, attached: list[Attached]) -> list[str]:
    """All or none; returns the ids. Raises Conflict, Unavailable."""
    if not sent:
        return []
    bodies = {each.sha2: each.body for each in attached}
    request = Request(author.authority, sent, version) if not bodies and fits(sent) else None

    def store(within_s: float) -> None:
        if request is None or parts().statement_committer.store(request, within_s) is Answer.ALONE:
            lrs.in_one_transaction(lambda: lrs_statements.store(author, sent, version, bodies))

    statement_fallback.save(_spooled(author, sent, version, attached), store)
    return [each.statement_id for each in sent]


def take_again(kept: SpooledStatements) -> None:
    """What the spool holds of a request; what is there already stays as it is. Raises Conflict."""
    sent = [Sent(statement_id, text, json_text.parse(text, "statement")) for statement_id, text in kept.statements]
    bodies = {each.sha2: each.body for each in kept.attached}
    author = Author(kept.sender["authority"])
    lrs.in_one_transaction(lambda: lrs_statements.store(author, sent, Version(kept.version), bodies, taken_ms=kept.taken_ms))


def _spooled(author: Author, sent: list[Sent], version: Version, attached: list[Attached]) -> SpooledStatements:
    return SpooledStatements(
        taker=TAKER,
        sender={"authority": author.authority},
        registration_key="",
        version=version.value,
        taken_ms=int(parts().wall() * 1000),
        statements=tuple((each.statement_id, each.text) for each in sent),
        attached=tuple(SpooledAttachment(each.sha2, each.content_type, each.body) for each in attached),
    )
