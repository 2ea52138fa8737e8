"""The same course open twice: each second counts once, whichever tab or machine it was spent on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from e2e.place import Place
from e2e.playing import Visit
from e2e.waiting import let_pass, wait_until

WITHIN_S = 1.0


@pytest.mark.parametrize("machines", [1, 2], ids=["two-tabs", "two-devices"])
def test_the_same_course_open_twice_counts_once(place: Place, new_context: Callable[[], BrowserContext], machines: int) -> None:
    registration = place.register("scripted-scorm12")
    contexts = [new_context() for _ in range(machines)]
    first = Visit.start(contexts[0], place.link(registration))
    second = Visit.start(contexts[-1], place.link(registration))
    let_pass(4)
    from_first_on = first.close()
    from_second_on = second.close()

    one, two = place.ended(registration, 2)
    assert from_first_on.holds(one.measured_s, WITHIN_S), "both are measured whole"
    assert from_second_on.holds(two.measured_s, WITHIN_S)
    # the first one was there a little earlier, the second one stayed a little longer
    counted = place.counted(registration)
    assert max(from_first_on.low, from_second_on.low) - WITHIN_S <= counted
    assert counted <= from_first_on.high + 2 * WITHIN_S
    assert counted < one.measured_s + two.measured_s - 2, "the time in both tabs is not added up"


def test_the_tab_that_was_opened_later_has_the_course_and_the_other_one_says_so(place: Place, context: BrowserContext) -> None:
    registration = place.register("scripted-scorm12")
    first = Visit.start(context, place.link(registration))
    second = Visit.start(context, place.link(registration))
    assert second.run([["SetValue", "cmi.core.lesson_location", "second"], ["Commit"]]) == ["true", "true"]
    assert first.run([["Commit"]]) == ["true"]

    bar = first.page.locator("#bar-elsewhere")
    wait_until(bar.is_visible, "the first tab says that the course is open elsewhere")
    assert not second.page.locator("#bar-elsewhere").is_visible()
    first.page.locator("#bar-elsewhere-act").click()
    wait_until(lambda: not bar.is_visible(), "the course goes on in the first tab")
