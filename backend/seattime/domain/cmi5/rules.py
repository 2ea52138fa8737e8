"""What an AU may say in its session (cmi5 7.1, 9, 10.2): rule by rule, each with its section.

`Session` is what a statement is held against; `what_is_wrong` says the first thing that is wrong with one, and `after` what the session
is once it was said.

Where the standard orders statements by their timestamps (9.3), the order in which they came is meant here: a device whose clock is set
while a course runs must not lose its learner's completion. A timestamp only ever helps: what comes a moment after "terminated" and was
said before it is in time.

Guarantees: a reason is one sentence with its section; statements were checked by the rules of xAPI before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Protocol

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.words import Verb
from seattime.domain.xapi import agents, texts
from seattime.domain.xapi.statements import VOIDED

GRACE_MS: Final = 60_000
"""How long after "terminated" what was said before it is still taken (9.3.8: a time that the LMS defines). Content that sends several
requests while its page goes away has no say in which of them comes first."""
_WITH_DURATION: Final = frozenset({Verb.COMPLETED, Verb.PASSED, Verb.FAILED, Verb.TERMINATED})
_JUDGED: Final = frozenset({Verb.PASSED, Verb.FAILED})

Statement = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Session:
    """What is known when a statement comes. Moments are server time in ms, but `terminated_at_ms`."""

    actor: str
    """The launch's actor (domain/xapi/agents.py, `identifier_of`)."""
    registration_id: str
    activity_id: str
    """The AU's, as the LMS has named it (8.1.5)."""
    context: Mapping[str, Any]
    """The contextTemplate (10.2.1)."""
    mode: str = "Normal"
    mastery_score: float | None = None
    preferences_read: bool = False
    said: frozenset[str] = frozenset()
    """The verbs of cmi5 defined statements in this session."""
    said_before: frozenset[str] = frozenset()
    """The same of this AU's other sessions in this registration."""
    terminated_ms: int | None = None
    terminated_at_ms: int | None = None
    """By the AU's own word: the timestamp of its statement."""
    abandoned_ms: int | None = None


def after(session: Session, statement: Statement, received_ms: int) -> Session:
    """The session once the statement was taken."""
    if not words.is_defined(dict(statement)):
        return session
    verb = statement["verb"]["id"]
    session = replace(session, said=session.said | {verb})
    if verb == Verb.TERMINATED:
        return replace(session, terminated_ms=received_ms, terminated_at_ms=time_of(statement))
    return session


def time_of(statement: Statement) -> int:
    """Of one that has a timestamp, in ms."""
    return texts.in_ms(texts.read_time(statement["timestamp"], "timestamp"))


class Ends(Protocol):
    """Of a session: when it ended, if it did."""

    @property
    def terminated_ms(self) -> int | None: ...
    @property
    def abandoned_ms(self) -> int | None: ...


def is_over(session: Ends, received_ms: int) -> str | None:
    """Why nothing more is taken from this session, whatever it is; None while it goes on. `received_ms`: when the server got it."""
    if session.abandoned_ms is not None and received_ms >= session.abandoned_ms:
        return "This session was abandoned: nothing more can be recorded in it (cmi5 9.3.6). Launch the activity again."
    if session.terminated_ms is not None and received_ms > session.terminated_ms + GRACE_MS:
        return "This session has terminated: nothing more can be recorded in it (cmi5 9.3.8). Launch the activity again."
    return None


def what_is_wrong(session: Session, statement: Statement, received_ms: int) -> str | None:
    """The first reason to refuse a statement; None where it may be recorded."""
    return is_over(session, received_ms) or next(_reasons(session, statement), None)


def _reasons(session: Session, statement: Statement) -> Iterator[str]:
    yield from _of_any(session, statement)
    if session.terminated_at_ms is not None and time_of(statement) > session.terminated_at_ms:
        yield '"terminated" is the last statement of a session (cmi5 9.3).'
    defined = words.is_defined(dict(statement))
    if Verb.INITIALIZED not in session.said and not (defined and statement["verb"]["id"] == Verb.INITIALIZED):
        yield '"initialized" must be the first statement of a session (cmi5 7.1.1, 9.3).'
    if defined:
        yield from _of_defined(session, statement)
    elif _has_move_on(statement):
        yield "The moveon category is for cmi5 defined statements with success or completion alone (cmi5 9.6.2.2)."


def _of_any(session: Session, statement: Statement) -> Iterator[str]:
    """What holds for cmi5 allowed statements, too."""
    if statement["verb"]["id"] == VOIDED:
        yield "An AU may not void statements (cmi5 6.3)."
    if "id" not in statement:
        yield "The AU must give its statement an id (cmi5 9.1)."
    if "timestamp" not in statement:
        yield "The statement needs a timestamp (cmi5 9.7)."
    elif not str(statement["timestamp"]).upper().endswith(("Z", "+00:00", "+0000", "+00")):
        yield "The timestamp must be in UTC (cmi5 9.7)."
    actor = statement["actor"]
    if actor.get("objectType", "Agent") != "Agent" or agents.identifier_of(actor) != session.actor:
        yield "The actor must be the Agent that the AU was launched with (cmi5 8.1.3, 9.2)."
    context = statement.get("context", {})
    if str(context.get("registration", "")).lower() != session.registration_id:
        yield "context.registration must be the registration that the AU was launched with (cmi5 8.1.4, 9.6.1)."
    yield from _of_template(session, context)


