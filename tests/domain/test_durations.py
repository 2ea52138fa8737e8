"""Lengths of time: the shared tables, the properties that hold for every text, and isodate as an independent reader."""

import json
import string
from datetime import timedelta
from pathlib import Path
from typing import Any

import isodate
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seattime.domain.durations import (
    MAX_DURATION_MS,
    Duration,
    DurationForm,
    format_cmitimespan,
    format_timeinterval,
    parse_duration,
)
from seattime.domain.standards import Standard
from seattime.errors import BadInput, SeatTimeError, UnreadableDuration

DATA = Path(__file__).parents[1] / "data"
READINGS: list[dict[str, Any]] = json.loads((DATA / "durations.json").read_text(encoding="utf-8"))
WRITINGS: list[dict[str, Any]] = json.loads((DATA / "duration_formats.json").read_text(encoding="utf-8"))

standards = st.sampled_from(list(Standard))
hundredths = st.integers(min_value=0, max_value=9999 * 360_000 + 359_999).map(lambda n: n * 10)


def short(row: dict[str, Any]) -> str:
    return f"{row['standard']}-{row['raw'][:30]!r}"


@pytest.mark.parametrize("row", READINGS, ids=short)
def test_every_row_of_the_table_is_read_as_worked_out_by_hand(row: dict[str, Any]) -> None:
    standard = Standard(row["standard"])
    if row["ms"] is None:
        with pytest.raises(UnreadableDuration) as caught:
            parse_duration(row["raw"], standard)
        assert caught.value.raw == row["raw"]
    else:
        duration = parse_duration(row["raw"], standard)
        assert (duration.ms, duration.lenient, duration.raw) == (row["ms"], row["lenient"], row["raw"])


@pytest.mark.parametrize("row", WRITINGS, ids=lambda row: str(row["ms"]))
def test_every_row_of_the_table_is_written_as_worked_out_by_hand(row: dict[str, Any]) -> None:
    assert format_cmitimespan(row["ms"]) == row["cmitimespan"]
    assert format_timeinterval(row["ms"]) == row["timeinterval"]


def test_a_lenient_reading_says_what_it_assumed() -> None:
    assert parse_duration("05:30", Standard.SCORM12) == Duration(
        ms=330_000,
        raw="05:30",
        form=DurationForm.CMITIMESPAN,
        lenient=True,
        note="not in the form of CMITimespan; read as minutes:seconds",
    )
    assert parse_duration("12", Standard.SCORM2004).form is DurationForm.SECONDS
    assert parse_duration("PT5S", Standard.SCORM12).form is DurationForm.ISO8601
    assert parse_duration("PT5S", Standard.SCORM2004).note is None


def test_years_and_months_are_strict_but_their_assumed_length_is_noted() -> None:
    duration = parse_duration("P1M", Standard.SCORM2004)
    assert not duration.lenient
    assert duration.note == "a year counted as 365.25 days, a month as a twelfth of that"


def test_the_error_is_one_public_sentence_and_shortens_a_long_value() -> None:
    with pytest.raises(UnreadableDuration) as caught:
        parse_duration("-00:00:05", Standard.SCORM12)
    assert str(caught.value) == "'-00:00:05' cannot be read as a length of time: it is negative."
    assert isinstance(caught.value, BadInput)
    assert isinstance(caught.value, SeatTimeError)
    with pytest.raises(UnreadableDuration) as caught:
        parse_duration("9" * 100_000, Standard.NONE)
    assert len(str(caught.value)) < 200


@given(hundredths, st.sampled_from([Standard.SCORM11, Standard.SCORM12]))
def test_a_written_cmitimespan_is_read_back_strictly_as_the_same(ms: int, standard: Standard) -> None:
    duration = parse_duration(format_cmitimespan(ms), standard)
    assert (duration.ms, duration.lenient) == (ms, False)


@given(st.integers(min_value=0, max_value=MAX_DURATION_MS // 10).map(lambda n: n * 10))
def test_a_written_timeinterval_is_read_back_strictly_as_the_same(ms: int) -> None:
    for standard in (Standard.SCORM2004, Standard.NONE):
        duration = parse_duration(format_timeinterval(ms), standard)
        assert (duration.ms, duration.lenient) == (ms, False)


@given(st.integers(min_value=0, max_value=35_999_999_999))
def test_writing_drops_less_than_a_hundredth_and_never_adds(ms: int) -> None:
    for text, standard in ((format_cmitimespan(ms), Standard.SCORM12), (format_timeinterval(ms), Standard.SCORM2004)):
        assert 0 <= ms - parse_duration(text, standard).ms < 10


@given(st.lists(st.integers(min_value=0, max_value=10**9).map(lambda n: n * 10), max_size=20))
def test_the_sum_of_what_is_read_is_what_was_written_in_sum(parts: list[int]) -> None:
    total = sum(parse_duration(format_timeinterval(ms), Standard.SCORM2004).ms for ms in parts)
    assert total == sum(parts)
    assert parse_duration(format_timeinterval(total), Standard.SCORM2004).ms == total


@given(hundredths, standards)
def test_the_other_standards_form_means_the_same_time(ms: int, standard: Standard) -> None:
    assert parse_duration(format_cmitimespan(ms), standard).ms == ms
    assert parse_duration(format_timeinterval(ms), standard).ms == ms


@given(
    st.integers(0, 999), st.integers(0, 99), st.integers(0, 99_999), st.integers(0, 99_999), st.integers(0, 99_999_999)
)
def test_isodate_reads_the_same_from_every_iso_value(
    days: int, hours: int, minutes: int, seconds: int, ms: int
) -> None:
    text = f"P{days}DT{hours}H{minutes}M{seconds}.{ms % 1000:03d}S"
    expected = isodate.parse_duration(text)
    assert isinstance(expected, timedelta)
    assert parse_duration(text, Standard.NONE).ms == expected / timedelta(milliseconds=1)
    # The same value through the lenient reader, which has an arithmetic of its own.
    loose = parse_duration(text.lower(), Standard.NONE)
    assert loose.lenient
    assert loose.ms == expected / timedelta(milliseconds=1)


noise = st.text(alphabet="0123456789.,:PTYMWDHSpts+- \t\n\u00a0\u2212\uff15eNa", max_size=24)


@settings(max_examples=400)
@given(st.one_of(noise, st.text(max_size=40), st.text(alphabet=string.digits, min_size=200, max_size=300)), standards)
def test_no_text_raises_anything_but_unreadable_and_no_reading_is_out_of_bounds(raw: str, standard: Standard) -> None:
    try:
        duration = parse_duration(raw, standard)
    except UnreadableDuration:
        return  # any other exception fails the test
    else:
        assert 0 <= duration.ms <= MAX_DURATION_MS
        assert duration.raw == raw


@given(noise, standards)
def test_blanks_around_a_value_change_only_that_it_is_flagged(raw: str, standard: Standard) -> None:
    try:
        plain = parse_duration(raw, standard)
    except UnreadableDuration:
        with pytest.raises(UnreadableDuration):
            parse_duration(f" {raw}\n", standard)
    else:
        padded = parse_duration(f" {raw}\n", standard)
        assert padded.ms == plain.ms
        assert padded.lenient


@pytest.mark.parametrize("write", [format_cmitimespan, format_timeinterval])
def test_a_negative_length_is_a_mistake_of_the_caller(write: Any) -> None:
    with pytest.raises(ValueError, match="never negative"):
        write(-1)
