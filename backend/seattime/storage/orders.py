"""Order numbers: one growing series for each learner, for launches and leases alike (design 3.6, 3.7).

One series for the learner, and not one for each attempt, because 3.6 compares sessions of different courses.
"""

from __future__ import annotations

from sqlalchemy import update

from seattime.storage.inserts import DbSession
from seattime.storage.models import Learner


def next_order(session: DbSession, learner_key: str) -> int:
    """The next number; the learner's row stays locked until the caller commits."""
    return session.execute(
        update(Learner).where(Learner.key == learner_key).values(order_counter=Learner.order_counter + 1).returning(Learner.order_counter)
    ).scalar_one()
