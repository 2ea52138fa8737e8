"""Commits go past Flask, and nobody can tell by the answer."""

from __future__ import annotations

import json
from typing import Any

import pytest

from seattime.services import commits, registrations
from tests import builders
from tests.web.conftest import PUBLIC, World

AROUND = {"Service-Worker": "none"}
"""A header with which a request goes through Flask: the door takes plain commits only."""


def post(world: World, body: Any, headers: dict[str, str] | None = None, base_url: str = ""):  # type: ignore[no-untyped-def]  # a werkzeug response
    text = body if isinstance(body, str) else json.dumps(body)
    return world.play.post("/runtime/commit", data=text, content_type="text/plain", base_url=base_url or world.origin, headers=headers)


def test_a_plain_commit_is_answered_without_flask(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(world.app.view_functions, "runtime.commit", lambda: ("Flask was asked", 500))
    claims = builders.launch(world.registration)
    message = builders.message(claims, builders.record(time=builders.time_register()))

    assert post(world, message).status_code == 200
    assert post(world, message, AROUND).status_code == 500


@pytest.mark.parametrize("erased", [False, True], ids=["stored", "gone"])
def test_the_answer_is_the_one_that_flask_gives(world: World, erased: bool) -> None:
    claims = builders.launch(world.registration)
    message = builders.message(claims, builders.record(time=builders.time_register()))
    if erased:
        registrations.delete_registration(world.registration.registration_id)
    post(world, message)

    straight, around = post(world, message), post(world, message, AROUND)

    assert straight.status_code == around.status_code == (410 if erased else 200)
    assert straight.get_json() == around.get_json()
    assert straight.headers["Cache-Control"] == "no-store"
    # Flask-Login looks at the cookie and says so; nothing of a commit's answer depends on one
    both = [{(name, value) for name, value in one.headers if name not in ("Content-Length", "Vary")} for one in (straight, around)]
    assert both[0] == both[1]


@pytest.mark.parametrize("body", ["", "not json", "[]", '{"v": 1, "token": "forged", "records": []}', '{"v": 2}'])
def test_an_error_is_answered_by_flask_and_the_commit_is_not_tried_twice(world: World, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    around = post(world, body, AROUND)
    asked: list[object] = []
    record_commit = commits.record_commit

    def counted(message: dict[str, Any]) -> dict[str, Any]:
        asked.append(message)
        return record_commit(message)

    monkeypatch.setattr(commits, "record_commit", counted)
    straight = post(world, body)

    assert straight.status_code == around.status_code >= 400
    assert (straight.data, straight.headers["Content-Type"]) == (around.data, around.headers["Content-Type"])
    assert len(asked) <= 1


def test_where_people_sign_in_there_is_no_door(world: World) -> None:
    claims = builders.launch(world.registration)

    assert post(world, builders.message(claims, builders.record(time=builders.time_register())), base_url=PUBLIC).status_code == 404


def test_a_body_that_is_shorter_than_it_says_is_no_message(world: World) -> None:
    claims = builders.launch(world.registration)
    text = json.dumps(builders.message(claims, builders.record(time=builders.time_register())))

    answer = world.play.post(
        "/runtime/commit", data=text[:-5], base_url=world.origin, environ_overrides={"CONTENT_LENGTH": str(len(text))}
    )

    assert answer.status_code == 400
