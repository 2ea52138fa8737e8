"""What AUs say, on both databases: refused whole, repeated without harm, and what is satisfied by it, once each."""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import event, func, select

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.launch_data import made_id
from seattime.domain.cmi5.rules import GRACE_MS
from seattime.domain.cmi5.words import Verb
from seattime.domain.xapi.statements import VOIDED
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput, NotFound
from seattime.services import cmi5_documents, cmi5_sessions, cmi5_waiving, courses, launch_statements, launching, registrations
from seattime.services.cmi5_documents import Wish
from seattime.services.cmi5_statements import Refused
from seattime.services.launching import Admission
from seattime.services.progress import progress_of
from seattime.storage.cmi5_models import Cmi5Statement
from seattime.storage.lrs_models import LrsStatement
from seattime.storage.models import Registration, db
from tests import builders
from tests.conftest import SetClock
from tests.services.cmi5_world import BLOCK, COURSE, FREE, A, B, launch, register, statements_of, told

PREFERENCES = b'{"languagePreference": "en-US,fr-FR", "audioPreference": "on"}'


@pytest.fixture
def registration(app: Flask) -> Registration:
    return register()


def stored() -> int:
    return int(db.session.scalar(select(func.count()).select_from(LrsStatement)) or 0)


def satisfied(of: Registration) -> list[str]:
    return [subject for verb, subject in told(of) if verb == "satisfied"]


def test_a_refusal_says_why_and_stores_nothing_of_its_request(registration: Registration) -> None:
    au = launch(registration)
    before = stored()
    with pytest.raises(Refused) as caught:
        au.send(au.statement(Verb.COMPLETED), au.statement(Verb.PASSED, result={"success": True}))
    assert caught.value.message == '"passed" needs result.duration (cmi5 9.5.4.1).'
    assert caught.value.status == 403
    assert stored() == before
    au.say(Verb.COMPLETED, Verb.PASSED)


def test_what_xapi_does_not_allow_is_bad_input(registration: Registration) -> None:
    au = launch(registration)
    with pytest.raises(BadInput):
        au.send(au.statement(Verb.COMPLETED, result={"completion": "yes"}))


def test_the_statements_of_one_request_follow_each_other(registration: Registration) -> None:
    au = launch(registration, initialized=False)
    au.read_preferences()
    au.send(au.statement(Verb.INITIALIZED), au.statement(Verb.COMPLETED), au.statement(Verb.TERMINATED))
    assert [verb for verb, _ in told(registration)][2:] == ["initialized", "completed", "terminated"]


def test_the_same_statement_again_is_a_success_and_changes_nothing(registration: Registration) -> None:
    au = launch(registration)
    completed = au.statement(Verb.COMPLETED)
    au.send(completed)
    before = stored()
    au.send(completed)
    au.send(completed, au.statement("http://adlnet.gov/expapi/verbs/experienced", defined=False))
    assert stored() == before + 1
    with pytest.raises(Refused, match='"completed" was said in this session already'):
        au.say(Verb.COMPLETED)


def test_the_last_request_may_be_repeated_and_no_other(registration: Registration) -> None:
    au = launch(registration)
    experienced = au.statement("http://adlnet.gov/expapi/verbs/experienced", defined=False)
    ending = (au.statement(Verb.COMPLETED), au.statement(Verb.TERMINATED))
    au.send(experienced)
    au.send(*ending)
    before = stored()
    au.send(*ending)
    au.send(ending[1])
    with pytest.raises(Refused, match="nothing follows"):
        au.send(experienced)
    assert stored() == before


