"""Statements of launched content during an outage, on both databases: acknowledged once they are kept, and taken in their order."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from seattime.config import Settings
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.xapi import texts
from seattime.domain.xapi.versions import Version
from seattime.errors import Conflict
from seattime.services import launch_saving, launch_statements, recovery
from seattime.services.parts import parts
from seattime.services.recovery import Drained
from seattime.services.xapi_launches import Credential
from seattime.storage import stoppable
from seattime.storage.models import Registration, db
from tests import builders
from tests.conftest import SetClock
from tests.domain.xapi.made import made
from tests.services.test_lrs_saving import Lever


@pytest.fixture
def key(app: Flask) -> str:
    """Of a registration for xAPI content."""
    found = builders.registration(builders.course("tea", kind=PackageKind.XAPI), builders.learner()).key
    db.session.rollback()
    return found


@pytest.fixture
def lever(app: Flask, settings: Settings) -> Iterator[Lever]:
    lever = Lever()
    stoppable.make_stoppable(settings.sqlalchemy_url, lever.is_pulled)
    yield lever
    lever.pulled = False


def send(key: str, *sent: dict[str, Any]) -> list[str]:
    credential = Credential(key, 1, None, reads=True)
    return launch_saving.save(launch_statements.read(credential, json.dumps(list(sent)).encode(), Version.V1))


def said(key: str) -> list[dict[str, Any]]:
    found = launch_statements.statements_of(key)
    db.session.rollback()
    return found


def change(key: str, **values: Any) -> None:
    registration = db.session.get(Registration, key)
    for name, value in values.items():
        setattr(registration, name, value)
    db.session.commit()


def new_id() -> str:
    return str(uuid.uuid4())


def test_what_content_says_during_an_outage_is_kept_and_taken_as_its_launch(key: str, lever: Lever, clock: SetClock) -> None:
    came = clock.now
    lever.pulled = True
    ids = send(key, made(), {**made(), "verb": {"id": "not an IRI"}})
    lever.pulled = False
    clock.advance(60_000)

    assert recovery.drain(probing=False) == Drained(drained=1)
    valid, raw = said(key)
    assert [valid["id"], raw["id"]] == ids
    assert (valid["timestamp"], valid["stored"]) == (texts.write_time(came), texts.write_time(clock.now))
    assert valid["authority"]["account"]["name"] == f"registration {uuid.UUID(key)}"
    assert raw["verb"]["id"] == "not an IRI", "nothing is lost for its form, after an outage neither"


def test_what_comes_after_the_outage_does_not_overtake_what_waits(key: str, lever: Lever, clock: SetClock) -> None:
    lever.pulled = True
    first = send(key, made())
    lever.pulled = False
    clock.advance(1_000)
    parts().breaker.succeeded()

    second = send(key, made())

    assert [each["id"] for each in said(key)] == [*first, *second]
    assert parts().spool.count() == 0


def test_of_an_erased_registration_nothing_is_kept(key: str, lever: Lever) -> None:
    lever.pulled = True
    send(key, made())
    lever.pulled = False
    change(key, deleted_ms=1)

    assert recovery.drain(probing=False) == Drained(drained=1)
    assert (said(key), parts().spool.count(), parts().spool.set_aside_count()) == ([], 0, 0)


def test_a_registration_that_a_restore_lost_leaves_its_statements_to_an_operator(app: Flask, lever: Lever) -> None:
    lever.pulled = True
    send("c" * 32, made())
    lever.pulled = False

    assert recovery.drain(probing=False) == Drained(set_aside=1)
    [aside] = parts().spool.set_aside()
    assert (aside.registration_key, aside.reason) == ("c" * 32, "refused: The registration of this launch is gone.")


def test_a_conflict_is_refused_while_the_database_answers_and_set_aside_after_an_outage(key: str, lever: Lever) -> None:
    chosen = new_id()
    send(key, made(id=chosen))
    with pytest.raises(Conflict):
        send(key, made(id=chosen, verb__id="http://example.org/other"))
    lever.pulled = True
    send(key, made(id=chosen, verb__id="http://example.org/other"), made())
    lever.pulled = False

    assert recovery.drain(probing=False) == Drained(set_aside=1)
    assert len(said(key)) == 2
    assert chosen in parts().spool.set_aside()[0].reason


def test_no_statements_are_nothing_to_keep(key: str, lever: Lever) -> None:
    lever.pulled = True

    assert send(key) == []
    assert parts().spool.count() == 0
