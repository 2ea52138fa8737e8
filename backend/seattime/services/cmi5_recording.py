"""Recording what the LMS itself says of cmi5 courses: the statement goes into the record store, its word beside it, in one transaction.

Must not import web.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.launch_data import made_id
from seattime.domain.cmi5.statements import About
from seattime.domain.packages.model import Item, Package
from seattime.domain.xapi.completing import Sent
from seattime.domain.xapi.statements import VOIDED
from seattime.domain.xapi.versions import Version
from seattime.services import lrs_statements, xapi_launches
from seattime.services.lrs import Author
from seattime.services.parts import parts
from seattime.storage import cmi5
from seattime.storage.cmi5_models import Cmi5Statement
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import CourseVersion, Registration, db

OWN_NAME = "seattime"
COURSE = ""
"""The course as a subject: its id may be a block's, too."""


@dataclass(frozen=True)
class Taking:
    """One instance of a registration: somebody takes a version of a course."""

    registration: Registration
    instance: int
    version: CourseVersion

    @classmethod
    def now(cls, registration: Registration) -> Taking:
        """What the next launch plays."""
        return cls(registration, registration.instance, registration.version)

    @classmethod
    def of(cls, registration: Registration, start: ActivityStart) -> Taking:
        """What this start plays: the rules of its session are those of the version that was launched."""
        return cls(registration, start.instance, xapi_launches.version_of(registration, start))

    @property
    def judged(self) -> Taking:
        """By which version blocks and course are satisfied: the one that is taken now; in an instance that is over, its own."""
        return Taking.now(self.registration) if self.instance == self.registration.instance else self

    @cached_property
    def package(self) -> Package:
        return Package.from_json(self.version.structure)

    def item(self, identifier: str) -> Item | None:
        """An AU or block."""
        return next((item for item in self.package.organization.walk() if item.identifier == identifier), None)

    def about_au(self, item: Item, session_id: str) -> About:
        return self._about("au", item.identifier, item.title, item.activity_type, session_id)

    def about_block(self, identifier: str, session_id: str) -> About:
        item = self.item(identifier)
        return self._about("block", identifier, "" if item is None else item.title, words.BLOCK, session_id)

    def about_course(self, session_id: str) -> About:
        return self._about("course", self.package.identifier, self.package.title, words.COURSE, session_id)

    def _about(self, kind: str, publisher_id: str, title: str, activity_type: str | None, session_id: str) -> About:
        return About(
            actor=xapi_launches.actor(self.registration),
            registration_id=xapi_launches.registration_id(self.registration.key, self.instance),
            session_id=session_id,
            made_id=made_id(self.registration.course_key, kind, publisher_id),
            publisher_id=publisher_id,
            title=title,
            type=activity_type,
        )


def record(taking: Taking, about: About, statement: dict[str, Any], start_key: str | None = None) -> None:
    """Within the caller's transaction. `start_key`: of the session that it belongs to."""
    statement_id = _store(taking, statement, start_key)
    subject = COURSE if about.type == words.COURSE else about.publisher_id
    add_word(taking, statement_id, about.session_id, subject, statement["verb"]["id"])


def void(taking: Taking, statement_id: str, start_key: str) -> None:
    """6.3: what conflicts with the rules and could not be refused. Within the caller's transaction."""
    thing = {"objectType": "StatementRef", "id": statement_id}
    _store(taking, {"actor": _own_agent(), "verb": {"id": VOIDED, "display": {"en": "voided"}}, "object": thing}, start_key)


def _store(taking: Taking, statement: dict[str, Any], start_key: str | None) -> str:
    statement_id = str(uuid.uuid4())
    whole = {"id": statement_id, **statement}
    author = Author(_own_agent(), taking.registration.key, start_key, apart=taking.registration.test_run)
    lrs_statements.store(author, [Sent(statement_id, json.dumps(whole, ensure_ascii=False), whole)], Version.V1, {})
    return statement_id


def _own_agent() -> dict[str, Any]:
    return {"objectType": "Agent", "account": {"homePage": parts().settings.public_url, "name": OWN_NAME}}


def add_word(taking: Taking, statement_id: str, session_id: str, subject: str, verb: str) -> None:
    """Within the caller's transaction."""
    row = Cmi5Statement(
        registration_key=taking.registration.key,
        statement_id=statement_id,
        instance=taking.instance,
        session_id=session_id,
        subject=subject,
        verb=verb,
        said_ms=parts().clock.now_ms(),
    )
    cmi5.add_statement(db.session, row)


def words_of(taking: Taking) -> list[Cmi5Statement]:
    """What was said in this instance, oldest first."""
    return cmi5.statements_of(db.session, [(taking.registration.key, taking.instance)])


def said_in(rows: list[Cmi5Statement]) -> dict[str, set[str]]:
    """By what they are about, the verbs."""
    said: dict[str, set[str]] = {}
    for row in rows:
        said.setdefault(row.subject, set()).add(row.verb)
    return said
