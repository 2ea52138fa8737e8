"""The figures that the product stands for: each is a visit that really takes that long (issue "Done when")."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from e2e.cloud import new_learner
from e2e.place import Place
from e2e.playing import Visit
from e2e.waiting import let_pass, wait_until

DATABASES = ("sqlite",)
WITHIN_S = 1.0
SCRIPTED = ("scripted-scorm12", "scripted-scorm2004")


def session_time(package: str, seconds: int) -> list[str]:
    """The step of a script that reports less than an hour, in the package's standard."""
    if package == "scripted-scorm12":
        return ["SetValue", "cmi.core.session_time", f"0000:{seconds // 60:02}:{seconds % 60:02}.00"]
    return ["SetValue", "cmi.session_time", f"PT{seconds}S"]


@pytest.fixture
def visits(place: Place, new_context: Callable[[], BrowserContext]) -> dict[str, tuple[str, Visit]]:
    """A learner of each standard, each on a machine of his own: registration and visit by package."""
    registrations = {package: place.register(package) for package in SCRIPTED}
    return {
        package: (registration, Visit.start(new_context(), place.link(registration))) for package, registration in registrations.items()
    }


Visits = dict[str, tuple[str, Visit]]


def test_eight_silent_seconds_and_a_closed_tab_count_eight(place: Place, visits: Visits) -> None:
    passed = {}
    for package, (_, visit) in visits.items():
        let_pass(8 - visit.lasted_s())
        passed[package] = visit.close()

    for package, (registration, _) in visits.items():
        [session] = place.ended(registration)
        assert passed[package].holds(session.measured_s, 0.5), f"{session.measured_s} s measured, {passed} passed"
        assert passed[package].holds(place.counted(registration), 0.5), f"{passed[package]} passed"
        assert session.reported_s is None
        assert session.ended == "left"


def test_three_reported_seconds_and_six_silent_ones_count_nine(place: Place, visits: Visits) -> None:
    for package, (_, visit) in visits.items():
        assert visit.run([["at", 3000], session_time(package, 3), ["Commit"]]) == [None, "true", "true"]
    for _, visit in visits.values():
        let_pass(9 - visit.lasted_s())
        visit.close()

    for registration, visit in visits.values():
        [session] = place.ended(registration)
        assert session.reported_s == 3
        assert visit.passed.holds(place.counted(registration), WITHIN_S), f"{visit.passed} passed"
        assert place.exported(registration)[0]["findings"] == ""


def test_a_claim_of_three_minutes_after_five_seconds_counts_five_and_is_flagged(place: Place, visits: Visits) -> None:
    for package, (_, visit) in visits.items():
        assert visit.run([["at", 5000], session_time(package, 180), ["Commit"]])[1:] == ["true", "true"]
        visit.close()

    for registration, visit in visits.values():
        [session] = place.ended(registration)
        assert session.reported_s == 180, "what was said is kept as it was said"
        # 5 s, and what a busy machine took to get there and to close the tab
        assert visit.passed.holds(place.counted(registration), WITHIN_S), f"{visit.passed} passed"
        [exported] = place.exported(registration)
        assert "over-reported" in exported["findings"].split()
        assert exported["reported_s"] == 180


@pytest.mark.parametrize("package", SCRIPTED)
def test_three_launches_sum_up(place: Place, context: BrowserContext, package: str) -> None:
    registration = place.register(package)
    visit = Visit.start(context, place.link(registration))
    let_pass(1.5)
    first = visit.close()
    visit = Visit.start(context, place.link(registration))
    visit.run([["at", 2000], session_time(package, 2), ["Commit"]])
    second = visit.exit()
    visit = Visit.start(context, place.link(registration))
    let_pass(1)
    third = visit.close()

    sessions = place.ended(registration, 3)
    assert [session.launch for session in sessions] == [1, 2, 3]
    together = first + second + third
    assert together.holds(place.counted(registration), WITHIN_S), f"{together} passed"


def test_six_seconds_in_two_courses_at_once_count_six_for_the_learner(
    place: Place, context: BrowserContext, new_context: Callable[[], BrowserContext]
) -> None:
    learner = new_learner()
    registrations = [place.register(package, learner) for package in SCRIPTED]
    visits = [Visit.open(context, place.link(registration)) for registration in registrations]
    for visit in visits:
        visit.wait_for_content()

    longest_s = max(visit.lasted_s() for visit in visits)
    let_pass(6 - longest_s)
    first_ended = visits[0].close()
    second_ended = visits[1].close()

    for registration in registrations:
        place.ended(registration)

    def whole_and_parts() -> tuple[float, float]:
        return place.cloud.counted_of_learner(learner), sum(place.counted(registration) for registration in registrations)

    # the last words of a page may come a moment after the player's own, between one reading and the next
    wait_until(lambda: abs(whole_and_parts()[0] - whole_and_parts()[1]) < 0.001, "the parts add up to the whole")
    # from the first one's beginning to the second one's end, every second once
    longest = max(first_ended.high, second_ended.high) + WITHIN_S
    whole, _ = whole_and_parts()
    assert min(first_ended.low, second_ended.low) - WITHIN_S <= whole <= longest
