"""Cases of faults that are played at once in one browser: each is a generator that yields what it waits for (`together.py`).

    @story("answers")
    def test_a_swallowed_answer_counts_once(scene: Scene) -> Plan[None]:
        visit = scene.open()
        yield Until(visit.content_is_there, "content is loaded")
        scene.rule(swallow, times=1)
        ...

It is a test like any other, by itself or with `-k`; the ones of a group that are asked for run together at the first of them.
All of them share one server behind one fault proxy, with a heartbeat of HEARTBEAT_S. Each has learners and machines of its own,
and what its rules do happens to its own machines only: the proxy knows them by the name in their User-Agent.
"""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error

from e2e.browser import WINDOW
from e2e.conftest import GROUP_MARK
from e2e.fault_proxy import Answer, Fault, FaultProxy, Request, Rule, Seen, rewrite
from e2e.ledger import StoredSession
from e2e.place import Place
from e2e.playing import Passed, Visit
from e2e.together import Plan, Stay, Until, play_together

COMMIT = "/runtime/commit"
HEARTBEAT_S = 3.0
WITHIN_S = 0.8
"""Of measured time, for each visit: a page that begins or ends while two cores play six courses."""
AT_ONCE = 5
AT_ONCE_OF = {"last-words": 2}
"""Of groups. A tab that is closed has half a second for its last words, in Chromium, which a busy machine must leave it."""
PAUSE_MS = 80


@dataclass
class Scene:
    """What one story plays with."""

    name: str
    place: Place
    proxy: FaultProxy
    browser: Browser
    _machines: list[BrowserContext] = field(default_factory=list)

    @functools.cached_property
    def registration(self) -> str:
        return self.place.register("scripted-scorm12")

    @functools.cached_property
    def machine(self) -> BrowserContext:
        """The learner's."""
        return self.another_machine()

    def another_machine(self) -> BrowserContext:
        self._machines.append(self.browser.new_context(viewport=WINDOW, user_agent=self.name))
        return self._machines[-1]

    def open(self, machine: BrowserContext | None = None, registration: str | None = None) -> Visit:
        """Goes to the course and does not wait."""
        return Visit.open(machine or self.machine, self.place.link(registration or self.registration))

    def rule(self, fault: Fault, *, path: str = COMMIT, when: Callable[[Request], bool] | None = None, times: int | None = None) -> Rule:
        """From now on this happens to what this story's machines send."""
        return self.proxy.rule(
            fault, path=path, when=lambda request: self._is_ours(request) and (when is None or when(request)), times=times
        )

    def in_worker(self, script: str) -> None:
        """The player's worker on this story's machines runs this first."""

        def run_first(_request: Request, said: Answer) -> Answer:
            return Answer(said.status, said.headers, script.encode() + said.body)

        self.rule(rewrite(run_first), path="/", when=lambda request: request.path.endswith("/delivery/worker.js"))

    def seen(self, path: str = COMMIT) -> list[Seen]:
        """What this story's machines sent so far."""
        return [each for each in self.proxy.seen(path=path) if self._is_ours(each.request)]

    def sessions(self) -> list[StoredSession]:
        return self.place.sessions(self.registration)

    def is_over(self, count: int = 1) -> Callable[[], bool]:
        """For Until: the server knows so many sessions to be over."""
        return lambda: self.place.over(self.registration) >= count

    def check(self, passed: Passed, sessions: int, registration: str | None = None) -> list[StoredSession]:
        """All that passed is recorded and counted, once."""
        recorded = self.place.sessions(registration or self.registration)
        assert len(recorded) == sessions
        measured = sum(each.measured_s for each in recorded)
        assert passed.holds(measured, sessions * WITHIN_S), f"{passed} passed, {measured} s measured"
        counted = self.place.counted(registration or self.registration)
        assert passed.holds(counted, sessions * WITHIN_S), f"{passed} passed, {counted} s counted"
        return recorded

    def exit(self, visit: Visit) -> Plan[Passed]:
        """The player's own Exit, until its goodbye."""
        visit.begin_leaving()
        visit.page.locator("#exit").click()
        yield Until(visit.said_goodbye, "the player says goodbye")
        return visit.has_left()

    def crash(self, visit: Visit) -> Passed:
        """The page's renderer dies without a word."""
        visit.begin_leaving()
        with contextlib.suppress(Error):
            visit.page.goto("chrome://crash", timeout=3000)
        passed = visit.has_left()
        visit.page.close()
        return passed

    def end(self) -> None:
        for machine in self._machines:
            machine.close()

    def _is_ours(self, request: Request) -> bool:
        return request.header("User-Agent") == self.name