def _of_template(session: Session, context: Mapping[str, Any]) -> Iterator[str]:
    """10.2.1: whatever the template holds, the statement's context holds."""
    for name, expected in session.context.items():
        if name == "contextActivities":
            for kind, activities in expected.items():
                found = {each["id"] for each in words.activities_in({"context": context}, kind)}
                if not {each["id"] for each in activities} <= found:
                    yield f"context.contextActivities.{kind} must hold what the contextTemplate has there (cmi5 9.6.2, 10.2.1)."
        elif name == "extensions":
            for extension, value in expected.items():
                if context.get("extensions", {}).get(extension) != value:
                    yield f"context.extensions must hold the contextTemplate's {extension} (cmi5 9.6.3.1, 10.2.1)."
        elif name != "registration" and context.get(name) != expected:
            yield f"context.{name} must be as in the contextTemplate (cmi5 10.2.1)."


def _of_defined(session: Session, statement: Statement) -> Iterator[str]:
    """7.1.3: statements with the category of cmi5."""
    verb, thing = statement["verb"]["id"], statement["object"]
    if verb not in words.OF_AN_AU:
        yield "A statement with the cmi5 category must have a verb that cmi5 gives to the AU (cmi5 7.1.3, 9.3)."
        return
    if thing.get("objectType", "Activity") != "Activity" or thing.get("id") != session.activity_id:
        yield "The object must be the activityId that the AU was launched with (cmi5 8.1.5, 9.4)."
    if session.mode != "Normal" and verb not in (Verb.INITIALIZED, Verb.TERMINATED):
        yield f'In launch mode {session.mode} an AU says only "initialized" and "terminated" (cmi5 10.2.2).'
    if verb == Verb.INITIALIZED and not session.preferences_read:
        yield f"The AU must have asked for the agent profile {words.PREFERENCES} before it says that it is initialized (cmi5 11)."
    yield from _of_order(session, Verb(verb))
    yield from _of_result(session, Verb(verb), statement)


def _of_order(session: Session, verb: Verb) -> Iterator[str]:
    """9.3, the rules of order."""
    if verb in session.said:
        yield f'"{verb.word}" was said in this session already (cmi5 9.3).'
    if verb in _JUDGED and session.said & _JUDGED:
        yield 'A session has one of "passed" and "failed", once (cmi5 9.3).'
    if verb in (Verb.COMPLETED, Verb.PASSED) and verb in session.said_before:
        yield f'"{verb.word}" was said in this registration already (cmi5 9.3).'
    if verb is Verb.FAILED and Verb.PASSED in session.said | session.said_before:
        yield '"failed" must not follow "passed" in a registration (cmi5 9.3).'


def _of_result(session: Session, verb: Verb, statement: Statement) -> Iterator[str]:
    result = statement.get("result", {})
    success = {Verb.PASSED: True, Verb.FAILED: False}.get(verb)
    if result.get("success") is not success:
        what = "be true" if success else "be false" if success is False else "not be there"
        yield f'result.success of "{verb.word}" must {what} (cmi5 9.5.2).'
    completion = True if verb is Verb.COMPLETED else None
    if result.get("completion") is not completion:
        yield f'result.completion of "{verb.word}" must {"be true" if completion else "not be there"} (cmi5 9.5.3).'
    if verb in _WITH_DURATION and "duration" not in result:
        yield f'"{verb.word}" needs result.duration (cmi5 9.5.4.1).'
    if ("success" in result or "completion" in result) is not _has_move_on(statement):
        yield "The moveon category must be there with success or completion, and only then (cmi5 9.6.2.2)."
    if "score" in result:
        yield from _of_score(session, verb, result["score"], statement)


def _of_score(session: Session, verb: Verb, score: Mapping[str, float], statement: Statement) -> Iterator[str]:
    """9.5.1. A raw score with decimals is taken, though the standard wants whole numbers: it harms nobody."""
    if verb not in _JUDGED:
        yield f'"{verb.word}" must not have a score (cmi5 9.5.1).'
        return
    if "raw" in score and not {"min", "max"} <= score.keys():
        yield "A raw score needs min and max (cmi5 9.5.1)."
    scaled = score.get("scaled")
    if scaled is None:
        return
    if scaled < 0:
        yield "A scaled score must lie between 0 and 1 (cmi5 9.5.1)."
    if session.mastery_score is None:
        return
    if statement.get("context", {}).get("extensions", {}).get(words.MASTERY_SCORE) != session.mastery_score:
        yield f"context.extensions must hold the masteryScore of the launch data, {session.mastery_score} (cmi5 9.6.3.2)."
    if (scaled >= session.mastery_score) is not (verb is Verb.PASSED):
        yield f'A scaled score of {scaled} is not "{verb.word}" where the masteryScore is {session.mastery_score} (cmi5 9.3.4, 9.3.5).'


def _has_move_on(statement: Statement) -> bool:
    return any(activity["id"] == words.MOVE_ON for activity in words.activities_in(dict(statement), "category"))
