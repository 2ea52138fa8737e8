"""What operators decide about cmi5 courses, and what they are told (docs/rest-api.md, additions of ours)."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from flask import Flask

from seattime.domain.cmi5.words import Verb
from seattime.services.cmi5_statements import Refused
from seattime.storage.models import Registration
from tests.services.cmi5_world import BLOCK, A, B, launch, register, told

PUBLIC = "http://localhost:8000"
CREDENTIALS = {"Authorization": "Basic " + base64.b64encode(b"tester:secret").decode()}


@pytest.fixture
def registration(sqlite_app: Flask) -> Registration:
    return register()


def ask(app: Flask, method: str, path: str, body: Any = None) -> Any:
    return app.test_client().open(f"/api/v2/{path}", method=method, json=body, base_url=PUBLIC, headers=CREDENTIALS)


def test_an_au_is_waived_with_a_reason(sqlite_app: Flask, registration: Registration) -> None:
    wish = {"registrationId": registration.registration_id, "activityId": B}
    assert ask(sqlite_app, "POST", "seattime/cmi5/waivers", wish).status_code == 204
    assert told(registration) == [("waived", B), ("satisfied", "https://publisher.example/free")]
    assert ask(sqlite_app, "POST", "seattime/cmi5/waivers", {**wish, "activityId": BLOCK}).status_code == 404
    assert ask(sqlite_app, "POST", "seattime/cmi5/waivers", {"activityId": B}).status_code == 400


def test_sessions_are_listed_with_the_last_refusal_and_can_be_ended(sqlite_app: Flask, registration: Registration) -> None:
    au = launch(registration, A)
    with pytest.raises(Refused):
        au.say(Verb.INITIALIZED)

    path = f"seattime/cmi5/sessions?registrationId={registration.registration_id}"
    assert ask(sqlite_app, "GET", path).get_json() == {
        "sessions": [
            {
                "id": au.session_id,
                "activityId": A,
                "launched": "2026-11-18T11:06:40.000Z",
                "refused": 1,
                "lastRefused": "2026-11-18T11:06:40.000Z",
                "lastRefusal": '"initialized" was said in this session already (cmi5 9.3).',
            }
        ]
    }
    assert ask(sqlite_app, "POST", f"seattime/cmi5/sessions/{au.session_id}/abandon").status_code == 204
    (session,) = ask(sqlite_app, "GET", path).get_json()["sessions"]
    assert session["abandoned"] == "2026-11-18T11:06:40.000Z"
    assert ask(sqlite_app, "POST", "seattime/cmi5/sessions/nobody/abandon").status_code == 404
    assert ask(sqlite_app, "GET", "seattime/cmi5/sessions").status_code == 400


@pytest.mark.parametrize(("mode", "status"), [("review", 200), ("browse", 200), ("Review", 400)])
def test_a_launch_link_may_name_its_mode(sqlite_app: Flask, registration: Registration, mode: str, status: int) -> None:
    path = f"registrations/{registration.registration_id}/launchLink"
    answer = ask(sqlite_app, "POST", path, {"redirectOnExitUrl": "message", "launchMode": mode})
    assert answer.status_code == status
