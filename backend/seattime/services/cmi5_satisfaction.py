"""What a registration has satisfied, said once for each block and for the course (cmi5 9.3.9, 9.6.1.1).

Guarantees: evaluated at registration and after everything that can satisfy; said in the same transaction. Must not import web.
"""

from __future__ import annotations

import uuid

from seattime.domain.cmi5 import satisfaction, statements
from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.kinds import PackageKind
from seattime.services import cmi5_recording, lrs
from seattime.services.cmi5_recording import Taking
from seattime.services.parts import parts
from seattime.storage import cmi5
from seattime.storage.models import Registration, db


def evaluate(taking: Taking, session_id: str | None = None, start_key: str | None = None) -> None:
    """Records what is satisfied now and was not before, within the caller's transaction, which holds the registration's lock.

    By the version that is taken now: late words of an AU that it no longer has are kept, and its course asks for what it has itself.
    `session_id`: of the session that brought it about; one of its own where none did.
    """
    taking = taking.judged
    if taking.version.kind != PackageKind.CMI5:
        return
    rows = cmi5_recording.words_of(taking)
    now = satisfaction.satisfied(taking.package, cmi5_recording.said_in(rows))
    told = [row.subject for row in rows if row.verb == Verb.SATISFIED]
    chosen = session_id or str(uuid.uuid4())
    abouts = [taking.about_block(each, chosen) for each in now.blocks if each not in told]
    if now.course and cmi5_recording.COURSE not in told:
        abouts.append(taking.about_course(chosen))
    for about in abouts:
        cmi5_recording.record(taking, about, statements.satisfied(about, parts().clock.now_ms()), start_key)


def evaluate_registration(registration: Registration) -> None:
    """At the time of registration (9.6.1.1): AUs whose moveOn asks for nothing.

    In a transaction of its own, after the one that made it: that holds the learner's row, which whoever stores statements takes last.
    Where it fails, the first launch does the same. Commits.
    """
    is_cmi5 = registration.version.kind == PackageKind.CMI5
    key = registration.key
    # to look at a row begins a transaction, which on SQLite holds the one lock of writers
    db.session.rollback()
    if not is_cmi5:
        return

    def work() -> None:
        cmi5.lock_registration(db.session, key)
        found = db.session.get(Registration, key)
        if found is not None:
            evaluate(Taking.now(found))

    lrs.in_one_transaction(work)