def test_what_was_said_before_terminated_may_come_a_moment_later(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    completed, passed = au.statement(Verb.COMPLETED), au.statement(Verb.PASSED)
    au.say(Verb.TERMINATED)
    clock.advance(GRACE_MS)
    au.send(completed)
    clock.advance(1)
    with pytest.raises(Refused, match="has terminated"):
        au.send(passed)


def test_an_earlier_session_is_remembered_within_its_registration(registration: Registration) -> None:
    launch(registration).say(Verb.COMPLETED, Verb.PASSED, Verb.TERMINATED)
    again = launch(registration)
    for verb in (Verb.COMPLETED, Verb.PASSED, Verb.FAILED):
        with pytest.raises(Refused, match="registration"):
            again.say(verb)
    launch(registration, B).say(Verb.COMPLETED, Verb.PASSED)
    launch(register("ben")).say(Verb.COMPLETED, Verb.PASSED)


def test_a_course_is_satisfied_block_by_block_and_each_once(registration: Registration) -> None:
    first = launch(registration, A)
    assert satisfied(registration) == [FREE]
    first.say(Verb.PASSED)
    assert satisfied(registration) == [FREE]
    first.say(Verb.COMPLETED, Verb.TERMINATED)
    assert satisfied(registration) == [FREE]
    second = launch(registration, B)
    second.say(Verb.PASSED)
    assert satisfied(registration) == [FREE, BLOCK, COURSE]
    second.say(Verb.COMPLETED, Verb.TERMINATED)
    assert satisfied(registration) == [FREE, BLOCK, COURSE]

    of_block, of_course = [each for each in statements_of(registration) if each["verb"]["id"] == Verb.SATISFIED][1:]
    assert of_block["object"] == {
        "objectType": "Activity",
        "id": made_id(registration.course_key, "block", BLOCK),
        "definition": {"name": {"und": "Block"}, "type": words.BLOCK},
    }
    assert (of_course["object"]["id"], of_course["object"]["definition"]["type"]) == (
        made_id(registration.course_key, "course", COURSE),
        words.COURSE,
    )
    for each in (of_block, of_course):
        assert each["context"]["extensions"] == {words.SESSION_ID: second.session_id}
        assert each["context"]["contextActivities"]["category"] == [{"objectType": "Activity", "id": words.CMI5}]
        assert each["context"]["registration"] == second.parameters["registration"]


def test_what_asks_for_nothing_is_satisfied_at_registration(registration: Registration) -> None:
    """Under a session id of its own (9.3.9)."""
    learner = registrations.LearnerInfo(learner_id="ben", first_name=None, last_name=None, email=None)
    made = registrations.create_registration(
        registrations.NewRegistration(registration_id="r-ben", course_id=registration.course.course_id, learner=learner)
    )
    (statement,) = statements_of(made)
    assert told(made) == [("satisfied", FREE)]
    assert uuid.UUID(statement["context"]["extensions"][words.SESSION_ID])
    launch(made, A)
    assert satisfied(made) == [FREE]


def test_allowed_statements_count_for_nothing(registration: Registration) -> None:
    au = launch(registration, A)
    au.send(au.statement(Verb.COMPLETED, defined=False))
    assert satisfied(registration) == [FREE]
    au.say(Verb.COMPLETED)


@pytest.mark.parametrize("mode", ["browse", "review"])
def test_who_looks_around_is_not_judged(registration: Registration, mode: str) -> None:
    au = launch(registration, A, mode)
    with pytest.raises(Refused, match="In launch mode"):
        au.say(Verb.COMPLETED)
    au.say(Verb.TERMINATED)


def test_a_waived_au_is_satisfied_for_a_reason(registration: Registration) -> None:
    launch(registration, A).say(Verb.COMPLETED, Verb.TERMINATED)
    cmi5_waiving.waive(registration.registration_id, B, "Tested Out")
    cmi5_waiving.waive(registration.registration_id, B, "Again")

    waived, *rest = statements_of(registration)[5:]
    assert told(registration)[5:] == [("waived", B), ("satisfied", BLOCK), ("satisfied", COURSE)]
    assert waived["result"] == {"success": True, "completion": True, "extensions": {words.REASON: "Tested Out"}}
    assert [each["id"] for each in waived["context"]["contextActivities"]["category"]] == [words.CMI5, words.MOVE_ON]
    assert {each["context"]["extensions"][words.SESSION_ID] for each in rest} == {waived["context"]["extensions"][words.SESSION_ID]}
    assert waived["object"]["id"] == made_id(registration.course_key, "au", B)


@pytest.mark.parametrize("activity", [BLOCK, "https://publisher.example/au/z"])
def test_only_aus_are_waived(registration: Registration, activity: str) -> None:
    with pytest.raises(NotFound):
        cmi5_waiving.waive(registration.registration_id, activity, "Administrative")
    with pytest.raises(BadInput):
        cmi5_waiving.waive(builders.registration(of_learner=builders.learner("ben")).registration_id, activity, "Administrative")


def test_initialized_waits_for_the_preferences(registration: Registration) -> None:
    au = launch(registration, initialized=False)
    with pytest.raises(Refused, match="cmi5LearnerPreferences"):
        au.say(Verb.INITIALIZED)
    au.read_preferences()
    au.say(Verb.INITIALIZED)


WRONG_DOCUMENTS: list[tuple[Callable[[str], Wish], str]] = [
    (lambda _actor: Wish("state", False, words.LAUNCH_DATA, None, "application/json", b"{}"), "may not change LMS.LaunchData"),
    (lambda _actor: Wish("state", False, None, None), "may not change LMS.LaunchData"),
    (lambda _actor: Wish("agent", True, words.PREFERENCES, '{"mbox": "mailto:ben@example.org"}'), "must be the actor"),
    (lambda actor: Wish("agent", False, words.PREFERENCES, actor, "text/plain", PREFERENCES), "application/json"),
    (lambda actor: Wish("agent", False, words.PREFERENCES, actor, "application/json", b"[]"), "a JSON object"),
    (lambda actor: Wish("agent", False, words.PREFERENCES, actor, "application/json", b"{"), "cannot be read"),
    (
        lambda actor: Wish("agent", False, words.PREFERENCES, actor, "application/json", b'{"audioPreference": "on"}'),
        "languagePreference must be",
    ),
    (
        lambda actor: Wish(
            "agent", False, words.PREFERENCES, actor, "application/json", b'{"languagePreference": "", "audioPreference": "on"}'
        ),
        "languagePreference must be",
    ),
    (
        lambda actor: Wish("agent", False, words.PREFERENCES, actor, "application/json", b'{"languagePreference": "en"}'),
        "audioPreference must be",
    ),
]


@pytest.mark.parametrize(("wish", "why"), WRONG_DOCUMENTS)
def test_documents_that_an_au_may_not_touch(registration: Registration, wish: Callable[[str], Wish], why: str) -> None:
    au = launch(registration)
    with pytest.raises(Refused, match=why):
        cmi5_documents.admit(au.credential, wish(au.parameters["actor"]))


def test_documents_that_an_au_may_read_and_write(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    actor = au.parameters["actor"]
    with pytest.raises(BadInput):
        cmi5_documents.admit(au.credential, Wish("agent", False, words.PREFERENCES, None, "application/json", PREFERENCES))
    for wish in (
        Wish("state", True, words.LAUNCH_DATA, actor),
        Wish("state", False, "bookmark", actor, "text/plain", b"3"),
        Wish("agent", False, words.PREFERENCES, actor, "application/json; charset=utf-8", PREFERENCES),
        Wish("agent", False, "other", actor, "text/plain", b"x"),
        Wish("activity", False, "other", None, "text/plain", b"x"),
    ):
        cmi5_documents.admit(au.credential, wish)
    au.say(Verb.TERMINATED)
    bookmark = Wish("state", False, "bookmark", actor, "text/plain", b"4")
    cmi5_documents.admit(au.credential, bookmark)
    clock.advance(GRACE_MS + 1)
    with pytest.raises(Refused, match="has terminated"):
        cmi5_documents.admit(au.credential, bookmark)


def test_an_abandoned_session_reads_nothing_more(registration: Registration) -> None:
    au = launch(registration)
    cmi5_sessions.abandon(au.session_id)
    with pytest.raises(Refused, match="abandoned"):
        cmi5_documents.admit(au.credential, Wish("state", True, "bookmark", au.parameters["actor"]))


def test_what_the_spool_acknowledged_is_stored_and_voided_where_it_breaks_the_rules(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    first, second = au.statement(Verb.COMPLETED), au.statement(Verb.COMPLETED)
    taken_ms = clock.now_ms()
    clock.advance(600_000)
    for each in (first, second):
        delivery = launch_statements.read(au.credential, json.dumps(each).encode(), Version.V1)
        launch_statements.take(replace(delivery, taken_ms=taken_ms))
    voided = [each["object"]["id"] for each in statements_of(registration) if each["verb"]["id"] == VOIDED]
    assert voided == [second["id"]]
    (report,) = cmi5_sessions.report(registration.registration_id)
    assert (report.refused, report.refusal) == (1, '"completed" was said in this session already (cmi5 9.3).')


def test_what_the_spool_had_before_the_session_was_abandoned_is_in_time(registration: Registration, clock: SetClock) -> None:
    au = launch(registration)
    delivery = launch_statements.read(au.credential, json.dumps(au.statement(Verb.COMPLETED)).encode(), Version.V1)
    taken_ms = clock.now_ms()
    clock.advance(600_000)
    cmi5_sessions.abandon(au.session_id)
    launch_statements.take(replace(delivery, taken_ms=taken_ms))
    assert told(registration)[-1] == ("completed", A)
    assert VOIDED not in [each["verb"]["id"] for each in statements_of(registration)]


def test_a_test_run_is_kept_apart(registration: Registration) -> None:
    registration.test_run = True
    db.session.commit()
    launch(registration)
    apart = db.session.scalars(select(LrsStatement.apart)).all()
    assert len(apart) == 3
    assert all(apart)


def at_once(app: Flask, *works: Callable[[], object]) -> list[BaseException]:
    """Runs them side by side, each with a session of its own; what they raised."""
    failed: list[BaseException] = []
    ready = threading.Barrier(len(works))

    def run(work: Callable[[], object]) -> None:
        with app.app_context():
            try:
                ready.wait(10)
                work()
            except BaseException as error:
                failed.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return failed


def test_of_many_completions_at_once_one_is_taken(app: Flask, registration: Registration) -> None:
    au = launch(registration)
    many = [au.statement(Verb.COMPLETED) for _ in range(6)]
    db.session.rollback()

    failed = at_once(app, *(partial(au.send, each) for each in many))

    assert [type(each) for each in failed] == [Refused] * 5
    assert db.session.scalar(select(func.count()).where(Cmi5Statement.verb == Verb.COMPLETED)) == 1


def test_two_aus_that_complete_the_course_at_once_satisfy_it_once(app: Flask, registration: Registration) -> None:
    """The second session came after the first had said so; the spool delivers both together."""
    launch(registration, A).say(Verb.COMPLETED, Verb.TERMINATED)
    key, registration_id = registration.key, registration.registration_id
    au = launch(registration, B)
    passed = au.statement(Verb.PASSED)
    db.session.rollback()

    failed = at_once(
        app, partial(au.send, passed), partial(cmi5_waiving.waive, registration_id, B, "Administrative"), partial(au.send, passed)
    )

    assert failed == []
    assert satisfied(db.session.get_one(Registration, key)) == [FREE, BLOCK, COURSE]


def test_a_course_is_deleted_while_its_aus_speak(app: Flask, registration: Registration) -> None:
    au = launch(registration)
    course_id = registration.course.course_id
    experienced = [au.statement(Verb.FAILED), au.statement(Verb.COMPLETED), au.statement(Verb.TERMINATED)]
    db.session.rollback()

    failed = at_once(app, partial(courses.delete_course, course_id), *(partial(au.send, each) for each in experienced))

    # what came after it is told that the registration is gone; what came after "terminated" that the session is
    assert {each.args[0].split(" ")[0] for each in failed} <= {"The", "This", '"terminated"'}


def test_progress_follows_move_on(registration: Registration, clock: SetClock) -> None:
    registration_id = registration.registration_id

    def read() -> tuple[str, str, list[tuple[str, str]], int | None]:
        found = progress_of(registrations.find_registration(registration_id))
        children = [
            (each.status.completion.value, each.status.success.value) for each in (found.activities[0], *found.activities[0].children)
        ]
        db.session.rollback()
        return found.status.completion.value, found.status.success.value, children, found.completed_ms

    launch(registration, A).say(Verb.COMPLETED, Verb.TERMINATED)
    assert read() == (
        "INCOMPLETE",
        "UNKNOWN",
        [("INCOMPLETE", "UNKNOWN"), ("COMPLETED", "UNKNOWN"), ("UNKNOWN", "UNKNOWN")],
        None,
    )
    clock.advance(60_000)
    launch(registration, B).say(Verb.PASSED, Verb.TERMINATED)
    satisfied_ms = clock.now_ms()
    clock.advance(60_000)
    # C and D, which ask for nothing, were never opened
    assert read() == ("COMPLETED", "PASSED", [("COMPLETED", "PASSED"), ("COMPLETED", "UNKNOWN"), ("COMPLETED", "PASSED")], satisfied_ms)


def test_what_is_waived_is_complete_and_passed(registration: Registration) -> None:
    cmi5_waiving.waive(registration.registration_id, A, "Administrative")
    found = progress_of(registrations.find_registration(registration.registration_id))
    (waived, other) = found.activities[0].children
    assert (waived.status.completion.value, waived.status.success.value) == ("COMPLETED", "PASSED")
    assert other.status.completion.value == "UNKNOWN"
    answer = launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=A, user_agent="")
    assert [each["status"] for each in answer["toc"][0]["children"]] == ["completed", "not attempted"]
    assert found.status.completion.value == "INCOMPLETE"


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_course_that_is_deleted_waits_for_its_registrations_first(app: Flask, registration: Registration) -> None:
    """And only then for learners, whom content that speaks takes last: else each would wait for the other."""
    course_id, asked = registration.course.course_id, []
    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", lambda *told: asked.append(" ".join(told[2].split())))

    courses.delete_course(course_id)

    locks = [index for index, sql in enumerate(asked) if "FROM registrations" in sql and sql.endswith("FOR NO KEY UPDATE")]
    learners = [index for index, sql in enumerate(asked) if sql.startswith("UPDATE learners")]
    assert locks[0] < learners[0]
