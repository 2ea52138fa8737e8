"""Published packages of the authoring tools: start, a few slides, away by closing the tab; resume, on, and out by Exit.

Which packages there are is up to the machine (packages.py); the end of the run says which were driven. Several are
played at once, in tabs of learners of their own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ViewportSize

from e2e import drivers, packages
from e2e.conftest import GROUP_MARK, chosen_databases
from e2e.ledger import StoredSession
from e2e.packages import RealPackage
from e2e.place import Place
from e2e.playing import Passed, Visit, evaluate
from e2e.together import Plan, Stay, Until, play_together

DATABASES = ("postgres",)
PACKAGES = packages.real_packages()
GROUPS = (PACKAGES[::2], PACKAGES[1::2])
FIRST_S, SECOND_S = 3.5, 1.4
MEASURED_WITHIN_S = 1.0
"""A page that begins or ends while two cores play ten courses."""
COUNTED_AT_LEAST = 0.5
"""Of what passed: a word below half of the measured time does not stand (design 3.5). On a slow machine a course may load for seconds
before it begins to count."""
VIEWPORT = ViewportSize(width=800, height=600)
SUSPEND_DATA = """() => {
  const api = window.API, newer = window.API_1484_11;
  const kept = newer ? newer.GetValue("cmi.suspend_data") : api ? api.LMSGetValue("cmi.suspend_data") : "";
  const error = newer ? newer.GetLastError() : api ? api.LMSGetLastError() : "0";
  return error === "0" ? kept.length : 0;
}"""
"""How much the course finds of what it kept; nothing before it has said Initialize (a slow machine takes seconds to come there)."""
OVER_SHOWN_S = 0.001


@dataclass
class Driven:
    """What came of it. `seen`: how often something could be pressed."""

    registration: str = ""
    first: Passed | None = None
    second: Passed | None = None
    seen: drivers.Seen | None = None


def drive(place: Place, context: BrowserContext, package: RealPackage) -> Plan[Driven]:
    """Two visits with the driver of the package's tool."""
    driven = Driven(seen=drivers.Seen())
    assert driven.seen is not None
    job = place.cloud.start_import(package.path, package.name)
    yield Until(partial(place.cloud.is_imported, job), "the import ends", within_s=90)
    driven.registration = place.cloud.register(package.name)

    visit = Visit.open(context, place.link(driven.registration))
    yield Until(visit.content_is_there, "content is loaded", within_s=60)
    yield from drivers.look_around(visit, package.tool, FIRST_S, driven.seen)
    driven.first = visit.close()
    yield Until(lambda: place.all_over(driven.registration), "the first visit is stored")

    again = Visit.open(context, place.link(driven.registration))
    yield Until(again.content_is_there, "content is loaded again", within_s=60)
    if _has_kept(place.sessions(driven.registration)):
        yield Until(lambda: _finds_kept(again), "the course gets back what it asked to keep")
    else:
        yield Stay(0.5)
    yield from drivers.look_around(again, package.tool, SECOND_S, driven.seen)
    driven.second = yield from drivers.exit_course(again)
    yield Until(lambda: place.all_over(driven.registration), "the second visit is stored")
    again.page.close()
    return driven


def _has_kept(sessions: list[StoredSession]) -> bool:
    return any(session.elements.get("cmi.suspend_data", "") for session in sessions)


def _finds_kept(visit: Visit) -> bool:
    return int(evaluate(visit.page.main_frame, SUSPEND_DATA) or 0) > 0


@pytest.fixture(scope="session")
def driven(
    request: pytest.FixtureRequest, browser: Browser, places: Callable[[str], Place]
) -> Callable[[str, int], dict[str, Driven | Exception]]:
    """One half of the packages that this run is for, driven at once on one kind of database; at the first asking."""
    wanted = {each for item in request.session.items if (each := _package_of(item)) in PACKAGES}
    known: dict[tuple[str, int], dict[str, Driven | Exception]] = {}

    def all_of(kind: str, group: int) -> dict[str, Driven | Exception]:
        if (kind, group) not in known:
            place = places(kind)
            chosen = [each for each in GROUPS[group] if each in wanted]
            contexts = {each.name: browser.new_context(viewport=VIEWPORT) for each in chosen}
            pump = browser.new_context().new_page()
            plans = {each.name: partial(drive, place, contexts[each.name], each) for each in chosen}
            known[kind, group] = play_together(plans, lambda: pump.wait_for_timeout(50), at_once=3)
            for context in [*contexts.values(), pump.context]:
                context.close()
        return known[kind, group]

    return all_of


