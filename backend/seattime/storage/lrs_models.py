"""The tables of the record store (LRS). Guarantees: a statement's text never changes once it is stored; keys are digests, so an
index serves values of any length.

Beside models.py, whose `statements` and `xapi_documents` hold, raw, what launched content sends.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, Integer, LargeBinary, false, text
from sqlalchemy.orm import Mapped, mapped_column

from seattime.storage.models import Base

_TARGETED = text("target_id IS NOT NULL")
_LAUNCHED = text("registration_key IS NOT NULL")


class LrsStatement(Base):
    """A statement, as it is given back."""

    __tablename__ = "lrs_statements"
    seq: Mapped[int] = mapped_column(BigInteger().with_variant(Integer(), "sqlite"), Identity(), primary_key=True)
    """The order within one millisecond; numbers of a batch ascend."""
    statement_id: Mapped[str] = mapped_column(unique=True)
    stored_ms: Mapped[int]
    raw: Mapped[str]
    voided: Mapped[bool] = mapped_column(default=False, server_default=false())
    voids: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Its verb is "voided": nothing voids it."""
    target_id: Mapped[str | None]
    """The statement that its StatementRef names."""
    registration_key: Mapped[str | None]
    """Of the registration in whose launch it was sent, or about which SeatTime itself says it; null where an API key sent it."""
    start_key: Mapped[str | None]
    """The start of the activity that sent it."""
    apart: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Of a test run: only its own content sees it."""
    __table_args__ = (
        Index("lrs_statements_stored", "stored_ms", "seq"),
        Index("lrs_statements_target", "target_id", postgresql_where=_TARGETED, sqlite_where=_TARGETED),
        Index(
            "lrs_statements_registration", "registration_key", "stored_ms", "seq", postgresql_where=_LAUNCHED, sqlite_where=_LAUNCHED
        ),
    )


class LrsKey(Base):
    """By which filters a statement is found (domain/xapi/finding.py), its target's filters included."""

    __tablename__ = "lrs_keys"
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    stored_ms: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class LrsAttachment(Base):
    """The bytes of an attachment, once for each content."""

    __tablename__ = "lrs_attachments"
    sha2: Mapped[str] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    stored_ms: Mapped[int]


class LrsActivity(Base):
    """What statements have said of an activity, merged."""

    __tablename__ = "lrs_activities"
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    activity_id: Mapped[str]
    definition: Mapped[str]
    """JSON, with numbers as they came."""


class LrsAgentName(Base):
    """A name under which an agent was seen."""

    __tablename__ = "lrs_agent_names"
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    name_key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    name: Mapped[str]
    """JSON of it: a text may hold what PostgreSQL does not."""


class LrsDocument(Base):
    """A state, activity profile or agent profile document."""

    __tablename__ = "lrs_documents"
    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    """Of its resource, activity, agent, registration and id."""
    scope: Mapped[bytes] = mapped_column(LargeBinary)
    """Of its resource, activity and agent."""
    registration: Mapped[str]
    """A UUID; empty where there is none."""
    document_id: Mapped[str]
    content_type: Mapped[str]
    body: Mapped[bytes] = mapped_column(LargeBinary)
    etag: Mapped[str]
    updated_ms: Mapped[int]
    __table_args__ = (Index("lrs_documents_scope", "scope", "updated_ms"),)


class ActivityStart(Base):
    """A start of an xAPI or cmi5 activity, made ready with its launch: under it stands what its content then says by statements."""

    __tablename__ = "activity_starts"
    key: Mapped[str] = mapped_column(primary_key=True)
    """A UUID; cmi5's session id (cmi5 9.6.3.1)."""
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"))
    instance: Mapped[int]
    launch_number: Mapped[int]
    activity_id: Mapped[str]
    """The item's identifier in the package, as in sessions."""
    version_key: Mapped[str | None]
    """The version of the course that it plays, whatever becomes of the registration's; null in rows from before that was kept."""
    mode: Mapped[str]
    """`normal`, `review` or `browse`."""
    started_ms: Mapped[int]
    __table_args__ = (Index("activity_starts_registration", "registration_key", "started_ms"),)
