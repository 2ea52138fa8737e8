"""The ledger's transaction, on SQLite and on PostgreSQL (docs/protocol.md, "What the server does with a record")."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from seattime.errors import NotAllowed
from seattime.services import commits, launching, registrations
from seattime.services.claims import DeliveryClaims
from seattime.services.parts import parts
from seattime.storage import placing
from seattime.storage.models import Attempt, Launch, Learner, Registration, SessionRow, db
from tests import builders
from tests.conftest import SetClock


def rows(of: Registration) -> list[SessionRow]:
    return list(
        db.session.scalars(select(SessionRow).where(SessionRow.registration_key == of.key).execution_options(populate_existing=True))
    )


def only_row(of: Registration) -> SessionRow:
    (row,) = rows(of)
    return row


def send(claims: Any, *records: dict[str, Any]) -> list[dict[str, Any]]:
    return list(commits.record_commit(builders.message(claims, *records))["results"])


def test_a_record_is_stored_and_answered_as_stored(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    session = str(uuid.uuid4())

    (result,) = send(
        claims,
        builders.record(
            session,
            time=builders.time_register(seq=3, words=[[9_000, 9_500, "00:00:09", 0]], status={"completion": "incomplete"}),
            state=builders.state_register(seq=2, elements={"cmi.suspend_data": "page=2"}),
        ),
    )

    assert result["session"] == session
    assert result["time"] == {"seq": 3, "status": "stored"}
    assert result["state"] == {"seq": 2, "status": "stored"}
    assert result["need_all"] is False
    row = only_row(registration)
    assert (row.session_id, row.measured_ms, row.time_seq, row.state_seq) == (session, 10_000, 3, 2)
    assert row.words == [[9_000, 9_500, "00:00:09", 0]]
    assert row.elements == {"cmi.suspend_data": "page=2"}
    assert row.opened_ms == claims.launched_ms
    assert (row.learner_key, row.course_key) == (registration.learner_key, registration.course_key)


def test_commit_delivered_twice_counts_once(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    sent = builders.record(time=builders.time_register())

    first = send(claims, sent)
    second = send(claims, sent)

    assert [one["time"]["status"] for one in first + second] == ["stored", "stored"]
    assert only_row(registration).measured_ms == 10_000
    assert only_row(registration).deliveries == 1


def test_an_older_message_after_a_newer_one_changes_nothing(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(20_000)
    session = str(uuid.uuid4())
    newer = builders.time_register(seq=5, measured=20_000, open=20_000, spans=[[0, 20_000, 1, 0]], terminated=True)
    older = builders.time_register(seq=4)

    send(claims, builders.record(session, time=newer))
    (late,) = send(claims, builders.record(session, time=older))

    assert late["time"] == {"seq": 4, "status": "stored"}
    row = only_row(registration)
    assert (row.measured_ms, row.terminated, row.time_seq) == (20_000, True, 5)


def test_a_base_that_is_not_stored_is_taken_and_everything_asked_for(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)

    (result,) = send(claims, builders.record(time=builders.time_register(seq=9, base=8)))

    assert result["time"]["status"] == "stored"
    assert result["need_all"] is True
    assert only_row(registration).measured_ms == 10_000


def test_the_registers_are_acknowledged_apart(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    session = str(uuid.uuid4())

    (time_only,) = send(claims, builders.record(session, time=builders.time_register()))
    (state_only,) = send(claims, builders.record(session, state=builders.state_register(elements={"cmi.location": "3"})))

    assert "state" not in time_only
    assert "time" not in state_only
    row = only_row(registration)
    assert (row.measured_ms, row.elements) == (10_000, {"cmi.location": "3"})


def test_state_in_pieces_applies_only_when_whole(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    session = str(uuid.uuid4())
    text = '{"set": {"cmi.suspend_data": "雪雪雪"}, "findings": []}'

    def piece(index: int, part: str) -> dict[str, Any]:
        register = builders.state_register(seq=4, piece={"index": index, "count": 2, "text": part})
        return builders.record(session, state=register)

    (second,) = send(claims, piece(1, text[20:]))
    assert second["state"] == {"seq": 4, "status": "waiting"}
    assert only_row(registration).elements == {}
    (again,) = send(claims, piece(1, text[20:]))
    assert again["state"]["status"] == "waiting"
    (first,) = send(claims, piece(0, text[:20]))
    assert first["state"] == {"seq": 4, "status": "stored"}
    assert only_row(registration).elements == {"cmi.suspend_data": "雪雪雪"}
    (late,) = send(claims, piece(0, text[:20]))
    assert late["state"] == {"seq": 4, "status": "stored"}


def test_a_session_stays_in_its_attempt(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    session = str(uuid.uuid4())

    send(claims, builders.record(session, time=builders.time_register(seq=1)))
    send(claims, builders.record(session, new_attempt=True, time=builders.time_register(seq=2)))

    assert len(rows(registration)) == 1
    assert len(list(db.session.scalars(select(Attempt)))) == 1


def test_a_new_attempt_is_made_once_at_first_sight_of_its_session(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    send(claims, builders.record(time=builders.time_register()))
    first = only_row(registration).attempt_key
    later = builders.record(attempt=first, new_attempt=True, time=builders.time_register())

    send(claims, later)
    send(claims, later)

    attempts = list(db.session.scalars(select(Attempt).order_by(Attempt.number)))
    assert [attempt.number for attempt in attempts] == [1, 2]
    assert {row.attempt_key for row in rows(registration)} == {attempt.key for attempt in attempts}


def test_an_attempt_that_a_restore_lost_is_made_again_under_its_key(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    key = "ab" * 16

    send(claims, builders.record(attempt=key, time=builders.time_register()))

    assert only_row(registration).attempt_key == key


def test_an_erased_registration_answers_gone_and_keeps_nothing(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    registrations.delete_registration(registration.registration_id)

    (result,) = send(
        claims,
        builders.record(time=builders.time_register(), state=builders.state_register(elements={"cmi.location": "1"})),
    )

    assert result["time"]["status"] == result["state"]["status"] == "gone"
    assert rows(registration) == []


def test_a_registration_made_again_under_its_id_gets_nothing_of_the_first(app: Flask) -> None:
    course = builders.course()
    first = builders.registration(course, builders.learner("ana"))
    claims = builders.launch(first)
    registration_id = first.registration_id
    registrations.delete_registration(registration_id)
    second = builders.registration(course, builders.learner("ben"))
    second.registration_id = registration_id
    db.session.commit()

    (result,) = send(claims, builders.record(time=builders.time_register()))

    assert result["time"]["status"] == "gone"
    assert rows(second) == []


def test_a_registration_that_the_database_does_not_know_is_not_said_to_be_gone(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    unknown = type(claims)(**{**{name: getattr(claims, name) for name in claims.__dataclass_fields__}, "registration_key": "0" * 32})

    (result,) = send(unknown, builders.record(time=builders.time_register()))

    assert result["time"] == {"seq": 1, "status": "held"}
    (aside,) = parts().spool.set_aside()
    assert (aside.kind, aside.registration_key, aside.session) == ("poison", "0" * 32, result["session"])
    assert "registration" in aside.reason
    assert commits.save_failures() == 1


def test_a_token_of_another_server_is_refused(app: Flask) -> None:
    message = {"v": 1, "token": "e30.abc", "records": [builders.record(time=builders.time_register())]}

    with pytest.raises(NotAllowed):
        commits.record_commit(message)


def test_a_later_launchs_token_vouches_for_an_older_session_and_leaves_it_in_its_place(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    first = builders.launch(registration)
    clock.advance(3_600_000)
    newest = builders.launch(registration)

    (result,) = send(newest, builders.record(time=builders.time_register(order=first.order_number, opened=first.launched_ms)))

    assert result["time"]["status"] == "stored"
    row = only_row(registration)
    assert (row.launch_number, row.launched_ms, row.order_number) == (1, first.launched_ms, first.order_number)
    assert row.opened_ms == first.launched_ms


def test_any_session_may_be_created_under_a_launch(app: Flask) -> None:
    registration = builders.registration()
    builders.launch(registration)
    newest = builders.launch(registration)

    send(newest, builders.record(time=builders.time_register(order=newest.order_number)))

    assert only_row(registration).launch_number == 2


def test_a_server_clock_that_goes_back_is_noted(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    session = str(uuid.uuid4())
    clock.advance(60_000)
    send(claims, builders.record(session, time=builders.time_register(seq=1)))
    assert only_row(registration).clock_stepped is False
    clock.advance(-30_000)

    send(claims, builders.record(session, time=builders.time_register(seq=2)))

    assert only_row(registration).clock_stepped is True


def test_a_commit_that_waited_for_another_one_is_no_step_back_of_the_clock(
    app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last words of a page are several requests at once: the one that came first may get the lock last.
    registration = builders.registration()
    claims = builders.launch(registration)
    session = str(uuid.uuid4())
    clock.advance(60_000)
    send(claims, builders.record(session, time=builders.time_register(seq=1)))
    lock = placing._lock

    def waited(session: Any, *arguments: Any) -> Attempt:
        clock.advance(500)
        session.execute(update(SessionRow).values(delivered_ms=clock.now))
        return lock(session, *arguments)

    monkeypatch.setattr(placing, "_lock", waited)

    send(claims, builders.record(session, time=builders.time_register(seq=2)))

    assert only_row(registration).clock_stepped is False


def test_each_lease_gets_a_later_number_and_the_other_page_learns_of_it(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    phone, desk = str(uuid.uuid4()), str(uuid.uuid4())

    (one,) = send(claims, builders.record(phone, want="lease", time=builders.time_register(seq=1)))
    (two,) = send(claims, builders.record(desk, want="lease", time=builders.time_register(seq=1)))
    clock.advance(15_000)
    (after,) = send(claims, builders.record(phone, time=builders.time_register(seq=2)))

    assert one["lease"] == {"number": 2, "mine": True, "silent_ms": 0}
    assert two["lease"] == {"number": 3, "mine": True, "silent_ms": 0}
    assert after["lease"] == {"number": 3, "mine": False, "silent_ms": 15_000}
    by_session = {row.session_id: row for row in rows(registration)}
    assert by_session[phone].order_number == 2
    assert by_session[desk].order_number == 3
    assert [number for _granted, number in by_session[desk].leases] == [3]


def test_a_session_that_has_ended_takes_no_lease(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)

    send(claims, builders.record(want="lease", time=builders.time_register(ended="left")))

    assert only_row(registration).leases == []


def test_a_browser_cannot_claim_an_order_number_that_was_never_handed_out(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)

    send(
        claims,
        builders.record(
            time=builders.time_register(order=999),
            state=builders.state_register(order=999, elements={"cmi.location": "9"}),
        ),
    )

    assert only_row(registration).state_order == 1
    assert only_row(registration).time_order == 1


def test_a_late_record_goes_to_the_instance_of_its_launch(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    registrations.delete_progress(registration.registration_id)

    send(claims, builders.record(time=builders.time_register()))

    assert only_row(registration).instance == 1
    assert db.session.get(Registration, registration.key).instance == 2  # type: ignore[union-attr]  # it is there


def test_every_stored_record_raises_the_learners_facts_version(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    before = db.session.get(Learner, registration.learner_key).facts_version  # type: ignore[union-attr]  # it is there

    send(claims, builders.record(time=builders.time_register()))

    db.session.expire_all()
    assert db.session.get(Learner, registration.learner_key).facts_version > before  # type: ignore[union-attr]  # it is there


def test_many_pages_of_one_attempt_at_once_lose_nothing(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    pages = [str(uuid.uuid4()) for _ in range(6)]
    messages = [
        [
            builders.message(
                claims,
                builders.record(
                    page,
                    want="lease" if seq == 1 else None,
                    time=builders.time_register(seq=seq),
                    state=builders.state_register(seq=seq, elements={f"cmi.interactions.{seq}.id": page}),
                ),
            )
            for seq in range(1, 6)
        ]
        for page in pages
    ]
    failures: list[BaseException] = []
    start = threading.Barrier(len(pages))

    def page_sends(mine: list[dict[str, Any]]) -> None:
        with app.app_context():
            start.wait()
            try:
                for message in mine:
                    commits.record_commit(message)
            except BaseException as error:
                failures.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=page_sends, args=(mine,)) for mine in messages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    stored = rows(registration)
    assert {row.session_id for row in stored} == set(pages)
    assert all(row.time_seq == 5 and len(row.elements) == 5 for row in stored)
    numbers = [number for row in stored for _granted, number in row.leases]
    assert len(numbers) == len(set(numbers)) == len(pages)
    assert len(list(db.session.scalars(select(Attempt)))) == 1


def test_after_a_restore_a_lost_launchs_session_stays_in_its_time(app: Flask, clock: SetClock) -> None:
    # Two launches that the backup did not have; then the learner comes back, and gets the first one's number again.
    registration = builders.registration()
    launched = parts().clock.now_ms()
    lost = DeliveryClaims(registration.key, 2, 2, launched, 1, "normal")
    clock.advance(3_600_000)
    builders.launch(registration)

    send(lost, builders.record(time=builders.time_register(order=2, opened=launched)))

    row = only_row(registration)
    assert (row.launched_ms, row.opened_ms) == (launched, launched)


def test_sessions_that_began_before_anybody_knew_an_attempt_belong_to_the_first(app: Flask) -> None:
    # Two devices, one of them offline: what it began belongs to the attempt of that time, however late it comes.
    registration = builders.registration()
    claims = builders.launch(registration)
    send(claims, builders.record(time=builders.time_register()))
    first = only_row(registration).attempt_key
    send(claims, builders.record(attempt=first, new_attempt=True, time=builders.time_register()))
    late = str(uuid.uuid4())

    send(claims, builders.record(late, time=builders.time_register()))

    assert {row.session_id: row.attempt_key for row in rows(registration)}[late] == first


def test_all_sessions_after_an_attempt_that_nobody_had_named_are_of_one_new_attempt(app: Flask) -> None:
    # Offline: the first session ended its attempt, the second began the next one, the third resumed that.
    registration = builders.registration()
    claims = builders.launch(registration)
    send(claims, builders.record(time=builders.time_register()))
    for _ in range(2):
        send(claims, builders.record(attempt="", new_attempt=True, time=builders.time_register()))

    assert [attempt.number for attempt in db.session.scalars(select(Attempt).order_by(Attempt.number))] == [1, 2]
    assert len(rows(registration)) == 3


def test_a_launch_that_was_settled_and_goes_on_is_visited_again(app: Flask) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    launching.settle(builders.token(claims))

    send(claims, builders.record(time=builders.time_register()))

    assert db.session.scalars(select(Launch.settled)).all() == [False]
