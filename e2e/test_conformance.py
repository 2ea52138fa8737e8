"""ADL's test content through the product: imported, registered, launched, its own pages calling the player's API.

By the letter: the server switches every leniency off. Where the suites are not on this machine the cases are skipped and
say so (docs/conformance.md says where they come from); they do not pass.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext

from e2e import adl
from e2e.cloud import new_learner
from e2e.conftest import chosen_databases
from e2e.place import Place
from e2e.playing import Visit
from e2e.server import Server
from e2e.waiting import wait_until

SUITE = adl.suite_2004()
SUITE_12 = adl.suite_12()
# ADL's content is nothing that a repository may hold: where a machine has none, the end of the run says that it was not driven
NOT_HERE = f"ADL's test content is not in {adl.folder()} (docs/conformance.md)"
LETTERS = {"API": ("",), "DMI": ("",), "DMB": ("",), "DDM": ("a", "b")}
"""The courses of each family; the activities of DDM end in the letter of theirs."""
CHECKS = {"API": 63, "DMI": 16_320, "DMB": 495, "DDM": 253}
ENDS_COURSE = ("exitAll", "suspendAll")
WITHIN_S = 60.0


@pytest.fixture(scope="module")
def strict(make_server: Callable[..., Server], zips: dict[str, Path]) -> Iterator[Place]:
    """A server that accepts nothing beyond the standards."""
    made = Place(make_server(chosen_databases(None)[0], SEATTIME_LENIENCIES="-all").start(), zips)
    yield made
    made.ledger.close()


class Operator:
    """Does what the suite's instructions ask of the person before the screen."""

    def __init__(self, place: Place, context: BrowserContext, desk: adl.Desk2004, registrations: dict[str, str]) -> None:
        self.place = place
        self.context = context
        self.desk = desk
        self.registrations = registrations
        self.visit: Visit | None = None
        self.course = ""

    def run(self) -> None:
        while (activity := self.desk.next()) is not None:
            self.make(activity, len(self.desk.results))
        self.leave()

    def make(self, activity: str, made: int) -> None:
        """One visit of an activity."""
        self.open(activity, made)
        self.until(lambda: len(self.desk.results) > made or self.desk.terminated, f"activity {activity} is tested")
        assert not self.desk.terminated, f"activity {activity}: the page ended the test"
        if self.desk.set_in_last("adl.nav.request") in ENDS_COURSE or self.desk.set_in_last("cmi.exit") == "time-out":
            self.leave()

    def open(self, activity: str, made: int) -> None:
        """By itself, by the table of contents, or by a new launch."""
        number, letter = activity.rstrip("ab"), activity[len(activity.rstrip("ab")) :]
        if letter != self.course:
            self.leave()
        if self.visit is None:
            self.course = letter
            before = len(self.desk.turned_away)
            self.visit = Visit.open(self.context, self.place.link(self.registrations[letter]))
            self.until(lambda: len(self.desk.results) > made or len(self.desk.turned_away) > before, "the course opens")
            if len(self.desk.results) > made:
                return
        elif self.moves_by_itself():
            return
        self.choose(int(number) - 1)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Playwright answers the page's requests only while it is asked something."""
        assert self.visit is not None
        page = self.visit.page

        def met() -> bool:
            page.wait_for_timeout(5)
            return condition()

        wait_until(met, what, within_s=WITHIN_S)

    def leave(self) -> None:
        if self.visit is not None:
            self.visit.page.close()
            self.visit = None

    def choose(self, index: int) -> None:
        assert self.visit is not None
        self.visit.page.locator("#toc-list button").nth(index).click()

    def moves_by_itself(self) -> bool:
        """The content of the last visit asked for another activity, and the player goes there."""
        request = self.desk.set_in_last("adl.nav.request")
        return request is not None and request not in ENDS_COURSE


@pytest.mark.skipif(SUITE is None, reason=NOT_HERE)
@pytest.mark.parametrize("family", ["API", "DMB", "DDM", "DMI"])
def test_adl_2004(strict: Place, context: BrowserContext, tmp_path: Path, family: str, record_property: Callable[[str, Any], None]) -> None:
    assert SUITE is not None
    learner = new_learner()
    packages = {letter: adl.build_package(SUITE, f"{family}{letter}", tmp_path) for letter in LETTERS[family]}
    registrations = {letter: strict.register(package, learner) for letter, package in packages.items()}
    desk = adl.Desk2004.at(context, family, learner)
    Operator(strict, context, desk, registrations).run()
    judged = desk.judge()
    record_property("adl", f"ADL's {family} through the player: {judged['passed']}/{CHECKS[family]}")
    assert judged["failed"] == []
    assert judged["passed"] == CHECKS[family]


LOG = """() => JSON.parse(localStorage.getItem("adl") ?? '{"log": []}').log"""


@pytest.mark.skipif(SUITE_12 is None, reason=NOT_HERE)
def test_adl_12(strict: Place, context: BrowserContext, record_property: Callable[[str, Any], None]) -> None:
    assert SUITE_12 is not None
    learner = new_learner()
    registrations = [strict.register(SUITE_12 / course, learner) for course in adl.COURSES_12]
    plan = adl.plan_12()
    known = strict.cloud.progress(registrations[1]).learner
    context.add_init_script(plan.script(learner, f"{known.last_name}, {known.first_name}"))
    log: list[tuple[int, str]] = []
    for number, registration in enumerate(registrations, start=1):
        log += Course12(strict, context, registration, [visit for visit in plan.visits if visit[0] == number]).run()
    failed = [message for kind, message in log if kind == adl.FAILED]
    passed = sum(1 for kind, _ in log if kind == adl.PASSED)
    record_property("adl", f"ADL's 1.2 through the player: {passed}/{passed + len(failed)}")
    assert failed == []
    assert passed == plan.passed


class Course12:
    """One course, page after page. A page that is to be opened again is opened after the tester has logged out."""

    def __init__(self, place: Place, context: BrowserContext, registration: str, visits: list[tuple[int, str, int]]) -> None:
        self.place = place
        self.context = context
        self.registration = registration
        self.visits = visits

    def run(self) -> list[tuple[int, str]]:
        visit = Visit.start(self.context, self.place.link(self.registration))
        seen = self.when_tested(visit, 0)
        for at, (_, _, times) in enumerate(self.visits):
            for again in range(times):
                if again > 0:
                    visit.page.close()
                    visit = Visit.start(self.context, self.place.link(self.registration))
                elif at > 0:
                    before = visit.content
                    visit.page.locator("#toc-list button").nth(at).click()
                    visit.wait_for_content(other_than=before)
                else:
                    continue
                seen = self.when_tested(visit, seen)
        log: list[tuple[int, str]] = [(kind, message) for kind, message in visit.content.evaluate(LOG)]
        visit.page.close()
        return log

    def when_tested(self, visit: Visit, seen: int) -> int:
        """A page tests from its load event on, at one go, and ends with LMSFinish."""
        wait_until(lambda: len(visit.content.evaluate(LOG)) > seen, "the page is tested", within_s=WITHIN_S)
        return len(visit.content.evaluate(LOG))
