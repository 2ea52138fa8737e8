"""While the database is away: commits and open courses go on, everything else is refused at once (web/outage.py)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from seattime.services import commits
from seattime.services.parts import parts
from seattime.storage import ledger
from seattime.storage.models import db
from tests import builders
from tests.web.conftest import PUBLIC, World


@pytest.fixture
def away(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Every statement fails, as on a connection that broke. The statements that were tried all the same."""
    tried: list[str] = []

    def refuse(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        tried.append(statement)
        raise OperationalError(statement, {}, Exception("the database is away"))

    def down(*_args: object) -> None:
        raise OperationalError("UPDATE", {}, Exception("the database is away"))

    monkeypatch.setattr(ledger, "record", down)
    monkeypatch.setattr(ledger, "record_group", down, raising=False)
    event.listen(db.engine, "before_cursor_execute", refuse)
    yield tried
    event.remove(db.engine, "before_cursor_execute", refuse)


def commit(world: World) -> str:
    claims = builders.DeliveryClaims(world.key, 1, 1, parts().clock.now_ms(), 1, "normal")
    answer = commits.record_commit(builders.message(claims, builders.record(time=builders.time_register())))
    return str(answer["results"][0]["time"]["status"])


def test_what_needs_the_database_is_refused_without_asking_it(world: World, away: list[str]) -> None:
    assert commit(world) == "spooled"
    assert parts().breaker.state == "open"
    away.clear()

    launch = world.play.post(f"/player/{world.key}/launch", json={"link": ""}, base_url=world.origin)
    player = world.play.get(f"/player/{world.key}/?link=x", base_url=world.origin)
    api = world.public.get("/api/v2/courses", base_url=PUBLIC, auth=("tester", "secret"))
    page = world.public.get("/sign-in/some-token", base_url=PUBLIC)

    assert [answer.status_code for answer in (launch, player, api, page)] == [503] * 4
    assert "does not answer" in launch.get_json()["message"]
    assert away == []


def test_health_and_the_players_files_go_on(world: World, away: list[str]) -> None:
    commit(world)

    assert world.public.get("/health/live", base_url=PUBLIC).status_code == 200
    assert world.play.get("/player/deliver", base_url=world.origin).status_code == 200
    assert world.play.get("/player/return", base_url=world.origin).status_code == 200
    assert commit(world) == "spooled"


def test_an_open_course_still_gets_its_files(world: World, request: pytest.FixtureRequest) -> None:
    path = f"/content/{world.registration.version.key}/part1.html"
    other = "/content/0123456789abcdef0123456789abcdef/part1.html"
    assert world.play.get(path, base_url=world.origin, buffered=True).status_code == 200
    db.session.commit()

    request.getfixturevalue("away")
    before_the_breaker_knows = world.play.get(path, base_url=world.origin, buffered=True)
    commit(world)
    after = world.play.get(path, base_url=world.origin, buffered=True)

    assert [before_the_breaker_knows.status_code, after.status_code] == [200, 200]
    assert after.get_data(as_text=True) == "<title>one</title>"
    assert world.play.get(other, base_url=world.origin).status_code in (404, 503), "nobody can say whose file it is"
