"""Clocks that are wrong or are set, sleep and freeze: not counted, not lost, logged (design, 3.5)."""

from __future__ import annotations

import signal
from collections.abc import Callable

from playwright.sync_api import Playwright

from e2e.browser import KillableBrowser
from e2e.place import Place
from e2e.playing import Passed, Visit
from e2e.stories import WITHIN_S, Scene, play_a_while, story
from e2e.together import Plan, Stay, Until
from e2e.waiting import let_pass, wall_ms

HOUR_MS = 3_600_000
STOPPED_S = 7.0

# The monotonic clock stays as it is; Date is off by so much in the page and in its worker, and is set in both at once.
WRONG_CLOCK = """{
  const real = Date.now;
  let offset = %d;
  new BroadcastChannel("clock").onmessage = ({ data }) => { offset = data; };
  globalThis.Date = class extends Date {
    constructor(...parts) { if (parts.length === 0) super(real() + offset); else super(...parts); }
    static now() { return real() + offset; }
  };
}
"""
SET_CLOCK = "(offset) => new BroadcastChannel('clock').postMessage(offset)"


def give_clock(scene: Scene, off_by_ms: int = 0) -> None:
    """To the learner's machine: one that is off by so much, and that SET_CLOCK sets."""
    script = WRONG_CLOCK % off_by_ms
    scene.machine.add_init_script(script)
    scene.in_worker(script)


@story("clocks", forward=HOUR_MS, back=-HOUR_MS)
def test_a_clock_that_is_set_adds_and_takes_nothing(scene: Scene, by_ms: int) -> Plan[None]:
    give_clock(scene)
    visit = scene.open()
    yield from play_a_while(visit)
    visit.content.evaluate(SET_CLOCK, by_ms)
    yield Stay(2.5)
    assert abs(visit.content.evaluate("() => parent.Date.now()") - wall_ms() - by_ms) < HOUR_MS / 2, "it is set"
    passed = visit.close()
    yield Until(scene.is_over(), "the session is stored")
    [recorded] = scene.check(passed, 1)
    assert 2 in [before for *_, before in recorded.spans], "it is logged that the clock was set"
    assert recorded.open_s < passed.high + WITHIN_S, "nor was the page open for an hour"


@story("clocks")
def test_a_device_with_a_wrong_clock_and_another_one_count_their_union(scene: Scene) -> Plan[None]:
    give_clock(scene, -37 * 60_000)
    wrong, right = scene.open(), scene.open(scene.another_machine())
    yield Until(lambda: wrong.content_is_there() and right.content_is_there(), "content is loaded on both")
    yield Stay(3.0)
    first = wrong.close()
    yield Stay(1.5)
    second = right.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    recorded = scene.sessions()
    assert (first + second).holds(sum(each.measured_s for each in recorded), 2 * WITHIN_S)
    counted = scene.place.counted(scene.registration)
    assert second.low - WITHIN_S <= counted <= second.high + 2 * WITHIN_S, f"{first} and {second} passed at once, {counted} s counted"


@story("clocks")
def test_a_page_that_is_frozen_and_thrown_away_costs_at_most_a_second(scene: Scene) -> Plan[None]:
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Stay(1.0)
    visit.begin_leaving()
    debugger = scene.machine.new_cdp_session(visit.page)
    debugger.send("Page.setWebLifecycleState", {"state": "frozen"})
    crashed = scene.crash(visit)
    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    recorded = scene.sessions()[0]
    assert recorded.reported_s == said
    assert crashed.low - 1.0 - WITHIN_S <= recorded.measured_s <= crashed.high + WITHIN_S, f"{crashed} passed"


def test_a_machine_that_sleeps_is_not_counted_and_nothing_else_is_lost(
    place: Place, killable: Callable[[], KillableBrowser], playwright: Playwright
) -> None:
    registration = place.register("scripted-scorm12")
    browser = killable()
    context = playwright.chromium.connect_over_cdp(browser.address).contexts[0]
    visit = Visit.start(context, place.link(registration))
    let_pass(2 - visit.lasted_s())
    visit.begin_leaving()
    browser.signal_renderers(signal.SIGSTOP)
    awake = visit.has_left()
    let_pass(STOPPED_S)
    woken_at = wall_ms()
    browser.signal_renderers(signal.SIGCONT)
    let_pass(2.5)
    asked_at = wall_ms()
    visit.page.close()
    again = Passed((asked_at - woken_at) / 1000, (wall_ms() - woken_at) / 1000)

    [recorded] = place.ended(registration)
    # a stretch that begins in a sleep is known from the tick before it, and one that ends in it from the tick after
    assert (awake + again).low - 2.0 - WITHIN_S <= recorded.measured_s <= (awake + again).high + WITHIN_S
    assert 1 in [before for *_, before in recorded.spans], "it is logged that the page was stopped"
    assert recorded.open_s >= recorded.measured_s + STOPPED_S - 1.0
    assert place.counted(registration) <= recorded.measured_s + 0.01
