"""What the rules of cmi5 did not allow, for whoever asks on a registration's page why a course will not be complete.

Guarantees: one line for each session of the current instance of which something was refused, newest first; reads only. Must not import
web.
"""

from __future__ import annotations

from dataclasses import dataclass

from seattime.domain.xapi.plain import end_of
from seattime.services.cmi5_recording import Taking
from seattime.storage import cmi5
from seattime.storage.models import Registration, db


@dataclass(frozen=True, slots=True)
class Refusal:
    """The last one of a session. `launched_ms`: of that session; `at_ms`: None in rows from before that was kept."""

    session_id: str
    activity_title: str
    launched_ms: int
    at_ms: int | None
    verb: str
    """As cmi5 calls it ("completed"); empty where it could not be read."""
    why: str
    count: int
    """How often something of that session was refused."""


def of_registration(registration: Registration) -> list[Refusal]:
    found = []
    titles: dict[tuple[str | None, str], str] = {}
    for session, start in reversed(cmi5.sessions_of(db.session, registration.key, registration.instance)):
        if not session.refused:
            continue
        place = (start.version_key, start.activity_id)
        if place not in titles:
            item = Taking.of(registration, start).item(start.activity_id)
            titles[place] = item.title if item is not None and item.title else start.activity_id
        found.append(
            Refusal(
                session_id=session.start_key,
                activity_title=titles[place],
                launched_ms=session.launched_ms,
                at_ms=session.refused_ms,
                verb=end_of(session.refused_verb) if session.refused_verb else "",
                why=session.refusal or "",
                count=session.refused,
            )
        )
    return found
