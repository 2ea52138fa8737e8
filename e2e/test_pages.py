"""The administrator's pages in a real browser: a stranger's first two minutes, and every page on a phone.

What the pages say is tested without a browser in tests/web/pages; here is what only a browser does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, StorageState, ViewportSize, expect

from e2e.server import Server
from e2e.waiting import let_pass, wait_until

PHONE = ViewportSize(width=390, height=800)
COMES_WITHIN_MS = 60_000


@pytest.fixture(scope="module")
def demo(make_server: Callable[..., Server]) -> Iterator[Server]:
    """What `make run` serves: the sample courses and the sample learners."""
    server = make_server("sqlite")
    server.arguments = ("--demo",)
    yield server.start()
    server.stop()


@pytest.fixture(scope="module")
def state(demo: Server, browser: Browser) -> StorageState:
    """The cookies of somebody who signed in with the link that the server printed."""
    context = browser.new_context()
    tab = context.new_page()
    tab.goto(demo.sign_in_link())
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", name="Drop your package here")).to_be_visible()
    signed_in = context.storage_state()
    context.close()
    return signed_in


@pytest.fixture
def page(demo: Server, browser: Browser, state: StorageState) -> Iterator[Page]:
    """The home page. A script that fails, or one that our own policy refuses, fails the case."""
    context = browser.new_context(storage_state=state)
    context.set_default_timeout(COMES_WITHIN_MS)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("pageerror", lambda error: complaints.append(str(error)))

    def note(message: ConsoleMessage) -> None:
        if "Security Policy" in message.text:
            complaints.append(message.text)

    tab.on("console", note)
    tab.goto(demo.url)
    yield tab
    context.close()
    assert complaints == []


def come_back(page: Page) -> None:
    """As somebody who was in another tab or window. Playwright keeps every page focused and visible, so nothing else tells it."""
    page.bring_to_front()
    page.evaluate("() => void window.dispatchEvent(new Event('focus'))")


def count_after_coming_back(page: Page, things: Locator) -> int:
    """How many there are after `come_back`."""
    come_back(page)
    return things.count()


def seconds_after_coming_back(page: Page, row: Locator) -> int:
    """What a row says after `come_back`, where it says seconds; -1 where there is none."""
    come_back(page)
    found = re.search(r"(\d+) s\b", row.inner_text()) if row.count() else None
    return int(found[1]) if found else -1


def play_and_close(page: Page, *, seconds: float) -> None:
    """A test run in another tab, closed without asking, as phones do."""
    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Play it yourself").click()
    player = opened.value
    player.wait_for_load_state()
    expect(player.get_by_text("Saved", exact=True)).to_be_visible(timeout=COMES_WITHIN_MS)
    let_pass(seconds)
    player.close()


def test_a_stranger_drops_a_package_plays_it_and_sees_the_time(page: Page, zips: dict[str, Path]) -> None:
    page.set_input_files("input[type=file]", zips["scorm12-fire-safety"])
    page.wait_for_url(re.compile("/courses/"))
    expect(page.get_by_text("SCORM 1.2")).to_be_visible()

    play_and_close(page, seconds=4)

    row = page.locator("tr", has_text="Test run")
    wait_until(lambda: seconds_after_coming_back(page, row) >= 3, "the row says what was played")
    row.get_by_role("link", name="Test run").click()
    expect(page.get_by_role("heading", name="Sessions", exact=True)).to_be_visible()
    expect(page.locator(".timeline svg.chart")).to_be_visible()


def test_coming_back_brings_the_page_up_to_date_and_leaves_the_rest_as_it_was(page: Page) -> None:
    page.get_by_role("link", name="Mixing colours").first.click()
    page.wait_for_url(re.compile("/courses/"))
    play_and_close(page, seconds=2)
    wait_until(lambda: seconds_after_coming_back(page, page.locator("tr", has_text="Test run")) >= 1, "there is a test run")
    page.get_by_role("link", name="Test run").click()
    sessions = page.locator("article.session")
    expect(sessions).to_have_count(1)
    page.get_by_text("Correct the time", exact=True).first.click()
    reason = page.get_by_label("Reason").last  # the newest session comes first
    reason.fill("half a thought")
    page.evaluate("() => { window.sameDocument = true; }")

    play_and_close(page, seconds=2)
    reason.focus()

    wait_until(lambda: count_after_coming_back(page, sessions) == 2, "the second session comes by itself")
    expect(page.get_by_text("the measured time of 2 sessions counts")).to_be_visible()
    expect(reason).to_be_visible()
    expect(reason).to_have_value("half a thought")
    expect(reason).to_be_focused()
    assert page.evaluate("() => window.sameDocument"), "nothing was loaded anew"


def test_a_refused_file_says_why_and_where(page: Page, tmp_path: Path) -> None:
    bad = tmp_path / "holiday.zip"
    bad.write_bytes(b"not a zip")

    page.set_input_files("input[type=file]", bad)

    expect(page.get_by_role("alert")).to_contain_text("holiday.zip is not a zip file")


def assert_fits(page: Page, what: str) -> None:
    wider_by = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert wider_by <= 0, f"{what} is {wider_by} px wider than the phone"


def test_no_page_scrolls_sideways_on_a_phone(page: Page) -> None:
    page.set_viewport_size(PHONE)
    addresses = ["/", "/learners", "/reports", "/policies", "/policies/Standard", "/api-keys", "/no-such-page"]
    base = page.url.rstrip("/")
    course = page.get_by_role("link", name="A bicycle, looked after").get_attribute("href")
    page.goto(f"{base}{course}")
    registration = page.get_by_role("link", name="Ben Okafor").get_attribute("href")
    page.goto(f"{base}/learners")
    learner = page.get_by_role("link", name="Ana Ruiz").get_attribute("href")
    for path in [*addresses, str(course), str(registration), str(learner)]:
        page.goto(f"{base}{path}")
        assert_fits(page, path)
    page.goto(base)
    page.get_by_role("button", name="Put it to the test").click()
    expect(page.get_by_text("What the server knows")).to_be_visible()
    assert_fits(page, "the sceptic's page")


def test_the_forms_work_without_scripts(demo: Server, browser: Browser, state: StorageState, zips: dict[str, Path]) -> None:
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    tab = context.new_page()
    tab.goto(demo.url)
    tab.set_input_files("input[type=file]", zips["html5-colour"])
    tab.get_by_role("button", name="Import it").click()
    tab.get_by_role("link", name="To the course", exact=True).click(timeout=COMES_WITHIN_MS)
    expect(tab.get_by_role("heading", name="Mixing colours").first).to_be_visible()
    context.close()
