"""Registrations from creation to progress, driven by the public client on both databases."""

from __future__ import annotations

import re
import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rustici_software_cloud_v2 as cloud
from flask import Flask
from werkzeug.test import TestResponse

from seattime.services import registrations
from seattime.services.claims import DeliveryClaims
from seattime.services.commits import record_commit
from seattime.storage.models import db
from tests import builders
from tests.conftest import START_MS, SetClock
from tests.web.api.conftest import ON_SQLITE, Client
from tests.web.api.test_courses_api import refused

START = datetime.fromtimestamp(START_MS / 1000, UTC)
S1 = "11111111-1111-4111-8111-111111111111"
S2 = "22222222-2222-4222-8222-222222222222"


@pytest.fixture
def fire(app: Flask) -> None:
    """A course of two activities, `item_1` and `item_2`."""
    builders.course("fire", activities=2)
    db.session.commit()


def new(registration_id: str = "r1", learner_id: str = "ana", **more: Any) -> cloud.CreateRegistrationSchema:
    learner = cloud.LearnerSchema(id=learner_id, first_name="Ana", last_name="Ruiz", email="ana@example.org")
    return cloud.CreateRegistrationSchema("fire", learner, registration_id, **more)


def launched(registration_id: str = "r1") -> DeliveryClaims:
    claims = builders.launch(registrations.find_registration(registration_id))
    db.session.rollback()
    return claims


def deliver(claims: DeliveryClaims, session: str, activity: str = "item_1", **changes: Any) -> None:
    state = changes.pop("state", None)
    registers: dict[str, Any] = {"time": builders.time_register(order=claims.order_number, **changes)}
    if state is not None:
        registers["state"] = builders.state_register(elements=state, order=claims.order_number)
    record_commit(builders.message(claims, builders.record(session, activity=activity, **registers)))
    db.session.rollback()


ALL = {"include_child_results": True, "include_runtime": True, "include_interactions_and_objectives": True}


