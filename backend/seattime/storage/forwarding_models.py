"""The tables of forwarding (services/forwarding.py): how far another record store has what ours has, and what it does not take."""

from __future__ import annotations

from sqlalchemy import false
from sqlalchemy.orm import Mapped, mapped_column

from seattime.storage.models import Base


class Forwarding(Base):
    """How far forwarding to one target has come. Every statement up to the place is there, or set aside with its reason."""

    __tablename__ = "forwarding"
    target: Mapped[str] = mapped_column(primary_key=True)
    """Its endpoint."""
    stored_ms: Mapped[int] = mapped_column(default=-1)
    seq: Mapped[int] = mapped_column(default=-1)
    sent: Mapped[int] = mapped_column(default=0)
    """Statements that it took."""
    failures: Mapped[int] = mapped_column(default=0)
    """Tries in succession that failed."""
    failing_since_ms: Mapped[int | None]
    next_try_ms: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str] = mapped_column(default="")
    last_sent_ms: Mapped[int | None]


class ForwardingRefused(Base):
    """A statement that the target does not take. The statement itself stays where it is."""

    __tablename__ = "forwarding_refused"
    target: Mapped[str] = mapped_column(primary_key=True)
    statement_id: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
    refused_ms: Mapped[int]
    again: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Somebody wants it tried once more."""
