"""What AUs say: held to the rules before it is stored, and followed by what it brings about (cmi5 9.3, 9.6).

`admit` and `follow` are the two halves of `launch_statements.take`, within its one transaction. A statement that was stored before is a
repetition, not a second one: while the session goes on it is a success. One that the spool acknowledged while the database was away
cannot be refused any more: it is stored, and voided where it breaks the rules (6.3).

A refusal takes no time away from the learner: the player measures it (design 3.5). What was refused, how often and why is kept with the
session, for whoever asks why a course is not complete. Must not import web.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from seattime.domain.cmi5 import rules, words
from seattime.domain.cmi5.rules import Session
from seattime.domain.cmi5.words import Verb
from seattime.domain.xapi.completing import Sent
from seattime.errors import NotAllowed
from seattime.services import cmi5_recording, cmi5_satisfaction, cmi5_sessions
from seattime.services.cmi5_recording import Taking
from seattime.services.parts import parts
from seattime.services.xapi_launches import Launched
from seattime.storage import cmi5, lrs_reading
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import db

log = logging.getLogger(__name__)


class Refused(NotAllowed):
    """The rules of cmi5 do not allow it (403, as the standard's own tests want it)."""

    status: ClassVar[int] = 403

    def __init__(self, message: str, start_key: str, verb: str | None = None) -> None:
        """`verb`: the id of the refused statement's; None where something else was refused."""
        super().__init__(message)
        self.start_key = start_key
        self.verb = verb


@dataclass(frozen=True)
class Admitted:
    """Statements that may be stored."""

    start: ActivityStart
    fresh: tuple[Sent, ...]
    """Those that were not stored before and keep the rules."""
    received_ms: int
    conflicts: Mapping[str, Refused]
    """By id, why others are voided as soon as they are stored: they were acknowledged before the rules could be asked."""


def admit(launched: Launched, sent: Sequence[Sent], taken_ms: int | None) -> Admitted | None:
    """Before anything is stored. `taken_ms`: when they were acknowledged, where the spool has had them since.

    None where there is nothing to hold them against: a credential from before sessions were kept. Raises Refused.
    """
    start = launched.start
    if start is None:
        return None
    cmi5.lock_registration(db.session, launched.registration.key)
    row = cmi5.find_session(db.session, start.key)
    if row is None:
        return None
    # within the lock, since a repetition may be under way
    known = lrs_reading.find_owners(db.session, [each.statement_id for each in sent])
    session = cmi5_sessions.facts(launched, row, start)
    if session is None:
        return None
    received = parts().clock.now_ms() if taken_ms is None else taken_ms
    if taken_ms is None:
        _check_repetition(session, sent, known, received, start.key)
    fresh: list[Sent] = []
    conflicts: dict[str, Refused] = {}
    for each in sent:
        if each.statement_id in known:
            continue
        why = rules.what_is_wrong(session, each.statement, received)
        if why is None:
            fresh.append(each)
            session = rules.after(session, each.statement, received)
        elif taken_ms is None:
            raise _refused(why, start.key, each)
        else:
            conflicts[each.statement_id] = _refused(why, start.key, each)
    return Admitted(start, tuple(fresh), received, conflicts)


def _check_repetition(session: Session, sent: Sequence[Sent], known: Collection[str], received_ms: int, start_key: str) -> None:
    """Once a session has ended, nothing in it is taken again (9.3.6, 9.3.8), but for its last request, whose answer may have been lost."""
    again = [each for each in sent if each.statement_id in known]
    why = rules.is_over(session, received_ms)
    if why is None and again and session.terminated_ms is not None:
        why = 'This session has terminated: nothing follows "terminated" (cmi5 9.3.8).'
    is_last_request = len(again) == len(sent) and any(map(_terminates, again)) and session.abandoned_ms is None
    if why is not None and not is_last_request:
        raise _refused(why, start_key, *sent[:1])


def _refused(why: str, start_key: str, *sent: Sent) -> Refused:
    return Refused(why, start_key, next((str(each.statement["verb"]["id"]) for each in sent), None))


def _terminates(sent: Sent) -> bool:
    return words.is_defined(sent.statement) and sent.statement["verb"]["id"] == Verb.TERMINATED


def follow(launched: Launched, admitted: Admitted) -> None:
    """After they were stored: what they say of the session, the AU, its blocks and the course."""
    start = admitted.start
    row = cmi5.find_session(db.session, start.key)
    if row is None:
        return
    taking = Taking.of(launched.registration, start)
    for statement_id, refused in admitted.conflicts.items():
        log.warning("a statement from the spool is voided: %s", refused, extra={"event": "cmi5_voided", "statement": statement_id})
        cmi5_recording.void(taking, statement_id, start.key)
        _note(refused)
    if not admitted.fresh:
        return
    row.last_ms = max(row.last_ms or 0, admitted.received_ms)
    defined = [each for each in admitted.fresh if words.is_defined(each.statement)]
    for each in defined:
        verb = each.statement["verb"]["id"]
        cmi5_recording.add_word(taking, each.statement_id, start.key, start.activity_id, verb)
        if verb == Verb.TERMINATED:
            row.terminated_ms, row.terminated_at_ms = admitted.received_ms, rules.time_of(each.statement)
    db.session.flush()
    if any(each.statement["verb"]["id"] in (Verb.COMPLETED, Verb.PASSED) for each in defined):
        cmi5_satisfaction.evaluate(taking, start.key, start.key)


def note(refused: Refused) -> None:
    """After the transaction was rolled back: keeps what was refused, when and why. Commits."""
    _note(refused)
    db.session.commit()


def note_unreadable(start_key: str, why: str) -> None:
    """As `note`, of a statement that xAPI itself does not allow; does nothing to a start that is no session of cmi5. Commits."""
    _note(Refused(why, start_key))
    db.session.commit()


def _note(refused: Refused) -> None:
    cmi5.note_refusal(db.session, refused.start_key, refused.message, refused.verb, parts().clock.now_ms())
