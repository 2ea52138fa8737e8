"""Counted time from what browsers delivered: over courses, instances, deletions, corrections, policies."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from seattime.domain.policy import STANDARD, Basis
from seattime.services import corrections, counted_time, courses, policies, registrations
from seattime.services.claims import DeliveryClaims
from seattime.services.commits import record_commit
from seattime.storage.models import Ledger, Registration, SessionRow, db
from tests import builders
from tests.conftest import SetClock


def deliver(claims: DeliveryClaims, session: str, **time: Any) -> None:
    register = builders.time_register(order=claims.order_number, **time)
    record_commit(builders.message(claims, builders.record(session, time=register)))


def totals(registration: Registration, instance: int | None = None) -> counted_time.RegistrationTotals:
    found = counted_time.registration_totals(registration, instance)
    db.session.rollback()
    return found


S1 = "11111111-1111-4111-8111-111111111111"
S2 = "22222222-2222-4222-8222-222222222222"


def test_a_silent_session_counts_what_was_measured(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1)
    found = totals(registration)
    assert (found.credited_ms, found.reported_ms, found.measured_ms) == (10_000, 0, 10_000)
    assert {name: total.credited_ms for name, total in found.activities.items()} == {"item_1": 10_000}
    assert [one.session for one in found.sessions] == [S1]


def test_reported_time_is_completed_by_what_came_after(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1, words=[[6_000, 6_000, "0000:00:06.00", 0]])
    found = totals(registration)
    assert (found.credited_ms, found.reported_ms) == (10_000, 6_000)


def test_two_courses_open_for_the_same_seconds_add_up_to_them(app: Flask, clock: SetClock) -> None:
    learner = builders.learner()
    fire = builders.registration(builders.course("fire"), learner)
    water = builders.registration(builders.course("water"), learner)
    first, second = builders.launch(fire), builders.launch(water)
    clock.advance(10_000)
    deliver(first, S1)
    deliver(second, S2)
    found = counted_time.totals_for([fire, water])
    assert sum(each.credited_ms for each in found.values()) == 10_000
    assert found[water.key].credited_ms == 10_000, "the later launch owns the seconds that both could count"
    credits = counted_time.learner_credit(learner.key)
    assert sum(credit.credited_ms for credit in credits.values()) == 10_000


def test_a_deletion_gives_its_seconds_to_whoever_else_measured_them(app: Flask, clock: SetClock) -> None:
    learner = builders.learner()
    fire = builders.registration(builders.course("fire"), learner)
    water = builders.registration(builders.course("water"), learner)
    first, second = builders.launch(fire), builders.launch(water)
    clock.advance(10_000)
    deliver(first, S1)
    deliver(second, S2)
    assert totals(fire).credited_ms == 0
    registrations.delete_registration(water.registration_id)
    assert totals(fire).credited_ms == 10_000


def test_an_earlier_instance_counts_nothing_and_is_still_there(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1)
    assert totals(registration).credited_ms == 10_000
    registrations.delete_progress(registration.registration_id)
    registration = registrations.find_registration(registration.registration_id)
    assert totals(registration).credited_ms == 0
    earlier = totals(registration, 1)
    assert (earlier.credited_ms, earlier.measured_ms) == (0, 10_000)


def test_a_late_record_of_an_earlier_instance_stays_with_it(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    registrations.delete_progress(registration.registration_id)
    clock.advance(10_000)
    deliver(claims, S1)
    registration = registrations.find_registration(registration.registration_id)
    assert totals(registration).sessions == ()
    assert len(totals(registration, 1).sessions) == 1


def test_a_correction_is_seen_at_once(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1)
    assert totals(registration).credited_ms == 10_000
    corrections.correct(registration.key, S1, delta_ms=-4_000, author="Eva", reason="It was left open.")
    assert totals(registration).credited_ms == 6_000


def test_another_policy_counts_the_past_anew(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1, words=[[6_000, 6_000, "0000:00:06.00", 0]])
    assert totals(registration).credited_ms == 10_000
    policies.save(policies.propose("Strict", {"basis": Basis.REPORTED.value}), author="Eva")
    courses.update_settings("fire", policy_name="Strict")
    found = totals(registration)
    assert found.credited_ms == 6_000
    assert (found.sessions[0].policy, found.sessions[0].policy_version) == ("Strict", 1)


def test_a_policy_that_is_not_there_any_more_falls_back_to_the_standard(app: Flask, clock: SetClock) -> None:
    course = builders.course()
    course.policy_name = "Lost"
    registration = builders.registration(course)
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1)
    assert totals(registration).sessions[0].policy == STANDARD.name


def test_a_cached_answer_is_used_until_the_facts_change(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1)
    assert totals(registration).credited_ms == 10_000
    # behind the back of everything that raises the version
    db.session.execute(update(SessionRow).values(measured_ms=1, spans=[]))
    db.session.commit()
    assert totals(registration).credited_ms == 10_000
    clock.advance(5_000)
    deliver(claims, S2, opened=clock.now - 5_000, measured=5_000, open=5_000, spans=[[0, 5_000, 1, 0]])
    assert totals(registration).credited_ms == 5_001


def test_a_restored_database_is_counted_anew_though_it_comes_to_the_same_versions(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1)
    assert totals(registration).credited_ms == 10_000

    # the backup had 4 s of it, at a version that the lost rows had reached too
    db.session.execute(update(SessionRow).values(measured_ms=4_000, spans=[[0, 4_000, 1, 0]]))
    db.session.execute(update(Ledger).values(ledger_id="another life"))
    db.session.commit()

    assert totals(registration).credited_ms == 4_000


def test_delivering_twice_changes_nothing(app: Flask, clock: SetClock) -> None:
    registration = builders.registration()
    claims = builders.launch(registration)
    clock.advance(10_000)
    deliver(claims, S1)
    deliver(claims, S1)
    assert totals(registration).credited_ms == 10_000


@pytest.mark.parametrize("learners", [0, 3])
def test_many_registrations_are_counted_together(app: Flask, clock: SetClock, learners: int) -> None:
    course = builders.course()
    made = [builders.registration(course, builders.learner(f"l{number}")) for number in range(learners)]
    claims = [builders.launch(each) for each in made]
    clock.advance(10_000)
    for each in claims:
        deliver(each, S1)
    found = counted_time.totals_for(made)
    assert [found[each.key].credited_ms for each in made] == [10_000] * learners
