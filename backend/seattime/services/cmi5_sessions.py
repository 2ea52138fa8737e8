"""The sessions of cmi5's AUs: launched, terminated by the AU, abandoned by us (cmi5 9.3.1, 9.3.6, 9.3.8, 10).

Guarantees: before an AU can speak its launch is recorded and its LMS.LaunchData is there; a registration has one session that goes on,
the newest; a session ends once. The learner's time is the player's (design 3.5): nothing here adds to it or takes from it, and what it
delivers after a session was abandoned still counts. Must not import web.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass

from sqlalchemy import select

from seattime.domain.cmi5 import launch_data, statements, words
from seattime.domain.cmi5.rules import Session
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import Item
from seattime.errors import NotFound
from seattime.services import activity_start, cmi5_recording, cmi5_satisfaction, launch_documents, lrs, registrations, xapi_launches
from seattime.services.cmi5_recording import Taking
from seattime.services.identifiers import is_storable
from seattime.services.parts import parts
from seattime.services.xapi_launches import FetchUsed, Launched
from seattime.storage import cmi5, lrs_documents
from seattime.storage.cmi5_models import Cmi5Session
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import Registration, db

log = logging.getLogger(__name__)

AT_ONCE = 200
RETURN_PATH = "/player/return"
"""The page on a play origin that an AU goes to by its own "Exit" (10.2.6)."""
LEFT_MS = 10 * 60 * 1000
"""How long after its player was left a session may still be spoken in: browsers keep a page that was left for some minutes, to come
back to, and what an AU says at the very end may come after the player's last word."""
SILENT_MS = 24 * 3600 * 1000
"""How long a session may be silent altogether: a laptop that was shut overnight goes on where it was. A new launch ends it at once."""


@dataclass(frozen=True, slots=True)
class SessionReport:
    """A session, for people. `activity_id`: of the AU in the course structure."""

    session_id: str
    activity_id: str
    launched_ms: int
    terminated_ms: int | None
    abandoned_ms: int | None
    refused: int
    refusal: str | None
    refused_ms: int | None


def launch(registration: Registration, start_key: str | None) -> None:
    """The player is about to open an activity, whose start is committed: where it is an AU, its launch is recorded. Commits.

    A transaction of its own: a launch holds the learner's row, which whoever stores statements takes last.
    """
    if start_key is None or registration.version.kind != PackageKind.CMI5:
        return
    key = registration.key
    db.session.rollback()

    def work() -> None:
        cmi5.lock_registration(db.session, key)
        found = db.session.get(Registration, key)
        if found is not None:
            _record_launch(found, start_key)

    lrs.in_one_transaction(work)


def _record_launch(registration: Registration, start_key: str) -> None:
    """Once for a start, whoever asks first. What the LMS says before (abandoned, satisfied) stands before it. The caller has the lock."""
    start = cmi5.find_start(db.session, start_key)
    if start is None or cmi5.find_session(db.session, start_key) is not None:
        return
    taking = Taking.of(registration, start)
    item = taking.item(start.activity_id)
    if item is None:
        return
    for other in cmi5.sessions_going_on(db.session, registration.key):
        _abandon(registration, other)
    cmi5_satisfaction.evaluate(taking)
    about = taking.about_au(item, start.key)
    template = launch_data.context_template(start.key, about.registration_id, about.publisher_id)
    return_url = parts().settings.play_origin_of(registration.course.slug) + RETURN_PATH
    data = launch_data.launch_data(item, template, start.mode, return_url)
    lrs_documents.write_document(
        db.session,
        launch_documents.state_name(registration, start.instance, about.made_id, words.LAUNCH_DATA),
        "application/json",
        json.dumps(data, ensure_ascii=False).encode(),
        parts().clock.now_ms(),
    )
    now = parts().clock.now_ms()
    cmi5_recording.record(taking, about, statements.launched(about, data, _launch_url(taking, item), now), start.key)
    cmi5.insert_session(db.session, start.key, registration.key, now)


def _launch_url(taking: Taking, item: Item) -> str:
    """9.6.3.4: without the launch parameters."""
    address = activity_start.content_address(taking.version, taking.package, item)
    return address if item.is_external else parts().settings.play_origin_of(taking.registration.course.slug) + address


def fetch_token(fetch: str) -> str:
    """The auth-token of a launch, once (8.2). Commits. Raises FetchUsed.

    A player that was offline opens a start that it had before: its launch is recorded here, before the AU can speak.
    """
    return lrs.in_one_transaction(lambda: _fetch_token(fetch))


