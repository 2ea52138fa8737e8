"""Sessions of which nothing more came are closed with what is known of them; a late delivery opens them again and corrects them.

Guarantees: closing takes nothing away and adds nothing: the time that was delivered stands, raw values stay. Safe to run on
every worker and every node at once. Must not import web.
"""

from __future__ import annotations

from sqlalchemy import update

from seattime.services import metrics
from seattime.services.parts import parts
from seattime.storage.models import SessionRow, db


def close_silent_sessions() -> int:
    """Closes sessions that never said that they ended and were silent for SEATTIME_SILENT_AFTER_S. Returns how many; commits."""
    now = parts().clock.now_ms()
    closed = db.session.execute(
        update(SessionRow)
        .where(
            SessionRow.ended.is_(None),
            SessionRow.closed_ms.is_(None),
            SessionRow.delivered_ms < now - parts().settings.silent_after_s * 1000,
        )
        .values(closed_ms=now)
        .execution_options(synchronize_session=False)
    ).rowcount  # type: ignore[attr-defined]  # an UPDATE's result has one
    db.session.commit()
    if closed:
        metrics.closed_silent(closed)
    return int(closed)
