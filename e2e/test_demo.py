"""The sceptic's minute: what the page shows while one cuts, closes, stops and doubles is what really passed and what is really stored."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect
from sqlalchemy import Engine, create_engine, text

from e2e.playing import LOAD_TIMES, NOTHING_PASSED, Passed, evaluate
from e2e.server import Server
from e2e.waiting import wait_until, wall_ms

DATABASES = ("sqlite",)
COMES_WITHIN_S = 60
WITHIN_S = 1.7
"""The page shows whole seconds, rounded down; the rest is for a busy machine."""
STORED = text("SELECT measured_ms, ended FROM sessions WHERE registration_key = :key ORDER BY first_ms")


@pytest.fixture
def server(database: str, make_server: Callable[..., Server], zips: dict[str, Path]) -> Iterator[Server]:
    """What `make run` serves, in two processes, which a switch has to reach both; with one course, since one is played."""
    made = make_server(database)
    made.arguments = ("--demo", "--workers", "2")
    made.data_dir.mkdir()
    (made.data_dir / "samples-loaded").touch()
    made.start()
    made.command("import", str(zips["scorm12-fire-safety"]))
    yield made
    made.stop()


@pytest.fixture
def ledger(server: Server) -> Iterator[Engine]:
    """The database, beside the product: to it nothing was ever stopped."""
    engine = create_engine(server.sqlalchemy_url)
    yield engine
    engine.dispose()


@dataclass
class Sceptic:
    """Somebody at the page. `passed`: the time that he has really had a course before him, so far."""

    page: Page
    ledger: Engine
    server: Server
    passed: Passed = NOTHING_PASSED
    _opened: tuple[float, float] | None = None

    def press(self, act: str) -> None:
        self.page.locator(f'button[data-act="{act}"]').click()

    def shown(self, name: str) -> int:
        """A time on the page, in seconds."""
        minutes, _, seconds = self.page.locator(f'[data-show="{name}"]').inner_text().partition(":")
        return int(minutes) * 60 + int(seconds)

    def wait(self, condition: Callable[[], object], what: str) -> None:
        wait_until(condition, what, within_s=COMES_WITHIN_S)

    def wait_for_course(self) -> None:
        """Time passes from its load on."""
        self.wait(self._is_open, "the course is loaded")

    def _is_open(self) -> bool:
        self.page.wait_for_timeout(1)  # Playwright learns of new frames only while it is asked something
        for frame in self.page.frames:
            times = evaluate(frame, LOAD_TIMES) if "/content/" in frame.url else None
            if times:
                self._opened = (times[0], times[1])
                return True
        return False

    def second_is_there(self) -> bool:
        """Whether the second tab has the player; it is loaded again where it was told to try again in a moment, as a learner would."""
        self.page.wait_for_timeout(1)
        players = [frame for frame in self.page.frames if "/player/" in frame.url]
        if len(players) < 2:
            return False
        answer = evaluate(players[-1], "() => document.readyState !== 'complete' ? null : document.querySelector('#panel') !== null")
        if answer is False:
            evaluate(players[-1], "() => location.reload()")
        return bool(answer)

    def close_tab(self) -> None:
        asked_at = wall_ms()
        self.press("tab")
        assert self._opened is not None
        earliest, latest = self._opened
        self.passed = self.passed + Passed((asked_at - latest) / 1000, (wall_ms() - earliest) / 1000)

    def stored(self) -> list[tuple[float, str | None]]:
        """Measured seconds and ending of each session that the database holds."""
        key = self.page.locator("body").get_attribute("data-registration")
        with self.ledger.connect() as connection:
            return [(ms / 1000, ended) for ms, ended in connection.execute(STORED, {"key": key})]

    def health(self) -> dict[str, Any]:
        """What anybody is told who asks the server."""
        answer: dict[str, Any] = self.page.request.get(f"{self.server.url}/health/time-tracking").json()
        return answer

    def all_ended(self) -> bool:
        return all(ended for _, ended in self.stored())


@pytest.fixture
def sceptic(server: Server, ledger: Engine, context: BrowserContext) -> Iterator[Sceptic]:
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if "Security Policy" in message.text else None)
    page.goto(server.sign_in_link())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Put it to the test").click()
    yield Sceptic(page, ledger, server)
    assert complaints == []


def test_a_minute_with_the_sceptic_loses_nothing_and_counts_nothing_twice(sceptic: Sceptic) -> None:
    page = sceptic.page
    sceptic.wait_for_course()
    sceptic.wait(lambda: sceptic.shown("counted") >= 2, "the server counts while the course plays")

    _cut_the_network(sceptic)
    sceptic.close_tab()
    sceptic.wait(sceptic.all_ended, "the closed tab's last words are stored")
    sceptic.wait(lambda: sceptic.passed.holds(sceptic.shown("counted"), WITHIN_S), f"{sceptic.passed} passed, and count")
    assert abs(sceptic.shown("spent") - sceptic.shown("counted")) <= 1, "both clocks stand at the same time"

    sceptic.press("open")
    sceptic.wait_for_course()
    _stop_the_database(sceptic)

    sceptic.press("second")
    sceptic.wait(sceptic.second_is_there, "the second tab opens the course")
    sceptic.wait(lambda: len(sceptic.stored()) == 3 and sceptic.stored()[2][0] >= 2, "the second tab is measured too")
    sceptic.press("tab")
    sceptic.close_tab()
    sceptic.wait(lambda: len(sceptic.stored()) == 3 and sceptic.all_ended(), "all three sessions are over")
    sceptic.wait(lambda: sceptic.passed.holds(sceptic.shown("counted"), WITHIN_S), f"{sceptic.passed} passed in all, and count once")
    assert sum(measured for measured, _ in sceptic.stored()) >= sceptic.shown("counted") + 2, "the time in both tabs is measured twice"
    expect(page.locator("[data-sessions] tr")).to_have_count(3)
    assert sceptic.shown("in-spool") == 0
    assert sceptic.shown("in-browser") <= WITHIN_S


def _cut_the_network(sceptic: Sceptic) -> None:
    page = sceptic.page
    sceptic.press("network")
    expect(page.get_by_text("The network is cut", exact=True)).to_be_visible()
    [(stored_s, _)] = sceptic.stored()
    sceptic.wait(lambda: sceptic.shown("in-browser") >= 4, "what only this browser has grows")
    assert sceptic.stored() == [(stored_s, None)], "nothing gets through"
    indicator = page.frame_locator(".demo-tab iframe").locator("#save")
    expect(indicator).to_have_attribute("data-status", "kept")

    spent = sceptic.shown("spent")
    sceptic.press("network")
    sceptic.wait(lambda: sceptic.shown("counted") >= spent - WITHIN_S, "all of it comes when the network is back")
    expect(page.get_by_text("Online", exact=True)).to_be_visible()


def _stop_the_database(sceptic: Sceptic) -> None:
    page = sceptic.page
    sceptic.wait(lambda: len(sceptic.stored()) == 2, "the second session is known")
    sceptic.press("database")
    expect(page.get_by_text("The database is stopped", exact=True)).to_be_visible()
    before = sceptic.stored()
    sceptic.wait(lambda: sceptic.shown("in-spool") >= 2, "what arrives is in the spool")
    assert sceptic.stored() == before, "nothing reaches the database"
    sceptic.wait(lambda: not sceptic.health()["database_connected"], "the server's health says so too")

    spent = sceptic.shown("spent")
    sceptic.press("database")
    sceptic.wait(lambda: sceptic.shown("in-spool") == 0, "the spool empties by itself")
    sceptic.wait(lambda: sceptic.shown("counted") >= spent - WITHIN_S, "and all of it counts")
    # a save that failed a moment before may be heard of only now, and no course is opened while the database is believed to be away
    sceptic.wait(lambda: sceptic.health()["breaker"] == "closed", "the server knows that the database is back")
