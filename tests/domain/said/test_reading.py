"""What one statement says of its session: tables worked out by hand from the standards and from what tools send."""

from __future__ import annotations

from typing import Any

import pytest

from seattime.domain.said.reading import read_statement

ADL = "http://adlnet.gov/expapi/verbs/"
COURSE = "http://example.org/tea"
CMI5 = {"contextActivities": {"category": [{"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}]}}
ANA = {"mbox": "mailto:ana@example.org"}


def made(verb: str, result: dict[str, Any] | None = None, about: str = COURSE, **more: Any) -> dict[str, Any]:
    statement = {"actor": ANA, "verb": {"id": ADL + verb}, "object": {"id": about}, **more}
    return statement if result is None else {**statement, "result": result}


def told(statement: Any, *, cmi5: bool = False) -> Any:
    return read_statement(statement, [COURSE], cmi5=cmi5)


@pytest.mark.parametrize(
    ("raw", "ms", "lenient"),
    [
        ("PT1M32S", 92_000, False),
        ("PT3M6.68S", 186_680, False),  # Captivate 12, for 92 s: kept as it was said, bounded by credit
        ("PT16.4S", 16_400, False),  # the same tool's 16 046 ms; literally 0.354 s more
        ("PT0H0M11S", 11_000, False),
        ("PT1.5H", 5_400_000, False),
        ("PT1,5H", 5_400_000, False),
        ("0000:00:10.18", 10_180, True),
        ("00:01:30", 90_000, True),
        ("90", 90_000, True),
        (90, 90_000, True),
        (12.5, 12_500, True),
        ("soon", None, False),
        ("-PT5S", None, False),
        ("PT", None, False),
    ],
)
def test_a_duration_is_read_as_a_person_would_and_kept_as_it_was_written(raw: Any, ms: int | None, lenient: bool) -> None:
    said = told(made("completed", {"duration": raw}))
    assert (said.duration_ms, said.duration_raw, said.duration_lenient) == (ms, str(raw), lenient)


@pytest.mark.parametrize(
    "verb",
    ["terminated", "completed", "passed", "failed", "suspended", "exited", "attempted", "mastered", "experienced", "progressed"],
)
def test_these_verbs_tell_the_sessions_time(verb: str) -> None:
    assert told(made(verb, {"duration": "PT5S"})).duration_ms == 5_000


@pytest.mark.parametrize("verb", ["answered", "interacted", "played", "launched", "initialized", "abandoned", "waived", "scored"])
def test_others_speak_of_parts_or_are_not_the_contents(verb: str) -> None:
    assert told(made(verb, {"duration": "PT5S"})).duration_raw is None


def test_a_visit_that_has_just_begun_says_nothing_of_its_time() -> None:
    # Adapt says PT0S with attempted; the common driver says with it how long the visit was
    assert told(made("attempted", {"duration": "PT0S"})).duration_raw is None
    assert told(made("terminated", {"duration": "PT0S"})).duration_ms == 0


@pytest.mark.parametrize("about", [COURSE, COURSE + "/", "HTTP://example.org/tea"])
def test_a_statement_about_the_launched_activity_counts(about: str) -> None:
    assert told(made("completed", {"duration": "PT5S"}, about)) is not None


@pytest.mark.parametrize(
    "statement",
    [
        made("completed", {"duration": "PT5S"}, COURSE + "/slide/1"),
        made("answered", {"duration": "PT5S"}, COURSE + "?question=1"),
        {"verb": {"id": ADL + "voided"}, "object": {"objectType": "StatementRef", "id": COURSE}},
        {"verb": {"id": ADL + "completed"}, "object": {"objectType": "Agent", "mbox": "mailto:eva@example.org"}},
        {"verb": {"id": ADL + "completed"}},
        [],
        None,
        "completed",
    ],
)
def test_what_is_about_something_else_says_nothing(statement: Any) -> None:
    assert told(statement) is None


def test_under_cmi5_the_category_tells_what_an_au_says_of_itself() -> None:
    statement = made("terminated", {"duration": "PT5S"}, "https://lms.example/another-id", context=CMI5)
    assert told(statement, cmi5=True).duration_ms == 5_000
    assert told(statement) is None
    assert told(made("terminated", {"duration": "PT5S"}, "https://lms.example/another-id"), cmi5=True) is None
    assert told(made("experienced", {"duration": "PT5S"}), cmi5=True) is None, "cmi5 allowed, not cmi5's own"


OUTCOMES: list[tuple[str, dict[str, Any], bool, dict[str, str]]] = [
    # Tin Can: who passed, mastered or failed is through with it, as in SCORM 1.2
    ("completed", {}, False, {"completion": "completed"}),
    ("passed", {}, False, {"completion": "completed", "success": "passed"}),
    ("mastered", {}, False, {"completion": "completed", "success": "passed"}),
    ("failed", {}, False, {"completion": "completed", "success": "failed"}),
    ("failed", {"completion": False}, False, {"completion": "incomplete", "success": "failed"}),
    ("passed", {"completion": True, "success": True}, False, {"completion": "completed", "success": "passed"}),
    ("completed", {"success": True}, False, {"completion": "completed", "success": "passed"}),
    ("completed", {"completion": "true", "success": "false"}, False, {"completion": "completed", "success": "failed"}),
    ("experienced", {}, False, {}),
    ("attempted", {}, False, {}),
    ("attempted", {"completion": False}, False, {"completion": "incomplete"}),
    ("suspended", {"completion": True}, False, {"completion": "completed"}),
    ("scored", {"score": {"scaled": 0.8}}, False, {"scaled": "0.8", "raw": "", "min": "", "max": ""}),
    ("attempted", {"score": {"raw": 40, "min": 0, "max": 50}}, False, {"scaled": "", "raw": "40", "min": "0", "max": "50"}),
    ("attempted", {"score": {"max": 50}}, False, {}),
    ("attempted", {"score": {"raw": "nine", "scaled": True}}, False, {}),
    ("progressed", {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 60}}, False, {"progress": "0.6"}),
    ("answered", {"success": False}, False, {}),
    # cmi5 9.3: two things, each said by its own verb
    ("completed", {"completion": True}, True, {"completion": "completed"}),
    ("passed", {"success": True}, True, {"success": "passed"}),
    ("failed", {"success": False}, True, {"success": "failed"}),
    ("terminated", {}, True, {}),
]


@pytest.mark.parametrize(("verb", "result", "cmi5", "status"), OUTCOMES)
def test_verbs_and_results_become_completion_success_and_score(
    verb: str, result: dict[str, Any], cmi5: bool, status: dict[str, str]
) -> None:
    assert told(made(verb, result, context=CMI5), cmi5=cmi5).status == status


def test_a_statement_of_before_1_0_is_read_too() -> None:
    said = told({"actor": {"mbox": ["mailto:ana@example.org"]}, "verb": "passed", "object": {"id": COURSE}, "result": {"duration": "PT7S"}})
    assert (said.verb, said.duration_ms, said.status["success"]) == ("passed", 7_000, "passed")


def test_verbs_of_other_vocabularies_are_known_by_their_last_word() -> None:
    statement = {**made("x"), "verb": {"id": "http://id.tincanapi.com/verb/Completed#"}}
    assert told(statement).status == {"completion": "completed"}


@pytest.mark.parametrize(
    ("timestamp", "ms"),
    [
        ("2026-11-25T09:30:00.250Z", 1_795_599_000_250),
        ("2026-11-25T10:30:00.25+01:00", 1_795_599_000_250),
        ("2026-11-25T09:30:00", 1_795_599_000_000),
        ("yesterday", None),
        (17, None),
        (None, None),
    ],
)
def test_a_timestamp_is_a_moment_or_nothing(timestamp: Any, ms: int | None) -> None:
    assert told(made("completed", timestamp=timestamp)).timestamp_ms == ms


def test_what_cannot_be_stored_is_replaced_and_what_is_long_is_cut() -> None:
    said = told(made("completed", {"duration": "1\x00\ud800" + "9" * 400}))
    assert said.duration_raw.startswith("1\ufffd\ufffd9")
    assert len(said.duration_raw) == 255
    assert said.duration_ms is None
