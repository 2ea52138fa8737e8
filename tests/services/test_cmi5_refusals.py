"""What cmi5 did not allow, as the page of a registration lists it."""

from __future__ import annotations

import pytest
from flask import Flask

from seattime.domain.cmi5.words import Verb
from seattime.errors import BadInput
from seattime.services import cmi5_refusals
from seattime.services.cmi5_refusals import Refusal
from seattime.services.cmi5_statements import Refused
from seattime.storage.models import Registration, db
from tests.conftest import SetClock
from tests.services.cmi5_world import A, B, launch, register


def refusals(of: Registration) -> list[Refusal]:
    found = cmi5_refusals.of_registration(db.session.get_one(Registration, of.key))
    db.session.rollback()
    return found


def test_a_line_for_each_session_says_what_was_refused_when_and_why(sqlite_app: Flask, clock: SetClock) -> None:
    registration = register()
    assert refusals(registration) == []
    first = launch(registration, A)
    launched_ms = clock.now_ms()
    for verb in (Verb.INITIALIZED, Verb.FAILED):
        clock.advance(1_000)
        with pytest.raises(Refused):
            first.send(first.statement(verb, result={"success": True, "duration": "PT1M"} if verb is Verb.FAILED else {}))
    first.say(Verb.TERMINATED)
    launch(registration, B).say(Verb.TERMINATED)
    clock.advance(1_000)
    third = launch(registration, B)
    with pytest.raises(BadInput):
        third.send(third.statement(Verb.COMPLETED, result={"completion": "yes"}))

    newest, oldest = refusals(registration)
    assert oldest == Refusal(
        session_id=first.session_id,
        activity_title="Unit a",
        launched_ms=launched_ms,
        at_ms=launched_ms + 2_000,
        verb="failed",
        why='result.success of "failed" must be false (cmi5 9.5.2).',
        count=2,
    )
    assert (newest.session_id, newest.activity_title, newest.verb, newest.at_ms, newest.count) == (
        third.session_id,
        "Unit b",
        "",
        clock.now_ms(),
        1,
    )
    assert "completion" in newest.why
