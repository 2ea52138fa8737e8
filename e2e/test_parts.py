"""Courses of several parts, and content that speaks xAPI: switching, resuming, and that all parts add up."""

from __future__ import annotations

import pytest
from playwright.sync_api import BrowserContext

from e2e.place import Place
from e2e.playing import NOTHING_PASSED, Passed, Visit
from e2e.waiting import let_pass, wait_until

WITHIN_S = 0.7


def choose(visit: Visit, title: str) -> Passed:
    """Goes to another part by the table of contents; what passed in the one that was left."""
    before = visit.content
    visit.begin_leaving()
    visit.page.locator("#toc-list button", has_text=title).click()
    wait_until(lambda: visit.is_gone(before), "the part is left")
    visit.has_left()
    passed, visit.passed = visit.passed, NOTHING_PASSED
    visit.wait_for_content(other_than=before)
    return passed


@pytest.mark.parametrize(
    ("sample", "titles"),
    [("scorm2004-4th-bicycle", (0, 2, 1)), ("cmi5-night-sky", (0, 1, 0))],
    ids=["scorm2004", "cmi5"],
)
def test_time_in_each_part_is_its_own_and_the_parts_add_up(
    place: Place, context: BrowserContext, sample: str, titles: tuple[int, ...]
) -> None:
    registration = place.register(sample)
    visit = Visit.start(context, place.link(registration))
    known = visit.page.locator("#toc-list button").all_inner_texts()
    names = [known[index].split("\n")[0].strip() for index in titles]
    passed: dict[str, Passed] = {}
    for at, name in enumerate(names):
        wait_until(lambda: visit.slides_are_there(), "a slide is shown")
        let_pass(2)
        left = choose(visit, names[at + 1]) if at + 1 < len(names) else visit.exit()
        passed[name] = passed.get(name, NOTHING_PASSED) + left

    place.ended(registration, len(titles))
    by_activity = place.cloud.counted_by_activity(registration)
    for name, expected in passed.items():
        [counted] = [seconds for title, seconds in by_activity.items() if title.startswith(name)]
        assert expected.holds(counted, 2 * WITHIN_S), f"{name}: {expected} passed, {counted} s counted"
    assert sum(by_activity.values()) == pytest.approx(place.counted(registration), abs=0.02)

    again = Visit.start(context, place.link(registration))
    current = again.page.locator("#toc-list [aria-current]").inner_text()
    assert current.startswith(names[-1]), "the course opens where it was left"
    again.close()


@pytest.mark.parametrize(("sample", "verbs"), [("cmi5-night-sky", {"initialized", "terminated"}), ("xapi-tea", {"launched", "terminated"})])
def test_statements_arrive_under_their_own_registration(place: Place, context: BrowserContext, sample: str, verbs: set[str]) -> None:
    registration = place.register(sample)
    visit = Visit.start(context, place.link(registration))
    wait_until(visit.slides_are_there, "a slide is shown")
    let_pass(1)
    visit.exit()

    def said() -> set[str]:
        return {each["verb"]["id"].rpartition("/")[2] for each in place.ledger.statements(registration)}

    wait_until(lambda: verbs <= said(), f"{sample} says {verbs}")


def test_the_content_s_own_exit_leads_back_to_the_player(place: Place, context: BrowserContext) -> None:
    """cmi5's returnURL, in a frame and then in a window of its own."""
    course = place.cloud.import_package(place.zips["cmi5-night-sky"], "own-exit")
    registration = place.cloud.register(course)
    for visits, in_a_window in ((1, False), (2, True)):
        if in_a_window:
            place.cloud.open_in_window(course)
        visit = Visit.start(context, place.link(registration))
        wait_until(visit.slides_are_there, "a slide is shown")
        content = visit.content
        assert (content.page != visit.page) is in_a_window
        let_pass(1)
        visit.begin_leaving()
        visit.act("exit")
        wait_until(lambda visit=visit: visit.panel() == "This part is closed", "the player hears of it")
        assert visit.is_gone(content)
        passed = visit.has_left()

        assert passed.holds(place.ended(registration, visits)[-1].measured_s, WITHIN_S), f"{passed} passed"
        visit.page.close()
    said = [each["verb"]["id"].rpartition("/")[2] for each in place.ledger.statements(registration)]
    assert said.count("terminated") == 2


def test_a_dual_package_tells_its_time_twice_and_is_counted_once(place: Place, context: BrowserContext) -> None:
    registration = place.register("dual-sleep")
    visit = Visit.start(context, place.link(registration))
    wait_until(visit.slides_are_there, "a slide is shown")
    let_pass(3)
    passed = visit.exit()

    [session] = place.ended(registration)
    assert session.reported_s is not None
    assert passed.holds(place.counted(registration), WITHIN_S), f"{passed} passed"
