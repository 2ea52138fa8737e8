"""Rows of xAPI: raw statements, documents, cmi5 fetch addresses. The caller owns the transaction."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from sqlalchemy import delete, select, update

from seattime.storage.inserts import DbSession, insert_into
from seattime.storage.models import Cmi5Fetch, Statement, XapiDocument


@dataclass(frozen=True)
class Document:
    """A state or profile document as it was stored."""

    content_type: str
    body: bytes


def insert_statement(session: DbSession, registration_key: str, statement_id: str, raw: str, now_ms: int) -> str | None:
    """Stores a statement unless its id is there already; returns the raw text that was there before, else None."""
    added = session.execute(
        insert_into(session, Statement)
        .values(registration_key=registration_key, statement_id=statement_id, raw=raw, stored_ms=now_ms)
        .on_conflict_do_nothing()
        .returning(Statement.statement_id)
    ).scalar_one_or_none()
    if added is not None:
        return None
    return session.execute(
        select(Statement.raw).where(Statement.registration_key == registration_key, Statement.statement_id == statement_id)
    ).scalar_one()


def read_statement(session: DbSession, registration_key: str, statement_id: str) -> str | None:
    """The text of a statement that is kept raw."""
    wanted = select(Statement.raw).where(Statement.registration_key == registration_key, Statement.statement_id == statement_id)
    return session.scalar(wanted)


def statements_of(session: DbSession, registration_key: str) -> list[Statement]:
    """All statements of a registration, oldest first."""
    return list(
        session.scalars(
            select(Statement).where(Statement.registration_key == registration_key).order_by(Statement.stored_ms, Statement.statement_id)
        )
    )


def documents_of(session: DbSession, registration_key: str) -> dict[str, Document]:
    """Documents of a registration from before the record store had them, by name (`XapiDocument.name`)."""
    rows = session.scalars(select(XapiDocument).where(XapiDocument.registration_key == registration_key))
    return {row.name: Document(row.content_type, base64.b64decode(row.body)) for row in rows}


def delete_documents(session: DbSession, registration_key: str) -> None:
    session.execute(delete(XapiDocument).where(XapiDocument.registration_key == registration_key))


def use_fetch(session: DbSession, fetch_hash: str, now_ms: int) -> Cmi5Fetch | None:
    """Marks a cmi5 fetch address as used; None where it is unknown or was used before (cmi5 8.2.2)."""
    row = session.execute(
        update(Cmi5Fetch).where(Cmi5Fetch.fetch_hash == fetch_hash, Cmi5Fetch.used_ms.is_(None)).values(used_ms=now_ms).returning(Cmi5Fetch)
    ).scalar_one_or_none()
    return row
