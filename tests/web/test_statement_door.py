"""Statements past Flask: the same answers as through it."""

from __future__ import annotations

import base64
import json
import uuid
from typing import Any

import pytest

from seattime.domain.xapi.versions import HEADER
from seattime.errors import Unavailable
from seattime.services import api_keys, lrs_saving
from seattime.web.xapi import statement_door
from tests.domain.xapi.made import made
from tests.web.conftest import PUBLIC, World
from tests.web.test_xapi import BASIC


@pytest.fixture(autouse=True)
def by_door(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What went past Flask."""
    seen: list[str] = []
    store = statement_door._store

    def watched(environ: Any, body: bytes) -> Any:
        seen.append(environ["REQUEST_METHOD"])
        return store(environ, body)

    monkeypatch.setattr(statement_door, "_store", watched)
    return seen


def both(world: World, method: str, path: str, body: bytes, **headers: str) -> tuple[Any, Any]:
    """By the door, and through Flask, which a charset asks for."""
    given = {"Authorization": BASIC, HEADER: "1.0.3"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return tuple(
        world.public.open(path, method=method, data=body, content_type=kind, headers=given, base_url=PUBLIC)
        for kind in ("application/json", "application/json; charset=utf-8")
    )  # type: ignore[return-value]  # two of them


def same(first: Any, second: Any) -> None:
    assert first.status == second.status
    assert first.get_data() == second.get_data()
    # Flask looks for a session, which nothing here has
    headers = [sorted(header for header in each.headers if header != ("Vary", "Cookie")) for each in (first, second)]
    assert headers[0] == headers[1]


@pytest.mark.parametrize("version", ["1.0.3", "1.0", "2.0.0"])
def test_statements_are_answered_alike(world: World, by_door: list[str], version: str) -> None:
    chosen = str(uuid.uuid4())

    same(*both(world, "PUT", f"/xapi/statements?statementId={chosen}", json.dumps(made()).encode(), X_Experience_API_Version=version))
    same(*both(world, "POST", "/xapi/statements", json.dumps([made(id=str(uuid.uuid4()))]).encode(), X_Experience_API_Version=version))
    assert by_door == ["PUT", "POST"]


def test_refusals_are_answered_alike(world: World, by_door: list[str]) -> None:
    chosen = str(uuid.uuid4())
    both(world, "PUT", f"/xapi/statements?statementId={chosen}", json.dumps(made()).encode())
    other = json.dumps(made(id=chosen, result={"success": True})).encode()
    del by_door[:]

    for method, path, body, headers in (
        ("POST", "/xapi/statements", b"not JSON", {}),
        ("POST", "/xapi/statements", b'{"actor":{}}', {}),
        ("POST", "/xapi/statements", other, {}),
        ("PUT", f"/xapi/statements?statementId={chosen}", b"[]", {}),
        ("PUT", f"/xapi/statements?statementId={'-' * 36}", b"{}", {}),
        ("POST", "/xapi/statements", other, {HEADER: "0.95"}),
        ("POST", "/xapi/statements", other, {HEADER: ""}),
        ("POST", "/xapi/statements", other, {"Authorization": ""}),
        ("POST", "/xapi/statements", other, {"Authorization": "Basic !"}),
        ("POST", "/xapi/statements", other, {"Authorization": "Bearer x"}),
    ):
        first, second = both(world, method, path, body, **headers)
        assert first.status_code >= 400
        same(first, second)
    assert len(by_door) == 10


def test_a_key_without_the_scope_is_answered_alike(world: World) -> None:
    key = api_keys.create_key("reader", ["read"])
    basic = "Basic " + base64.b64encode(f"reader:{key.secret}".encode()).decode()

    first, second = both(world, "POST", "/xapi/statements", json.dumps(made()).encode(), Authorization=basic)
    assert first.status_code == 403
    same(first, second)


def test_a_failure_is_answered_once_and_not_tried_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def fail(*_args: object) -> None:
        calls.append(1)
        raise Unavailable("not now")

    monkeypatch.setattr(lrs_saving, "save_statements", fail)
    first, _ = both(world, "POST", "/xapi/statements", json.dumps(made()).encode())

    assert (first.status_code, first.get_json()) == (503, {"message": "not now"})
    assert len(calls) == 2, "once for each of the two requests"


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/xapi/statements", "application/json"),
        ("POST", "/xapi/statements/", "application/json"),
        ("POST", "/xapi/statements?method=GET", "application/json"),
        ("POST", "/xapi/statements", "multipart/mixed; boundary=b"),
        ("PUT", "/xapi/statements?statementId=1&x=2", "application/json"),
        ("DELETE", "/xapi/statements", "application/json"),
        ("POST", "/xapi/activities/state", "application/json"),
    ],
)
def test_what_is_not_plain_goes_through_flask(world: World, by_door: list[str], method: str, path: str, kind: str) -> None:
    world.public.open(path, method=method, data=b"{}", content_type=kind, headers={"Authorization": BASIC}, base_url=PUBLIC)

    assert by_door == []


def test_launched_content_does_not_come_this_way(world: World, by_door: list[str]) -> None:
    answer = world.play.post("/xapi/statements", json=made(), base_url=world.origin, headers={"Authorization": BASIC})

    assert answer.status_code in (401, 403)
    assert by_door == []


def test_a_body_that_is_too_large_or_does_not_say_its_length_goes_through_flask(world: World, by_door: list[str]) -> None:
    for length in ("", "0", "x", str(17 * 1024 * 1024)):
        of_length = {"CONTENT_LENGTH": length}
        world.public.open(
            "/xapi/statements",
            method="POST",
            content_type="application/json",
            base_url=PUBLIC,
            environ_overrides=of_length,
        )

    assert by_door == []