def _package_of(item: Any) -> RealPackage | None:
    """What a case of this module is for; None for another module's."""
    return getattr(item, "callspec", None) and item.callspec.params.get("package")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each package; those that are played at once stay in one process."""
    cases = [
        pytest.param(kind, group, each, id=f"{each.name}-{kind}{GROUP_MARK}real-{kind}-{group}")
        for kind in chosen_databases(metafunc.module)
        for group, members in enumerate(GROUPS)
        for each in members
    ]
    metafunc.parametrize(("kind", "group", "package"), cases)


def test_real_package_keeps_its_time(
    driven: Callable[[str, int], dict[str, Driven | Exception]],
    places: Callable[[str], Place],
    record_property: Callable[[str, object], None],
    kind: str,
    group: int,
    package: RealPackage,
) -> None:
    result = driven(kind, group)[package.name]
    if isinstance(result, Exception):
        raise result
    place = places(kind)
    sessions = place.sessions(result.registration)
    counted = place.counted(result.registration)
    statements = place.ledger.statements(result.registration)
    record_property("drove", _told(package, result, sessions, counted) + _said(statements))

    _check_measured(result, sessions)
    _check_counted(package, result, sessions, counted)
    _check_statements(package, statements)


def _told(package: RealPackage, result: Driven, sessions: list[StoredSession], counted: float) -> str:
    assert result.first is not None
    assert result.second is not None
    assert result.seen is not None
    measured = sum(session.measured_s for session in sessions)
    reported = sum(session.reported_s or 0 for session in sessions)
    return (
        f"{package.tool}: {package.name}: {result.seen.steps} steps, {result.first + result.second} passed, "
        f"{reported:.2f} reported, {measured:.2f} measured, {counted:.2f} counted"
    )


def _said(statements: list[dict[str, Any]]) -> str:
    """The verbs in their order, with the durations that were said of anything."""
    words = [_word(each) for each in statements]
    return f"; said {', '.join(words)}" if words else ""


def _word(statement: dict[str, Any]) -> str:
    verb = statement["verb"]["id"].rpartition("/")[2]
    duration = (statement.get("result") or {}).get("duration")
    return f"{verb} {duration}" if duration else str(verb)


def _check_statements(package: RealPackage, statements: list[dict[str, Any]]) -> None:
    """What speaks xAPI has spoken to us, whatever address its publisher has put into it."""
    if package.standard in ("xapi", "cmi5"):
        assert statements, "the course tracks"


def _check_measured(result: Driven, sessions: list[StoredSession]) -> None:
    for launch, passed in ((1, result.first), (2, result.second)):
        assert passed is not None
        measured = sum(session.measured_s for session in sessions if session.launch == launch)
        assert passed.holds(measured, MEASURED_WITHIN_S), f"visit {launch}: {passed} passed, {measured} s measured"


def _check_counted(package: RealPackage, result: Driven, sessions: list[StoredSession], counted: float) -> None:
    assert result.first is not None
    assert result.second is not None
    measured = sum(session.measured_s for session in sessions)
    assert counted <= measured + OVER_SHOWN_S, "more is credited than was measured"
    passed = result.first + result.second
    assert counted >= COUNTED_AT_LEAST * passed.low, f"{passed} passed, {counted} s counted"
    if package.standard in ("xapi", "cmi5"):
        return  # its words stand in statements, of which tests/domain/said has the tables by hand
    by_hand = sum(_credit(session) for session in sessions)
    assert counted == pytest.approx(by_hand, abs=0.05), "the word of the course and what was measured after it"


def _credit(session: StoredSession) -> float:
    """What the standard policy makes of a short session (design 3.5), in seconds."""
    if session.reported_s is None:
        return session.measured_s
    last_word_at_s = float(session.words[-1][1]) / 1000
    if session.reported_s < last_word_at_s / 2:
        return session.measured_s
    return min(session.reported_s + session.measured_s - last_word_at_s, session.measured_s)
