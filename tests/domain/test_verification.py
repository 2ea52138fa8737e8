"""The table of `seattime verify`: complete, and worked out apart from the program, so that two tables made by hand agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.policy import Basis
from seattime.domain.verification import SUBJECTS, Subject

DURATIONS = json.loads((Path(__file__).parents[1] / "data/durations.json").read_text(encoding="utf-8"))
LABELS = [subject.label for subject in SUBJECTS]


def test_every_row_of_the_designs_table_is_there() -> None:
    assert {subject.package for subject in SUBJECTS} == set(PackageKind)
    assert LABELS == [
        "SCORM 1.1",
        "SCORM 1.2",
        "SCORM 2004 2nd Edition",
        "SCORM 2004 3rd Edition",
        "SCORM 2004 4th Edition",
        "xAPI (Tin Can)",
        "cmi5",
        "Storyline, Rise",
        "Captivate",
        "Lectora",
        "HTML5",
        "SCORM + xAPI",
        "hand-written, legacy",
    ]
    assert len({subject.name for subject in SUBJECTS}) == len(SUBJECTS)


def test_formats_say_the_same_as_the_table_of_durations() -> None:
    known = {(each["standard"], each["raw"]): (each["ms"], each["lenient"]) for each in DURATIONS}
    shared = [each for subject in SUBJECTS for each in subject.spoken if (each.standard.value, each.raw) in known]

    assert len(shared) > 20
    for each in shared:
        assert known[each.standard.value, each.raw] == (each.ms, each.lenient), each


@pytest.mark.parametrize("subject", SUBJECTS, ids=LABELS)
def test_a_session_only_grows_and_never_counts_more_than_passed(subject: Subject) -> None:
    assert [moment.measured_ms for moment in subject.moments] == sorted({moment.measured_ms for moment in subject.moments})
    for moment in subject.moments:
        assert moment.counted_ms(Basis.MEASURED) == moment.measured_ms
        assert all(0 <= moment.counted_ms(basis) <= moment.measured_ms for basis in Basis)
        assert moment.word is None or moment.word.at_ms <= moment.measured_ms


def test_what_the_played_session_says_is_parsed_too() -> None:
    captivate = next(subject for subject in SUBJECTS if subject.name == "captivate")

    assert [each.raw for each in captivate.spoken] == ["0000:00:11.89", "0000:03:06.68", "PT16.4S", "PT3M6.68S"]
    legacy = next(subject for subject in SUBJECTS if subject.name == "legacy")
    assert ("00:1:31.75", 91_750, True) in [(each.raw, each.ms, each.lenient) for each in legacy.spoken]
