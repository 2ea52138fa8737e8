"""Statements of launched content in the ledger: their words beside the measured clock, their outcomes in progress."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from seattime.domain.credit import Credit
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Item, Organization, Package
from seattime.domain.xapi.texts import write_time
from seattime.domain.xapi.versions import Version
from seattime.errors import Conflict
from seattime.services import activity_start, counted_time, launch_statements, registrations, statement_facts, version_moves, xapi_launches
from seattime.services.claims import DeliveryClaims
from seattime.services.commits import record_commit
from seattime.services.progress import progress_of
from seattime.services.xapi_launches import Credential
from seattime.storage.lrs_models import ActivityStart, LrsStatement
from seattime.storage.models import Learner, Registration, SessionRow, db
from seattime.storage.statement_facts import StatementFact
from tests import builders
from tests.conftest import SetClock

ADL = "http://adlnet.gov/expapi/verbs/"
TEA, COFFEE = "http://example.org/tea", "http://example.org/coffee"
S1 = "11111111-1111-4111-8111-111111111111"
S2 = "22222222-2222-4222-8222-222222222222"
CMI5_CONTEXT = {"contextActivities": {"category": [{"id": "https://w3id.org/xapi/cmi5/context/categories/cmi5"}]}}


def package(kind: PackageKind, *, dual: bool = False) -> Package:
    of = ActivityType.SCO if dual else ActivityType.AU
    items = tuple(
        Item(name, name.title(), href=f"{name}.html", scorm_type=of, activity_id=None if dual else activity_id)
        for name, activity_id in (("tea", TEA), ("coffee", COFFEE))[: 1 if dual else 2]
    )
    return Package(kind, "Drinks", "manifest", (Organization("org", "Drinks", items),), "org", dual=dual, activity_id=TEA if dual else None)


def register(kind: PackageKind = PackageKind.XAPI, *, dual: bool = False) -> Registration:
    course = builders.course()
    course.versions[-1].kind, course.versions[-1].structure = kind.value, package(kind, dual=dual).to_json()
    return builders.registration(course)


@pytest.fixture
def registration(app: Flask) -> Registration:
    return register()


def begin(of: Registration, claims: DeliveryClaims, activity: str = "tea") -> ActivityStart:
    item = next(each for each in package(PackageKind.XAPI).organization.items if each.identifier == activity)
    start = xapi_launches.begin(of, claims, item)
    db.session.commit()
    return start


def made(verb: str, result: dict[str, Any] | None = None, about: str = TEA, **more: Any) -> dict[str, Any]:
    statement = {
        "id": str(uuid.uuid4()),
        "actor": {"mbox": "mailto:ana@example.org"},
        "verb": {"id": ADL + verb},
        "object": {"id": about},
        **more,
    }
    return statement if result is None else {**statement, "result": result}


def say(start: ActivityStart, *statements: dict[str, Any]) -> None:
    credential = Credential(start.registration_key, start.launch_number, start.key, True)
    launch_statements.take(launch_statements.read(credential, json.dumps(list(statements)).encode(), Version.V1))


def play(claims: DeliveryClaims, start: ActivityStart | None, clock: SetClock, ms: int, session: str = S1, **time: Any) -> None:
    """A session that measured so much until now is delivered."""
    time = {"seq": 1, "opened": clock.now_ms() - ms, "measured": ms, "open": ms, "spans": [[0, ms, 1, 0]], "acts": [[0, ms]], **time}
    more = {} if start is None else {"start": start.key}
    standard = time.pop("standard", "none")
    activity = time.pop("activity", "tea")
    mode = time.pop("mode", "normal")
    record = builders.record(
        session, time=builders.time_register(order=claims.order_number, **time), standard=standard, activity=activity, mode=mode, **more
    )
    record_commit(builders.message(claims, record))


def credit(of: Registration, session: str = S1) -> Credit:
    found = counted_time.learner_credit(of.learner_key)[session]
    db.session.rollback()
    return found


def codes(of: Registration, session: str = S1) -> list[str]:
    return [finding.code for finding in credit(of, session).findings]


def count() -> int:
    return int(db.session.execute(select(func.count()).select_from(StatementFact)).scalar_one())


def version(of: Registration) -> int:
    found = db.session.execute(select(Learner.facts_version).where(Learner.key == of.learner_key)).scalar_one()
    db.session.rollback()
    return int(found)


# ---- the clock


def test_the_session_row_knows_its_start(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(10_000)
    play(claims, start, clock, 10_000)
    assert db.session.execute(select(SessionRow.start_key)).scalar_one() == start.key


def test_a_duration_is_the_reported_clock_and_measured_time_completes_it(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    say(start, made("completed", {"duration": "PT58S"}, timestamp=write_time(clock.now_ms())))
    clock.advance(40_000)
    play(claims, start, clock, 100_000)

    found = credit(registration)
    # it said 58 s after 60; the 40 that followed are added
    assert (found.reported_ms, found.credited_ms, found.measured_ms, found.reason) == (58_000, 98_000, 100_000, "completed")
    assert found.findings == ()


def test_content_that_says_nothing_loses_nothing(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    say(start, made("attempted"), made("experienced", {"duration": "PT3S"}, TEA + "/slide/1"))
    clock.advance(93_000)
    play(claims, start, clock, 93_000)
    found = credit(registration)
    assert (found.reported_ms, found.credited_ms, found.reason) == (None, 93_000, "never-reported")


def test_a_doubled_duration_is_bounded_and_flagged(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(92_000)
    say(start, made("completed", {"duration": "PT3M6.68S"}))
    play(claims, start, clock, 92_000)
    found = credit(registration)
    assert (found.reported_ms, found.credited_ms, found.reason) == (186_680, 92_000, "over-reported")
    assert codes(registration) == ["over-reported"]


def test_the_same_statement_again_changes_nothing(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    statement = made("completed", {"duration": "PT60S"})
    say(start, statement)
    before = version(registration)
    clock.advance(40_000)
    say(start, statement)
    say(start, statement)
    play(claims, start, clock, 100_000)
    assert (count(), credit(registration).credited_ms) == (1, 100_000)
    assert version(registration) == before + 1, "the session alone is news"


def test_a_statement_that_conflicts_leaves_no_fact(registration: Registration, clock: SetClock) -> None:
    start = begin(registration, builders.launch(registration))
    statement = made("completed", {"duration": "PT60S"})
    say(start, statement)
    with pytest.raises(Conflict):
        say(start, made("passed", {"duration": "PT9S"}), {**statement, "result": {"duration": "PT9S"}})
    assert count() == 1


def test_a_statement_that_comes_days_later_corrects(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    said_at = clock.now_ms() + 60_000
    clock.advance(100_000)
    play(claims, start, clock, 100_000)
    assert credit(registration).reason == "never-reported"
    clock.advance(20 * 24 * 3600 * 1000)
    say(start, made("completed", {"duration": "PT40S"}, timestamp=write_time(said_at)))
    found = credit(registration)
    assert (found.reported_ms, found.last_word_at_server_ms, found.credited_ms) == (40_000, said_at, 80_000)


def test_what_is_no_valid_xapi_counts_if_it_can_be_read(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    say(start, {**made("completed", {"duration": "00:00:58"}), "actor": {"name": "nobody"}})
    assert db.session.execute(select(func.count()).select_from(LrsStatement)).scalar_one() == 0
    play(claims, start, clock, 60_000)
    assert (credit(registration).reported_ms, codes(registration)) == (58_000, ["lenient-time"])


def test_a_driver_that_says_the_time_of_all_visits(registration: Registration, clock: SetClock) -> None:
    first = builders.launch(registration)
    start = begin(registration, first)
    clock.advance(80_000)
    say(start, made("attempted", {"duration": "PT1M19S"}))
    play(first, start, clock, 80_000)
    clock.advance(3_600_000)
    second = builders.launch(registration)
    again = begin(registration, second)
    clock.advance(60_000)
    say(again, made("completed", {"duration": "PT2M18S"}))
    play(second, again, clock, 60_000, S2)

    found = credit(registration, S2)
    assert (found.credited_ms, found.reason, codes(registration, S2)) == (60_000, "as-reported", ["total-time"])
    totals = counted_time.registration_totals(registration)
    assert (totals.credited_ms, totals.reported_ms) == (79_000 + 60_000, 79_000 + 60_000)


def test_a_browser_that_knows_no_starts_is_found_by_its_launch_and_activity(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    coffee = begin(registration, claims, "coffee")
    clock.advance(60_000)
    play(claims, None, clock, 60_000)
    play(claims, None, clock, 60_000, S2, activity="coffee")
    say(start, made("completed", {"duration": "PT50S"}))
    say(coffee, made("completed", {"duration": "PT55S"}, COFFEE))
    assert (credit(registration).reported_ms, credit(registration, S2).reported_ms) == (50_000, 55_000)


def test_a_part_of_one_activity_is_not_the_other(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    say(start, made("completed", {"duration": "PT50S"}, COFFEE))
    assert count() == 0


def test_a_session_of_an_instance_that_was_reset_counts_nothing(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    play(claims, start, clock, 60_000)
    registrations.delete_progress(registration.registration_id)
    say(start, made("completed", {"duration": "PT60S"}))
    now = registrations.find_registration(registration.registration_id)
    assert counted_time.registration_totals(now).credited_ms == 0
    assert progress_of(now).status.completion == "UNKNOWN"
    assert progress_of(now, 1).status.completion == "INCOMPLETE", "one of two activities"


def test_a_voided_statement_says_nothing(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    statement = made("completed", {"duration": "PT40S"})
    say(start, statement)
    play(claims, start, clock, 60_000)
    assert credit(registration).reported_ms == 40_000
    say(start, {**made("voided"), "object": {"objectType": "StatementRef", "id": statement["id"]}})
    assert credit(registration).reported_ms is None
    assert progress_of(registration).activities[0].status.completion == "INCOMPLETE"
    # nor where the facts are made anew, from all that was sent
    statement_facts.recompute_all()
    assert credit(registration).reported_ms is None
    assert progress_of(registration).activities[0].status.completion == "INCOMPLETE"


def test_content_is_read_by_the_version_that_was_launched(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims, "coffee")
    clock.advance(60_000)
    play(claims, start, clock, 60_000, activity="coffee")
    newer = package(PackageKind.XAPI)
    tea, _ = newer.organization.items
    newer = replace(newer, organizations=(replace(newer.organization, items=(tea,)),))
    builders.new_version(registration.course, newer)
    version_moves.move_to_newest(registration.key)

    say(start, made("completed", {"duration": "PT58S"}, COFFEE))
    assert credit(registration).reported_ms == 58_000
    statement_facts.recompute_all()
    assert credit(registration).reported_ms == 58_000


def test_facts_are_made_anew_from_what_was_sent(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    say(start, made("attempted"), made("completed", {"duration": "PT40S"}), made("passed", {"duration": "PT41S"}))
    say(start, {**made("completed", {"duration": "50"}), "actor": {"name": "nobody"}})
    play(claims, start, clock, 60_000)
    before = [_columns(row) for row in _facts()]
    assert len(before) == 4
    db.session.execute(update(StatementFact).values(duration_ms=1, status={}))
    db.session.commit()
    assert statement_facts.recompute_all() == 1
    after = [_columns(row) for row in _facts()]
    # what is kept raw does not say which start it was sent under; its launch and its activity name the session
    assert [{**row, "start_key": None} for row in after] == [{**row, "start_key": None} for row in before]
    assert credit(registration).reported_ms == 50_000


def _facts() -> list[StatementFact]:
    return list(db.session.scalars(select(StatementFact).order_by(StatementFact.statement_id).execution_options(populate_existing=True)))


def _columns(row: StatementFact) -> dict[str, Any]:
    return {column.name: getattr(row, column.name) for column in StatementFact.__table__.columns}


# ---- content that speaks SCORM and xAPI


def dual(clock: SetClock, scorm: list[list[Any]], duration: str | None, **time: Any) -> Registration:
    """60 s of content that says its time in both, at the end."""
    registration = register(PackageKind.SCORM12, dual=True)
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    if duration is not None:
        say(start, made("completed", {"duration": duration, "score": {"scaled": 0.5}}))
    play(claims, start, clock, 60_000, standard="scorm12", words=scorm, **time)
    return registration


@pytest.mark.parametrize(
    ("scorm", "duration", "reported", "credited", "found"),
    [
        # both say the same minute: it counts once
        ([[59_000, 60_000, "0000:00:59.00", 0]], "PT59.2S", 59_000, 59_000, []),
        # SCORM's word goes before, and what differs by more than slack is told
        ([[50_000, 60_000, "0000:00:50.00", 0]], "PT59S", 50_000, 50_000, ["two-clocks"]),
        ([[20_000, 20_000, "0000:00:20.00", 0]], "PT60S", 20_000, 60_000, []),
        # a course that is silent in SCORM has xAPI's word
        ([], "PT58S", 58_000, 58_000, []),
        ([[None, 60_000, "soon", 0]], "PT58S", 58_000, 58_000, []),
        ([[59_000, 60_000, "0000:00:59.00", 0]], None, 59_000, 59_000, []),
    ],
)
def test_two_reports_of_one_session_are_one_clock(
    app: Flask, clock: SetClock, scorm: list[list[Any]], duration: str | None, reported: int, credited: int, found: list[str]
) -> None:
    registration = dual(clock, scorm, duration)
    counted = credit(registration)
    assert (counted.reported_ms, counted.credited_ms, codes(registration)) == (reported, credited, found)


def test_scorms_status_goes_before_the_statements(app: Flask, clock: SetClock) -> None:
    registration = dual(clock, [], "PT60S", status={"completion": "incomplete", "raw": "80"})
    (activity,) = progress_of(registration).activities
    assert (activity.status.completion, activity.status.score) == ("INCOMPLETE", 50.0), "a scaled score goes before a raw one"


# ---- outcomes


@pytest.mark.parametrize(
    ("kind", "statements", "completion", "success", "score"),
    [
        (PackageKind.XAPI, [("attempted", None)], "INCOMPLETE", "UNKNOWN", None),
        (PackageKind.XAPI, [("completed", None)], "COMPLETED", "UNKNOWN", None),
        (PackageKind.XAPI, [("passed", {"score": {"scaled": 0.8}})], "COMPLETED", "PASSED", 80.0),
        (PackageKind.XAPI, [("failed", {"score": {"raw": 30, "max": 60}})], "COMPLETED", "FAILED", 50.0),
        (PackageKind.XAPI, [("completed", None), ("suspended", {"completion": False})], "COMPLETED", "UNKNOWN", None),
        (PackageKind.XAPI, [("answered", {"success": False, "score": {"scaled": 0}})], "INCOMPLETE", "UNKNOWN", None),
        (PackageKind.CMI5, [("passed", {"success": True, "score": {"scaled": 1}})], "INCOMPLETE", "PASSED", 100.0),
    ],
)
def test_statements_flow_into_the_activity(
    app: Flask, clock: SetClock, kind: PackageKind, statements: list[Any], completion: str, success: str, score: float | None
) -> None:
    registration = register(kind)
    claims = builders.launch(registration)
    start = begin(registration, claims)
    texts = [json.dumps(made(verb, result, context=CMI5_CONTEXT)) for verb, result in statements]
    statement_facts.record(registration, start, 1, [(str(uuid.uuid4()), text) for text in texts])
    db.session.commit()
    clock.advance(1_000)
    play(claims, start, clock, 1_000)
    tea, coffee = progress_of(registration).activities
    assert (tea.status.completion, tea.status.success, tea.status.score) == (completion, success, score)
    assert coffee.status.completion == "UNKNOWN"


def test_an_outcome_counts_before_its_session_is_heard_of(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    for activity, about in (("tea", TEA), ("coffee", COFFEE)):
        say(begin(registration, claims, activity), made("completed", {"score": {"scaled": 0.6}}, about))
    found = progress_of(registration)
    assert (found.status.completion, found.status.score, found.completed_ms) == ("COMPLETED", 60.0, clock.now_ms())
    assert found.last_access_ms == clock.now_ms()


def test_order_numbers_decide_whichever_comes_first(registration: Registration, clock: SetClock) -> None:
    first, second = builders.launch(registration), builders.launch(registration)
    one, two = begin(registration, first), begin(registration, second)
    say(two, made("passed", {"score": {"scaled": 0.9}}))
    clock.advance(5_000)
    play(second, two, clock, 5_000, S2)
    say(one, made("failed", {"score": {"scaled": 0.1}}))
    play(first, one, clock, 5_000)
    tea = progress_of(registration).activities[0]
    assert (tea.status.success, tea.status.score) == ("PASSED", 90.0)


def test_review_is_no_credit_work(registration: Registration, clock: SetClock) -> None:
    claims = replace(builders.launch(registration), mode="review")
    start = begin(registration, claims)
    say(start, made("completed"))
    clock.advance(1_000)
    play(claims, start, clock, 1_000, mode="review")
    assert progress_of(registration).activities[0].status.completion == "UNKNOWN"


def test_the_table_of_contents_shows_it(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    contents = activity_start.table_of_contents
    assert [each["status"] for each in contents(registration, package(PackageKind.XAPI))] == ["not attempted", "not attempted"]
    say(start, made("attempted"))
    assert [each["status"] for each in contents(registration, package(PackageKind.XAPI))] == ["incomplete", "not attempted"]
    say(start, made("passed"), made("suspended", {"completion": False}))
    assert [each["status"] for each in contents(registration, package(PackageKind.XAPI))] == ["passed", "not attempted"]


def test_lectora_leaves_the_actor_out_and_old_content_has_a_word_for_a_verb(registration: Registration, clock: SetClock) -> None:
    claims = builders.launch(registration)
    start = begin(registration, claims)
    clock.advance(60_000)
    lectora = made("passed", {"duration": "PT55.9S", "completion": True})
    say(start, {name: value for name, value in lectora.items() if name != "actor"})
    say(start, {**made("suspended", {"duration": "PT58S"}), "verb": "suspended"})
    play(claims, start, clock, 60_000)
    assert credit(registration).reported_ms == 58_000
    assert progress_of(registration).activities[0].status.success == "PASSED"
