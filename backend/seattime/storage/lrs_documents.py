"""State and profile documents of the record store. The caller owns the transaction.

Guarantees: who writes a document holds its lock from `lock_document` on until he commits, so that what he compared (its ETag, what
is merged into) is what he replaces.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha1

from sqlalchemy import delete, select, text

from seattime.domain.xapi import finding
from seattime.storage.inserts import DbSession, insert_into
from seattime.storage.lrs_models import LrsDocument


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose documents: a resource (`state`, `activity`, `agent`), an activity and an agent, as far as the resource has them."""

    resource: str
    activity_id: str = ""
    agent: str = ""

    @property
    def key(self) -> bytes:
        return finding.key("document", "\0".join((self.resource, self.activity_id, self.agent)))


@dataclass(frozen=True, slots=True)
class Name:
    """One document of a scope. `registration`: a UUID, or empty."""

    scope: Scope
    document_id: str
    registration: str = ""

    @property
    def key(self) -> bytes:
        return finding.key("document", "\0".join((self.scope.key.hex(), self.registration, self.document_id)))


@dataclass(frozen=True, slots=True)
class StoredDocument:
    content_type: str
    body: bytes
    etag: str
    updated_ms: int


def etag_of(body: bytes) -> str:
    """Communication 3.1: the hexadecimal SHA-1 of the content. It tells versions apart and protects nothing."""
    return sha1(body, usedforsecurity=False).hexdigest()


def lock_document(session: DbSession, name: Name) -> None:
    """Also where there is no such document yet."""
    if session.connection().dialect.name == "postgresql":
        number = int.from_bytes(name.key[:8], "big", signed=True)
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


def read_document(session: DbSession, name: Name) -> StoredDocument | None:
    row = session.execute(
        select(LrsDocument.content_type, LrsDocument.body, LrsDocument.etag, LrsDocument.updated_ms).where(LrsDocument.key == name.key)
    ).one_or_none()
    return None if row is None else StoredDocument(*row)


def write_document(session: DbSession, name: Name, content_type: str, body: bytes, now_ms: int) -> None:
    values = {"content_type": content_type, "body": body, "etag": etag_of(body), "updated_ms": now_ms}
    session.execute(
        insert_into(session, LrsDocument)
        .values(key=name.key, scope=name.scope.key, registration=name.registration, document_id=name.document_id, **values)
        .on_conflict_do_update(index_elements=["key"], set_=values)
    )


def delete_document(session: DbSession, name: Name) -> None:
    session.execute(delete(LrsDocument).where(LrsDocument.key == name.key))


def list_documents(session: DbSession, scope: Scope, registration: str | None, since_ms: int | None) -> list[tuple[str, int]]:
    """Ids and times of change, of one registration or of all and none; changed after `since_ms`."""
    wanted = select(LrsDocument.document_id, LrsDocument.updated_ms).where(LrsDocument.scope == scope.key)
    if registration is not None:
        wanted = wanted.where(LrsDocument.registration == registration)
    if since_ms is not None:
        wanted = wanted.where(LrsDocument.updated_ms > since_ms)
    newest: dict[str, int] = {}
    for document_id, updated_ms in session.execute(wanted.order_by(LrsDocument.updated_ms, LrsDocument.document_id)):
        newest[document_id] = updated_ms
    return list(newest.items())


def delete_documents(session: DbSession, scope: Scope, registration: str | None) -> None:
    wanted = delete(LrsDocument).where(LrsDocument.scope == scope.key)
    session.execute(wanted if registration is None else wanted.where(LrsDocument.registration == registration))
