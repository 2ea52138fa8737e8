"""The tables. Guarantees: internal keys are random and never reused; ledger rows carry the registration's key;
raw values are never rewritten by anything but a newer sequence of the same session. Knows nothing of Flask requests.

Times are integers of milliseconds since 1970 in UTC on the database's clock (columns `*_ms`); lengths are milliseconds.
"""

from __future__ import annotations

import uuid
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import JSON, BigInteger, ForeignKey, Index, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry, relationship

Json = JSON().with_variant(JSONB(), "postgresql")
RawJson = JSON()
"""Json that keeps the order of keys and the form of numbers as they came (JSONB does not)."""


def new_key() -> str:
    """An internal key: 32 hex digits, random, never reused (design 3.8)."""
    return uuid.uuid4().hex


class Base(DeclarativeBase):
    registry = registry(type_annotation_map={int: BigInteger, dict[str, Any]: Json, list[Any]: Json, str: Text})


db = SQLAlchemy(model_class=Base)


class Ledger(Base):
    """One row: names this life of the database (protocol, "Ledger id")."""

    __tablename__ = "ledger"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, default=1)
    ledger_id: Mapped[str]
    created_ms: Mapped[int]


class Course(Base):
    """A course, whose identity is the caller's courseId."""

    __tablename__ = "courses"
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    course_id: Mapped[str]
    title: Mapped[str]
    slug: Mapped[str] = mapped_column(unique=True)
    """The DNS label of its play origin; never reused."""
    created_ms: Mapped[int]
    updated_ms: Mapped[int]
    deleted_ms: Mapped[int | None]
    policy_name: Mapped[str] = mapped_column(default="Standard")
    open_in: Mapped[str] = mapped_column(default="frame")
    """`frame` or `window`."""
    sample: Mapped[bool] = mapped_column(default=False)
    versions: Mapped[list[CourseVersion]] = relationship(back_populates="course", order_by="CourseVersion.number")
    # one living course for each courseId; deleted ones leave tombstones
    __table_args__ = (
        Index(
            "courses_living_id",
            "course_id",
            unique=True,
            postgresql_where=text("deleted_ms IS NULL"),
            sqlite_where=text("deleted_ms IS NULL"),
        ),
    )


class CourseVersion(Base):
    """One imported package. `structure` is `domain.packages.model.Package.to_json()`."""

    __tablename__ = "course_versions"
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    """Also the folder of its files in the package store, and part of the content's address."""
    course_key: Mapped[str] = mapped_column(ForeignKey("courses.key"), index=True)
    number: Mapped[int]
    """1, 2, 3 ..."""
    kind: Mapped[str]
    tool: Mapped[str | None]
    tool_version: Mapped[str | None]
    structure: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]]
    file_count: Mapped[int]
    size_bytes: Mapped[int]
    content_hash: Mapped[str]
    created_ms: Mapped[int]
    course: Mapped[Course] = relationship(back_populates="versions")
    __table_args__ = (UniqueConstraint("course_key", "number"),)


class Learner(Base):
    __tablename__ = "learners"
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    learner_id: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    sample: Mapped[bool] = mapped_column(default=False)
    operator: Mapped[bool] = mapped_column(default=False)
    """The administrator playing for himself: every registration is a test run."""
    created_ms: Mapped[int]
    order_counter: Mapped[int] = mapped_column(default=0)
    """The last order number handed out to this learner: launches and leases (design 3.7)."""
    facts_version: Mapped[int] = mapped_column(default=0)
    """Raised in every transaction that changes what credit is computed from; caches carry it."""


