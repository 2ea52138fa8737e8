"""Told and counted, over the database: which sessions stand there, and that the figures are those of every other page."""

import base64
import csv
import io
import json
from typing import Any

import pytest
from flask import Flask

from seattime.errors import NotFound
from seattime.services import commits, comparison, comparison_export, counted_time, host_tickets, registrations
from seattime.services.claims import DeliveryClaims, read_delivery
from seattime.services.host_tickets import HostVisit
from seattime.services.learners import LearnerInfo
from seattime.services.parts import parts
from tests import builders

YES = {"answer": "true"}
KEPT: dict[str, Any] = {
    "v": 1,
    "api": "API",
    "initialize": YES,
    "told": {"raw": "0000:00:04.00", "ms": 4000, "times": 1, **YES},
    "kept": {"raw": "0000:00:04.00", "ms": 4000},
    "commits": {"asked": 2, "yes": 2, "answer": "none"},
    "finish": YES,
    "total": "0000:07:00.00",
    "slowest": None,
}
LOST: dict[str, Any] = {**KEPT, "kept": None, "commits": {"asked": 1, "yes": 0, "answer": "false", "error": "391"}, "finish": None}


def play(registration_id: str, *accounts: dict[str, Any] | None, course_id: str = "lms") -> str:
    """Sessions of ten measured seconds in which the LMS was told this; the registration's key."""
    host_tickets.make_ticket(
        HostVisit(registration_id=registration_id, course_id=course_id, learner=LearnerInfo(learner_id=f"of-{registration_id}"))
    )
    registration = registrations.find_registration(registration_id)
    token = _token(registration_id)
    for said in accounts:
        state = {} if said is None else {"seattime.host": json.dumps(said)}
        word = [[4000, 4000, "0000:00:04.00", 0]]
        record = builders.record(
            activity="course", time=builders.time_register(words=word, ended="left"), state=builders.state_register(elements=state)
        )
        commits.record_commit({"v": 1, "token": token, "records": [record]})
    return registration.key


def _token(registration_id: str) -> str:
    registration = registrations.find_registration(registration_id)
    launched = parts().clock.now_ms() - 60_000
    return builders.token(DeliveryClaims(registration.key, registration.launch_count, 1, launched, registration.instance, "normal"))


def test_the_sums_are_those_of_the_sessions_and_of_every_other_page(app: Flask) -> None:
    key = play("r1", KEPT, LOST)

    found = comparison.compare_one(key)

    # two sessions at the same ten seconds: they count once
    total = counted_time.registration_totals(registrations.find_registration("r1"))
    assert found.counted_ms == total.credited_ms == 10_000
    assert found.lms_ms == 4000
    assert found.differs_ms == 6000
    assert (found.lost, len(found.sessions)) == (1, 2)
    assert found.lms_total == "0000:07:00.00"
    assert found.differs_ms == sum(each.differs_ms for each in found.sessions)


def test_the_largest_difference_comes_first(app: Flask) -> None:
    nine = {"raw": "0000:00:09.00", "ms": 9000}
    keys = [play("r1", {**KEPT, "kept": nine, "told": {**nine, **YES}}), play("r2", LOST), play("r3", KEPT)]

    assert [each.key for each in comparison.compare_all()] == [keys[1], keys[2], keys[0]]


def test_sessions_in_our_own_player_or_as_the_api_do_not_stand_there(app: Flask) -> None:
    builders.registration()
    key = play("r1", {"v": 1, "api": "SeatTime"}, None)

    assert comparison.compare_all() == []
    assert comparison.exists()
    with pytest.raises(NotFound):
        comparison.compare_one(key)


def test_deleted_registrations_and_what_was_before_a_reset_are_left_out(app: Flask) -> None:
    play("r1", KEPT)
    play("r2", KEPT)
    registrations.delete_registration("r1")
    registrations.delete_progress("r2")

    assert comparison.compare_all() == []


def test_what_the_lms_was_told_is_no_state_of_the_course(app: Flask) -> None:
    play("r1", LOST)

    ticket = host_tickets.make_ticket(HostVisit(registration_id="r1"))

    said = json.loads(base64.urlsafe_b64decode(ticket.text + "=="))
    assert said["activity"]["data"]["elements"] == {}
    assert read_delivery(said["token"]).launch_number == 2


def test_every_session_is_a_row_of_the_export(app: Flask) -> None:
    play("r1", KEPT, LOST)

    rows = list(csv.DictReader(io.StringIO(comparison_export.sessions("csv"))))
    objects = json.loads(comparison_export.sessions("json"))

    assert len(rows) == len(objects) == 2
    lost = next(row for row in objects if row["lms_s"] == 0)
    assert (lost["commits"], lost["commits_true"], lost["commit_answer"], lost["commit_error"]) == (1, 0, "false", "391")
    assert lost["told_s"] == 4.0
    assert lost["why"].startswith("The LMS was told 4 s and has none of it: it answered false (error 391) to LMSCommit.")
    assert sum(float(row["credited_s"]) for row in rows) == 10.0
    with pytest.raises(NotFound):
        comparison_export.sessions("xml")
