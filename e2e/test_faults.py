"""What goes wrong around a course: the network, the server, the browser, its storage. The learner's time survives."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Error, Playwright

from e2e.browser import KillableBrowser
from e2e.cloud import new_learner
from e2e.place import Place
from e2e.playing import Visit
from e2e.waiting import let_pass, wait_until

WITHIN_S = 0.7
KILLED_MAY_COST_S = 2.0
RESTARTED_WITHIN_S = 60


def time_12(seconds: int) -> list[str]:
    return ["SetValue", "cmi.core.session_time", f"0000:00:{seconds:02}.00"]


def first_reported(place: Place, registration: str) -> float | None:
    """What the first session reported, as far as the server has heard of it."""
    return next((each.reported_s for each in place.sessions(registration)), None)


def first_measured(place: Place, registration: str) -> float:
    """What the first session measured, as far as the server has heard of it."""
    return next((each.measured_s for each in place.sessions(registration)), 0.0)


def test_a_session_that_was_offline_as_a_whole_is_delivered_at_the_next_visit(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.open(context, place.link(registration))
    visit.wait_for_content()
    context.set_offline(True)
    assert visit.run([["at", 3000], time_12(3), ["SetValue", "cmi.suspend_data", "offline"], ["Commit"], ["wait", 1500]])[1:4] == [
        "true",
        "true",
        "true",
    ], "the course notices nothing"
    wait_until(lambda: visit.save_status() == "kept", "the learner sees that the time is kept on this device")
    # not after closing: the browser's offline ends with the tab, and its beacon may slip out
    assert first_reported(place, registration) is None, "nothing of it gets through"
    passed = visit.close()
    context.set_offline(False)

    again = Visit.start(context, place.link(registration))
    assert again.run([["GetValue", "cmi.suspend_data"]]) == ["offline"]
    first = place.ended(registration)[0]
    assert first.reported_s == 3
    assert passed.holds(first.measured_s, WITHIN_S), f"{passed} passed offline"
    again.close()


def test_a_course_that_is_offline_for_a_while_delivers_when_the_network_is_back(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    context.set_offline(True)
    assert visit.run([["at", 2000], time_12(2), ["Commit"]])[1:] == ["true", "true"]
    let_pass(1)
    context.set_offline(False)

    wait_until(lambda: first_reported(place, registration) == 2, "it is delivered", within_s=RESTARTED_WITHIN_S)
    wait_until(lambda: visit.save_status() == "saved", "the learner sees that")
    passed = visit.close()
    place.ended(registration)
    assert passed.holds(place.counted(registration), WITHIN_S), f"{passed} passed"


def test_a_course_closed_offline_and_never_opened_again_is_delivered_by_another_course(place: Place, context: BrowserContext) -> None:
    learner = new_learner()
    never_again = place.register("scripted-scorm12", learner)
    visit = Visit.start(context, place.link(never_again))
    context.set_offline(True)
    visit.run([["at", 2000], time_12(2), ["Commit"], ["wait", 500]])
    passed = visit.close()
    context.set_offline(False)

    other = place.register("scripted-scorm2004", learner)
    Visit.start(context, place.link(other))
    [session] = place.ended(never_again, within_s=60)
    assert session.reported_s == 2
    assert passed.holds(session.measured_s, WITHIN_S), f"{passed} passed"


def test_a_course_that_empties_the_browsers_storage_keeps_its_time(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    context.set_offline(True)
    visit.run([["at", 1500], time_12(1), ["Commit"]])
    visit.content.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    visit.run([["wait", 1800]])
    visit.content.evaluate("() => localStorage.clear()")
    passed = visit.close()
    context.set_offline(False)

    again = Visit.start(context, place.link(registration))
    first = place.ended(registration)[0]
    assert first.reported_s == 1
    assert passed.holds(first.measured_s, WITHIN_S), f"{passed} passed"
    again.close()


def test_a_server_killed_in_mid_session_and_started_again_has_all_of_it(own_place: Callable[..., Place], context: BrowserContext) -> None:
    place = own_place()
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    visit.run([["at", 1000], ["SetValue", "cmi.suspend_data", "acknowledged"], ["Commit"]])
    wait_until(lambda: any("cmi.suspend_data" in each.elements for each in place.sessions(registration)), "it is stored")
    place.server.kill()
    assert visit.run([["at", 3000], time_12(3), ["Commit"]])[1:] == ["true", "true"], "the course notices nothing"
    place.server.start()

    wait_until(lambda: first_reported(place, registration) == 3, "it is sent again", within_s=RESTARTED_WITHIN_S)
    passed = visit.close()
    [session] = place.ended(registration)
    assert session.elements["cmi.suspend_data"] == "acknowledged"
    assert passed.holds(place.counted(registration), WITHIN_S), f"{passed} passed"


def test_a_tab_closed_while_the_server_is_dead_is_delivered_at_the_next_visit(
    own_place: Callable[..., Place], context: BrowserContext
) -> None:
    place = own_place()
    registration = place.register("scripted-scorm2004")
    visit = Visit.start(context, place.link(registration))
    wait_until(lambda: place.sessions(registration), "the session is known")
    place.server.kill()
    visit.run([["at", 2500], ["SetValue", "cmi.session_time", "PT2S"], ["Commit"]])
    passed = visit.close()
    place.server.start()

    Visit.start(context, place.link(registration))
    session = place.ended(registration)[0]
    assert session.reported_s == 2
    assert passed.holds(session.measured_s, WITHIN_S), f"{passed} passed"


def test_a_killed_browser_costs_at_most_two_seconds_at_the_next_visit(
    place: Place, killable: Callable[[], KillableBrowser], playwright: Playwright
) -> None:
    registration = place.register("scripted-scorm12")
    browser = killable()
    context = playwright.chromium.connect_over_cdp(browser.address).contexts[0]
    visit = Visit.start(context, place.link(registration))
    visit.run([["at", 3000], time_12(3), ["Commit"], ["at", 6000]])
    visit.begin_leaving()
    browser.kill()
    passed = visit.has_left()

    context = playwright.chromium.connect_over_cdp(browser.start().address).contexts[0]
    Visit.start(context, place.link(registration))
    wait_until(lambda: first_measured(place, registration) >= passed.low - KILLED_MAY_COST_S, f"{passed} passed, and it is delivered")
    first = place.sessions(registration)[0]
    assert first.reported_s == 3
    assert passed.low - KILLED_MAY_COST_S <= first.measured_s <= passed.high + WITHIN_S, f"{passed} passed"


def test_a_crashed_renderer_costs_at_most_one_second_at_the_next_visit(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    visit = Visit.start(context, place.link(registration))
    visit.run([["at", 4000]])
    visit.begin_leaving()
    with pytest.raises(Error):
        visit.page.goto("chrome://crash", timeout=3000)
    passed = visit.has_left()
    visit.page.close()

    Visit.start(context, place.link(registration))
    wait_until(lambda: first_measured(place, registration) >= passed.low - 1.0 - WITHIN_S, f"{passed} passed, and it is delivered")
    first = place.sessions(registration)[0]
    crash_took_s = passed.high - passed.low
    assert passed.low - 1.0 - WITHIN_S <= first.measured_s <= passed.high + WITHIN_S, f"{passed}; {crash_took_s} s to crash"
