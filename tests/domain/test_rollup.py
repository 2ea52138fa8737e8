"""What a registration has come to, from one activity and from many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.rollup import (
    Completion,
    Status,
    Success,
    activity_status,
    merge_status,
    registration_status,
)
from seattime.domain.standards import Standard

OLD, NEW = Standard.SCORM12, Standard.SCORM2004
DONE, NOT_DONE, NOT_KNOWN = Completion.COMPLETED, Completion.INCOMPLETE, Completion.UNKNOWN
PASSED, FAILED, NO_WORD = Success.PASSED, Success.FAILED, Success.UNKNOWN


@pytest.mark.parametrize(
    ("lesson_status", "completion", "success"),
    [
        ("passed", DONE, PASSED),
        ("failed", DONE, FAILED),
        ("completed", DONE, NO_WORD),
        ("incomplete", NOT_DONE, NO_WORD),
        ("browsed", NOT_DONE, NO_WORD),
        ("not attempted", NOT_DONE, NO_WORD),
        ("imcomplete", NOT_DONE, NO_WORD),
    ],
)
@pytest.mark.parametrize("field", ["completion", "success"])
def test_lesson_status_answers_both_questions(
    lesson_status: str, completion: Completion, success: Success, field: str
) -> None:
    assert activity_status({field: lesson_status}, OLD, begun=True) == Status(completion, success)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"completion": "completed"}, Status(DONE, NO_WORD)),
        ({"completion": "completed", "success": "failed"}, Status(DONE, FAILED)),
        ({"completion": "incomplete", "success": "passed"}, Status(NOT_DONE, PASSED)),
        ({"success": "passed"}, Status(NOT_DONE, PASSED)),
        ({"completion": "not attempted", "success": "unknown"}, Status(NOT_DONE, NO_WORD)),
        ({}, Status(NOT_DONE, NO_WORD)),
    ],
)
def test_scorm_2004_has_a_field_for_each_question(status: dict[str, str], expected: Status) -> None:
    assert activity_status(status, NEW, begun=True) == expected


def test_an_activity_that_nobody_began_is_unknown() -> None:
    assert activity_status({}, NEW, begun=False) == Status(NOT_KNOWN, NO_WORD, None)


@pytest.mark.parametrize(
    ("status", "score"),
    [
        ({"raw": "80"}, 80.0),
        ({"raw": "80", "min": "0", "max": "100"}, 80.0),
        ({"raw": "8", "max": "10"}, 80.0),
        ({"raw": "15", "min": "10", "max": "20"}, 50.0),
        ({"raw": "2", "min": "0", "max": "3"}, 66.67),
        ({"raw": "80", "min": "100", "max": "100"}, 80.0),
        ({"raw": "120"}, 100.0),
        ({"raw": "-5"}, 0.0),
        ({"raw": "0"}, 0.0),
        ({"scaled": "0.825", "raw": "33", "max": "40"}, 82.5),
        ({"scaled": "1"}, 100.0),
        ({"scaled": "-0.5"}, 0.0),
        ({"scaled": "", "raw": "80"}, 80.0),
        ({"raw": "82,5"}, 82.5),
        ({"raw": ""}, None),
        ({"raw": "eighty"}, None),
        ({"raw": "NaN"}, None),
        ({"raw": "Infinity"}, None),
        ({"raw": "1e999999"}, None),
        ({"raw": "9" * 50}, None),
        ({}, None),
    ],
)
def test_a_score_is_shown_from_0_to_100(status: dict[str, str], score: float | None) -> None:
    assert activity_status(status, NEW, begun=True).score == score


@given(st.dictionaries(st.sampled_from(["scaled", "raw", "min", "max"]), st.text(max_size=50)))
def test_whatever_the_content_wrote_as_a_score_is_a_score_or_none(status: dict[str, str]) -> None:
    score = activity_status(status, NEW, begun=True).score
    assert score is None or 0 <= score <= 100


@pytest.mark.parametrize(
    ("activities", "expected"),
    [
        ([], Status(NOT_KNOWN, NO_WORD, None)),
        ([Status(DONE, PASSED, 80.0)], Status(DONE, PASSED, 80.0)),
        ([Status(), Status()], Status(NOT_KNOWN, NO_WORD, None)),
        ([Status(DONE, NO_WORD), Status(DONE, NO_WORD)], Status(DONE, NO_WORD, None)),
        ([Status(DONE, NO_WORD), Status()], Status(NOT_DONE, NO_WORD, None)),
        ([Status(DONE, PASSED, 80.0), Status(NOT_DONE, NO_WORD)], Status(NOT_DONE, NO_WORD, 80.0)),
        # pages of text beside a quiz know no success; they do not keep the whole from being passed
        ([Status(DONE, NO_WORD), Status(DONE, PASSED, 90.0)], Status(DONE, PASSED, 90.0)),
        ([Status(DONE, PASSED, 90.0), Status(DONE, FAILED, 30.5)], Status(DONE, FAILED, 60.25)),
        ([Status(DONE, PASSED, 1.0), Status(DONE, PASSED, 2.0), Status(DONE, PASSED, 2.0)], Status(DONE, PASSED, 1.67)),
    ],
)
def test_activities_roll_up(activities: list[Status], expected: Status) -> None:
    assert registration_status(activities) == expected


def test_of_each_field_the_latest_that_was_set_stands() -> None:
    assert merge_status([{"completion": "completed", "raw": "80"}, {"raw": "60"}, {}]) == {
        "completion": "completed",
        "raw": "60",
    }
