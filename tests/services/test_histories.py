"""Histories that broke an earlier draft of the design, each by its name, on SQLite and on PostgreSQL.

Those that need a browser are elsewhere: Back with and without the back-forward cache in `e2e/test_leaving.py`, a duplicated tab in
`e2e/test_overlaps.py`, a content's service worker and a link that a mail scanner fetches in `e2e/test_boundaries.py`.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, inspect, select, update
from sqlalchemy.exc import OperationalError

from seattime.app import create_app
from seattime.errors import NotAllowed
from seattime.services import counted_time, launching, recovery, registrations
from seattime.services.claims import DeliveryClaims
from seattime.services.committing import Committed, Committer
from seattime.services.parts import parts
from seattime.storage import database, keyring
from seattime.storage.models import Ledger, Registration, SessionRow, db
from tests import builders
from tests.conftest import UNHURRIED, SetClock
from tests.simulated_browser import SimulatedBrowser


@dataclass
class Outage:
    """The database, as committers see it. `meanwhile`: done once, after the next items were stored and before anybody hears of it."""

    away: bool = False
    meanwhile: Callable[[], Any] | None = None

    def begin(self) -> None:
        self.away = True

    def end(self, clock: SetClock) -> None:
        """The database is back, and long enough for the circuit breaker to look."""
        self.away = False
        clock.advance(60_000)
        parts().breaker.succeeded()


@pytest.fixture
def outage(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Outage:
    state, submit = Outage(), Committer.submit

    def submit_or_fail(committer: Committer, items: Any, wait_s: float) -> Committed:
        if state.away:
            return Committed([OperationalError("COMMIT", {}, ConnectionError("away")) for _ in items], None, None)
        committed = submit(committer, items, wait_s)
        meanwhile, state.meanwhile = state.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return committed

    monkeypatch.setattr(Committer, "submit", submit_or_fail)
    return state


def row_of(browser: SimulatedBrowser) -> SessionRow:
    found = db.session.scalars(
        select(SessionRow).where(SessionRow.session_id == browser.record.session).execution_options(populate_existing=True)
    ).one()
    # an instance that is still the session's would be read again, and on SQLite that takes the only lock
    db.session.expunge(found)
    db.session.rollback()
    return found


def credited(*of: Registration) -> int:
    """Counted ms of these registrations together."""
    keys = [inspect(registration).identity[0] for registration in of]
    found = counted_time.totals_for([db.session.get_one(Registration, key, populate_existing=True) for key in keys])
    db.session.rollback()
    return sum(each.credited_ms for each in found.values())


def elements_for_the_next(claims: DeliveryClaims) -> dict[str, str]:
    """What the course would read if it were opened now."""
    answer = launching.open_activity(builders.token(claims), "item_1")
    return dict(answer["activity"]["data"]["elements"])


@dataclass(frozen=True)
class Copy:
    """A backup: every row of every table."""

    tables: dict[str, list[dict[str, Any]]]

    @classmethod
    def take(cls) -> Copy:
        tables = {table.name: [dict(row._mapping) for row in db.session.execute(select(table))] for table in db.metadata.sorted_tables}
        db.session.rollback()
        return cls(tables)

    def restore(self, *, new_life: bool) -> None:
        """Replaces what is there; `new_life`: and says so, as docs/operations.md tells operators to do."""
        for table in reversed(db.metadata.sorted_tables):
            db.session.execute(table.delete())
        for table in db.metadata.sorted_tables:
            if rows := self.tables[table.name]:
                db.session.execute(insert(table), rows)
        if new_life:
            db.session.execute(update(Ledger).values(ledger_id=uuid.uuid4().hex))
        db.session.commit()
        db.session.expire_all()


# --- the spool


def stored_first(clock: SetClock) -> tuple[Registration, SimulatedBrowser]:
    """A session of which 5 s and a bookmark are stored, and 5 s and a note are not."""
    registration = builders.registration()
    browser = SimulatedBrowser(builders.launch(registration))
    clock.advance(5_000)
    browser.measure(5_000)
    browser.write(location="page 1")
    assert browser.deliver() == "stored"
    clock.advance(5_000)
    browser.measure(5_000)
    browser.write(comments="a note")
    return registration, browser


def test_a_delta_acked_as_spooled_and_overtaken_by_a_newer_one(app: Flask, clock: SetClock, outage: Outage) -> None:
    registration, browser = stored_first(clock)
    outage.begin()
    assert browser.send() == "spooled"
    assert browser.pending, "spooled ends nothing in the browser"
    clock.advance(3_000)
    browser.measure(3_000)
    browser.write(location="page 3")
    outage.end(clock)

    assert browser.deliver() == "stored"
    assert row_of(browser).elements == {"cmi.location": "page 3", "cmi.comments": "a note"}
    assert recovery.drain().drained == 1

    row = row_of(browser)
    assert (row.measured_ms, row.elements) == (13_000, {"cmi.location": "page 3", "cmi.comments": "a note"})
    assert credited(registration) == 13_000


def test_an_older_delta_that_comes_after_a_newer_one_was_spooled(app: Flask, clock: SetClock, outage: Outage) -> None:
    _, browser = stored_first(clock)
    older = browser.message()
    clock.advance(3_000)
    browser.measure(3_000)
    browser.write(location="page 3")
    outage.begin()
    assert browser.send() == "spooled"
    outage.end(clock)

    browser.post(older[0])
    assert recovery.drain().drained == 1

    row = row_of(browser)
    assert (row.measured_ms, row.elements) == (13_000, {"cmi.location": "page 3", "cmi.comments": "a note"})


def test_the_drainer_and_a_record_that_was_replaced_meanwhile(app: Flask, clock: SetClock, outage: Outage) -> None:
    registration, browser = stored_first(clock)
    outage.begin()
    assert browser.send() == "spooled"
    clock.advance(3_000)
    browser.measure(3_000)
    browser.write(location="page 3")
    outage.end(clock)

    def another_worker_spools() -> None:
        outage.begin()
        assert browser.send() == "spooled"
        outage.end(clock)

    outage.meanwhile = another_worker_spools
    assert recovery.drain().left == 1
    assert parts().breaker.state == "closed", "the database took it: that a newer one came meanwhile is not its fault"
    assert recovery.drain().left == 0
    row = row_of(browser)
    assert (row.measured_ms, row.elements) == (13_000, {"cmi.location": "page 3", "cmi.comments": "a note"})
    assert credited(registration) == 13_000


def test_a_spool_lost_with_its_node(app: Flask, clock: SetClock, outage: Outage) -> None:
    registration, browser = stored_first(clock)
    outage.begin()
    assert browser.send() == "spooled"
    shutil.rmtree(parts().settings.spool_folder)
    outage.end(clock)
    assert recovery.drain().drained == 0

    assert browser.deliver() == "stored", "the journal sends again what only the spool had"
    assert (row_of(browser).measured_ms, credited(registration)) == (10_000, 10_000)
    assert not browser.pending


# --- the database


@pytest.mark.parametrize("new_life", [True, False])
def test_a_restore_of_the_database_from_a_backup(app: Flask, clock: SetClock, new_life: bool) -> None:
    registration = builders.registration()
    copy = Copy.take()
    before = SimulatedBrowser(builders.launch(registration))
    clock.advance(4_000)
    before.measure(4_000)
    before.write(location="page 1")
    before.end()
    assert before.deliver() == "stored"
    running = SimulatedBrowser(builders.launch(registration))
    clock.advance(5_000)
    running.measure(5_000)
    running.write(location="page 2", comments="a note")
    assert running.deliver() == "stored"

    copy.restore(new_life=new_life)
    assert credited(registration) == 0
    clock.advance(1_000)
    running.measure(1_000)
    running.write(location="page 3")
    assert running.deliver() == "stored", "the ledger's id or the base says that rows are gone: all of it is sent"
    row = row_of(running)
    assert (row.measured_ms, row.elements) == (6_000, {"cmi.location": "page 3", "cmi.comments": "a note"})

    ledger = database.ledger_id(db.session)
    assert before.record.is_pending(ledger) is new_life, "what was delivered before is sent again only to another life of the database"
    if new_life:
        before.record.forget_acks()
        assert before.deliver() == "stored"
        assert credited(registration) == 10_000


def test_a_spooled_record_and_a_restore_before_it_is_drained(app: Flask, clock: SetClock, outage: Outage) -> None:
    registration = builders.registration()
    copy = Copy.take()
    browser = SimulatedBrowser(builders.launch(registration))
    clock.advance(5_000)
    browser.measure(5_000)
    assert browser.deliver() == "stored"
    clock.advance(5_000)
    browser.measure(5_000)
    outage.begin()
    assert browser.send() == "spooled"
    copy.restore(new_life=True)
    outage.end(clock)

    assert recovery.drain().drained == 1
    assert row_of(browser).measured_ms == 10_000, "clocks are absolute: the newest says all"
    assert browser.deliver() == "stored"
    assert credited(registration) == 10_000


# --- clocks and devices


@pytest.mark.parametrize("wrong_by_ms", [3 * 3_600_000, -26 * 3_600_000])
def test_a_phone_with_a_wrong_clock_beside_a_computer(app: Flask, clock: SetClock, wrong_by_ms: int) -> None:
    learner = builders.learner()
    fire = builders.registration(builders.course("fire"), learner)
    water = builders.registration(builders.course("water"), learner)
    computer = SimulatedBrowser(builders.launch(fire))
    phone = SimulatedBrowser(builders.launch(water), opened=clock.now + wrong_by_ms)
    for _ in range(3):
        clock.advance(5_000)
        for browser in (computer, phone):
            browser.measure(5_000)
            assert browser.deliver() == "stored"
    computer.end()
    computer.deliver()
    clock.advance(4_000)
    phone.measure(4_000)
    phone.end()
    phone.deliver()

    assert credited(fire, water) == 19_000
    assert row_of(phone).opened_ms == row_of(computer).opened_ms


def test_a_page_that_is_hidden_after_an_answer_to_a_request_that_took_seconds_to_arrive(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    browser = SimulatedBrowser(builders.launch(registration))
    clock.advance(10_000)
    browser.measure(10_000)
    assert browser.deliver() == "stored"
    # it took 3 s to arrive and was answered at once: the anchor is 1.5 s late, and so is what begins now, at 10 s
    browser.record.time.touch()
    browser.record.time.spans.append([11_500, 0, 0, 0])
    browser.measure(1_000)
    slow = browser.message()
    clock.advance(4_000)
    browser.post(slow[0])
    browser.measure(9_000)
    browser.end()
    clock.advance(6_000)
    assert browser.deliver() == "stored"

    assert credited(registration) == 20_000


def test_an_older_offline_session_after_a_newer_short_one(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    offline = SimulatedBrowser(builders.launch(registration))
    clock.advance(60_000)
    offline.measure(60_000)
    offline.write(**{"core.lesson_location": "page 9", "suspend_data": "nine", "core.lesson_status": "completed"})
    offline.end()
    claims = builders.launch(registration)
    short = SimulatedBrowser(claims)
    clock.advance(3_000)
    short.measure(3_000)
    short.write(**{"core.lesson_location": "page 2", "suspend_data": "two"})
    short.end()
    assert short.deliver() == "stored"

    assert offline.deliver(token=short.token) == "stored", "the newer token vouches for it"

    found = elements_for_the_next(builders.launch(registration))
    assert found["cmi.core.lesson_location"] == "page 2", "the newer session's bookmark stands"
    assert found["cmi.suspend_data"] == "two"
    assert found["cmi.core.lesson_status"] == "completed", "and the older one's completion too"
    assert credited(registration) == 63_000


# --- registrations


def test_a_registration_deleted_and_made_again_under_the_same_id(app: Flask, clock: SetClock, outage: Outage) -> None:
    course = builders.course()
    first = builders.registration(course, builders.learner("ana"))
    browser = SimulatedBrowser(builders.launch(first))
    clock.advance(5_000)
    browser.measure(5_000)
    outage.begin()
    assert browser.send() == "spooled"
    registration_id = first.registration_id
    registrations.delete_registration(registration_id)
    second = builders.registration(course, builders.learner("ben"))
    second.registration_id = registration_id
    db.session.commit()
    outage.end(clock)

    recovery.drain()
    assert parts().spool.count() == 0
    assert browser.send() == "gone"
    assert credited(registrations.find_registration(registration_id)) == 0
    assert db.session.scalars(select(SessionRow)).all() == []


def test_a_progress_reset_followed_by_a_late_delivery(app: Flask, clock: SetClock, outage: Outage) -> None:
    registration = builders.registration()
    spooled, late = (SimulatedBrowser(builders.launch(registration)) for _ in range(2))
    clock.advance(5_000)
    for browser in (spooled, late):
        browser.measure(5_000)
        browser.write(**{"core.lesson_status": "completed"})
    outage.begin()
    assert spooled.send() == "spooled"
    registrations.delete_progress(registration.registration_id)
    outage.end(clock)
    recovery.drain()
    assert late.deliver() == "stored"

    assert {row_of(spooled).instance, row_of(late).instance} == {1}
    assert credited(registration) == 0
    assert elements_for_the_next(builders.launch(registrations.find_registration(registration.registration_id))) == {}


# --- what content says


def test_a_reported_value_that_falls(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    browser = SimulatedBrowser(builders.launch(registration))
    clock.advance(20_000)
    browser.measure(20_000)
    browser.say(20_000)
    browser.deliver()
    clock.advance(5_000)
    browser.measure(5_000)
    browser.say(5_000)
    clock.advance(2_000)
    browser.measure(2_000)
    browser.end()
    assert browser.deliver() == "stored"

    assert [word[0] for word in row_of(browser).words] == [20_000, 5_000]
    assert credited(registration) == 27_000


def test_a_constant_zero_at_terminate(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    browser = SimulatedBrowser(builders.launch(registration))
    clock.advance(20_000)
    browser.measure(20_000)
    browser.say(0)
    browser.end()
    assert browser.deliver() == "stored"

    (session,) = counted_time.registration_totals(registration).sessions
    assert (session.credited_ms, session.reported_ms) == (20_000, 0)
    assert session.findings, "somebody should look"


# --- keys


def other_server(app: Flask, clock: SetClock, *, keeps_its_keys: bool) -> Flask:
    """The same server after its signing key was changed. Without its data folder's keys nobody can vouch for older tokens."""
    settings = app.extensions["seattime"].settings
    if keeps_its_keys:
        keyring.rotate(settings.data_dir)
        changed = replace(settings, secret_key="")
    else:
        changed = replace(settings, secret_key="another-key", data_dir=settings.data_dir.with_name("another"))
    return create_app(changed, clock=clock, wall=clock.seconds, pace=UNHURRIED)


