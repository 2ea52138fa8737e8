"""Statements of launched content in the record store, where API keys read them together with all others.

Guarantees: what content sends is acknowledged as if there were no record store; a statement that the rules of xAPI do not allow, or
whose id another sender has used with other content, is left out of it (and stays, raw, with its registration); so is what comes
from test runs. Must not import web.
"""

from __future__ import annotations

import logging
import uuid

from sqlalchemy.exc import DBAPIError

from seattime.domain.xapi import json_text
from seattime.domain.xapi.completing import Sent
from seattime.domain.xapi.statements import check_statement
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput, Conflict
from seattime.services import lrs_statements
from seattime.services.lrs import Author
from seattime.services.parts import parts
from seattime.storage.models import Registration, db

log = logging.getLogger(__name__)


def share(registration_key: str, body: bytes, ids: list[str]) -> None:
    """Within the caller's transaction. `ids`: of the statements in the body, in their order."""
    registration = db.session.get(Registration, registration_key)
    sent = _valid(body, ids)
    if registration is None or registration.test_run or not sent:
        return
    author = author_of_launch(registration_key)
    try:
        with db.session.begin_nested():
            lrs_statements.store(author, sent, Version.V1, {})
    except Conflict:
        for one in sent if len(sent) > 1 else ():
            _share_alone(author, one)
    except DBAPIError as error:
        if error.connection_invalidated:
            raise
        log.warning("Statements of a launch are not in the record store", exc_info=error)


def author_of_launch(registration_key: str) -> Author:
    """By the UUID that the content was given as its registration."""
    name = f"registration {uuid.UUID(registration_key)}"
    return Author({"objectType": "Agent", "account": {"homePage": parts().settings.public_url, "name": name}}, registration_key)


def _share_alone(author: Author, one: Sent) -> None:
    try:
        with db.session.begin_nested():
            lrs_statements.store(author, [one], Version.V1, {})
    except Conflict:
        log.info("The record store has another statement under the id %s", one.statement_id)


def _valid(body: bytes, ids: list[str]) -> list[Sent]:
    try:
        text = json_text.decode(body, "the body")
        data = json_text.parse(text, "the body")
    except BadInput:
        return []
    values = data if isinstance(data, list) else [data]
    found: dict[str, Sent] = {}
    for statement_id, value, one in zip(ids, values, json_text.elements(text), strict=True):
        try:
            statement = check_statement(value, "statement", Version.V1)
        except BadInput:
            continue
        if all("fileUrl" in attachment for attachment in statement.get("attachments", ())):
            found.setdefault(statement_id, Sent(statement_id, one, statement))
    return list(found.values())