@pytest.mark.usefixtures("fire")
class TestWithACourse:
    """All of these have the course `fire`."""

    def test_a_registration_is_made_and_found(self, client: Client) -> None:
        client.registrations.create_registration(new(registration_tags=["night shift"]))
        client.registrations.get_registration("r1")
        found = client.registrations.get_registration_progress("r1")
        assert (found.id, found.instance, found.course.id, found.course.version) == ("r1", 1, "fire", 1)
        assert found.learner.to_dict() == {
            "id": "ana",
            "first_name": "Ana",
            "last_name": "Ruiz",
            "email": "ana@example.org",
        }
        assert found.tags == ["night shift"]
        assert found.created_date == START
        assert uuid.UUID(found.xapi_registration_id)
        assert (found.registration_completion, found.registration_success) == ("UNKNOWN", "UNKNOWN")
        assert found.total_seconds_tracked == 0
        assert found.first_access_date is None

    def test_a_registration_that_there_is_not_is_not_found(self, client: Client) -> None:
        api = client.registrations
        link = cloud.LaunchLinkRequestSchema(redirect_on_exit_url="")
        for call in (
            lambda: api.get_registration_progress("r1"),
            lambda: api.build_registration_launch_link("r1", link),
            lambda: api.get_registration_launch_history("r1"),
            lambda: api.delete_registration("r1"),
            lambda: api.delete_registration_progress("r1"),
            lambda: api.get_registration_instances("r1"),
        ):
            assert refused(call, 404) == "There is no registration with the id r1."
        with pytest.raises(cloud.rest.ApiException, match="404"):
            api.get_registration("r1")

    def test_an_id_that_is_taken_is_refused(self, client: Client) -> None:
        client.registrations.create_registration(new())
        assert refused(lambda: client.registrations.create_registration(new(learner_id="ben")), 409)

    def test_a_course_or_version_that_there_is_not_is_refused(self, client: Client) -> None:
        learner = cloud.LearnerSchema(id="ana")
        water = cloud.CreateRegistrationSchema("water", learner, "r1")
        assert refused(lambda: client.registrations.create_registration(water), 404)
        assert refused(lambda: client.registrations.create_registration(new(), course_version=2), 404)

    def test_what_would_silently_be_lost_is_refused(self, client: Client) -> None:
        state = cloud.RegistrationSchema(total_seconds_tracked=3600)
        with_state = new(initial_registration_state=state)
        message = refused(lambda: client.registrations.create_registration(with_state), 400)
        assert message.startswith("initialRegistrationState is not supported")

    def test_a_learner_is_updated_for_all_registrations(self, client: Client) -> None:
        client.registrations.create_registration(new("r1"))
        client.registrations.create_registration(new("r2"))
        client.learners.update_learner_info("ana", cloud.LearnerSchema(id="ana", last_name="Ruiz Vega"))
        names = {r.learner.last_name for r in client.registrations.get_registrations().registrations}
        assert names == {"Ruiz Vega"}

    def test_a_launch_link_opens_the_player_until_it_expires(self, client: Client, app: Flask, clock: SetClock) -> None:
        client.registrations.create_registration(new())
        request = cloud.LaunchLinkRequestSchema(redirect_on_exit_url="https://lms.example/back")
        link = client.registrations.build_registration_launch_link("r1", request).launch_link
        host = re.match(r"http://(c[0-9a-f]+\.play\.localhost:8000)/player/", link)
        assert host
        player = app.test_client()
        assert player.get(link, base_url=f"http://{host[1]}").status_code == 200
        assert client.registrations.get_registration_launch_history("r1").launch_history == []
        clock.advance(121_000)
        assert player.get(link, base_url=f"http://{host[1]}").status_code == 410

    def test_an_expiry_of_the_callers_choice_is_kept(self, client: Client, app: Flask, clock: SetClock) -> None:
        client.registrations.create_registration(new())
        request = cloud.LaunchLinkRequestSchema(expiry=300, redirect_on_exit_url="")
        link = client.registrations.build_registration_launch_link("r1", request).launch_link
        clock.advance(299_000)
        assert app.test_client().get(link, base_url=link.partition("/player/")[0]).status_code == 200

    def test_launches_and_time_are_seen_in_progress_and_history(self, client: Client, clock: SetClock) -> None:
        client.registrations.create_registration(new())
        first = launched()
        clock.advance(8_120)
        deliver(first, S1, opened=START_MS, measured=8_120, open=8_120, spans=[[0, 8_120, 1, 0]], ended="left")
        found = client.registrations.get_registration_progress("r1")
        assert found.total_seconds_tracked == 8.12
        assert found.activity_details.time_tracked == "0000:00:08.12"
        assert found.registration_completion == "INCOMPLETE"
        assert (found.first_access_date, found.last_access_date) == (START, START + timedelta(milliseconds=8_120))
        assert found.updated == START + timedelta(milliseconds=8_120)
        second = launched()
        clock.advance(5_000)
        deliver(second, S2, "item_2", opened=clock.now - 5_000, measured=5_000, open=5_000, spans=[[0, 5_000, 1, 0]])
        history = client.registrations.get_registration_launch_history("r1").launch_history
        assert [launch.total_seconds_tracked for launch in history] == [8.12, 5.0]
        assert [launch.launch_time for launch in history] == [START, START + timedelta(milliseconds=8_120)]
        assert [launch.exit_time for launch in history] == [START + timedelta(milliseconds=8_120), None]
        assert len({launch.launch_history_id for launch in history}) == 2

    def test_parts_add_up_to_the_whole(self, client: Client, clock: SetClock) -> None:
        client.registrations.create_registration(new())
        claims = launched()
        clock.advance(20_000)
        deliver(claims, S1, "item_1", opened=START_MS, measured=7_004, open=7_004, spans=[[0, 7_004, 1, 0]])
        deliver(claims, S2, "item_2", opened=START_MS + 8_000, measured=5_003, open=5_003, spans=[[0, 5_003, 1, 0]])
        found = client.registrations.get_registration_progress("r1", include_child_results=True)
        assert found.total_seconds_tracked == 12.007
        assert found.activity_details.time_tracked == "0000:00:12.00"
        parts = [(child.id, child.time_tracked) for child in found.activity_details.children]
        assert parts == [("item_1", "0000:00:07.00"), ("item_2", "0000:00:05.00")]

    def test_two_courses_open_for_the_same_seconds_add_up_to_them(self, client: Client, clock: SetClock) -> None:
        builders.course("water")
        db.session.commit()
        client.registrations.create_registration(new())
        other = cloud.CreateRegistrationSchema("water", cloud.LearnerSchema(id="ana"), "r2")
        client.registrations.create_registration(other)
        first, second = launched("r1"), launched("r2")
        clock.advance(6_000)
        six = {"opened": START_MS, "measured": 6_000, "open": 6_000, "spans": [[0, 6_000, 1, 0]]}
        deliver(first, S1, **six)
        deliver(second, S2, **six)
        listed = client.registrations.get_registrations(learner_id="ana").registrations
        assert sum(registration.total_seconds_tracked for registration in listed) == 6.0

    def test_the_runtime_tells_reported_and_counted_time_apart(self, client: Client, clock: SetClock) -> None:
        client.registrations.create_registration(new())
        claims = launched()
        clock.advance(10_000)
        deliver(
            claims,
            S1,
            words=[[6_000, 6_000, "0000:00:06.00", 0]],
            status={"completion": "passed", "raw": "80"},
            exit="suspend",
            state={
                "cmi.core.lesson_status": "passed",
                "cmi.core.lesson_location": "page 3",
                "cmi.core.score.raw": "80",
                "cmi.suspend_data": "bookmark",
                "cmi.comments": "Too long.",
                "cmi.interactions.0.id": "q1",
                "cmi.interactions.0.type": "choice",
                "cmi.interactions.0.student_response": "b",
                "cmi.interactions.0.correct_responses.0.pattern": "b",
                "cmi.interactions.0.result": "correct",
                "cmi.objectives.0.id": "exits",
                "cmi.objectives.0.status": "failed",
            },
        )
        found = client.registrations.get_registration_progress("r1", **ALL)
        first, second = found.activity_details.children
        assert (first.attempts, first.activity_completion, first.activity_success) == (1, "COMPLETED", "PASSED")
        assert first.score.scaled == 80.0
        assert first.suspended
        assert found.suspended_activity_id == "item_1"
        runtime = first.runtime
        assert (runtime.total_time, runtime.time_tracked) == ("0000:00:06.00", "0000:00:10.00")
        assert (runtime.completion_status, runtime.runtime_success_status) == ("passed", "PASSED")
        assert (runtime.location, runtime.suspend_data, runtime.exit) == ("page 3", "bookmark", "suspend")
        assert (runtime.score_raw, runtime.mode, runtime.credit, runtime.entry) == ("80", "normal", "credit", "resume")
        assert [comment.value for comment in runtime.learner_comments] == ["Too long."]
        answer = runtime.runtime_interactions[0]
        assert (answer.id, answer.type, answer.learner_response, answer.result) == ("q1", "Choice", "b", "correct")
        assert answer.correct_responses == ["b"]
        objective = runtime.runtime_objectives[0]
        assert (objective.id, objective.runtime_objective_success_status) == ("exits", "FAILED")
        assert objective.runtime_objective_completion_status == "COMPLETED"
        assert (second.attempts, second.activity_completion, second.runtime) == (0, "UNKNOWN", None)
        assert (found.registration_completion, found.registration_completion_amount) == ("INCOMPLETE", 0.5)

    def test_a_course_is_completed_when_the_last_activity_is(self, client: Client, clock: SetClock) -> None:
        client.registrations.create_registration(new())
        claims = launched()
        clock.advance(10_000)
        deliver(claims, S1, "item_1", status={"completion": "completed"})
        assert client.registrations.get_registration_progress("r1").completed_date is None
        clock.advance(10_000)
        deliver(claims, S2, "item_2", status={"completion": "passed", "raw": "90"})
        found = client.registrations.get_registration_progress("r1")
        assert (found.registration_completion, found.registration_success) == ("COMPLETED", "PASSED")
        assert found.completed_date == START + timedelta(seconds=20)
        assert found.score.scaled == 90.0

    def test_a_deleted_progress_begins_anew_and_the_earlier_one_counts_nothing(
        self, client: Client, clock: SetClock
    ) -> None:
        client.registrations.create_registration(new())
        claims = launched()
        clock.advance(10_000)
        deliver(claims, S1)
        client.registrations.delete_registration_progress("r1")
        found = client.registrations.get_registration_progress("r1")
        assert (found.instance, found.total_seconds_tracked, found.first_access_date) == (2, 0.0, None)
        assert client.registrations.get_registration_launch_history("r1").launch_history == []
        instances = client.registrations.get_registration_instances("r1").registrations
        assert [(one.instance, one.total_seconds_tracked) for one in instances] == [(1, 0.0), (2, 0.0)]
        earlier = client.registrations.get_registration_instance_launch_history("r1", 1).launch_history
        assert [launch.instance for launch in earlier] == [1]
        assert client.registrations.get_registration_instance_progress("r1", 1, **ALL).first_access_date == START
        assert refused(lambda: client.registrations.get_registration_instance_progress("r1", 3), 404)

    def test_a_deleted_id_made_again_has_nothing_of_the_first(self, client: Client, clock: SetClock) -> None:
        client.registrations.create_registration(new())
        claims = launched()
        client.registrations.delete_registration("r1")
        client.registrations.create_registration(new(learner_id="ben"))
        clock.advance(10_000)
        deliver(claims, S1)
        assert client.registrations.get_registration_progress("r1").total_seconds_tracked == 0.0

    def test_lists_are_filtered_and_counted(self, client: Client, clock: SetClock) -> None:
        client.registrations.create_registration(new("r1"))
        clock.advance(60_000)
        client.registrations.create_registration(new("r2", "ben"))

        def found(**query: Any) -> list[str]:
            return [one.id for one in client.registrations.get_registrations(**query).registrations]

        assert found() == ["r1", "r2"]
        assert found(course_id="fire", learner_id="ben") == ["r2"]
        assert found(course_id="water") == []
        assert found(since=START + timedelta(seconds=30), datetime_filter="created") == ["r2"]
        assert found(until=START + timedelta(seconds=30)) == ["r1"]
        assert found(filter="BEN", filter_by="learner_id") == ["r2"]
        assert found(order_by="registration_id_desc") == ["r2", "r1"]
        _, _, headers = client.registrations.get_registrations_with_http_info(include_total_count=True)
        assert headers["X-Total-Count"] == "2"
        assert refused(lambda: client.registrations.get_registrations(tags=["a"]), 400)

    def test_pages_follow_each_other_by_their_token(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(registrations.list_registrations.__kwdefaults__, "size", 2)
        for number in range(5):
            client.registrations.create_registration(new(f"r{number}"))
        seen: list[str] = []
        page = client.registrations.get_registrations(course_id="fire")
        while True:
            seen += [registration.id for registration in page.registrations]
            if page.more is None:
                break
            page = client.registrations.get_registrations(more=page.more, include_child_results=True)
        assert sorted(seen) == [f"r{number}" for number in range(5)]


def post(app: Flask, path: str, body: object) -> TestResponse:
    """By hand: the public client sends no such bodies."""
    return app.test_client().post(f"/api/v2{path}", json=body, auth=("tester", "secret"))


GOOD = {"registrationId": "r1", "courseId": "fire", "learner": {"id": "ana"}}


@ON_SQLITE
@pytest.mark.usefixtures("fire")
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"registrationId": None}, "registrationId is missing."),
        ({"registrationId": 5}, "registrationId must be a text."),
        ({"registrationId": ""}, "registrationId must not be empty"),
        ({"registrationId": "x" * 256}, "registrationId is longer than 255"),
        ({"courseId": None}, "courseId is missing."),
        ({"courseId": ["fire"]}, "courseId must be a text."),
        ({"learner": None}, "learner is missing."),
        ({"learner": "ana"}, "learner must be an object."),
        ({"learner": {}}, "learner.id is missing."),
        ({"learner": {"id": 7}}, "learner.id must be a text."),
        ({"learner": {"id": "ana", "firstName": {}}}, "learner.firstName must be a text."),
        ({"learner": {"id": "ana", "lastName": "\0"}}, "learner.last_name holds a character"),
        ({"registrationTags": "a"}, "registrationTags must be a list of texts."),
        ({"learnerTags": [1]}, "learnerTags must be a list of texts."),
        ({"postBack": "https://lms.example"}, "postBack must be an object."),
        ({"postBack": {"url": 5}}, "postBack.url must be a text."),
    ],
)
def test_a_body_that_cannot_be_used_names_its_field(app: Flask, changes: dict[str, Any], said: str) -> None:
    response = post(app, "/registrations", GOOD | changes)
    assert response.status_code == 400
    assert response.get_json()["message"].startswith(said)


