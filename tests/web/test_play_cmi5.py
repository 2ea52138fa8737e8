"""cmi5 as an AU meets it on its play origin: fetch, launch data, preferences, statements, with their HTTP answers."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.words import Verb
from seattime.services import cmi5_sessions
from seattime.storage.models import Registration
from tests import builders
from tests.services.cmi5_world import Au, launch, open_activity, register, told

PREFERENCES = {"languagePreference": "en-US,fr-FR", "audioPreference": "off"}


@pytest.fixture
def registration(app: Flask) -> Registration:
    return register()


class Speaker:
    """An AU whose requests go through the application."""

    def __init__(self, app: Flask, au: Au, token: str) -> None:
        self._client, self.au, self._token = app.test_client(), au, token

    def ask(self, method: str, resource: str, body: Any = None, kind: str = "application/json", **query: str) -> TestResponse:
        endpoint = urlsplit(self.au.parameters["endpoint"])
        return self._client.open(
            f"{endpoint.path}{resource}?{urlencode(query)}",
            method=method,
            base_url=f"{endpoint.scheme}://{endpoint.netloc}",
            data=json.dumps(body) if kind == "application/json" and body is not None else body,
            content_type=kind if body is not None else None,
            headers={"Authorization": f"Basic {self._token}", "X-Experience-API-Version": "1.0.3"},
        )

    def state(self, method: str, state_id: str, body: Any = None) -> TestResponse:
        of = {name: self.au.parameters[name] for name in ("activityId", "registration")}
        return self.ask(method, "activities/state", body, agent=self.au.parameters["actor"], stateId=state_id, **of)

    def preferences(self, method: str, body: Any = None, kind: str = "application/json", agent: str | None = None) -> TestResponse:
        of = {} if agent == "" else {"agent": agent or self.au.parameters["actor"]}
        return self.ask(method, "agents/profile", body, kind, profileId=words.PREFERENCES, **of)


def begin(app: Flask, registration: Registration) -> Speaker:
    session_id, parameters = open_activity(registration, "https://publisher.example/au/a")
    address = urlsplit(parameters["fetch"])
    answer = app.test_client().post(address.path, base_url=f"{address.scheme}://{address.netloc}")
    assert (answer.status_code, answer.content_type) == (200, "application/json")
    token = answer.get_json()["auth-token"]
    again = app.test_client().post(address.path, base_url=f"{address.scheme}://{address.netloc}")
    assert (again.status_code, again.get_json()["error-code"]) == (200, "1")
    speaker = Speaker(app, Au(session_id, parameters, None, {}), token)  # type: ignore[arg-type]  # it speaks by HTTP
    speaker.au.launch_data = speaker.state("GET", words.LAUNCH_DATA).get_json()
    return speaker


def test_a_session_over_http(app: Flask, registration: Registration) -> None:
    au = begin(app, registration)
    initialized = au.au.statement(Verb.INITIALIZED)

    refused = au.ask("POST", "statements", [initialized])
    assert (refused.status_code, "cmi5LearnerPreferences" in refused.get_json()["message"]) == (403, True)
    assert au.preferences("GET").status_code == 404
    assert au.ask("POST", "statements", [initialized]).status_code == 200
    assert au.ask("PUT", "statements", au.au.statement(Verb.COMPLETED)).status_code == 400
    completed = au.au.statement(Verb.COMPLETED)
    assert au.ask("PUT", "statements", completed, statementId=completed["id"]).status_code == 204
    assert au.ask("POST", "statements", [au.au.statement(Verb.TERMINATED)]).status_code == 200
    late = au.au.statement(Verb.PASSED, timestamp="2026-11-18T11:06:40.001Z")
    assert au.ask("POST", "statements", [late]).status_code == 403
    assert [verb for verb, _ in told(registration)] == ["satisfied", "launched", "initialized", "completed", "terminated"]


def test_launch_data_are_only_read(app: Flask, registration: Registration) -> None:
    au = begin(app, registration)
    assert au.state("PUT", words.LAUNCH_DATA, {"mine": 1}).status_code == 403
    assert au.state("DELETE", words.LAUNCH_DATA).status_code == 403
    assert au.state("PUT", "bookmark", {"page": 3}).status_code == 204
    assert au.state("GET", "bookmark").get_json() == {"page": 3}
    assert au.state("GET", words.LAUNCH_DATA).get_json()["moveOn"] == "Completed"


def test_preferences_are_the_learners_in_all_registrations(app: Flask, registration: Registration) -> None:
    au = begin(app, registration)
    assert au.preferences("PUT", PREFERENCES).status_code == 204
    assert au.preferences("PUT", {"languagePreference": "en"}).status_code == 403
    assert au.preferences("PUT", "just text", "text/plain").status_code == 403
    assert au.preferences("PUT", PREFERENCES, agent="").status_code == 400
    assert au.preferences("PUT", PREFERENCES, agent='{"mbox": "mailto:ben@example.org"}').status_code == 403
    assert au.preferences("GET").get_json() == PREFERENCES
    other = register_another(registration)
    assert begin(app, other).preferences("GET").get_json() == PREFERENCES
    assert begin(app, register("ben")).preferences("GET").status_code == 404


def register_another(of: Registration) -> Registration:
    course = builders.course("elsewhere")
    version = of.course.versions[-1]
    course.versions[-1].kind, course.versions[-1].structure = version.kind, version.structure
    return builders.registration(course, of.learner)


def test_an_abandoned_sessions_token_is_worth_nothing(app: Flask, registration: Registration) -> None:
    au = begin(app, registration)
    au.preferences("GET")
    cmi5_sessions.abandon(au.au.session_id)
    assert au.ask("POST", "statements", [au.au.statement(Verb.INITIALIZED)]).status_code == 403
    assert au.state("GET", "bookmark").status_code == 403
    assert launch(registration).session_id != au.au.session_id
