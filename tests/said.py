"""Statements in the record store as launched content and API keys send them."""

from __future__ import annotations

import json
import uuid
from typing import Any

from seattime.domain.xapi.versions import Version
from seattime.services import lrs_statements
from seattime.services.lrs import Author
from seattime.services.lrs_statements import Attached
from seattime.services.parts import parts
from seattime.storage import xapi
from seattime.storage.models import Registration, db

ADL = "http://adlnet.gov/expapi/verbs/"
KEY = Author({"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": "tester"}})


def statement(verb: str = "experienced", activity: str = "tea", **more: Any) -> dict[str, Any]:
    """Ana's, with `verb` of ADL; `name`: of the activity."""
    thing: dict[str, Any] = {"id": f"http://example.org/{activity}"}
    if "name" in more:
        thing["definition"] = {"name": {"en": more.pop("name")}}
    return {"actor": {"name": "Ana Ruiz", "mbox": "mailto:ana@example.org"}, "verb": {"id": ADL + verb}, "object": thing} | more


def say(
    registration: Registration | None, *statements: dict[str, Any], attached: tuple[Attached, ...] = (), start: str | None = None
) -> list[str]:
    """In one request; of an API key where there is no registration. Commits, and returns the ids."""
    author = KEY
    if registration is not None:
        agent = {"objectType": "Agent", "account": {"homePage": "http://localhost:8000", "name": f"registration {registration.key}"}}
        author = Author(agent, registration.key, start, apart=registration.test_run)
    version = Version.V2 if any(str(each.get("version", "")).startswith("2.") for each in statements) else Version.V1
    sent = lrs_statements.read_statements(json.dumps(list(statements)).encode(), version, list(attached))
    lrs_statements.store(author, sent, version, {each.sha2: each.body for each in attached})
    db.session.commit()
    return [each.statement_id for each in sent]


def say_invalid(registration: Registration, statement: dict[str, Any]) -> str:
    """Kept raw, beside the record store. Commits."""
    statement_id = str(uuid.uuid4())
    xapi.insert_statement(db.session, registration.key, statement_id, json.dumps(statement), parts().clock.now_ms())
    db.session.commit()
    return statement_id
