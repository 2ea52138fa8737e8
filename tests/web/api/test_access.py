"""Who gets in, and what whoever does not is told. Driven by hand: the public client sends no wrong requests."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from seattime.services import api_keys, courses
from seattime.storage.models import db
from tests import builders


def basic(user: str = "tester", password: str = "secret") -> dict[str, str]:
    return {"Authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


@pytest.fixture
def http(sqlite_app: Flask) -> FlaskClient:
    builders.course("fire")
    db.session.commit()
    return sqlite_app.test_client()


def message_of(response: TestResponse) -> str:
    assert response.mimetype == "application/json"
    body = json.loads(response.data)
    assert list(body) == ["message"]
    return str(body["message"])


@pytest.mark.parametrize(
    "headers",
    [
        {},
        basic(password="wrong"),
        basic(user="nobody"),
        basic(password=""),
        {"Authorization": "Basic !!!"},
        {"Authorization": "Basic"},
        {"Authorization": "Bearer secret"},
        {"Authorization": "Basic " + b64encode(b"\xff\xfe:\xff").decode()},
        {"Authorization": "Basic " + b64encode(b"no colon").decode()},
        {"Cookie": "seattime=anything"},
    ],
)
@pytest.mark.parametrize("path", ["/api/v2/ping", "/api/v2/courses/fire", "/api/v2/nothing/here", "/api/v1"])
def test_without_a_right_key_nothing_is_told(http: FlaskClient, headers: dict[str, str], path: str) -> None:
    response = http.get(path, headers=headers)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")
    assert "fire" not in message_of(response)


def test_a_key_that_only_reads_changes_nothing(http: FlaskClient) -> None:
    key = api_keys.create_key("reader", scopes=["read"])
    headers = basic(key.key_id, key.secret)
    assert http.get("/api/v2/courses/fire", headers=headers).status_code == 200
    response = http.delete("/api/v2/courses/fire", headers=headers)
    assert response.status_code == 403
    assert message_of(response) == "The API key reader does not have the scope write."
    assert courses.find_course("fire")


def test_a_key_that_only_writes_reads_nothing(http: FlaskClient) -> None:
    key = api_keys.create_key("writer", scopes=["write"])
    assert http.get("/api/v2/courses/fire", headers=basic(key.key_id, key.secret)).status_code == 403


def test_another_sites_page_changes_nothing_though_a_browser_sends_the_password_along(http: FlaskClient) -> None:
    response = http.delete("/api/v2/courses/fire", headers=basic() | {"Origin": "http://evil.example"})
    assert response.status_code == 403
    assert "other sites" in message_of(response)
    own = http.delete("/api/v2/courses/fire", headers=basic() | {"Origin": "http://localhost:8000"})
    assert own.status_code == 204


def test_the_api_is_not_on_the_play_origin(http: FlaskClient) -> None:
    response = http.get("/api/v2/ping", headers=basic(), base_url="http://cabc.play.localhost:8000")
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/v2/nothing", 404),
        ("GET", "/api/v1/courses", 404),
        ("PATCH", "/api/v2/courses", 405),
        ("PUT", "/api/v2/courses/fire", 405),
        ("POST", "/api/v2/ping", 405),
    ],
)
def test_what_is_not_there_is_answered_in_the_error_shape(
    http: FlaskClient, method: str, path: str, status: int
) -> None:
    response = http.open(path, method=method, headers=basic())
    assert response.status_code == status
    assert message_of(response) == f"There is no {method} {path} in this API."


@pytest.mark.parametrize(
    ("content_type", "body", "status", "said"),
    [
        ("application/json", b"{", 400, "not valid JSON"),
        ("application/json", b"", 400, "not valid JSON"),
        ("application/json", b"[1]", 400, "must be a JSON object"),
        ("application/json", b'"title"', 400, "must be a JSON object"),
        ("application/json", b"\xff", 400, "not valid JSON"),
        ("application/json", b"[" * 100_000, 400, "not valid JSON"),
        ("application/json", b"{}", 400, "title is missing"),
        ("application/json", b'{"title": null}', 400, "title is missing"),
        ("application/json", b'{"title": 5}', 400, "title must be a text"),
        ("application/json", b'{"title": " "}', 400, "title must not be empty"),
        ("application/json", b'{"title": "\\u0000"}', 400, "title holds a character"),
        ("application/json", b'{"title": "\\ud800"}', 400, "title holds a character"),
        ("application/json", json.dumps({"title": "x" * 1001}).encode(), 400, "title is longer than 1000"),
        ("text/plain", b'{"title": "x"}', 415, "must be JSON"),
        ("application/x-www-form-urlencoded", b"title=x", 415, "must be JSON"),
        ("", b'{"title": "x"}', 415, "must be JSON"),
        ("application/json", b" " * (1024 * 1024 + 1), 413, "larger than this server takes"),
    ],
)
def test_a_body_that_cannot_be_used_is_refused_in_a_sentence(
    http: FlaskClient, content_type: str, body: bytes, status: int, said: str
) -> None:
    response = http.put("/api/v2/courses/fire/title", data=body, headers=basic(), content_type=content_type)
    assert response.status_code == status
    assert said in message_of(response)
    assert courses.find_course("fire").title == "Fire safety"


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "application/vnd.api+json"])
def test_json_by_another_name_is_taken(http: FlaskClient, content_type: str) -> None:
    response = http.put(
        "/api/v2/courses/fire/title", data=b'{"title": "New"}', headers=basic(), content_type=content_type
    )
    assert response.status_code == 204


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("since=yesterday", "since"),
        ("until=2026-13-01T00:00:00Z", "until"),
        ("since=9999-12-31T23:59:59-23:00&until=x", "until"),
        ("since=0001-01-01T00:00:00%2B23:00", None),
        ("since=2026-01-01", None),
        ("since=2026-01-01T12:00:00+02:00", None),
        ("since=2026-01-01%2012:00:00", None),
        ("includeTotalCount=maybe", "includeTotalCount"),
        ("orderBy=title", "orderBy"),
        ("filterBy=slug&filter=x", "filterBy"),
        ("datetimeFilter=never", "datetimeFilter"),
        ("filter=%00", "filter"),
        ("more=%00", "more"),
        ("more=abc", "more"),
        ("tags=a", "tags"),
    ],
)
def test_a_query_that_cannot_be_used_names_its_field(http: FlaskClient, query: str, field: str | None) -> None:
    response = http.get(f"/api/v2/courses?{query}", headers=basic())
    if field is None:
        assert response.status_code == 200
    else:
        assert response.status_code == 400
        assert field in message_of(response)


@pytest.mark.parametrize("path", ["courses/%00", "registrations/%00", "registrations/%ED%A0%80"])
def test_an_id_that_no_database_can_hold_is_not_found(http: FlaskClient, path: str) -> None:
    assert http.get(f"/api/v2/{path}", headers=basic()).status_code == 404


def test_a_fault_of_ours_tells_nothing_of_itself(http: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_course_id: str) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(courses, "find_course", fail)
    response = http.get("/api/v2/courses/fire", headers=basic())
    assert response.status_code == 500
    assert "secret" not in message_of(response)


def test_a_database_that_does_not_answer_is_a_503_to_be_tried_again(
    http: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_course_id: str) -> None:
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(courses, "find_course", fail)
    response = http.get("/api/v2/courses/fire", headers=basic())
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert message_of(response) == "The database does not answer at the moment. Try again."


def test_no_answer_is_kept_by_a_cache(http: FlaskClient) -> None:
    assert http.get("/api/v2/ping", headers=basic()).headers["Cache-Control"] == "no-store"
