"""Words of statements on a session's clock, worked out by hand. Times are ms after noon by the server's clock."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from seattime.domain.facts import Word
from seattime.domain.said.placing import Extent, Fact, words_of_sessions
from tests.domain.made_facts import MINUTE, NOON, SECOND, span


def extent(session: str = "s", *spans: Any, opened: int = 0, start: str | None = "start", **changes: Any) -> Extent:
    """A session of 100 s from noon on, unless it says otherwise."""
    return Extent(
        session,
        start,
        changes.pop("launch_number", 1),
        changes.pop("activity", "tea"),
        NOON + changes.pop("launched", opened),
        NOON + opened,
        spans or (span(opened, 100 * SECOND),),
        **changes,
    )


def fact(name: str, ms: int | None, came: int, at: int | None = None, *, start: str | None = "start", **changes: Any) -> Fact:
    """A statement that came `came` after noon, and says that it was made `at` after noon by the clock of its device."""
    stamp = None if at is None else NOON + at
    raw = changes.pop("raw", "nothing" if ms is None else f"PT{ms / 1000}S")
    return Fact(name, start, changes.pop("launch", 1), changes.pop("activity", "tea"), NOON + came, stamp, raw, ms, **changes)


def begun(came: int = 600, at: int = 500, **changes: Any) -> Fact:
    """What content says first, without a time."""
    return replace(fact("0-begun", 0, came, at, **changes), duration_raw=None, duration_ms=None)


def heard(*facts: Fact, of: Extent | None = None) -> list[tuple[int | None, int]]:
    """`(ms, measured ms at which it was said)` of the session's segments."""
    words = words_of_sessions([of or extent()], facts)
    return [(word.ms, word.at_ms) for word in words.get("s", ())]


def test_a_statement_that_comes_at_once_is_placed_when_it_was_said() -> None:
    assert heard(begun(), fact("a", 59_000, 60_100, 60_000)) == [(59_000, 60_000)]


def test_of_rising_values_the_last_stands() -> None:
    facts = [begun(), fact("a", 30_000, 30_600, 30_500), fact("b", 59_000, 60_100, 60_000), fact("c", 99_000, 100_100, 100_000)]
    assert heard(*facts) == [(99_000, 100_000)]


def test_a_value_that_falls_begins_a_new_segment() -> None:
    assert heard(begun(), fact("a", 40_000, 40_600, 40_500), fact("b", 20_000, 60_600, 60_500)) == [(40_000, 40_500), (20_000, 60_500)]


def test_hundredths_without_their_zero_are_no_fall() -> None:
    # 16.046 s written as PT16.4S, then 16.20 s
    assert heard(begun(), fact("a", 16_400, 16_200, 16_100), fact("b", 16_200, 16_300, 16_200)) == [(16_200, 16_200)]


def test_repetition_and_order_change_nothing() -> None:
    facts = [begun(), fact("a", 40_000, 40_600, 40_500), fact("b", 20_000, 60_600, 60_500), fact("c", 35_000, 75_600, 75_500)]
    expected = heard(*facts)
    assert expected == [(40_000, 40_500), (35_000, 75_500)]
    for seed in range(20):
        shuffled = [*facts, *facts]
        random.Random(seed).shuffle(shuffled)
        assert heard(*shuffled) == expected


def test_a_statement_sent_again_counts_as_it_first_came() -> None:
    assert heard(fact("a", 40_000, 40_600), replace(fact("a", 40_000, 90_000))) == [(40_000, 40_600)]


@pytest.mark.parametrize("ahead", [0, 30 * SECOND, -30 * SECOND, 9 * 60 * MINUTE, -9 * 60 * MINUTE])
def test_a_device_whose_clock_is_wrong(ahead: int) -> None:
    # the first statement took 100 ms, was made 500 ms after the session began; the other waited for the network
    ((ms, at),) = heard(begun(at=500 + ahead), fact("a", 40_000, 95_000, 60_000 + ahead))
    assert ms == 40_000
    assert 59_500 <= at <= 60_100, "right to what the fastest took, or to what content needed to begin"


def test_a_late_statement_of_a_device_whose_clock_is_right() -> None:
    # it alone speaks, and came when all was over, a day later
    assert heard(fact("a", 40_000, 24 * 60 * MINUTE, 60_000)) == [(40_000, 60_000)]


def test_what_was_said_before_the_page_had_loaded() -> None:
    # offline from the beginning on: all came a day later. The device's clock is right; the content spoke 3 s before its session began
    facts = [begun(24 * 60 * MINUTE, -3_000), fact("a", 40_000, 24 * 60 * MINUTE, 60_000)]
    assert heard(*facts, of=extent(launched=-5_000)) == [(40_000, 60_000)]


def test_a_late_statement_that_cannot_be_placed_takes_nothing() -> None:
    # no timestamp: what was measured after it is added to its word, so all 100 s count
    assert heard(fact("a", 40_000, 24 * 60 * MINUTE)) == [(40_000, 40_000)]
    # a clock that is wrong by a day, and nothing else to compare it with
    assert heard(fact("a", 40_000, 60 * MINUTE, 24 * 60 * MINUTE)) == [(40_000, 40_000)]


def test_without_a_timestamp_the_servers_moment_stands_while_the_session_runs() -> None:
    assert heard(fact("a", 40_000, 60_000)) == [(40_000, 60_000)]


