"""What a delivery brought that was not known: figures for metrics, worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seattime.domain.news import LATE_AFTER_MS, Ended, News, news_of
from seattime.domain.records import StateRegister, TimeRegister
from seattime.domain.registers import StateFacts, TimeFacts, merge_state, merge_time

NOW = 1_795_000_100_000
OPENED = NOW - 70_000
A_MINUTE = TimeRegister(seq=1, base=0, order=1, opened=OPENED, measured=60_000, open=60_000, spans=((0, 60_000, 1, 0),))


def time(register: TimeRegister, stored: TimeFacts | None = None, now_ms: int = NOW) -> News:
    before = stored or TimeFacts()
    return news_of((before, merge_time(before, register, now_ms, OPENED)), None, now_ms)


def state(register: StateRegister, stored: StateFacts | None = None) -> News:
    before = stored or StateFacts()
    return news_of(None, (before, merge_state(before, register)), NOW)


def test_the_delay_runs_from_the_end_of_the_measured_time() -> None:
    assert time(A_MINUTE) == News(delay_ms=10_000)


@pytest.mark.parametrize(("after_ms", "late"), [(LATE_AFTER_MS, False), (LATE_AFTER_MS + 1, True)])
def test_a_delivery_is_late_after_four_heartbeats(after_ms: int, late: bool) -> None:
    assert time(A_MINUTE, now_ms=OPENED + 60_000 + after_ms).late is late


def test_without_a_measured_span_there_is_no_delay() -> None:
    assert time(replace(A_MINUTE, spans=(), measured=0)) == News()


def test_what_was_stored_already_is_a_duplicate_and_nothing_else() -> None:
    stored = merge_time(TimeFacts(), replace(A_MINUTE, ended="terminated"), NOW, OPENED).facts

    assert time(replace(A_MINUTE, ended="terminated"), stored) == News(duplicate=True)


def test_a_message_with_one_new_register_is_no_duplicate() -> None:
    register = StateRegister(seq=1, base=0, order=1)
    stored = merge_time(TimeFacts(), A_MINUTE, NOW, OPENED).facts
    old = (stored, merge_time(stored, A_MINUTE, NOW, OPENED))
    new = (StateFacts(), merge_state(StateFacts(), register))

    assert news_of(old, new, NOW) == News()


def test_a_session_ends_once_with_the_sum_of_its_segments() -> None:
    words = ((40_000, 41_000, "0000:00:40.00", 0), (None, 50_000, "soon", 0), (15_000, 60_000, "0000:00:15.00", 0))
    last = replace(A_MINUTE, seq=2, words=words, ended="terminated")
    stored = merge_time(TimeFacts(), last, NOW, OPENED).facts

    assert time(last).ended == Ended(reported_ms=55_000, measured_ms=60_000)
    assert time(replace(last, seq=3), stored).ended is None


def test_content_that_never_said_a_readable_word_reported_nothing() -> None:
    assert time(replace(A_MINUTE, ended="left", words=((None, 1000, "soon", 0),))).ended == Ended(None, 60_000)


def test_a_finding_is_news_once_also_where_the_session_came_whole_again() -> None:
    first = StateRegister(seq=1, base=0, order=1, findings=(("lenient-time", "cmi.session_time", "5"),))
    stored = merge_state(StateFacts(), first).facts
    whole = replace(first, seq=2, whole=True, findings=(*first.findings, ("over-spm", "cmi.suspend_data", "x"), ("over-spm", "a", "b")))

    assert state(first).findings == ("lenient-time",)
    assert state(whole, stored).findings == ("over-spm", "over-spm")
