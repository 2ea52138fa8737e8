"""What an activity comes to by statements and by SCORM, worked out by hand."""

from __future__ import annotations

from seattime.domain.said.outcomes import Visit, merge_visits

COMPLETED = {"completion": "completed"}
INCOMPLETE = {"completion": "incomplete"}
PASSED, FAILED = {"success": "passed"}, {"success": "failed"}


def test_the_latest_word_of_each_kind_stands() -> None:
    visit = Visit(1, 0, statements=[COMPLETED, FAILED, PASSED])
    assert merge_visits([visit]) == {**COMPLETED, **PASSED}


def test_order_numbers_decide_not_the_order_of_delivery() -> None:
    earlier, later = Visit(3, 500, statements=[FAILED]), Visit(4, 100, statements=[PASSED])
    assert merge_visits([later, earlier]) == PASSED


def test_of_one_order_number_the_later_beginning_decides() -> None:
    assert merge_visits([Visit(1, 200, statements=[PASSED]), Visit(1, 100, statements=[FAILED])]) == PASSED


def test_what_is_completed_stays_completed_whatever_a_statement_says_later() -> None:
    assert merge_visits([Visit(1, 0, statements=[COMPLETED, INCOMPLETE])]) == COMPLETED
    assert merge_visits([Visit(1, 0, statements=[COMPLETED]), Visit(2, 0, statements=[INCOMPLETE])]) == COMPLETED
    assert merge_visits([Visit(1, 0, statements=[INCOMPLETE]), Visit(2, 0)]) == INCOMPLETE


def test_by_scorm_content_may_take_its_word_back() -> None:
    assert merge_visits([Visit(1, 0, COMPLETED), Visit(2, 0, INCOMPLETE)]) == INCOMPLETE


def test_of_one_session_scorms_word_goes_before_that_of_a_statement() -> None:
    visit = Visit(1, 0, {"completion": "incomplete", "raw": "40"}, [{**COMPLETED, "scaled": "", "raw": "90", "min": "", "max": ""}, PASSED])
    assert merge_visits([visit]) == {"completion": "incomplete", **PASSED, "scaled": "", "raw": "40", "min": "", "max": ""}


def test_a_score_takes_back_all_of_the_one_before() -> None:
    scaled = {"scaled": "0.8", "raw": "", "min": "", "max": ""}
    raw = {"scaled": "", "raw": "30", "min": "0", "max": "50"}
    assert merge_visits([Visit(1, 0, statements=[scaled, raw])]) == raw
