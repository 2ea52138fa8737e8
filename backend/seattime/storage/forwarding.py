"""Rows of forwarding, and the lock by which one node of several forwards. The caller owns the transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Engine, delete, func, select, text, tuple_, update
from sqlalchemy.exc import SQLAlchemyError

from seattime.storage.forwarding_models import Forwarding, ForwardingRefused
from seattime.storage.inserts import DbSession, insert_into

LOCK: Final = 1_397_049_167
"""An advisory lock. Any number that nobody else uses."""


@contextmanager
def only_node(engine: Engine) -> Iterator[bool]:
    """Whether this node is the one that forwards, for as long as the block runs. It ends with its connection, so also by SIGKILL.

    On a connection of its own, in a transaction that holds nothing else. SQLite has one host, whose file lock is enough.
    """
    if engine.dialect.name != "postgresql":
        yield True
        return
    with engine.connect() as connection:
        alone = bool(connection.execute(text(f"SELECT pg_try_advisory_xact_lock({LOCK})")).scalar_one())
        try:
            yield alone
        finally:
            # a connection that broke meanwhile has lost the lock, and nothing else
            with suppress(SQLAlchemyError):
                connection.rollback()


def find(session: DbSession, target: str) -> Forwarding | None:
    """How far it has come; None where it has not begun."""
    return session.get(Forwarding, target, populate_existing=True)


def begin(session: DbSession, target: str) -> None:
    """At the very beginning."""
    session.execute(
        insert_into(session, Forwarding)
        .values(target=target, stored_ms=-1, seq=-1, sent=0, failures=0, next_try_ms=0, last_error="")
        .on_conflict_do_nothing()
    )


def advance(session: DbSession, target: str, place: tuple[int, int], sent: int, now_ms: int) -> None:
    """Everything up to this place is dealt with. A place that is behind is passed over: who is slower changes nothing."""
    values = {"stored_ms": place[0], "seq": place[1], "sent": Forwarding.sent + sent, "failures": 0, "failing_since_ms": None}
    if sent:
        values["last_sent_ms"] = now_ms
    behind = tuple_(Forwarding.stored_ms, Forwarding.seq) < tuple_(*place)
    session.execute(
        update(Forwarding).where(Forwarding.target == target, behind).values(values).execution_options(synchronize_session=False)
    )


def fail(session: DbSession, target: str, error: str, now_ms: int, next_try_ms: int) -> None:
    session.execute(
        update(Forwarding)
        .where(Forwarding.target == target)
        .values(
            failures=Forwarding.failures + 1,
            failing_since_ms=func.coalesce(Forwarding.failing_since_ms, now_ms),
            next_try_ms=next_try_ms,
            last_error=error,
        )
        .execution_options(synchronize_session=False)
    )


def set_aside(session: DbSession, target: str, statement_id: str, reason: str, now_ms: int) -> None:
    values = {"reason": reason, "refused_ms": now_ms, "again": False}
    session.execute(
        insert_into(session, ForwardingRefused)
        .values(target=target, statement_id=statement_id, **values)
        .on_conflict_do_update(index_elements=["target", "statement_id"], set_=values)
    )


def taken_after_all(session: DbSession, target: str, statement_id: str, now_ms: int) -> None:
    """A statement that was set aside is there now."""
    session.execute(
        delete(ForwardingRefused).where(ForwardingRefused.target == target, ForwardingRefused.statement_id == statement_id)
    )
    session.execute(
        update(Forwarding)
        .where(Forwarding.target == target)
        .values(sent=Forwarding.sent + 1, last_sent_ms=now_ms)
        .execution_options(synchronize_session=False)
    )


def refused(session: DbSession, target: str, limit: int) -> list[ForwardingRefused]:
    """The newest first."""
    wanted = select(ForwardingRefused).where(ForwardingRefused.target == target)
    return list(session.scalars(wanted.order_by(ForwardingRefused.refused_ms.desc(), ForwardingRefused.statement_id).limit(limit)))


def count_refused(session: DbSession, target: str) -> int:
    return session.execute(select(func.count()).where(ForwardingRefused.target == target)).scalar_one()


def to_try_again(session: DbSession, target: str, limit: int) -> list[str]:
    """Ids of those that somebody wants tried once more."""
    wanted = select(ForwardingRefused.statement_id).where(ForwardingRefused.target == target, ForwardingRefused.again.is_(True))
    return list(session.scalars(wanted.order_by(ForwardingRefused.refused_ms, ForwardingRefused.statement_id).limit(limit)))


def try_again(session: DbSession, target: str, ids: Iterable[str] | None = None) -> None:
    """All of them without `ids`. The next run begins at once, however long the last failures make it wait."""
    wanted = update(ForwardingRefused).where(ForwardingRefused.target == target).values(again=True)
    if ids is not None:
        wanted = wanted.where(ForwardingRefused.statement_id.in_(list(ids)))
    session.execute(wanted.execution_options(synchronize_session=False))
    session.execute(update(Forwarding).where(Forwarding.target == target).values(next_try_ms=0))
