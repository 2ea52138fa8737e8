"""Every sample of packages/, played twice: a look, an answer, away; back where one was, on to the end.

Recorded time is compared with time that really passed, and what each says at its ways of leaving with samples.json.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from e2e import packages
from e2e.browser import WINDOW
from e2e.conftest import GROUP_MARK, KINDS, asked_databases
from e2e.ledger import StoredSession
from e2e.place import Place
from e2e.playing import Passed, Visit
from e2e.together import Plan, Stay, Until, play_together
from e2e.waiting import wait_until

SAMPLES = packages.samples()
HALVES = (SAMPLES[::2], SAMPLES[1::2])
STAY_S = 4.0
WITHIN_S = 0.7
"""Of measured time: a page that begins or ends while two cores play seven courses."""
NO_BOOKMARK = ("html5-colour",)
"""Keeps its place in an address that a new launch does not bring back."""


@dataclass(frozen=True)
class Played:
    """What two visits of one sample came to."""

    registration: str
    left_at: str
    came_back_at: str
    resumed: bool
    first: Passed
    both: Passed
    late_s: float
    """Of `both`, before the course's own stopwatch ran: not in its word, which counts."""
    errors: list[str]


def play(place: Place, context: BrowserContext, sample: Any) -> Plan[Played]:
    """Two slides and away by closing the tab; back, through all slides with every question answered, and out."""
    registration = place.register(sample.name)
    visit = Visit.open(context, place.link(registration))
    yield Until(visit.content_is_there, "content is loaded")
    yield Until(visit.slides_are_there, "a slide is shown")
    late = visit.counts_late_s()
    visit.act("next")
    left_at = visit.slide()
    yield Stay(STAY_S)
    first = visit.close()
    yield Until(lambda: place.over(registration) == 1, "the first visit is stored")

    again = Visit.open(context, place.link(registration))
    yield Until(again.content_is_there, "content is loaded again")
    yield Until(again.slides_are_there, "a slide is shown again")
    came_back_at = again.slide()
    late += again.counts_late_s()
    resumed = again.slides().evaluate("() => document.body.dataset.resumed ?? null") is not None
    while int(again.slide()) < sample.facts["slides"]:
        _answer(again)
        again.act("next")
        yield Stay(0.3)
    _answer(again)
    yield Stay(1.0)
    second = again.exit()
    again.page.close()
    return Played(registration, left_at, came_back_at, resumed, first, first + second, late, visit.errors + again.errors)


def _answer(visit: Visit) -> None:
    """Answers the question of this slide rightly, if there is one that is open."""
    frame = visit.slides()
    expected = frame.evaluate("() => document.querySelector('.slide.current')?.dataset.expected ?? null")
    button = frame.locator(f'.slide.current [data-action="answer"][data-value="{expected}"]:not([disabled])')
    if expected is not None and button.count():
        button.first.click()


