"""Silent sessions: closed with what is known of them, opened again by whatever comes late."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from seattime.services import commits, counted_time, metrics, silence
from seattime.services.claims import DeliveryClaims
from seattime.services.parts import parts
from seattime.storage.models import Registration, SessionRow, db
from tests import builders
from tests.conftest import SetClock

SILENT_MS = 600_000


@pytest.fixture
def claims(app: Flask, clock: SetClock) -> DeliveryClaims:
    made = builders.launch(builders.registration())
    clock.advance(60_000)
    return made


def send(claims: DeliveryClaims, session: str | None = None, **registers: Any) -> str:
    record = builders.record(session, **registers)
    commits.record_commit(builders.message(claims, record))
    return str(record["session"])


def closed() -> dict[str, int | None]:
    db.session.rollback()
    found = {row.session_id: row.closed_ms for row in db.session.execute(select(SessionRow.session_id, SessionRow.closed_ms))}
    db.session.rollback()
    return found


def test_a_session_that_never_said_that_it_ended_is_closed_after_its_silence(claims: DeliveryClaims, clock: SetClock) -> None:
    session = send(claims, time=builders.time_register())
    clock.advance(SILENT_MS)
    assert silence.close_silent_sessions() == 0, "not yet"
    clock.advance(1)

    assert silence.close_silent_sessions() == 1
    assert closed() == {session: clock.now}
    assert silence.close_silent_sessions() == 0, "once"


def test_a_session_that_ended_needs_no_closing(claims: DeliveryClaims, clock: SetClock) -> None:
    session = send(claims, time=builders.time_register(ended="left"))
    clock.advance(10 * SILENT_MS)

    assert silence.close_silent_sessions() == 0
    assert closed() == {session: None}


def test_closing_adds_nothing_and_takes_nothing_away(claims: DeliveryClaims, clock: SetClock) -> None:
    send(claims, time=builders.time_register(words=[[9_000, 9_500, "00:00:09", 0]]))
    told = select(SessionRow.measured_ms, SessionRow.open_ms, SessionRow.spans, SessionRow.words, SessionRow.ended)

    def counted() -> tuple[Any, Any]:
        registration = db.session.get_one(Registration, claims.registration_key)
        found = db.session.execute(told).one(), counted_time.registration_totals(registration)
        db.session.rollback()
        return found

    before = counted()
    clock.advance(2 * SILENT_MS)
    assert silence.close_silent_sessions() == 1

    assert counted() == before


def test_a_late_delivery_opens_it_again_and_corrects_it(claims: DeliveryClaims, clock: SetClock) -> None:
    session = send(claims, time=builders.time_register())
    clock.advance(2 * SILENT_MS)
    silence.close_silent_sessions()
    send(claims, session, time=builders.time_register(seq=2, base=1, measured=20_000, open=20_000, spans=[[0, 20_000, 1, 0]]))

    assert closed() == {session: None}
    assert db.session.scalars(select(SessionRow.measured_ms)).one() == 20_000
    db.session.rollback()
    assert silence.close_silent_sessions() == 0, "it is not silent now"
    clock.advance(2 * SILENT_MS)
    assert silence.close_silent_sessions() == 1, "and will be closed again"


def test_a_duplicate_of_what_is_known_opens_nothing(claims: DeliveryClaims, clock: SetClock) -> None:
    session = send(claims, time=builders.time_register())
    clock.advance(2 * SILENT_MS)
    silence.close_silent_sessions()
    send(claims, session, time=builders.time_register())

    assert closed()[session] is not None


def test_however_many_there_are_all_are_closed(claims: DeliveryClaims, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(silence, "AT_ONCE", 2)
    told: list[int] = []
    monkeypatch.setattr(metrics, "closed_silent", told.append)
    for _ in range(5):
        send(claims, time=builders.time_register())
    clock.advance(2 * SILENT_MS)

    assert silence.close_silent_sessions() == 5
    assert None not in closed().values()
    assert told == [5]


def test_a_session_that_somebody_is_writing_is_left_alone(claims: DeliveryClaims, clock: SetClock) -> None:
    """PostgreSQL: who closes waits for no delivery, and what is delivered at this moment is not silent."""
    if db.engine.dialect.name == "sqlite":
        assert "FOR UPDATE" not in str(select(SessionRow.session_id).with_for_update(skip_locked=True).compile(db.engine))
        return
    busy, quiet = (send(claims, str(uuid.uuid4()), time=builders.time_register()) for _ in range(2))
    clock.advance(2 * SILENT_MS)
    with db.engine.connect() as writer:
        writer.execute(update(SessionRow).where(SessionRow.session_id == busy).values(deliveries=9))
        assert silence.close_silent_sessions() == 1
        writer.rollback()

    assert (closed()[busy], closed()[quiet]) == (None, clock.now)


def test_the_setting_says_how_long_silence_is(claims: DeliveryClaims, clock: SetClock) -> None:
    send(claims, time=builders.time_register())
    clock.advance(parts().settings.silent_after_s * 1_000 + 1)

    assert silence.close_silent_sessions() == 1