class Registration(Base):
    __tablename__ = "registrations"
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    registration_id: Mapped[str]
    course_key: Mapped[str] = mapped_column(ForeignKey("courses.key"), index=True)
    version_key: Mapped[str] = mapped_column(ForeignKey("course_versions.key"))
    learner_key: Mapped[str] = mapped_column(ForeignKey("learners.key"), index=True)
    instance: Mapped[int] = mapped_column(default=1)
    """The current instance; a reset of progress begins the next one, and sessions of earlier ones no longer count."""
    launch_count: Mapped[int] = mapped_column(default=0)
    test_run: Mapped[bool] = mapped_column(default=False)
    sample: Mapped[bool] = mapped_column(default=False)
    options: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What the REST caller gave along and reads back (postback, tags ...)."""
    created_ms: Mapped[int]
    updated_ms: Mapped[int]
    deleted_ms: Mapped[int | None]
    """A tombstone: its rows stay until erased, its late records are answered `gone`."""
    course: Mapped[Course] = relationship()
    version: Mapped[CourseVersion] = relationship()
    learner: Mapped[Learner] = relationship()
    __table_args__ = (
        Index(
            "registrations_living_id",
            "registration_id",
            unique=True,
            postgresql_where=text("deleted_ms IS NULL"),
            sqlite_where=text("deleted_ms IS NULL"),
        ),
    )


class Launch(Base):
    """One launch: made by the player's POST, never by fetching a link."""

    __tablename__ = "launches"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    order_number: Mapped[int]
    instance: Mapped[int]
    mode: Mapped[str]
    launched_ms: Mapped[int]
    user_agent: Mapped[str] = mapped_column(default="")
    redirect_url: Mapped[str] = mapped_column(default="")
    settled: Mapped[bool] = mapped_column(default=False)
    """A delivery visit with this launch's token found nothing left to deliver (design 3.3)."""
    host: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Made for a player page of another LMS (docs/host-players.md)."""
    __table_args__ = (
        Index("launches_host", "registration_key", postgresql_where=text("host"), sqlite_where=text("host")),
    )


class Attempt(Base):
    __tablename__ = "attempts"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    instance: Mapped[int]
    activity_id: Mapped[str]
    number: Mapped[int]
    """1, 2, 3 ... within instance and activity."""
    created_ms: Mapped[int]
    lease_number: Mapped[int] = mapped_column(default=0)
    lease_session: Mapped[str | None]
    __table_args__ = (UniqueConstraint("registration_key", "instance", "activity_id", "number"),)


class SessionRow(Base):
    """One session: two registers and where they belong. Nothing derived is kept here."""

    __tablename__ = "sessions"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    learner_key: Mapped[str] = mapped_column(index=True)
    course_key: Mapped[str]
    attempt_key: Mapped[str]
    instance: Mapped[int]
    activity_id: Mapped[str]
    start_key: Mapped[str | None]
    """The start of its xAPI or cmi5 content (`activity_starts`); null where there is none, or an older browser did not say."""
    launch_number: Mapped[int]
    standard: Mapped[str]
    mode: Mapped[str]
    launched_ms: Mapped[int]
    """When its launch was made: the earliest server time at which it can have begun."""
    first_ms: Mapped[int]
    """When the server first stored anything of it."""
    delivered_ms: Mapped[int]
    """When its newest time register was stored: the latest server time at which its measured time can have passed."""
    clock_stepped: Mapped[bool] = mapped_column(default=False)
    """The server's clock was seen to go back while the session ran: its bounds say nothing then (design, section 7)."""
    order_number: Mapped[int]
    """The newest order number that it holds (its lease's, else its launch's)."""
    leases: Mapped[list[Any]] = mapped_column(default=list)
    """`[[granted_ms, number], ...]` in order."""
    deliveries: Mapped[int] = mapped_column(default=0)

    time_seq: Mapped[int] = mapped_column(default=0)
    time_order: Mapped[int] = mapped_column(default=0)
    time_incomplete: Mapped[bool] = mapped_column(default=False)
    """Rows were lost and the whole session has not come since: every answer asks for it (`need_all`)."""
    opened_ms: Mapped[int | None]
    measured_ms: Mapped[int] = mapped_column(default=0)
    open_ms: Mapped[int] = mapped_column(default=0)
    spans: Mapped[list[Any]] = mapped_column(default=list)
    acts: Mapped[list[Any]] = mapped_column(default=list)
    words: Mapped[list[Any]] = mapped_column(default=list)
    status: Mapped[dict[str, Any]] = mapped_column(default=dict)
    exit: Mapped[str | None]
    terminated: Mapped[bool] = mapped_column(default=False)
    ended: Mapped[str | None]
    closed_ms: Mapped[int | None]
    """When the server closed it because nothing more came; null again as soon as something does."""

    state_seq: Mapped[int] = mapped_column(default=0)
    state_order: Mapped[int] = mapped_column(default=0)
    state_incomplete: Mapped[bool] = mapped_column(default=False)
    elements: Mapped[dict[str, Any]] = mapped_column(RawJson, default=dict)
    findings: Mapped[list[Any]] = mapped_column(default=list)
    __table_args__ = (
        Index("sessions_attempt", "registration_key", "attempt_key"),
        Index(
            "sessions_open",
            "first_ms",
            postgresql_where=text("ended IS NULL AND closed_ms IS NULL"),
            sqlite_where=text("ended IS NULL AND closed_ms IS NULL"),
        ),
    )


