"""The sceptic's page: who may open it, what it breaks, what it says, and that without `--demo` there is none of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from seattime import cli
from seattime.config import Settings
from seattime.services import commits, counted_time, demo, recovery, sign_in
from seattime.storage.models import Registration, db
from seattime.web import demo as demo_page
from tests import builders
from tests.conftest import SetClock
from tests.sample_world import make_samples
from tests.web.pages.conftest import Browser

PUBLIC = "http://localhost:8000"


@pytest.fixture
def admin(sqlite_app: Flask) -> Browser:
    """Signed in, at a server that was started with `--demo`."""
    demo_page.init_app(sqlite_app)
    make_samples()
    browser = Browser(sqlite_app, sqlite_app.test_client())
    assert browser.post(sign_in.make_link().removeprefix(PUBLIC)).status_code == 302
    return browser


class Sceptic:
    """Somebody at the page, on the play origin, without a cookie."""

    def __init__(self, admin: Browser) -> None:
        answer = admin.post("/see-for-yourself")
        assert answer.status_code == 303, answer.get_data(as_text=True)
        self.origin, _, self.address = answer.headers["Location"].partition("/demo/")
        self.given = self.address.partition("pass=")[2]
        self.app = admin.app
        self.client: FlaskClient = admin.app.test_client()

    def ask(self, path: str = "", method: str = "GET", **more: Any) -> TestResponse:
        db.session.rollback()
        with self.app.app_context():
            return self.client.open(
                f"/demo/{path}", **{"method": method, "base_url": self.origin, "headers": {"X-Demo-Pass": self.given}, **more}
            )

    def live(self) -> dict[str, Any]:
        answer = self.ask("live")
        assert answer.status_code == 200
        return dict(answer.get_json())

    def page(self) -> str:
        answer = self.ask(self.address)
        assert answer.status_code == 200
        return answer.get_data(as_text=True)

    def registration(self) -> Registration:
        found = re.search(r'data-registration="([^"]+)"', self.page())
        assert found
        registration = db.session.get(Registration, found[1])
        assert registration is not None
        return registration


@pytest.fixture
def sceptic(admin: Browser) -> Sceptic:
    return Sceptic(admin)


def test_the_home_page_leads_there_only_where_the_server_was_started_for_it(sqlite_app: Flask, admin: Browser) -> None:
    assert "Put it to the test" in admin.text("/")
    sqlite_app.config[demo_page.FLAG] = False
    assert "Put it to the test" not in admin.text("/")


def test_without_demo_none_of_it_exists(sqlite_app: Flask) -> None:
    assert not [rule.rule for rule in sqlite_app.url_map.iter_rules() if rule.rule.startswith(("/demo", "/see-for-yourself"))]


@pytest.mark.parametrize(("host", "asked", "breakable"), [("localhost", True, True), ("0.0.0.0", True, False), ("localhost", False, False)])
def test_it_is_served_on_loopback_and_with_demo_only(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, host: str, asked: bool, breakable: bool
) -> None:
    made: list[Flask] = []
    monkeypatch.setattr(cli.serving, "serve", lambda make_app, *_args, **_kwargs: made.append(make_app()))
    monkeypatch.setattr(cli.serving, "check_free", lambda _addresses: None)
    monkeypatch.setattr(cli, "_load_demo", lambda: None)
    monkeypatch.setattr(cli.Caretaker, "start", lambda _self: None)
    arguments = ["--host", host, "--data-dir", str(tmp_path / "data"), *(["--demo"] if asked else [])]
    with click.Context(cli.serve):
        cli.serve.main(arguments, standalone_mode=False)

    assert bool(made[0].config.get(demo_page.FLAG)) is breakable


def test_nobody_opens_it_without_signing_in_nor_by_a_form_of_another_origin(admin: Browser) -> None:
    stranger = Browser(admin.app, admin.app.test_client())
    assert stranger.post("/see-for-yourself").headers["Location"].startswith("/sign-in")
    assert admin.post("/see-for-yourself", headers={"Origin": "http://fire.play.localhost:8000"}).status_code == 403
    assert admin.post("/see-for-yourself", {"csrf_token": "wrong"}).status_code == 400


@pytest.mark.parametrize("path", ["live", "link", "network/cut", "network/back", "database/stop", "database/start"])
def test_no_request_of_the_page_is_answered_without_its_pass(sceptic: Sceptic, path: str) -> None:
    method = "GET" if path == "live" else "POST"
    assert sceptic.ask(path, method).status_code == 200
    for headers in ({}, {"X-Demo-Pass": sceptic.given + "x"}):
        assert sceptic.ask(path, method, headers=headers).status_code == 403


def test_a_pass_is_good_on_the_origin_of_its_course_only(sceptic: Sceptic) -> None:
    assert sceptic.ask("live", base_url="http://another.play.localhost:8000").status_code == 403
    assert sceptic.ask("live", base_url=PUBLIC).status_code == 404


def test_a_page_that_is_opened_without_a_pass_says_where_it_opens(sceptic: Sceptic) -> None:
    answer = sceptic.ask("")
    assert answer.status_code == 403
    assert "opens from the home page" in answer.get_data(as_text=True)


def test_the_page_runs_our_scripts_only_and_frames_its_own_origin_only(sceptic: Sceptic) -> None:
    answer = sceptic.ask(sceptic.address)
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "frame-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    page = answer.get_data(as_text=True)
    for address in re.findall(r'(?:href|src)="(/demo/assets/[^"]+)"', page):
        assert sceptic.client.get(address, base_url=sceptic.origin, buffered=True).status_code == 200, address


def test_a_cut_network_ends_without_an_answer_for_the_played_course_and_for_nothing_else(admin: Browser, sceptic: Sceptic) -> None:
    sceptic.ask("network/cut", "POST")

    for path in ("/runtime/commit", "/player/some-key/", "/content/x/y"):
        with pytest.raises(ConnectionResetError):
            sceptic.client.get(path, base_url=sceptic.origin)
    assert sceptic.live()["network_cut"] is True
    assert admin.get("/").status_code == 200
    assert sceptic.client.get("/player/deliver", base_url="http://another.play.localhost:8000").status_code == 200

    sceptic.ask("network/back", "POST")
    assert sceptic.client.get("/player/deliver", base_url=sceptic.origin).status_code == 200
    assert sceptic.live()["network_cut"] is False


def test_a_stopped_database_spools_what_arrives_and_the_page_goes_on_showing_what_is_where(sceptic: Sceptic) -> None:
    claims = builders.launch(sceptic.registration())
    record = builders.record(time=builders.time_register(measured=4000, open=4000, spans=[[0, 4000, 1, 0]]))
    commits.record_commit(builders.message(claims, record))
    sceptic.ask("database/stop", "POST")
    later = {**record, "time": builders.time_register(seq=2, measured=9000, open=9000, spans=[[0, 9000, 1, 0]])}
    answer = commits.record_commit(builders.message(claims, later))

    assert answer["results"][0]["time"]["status"] == "spooled"
    live = sceptic.live()
    assert live["database_stopped"] is True
    assert [each["measured_ms"] for each in live["sessions"]] == [4000]
    assert live["spooled"] == [{"session": record["session"], "measured_ms": 9000}]

    sceptic.ask("database/start", "POST")
    assert recovery.drain(probing=False).drained == 1
    live = sceptic.live()
    assert [each["measured_ms"] for each in live["sessions"]] == [9000]
    assert live["spooled"] == []


def test_what_is_shown_begins_with_the_page_and_is_counted_as_everywhere(admin: Browser, sceptic: Sceptic) -> None:
    claims = builders.launch(sceptic.registration())
    words = [[3000, 3500, "0000:00:03.00", 0]]
    time = builders.time_register(measured=4000, open=4000, spans=[[0, 4000, 1, 0]], words=words, ended="left")
    commits.record_commit(builders.message(claims, builders.record(time=time)))

    [session] = sceptic.live()["sessions"]
    assert session["reported_ms"] == 3000
    assert session["ended"] == "left"
    [credit] = counted_time.learner_credit(sceptic.registration().learner_key).values()
    assert session["counted_ms"] == credit.credited_ms == sceptic.live()["counted_ms"]
    assert Sceptic(admin).live()["sessions"] == [], "another opening of the page begins anew"


def test_opening_the_page_mends_what_was_left_broken(sceptic: Sceptic) -> None:
    sceptic.ask("network/cut", "POST")
    sceptic.ask("database/stop", "POST")

    sceptic.page()

    assert (sceptic.live()["network_cut"], sceptic.live()["database_stopped"]) == (False, False)


def test_a_start_of_the_server_mends_what_was_left_broken(sqlite_app: Flask, tmp_path: Path) -> None:
    switches = demo.Switches(tmp_path / "data", lambda: 0.0)
    switches.database.break_it()
    switches.network.break_it("fire.play.localhost:8000")

    demo_page.init_app(sqlite_app)

    assert (switches.database.broken(), switches.network.broken()) == (None, None)


def test_a_switch_ends_by_itself(tmp_path: Path, clock: SetClock) -> None:
    switch = demo.Switch(tmp_path / "demo" / "network", clock.seconds)
    switch.break_it("here")
    broken = switch.broken()
    assert broken is not None
    assert broken.scope == "here"

    clock.advance((demo.LASTS_S - 1) * 1000)
    assert switch.broken() is not None
    clock.advance(1000)
    assert switch.broken() is None


def test_open_courses_are_heard_of_more_often_than_else_and_never_less() -> None:
    assert demo_page.livelier(Settings()).heartbeat_s == demo.HEARTBEAT_S
    assert demo_page.livelier(Settings(heartbeat_s=1.0)).heartbeat_s == 1.0
