"""IRIs, UUIDs, language tags, times and durations of xAPI 1.0.3, by hand from Data 4 and the RFCs that it names."""

from __future__ import annotations

import pytest

from seattime.domain.xapi import texts
from seattime.errors import BadInput


@pytest.mark.parametrize(
    "iri",
    [
        "http://adlnet.gov/expapi/verbs/voided",
        "urn:uuid:6690e6c9-3ef0-4ed3-8b37-7f3964730bee",
        "tag:example.org,2026:a",
        "http://example.org/\u6d4b\u8bd5?q=\u00e9#x",  # RFC 3987 2.2: ucschar
        "http://[2001:db8::1]:8000/a%20b",
        "mailto:a@example.org",
    ],
)
def test_iris(iri: str) -> None:
    assert texts.need_iri(iri, "id") == iri


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "activity",
        "/relative",
        "ab=c://should.fail.com",
        "http:",
        "http://a b",
        "http://a/<b>",
        "1a:b",
        "http://a/%zz",
        "http://a/\n",
        7,
        None,
    ],
)
def test_what_is_no_iri(iri: object) -> None:
    with pytest.raises(BadInput, match=r"^object\.id: must be"):
        texts.need_iri(iri, "object.id")


def test_uuids_are_kept_in_lower_case() -> None:
    assert texts.need_uuid("6690E6C9-3EF0-4ED3-8B37-7F3964730BEE", "id") == "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"


@pytest.mark.parametrize(
    "text", ["", "6690e6c93ef04ed38b377f3964730bee", "{6690e6c9-3ef0-4ed3-8b37-7f3964730bee}", "MA97B177-9383-4934-8543-0F91A7A02836"]
)
def test_other_ways_to_write_a_uuid_are_refused(text: str) -> None:
    with pytest.raises(BadInput):
        texts.need_uuid(text, "id")


@pytest.mark.parametrize(
    "tag",
    ["en", "en-GB", "zh-Hant-TW", "de-CH-1996", "sl-rozaj-biske", "x-private", "en-a-bbb-x-a", "i-klingon", "es-419", "und", "zh-min-nan"],
)
def test_language_tags_of_rfc_5646(tag: str) -> None:
    assert texts.need_language(tag, "language") == tag


@pytest.mark.parametrize("tag", ["", "a", "a12345", "a12345678", "en_GB", "en-", "englishes-", "en-GB-", "deutschland1", " en"])
def test_what_is_no_language_tag(tag: str) -> None:
    with pytest.raises(BadInput):
        texts.need_language(tag, "language")


@pytest.mark.parametrize(
    "text",
    [
        "PT10.07S",
        "PT1H30M",
        "P1D",
        "P3Y6M4DT12H30M5S",
        "P2W",
        "P0.5W",
        "PT0S",
        "PT36H",
        "P1Y",
        "PT1,5H",
        "P0.5Y",
        "PT0.1M",
        "P1M",
        "PT1H0M0.1S",
    ],
)
def test_durations_of_iso_8601(text: str) -> None:
    assert texts.need_duration(text, "duration") == text


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1DT", "PA1H0M0S", "1H", "PT1S1M", "P1W2D", "PT1.5H2M", "-PT1S", "PT1", "PT.5S", "P1S", "pt1s", "PT1.S"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(BadInput):
        texts.need_duration(text, "result.duration")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-25T09:30:00Z", "2026-11-25T09:30:00+00:00"),
        ("2026-11-25T09:30:00.123456789Z", "2026-11-25T09:30:00.123456+00:00"),
        ("2026-11-25T09:30:00+02:00", "2026-11-25T07:30:00+00:00"),
        ("2026-11-25T00:30:00-05", "2026-11-25T05:30:00+00:00"),
        ("2026-11-25T09:30:00+0530", "2026-11-25T04:00:00+00:00"),
        ("2026-11-25", "2026-11-25T00:00:00+00:00"),
        ("2026-11-25T09:30:00", "2026-11-25T09:30:00+00:00"),
        ("2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999999+00:00"),
    ],
)
def test_times_of_iso_8601(text: str, utc: str) -> None:
    assert texts.read_time(text, "timestamp").isoformat() == utc


@pytest.mark.parametrize(
    "text",
    [
        "", "should fail", "01/011/2015", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-25T25:00:00Z",
        "2026-11-25T09:30:00+25:00",
        # RFC 3339 4.3: "the offset is not known"
        "2008-09-15T15:53:00.601-00", "2008-09-15T15:53:00.601-0000", "2008-09-15T15:53:00.601-00:00",
    ],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(BadInput):
        texts.read_time(text, "timestamp")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-25T09:30:00.1234567+02:00", "2026-11-25T07:30:00.1234567Z"),
        ("2026-11-25T09:30:00Z", "2026-11-25T09:30:00Z"),
        ("2026-11-25T09:30:00", "2026-11-25T09:30:00"),
    ],
)
def test_a_time_in_another_zone_is_written_in_utc_with_all_its_digits(text: str, utc: str) -> None:
    assert texts.to_utc(text) == utc


def test_times_are_written_with_milliseconds() -> None:
    assert texts.write_time(1_795_000_000_007) == "2026-11-18T11:06:40.007Z"
