"""Which documents an AU may read and write (cmi5 8.2.1, 10.2.1, 11).

Guarantees: nothing after its session has ended; LMS.LaunchData is only read; the learner's preferences are the learner's and of the
standard's form. Must not import web.
"""

from __future__ import annotations

from dataclasses import dataclass

from seattime.domain.cmi5 import preferences, rules, words
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.xapi.queries import read_agent
from seattime.domain.xapi.refusing import refuse
from seattime.services import launch_documents, lrs, xapi_launches
from seattime.services.cmi5_statements import Refused
from seattime.services.parts import parts
from seattime.services.xapi_launches import Credential
from seattime.storage import cmi5, database
from seattime.storage.models import db


@dataclass(frozen=True, slots=True)
class Wish:
    """A request for a document. `document_id` and `agent` (JSON) are None where it names none."""

    resource: str
    reads: bool
    document_id: str | None
    agent: str | None
    content_type: str = ""
    body: bytes = b""
    """Of a PUT or POST; empty for others."""


def admit(credential: Credential, wish: Wish) -> None:
    """Raises Refused, BadInput. Content of other kinds, and credentials from before sessions were kept, may do what they like."""
    launched = xapi_launches.launched(credential)
    start = launched.start
    if launched.kind is not PackageKind.CMI5 or start is None:
        return
    row = cmi5.find_session(db.session, start.key)
    if row is None:
        return
    over = rules.is_over(row, parts().clock.now_ms())
    if over is not None:
        raise Refused(over, start.key)
    if wish.resource == launch_documents.STATE:
        # a DELETE without an id is of all states
        if not wish.reads and wish.document_id in (words.LAUNCH_DATA, None):
            raise Refused(f"An AU may not change {words.LAUNCH_DATA} (cmi5 10.2.1).", start.key)
        return
    if wish.resource != launch_documents.AGENT:
        return
    if wish.agent is None:
        refuse("agent", "is missing")
    if read_agent(wish.agent) != launched.agent:
        raise Refused("The agent must be the actor that the AU was launched with (cmi5 11).", start.key)
    if wish.document_id == words.PREFERENCES:
        if wish.reads and row.preferences_ms is None:
            _mark_preferences(start.key)
        _check_preferences(wish, start.key)


def _mark_preferences(start_key: str) -> None:
    """A GET that writes: its transaction so far was one that only reads."""
    db.session.rollback()
    with database.may_write():
        lrs.in_one_transaction(lambda: cmi5.mark_preferences(db.session, start_key, parts().clock.now_ms()))


def _check_preferences(wish: Wish, start_key: str) -> None:
    if wish.body or wish.content_type:
        why = preferences.what_is_wrong(wish.content_type, wish.body)
        if why is not None:
            raise Refused(why, start_key)
