"""What the browser refuses: storage blocked or full, beacons blocked or too large (design, 3.2 and 3.3)."""

from __future__ import annotations

from e2e.fault_proxy import drop
from e2e.stories import WITHIN_S, Scene, is_beacon, play_a_while, report, status_is, story
from e2e.together import Plan, Stay, Until

BLOCKED = """
const refuse = () => { throw new DOMException("Access is denied for this document.", "SecurityError"); };
for (const name of ["localStorage", "sessionStorage", "indexedDB"]) Object.defineProperty(globalThis, name, { get: refuse });
"""
FULL = """
Storage.prototype.setItem = () => { throw new DOMException("The quota has been exceeded.", "QuotaExceededError"); };
"""
NO_DATABASE = "Object.defineProperty(globalThis, 'indexedDB', { get() { throw new DOMException('', 'SecurityError'); } });"
FILL = """() => {
  for (let size = 1 << 20; size > 0; size >>= 1) {
    try { for (;;) localStorage.setItem(`filler ${size} ${localStorage.length}`, "x".repeat(size)); } catch { /* no room for this size */ }
  }
}"""
CHINESE = "\u6c49" * 64_000
MAY_COST_S = 1.0
"""What the mirror in IndexedDB may lack: the stretch since the last tick."""


def block_storage(scene: Scene, script: str) -> None:
    """For the learner's machine, from the beginning on."""
    scene.machine.add_init_script(script)
    scene.in_worker(NO_DATABASE)


@story("storage", blocked=BLOCKED, full=FULL)
def test_a_browser_that_keeps_nothing_saves_as_one_goes(scene: Scene, script: str) -> Plan[None]:
    block_storage(scene, script)
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Until(lambda: [each.reported_s for each in scene.sessions()] == [said], "it is sent at every commit")
    yield Until(status_is(visit, "sent"), "the learner sees that it is saved, and that no copy is kept here")
    assert visit.page.locator("#save").inner_text() == "Saved as you go"
    passed = visit.close()
    yield Until(scene.is_over(), "the last moments come by beacon")
    scene.check(passed, 1)


@story("storage")
def test_time_that_is_nowhere_but_on_the_page_is_told_so_until_it_is_sent(scene: Scene) -> Plan[None]:
    block_storage(scene, BLOCKED)
    visit = scene.open()
    yield Until(visit.content_is_there, "content is loaded")
    scene.machine.set_offline(True)
    yield from play_a_while(visit)
    yield Until(status_is(visit, "unsafe"), "the learner sees that it is not saved")
    visit.begin_leaving()
    visit.page.locator("#exit").click()
    yield Until(lambda: visit.panel() == "Please keep this page open", "the player asks to wait")
    passed = visit.has_left()
    scene.machine.set_offline(False)
    yield Until(lambda: visit.panel() == "Your time is saved", "and says when it is safe")
    yield Until(scene.is_over(), "the session is stored")
    scene.check(passed, 1)


@story("storage")
def test_storage_that_the_course_has_filled_costs_nothing_that_the_mirror_has(scene: Scene) -> Plan[None]:
    visit = scene.open()
    yield Until(visit.content_is_there, "content is loaded")
    visit.content.evaluate(FILL)
    rule = scene.rule(drop)
    said = yield from play_a_while(visit)
    yield Until(status_is(visit, "unsafe"), "there is no room for it, as far as the page knows")
    yield Stay(1.0)
    passed = visit.close()
    yield Stay(1.0)  # the beacons of a page that is gone may come a moment later
    rule.remove()
    assert scene.sessions()[0].reported_s is None, "nothing of it got through"
    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    assert again.run([["GetValue", "cmi.suspend_data"]]) == ["kept"]
    yield Until(lambda: scene.sessions()[0].reported_s == said, "the mirror's copy is delivered")
    delivered = scene.sessions()[0].measured_s
    assert passed.low - MAY_COST_S - WITHIN_S <= delivered <= passed.high + WITHIN_S, f"{passed} passed, {delivered} s"


@story("last-words")
def test_a_large_state_set_at_the_very_end_is_all_there_at_the_next_visit(scene: Scene) -> Plan[None]:
    visit = scene.open()
    said = yield from play_a_while(visit)
    last = [["SetValue", "cmi.suspend_data", CHINESE], ["SetValue", "cmi.core.exit", "suspend"], ["Terminate"]]
    visit.run([["on", "pagehide", last]])
    first = visit.close()
    yield Until(lambda: any(each.terminated for each in scene.sessions()), "time, status and exit arrive at once, and alone")
    [at_once] = scene.check(first, 1)
    assert (at_once.reported_s, at_once.exit, at_once.elements["cmi.suspend_data"]) == (said, "suspend", "kept")

    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    assert again.run([["GetValue", "cmi.suspend_data"]]) == [CHINESE]
    both = first + again.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    delivered, _ = scene.check(both, 2)
    assert delivered.elements["cmi.suspend_data"] == CHINESE


@story("last-words", refused="navigator.sendBeacon = () => false", throwing="navigator.sendBeacon = () => { throw new Error('blocked'); }")
def test_a_beacon_that_is_refused_goes_by_another_way_at_once(scene: Scene, script: str) -> Plan[None]:
    scene.machine.add_init_script(script)
    visit = scene.open()
    yield from play_a_while(visit)
    visit.run([["on", "pagehide", report(["SetValue", "cmi.suspend_data", "last"])]])
    passed = visit.close()
    yield Until(lambda: any(each.elements.get("cmi.suspend_data") == "last" for each in scene.sessions()), "the last words arrive")
    scene.check(passed, 1)


@story("storage", replaced="navigator.sendBeacon = () => true", stopped="")
def test_a_beacon_that_vanishes_is_made_good_at_the_next_visit(scene: Scene, script: str) -> Plan[None]:
    if script:
        scene.machine.add_init_script(script)
    else:
        scene.rule(drop, when=is_beacon)
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Stay(1.0)
    first = visit.close()
    assert scene.sessions()[0].ended is None, "nobody has heard of the end"
    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    delivered = scene.sessions()[0]
    assert (delivered.ended, delivered.reported_s) == ("left", said)
    assert first.holds(delivered.measured_s, WITHIN_S), f"{first} passed, {delivered.measured_s} s"
