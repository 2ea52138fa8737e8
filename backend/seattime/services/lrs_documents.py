"""State and profile documents of the record store (xAPI 1.0.3 Communication 2.2, 2.3, 2.6, 2.7, 3.1).

Guarantees: of two writers who hold the same ETag one is refused, also when they write at the same moment; two JSON objects are
merged by POST, name by name, with numbers as they were written. Must not import web.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import ClassVar

from seattime.domain.xapi import json_text
from seattime.domain.xapi.refusing import refuse
from seattime.errors import Conflict, NotFound, SeatTimeError
from seattime.services import lrs
from seattime.services.parts import parts
from seattime.storage import lrs_documents
from seattime.storage.lrs_documents import Name, Scope, StoredDocument
from seattime.storage.models import db

MOST_ID: int = 2000
"""Characters of a document's id."""
_ETAG = re.compile(r'(?:W/)?"([^"]*)"')


class ChangedMeanwhile(SeatTimeError):
    """The document is not, or no longer, what the request takes it for."""

    status: ClassVar[int] = 412


class Must(Enum):
    """When a PUT needs one."""

    NEVER = auto()
    TO_REPLACE = auto()
    ALWAYS = auto()


@dataclass(frozen=True, slots=True)
class Preconditions:
    """Of a request that writes (RFC 9110 13.1)."""

    if_match: str | None
    if_none_match: str | None
    must: Must
    must_be_what_it_says: bool = True
    """Content sends texts of its own as JSON, and reads them as it wrote them."""


def check_id(document_id: str, what: str) -> str:
    if not document_id or len(document_id) > MOST_ID or "\0" in document_id:
        refuse(what, f"must have 1 to {MOST_ID} characters, none of them NUL")
    return document_id


def get_document(name: Name) -> StoredDocument:
    """Raises NotFound."""
    found = lrs_documents.read_document(db.session, name)
    if found is None:
        raise NotFound("There is no such document.")
    return found


def put_document(name: Name, content_type: str, body: bytes, conditions: Preconditions) -> None:
    """Raises ChangedMeanwhile, Conflict."""
    if conditions.must_be_what_it_says:
        _check_json(content_type, body)

    def work() -> None:
        lrs_documents.lock_document(db.session, name)
        before = lrs_documents.read_document(db.session, name)
        _check(before, conditions)
        _check_must(before, conditions)
        lrs_documents.write_document(db.session, name, content_type, body, parts().clock.now_ms())

    lrs.in_one_transaction(work)


def post_document(name: Name, content_type: str, body: bytes, conditions: Preconditions) -> None:
    """Stores, or merges two JSON objects. Raises BadInput, ChangedMeanwhile."""
    _check_json(content_type, body)

    def work() -> None:
        lrs_documents.lock_document(db.session, name)
        before = lrs_documents.read_document(db.session, name)
        _check(before, conditions)
        merged = body if before is None else _merge(before, content_type, body)
        lrs_documents.write_document(db.session, name, content_type, merged, parts().clock.now_ms())

    lrs.in_one_transaction(work)


def delete_document(name: Name, conditions: Preconditions) -> None:
    """Also where there is none. Raises ChangedMeanwhile."""

    def work() -> None:
        lrs_documents.lock_document(db.session, name)
        _check(lrs_documents.read_document(db.session, name), conditions)
        lrs_documents.delete_document(db.session, name)

    lrs.in_one_transaction(work)


def list_documents(scope: Scope, registration: str | None, since_ms: int | None) -> tuple[list[str], int]:
    """Their ids, and when the newest of them was changed."""
    found = lrs_documents.list_documents(db.session, scope, registration, since_ms)
    return [document_id for document_id, _ in found], max((updated_ms for _, updated_ms in found), default=0)


def delete_documents(scope: Scope, registration: str | None) -> None:
    lrs.in_one_transaction(lambda: lrs_documents.delete_documents(db.session, scope, registration))


def is_json(content_type: str) -> bool:
    return content_type.partition(";")[0].strip().lower() == "application/json"


def _check_must(before: StoredDocument | None, conditions: Preconditions) -> None:
    """Communication 3.1. Raises Conflict, BadInput."""
    if conditions.must is Must.NEVER or conditions.if_match is not None or conditions.if_none_match is not None:
        return
    if before is not None:
        raise Conflict(
            "There is such a document already. Read it first, and send its ETag in If-Match to replace it, "
            "or If-None-Match: * to store one only where there is none."
        )
    if conditions.must is Must.ALWAYS:
        refuse("If-None-Match", "is missing: a PUT must say with it, or with If-Match, what it expects to find; * for nothing")


def _check_json(content_type: str, body: bytes) -> None:
    """What says that it is JSON must be, or it could never be merged."""
    if is_json(content_type):
        json_text.parse(json_text.decode(body, "the body"), "the body")


def _merge(before: StoredDocument, content_type: str, body: bytes) -> bytes:
    """Communication 2.2: both must be JSON objects."""
    if not is_json(before.content_type):
        refuse("the document", f"that is stored is {before.content_type}; only JSON can be merged into")
    if not is_json(content_type):
        refuse("the document", f"that was sent is {content_type}; only JSON can be merged")
    old = json_text.decode(before.body, "the document that is stored")
    new = json_text.decode(body, "the body")
    for text, what in ((old, "the document that is stored"), (new, "the body")):
        if not isinstance(json_text.parse(text, what), dict):
            refuse(what, "is not a JSON object, which alone can be merged")
    return json_text.join_members({**json_text.members(old.strip()), **json_text.members(new.strip())}).encode()


def _check(before: StoredDocument | None, conditions: Preconditions) -> None:
    """RFC 9110 13.2.2. Raises ChangedMeanwhile."""
    if conditions.if_match is not None and not _matches(before, conditions.if_match):
        raise ChangedMeanwhile("The document was changed meanwhile, or is not there: its ETag is not the one in If-Match.")
    if conditions.if_none_match is not None and _matches(before, conditions.if_none_match):
        raise ChangedMeanwhile("There is such a document already, and If-None-Match asks that there be none.")


def _matches(before: StoredDocument | None, header: str) -> bool:
    if before is None:
        return False
    # a hash without its quotes is what some clients send; there is no doubt what is meant
    return header.strip() in ("*", before.etag) or before.etag in _ETAG.findall(header)
