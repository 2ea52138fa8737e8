"""Tickets for player pages of other LMSs: who gets one, what is in it, and what it is good for."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from seattime.errors import Conflict, NotFound
from seattime.services import api_keys, launching, registrations
from seattime.services.api_keys import Scope
from seattime.services.parts import parts
from seattime.storage.models import Course, Launch, Registration, db
from tests import builders

PUBLIC = "http://localhost:8000"
VISIT: dict[str, Any] = {
    "registrationId": "lms-7",
    "courseId": "fire-elsewhere",
    "courseTitle": "Fire safety",
    "standard": "scorm2004",
    "learner": {"id": "ana", "firstName": "Ana", "lastName": "Ruiz"},
}


@pytest.fixture
def client(sqlite_app: Flask) -> FlaskClient:
    return sqlite_app.test_client()


def ask(client: FlaskClient, body: dict[str, Any], scopes: tuple[Scope, ...] = (Scope.WRITE,), **headers: str) -> Any:
    made = api_keys.create_key(scopes=scopes)
    db.session.commit()
    credentials = base64.b64encode(f"{made.key_id}:{made.secret}".encode()).decode()
    return client.post(
        "/api/v2/seattime/hostTickets", json=body, base_url=PUBLIC, headers={"Authorization": f"Basic {credentials}", **headers}
    )


def read(ticket: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(base64.urlsafe_b64decode(ticket + "=" * (-len(ticket) % 4)))
    return said


def test_a_ticket_makes_what_is_missing_and_starts_a_launch(client: FlaskClient) -> None:
    answer = ask(client, VISIT)

    assert answer.status_code == 200
    said = read(answer.json["ticket"])
    registration = registrations.find_registration("lms-7")
    assert said["registration"] == registration.key
    assert said["launch"]["number"] == 1
    assert said["base"] == answer.json["base"] == parts().settings.play_origin_of(registration.course.slug)
    assert answer.json["script"] == said["base"] + "/static/scorm_api/host/host.js"
    assert said["activity"]["standard"] == "scorm2004"
    assert said["activity"]["expose"] == ["API_1484_11"]
    assert (registration.course.title, registration.learner.first_name) == ("Fire safety", "Ana")
    # no delivery page of ours could reach a journal in another LMS's origin
    launch = db.session.get(Launch, (registration.key, 1))
    assert launch is not None
    assert (launch.host, launch.settled) == (True, True)


def test_each_opening_is_a_launch_of_the_same_registration(client: FlaskClient) -> None:
    first, second = (read(ask(client, VISIT).json["ticket"]) for _ in range(2))

    assert first["registration"] == second["registration"]
    assert (first["launch"]["number"], second["launch"]["number"]) == (1, 2)
    assert second["launch"]["order"] > first["launch"]["order"]
    assert db.session.query(Course).count() == 1


def test_a_registration_that_is_there_needs_only_its_id(client: FlaskClient) -> None:
    registration = builders.registration(builders.course(activities=2))

    said = read(ask(client, {"registrationId": registration.registration_id, "activityId": "item_2"}).json["ticket"])

    assert said["registration"] == registration.key
    assert said["activity"]["id"] == "item_2"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"courseId": "another"}, 409),
        ({"learner": {"id": "ben"}}, 409),
        ({"activityId": "item_9"}, 404),
        ({"registrationId": "lms-8", "learner": None}, 404),
        ({"registrationId": "lms-8", "courseId": None}, 404),
        ({"registrationId": "lms-8", "courseId": "new", "standard": "aicc"}, 400),
        ({"registrationId": ""}, 400),
        ({"learner": {"firstName": "Ana"}}, 400),
    ],
)
def test_what_does_not_fit_is_refused(client: FlaskClient, change: dict[str, Any], status: int) -> None:
    assert ask(client, VISIT).status_code == 200
    body = {name: value for name, value in {**VISIT, **change}.items() if value is not None}

    answer = ask(client, body)

    assert answer.status_code == status, answer.json
    assert answer.json["message"]
    # what was refused has started nothing
    assert db.session.query(Launch).count() == 1


def test_reading_keys_and_other_sites_pages_get_none(client: FlaskClient) -> None:
    assert ask(client, VISIT, (Scope.READ,)).status_code == 403
    assert ask(client, VISIT, Origin="https://evil.example").status_code == 403
    assert db.session.query(Registration).count() == 0


def test_the_token_of_a_ticket_delivers(client: FlaskClient) -> None:
    said = read(ask(client, VISIT).json["ticket"])
    record = builders.record(activity=said["activity"]["id"], time=builders.time_register())
    message = {"v": 1, "token": said["token"], "records": [record]}

    answer = client.post("/runtime/commit", data=json.dumps(message), base_url=said["base"], headers={"Origin": "https://lms.example"})

    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["results"][0]["time"]["status"] == "stored"


def test_a_course_that_is_played_elsewhere_cannot_be_opened_here(client: FlaskClient) -> None:
    ask(client, VISIT)
    registration = registrations.find_registration("lms-7")

    with pytest.raises(Conflict, match="another LMS"):
        launching.launch_link(registration)


def test_a_link_to_it_is_refused_before_anybody_is_registered(client: FlaskClient) -> None:
    ask(client, VISIT)
    learner = {"id": "ben", "firstName": "Ben", "lastName": "Okoro"}
    body = {
        "registration": {"courseId": VISIT["courseId"], "registrationId": "r-ben", "learner": learner},
        "launchLink": {"expiry": 600, "redirectOnExitUrl": "closer"},
    }
    made = api_keys.create_key(scopes=(Scope.WRITE,))
    db.session.commit()
    credentials = base64.b64encode(f"{made.key_id}:{made.secret}".encode()).decode()

    answer = client.post(
        "/api/v2/registrations/withLaunchLink", json=body, base_url=PUBLIC, headers={"Authorization": f"Basic {credentials}"}
    )

    assert answer.status_code == 409
    assert answer.json is not None
    assert "another LMS" in answer.json["message"]
    with pytest.raises(NotFound):
        registrations.find_registration("r-ben")