def _fetch_token(fetch: str) -> str:
    row = xapi_launches.use_fetch(fetch)
    cmi5.lock_registration(db.session, row.registration_key)
    registration = db.session.get(Registration, row.registration_key)
    if registration is not None and row.start_key is not None:
        _record_launch(registration, row.start_key)
    session = cmi5.find_session(db.session, row.start_key) if row.start_key else None
    if session is not None and (session.abandoned_ms or session.terminated_ms):
        raise FetchUsed("The session of this launch has ended. Launch the activity again.")
    return xapi_launches.sign_credential(row.registration_key, row.launch_number, row.start_key)


def facts(launched: Launched, session: Cmi5Session, start: ActivityStart) -> Session | None:
    """What a statement of this session is held against: the version of the course that was launched.

    None where that has no such AU: a start from before versions were kept with it, of a registration that was moved since.
    """
    taking = Taking.of(launched.registration, start)
    item = taking.item(start.activity_id)
    if item is None:
        return None
    about = taking.about_au(item, start.key)
    of_au = [row for row in cmi5_recording.words_of(taking) if row.subject == item.identifier]
    return Session(
        actor=launched.agent,
        registration_id=about.registration_id,
        activity_id=about.made_id,
        context=launch_data.context_template(start.key, about.registration_id, about.publisher_id),
        mode=words.MODES[start.mode],
        mastery_score=item.mastery_score,
        preferences_read=session.preferences_ms is not None,
        said=frozenset(row.verb for row in of_au if row.session_id == start.key),
        said_before=frozenset(row.verb for row in of_au if row.session_id != start.key),
        terminated_ms=session.terminated_ms,
        terminated_at_ms=session.terminated_at_ms,
        abandoned_ms=session.abandoned_ms,
    )


def report(registration_id: str) -> list[SessionReport]:
    """The sessions of a registration's current instance, oldest first. Raises NotFound."""
    registration = registrations.find_registration(registration_id)
    return [
        SessionReport(
            session_id=session.start_key,
            activity_id=start.activity_id,
            launched_ms=session.launched_ms,
            terminated_ms=session.terminated_ms,
            abandoned_ms=session.abandoned_ms,
            refused=session.refused,
            refusal=session.refusal,
            refused_ms=session.refused_ms,
        )
        for session, start in cmi5.sessions_of(db.session, registration.key, registration.instance)
    ]


def abandon(session_id: str) -> None:
    """An operator's decision. Does nothing to a session that has ended. Commits. Raises NotFound."""
    session = cmi5.find_session(db.session, session_id) if is_storable(session_id) else None
    if session is None:
        raise NotFound(f"There is no cmi5 session {session_id}.")
    _abandon_alone(session.registration_key, session_id)


def abandon_lost() -> int:
    """Abandons sessions whose player was left, or of which nothing was heard for long. Returns how many; commits."""
    now = parts().clock.now_ms()
    lost = cmi5.lost_sessions(db.session, left_before_ms=now - LEFT_MS, silent_before_ms=now - SILENT_MS, limit=AT_ONCE)
    db.session.rollback()
    for registration_key, session_id in lost:
        _abandon_alone(registration_key, session_id)
    if lost:
        log.info("%d cmi5 sessions abandoned", len(lost), extra={"event": "cmi5_abandoned", "sessions": len(lost)})
    return len(lost)


def _abandon_alone(registration_key: str, session_id: str) -> None:
    def work() -> None:
        cmi5.lock_registration(db.session, registration_key)
        registration = db.session.scalar(select(Registration).where(Registration.key == registration_key))
        session = cmi5.find_session(db.session, session_id)
        if registration is not None and session is not None and session.terminated_ms is None and session.abandoned_ms is None:
            _abandon(registration, session)

    lrs.in_one_transaction(work)


def _abandon(registration: Registration, session: Cmi5Session) -> None:
    """9.3.6. Of a registration that was deleted, or an activity that is gone, only the row tells. The caller has the lock."""
    now = parts().clock.now_ms()
    session.abandoned_ms = now
    db.session.flush()
    start = cmi5.find_start(db.session, session.start_key)
    if start is None or registration.deleted_ms is not None:
        return
    taking = Taking.of(registration, start)
    item = taking.item(start.activity_id)
    if item is None:
        return
    about = taking.about_au(item, session.start_key)
    cmi5_recording.record(taking, about, statements.abandoned(about, _duration_ms(session), now), session.start_key)


def _duration_ms(session: Cmi5Session) -> int:
    """9.5.4.2: by the player's own clock, which is what is counted; where no player reported, from "launched" to the last statement."""
    measured = cmi5.measured_ms(db.session, session.registration_key, session.start_key)
    if measured is not None:
        return measured
    return max(0, (session.last_ms or session.launched_ms) - session.launched_ms)