@pytest.fixture(scope="session")
def played(browser: Browser, places: Callable[[str], Place]) -> Callable[[str, int], dict[str, Played | Exception]]:
    """One half of the samples, played at once on one kind of database; at the first asking."""
    known: dict[tuple[str, int], dict[str, Played | Exception]] = {}

    def all_of(kind: str, half: int) -> dict[str, Played | Exception]:
        if (kind, half) not in known:
            place = places(kind)
            contexts = {sample.name: browser.new_context(viewport=WINDOW) for sample in HALVES[half]}
            pump = browser.new_context().new_page()
            plans = {each.name: partial(play, place, contexts[each.name], each) for each in HALVES[half]}
            known[kind, half] = play_together(plans, lambda: pump.wait_for_timeout(50), at_once=7)
            for context in [*contexts.values(), pump.context]:
                context.close()
        return known[kind, half]

    return all_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One half on SQLite and the other on PostgreSQL, or all on what is asked for; those that are played at once stay in one process."""
    cases = [
        pytest.param(kind, half, sample, id=f"{sample.name}-{kind}{GROUP_MARK}samples-{kind}-{half}")
        for half, samples in enumerate(HALVES)
        for kind in asked_databases() or (KINDS[half],)
        for sample in samples
    ]
    metafunc.parametrize(("kind", "half", "sample"), cases)


def test_sample_keeps_its_time_and_its_place(
    played: Callable[[str, int], dict[str, Played | Exception]],
    places: Callable[[str], Place],
    kind: str,
    half: int,
    sample: Any,
) -> None:
    result = played(kind, half)[sample.name]
    if isinstance(result, Exception):
        raise result
    place = places(kind)
    sessions = place.ended(result.registration, 2)
    measured = sum(session.measured_s for session in sessions)

    assert result.first.holds(sessions[0].measured_s, WITHIN_S), f"{result.first} passed in the first visit"
    assert result.both.holds(measured, 2 * WITHIN_S), f"{result.both} passed in both visits, {measured} s measured"
    _check_counted(place, result, measured)
    _check_place(sample, result)
    _check_words(sample, sessions)
    _check_statements(place, sample, result, sessions)
    assert result.errors == []


def _check_counted(place: Place, result: Played, measured: float) -> None:
    counted = place.counted(result.registration)
    assert counted <= measured + 0.001, "nothing is credited that was not measured"
    said = Passed(result.both.low - result.late_s, result.both.high)
    assert said.holds(counted, 2 * WITHIN_S), f"{result.both} passed, {counted} s counted, {result.late_s:.2f} s before its own count"
    parts = place.cloud.counted_by_activity(result.registration)
    assert sum(parts.values()) == pytest.approx(counted, abs=0.02)


def _check_place(sample: Any, result: Played) -> None:
    if sample.name in NO_BOOKMARK:
        return
    assert result.resumed, "a visit that comes back is told so"
    assert result.came_back_at == result.left_at


def _check_words(sample: Any, sessions: list[StoredSession]) -> None:
    says_time = sample.facts["time"]["element"] is not None and sample.kind not in ("xapi", "cmi5")
    last = sessions[-1]
    assert (last.reported_s is not None) == says_time
    if says_time:
        assert last.terminated


def _check_statements(place: Place, sample: Any, result: Played, sessions: list[StoredSession]) -> None:
    """What a sample says of its time by xAPI is its reported clock; where it speaks SCORM, too, both are one."""
    if sample.kind not in ("xapi", "cmi5") and not sample.facts["dual"]:
        return
    wait_until(lambda: "terminated" in _verbs(place, result.registration), "its last statement arrives")
    last = place.exported(result.registration)[-1]
    said, measured = float(last["reported_s"]), sessions[-1].measured_s
    assert measured - WITHIN_S - result.late_s <= said <= measured + WITHIN_S, f"{said} s said, {measured} s measured"
    if sample.facts["dual"]:
        assert said == sessions[-1].reported_s, "by SCORM"
        assert sum(float(each["reported_s"]) for each in place.exported(result.registration)) <= result.both.high + WITHIN_S
    assert not {"two-clocks", "over-reported", "under-reported"} & set(str(last["findings"]).split())


def _verbs(place: Place, registration: str) -> list[str]:
    return [each["verb"]["id"].rpartition("/")[2] for each in place.ledger.statements(registration)]


def test_every_sample_completes(
    played: Callable[[str, int], dict[str, Played | Exception]],
    places: Callable[[str], Place],
    kind: str,
    half: int,
    sample: Any,
) -> None:
    result = played(kind, half)[sample.name]
    if isinstance(result, Exception):
        raise result
    place = places(kind)
    if sample.kind in ("xapi", "cmi5"):
        wait_until(lambda: "completed" in _verbs(place, result.registration), "statements arrive")
    if sample.kind == "html5":
        return
    progress = place.cloud.progress(result.registration)
    expected = "COMPLETED" if sample.facts["activities"] == 1 else "INCOMPLETE"
    assert progress.registration_completion == expected
