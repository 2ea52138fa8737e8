"""cmi5's sessions on both databases: what is said and written before an AU speaks, and how sessions end."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.launch_data import made_id
from seattime.domain.cmi5.words import Verb
from seattime.errors import NotFound
from seattime.services import cmi5_sessions, launching, registrations
from seattime.services.claims import DeliveryClaims
from seattime.services.cmi5_sessions import LEFT_MS, SILENT_MS
from seattime.services.cmi5_statements import Refused
from seattime.services.commits import record_commit
from seattime.services.launching import Admission
from seattime.services.xapi_launches import FetchUsed
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import Launch, Registration, db
from tests import builders
from tests.conftest import SetClock
from tests.services.cmi5_world import FREE, A, B, C, launch, open_activity, register, statements_of, told

SESSION = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def registration(app: Flask) -> Registration:
    return register()


def play(session_id: str, clock: SetClock, ms: int, **time: Any) -> None:
    """The player delivers a session of the AU that measured so much until now."""
    start = db.session.get_one(ActivityStart, session_id)
    row = db.session.get_one(Launch, (start.registration_key, start.launch_number))
    claims = DeliveryClaims(start.registration_key, row.number, row.order_number, row.launched_ms, start.instance, start.mode)
    now = clock.now_ms()
    register = builders.time_register(
        order=row.order_number, opened=now - ms, measured=ms, open=ms, spans=[[0, ms, 1, 0]], acts=[[0, ms]], **time
    )
    record = builders.record(SESSION, activity=start.activity_id, standard="none", start=start.key, time=register)
    record_commit(builders.message(claims, record))


def last(of: Registration) -> dict[str, Any]:
    return statements_of(of)[-1]


def test_launched_is_recorded_before_the_au_has_anything_to_speak_with(registration: Registration, clock: SetClock) -> None:
    session_id, parameters = open_activity(registration, A)

    (satisfied, launched) = statements_of(registration)
    assert (satisfied["verb"]["id"], launched["verb"]["id"]) == (Verb.SATISFIED, Verb.LAUNCHED)
    origin = urlsplit(parameters["endpoint"])._replace(path="", query="").geturl()
    context = launched["context"]
    assert context["registration"] == parameters["registration"]
    assert context["contextActivities"] == {
        "grouping": [{"objectType": "Activity", "id": A}],
        "category": [{"objectType": "Activity", "id": words.CMI5}],
    }
    assert context["extensions"] == {
        words.SESSION_ID: session_id,
        words.LAUNCH_MODE: "Normal",
        words.LAUNCH_URL: f"{origin}/content/{registration.version.key}/index.html?own=1",
        words.MOVE_ON_EXTENSION: "Completed",
        words.LAUNCH_PARAMETERS: "pages=3",
    }
    assert launched["actor"] == json.loads(parameters["actor"])
    assert launched["object"]["id"] == parameters["activityId"]
    assert launched["timestamp"] == "2026-11-18T11:06:40.000Z"


def test_the_address_keeps_the_aus_own_query_and_names_the_au_as_the_lms_does(registration: Registration) -> None:
    answer = launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=B, user_agent="")
    query = parse_qs(urlsplit(answer["activities"][B]["src"]).query)

    assert set(query) == {"own", *words.QUERY}
    (activity_id,) = query["activityId"]
    assert activity_id == made_id(registration.course_key, "au", B)
    assert activity_id.startswith("urn:uuid:")
    assert len({made_id(registration.course_key, kind, B) for kind in ("au", "block", "course")}) == 3
    assert made_id("another course", "au", B) != activity_id


def test_the_au_is_called_the_same_in_every_launch_and_every_registration(registration: Registration) -> None:
    other = builders.registration(registration.course, builders.learner("ben"))
    ids = {open_activity(each, A)[1]["activityId"] for each in (registration, registration, other)}
    assert len(ids) == 1


def test_the_launch_data_say_what_the_course_structure_says(registration: Registration) -> None:
    au = launch(registration, B, initialized=False)
    assert au.launch_data == {
        "contextTemplate": {
            "registration": au.parameters["registration"],
            "contextActivities": {"grouping": [{"objectType": "Activity", "id": B}]},
            "extensions": {words.SESSION_ID: au.session_id},
        },
        "launchMode": "Normal",
        "launchMethod": "AnyWindow",
        "moveOn": "Passed",
        "returnURL": au.parameters["endpoint"].replace("/xapi/", "/player/return"),
        "masteryScore": 0.8,
    }
    assert launch(registration, A, initialized=False).launch_data["launchParameters"] == "pages=3"
    assert launch(registration, C, "review", initialized=False).launch_data["entitlementKey"] == {"courseStructure": "key"}
    assert launch(registration, C, "browse", initialized=False).launch_data["launchMode"] == "Browse"


def test_only_what_is_opened_is_launched(registration: Registration) -> None:
    open_activity(registration, B)
    assert [subject for verb, subject in told(registration) if verb == "launched"] == [B]


def test_a_start_that_was_kept_for_later_is_launched_by_its_fetch(registration: Registration) -> None:
    """A player that is offline opens what it has; its AU asks for its token when the network is back."""
    answer = launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=A, user_agent="")
    kept = parse_qs(urlsplit(answer["activities"][B]["src"]).query)["fetch"][0]

    cmi5_sessions.fetch_token(kept.rpartition("/")[2])

    assert told(registration)[1:] == [("launched", A), ("abandoned", A), ("launched", B)]


def test_a_fetch_address_is_good_once_and_not_after_its_session(registration: Registration) -> None:
    session_id, parameters = open_activity(registration, A)
    cmi5_sessions.abandon(session_id)
    with pytest.raises(FetchUsed, match="ended"):
        cmi5_sessions.fetch_token(parameters["fetch"].rpartition("/")[2])
    au = launch(registration)
    with pytest.raises(FetchUsed, match="used already"):
        cmi5_sessions.fetch_token(au.parameters["fetch"].rpartition("/")[2])


def test_the_next_launch_of_a_registration_abandons_the_session_before(registration: Registration, clock: SetClock) -> None:
    first = launch(registration)
    clock.advance(90_000)
    first.send(first.statement("http://adlnet.gov/expapi/verbs/experienced", defined=False))
    clock.advance(60_000)
    launch(registration, B)

    assert told(registration)[1:] == [
        ("launched", A),
        ("initialized", A),
        ("experienced", A),
        ("abandoned", A),
        ("launched", B),
        ("initialized", B),
    ]
    abandoned = statements_of(registration)[4]
    # no player reported: from "launched" to the last statement
    assert abandoned["result"] == {"duration": "PT1M30S"}
    assert abandoned["context"]["extensions"] == {words.SESSION_ID: first.session_id}
    assert abandoned["object"]["id"] == first.parameters["activityId"]


def test_a_session_that_terminated_is_not_abandoned(registration: Registration) -> None:
    launch(registration).say(Verb.TERMINATED)
    launch(registration)
    assert [verb for verb, _ in told(registration)] == ["satisfied", "launched", "initialized", "terminated", "launched", "initialized"]


def test_another_registration_goes_on(registration: Registration) -> None:
    au = launch(registration)
    launch(register("ben"))
    au.say(Verb.COMPLETED)
    assert ("abandoned", A) not in told(registration)


def test_abandoned_has_the_time_that_the_player_measured(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    clock.advance(200_000)
    play(au.session_id, clock, 150_000)
    cmi5_sessions.abandon(au.session_id)
    assert last(registration)["result"] == {"duration": "PT2M30S"}


def test_a_session_whose_player_was_left_is_abandoned_after_a_while(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    clock.advance(60_000)
    play(au.session_id, clock, 60_000, ended="left")

    clock.advance(LEFT_MS)
    assert cmi5_sessions.abandon_lost() == 0
    clock.advance(1)
    assert cmi5_sessions.abandon_lost() == 1
    assert cmi5_sessions.abandon_lost() == 0
    assert (last(registration)["verb"]["id"], last(registration)["result"]) == (Verb.ABANDONED, {"duration": "PT1M"})


def test_a_session_that_is_still_played_is_not(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    for _ in range(30):
        clock.advance(SILENT_MS // 10)
        play(au.session_id, clock, 60_000, seq=clock.now_ms())
    assert cmi5_sessions.abandon_lost() == 0


def test_a_session_of_which_nothing_is_heard_for_a_day_is_abandoned(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    clock.advance(SILENT_MS)
    assert cmi5_sessions.abandon_lost() == 0
    clock.advance(1)
    assert cmi5_sessions.abandon_lost() == 1
    with pytest.raises(Refused, match="abandoned"):
        au.say(Verb.COMPLETED)


def test_what_the_player_delivers_after_that_still_counts(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    clock.advance(60_000)
    cmi5_sessions.abandon(au.session_id)
    clock.advance(60_000)
    play(au.session_id, clock, 120_000)
    (session,) = registrations.sessions_of(registration, 1)
    assert session.measured_ms == 120_000


def test_abandoning_twice_says_it_once(registration: Registration) -> None:
    au = launch(registration)
    cmi5_sessions.abandon(au.session_id)
    cmi5_sessions.abandon(au.session_id)
    assert [verb for verb, _ in told(registration)].count("abandoned") == 1
    with pytest.raises(NotFound):
        cmi5_sessions.abandon("nobody")


def test_sessions_are_reported_with_what_was_refused(registration: Registration, clock: SetClock) -> None:
    first = launch(registration)
    with pytest.raises(Refused):
        first.say(Verb.INITIALIZED)
    clock.advance(1_000)
    launch(registration, B).say(Verb.TERMINATED)

    one, two = cmi5_sessions.report(registration.registration_id)
    assert (one.activity_id, one.abandoned_ms, one.refused) == (A, clock.now_ms(), 1)
    assert one.refusal == '"initialized" was said in this session already (cmi5 9.3).'
    assert (two.activity_id, two.terminated_ms, two.abandoned_ms, two.refused) == (B, clock.now_ms(), None, 0)


def test_a_reset_begins_anew_and_the_launch_says_so(registration: Registration) -> None:
    launch(registration).say(Verb.COMPLETED, Verb.TERMINATED)
    registrations.delete_progress(registration.registration_id)
    again = launch(registration)
    again.say(Verb.COMPLETED)
    ids = {each["context"]["registration"] for each in statements_of(registration)}
    assert len(ids) == 2
    assert [each for each in told(registration) if each[0] == "satisfied"] == [("satisfied", FREE)] * 2


def test_an_au_that_wants_its_own_window_gets_one(registration: Registration, app: Flask) -> None:
    course = registration.course
    structure = json.loads(json.dumps(course.versions[-1].structure))
    assert (
        launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=A, user_agent="")["course"]["open_in"]
        == "frame"
    )
    structure["organizations"][0]["items"][0]["children"][1]["launch_method"] = "OwnWindow"
    course.versions[-1].structure = structure
    db.session.commit()
    assert (
        launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=A, user_agent="")["course"]["open_in"]
        == "window"
    )
