"""The tables of cmi5: its sessions, and what cmi5 defined statements have said in a registration."""

from __future__ import annotations

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import Base

_GOES_ON = text("terminated_ms IS NULL AND abandoned_ms IS NULL")


class Cmi5Session(Base):
    """A session of an AU: a start that was launched. Moments are server time in ms, but `terminated_at_ms`."""

    __tablename__ = "cmi5_sessions"
    start_key: Mapped[str] = mapped_column(ForeignKey(ActivityStart.key), primary_key=True)
    """The session's id, too."""
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"))
    launched_ms: Mapped[int]
    preferences_ms: Mapped[int | None]
    """When the AU first asked for the learner's preferences (cmi5 11)."""
    last_ms: Mapped[int | None]
    """When its latest statement was stored."""
    terminated_ms: Mapped[int | None]
    terminated_at_ms: Mapped[int | None]
    """The timestamp of that statement."""
    abandoned_ms: Mapped[int | None]
    refused: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    """How often something that it sent was refused."""
    refusal: Mapped[str | None]
    """Why, the last time."""
    refused_verb: Mapped[str | None]
    """Of the statement that was refused the last time; null where xAPI itself does not allow it."""
    refused_ms: Mapped[int | None]
    """When; null in rows from before that was kept."""
    __table_args__ = (
        Index("cmi5_sessions_registration", "registration_key"),
        Index("cmi5_sessions_going_on", "launched_ms", postgresql_where=_GOES_ON, sqlite_where=_GOES_ON),
    )


class Cmi5Statement(Base):
    """What a cmi5 defined statement said, the AU's or the LMS's."""

    __tablename__ = "cmi5_statements"
    registration_key: Mapped[str] = mapped_column(ForeignKey("registrations.key"), primary_key=True)
    statement_id: Mapped[str] = mapped_column(primary_key=True)
    instance: Mapped[int]
    session_id: Mapped[str]
    subject: Mapped[str]
    """The id of the AU or block in the course structure; empty for the course."""
    verb: Mapped[str]
    said_ms: Mapped[int]
    """Server time at which it came."""