def is_beacon(request: Request) -> bool:
    """Sent by `sendBeacon`, which makes no CORS requests of plain text (Fetch, 4.1)."""
    return request.header("Sec-Fetch-Mode") == "no-cors"


def report(*more: list[str]) -> list[list[str]]:
    """A script in which the content says how long it has been there, and commits."""
    return [["SetValue", "cmi.core.session_time", "0000:00:{passed}"], *more, ["Commit"]]


def play_a_while(visit: Visit, *, stay_s: float = 1.0) -> Plan[float]:
    """Two stretches of this length with what a course says after each; its own calls go on as always. What it reported at last, s."""
    yield Until(visit.content_is_there, "content is loaded")
    yield Stay(stay_s)
    set_some = [["SetValue", "cmi.suspend_data", "kept"], ["SetValue", "cmi.core.lesson_status", "incomplete"]]
    assert visit.run(report(*set_some)) == ["true"] * 4, "the course notices nothing"
    yield Stay(stay_s)
    assert visit.run(report(["GetValue", "cmi.suspend_data"])) == ["true", "kept", "true"]
    return float(visit.said("cmi.core.session_time").rpartition(":")[2])


def status_is(visit: Visit, *wanted: str) -> Callable[[], bool]:
    """For Until: what the learner sees of how safe the time is."""
    return lambda: visit.save_status() in wanted


Told = Callable[..., Plan[None]]
NO_CASE = object()
"""Stands for the one case of a story that has no cases."""


class Theatre:
    """Plays the stories of a group that this run asks for, at the first of them; what came of each, by the test's name."""

    def __init__(self, browser: Browser, place: Place, proxy: FaultProxy, items: Iterable[pytest.Item]) -> None:
        self._browser = browser
        self._place = place
        self._proxy = proxy
        self._items = list(items)
        self._outcomes: dict[str, Exception | None] = {}

    def tell(self, item: pytest.Item) -> None:
        """Raises what the story of this test raised."""
        if item.nodeid not in self._outcomes:
            group = _group_of(item)
            self._play(group, [each for each in self._items if _group_of(each) == group])
        outcome = self._outcomes[item.nodeid]
        if outcome is not None:
            raise outcome

    def _play(self, group: str, items: list[pytest.Item]) -> None:
        pump = self._browser.new_context().new_page()
        plans = {item.nodeid: functools.partial(self._scene, item) for item in items}
        played = play_together(plans, lambda: pump.wait_for_timeout(PAUSE_MS), at_once=AT_ONCE_OF.get(group, AT_ONCE))
        pump.context.close()
        self._outcomes.update({name: each if isinstance(each, Exception) else None for name, each in played.items()})

    def _scene(self, item: pytest.Item) -> Plan[None]:
        scene = Scene(item.name, self._place, self._proxy, self._browser)
        case = item.callspec.params["case"]  # type: ignore[attr-defined]  # every story has a case
        told: Told = item.function.story  # type: ignore[attr-defined]
        try:
            yield from told(scene) if case is NO_CASE else told(scene, case)
        finally:
            scene.end()


def _group_of(item: pytest.Item) -> str:
    return str(getattr(getattr(item, "function", None), "group", ""))


def story(group: str, **cases: Any) -> Callable[[Told], Callable[..., None]]:
    """A generator as a test; with `cases`, one test for each, which gets its value as a second argument."""

    def made(told: Told) -> Callable[..., None]:
        def test(theatre: Theatre, request: pytest.FixtureRequest, case: Any) -> None:
            theatre.tell(request.node)

        test.__name__ = told.__name__
        test.__doc__ = told.__doc__
        test.__module__ = told.__module__
        test.group = group  # type: ignore[attr-defined]
        test.story = told  # type: ignore[attr-defined]
        values = cases or {"": NO_CASE}
        ids = [f"{name}{GROUP_MARK}{group}" for name in values]
        marked: Callable[..., None] = pytest.mark.parametrize("case", list(values.values()), ids=ids)(test)
        return marked

    return made
