"""What a running course sends, over HTTP (docs/protocol.md)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import OperationalError

from seattime.services import commits, registrations
from seattime.storage import ledger
from seattime.storage.spool import SpoolBackend, SpoolFailed
from seattime.web import runtime
from tests import builders
from tests.web.conftest import World


def post(world: World, body: Any, path: str = "/runtime/commit"):  # type: ignore[no-untyped-def]  # a werkzeug response
    text = body if isinstance(body, str) else json.dumps(body)
    return world.play.post(path, data=text, content_type="text/plain", base_url=world.origin)


def test_a_beacon_is_a_simple_request_and_is_stored(world: World) -> None:
    claims = builders.launch(world.registration)

    answer = post(world, builders.message(claims, builders.record(time=builders.time_register())))

    assert answer.status_code == 200
    assert answer.get_json()["results"][0]["time"]["status"] == "stored"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("body", ["", "not json", "[]", '"text"'])
def test_what_is_no_message_is_refused(world: World, body: str) -> None:
    assert post(world, body).status_code == 400


def test_a_wrong_field_is_named(world: World) -> None:
    claims = builders.launch(world.registration)
    record = builders.record(time=builders.time_register(spans=[[0, -5, 1, 0]]))

    answer = post(world, builders.message(claims, record))

    assert answer.status_code == 400
    assert "records[0].time.spans[0]" in answer.get_json()["message"]


def test_a_forged_token_is_refused(world: World) -> None:
    record = builders.record(time=builders.time_register())

    assert post(world, {"v": 1, "token": "forged", "records": [record]}).status_code == 403


def test_a_launch_link_is_no_delivery_token(world: World) -> None:
    record = builders.record(time=builders.time_register())

    assert post(world, {"v": 1, "token": world.link(), "records": [record]}).status_code == 403


def test_gone_is_said_with_410(world: World) -> None:
    claims = builders.launch(world.registration)
    registrations.delete_registration(world.registration.registration_id)

    answer = post(world, builders.message(claims, builders.record(time=builders.time_register())))

    assert answer.status_code == 410
    assert answer.get_json()["results"][0]["time"]["status"] == "gone"


def test_a_database_that_fails_is_answered_as_spooled_and_never_stored(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = builders.launch(world.registration)

    def down(*_args: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is down"))

    monkeypatch.setattr(ledger, "record", down)
    answer = post(world, builders.message(claims, builders.record(time=builders.time_register())))

    assert answer.status_code == 200
    assert answer.get_json()["results"][0]["time"]["status"] == "spooled"
    assert (answer.get_json()["ledger"], answer.get_json()["now"]) == (None, None), "the database said neither"
    assert "stored" not in answer.get_data(as_text=True)
    assert commits.save_failures() == 1


def test_database_and_spool_both_failing_is_503(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = builders.launch(world.registration)

    def down(*_args: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is down"))

    def full(*_args: object) -> None:
        raise SpoolFailed("no room")

    monkeypatch.setattr(ledger, "record", down)
    monkeypatch.setattr(SpoolBackend, "set", full)
    answer = post(world, builders.message(claims, builders.record(time=builders.time_register())))

    assert answer.status_code == 503
    assert "results" not in answer.get_json()
    assert commits.save_failures() == 1


def test_nothing_is_acknowledged_before_the_commit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    claims = builders.launch(world.registration)

    def fails(*_args: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("the connection was lost"))

    monkeypatch.setattr(DefaultDialect, "do_commit", fails)
    answer = post(world, builders.message(claims, builders.record(time=builders.time_register())))

    assert answer.get_json()["results"][0]["time"]["status"] == "spooled"


def test_another_activity_is_opened_without_a_launch(world: World) -> None:
    claims = builders.launch(world.registration)

    answer = post(world, {"token": builders.token(claims), "activity": "item_2"}, "/runtime/open")

    assert answer.status_code == 200
    assert answer.get_json()["activity"]["id"] == "item_2"
    assert answer.get_json()["newest_launch"] == 1


def test_an_unknown_activity_is_not_found(world: World) -> None:
    claims = builders.launch(world.registration)

    assert post(world, {"token": builders.token(claims), "activity": "nope"}, "/runtime/open").status_code == 404


def test_a_message_that_is_too_large_is_413(world: World) -> None:
    assert post(world, " " * (4 * 1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize("path", ["/runtime/commit", "/runtime/open", "/runtime/settle"])
@pytest.mark.parametrize(
    "body",
    ["[" * 100_000, '{"token":"\\ud800","v":1,"records":[]}', '{"v":' + "9" * 6000 + "}", '{"v":NaN}', "\ufeff{}"],
    ids=["deep", "half a surrogate pair", "a long number", "NaN", "a byte order mark"],
)
def test_what_nobody_sends_by_accident_is_refused_in_json(world: World, path: str, body: str) -> None:
    answer = post(world, body, path)

    assert answer.status_code in (400, 403)
    assert answer.get_json()["message"]


def test_a_body_without_a_length_is_not_read_for_ever(world: World) -> None:
    class Endless:
        """More than any message, by a sender who does not say how much (chunked)."""

        given = 0

        def read(self, size: int = -1) -> bytes:
            self.given += size if size > 0 else 1 << 20
            assert self.given < 2 * runtime.MOST_BYTES, "it was read on and on"
            return b" " * (size if size > 0 else 1 << 20)

    answer = world.play.post(
        "/runtime/commit",
        base_url=world.origin,
        environ_overrides={"wsgi.input": Endless(), "wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"},
    )

    assert answer.status_code == 413
    assert answer.get_json()["message"]


@pytest.mark.parametrize("body", ['{"v": 1}', "not json", '{"v": 1, "token": "x", "records": []}'])
@pytest.mark.parametrize("path", ["/runtime/commit", "/runtime/open"])
def test_pages_of_other_origins_may_read_every_answer_to_a_commit_and_an_opening(world: World, path: str, body: str) -> None:
    """Refusals too: a page that could not tell 403 from a broken line would try for ever."""
    answer = world.play.post(path, data=body, content_type="text/plain", base_url=world.origin, headers={"Origin": "https://lms.example"})

    assert answer.status_code >= 400
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_a_stored_commit_may_be_read_by_pages_of_other_origins(world: World) -> None:
    answer = post(world, builders.message(builders.launch(world.registration), builders.record(time=builders.time_register())))

    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_no_other_address_of_the_play_origin_may_be_read_from_elsewhere(world: World) -> None:
    for path in ("/runtime/settle", f"/player/{world.key}/launch"):
        answer = world.play.post(path, data="{}", base_url=world.origin, headers={"Origin": "https://lms.example"})
        assert "Access-Control-Allow-Origin" not in answer.headers