@ON_SQLITE
@pytest.mark.usefixtures("fire")
def test_a_postback_is_kept_without_its_password(app: Flask) -> None:
    postback = {"url": "https://lms.example", "userName": "u", "password": "p", "authType": "FORM"}
    assert post(app, "/registrations", GOOD | {"postBack": postback}).status_code == 204
    kept = registrations.find_registration("r1").options
    assert kept == {"postBack": {"url": "https://lms.example", "userName": "u", "authType": "FORM"}}


@ON_SQLITE
@pytest.mark.usefixtures("fire")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "redirectOnExitUrl is missing."),
        ({"redirectOnExitUrl": 5}, "redirectOnExitUrl must be a text."),
        ({"redirectOnExitUrl": "javascript:alert(1)"}, "redirectOnExitUrl must begin with http"),
        ({"redirectOnExitUrl": "data:text/html,x"}, "redirectOnExitUrl must begin with http"),
        ({"redirectOnExitUrl": "//lms.example"}, "redirectOnExitUrl must begin with http"),
        ({"redirectOnExitUrl": "http://["}, "redirectOnExitUrl must begin with http"),
        ({"redirectOnExitUrl": "", "expiry": 9}, "expiry must be a whole number from 10 to 86400."),
        ({"redirectOnExitUrl": "", "expiry": 86401}, "expiry must be a whole number"),
        ({"redirectOnExitUrl": "", "expiry": "120"}, "expiry must be a whole number"),
        ({"redirectOnExitUrl": "", "expiry": True}, "expiry must be a whole number"),
        ({"redirectOnExitUrl": "", "tracking": "no"}, "tracking must be true or false."),
    ],
)
def test_a_launch_link_that_cannot_work_is_refused(app: Flask, body: dict[str, Any], said: str) -> None:
    assert post(app, "/registrations", GOOD).status_code == 204
    response = post(app, "/registrations/r1/launchLink", body)
    assert response.status_code == 400
    assert response.get_json()["message"].startswith(said)