def test_a_signing_key_changed_with_journals_outstanding(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    browser = SimulatedBrowser(builders.launch(registration))
    clock.advance(5_000)
    browser.measure(5_000)

    with other_server(app, clock, keeps_its_keys=True).app_context():
        assert builders.token(browser.claims) != browser.token, "another key signs"
        assert browser.deliver() == "stored"
        assert credited(registration) == 5_000
        close_database()


def test_a_signing_key_lost_with_journals_outstanding(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    browser = SimulatedBrowser(builders.launch(registration))
    clock.advance(5_000)
    browser.measure(5_000)

    with other_server(app, clock, keeps_its_keys=False).app_context():
        assert browser.send() == "held"
        assert browser.record.held_under == browser.token, "held for an operator"
        assert [one.kind for one in parts().spool.set_aside()] == ["held"]
        assert credited(registration) == 0
        with pytest.raises(NotAllowed):
            browser.post(browser.message()[0], token="e30.abc")

        vouching = builders.token(builders.launch(db.session.get_one(Registration, browser.claims.registration_key)))
        assert browser.deliver(token=vouching) == "stored"
        assert credited(registration) == 5_000
        assert recovery.tidy_shelf() == 1, "nothing is left for the operator to do"
        close_database()


def close_database() -> None:
    parts().committer.close()
    parts().statement_committer.close()
    db.session.remove()
    db.engine.dispose()
