"""A course gets a newer version while one of its AUs is played: what that AU says is held to its own version, and nothing of it is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from seattime.domain.cmi5 import words
from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import Organization, Package
from seattime.domain.xapi.versions import Version
from seattime.services import cmi5_sessions, counted_time, launch_statements, launching, registrations, statement_facts, version_moves
from seattime.services.cmi5_statements import Refused
from seattime.services.launching import Admission
from seattime.services.progress import progress_of
from seattime.storage.models import Registration, db
from tests import builders
from tests.conftest import SetClock
from tests.services.cmi5_world import BLOCK, COURSE, FREE, RESULTS, A, Au, B, D, launch, package, register, statements_of, told
from tests.services.test_cmi5_sessions import SESSION, play


@pytest.fixture
def registration(app: Flask) -> Registration:
    return register()


def without_a() -> Package:
    """The course's next version: its block has one AU less, and the other one asks for less."""
    before = package()
    block, *others = before.organization.items
    newer = replace(block, children=(replace(block.children[1], mastery_score=0.5),))
    return replace(before, organizations=(Organization(COURSE, "Night sky", (newer, *others)),))


def publish(of: Registration, newer: Package) -> None:
    builders.new_version(of.course, newer)
    db.session.expire_all()


def move(of: Registration) -> None:
    assert version_moves.move_to_newest(of.key) == 2


def reset(of: Registration) -> None:
    registrations.delete_progress(of.registration_id)


def keep_and_take(au: Au, taken_ms: int, *verbs: str) -> None:
    """As the spool gives back what it acknowledged."""
    body = json.dumps([au.statement(verb) for verb in verbs]).encode()
    launch_statements.take(replace(launch_statements.read(au.credential, body, Version.V1), taken_ms=taken_ms))


def words_of(session: str, of: Registration) -> list[int | None]:
    found = counted_time.learner_facts(of.learner_key)
    db.session.rollback()
    return [word.ms for each in found if each.session == session for word in each.words]


@pytest.mark.parametrize("change", [move, reset])
def test_late_words_of_an_au_that_the_newest_version_no_longer_has_count(
    registration: Registration, clock: SetClock, change: Callable[[Registration], None]
) -> None:
    au = launch(registration)
    clock.advance(120_000)
    play(au.session_id, clock, 120_000)
    spooled_ms = clock.now_ms()
    publish(registration, without_a())
    change(registration)
    clock.advance(3_600_000)

    keep_and_take(au, spooled_ms, Verb.COMPLETED)
    assert words_of(SESSION, registration) == [60_000]
    au.say(Verb.TERMINATED)
    assert [verb for verb, subject in told(registration) if subject == A] == ["launched", "initialized", "completed", "terminated"]
    assert words_of(SESSION, registration) == [120_000]
    (session,) = [each for each in registrations.sessions_of(registration, 1) if each.session_id == SESSION]
    assert session.measured_ms == 120_000

    # the same facts where they are made anew
    statement_facts.recompute(db.session.get_one(Registration, registration.key))
    db.session.commit()
    assert words_of(SESSION, registration) == [120_000]


def test_an_au_is_held_to_the_rules_of_the_version_that_it_was_launched_with(registration: Registration) -> None:
    au = launch(registration, B)
    publish(registration, without_a())
    move(registration)

    passed = au.statement(Verb.PASSED, result={**RESULTS[Verb.PASSED], "score": {"scaled": 0.6}})
    passed["context"]["extensions"][words.MASTERY_SCORE] = 0.8
    with pytest.raises(Refused, match=r"0.6 is not .passed. where the masteryScore is 0.8"):
        au.send(passed)
    passed["result"]["score"]["scaled"] = 0.8
    au.send(passed)


def test_a_session_of_such_an_au_is_abandoned_like_any_other(registration: Registration) -> None:
    au = launch(registration)
    publish(registration, without_a())
    move(registration)
    launch(registration, B).say(Verb.TERMINATED)
    assert told(registration)[3:5] == [("abandoned", A), ("launched", B)]
    with pytest.raises(Refused, match="abandoned"):
        au.say(Verb.COMPLETED)


def test_a_start_that_was_kept_for_later_is_launched_in_its_own_version(registration: Registration) -> None:
    answer = launching.start_launch(Admission(registration.key, "", "normal"), slug=None, activity_id=B, user_agent="")
    address = answer["activities"][A]["src"]
    publish(registration, without_a())
    move(registration)
    cmi5_sessions.fetch_token(parse_qs(urlsplit(address).query)["fetch"][0].rpartition("/")[2])

    launched = statements_of(registration)[-1]
    assert told(registration)[-1] == ("launched", A)
    assert urlsplit(launched["context"]["extensions"][words.LAUNCH_URL]).path == urlsplit(address).path


def test_the_course_is_satisfied_by_the_version_that_is_taken_now(registration: Registration) -> None:
    launch(registration, B).say(Verb.PASSED, Verb.TERMINATED)
    assert ("satisfied", COURSE) not in told(registration)
    publish(registration, without_a())
    move(registration)
    assert [subject for verb, subject in told(registration) if verb == "satisfied"] == [FREE, BLOCK, COURSE]
    assert progress_of(db.session.get_one(Registration, registration.key)).status.completion == "COMPLETED"


def test_late_words_satisfy_no_version_that_is_no_longer_taken(registration: Registration) -> None:
    launch(registration, B).say(Verb.PASSED, Verb.TERMINATED)
    au = launch(registration)
    block, *others = without_a().organization.items
    more = replace(block, children=(*block.children, replace(block.children[0], identifier=f"{A}2", move_on="Completed")))
    publish(registration, replace(package(), organizations=(Organization(COURSE, "Night sky", (more, *others)),)))
    move(registration)
    au.say(Verb.COMPLETED)
    assert [subject for verb, subject in told(registration) if verb == "satisfied"] == [FREE]


def test_the_next_version_may_be_no_cmi5_course_at_all(registration: Registration) -> None:
    au = launch(registration, D)
    publish(registration, builders.package(PackageKind.SCORM12))
    move(registration)

    au.say(Verb.COMPLETED)
    with pytest.raises(Refused, match="already"):
        au.say(Verb.COMPLETED)
    cmi5_sessions.abandon(au.session_id)
    assert [verb for verb, _ in told(registration)][2:] == ["initialized", "completed", "abandoned"]