@ON_SQLITE
@pytest.mark.usefixtures("fire")
def test_a_registration_and_its_link_come_in_one_request_or_not_at_all(app: Flask) -> None:
    bad = post(app, "/registrations/withLaunchLink", {"registration": GOOD, "launchLink": {}})
    assert (bad.status_code, bad.get_json()["message"]) == (400, "launchLink.redirectOnExitUrl is missing.")
    body = {"registration": GOOD, "launchLink": {"redirectOnExitUrl": "message"}}
    good = post(app, "/registrations/withLaunchLink", body)
    assert good.status_code == 200
    assert "/player/" in good.get_json()["launchLink"]


@ON_SQLITE
@pytest.mark.usefixtures("fire")
def test_a_launch_that_is_not_to_be_tracked_is_browsing(app: Flask, clock: SetClock) -> None:
    assert post(app, "/registrations", GOOD).status_code == 204
    body = {"redirectOnExitUrl": "", "tracking": False}
    link = post(app, "/registrations/r1/launchLink", body).get_json()["launchLink"]
    origin, _, rest = link.partition("/player/")
    key, _, query = rest.partition("/")
    started = app.test_client().post(
        f"/player/{key}/launch",
        json={"link": query.partition("link=")[2], "activity": None},
        base_url=origin,
        headers={"Origin": origin},
    )
    assert started.status_code == 200
    assert started.get_json()["mode"] == "browse"


