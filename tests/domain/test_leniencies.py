"""The setting SEATTIME_LENIENCIES: what it may say, and what the adapter is told for a course."""

import re
from pathlib import Path

import pytest

from seattime.domain.leniencies import SWITCHES, BadLeniency, read_leniencies

ADAPTER = Path(__file__).parents[2] / "static" / "scorm_api" / "adapter" / "leniencies.js"


def test_every_leniency_of_the_adapter_has_a_switch_and_no_other() -> None:
    text = ADAPTER.read_text(encoding="utf-8")
    kinds = dict(re.findall(r'^export const ([A-Z_]+) = "([a-z-]+)";', text, re.MULTILINE))
    switched = re.findall(r"kind: ([A-Z_]+),\s+on: (?:true|false),", text)

    assert {kinds[name] for name in switched} == SWITCHES


def test_nothing_set_tells_the_adapter_nothing() -> None:
    assert read_leniencies("").of_course("fire-safety") == []


def test_a_course_gets_what_holds_for_all_and_then_its_own() -> None:
    leniencies = read_leniencies(" fire-safety:+over-spm, -all ,urn:a:b:-lenient-time, ")

    assert leniencies.of_course("fire-safety") == ["-all", "+over-spm"]
    assert leniencies.of_course("urn:a:b") == ["-all", "-lenient-time"]
    assert leniencies.of_course("other") == ["-all"]


@pytest.mark.parametrize("entry", ["over-spm", "-", "+nonsense", ":-all", "fire-safety", "fire-safety:all", "-over-spm +all"])
def test_an_entry_that_names_no_leniency_is_refused_by_name(entry: str) -> None:
    with pytest.raises(BadLeniency, match=r"SEATTIME_LENIENCIES: .* is no entry.* word-case"):
        read_leniencies(f"-all,{entry}")


def test_the_last_word_about_a_leniency_counts() -> None:
    leniencies = read_leniencies("-all,fire-safety:+unset-exit,night-sky:+over-spm")

    assert leniencies.is_on("unset-exit", "fire-safety")
    assert not leniencies.is_on("unset-exit", "night-sky")
    assert read_leniencies("").is_on("unset-exit", "fire-safety")
    assert not read_leniencies("+all,-unset-exit").is_on("unset-exit", "fire-safety")
