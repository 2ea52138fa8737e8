"""Answers and objectives read from elements."""

from seattime.domain.answers import Answer, ObjectiveState, read_answers, read_objectives


def test_an_answer_of_scorm_12_is_read() -> None:
    elements = {
        "cmi.interactions.0.id": "q1",
        "cmi.interactions.0.type": "choice",
        "cmi.interactions.0.student_response": "b",
        "cmi.interactions.0.correct_responses.0.pattern": "a",
        "cmi.interactions.0.correct_responses.1.pattern": "c",
        "cmi.interactions.0.result": "wrong",
        "cmi.interactions.0.latency": "0000:00:12.40",
        "cmi.interactions.0.time": "14:03:11",
        "cmi.core.lesson_status": "incomplete",
    }
    assert read_answers(elements) == (
        Answer("q1", "", "choice", "b", ("a", "c"), "wrong", "0000:00:12.40", "14:03:11"),
    )


def test_an_answer_of_scorm_2004_is_read() -> None:
    elements = {
        "cmi.interactions.0.id": "q1",
        "cmi.interactions.0.description": "How long?",
        "cmi.interactions.0.learner_response": "ninety",
        "cmi.interactions.0.timestamp": "2026-11-18T10:00:00",
    }
    (answer,) = read_answers(elements)
    assert (answer.question, answer.response, answer.time) == ("How long?", "ninety", "2026-11-18T10:00:00")


def test_answers_come_in_the_order_of_their_numbers() -> None:
    elements = {f"cmi.interactions.{n}.id": f"q{n}" for n in (10, 2, 0)}
    assert [answer.identifier for answer in read_answers(elements)] == ["q0", "q2", "q10"]


def test_objectives_of_both_standards_are_read() -> None:
    elements = {
        "cmi.objectives.0.id": "knead",
        "cmi.objectives.0.description": "Kneads",
        "cmi.objectives.0.completion_status": "completed",
        "cmi.objectives.0.success_status": "passed",
        "cmi.objectives.0.score.scaled": "0.5",
        "cmi.objectives.1.id": "old",
        "cmi.objectives.1.status": "failed",
        "cmi.objectives.1.score.raw": "50",
    }
    assert read_objectives(elements) == (
        ObjectiveState("knead", "Kneads", "completed", "passed", "0.5"),
        ObjectiveState("old", "", "failed", "", "50"),
    )
