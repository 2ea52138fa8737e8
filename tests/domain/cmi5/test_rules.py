"""What an AU may say (cmi5 7.1, 9, 10.2), rule by rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from seattime.domain.cmi5 import rules, words
from seattime.domain.cmi5.rules import GRACE_MS, Session
from seattime.domain.cmi5.words import Verb
from seattime.domain.xapi.statements import check_statement
from seattime.domain.xapi.versions import Version
from tests.domain.cmi5.made_cmi5 import ACTIVITY, ACTOR, AT, AT_MS, FRESH, REGISTRATION, RESULTS, allowed, context, defined

BEGUN = rules.after(FRESH, defined(Verb.INITIALIZED), AT_MS)
NEW_ID = "7a1d6a0e-2222-4c1a-9d8b-0d5a0c9f2b22"


def wrong(session: Session, statement: dict[str, Any], received_ms: int = AT_MS) -> str | None:
    """Of a statement that the rules of xAPI allow."""
    check_statement(statement, "statement", Version.V1)
    return rules.what_is_wrong(session, statement, received_ms)


def test_a_session_as_it_should_be() -> None:
    session = FRESH
    for statement in (
        defined(Verb.INITIALIZED),
        allowed(),
        defined(Verb.PASSED),
        defined(Verb.COMPLETED),
        allowed(object={"objectType": "StatementRef", "id": NEW_ID}),
        defined(Verb.TERMINATED),
    ):
        assert wrong(session, statement) is None
        session = rules.after(session, statement, AT_MS)
    assert session.said == {Verb.INITIALIZED, Verb.PASSED, Verb.COMPLETED, Verb.TERMINATED}
    assert (session.terminated_ms, session.terminated_at_ms) == (AT_MS, AT_MS)


ANY: list[tuple[dict[str, Any], str]] = [
    (
        {"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}, "object": {"objectType": "StatementRef", "id": NEW_ID}},
        "An AU may not void statements (cmi5 6.3).",
    ),
    ({"id": None}, "The AU must give its statement an id (cmi5 9.1)."),
    ({"timestamp": None}, "The statement needs a timestamp (cmi5 9.7)."),
    ({"timestamp": "2026-11-18T05:10:00.000-06:00"}, "The timestamp must be in UTC (cmi5 9.7)."),
    ({"timestamp": "2026-11-18T11:10:00.000"}, "The timestamp must be in UTC (cmi5 9.7)."),
    ({"actor": {**ACTOR, "objectType": "Group"}}, "The actor must be the Agent that the AU was launched with (cmi5 8.1.3, 9.2)."),
    ({"actor": {"mbox": "mailto:ana@example.org"}}, "The actor must be the Agent that the AU was launched with (cmi5 8.1.3, 9.2)."),
    (
        {"actor": {"account": {"homePage": "https://lms.example", "name": "bob"}}},
        "The actor must be the Agent that the AU was launched with (cmi5 8.1.3, 9.2).",
    ),
    (
        {"context": None},
        "context.registration must be the registration that the AU was launched with (cmi5 8.1.4, 9.6.1).",
    ),
    (
        {"context": {**context(), "registration": NEW_ID}},
        "context.registration must be the registration that the AU was launched with (cmi5 8.1.4, 9.6.1).",
    ),
    (
        {"context": {**context(), "contextActivities": {"grouping": [{"id": "urn:another"}]}}},
        "context.contextActivities.grouping must hold what the contextTemplate has there (cmi5 9.6.2, 10.2.1).",
    ),
    (
        {"context": {**context(), "extensions": {}}},
        f"context.extensions must hold the contextTemplate's {words.SESSION_ID} (cmi5 9.6.3.1, 10.2.1).",
    ),
    (
        {"context": context(sessionid=NEW_ID)},
        f"context.extensions must hold the contextTemplate's {words.SESSION_ID} (cmi5 9.6.3.1, 10.2.1).",
    ),
]


@pytest.mark.parametrize(("changes", "why"), ANY)
def test_what_holds_for_every_statement(changes: dict[str, Any], why: str) -> None:
    assert wrong(BEGUN, allowed(**changes)) == why
    if "context" not in changes:
        assert wrong(BEGUN, defined(Verb.COMPLETED, **changes)) == why


@pytest.mark.parametrize("timestamp", [AT, "2026-11-18T11:10:00+00:00", "2026-11-18t11:10:00z"])
@pytest.mark.parametrize("actor", [ACTOR, {"account": ACTOR["account"]}])
def test_what_means_the_same_is_taken(timestamp: str, actor: dict[str, Any]) -> None:
    assert wrong(BEGUN, allowed(timestamp=timestamp, actor=actor)) is None
    assert wrong(BEGUN, allowed(context={**context(), "registration": REGISTRATION.upper(), "language": "en"})) is None


def test_a_template_may_hold_more_than_cmi5_asks_for() -> None:
    session = replace(BEGUN, context={**BEGUN.context, "platform": "LMS"})
    assert wrong(session, allowed()) == "context.platform must be as in the contextTemplate (cmi5 10.2.1)."
    assert wrong(session, allowed(context={**context(), "platform": "LMS"})) is None


@pytest.mark.parametrize("statement", [allowed(), defined(Verb.COMPLETED), defined(Verb.INITIALIZED, context=context())])
def test_initialized_comes_first(statement: dict[str, Any]) -> None:
    assert wrong(FRESH, statement) == '"initialized" must be the first statement of a session (cmi5 7.1.1, 9.3).'


def test_initialized_wants_the_preferences_to_have_been_read() -> None:
    assert wrong(replace(FRESH, preferences_read=False), defined(Verb.INITIALIZED)) == (
        "The AU must have asked for the agent profile cmi5LearnerPreferences before it says that it is initialized (cmi5 11)."
    )


ORDER: list[tuple[set[str], set[str], str, str | None]] = [
    # said in this session, said before in the registration, the verb that is said now
    (set(), set(), Verb.INITIALIZED, '"initialized" was said in this session already (cmi5 9.3).'),
    ({Verb.COMPLETED}, set(), Verb.COMPLETED, '"completed" was said in this session already (cmi5 9.3).'),
    (set(), {Verb.COMPLETED}, Verb.COMPLETED, '"completed" was said in this registration already (cmi5 9.3).'),
    (set(), {Verb.PASSED}, Verb.PASSED, '"passed" was said in this registration already (cmi5 9.3).'),
    ({Verb.PASSED}, set(), Verb.FAILED, 'A session has one of "passed" and "failed", once (cmi5 9.3).'),
    ({Verb.FAILED}, set(), Verb.PASSED, 'A session has one of "passed" and "failed", once (cmi5 9.3).'),
    (set(), {Verb.PASSED}, Verb.FAILED, '"failed" must not follow "passed" in a registration (cmi5 9.3).'),
    (set(), {Verb.FAILED}, Verb.FAILED, None),
    (set(), {Verb.FAILED}, Verb.PASSED, None),
    (set(), {Verb.INITIALIZED, Verb.COMPLETED, Verb.TERMINATED}, Verb.PASSED, None),
    (set(), {Verb.PASSED}, Verb.COMPLETED, None),
]


@pytest.mark.parametrize(("said", "before", "verb", "why"), ORDER)
def test_verbs_have_an_order(said: set[str], before: set[str], verb: str, why: str | None) -> None:
    session = replace(BEGUN, said=BEGUN.said | said, said_before=frozenset(before))
    assert wrong(session, defined(verb)) == why


@pytest.mark.parametrize("mode", ["Browse", "Review"])
@pytest.mark.parametrize("verb", [Verb.COMPLETED, Verb.PASSED, Verb.FAILED])
def test_who_only_looks_around_is_not_judged(mode: str, verb: str) -> None:
    session = replace(BEGUN, mode=mode)
    assert wrong(session, defined(verb)) == f'In launch mode {mode} an AU says only "initialized" and "terminated" (cmi5 10.2.2).'
    assert wrong(session, allowed()) is None
    assert wrong(session, defined(Verb.TERMINATED)) is None


@pytest.mark.parametrize("verb", [Verb.LAUNCHED, Verb.ABANDONED, Verb.WAIVED, Verb.SATISFIED, "http://adlnet.gov/expapi/verbs/experienced"])
def test_the_category_of_cmi5_is_for_the_verbs_of_an_au(verb: str) -> None:
    assert wrong(BEGUN, defined(verb)) == (
        "A statement with the cmi5 category must have a verb that cmi5 gives to the AU (cmi5 7.1.3, 9.3)."
    )


def test_without_the_category_every_verb_is_free_and_counts_for_nothing() -> None:
    statement = defined(Verb.COMPLETED, context=context())
    assert wrong(BEGUN, statement) is None
    assert rules.after(BEGUN, statement, AT_MS) == BEGUN


@pytest.mark.parametrize("thing", [{"id": "https://publisher.example/au"}, {"objectType": "StatementRef", "id": NEW_ID}])
def test_the_object_is_the_au_as_it_was_launched(thing: dict[str, Any]) -> None:
    why = "The object must be the activityId that the AU was launched with (cmi5 8.1.5, 9.4)."
    assert wrong(BEGUN, defined(Verb.COMPLETED, object=thing)) == why
    assert wrong(BEGUN, defined(Verb.COMPLETED, object={"objectType": "Activity", "id": ACTIVITY})) is None


def result(verb: str, **changes: Any) -> dict[str, Any]:
    whole = {**RESULTS.get(verb, {}), **changes}
    return {name: value for name, value in whole.items() if value is not None}


MOVE_ON = "The moveon category must be there with success or completion, and only then (cmi5 9.6.2.2)."
RESULT: list[tuple[str, dict[str, Any], str]] = [
    (Verb.PASSED, {"success": None}, 'result.success of "passed" must be true (cmi5 9.5.2).'),
    (Verb.PASSED, {"success": False}, 'result.success of "passed" must be true (cmi5 9.5.2).'),
    (Verb.FAILED, {"success": True}, 'result.success of "failed" must be false (cmi5 9.5.2).'),
    (Verb.FAILED, {"success": None}, 'result.success of "failed" must be false (cmi5 9.5.2).'),
    (Verb.COMPLETED, {"success": True}, 'result.success of "completed" must not be there (cmi5 9.5.2).'),
    (Verb.TERMINATED, {"success": False}, 'result.success of "terminated" must not be there (cmi5 9.5.2).'),
    (Verb.COMPLETED, {"completion": None}, 'result.completion of "completed" must be true (cmi5 9.5.3).'),
    (Verb.COMPLETED, {"completion": False}, 'result.completion of "completed" must be true (cmi5 9.5.3).'),
    (Verb.PASSED, {"completion": True}, 'result.completion of "passed" must not be there (cmi5 9.5.3).'),
    *[
        (verb, {"duration": None}, f'"{verb.word}" needs result.duration (cmi5 9.5.4.1).')
        for verb in (Verb.COMPLETED, Verb.PASSED, Verb.FAILED, Verb.TERMINATED)
    ],
    (Verb.COMPLETED, {"score": {"scaled": 1}}, '"completed" must not have a score (cmi5 9.5.1).'),
    (Verb.TERMINATED, {"score": {"scaled": 1}}, '"terminated" must not have a score (cmi5 9.5.1).'),
    (Verb.PASSED, {"score": {"raw": 9, "max": 10}}, "A raw score needs min and max (cmi5 9.5.1)."),
    (Verb.PASSED, {"score": {"raw": 9, "min": 0}}, "A raw score needs min and max (cmi5 9.5.1)."),
    (Verb.FAILED, {"score": {"scaled": -0.5}}, "A scaled score must lie between 0 and 1 (cmi5 9.5.1)."),
]


@pytest.mark.parametrize(("verb", "changes", "why"), RESULT)
def test_the_result_fits_the_verb(verb: str, changes: dict[str, Any], why: str) -> None:
    assert wrong(BEGUN, defined(verb, result=result(verb, **changes))) == why


def test_the_move_on_category_goes_with_success_and_completion() -> None:
    for verb in (Verb.COMPLETED, Verb.PASSED, Verb.FAILED):
        assert wrong(BEGUN, defined(verb, context=context(words.CMI5))) == MOVE_ON
    assert wrong(BEGUN, defined(Verb.TERMINATED, context=context(words.CMI5, words.MOVE_ON))) == MOVE_ON
    assert wrong(BEGUN, allowed(context=context(words.MOVE_ON))) == (
        "The moveon category is for cmi5 defined statements with success or completion alone (cmi5 9.6.2.2)."
    )


JUDGED = context(words.CMI5, words.MOVE_ON)
WITH_MASTERY = context(words.CMI5, words.MOVE_ON, masteryscore=0.8)
NEEDS_MASTERY = "context.extensions must hold the masteryScore of the launch data, 0.8 (cmi5 9.6.3.2)."
SCORES: list[tuple[str, float, dict[str, Any], str | None]] = [
    (Verb.PASSED, 0.8, WITH_MASTERY, None),
    (Verb.PASSED, 1, WITH_MASTERY, None),
    (
        Verb.PASSED,
        0.79,
        WITH_MASTERY,
        'A scaled score of 0.79 is not "passed" where the masteryScore is 0.8 (cmi5 9.3.4, 9.3.5).',
    ),
    (Verb.FAILED, 0.79, WITH_MASTERY, None),
    (Verb.FAILED, 0.8, WITH_MASTERY, 'A scaled score of 0.8 is not "failed" where the masteryScore is 0.8 (cmi5 9.3.4, 9.3.5).'),
    (Verb.PASSED, 0.9, JUDGED, NEEDS_MASTERY),
    (Verb.PASSED, 0.9, context(words.CMI5, words.MOVE_ON, masteryscore=0.7), NEEDS_MASTERY),
]


@pytest.mark.parametrize(("verb", "scaled", "where", "why"), SCORES)
def test_a_score_is_judged_by_the_mastery_score(verb: str, scaled: float, where: dict[str, Any], why: str | None) -> None:
    statement = defined(verb, context=where, result=result(verb, score={"scaled": scaled}))
    assert wrong(BEGUN, statement) == why
    assert wrong(replace(BEGUN, mastery_score=None), statement) is None


def test_without_a_scaled_score_nothing_was_evaluated() -> None:
    assert wrong(BEGUN, defined(Verb.PASSED, result=result(Verb.PASSED, score={"raw": 7.5, "min": 0, "max": 10}))) is None


ENDED = rules.after(BEGUN, defined(Verb.TERMINATED), AT_MS)
LATE = "This session has terminated: nothing more can be recorded in it (cmi5 9.3.8). Launch the activity again."


def test_what_was_said_before_terminated_may_come_a_moment_after_it() -> None:
    earlier = defined(Verb.COMPLETED, timestamp="2026-11-18T11:09:59.999Z")
    assert wrong(ENDED, earlier, AT_MS + GRACE_MS) is None
    assert wrong(ENDED, defined(Verb.COMPLETED), AT_MS + GRACE_MS) is None
    assert wrong(ENDED, earlier, AT_MS + GRACE_MS + 1) == LATE


def test_nothing_is_said_after_terminated() -> None:
    later = allowed(timestamp="2026-11-18T11:10:00.001Z")
    assert wrong(ENDED, later) == '"terminated" is the last statement of a session (cmi5 9.3).'


def test_nothing_is_recorded_once_a_session_was_abandoned() -> None:
    session = replace(BEGUN, abandoned_ms=AT_MS)
    why = "This session was abandoned: nothing more can be recorded in it (cmi5 9.3.6). Launch the activity again."
    assert wrong(session, defined(Verb.COMPLETED), AT_MS) == why
    # the server had it before, and could only not store it then
    assert wrong(session, defined(Verb.COMPLETED), AT_MS - 1) is None


def test_one_category_alone_is_a_list_of_one() -> None:
    single = {**context(), "contextActivities": {"grouping": {"id": "https://publisher.example/au"}, "category": {"id": words.CMI5}}}
    assert wrong(BEGUN, defined(Verb.TERMINATED, context=single)) is None
