"""What a person says about a session's counted time: a correction, or that it was looked at. Must not import web.

Guarantees: always a new row with an author and a reason, never an edit (design 3.9); the learner's facts version is
raised in the same transaction, so no cached figure outlives it.
"""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import select, update

from seattime.errors import BadInput, NotFound
from seattime.services.identifiers import checked_text
from seattime.services.parts import parts
from seattime.storage.models import Correction, Learner, Registration, SessionRow, db

LONGEST_DELTA_MS: Final = 7 * 24 * 3_600_000
_UNITS_MS: Final = {"h": 3_600_000, "min": 60_000, "m": 60_000, "s": 1_000}
_CLOCK: Final = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):([0-5]?\d)")
_PARTS: Final = re.compile(r"(?:\d{1,5} ?(?:h|min|m|s) ?)+")
_PART: Final = re.compile(r"(\d{1,5}) ?(h|min|m|s)")


def correct(registration_key: str, session_id: str, *, delta_ms: int, author: str, reason: str) -> None:
    """Adds `delta_ms` (signed) to what the session counts. Commits. Raises NotFound, BadInput."""
    if delta_ms == 0:
        raise BadInput("A correction of no time changes nothing.", field="delta")
    if abs(delta_ms) > LONGEST_DELTA_MS:
        raise BadInput("A correction of one session is at most seven days.", field="delta")
    _add(registration_key, session_id, delta_ms, author, reason)


def mark_as_looked_at(registration_key: str, session_id: str, *, author: str, reason: str) -> None:
    """The session's findings are known to somebody, and its time stays as it is. Commits. Raises NotFound, BadInput."""
    _add(registration_key, session_id, 0, author, reason)


def corrections_of(registration_key: str) -> dict[str, list[Correction]]:
    """By session, oldest first."""
    rows = db.session.scalars(
        select(Correction)
        .where(Correction.registration_key == registration_key)
        .order_by(Correction.created_ms, Correction.key)
    )
    found: dict[str, list[Correction]] = {}
    for row in rows:
        found.setdefault(row.session_id, []).append(row)
    return found


def read_signed_time(text: str) -> int:
    """ms of `-2:30`, `+5 min`, `1 h 04 min`, `90 s`, `-0:00:30`. Raises BadInput."""
    cleaned = text.strip().replace("\u2212", "-").replace("\u202f", " ").replace("\u00a0", " ").lower()
    sign = -1 if cleaned.startswith("-") else 1
    cleaned = cleaned.lstrip("+-").strip()
    if match := _CLOCK.fullmatch(cleaned):
        hours, minutes, seconds = (int(part or 0) for part in match.groups())
        return sign * ((hours * 60 + minutes) * 60 + seconds) * 1000
    if _PARTS.fullmatch(cleaned):
        return sign * sum(int(number) * _UNITS_MS[unit] for number, unit in _PART.findall(cleaned))
    raise BadInput(
        f"{text!r} is not a time. Write it like -2:30 (minutes:seconds), +5 min or 1 h 04 min.", field="delta"
    )


def _add(registration_key: str, session_id: str, delta_ms: int, author: str, reason: str) -> None:
    if not reason.strip():
        raise BadInput("A reason is needed: whoever reads this later will ask for it.", field="reason")
    learner_key = db.session.scalar(
        select(SessionRow.learner_key)
        .join(Registration, Registration.key == SessionRow.registration_key)
        .where(
            SessionRow.registration_key == registration_key,
            SessionRow.session_id == session_id,
            Registration.deleted_ms.is_(None),
        )
    )
    if learner_key is None:
        raise NotFound("There is no such session.")
    db.session.add(
        Correction(
            registration_key=registration_key,
            session_id=session_id,
            delta_ms=delta_ms,
            author=author,
            reason=checked_text(" ".join(reason.split()), "reason"),
            created_ms=parts().clock.now_ms(),
        )
    )
    db.session.execute(
        update(Learner).where(Learner.key == learner_key).values(facts_version=Learner.facts_version + 1)
    )
    db.session.commit()
