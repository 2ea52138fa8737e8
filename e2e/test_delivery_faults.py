"""Deliveries that are lost on the way back, repeated, late, out of order, or all of it: everything counts once (design, 3.1)."""

from __future__ import annotations

import random

from e2e.fault_proxy import Answer, Exchange, Fault, Held, Swapped, answer, delay, delay_answer, drop, pass_on, repeat, swallow
from e2e.stories import Scene, is_beacon, play_a_while, status_is, story
from e2e.together import Plan, Stay, Until

SEED = 20261125


@story("delivery")
def test_answers_that_never_arrive_make_nothing_count_twice(scene: Scene) -> Plan[None]:
    rule = scene.rule(swallow)
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Until(status_is(visit, "kept"), "as far as this device knows")
    first = visit.close()
    yield Until(scene.is_over(), "the server has all of it")
    rule.remove()
    again = scene.open()
    yield Until(again.content_is_there, "content is loaded")
    assert again.run([["GetValue", "cmi.suspend_data"]]) == ["kept"]
    both = first + again.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    delivered, _ = scene.check(both, 2)
    assert delivered.reported_s == said


@story("delivery", three_times=repeat(3), slowly=delay(1.5), with_slow_answers=delay_answer(1.5))
def test_repeated_and_slow_deliveries_count_once(scene: Scene, fault: Fault) -> Plan[None]:
    scene.rule(fault)
    visit = scene.open()
    said = yield from play_a_while(visit)
    passed = visit.close()
    yield Until(scene.is_over(), "the session is stored")
    yield Until(lambda: all(each.over for each in scene.seen()), "everything has arrived")
    [delivered] = scene.check(passed, 1)
    assert delivered.reported_s == said


@story("delivery")
def test_a_delivery_that_arrives_after_newer_ones_changes_nothing(scene: Scene) -> Plan[None]:
    held = Held()
    scene.rule(held, times=2)
    visit = scene.open()
    said = yield from play_a_while(visit)
    yield Until(lambda: status_is(visit, "saved")() and scene.sessions(), "newer ones are stored")
    passed = visit.close()
    yield Until(scene.is_over(), "the session is stored")
    [before] = scene.check(passed, 1)
    assert before.reported_s == said

    held.release()
    yield Until(lambda: all(each.over for each in scene.seen()), "the older ones arrive")
    assert [each.reached for each in scene.seen()[:2]] == [1, 1]
    [after] = scene.check(passed, 1)
    assert (after.measured_s, after.words, after.spans, after.elements) == (before.measured_s, before.words, before.spans, before.elements)


@story("last-words")
def test_last_words_that_overtake_each_other_are_all_there(scene: Scene) -> Plan[None]:
    scene.rule(Swapped(), when=is_beacon)
    visit = scene.open()
    yield from play_a_while(visit)
    last = [["SetValue", "cmi.suspend_data", "last words"], ["SetValue", "cmi.core.exit", "suspend"], ["Terminate"]]
    visit.run([["on", "pagehide", last]])
    passed = visit.close()
    yield Until(lambda: any(each.terminated for each in scene.sessions()), "they arrive")
    yield Until(lambda: all(each.over for each in scene.seen()), "and so does what came before them")
    [delivered] = scene.check(passed, 1)
    assert delivered.elements["cmi.suspend_data"] == "last words"
    assert (delivered.ended, delivered.exit) == ("terminated", "suspend")


@story("delivery")
def test_any_of_it_at_random_loses_nothing_and_doubles_nothing(scene: Scene) -> Plan[None]:
    chance = random.Random(SEED)
    faults: tuple[Fault, ...] = (
        pass_on,
        drop,
        swallow,
        repeat(2),
        delay(0.4),
        delay_answer(0.4),
        answer(503),
        answer(200, "<html>", "text/html"),
    )

    def any_of_them(exchange: Exchange) -> Answer | None:
        return chance.choice(faults)(exchange)

    rule = scene.rule(any_of_them)
    visit = scene.open()
    yield from play_a_while(visit, stay_s=2.0)
    first = visit.close()
    yield Stay(0.3)
    again = scene.open()
    said = yield from play_a_while(again)
    rule.remove()
    yield Until(status_is(again, "saved"), "everything is delivered when the faults have ended")
    both = first + again.close()
    yield Until(scene.is_over(2), "both sessions are stored")
    recorded = scene.check(both, 2)
    assert recorded[-1].reported_s == said
