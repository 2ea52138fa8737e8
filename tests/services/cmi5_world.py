"""A cmi5 course, somebody who takes it, and its AUs as they speak."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Item, Organization, Package
from seattime.domain.xapi import texts
from seattime.domain.xapi.versions import Version
from seattime.services import cmi5_documents, cmi5_sessions, launch_documents, launch_statements, launching, xapi_launches
from seattime.services.cmi5_documents import Wish
from seattime.services.launching import Admission
from seattime.services.parts import parts
from seattime.services.xapi_launches import Credential
from seattime.storage import lrs_documents
from seattime.storage.models import Registration, db
from tests import builders

COURSE, BLOCK, FREE = "https://publisher.example/course", "https://publisher.example/block", "https://publisher.example/free"
A, B, C, D = (f"https://publisher.example/au/{name}" for name in "abcd")
RESULTS: dict[str, dict[str, Any]] = {
    Verb.COMPLETED: {"completion": True, "duration": "PT1M"},
    Verb.PASSED: {"success": True, "duration": "PT1M"},
    Verb.FAILED: {"success": False, "duration": "PT1M"},
    Verb.TERMINATED: {"duration": "PT2M"},
}


def _au(identifier: str, move_on: str, **more: Any) -> Item:
    return Item(
        identifier,
        f"Unit {identifier[-1]}",
        href="index.html?own=1",
        scorm_type=ActivityType.AU,
        activity_id=identifier,
        move_on=move_on,
        **more,
    )


def package() -> Package:
    """A block of two AUs that ask for something, one AU that asks for nothing, and a block of another such."""
    items = (
        Item(BLOCK, "Block", children=(_au(A, "Completed", launch_parameters="pages=3"), _au(B, "Passed", mastery_score=0.8))),
        _au(C, "NotApplicable", entitlement_key="key"),
        Item(FREE, "Free", children=(_au(D, "NotApplicable"),)),
    )
    return Package(PackageKind.CMI5, "Night sky", COURSE, (Organization(COURSE, "Night sky", items),), COURSE, activity_id=COURSE)


def register(learner_id: str = "ana") -> Registration:
    course = builders.course(f"night-sky-{learner_id}")
    course.versions[-1].kind, course.versions[-1].structure = PackageKind.CMI5.value, package().to_json()
    return builders.registration(course, builders.learner(learner_id))


@dataclass
class Au:
    """An AU that was launched and has its token. `launch_data`: as it read it."""

    session_id: str
    parameters: dict[str, str]
    credential: Credential
    launch_data: dict[str, Any]

    def statement(self, verb: str, *, defined: bool = True, **changes: Any) -> dict[str, Any]:
        """Right as it stands."""
        context = json.loads(json.dumps(self.launch_data["contextTemplate"]))
        result = RESULTS.get(verb) if defined else None
        if defined:
            moves_on = result is not None and {"success", "completion"} & result.keys()
            context["contextActivities"]["category"] = [{"id": each} for each in (words.CMI5, *([words.MOVE_ON] if moves_on else []))]
        return {
            "id": str(uuid.uuid4()),
            "actor": json.loads(self.parameters["actor"]),
            "verb": {"id": str(verb)},
            "object": {"id": self.parameters["activityId"]},
            "context": context,
            "timestamp": texts.write_time(parts().clock.now_ms()),
            **({"result": result} if result else {}),
            **changes,
        }

    def send(self, *statements: dict[str, Any]) -> None:
        launch_statements.take(launch_statements.read(self.credential, json.dumps(list(statements)).encode(), Version.V1))

    def say(self, *verbs: str) -> None:
        """cmi5 defined statements, in one request each."""
        for verb in verbs:
            self.send(self.statement(verb))

    def read_preferences(self) -> None:
        cmi5_documents.admit(self.credential, Wish("agent", True, words.PREFERENCES, self.parameters["actor"]))


def open_activity(of: Registration, activity: str, mode: str = "normal") -> tuple[str, dict[str, str]]:
    """What the player does; the start's key, and the launch parameters in the AU's address."""
    answer = launching.start_launch(Admission(of.key, "", mode), slug=None, activity_id=activity, user_agent="")
    start = answer["activities"][activity]
    return start["start"], {name: values[0] for name, values in parse_qs(urlsplit(start["src"]).query).items()}


def launch(of: Registration, activity: str = A, mode: str = "normal", *, initialized: bool = True) -> Au:
    """An AU that has begun."""
    session_id, parameters = open_activity(of, activity, mode)
    token = cmi5_sessions.fetch_token(parameters["fetch"].rpartition("/")[2])
    credential = xapi_launches.read_credential(f"Basic {token}")
    registration = db.session.get_one(Registration, of.key)
    name = launch_documents.state_name(registration, registration.instance, parameters["activityId"], words.LAUNCH_DATA)
    document = lrs_documents.read_document(db.session, name)
    assert document is not None
    au = Au(session_id, parameters, credential, json.loads(document.body))
    db.session.rollback()
    if initialized:
        au.read_preferences()
        au.say(Verb.INITIALIZED)
    return au


def told(of: Registration) -> list[tuple[str, str]]:
    """Verb and object of all statements of a registration, in their order; the object as the course structure calls it."""
    return [(each["verb"]["id"].rpartition("/")[2], _subject(each)) for each in statements_of(of)]


def statements_of(of: Registration) -> list[dict[str, Any]]:
    found = launch_statements.statements_of(of.key)
    db.session.rollback()
    return found


def _subject(statement: dict[str, Any]) -> str:
    grouping = statement.get("context", {}).get("contextActivities", {}).get("grouping", [{"id": ""}])
    return str(grouping[0]["id"])
