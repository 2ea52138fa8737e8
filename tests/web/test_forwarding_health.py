"""How forwarding is doing, for programs and for people; and by hand."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from seattime.app import create_app
from seattime.cli import main
from seattime.config import Settings
from seattime.domain.forwarding import Answer
from seattime.services import forwarding, forwarding_health, sign_in
from seattime.services.forwarder import Forwarder
from seattime.services.forwarding_http import HttpTarget
from seattime.services.parts import parts
from seattime.storage.models import db
from seattime.storage.probe import Probe
from tests import builders
from tests.conftest import UNHURRIED, SetClock
from tests.said import say, statement
from tests.services.test_forwarding import Store
from tests.web.conftest import PUBLIC
from tests.web.pages.conftest import Browser

ENDPOINT = "http://lrs.example.org/xapi"


@pytest.fixture
def app(settings: Settings, clock: SetClock) -> Iterator[Flask]:
    """One that forwards, on each kind of database. Probes ask anew each time, in the thread that asks them."""
    chosen = replace(settings, forward_xapi_endpoint=ENDPOINT, forward_xapi_user="us", forward_xapi_password="pass").checked()
    application = create_app(chosen, clock=clock, wall=clock.seconds, pace=UNHURRIED)
    application.config["TESTING"] = True
    probe = application.extensions[forwarding_health.EXTENSION]
    application.extensions[forwarding_health.EXTENSION] = Probe(probe._ask, probe._silent, keep_s=0, wait_s=30)
    with application.app_context():
        yield application
        parts().committer.close()
        db.session.remove()
        db.engine.dispose()


def told(app: Flask) -> dict[str, object]:
    db.session.rollback()
    answer = app.test_client().get("/health/time-tracking", base_url=PUBLIC).get_json()
    assert answer["status"] == "healthy"
    found: dict[str, object] = answer["forwarding"]
    return found


def metrics(app: Flask) -> dict[str, float]:
    db.session.rollback()
    text = app.test_client().get("/metrics", base_url=PUBLIC).get_data(as_text=True)
    samples = (sample for family in text_string_to_metric_families(text) for sample in family.samples)
    return {sample.name: sample.value for sample in samples if "forward" in sample.name}


def test_from_the_first_statement_to_the_last(app: Flask, clock: SetClock) -> None:
    assert told(app) == {
        "target": ENDPOINT, "works": True, "lag_s": 0.0, "sent": 0, "set_aside": 0, "failing_since": None, "last_error": None,
        "last_sent": None,
    }  # fmt: skip
    first, second = say(None, statement(), statement())
    clock.advance(90_500)
    assert told(app)["lag_s"] == 90.5

    forwarding.run(Store(before=lambda *_: Answer(401)))
    failing = told(app)
    assert (failing["works"], failing["failing_since"], failing["last_error"]) == (False, "2026-11-18T11:08:10.500Z", "401")
    assert metrics(app)["seattime_forwarding_up"] == 0
    clock.advance(9_500)
    assert metrics(app)["seattime_forwarding_lag_seconds"] == 100

    forwarding.run(Store(bad=lambda each: each["id"] == second))
    assert told(app) == {
        "target": ENDPOINT, "works": True, "lag_s": 0.0, "sent": 1, "set_aside": 1, "failing_since": None, "last_error": "401",
        "last_sent": "2026-11-18T11:08:20.000Z",
    }  # fmt: skip
    assert metrics(app) == {
        "seattime_forwarding_up": 1, "seattime_forwarding_lag_seconds": 0, "seattime_forwarding_set_aside": 1,
        "seattime_forwarded_statements_total": 1,
    }  # fmt: skip
    assert first != second


def test_a_database_that_does_not_answer_leaves_it_open(app: Flask) -> None:
    state = forwarding_health.ForwardingState(ENDPOINT, known=False)
    app.extensions[forwarding_health.EXTENSION] = Probe(lambda: state, state)

    assert (told(app)["works"], told(app)["lag_s"], told(app)["sent"]) == (False, None, None)
    assert metrics(app) == {"seattime_forwarding_up": 0}


def test_where_nothing_is_forwarded_nothing_is_said(sqlite_app: Flask) -> None:
    assert "forwarding" not in sqlite_app.test_client().get("/health/time-tracking", base_url=PUBLIC).get_json()
    assert metrics(sqlite_app)["seattime_forwarding_up"] == 1


def test_the_page_says_what_was_refused_and_sends_it_again(app: Flask, clock: SetClock) -> None:
    ana = builders.registration()
    [chosen] = say(ana, statement())
    clock.advance(1)
    where = f"/registrations/{ana.key}/statements/{chosen}"
    browser = Browser(app, app.test_client())
    assert browser.post(sign_in.make_link().removeprefix(PUBLIC)).status_code == 302
    forwarding.run(Store(bad=lambda _each: True))

    page = browser.text("/health")
    assert f'href="{where}"' in page
    assert "400: statements[0]: is bad." in page
    assert "not every statement is forwarded" in page
    assert browser.get("/health/forwarding/again").status_code == 405
    assert browser.post("/health/forwarding/again").status_code == 302

    store = Store()
    forwarding.run(store)
    assert list(store.has) == [chosen]
    assert chosen not in browser.text("/health")
    assert "All is well" in browser.text("/health")


def test_the_thread_forwards_and_leaves_a_database_alone_that_is_away(
    app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store()
    monkeypatch.setattr(HttpTarget, "request", lambda _self, *args, **more: store.request(*args, **more))
    [chosen] = say(None, statement())
    clock.advance(1)
    forwarder = Forwarder(app)
    for _ in range(10):
        parts().breaker.failed()
    forwarder.tick()
    assert store.requests == []
    parts().breaker.succeeded()

    forwarder.tick()

    assert list(store.has) == [chosen]


def test_by_hand(tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copy(sqlite_template, tmp_path / "seattime.sqlite3")
    monkeypatch.setenv("SEATTIME_SPOOL_ANY_FOLDER", "1")
    command = ["forward", "--data-dir", str(tmp_path)]
    nowhere = CliRunner().invoke(main, command)
    monkeypatch.setenv("SEATTIME_FORWARD_XAPI_ENDPOINT", ENDPOINT)
    monkeypatch.setenv("SEATTIME_FORWARD_XAPI_USER", "us")
    monkeypatch.setenv("SEATTIME_FORWARD_XAPI_PASSWORD", "pass")
    done = CliRunner().invoke(main, [*command, "--again"])
    monkeypatch.setattr(forwarding, "run", lambda **_: forwarding.Forwarded(sent=2, set_aside=1, stopped="401: No."))
    stopped = CliRunner().invoke(main, command)
    monkeypatch.setattr(forwarding, "run", lambda **_: forwarding.Forwarded(busy=True))
    busy = CliRunner().invoke(main, command)

    assert (nowhere.exit_code, "SEATTIME_FORWARD_XAPI_ENDPOINT is not set" in nowhere.output) == (1, True)
    assert (done.exit_code, done.stdout) == (0, "0 statements were forwarded, 0 were refused.\n")
    assert (stopped.exit_code, stopped.output) == (
        1, "2 statements were forwarded, 1 were refused.\nError: The rest waits: 401: No.\n",
    )  # fmt: skip
    assert (busy.exit_code, busy.stdout) == (0, "A running server is forwarding at this moment.\n")
