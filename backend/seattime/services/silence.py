"""Sessions of which nothing more came are closed with what is known of them; a late delivery opens them again and corrects them.

Guarantees: closing takes nothing away and adds nothing: the time that was delivered stands, raw values stay. Safe to run on
every worker and every node at once. Must not import web.
"""

from __future__ import annotations

import logging

from sqlalchemy import select, tuple_, update

from seattime.services import metrics
from seattime.services.parts import parts
from seattime.storage.models import SessionRow, db

log = logging.getLogger(__name__)

AT_ONCE = 500


def close_silent_sessions() -> int:
    """Closes sessions that never said that they ended and were silent for SEATTIME_SILENT_AFTER_S. Returns how many; commits."""
    closed = 0
    while some := _close_some():
        closed += some
        if some < AT_ONCE:
            break
    if closed:
        metrics.closed_silent(closed)
        log.info("%d silent sessions closed", closed, extra={"event": "silent_closed", "sessions": closed})
    return closed


def _close_some() -> int:
    """In transactions of a bounded size, and without waiting for anybody: the first run after an upgrade may find very many."""
    now = parts().clock.now_ms()
    silent = db.session.execute(
        select(SessionRow.registration_key, SessionRow.session_id)
        .where(
            SessionRow.ended.is_(None),
            SessionRow.closed_ms.is_(None),
            SessionRow.delivered_ms < now - parts().settings.silent_after_s * 1000,
        )
        .order_by(SessionRow.first_ms)
        .limit(AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if silent:
        db.session.execute(
            update(SessionRow)
            .where(tuple_(SessionRow.registration_key, SessionRow.session_id).in_([tuple(row) for row in silent]))
            .values(closed_ms=now)
            .execution_options(synchronize_session=False)
        )
    db.session.commit()
    return len(silent)