def test_where_the_devices_clock_was_set_timestamps_say_nothing() -> None:
    of = extent("s", span(0, 30 * SECOND), span(30_000, 70 * SECOND, before=2))
    assert heard(begun(), fact("a", 20_000, 20_100, 20_000), fact("b", 60_000, 60_100, 7_200_000), of=of) == [(60_000, 60_100)]
    fallen = fact("b", 20_000, 80_100, 60)
    assert heard(begun(), fact("a", 60_000, 60_100, 7_200_000), fallen, of=of) == [(60_000, 60_100), (20_000, 80_100)]


def test_sleep_is_no_measured_time() -> None:
    of = extent("s", span(0, 30 * SECOND), span(630_000, 30 * SECOND, before=1))
    assert heard(begun(), fact("a", 30_000, 640_100, 640_000), of=of) == [(30_000, 40_000)]


def test_what_is_said_as_the_page_is_left_comes_after_its_end() -> None:
    assert heard(begun(), fact("a", 99_000, 100_800, 100_050)) == [(99_000, 100_000)]


def test_a_word_above_what_passed_stays_as_it_was_said() -> None:
    # Captivate 12: PT3M6.68S for 92 s
    of = extent("s", span(0, 92 * SECOND))
    assert heard(begun(), fact("a", 186_680, 92_100, 92_000), of=of) == [(186_680, 92_000)]


def test_a_moment_in_doubt_is_no_over_report() -> None:
    # the clock is 30 s behind, and the statement is the only one: by its timestamp 60 s were said after 30 s
    assert heard(fact("a", 60_000, 60_100, 30_000)) == [(60_000, 60_000)]


def test_a_driver_that_says_the_time_of_all_visits() -> None:
    # 80 s in earlier visits; after 60 s of this one it says 2 min 18 s
    (word,) = words_of_sessions([extent(before_ms=80_000)], [begun(), fact("a", 138_000, 60_100, 60_000)])["s"]
    assert (word.ms, word.at_ms, word.raw, word.total) == (60_100, 60_100, "PT138.0S", True)
    # Adapt says the attempt's time with suspended, the visit's with terminated
    both = [begun(), fact("a", 138_000, 60_050, 60_000), fact("b", 60_000, 60_100, 60_040)]
    assert [(each.ms, each.total) for each in words_of_sessions([extent(before_ms=80_000)], both)["s"]] == [(60_000, False)]


def test_more_than_all_visits_is_over_reported() -> None:
    (word,) = words_of_sessions([extent(before_ms=80_000)], [begun(), fact("a", 143_000, 60_100, 60_000)])["s"]
    assert (word.ms, word.total) == (143_000, False)


def test_what_nobody_can_read_takes_nothing_from_what_was_readable() -> None:
    assert heard(begun(), fact("a", None, 30_100, 30_000)) == [(None, 30_000)]
    assert heard(begun(), fact("a", 20_000, 30_100, 30_000), fact("b", None, 60_100, 60_000)) == [(20_000, 30_000)]
    assert heard(begun(), fact("a", None, 30_100, 30_000), fact("b", 60_000, 60_100, 60_000)) == [(60_000, 60_000)]


def test_a_session_that_measured_nothing_has_its_word_all_the_same() -> None:
    of = Extent("s", "start", 1, "tea", NOON, NOON, ())
    assert heard(fact("a", 5_000, 5_100, 5_000), of=of) == [(5_000, 0)]


# ---- which session it is


def named(extents: list[Extent], *facts: Fact) -> dict[str, tuple[Word, ...]]:
    return words_of_sessions(extents, facts)


def test_the_start_names_the_session() -> None:
    one, two = extent("one", start="1"), extent("two", opened=200_000, start="2")
    words = named([one, two], fact("a", 50_000, 260_000, start="1"), fact("b", 30_000, 260_000, start="2"))
    assert {name: word.ms for name, (word,) in words.items()} == {"one": 50_000, "two": 30_000}


def test_of_two_sessions_of_one_start_it_is_the_one_that_ran() -> None:
    one, two = extent("one"), extent("two", opened=200_000)
    facts = [
        begun(),
        fact("a", 99_000, 100_900, 100_100),  # as the first was left
        replace(begun(199_600, 199_500), statement_id="1-begun"),  # before the second's page had loaded
        fact("b", 30_000, 230_100, 230_000),
    ]
    words = named([two, one], *facts)
    assert {name: (word.ms, word.at_ms) for name, (word,) in words.items()} == {"one": (99_000, 100_000), "two": (30_000, 30_000)}


def test_a_browser_that_knows_no_starts() -> None:
    old, other_launch = extent("old", start=None), extent("other", start=None, launch_number=2, opened=200_000)
    elsewhere = extent("elsewhere", start=None, activity="coffee")
    words = named([old, other_launch, elsewhere], fact("a", 50_000, 60_000))
    assert list(words) == ["old"]


def test_what_was_said_before_starts_were_kept() -> None:
    assert list(named([extent("new", start="1")], fact("a", 50_000, 60_000, start=None))) == ["new"]


def test_a_session_of_another_start_gets_nothing() -> None:
    assert named([extent("other", start="2")], fact("a", 50_000, 60_000, start="1")) == {}


def test_a_statement_whose_session_is_not_known_waits() -> None:
    assert named([], fact("a", 50_000, 60_000)) == {}
