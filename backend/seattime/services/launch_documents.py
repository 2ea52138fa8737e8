"""Whose documents launched content reads and writes (xAPI 1.0.3 Communication 2.3, 2.6, 2.7; cmi5 10 and 11).

Guarantees: whatever a request says of agent and registration, states are those of the launch's own learner and registration, and
agent profiles the learner's own, over all his courses (cmi5 11 wants that of preferences); activity profiles are shared by the
learners of one course and touch no other's. Documents from before the record store had them are there, too. Must not import web.
"""

from __future__ import annotations

from seattime.domain.cmi5.launch_data import made_id
from seattime.domain.packages.kinds import PackageKind
from seattime.services import xapi_launches
from seattime.services.parts import parts
from seattime.services.xapi_launches import Credential
from seattime.storage import lrs_documents, xapi
from seattime.storage.lrs_documents import Name, Scope
from seattime.storage.models import Registration, db

STATE, ACTIVITY, AGENT = "state", "activity", "agent"
_OLD_NAMES = {"state": STATE, "activity-profile": ACTIVITY, "agent-profile": AGENT}


def scope(credential: Credential, resource: str, activity_id: str) -> Scope:
    """Raises NotAllowed where the registration is gone."""
    launched = xapi_launches.launched(credential)
    return _scope(resource, activity_id, launched.agent, launched.registration.course_key)


def registration(credential: Credential, resource: str) -> str | None:
    """Under which registration a document stands; only states have one."""
    return xapi_launches.launched(credential).registration_id if resource == STATE else None


def state_name(registration: Registration, instance: int, activity_id: str, state_id: str) -> Name:
    """Of a state document that SeatTime itself writes."""
    agent = xapi_launches.agent_of(registration)
    wanted = _scope(STATE, activity_id, agent, registration.course_key)
    return Name(wanted, state_id, xapi_launches.registration_id(registration.key, instance))


def bring_over(registration: Registration) -> None:
    """Moves what was kept before the record store had documents, within the caller's transaction; what is there already stays."""
    old = xapi.documents_of(db.session, registration.key)
    for full_name, document in old.items():
        kind, activity_id, document_id = full_name.split("|", 2)
        resource = _OLD_NAMES[kind]
        if registration.version.kind == PackageKind.CMI5:
            # AUs were called as their publisher calls them
            activity_id = made_id(registration.course_key, "au", activity_id)
        wanted = _scope(resource, activity_id, xapi_launches.agent_of(registration), registration.course_key)
        of = xapi_launches.registration_id(registration.key, 1) if resource == STATE else ""
        name = Name(wanted, document_id, of)
        if lrs_documents.read_document(db.session, name) is None:
            lrs_documents.write_document(db.session, name, document.content_type, document.body, parts().clock.now_ms())
    if old:
        xapi.delete_documents(db.session, registration.key)


def _scope(resource: str, activity_id: str, agent: str, course_key: str) -> Scope:
    if resource == ACTIVITY:
        return Scope(resource, activity_id, f"course {course_key}")
    return Scope(resource, activity_id if resource == STATE else "", agent)
