"""Ways to leave a course and to come back: each counts to its last moment and nothing twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from e2e.browser import ARGUMENTS
from e2e.place import Place
from e2e.playing import LOAD_TIMES, Passed, Visit, evaluate
from e2e.waiting import let_pass, wait_until, wall_ms

WITHIN_S = 0.7
LAST_WORDS = [["SetValue", "cmi.core.session_time", "0000:00:02.50"], ["SetValue", "cmi.core.exit", "suspend"], ["Terminate"]]


def test_a_reload_in_mid_course_resumes_and_counts_once(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    let_pass(1.5)
    # set and never committed: the reload itself has to carry it
    visit.run([["SetValue", "cmi.suspend_data", "page 7"], ["SetValue", "cmi.core.lesson_location", "7"]])
    before = visit.content
    visit.reload()
    visit.wait_for_content(other_than=before)

    assert visit.run([["GetValue", "cmi.suspend_data"], ["GetValue", "cmi.core.lesson_location"]]) == ["page 7", "7"]
    let_pass(1.5)
    passed = visit.close()

    first, second = place.ended(registration, 2)
    assert first.session_id != second.session_id
    assert passed.holds(first.measured_s + second.measured_s, WITHIN_S), f"{passed} passed"
    assert passed.holds(place.counted(registration), WITHIN_S), f"{passed} passed"


def test_following_a_link_elsewhere_counts_to_that_moment(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    visit.run([["on", "pagehide", LAST_WORDS]])
    let_pass(2)
    passed = visit.go_elsewhere(f"{place.server.url}/health/live")

    # the player's own pagehide says that it is over; the content's last words come after that
    wait_until(lambda: place.ended(registration)[0].terminated, "the last words come too")
    [session] = place.sessions(registration)
    assert session.reported_s == 2.5
    assert passed.holds(session.measured_s, WITHIN_S), f"{passed} passed"


@pytest.mark.parametrize("event", ["beforeunload", "unload", "pagehide"])
def test_the_exit_lets_the_course_say_its_last_words(place: Place, context: BrowserContext, event: str) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    visit.run([["on", event, LAST_WORDS]])
    let_pass(2)
    passed = visit.exit()

    assert visit.panel() == "Your time is saved"
    assert visit.save_status() == "saved"
    [session] = place.ended(registration)
    assert session.reported_s == 2.5
    assert session.ended == "terminated"
    assert session.exit == "suspend"
    assert passed.holds(session.measured_s, WITHIN_S), f"{passed} passed"


def test_a_course_in_a_window_of_its_own_counts_until_that_window_is_closed(place: Place, context: BrowserContext) -> None:
    course = place.cloud.import_package(place.zips["scripted-scorm2004"], "in-a-window")
    place.cloud.open_in_window(course)
    registration = place.cloud.register(course)
    player = context.new_page()
    player.goto(place.link(registration))
    popup = wait_until(lambda: _opened(player), "the course opens in a window")
    began = _loaded(popup)

    let_pass(3)
    asked_at = wall_ms()
    popup.close()
    wait_until(lambda: "closed" in player.locator("#panel h2").inner_text(), "the player notices")
    passed = Passed((asked_at - began[1]) / 1000, (wall_ms() - began[0]) / 1000)

    [session] = place.ended(registration)
    assert session.standard == "scorm2004", "the content found the API in its opener"
    assert passed.holds(session.measured_s, WITHIN_S), f"{passed} passed"
    assert place.counted(registration) == pytest.approx(session.measured_s, abs=0.01)


def _opened(player: Page) -> Page | None:
    """The course's window. Whoever looks at a page through Playwright has clicked there, as far as the browser knows;
    so it may open by itself before there is a button to press."""
    others = [page for page in player.context.pages if page != player]
    button = player.get_by_role("button", name="Open the course")
    if not others and button.count():
        button.click()
    return others[0] if others else None


def _loaded(popup: Page) -> tuple[float, float]:
    times = wait_until(lambda: evaluate(popup.main_frame, LOAD_TIMES), "the course is loaded in its window")
    return times[0], times[1]


@pytest.fixture
def remembering(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    """A browser with the back-forward cache that people have and Playwright switches off."""
    started = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS, ignore_default_args=["--disable-back-forward-cache"])
    yield started
    started.close()


def test_the_back_button_returns_to_a_course_that_goes_on_and_the_time_away_does_not_count(place: Place, remembering: Browser) -> None:
    registration = place.register("scripted-scorm12")
    context = remembering.new_context()
    visit = Visit.start(context, place.link(registration))
    visit.run([["SetValue", "cmi.suspend_data", "before"], ["Commit"]])
    let_pass(2)
    visit.go_elsewhere(f"{place.server.url}/health/live")
    before = visit.passed
    let_pass(2)

    returned_at = wall_ms()
    visit.page.go_back(wait_until="commit")
    wait_until(lambda: visit.panel() == "" and visit.has_live_content(), "the course is there again")
    there_at = wall_ms()
    assert visit.run([["GetValue", "cmi.suspend_data"]]) == ["before"]
    let_pass(2)
    closed_at = wall_ms()
    visit.page.close()

    passed = before + Passed((closed_at - there_at) / 1000, (wall_ms() - returned_at) / 1000)
    wait_until(
        lambda: passed.holds(place.counted(registration), WITHIN_S) and place.sessions(registration)[-1].ended,
        f"{passed} passed and count",
    )
    context.close()
