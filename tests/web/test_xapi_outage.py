"""The record store over HTTP while the database is away: what is sent is kept and acknowledged, what would read is refused at once."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from seattime.services import api_keys, recovery
from seattime.services.parts import parts
from seattime.storage import stoppable
from tests.domain.xapi.made import made
from tests.web.conftest import World
from tests.web.test_xapi import THROUGH, call


@dataclass
class Stopped:
    """The database is away as long as `now` is True. `asked`: how often something wanted to go there."""

    now: bool = True
    asked: int = 0

    def __call__(self) -> bool:
        self.asked += 1
        return self.now


@pytest.fixture
def away(world: World) -> Iterator[Stopped]:
    stopped = Stopped()
    stoppable.make_stoppable(parts().settings.sqlalchemy_url, stopped)
    yield stopped
    stopped.now = False


def test_statements_are_acknowledged_and_found_later(world: World, away: Stopped) -> None:
    chosen = str(uuid.uuid4())

    put = call(world, "PUT", f"statements?statementId={chosen}", made())
    # now the breaker is open
    posted = call(world, "POST", "statements", [made(), made()])

    assert (put.status_code, posted.status_code, len(posted.get_json())) == (204, 200, 2)
    assert THROUGH not in put.headers, "nobody can say how much can be read now"
    assert parts().spool.count() == 2
    away.now = False
    recovery.drain(probing=False)
    found = call(world, "GET", "statements?ascending=true").get_json()["statements"]
    assert {each["id"] for each in found} == {chosen, *posted.get_json()}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "statements"),
        ("HEAD", "statements"),
        ("POST", "statements?method=GET"),
        ("GET", "activities?activityId=http://example.org/a"),
        ("PUT", "agents/profile?profileId=a&agent=%7B%22mbox%22%3A%22mailto%3Aa%40example.org%22%7D"),
    ],
)
def test_everything_else_is_refused_at_once(world: World, away: Stopped, method: str, path: str) -> None:
    parts().breaker.failed()
    form = {"Content_Type": "application/x-www-form-urlencoded"} if "method=" in path else {}

    answer = call(world, method, path, "" if form else {}, If_None_Match="*", **form)

    assert (answer.status_code, answer.headers["Retry-After"], away.asked) == (503, "5", 0)


def test_what_cannot_be_kept_is_no_success(world: World, away: Stopped, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts().spool, "_most_bytes", 10)

    assert call(world, "POST", "statements", made()).status_code == 503


def test_bad_statements_are_refused_without_the_database(world: World, away: Stopped) -> None:
    parts().breaker.failed()

    assert call(world, "POST", "statements", {"actor": {}}).status_code == 400
    assert parts().spool.count() == 0


def test_a_key_that_only_the_database_knows_is_asked_to_come_again(world: World, away: Stopped) -> None:
    away.now = False
    key = api_keys.create_key("mine")
    basic = "Basic " + base64.b64encode(f"mine:{key.secret}".encode()).decode()
    away.now = True

    assert call(world, "POST", "statements", made(), Authorization=basic).status_code == 503
    away.now = False
    assert call(world, "POST", "statements", made(), Authorization=basic).status_code == 200
    away.now = True
    assert call(world, "POST", "statements", made(), Authorization=basic).status_code == 200