class StatePiece(Base):
    """A slice of a state register that is not whole yet."""

    __tablename__ = "state_pieces"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    session_id: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    count: Mapped[int]
    text: Mapped[str]


class Correction(Base):
    """Counted time changed by a person: a new row with an author and a reason, never an edit (design 3.9)."""

    __tablename__ = "corrections"
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), index=True)
    session_id: Mapped[str]
    delta_ms: Mapped[int] = mapped_column(default=0)
    """Added to the session's counted time; 0 where a finding is only marked as looked at."""
    author: Mapped[str]
    reason: Mapped[str]
    created_ms: Mapped[int]


class PolicyRow(Base):
    """One version of a time policy. Versions are never edited."""

    __tablename__ = "policies"
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    spec: Mapped[dict[str, Any]]
    """`domain.policy.Policy.to_json()`"""
    author: Mapped[str]
    created_ms: Mapped[int]


class User(Base):
    """An administrator who signs in."""

    __tablename__ = "users"
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    name: Mapped[str] = mapped_column(unique=True)
    created_ms: Mapped[int]


class SignInLink(Base):
    """A one-time sign-in link; only its hash is kept."""

    __tablename__ = "sign_in_links"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    user_key: Mapped[str] = mapped_column(ForeignKey("users.key"))
    expires_ms: Mapped[int]
    used_ms: Mapped[int | None]


class ApiKey(Base):
    """A key of the REST API; only the hash of its secret is kept."""

    __tablename__ = "api_keys"
    key_id: Mapped[str] = mapped_column(primary_key=True)
    secret_hash: Mapped[str]
    scopes: Mapped[list[Any]]
    """`read`, `write`, `xapi`, `admin`"""
    created_ms: Mapped[int]
    revoked_ms: Mapped[int | None]


class ImportJob(Base):
    """An import of a package; a thread runs it and it is resumed after a restart."""

    __tablename__ = "import_jobs"
    key: Mapped[str] = mapped_column(primary_key=True, default=new_key)
    course_id: Mapped[str]
    file_name: Mapped[str]
    source_path: Mapped[str | None]
    source_url: Mapped[str | None]
    may_create_new_version: Mapped[bool] = mapped_column(default=True)
    status: Mapped[str] = mapped_column(default="RUNNING")
    """`RUNNING`, `COMPLETE`, `ERROR` (SCORM Cloud's words)."""
    message: Mapped[str] = mapped_column(default="")
    warnings: Mapped[list[Any]] = mapped_column(default=list)
    done_bytes: Mapped[int] = mapped_column(default=0)
    total_bytes: Mapped[int] = mapped_column(default=0)
    course_key: Mapped[str | None]
    created_ms: Mapped[int]
    finished_ms: Mapped[int | None]


class Statement(Base):
    """An xAPI statement as it arrived, raw."""

    __tablename__ = "statements"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    statement_id: Mapped[str] = mapped_column(primary_key=True)
    raw: Mapped[str]
    stored_ms: Mapped[int]
    __table_args__ = (Index("statements_stored", "registration_key", "stored_ms", "statement_id"),)


class XapiDocument(Base):
    """An xAPI state, activity profile or agent profile document, raw."""

    __tablename__ = "xapi_documents"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    """`state|activityId|stateId`, `activity-profile|...`, `agent-profile|...`"""
    content_type: Mapped[str]
    body: Mapped[str]
    """base64"""
    updated_ms: Mapped[int]


class Cmi5Fetch(Base):
    """A cmi5 fetch address: good for one token (cmi5 8.2)."""

    __tablename__ = "cmi5_fetches"
    fetch_hash: Mapped[str] = mapped_column(primary_key=True)
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"))
    launch_number: Mapped[int]
    activity_id: Mapped[str]
    start_key: Mapped[str | None]
    """Null: made before starts were kept."""
    used_ms: Mapped[int | None]
