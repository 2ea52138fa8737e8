"""Where a delivered record belongs: its launch and its attempt, which is made where it is not there yet and locked.

Guarantees: a session stays in the attempt in which it was first seen; late records go to the attempt and the instance of
their own launch, not to the current ones (design 3.8); two deliveries at once make one attempt. The caller commits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import select

from seattime.domain.records import SessionRecord
from seattime.storage.inserts import DbSession, insert_into
from seattime.storage.models import Attempt, Launch, Registration, SessionRow, new_key


@dataclass(frozen=True)
class Origin:
    """The launch under which a record arrives, as its token says."""

    registration_key: str
    launch_number: int
    order_number: int
    launched_ms: int
    instance: int


def own_launch(session: DbSession, origin: Origin, incoming: SessionRecord) -> Origin:
    """The launch that the session belongs to: a later launch's token may vouch for it, and must not move it behind that launch.

    The order number that its registers carry tells: a launch's own, or that of a lease granted after it. After a restore
    numbers are handed out again, and a launch that was made later than the token's is not the session's.
    """
    order = max([register.order for register in (incoming.time, incoming.state) if register is not None], default=0)
    launch = session.scalar(
        select(Launch)
        .where(
            Launch.registration_key == origin.registration_key,
            Launch.order_number <= order,
            Launch.launched_ms <= origin.launched_ms,
        )
        .order_by(Launch.order_number.desc())
        .limit(1)
    )
    if launch is None or launch.order_number >= origin.order_number:
        return origin
    return Origin(
        registration_key=origin.registration_key,
        launch_number=launch.number,
        order_number=launch.order_number,
        launched_ms=launch.launched_ms,
        instance=launch.instance,
    )


def locked_attempt(
    session: DbSession, registration: Registration, origin: Origin, incoming: SessionRecord, read_now_ms: Callable[[], int]
) -> Attempt:
    """The attempt that the record belongs to, locked. Made where it is not there yet."""
    known = session.execute(
        select(SessionRow.attempt_key).where(SessionRow.registration_key == registration.key, SessionRow.session_id == incoming.session)
    ).scalar_one_or_none()
    if known is not None:
        return _lock(session, registration.key, known)
    if incoming.attempt and not incoming.new_attempt:
        found = session.get(Attempt, (registration.key, incoming.attempt))
        if found is not None and found.activity_id == incoming.activity:
            return _lock(session, registration.key, found.key)
        if found is None:
            # a restore lost it: the key that the browser holds is made again
            number = _last_number(session, registration.key, origin.instance, incoming.activity) + 1
            return _make_attempt(session, registration.key, origin.instance, incoming.activity, number, read_now_ms(), incoming.attempt)
    last = _last_number(session, registration.key, origin.instance, incoming.activity)
    if not incoming.attempt:
        # the browser began when there was no attempt: it means the first, or the one after that, however late it comes
        number = 2 if incoming.new_attempt else 1
    elif incoming.new_attempt:
        before = session.get(Attempt, (registration.key, incoming.attempt))
        number = (before.number if before is not None else last) + 1
    else:
        number = max(last, 1)
    return _make_attempt(session, registration.key, origin.instance, incoming.activity, number, read_now_ms())


def _lock(session: DbSession, registration_key: str, key: str) -> Attempt:
    # FOR NO KEY UPDATE: plain FOR UPDATE deadlocks with the key check of rows inserted just before (design, section 5)
    return session.execute(
        select(Attempt)
        .where(Attempt.registration_key == registration_key, Attempt.key == key)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).scalar_one()


def _last_number(session: DbSession, registration_key: str, instance: int, activity_id: str) -> int:
    return (
        session.execute(
            select(Attempt.number)
            .where(
                Attempt.registration_key == registration_key,
                Attempt.instance == instance,
                Attempt.activity_id == activity_id,
            )
            .order_by(Attempt.number.desc())
            .limit(1)
        ).scalar_one_or_none()
        or 0
    )


def _make_attempt(
    session: DbSession,
    registration_key: str,
    instance: int,
    activity_id: str,
    number: int,
    now_ms: int,
    key: str | None = None,
) -> Attempt:
    """Inserts the attempt unless another transaction just did, and locks it."""
    session.execute(
        insert_into(session, Attempt)
        .values(
            registration_key=registration_key,
            key=key or new_key(),
            instance=instance,
            activity_id=activity_id,
            number=number,
            created_ms=now_ms,
            lease_number=0,
        )
        .on_conflict_do_nothing()
    )
    found = session.execute(
        select(Attempt.key).where(
            Attempt.registration_key == registration_key,
            Attempt.instance == instance,
            Attempt.activity_id == activity_id,
            Attempt.number == number,
        )
    ).scalar_one()
    return _lock(session, registration_key, found)
