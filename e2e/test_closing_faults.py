"""Pages that end or come back without a word: crashed renderers, duplicated tabs, Back, cookies that are gone (design, 3.1 and 3.3)."""

from __future__ import annotations

import signal
from collections.abc import Callable

from e2e.browser import KillableBrowser
from e2e.place import Place
from e2e.playing import Passed, Visit
from e2e.stories import HEARTBEAT_S, WITHIN_S, Scene, play_a_while, status_is, story
from e2e.together import Plan, Stay, Until
from e2e.waiting import let_pass, wait_until, wall_ms


@story("closing")
def test_a_crashed_renderer_without_a_further_visit_costs_at_most_a_heartbeat(scene: Scene) -> Plan[None]:
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Stay(HEARTBEAT_S + 2.5)  # the course says nothing any more
    passed = scene.crash(visit)
    [recorded] = scene.sessions()
    assert recorded.reported_s == said, "what the content committed is there"
    assert passed.low - HEARTBEAT_S - WITHIN_S <= recorded.measured_s <= passed.high + WITHIN_S, f"{passed} passed"


@story("closing")
def test_back_without_a_cache_opens_the_course_where_it_was(scene: Scene) -> Plan[None]:
    visit = scene.open()
    said = yield from play_a_while(visit)
    before = visit.content
    first = visit.go_elsewhere(f"{scene.place.server.url}/health/live")
    yield Stay(1.0)
    visit.page.go_back(wait_until="commit")
    yield Until(lambda: visit.content_is_there(before), "the course is opened anew")
    assert visit.run([["GetValue", "cmi.suspend_data"]]) == ["kept"]
    yield Stay(1.0)
    both = visit.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    recorded = scene.check(both, 2)
    assert recorded[0].reported_s == said
    assert first.holds(recorded[0].measured_s, WITHIN_S)


@story("closing")
def test_a_duplicated_tab_is_a_session_of_its_own_and_counts_once(scene: Scene) -> Plan[None]:
    visit = scene.open()
    yield from play_a_while(visit)
    # as "duplicate tab" does: the same address, with a copy of sessionStorage
    with scene.machine.expect_page() as opened:
        visit.page.evaluate("() => void window.open(location.href)")
    double = Visit(opened.value)
    yield Until(double.content_is_there, "the course is there twice")
    yield Stay(2.0)
    from_first_on = visit.close()
    from_second_on = double.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    one, two = scene.sessions()
    assert one.session_id != two.session_id
    assert (from_first_on + from_second_on).holds(one.measured_s + two.measured_s, 2 * WITHIN_S)
    counted = scene.place.counted(scene.registration)
    # the first tab was there before the other one, and the other one was closed a moment after it
    assert from_first_on.low - WITHIN_S <= counted <= from_first_on.high + 2 * WITHIN_S


@story("closing")
def test_cookies_that_are_gone_change_nothing_for_an_open_course(scene: Scene) -> Plan[None]:
    visit = scene.open()
    yield Until(visit.content_is_there, "content is loaded")
    scene.machine.clear_cookies()
    said = yield from play_a_while(visit)
    yield Until(lambda: [each.reported_s for each in scene.sessions()] == [said], "it is saved without a sign-in")
    yield Until(status_is(visit, "saved"), "the learner sees that")
    assert not any(each.request.header("Cookie") for each in scene.seen()[-2:])
    passed = yield from scene.exit(visit)
    assert visit.panel() == "Your time is saved"
    yield Until(scene.is_over(), "the session is stored")
    scene.check(passed, 1)


def test_a_hidden_tab_whose_renderer_is_killed_costs_at_most_a_heartbeat(
    own_place: Callable[..., Place], killable: Callable[[], KillableBrowser]
) -> None:
    place = own_place(SEATTIME_HEARTBEAT_S=str(HEARTBEAT_S))
    registration = place.register("scripted-scorm12")
    browser = killable()
    asked_at = wall_ms()
    browser.open_tab(place.link(registration))
    wait_until(lambda: place.sessions(registration), "the course is open")
    there_at = wall_ms()
    browser.open_tab("about:blank")
    let_pass(3 * HEARTBEAT_S)
    killed_at = wall_ms()
    browser.signal_renderers(signal.SIGKILL)
    passed = Passed((killed_at - there_at) / 1000, (wall_ms() - asked_at) / 1000)

    [recorded] = place.sessions(registration)
    assert 0 in [visible for _, _, visible, _ in recorded.spans], "it was hidden"
    assert passed.low - HEARTBEAT_S - WITHIN_S <= recorded.measured_s <= passed.high, f"{passed} passed"
    assert recorded.ended is None, "nobody has said a word"
