"""Statements of courses and registrations, listed by the public client, unmodified, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import rustici_software_cloud_v2 as cloud
from flask import Flask
from rustici_software_cloud_v2.rest import ApiException

from seattime.services import paging, registrations, statement_listing
from seattime.storage.models import Registration, db
from tests import builders
from tests.conftest import START_MS, SetClock
from tests.domain.xapi.made import ATTACHMENT, GROUP
from tests.said import ADL, say, say_invalid, statement
from tests.web.api.conftest import ON_SQLITE, Client


def moment(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)


def ids(result: cloud.XapiStatementResult) -> list[str]:
    return [each.id for each in result.statements]


@pytest.fixture
def ana(app: Flask) -> Registration:
    return builders.registration()


def test_a_registration_newest_first(client: Client, ana: Registration, clock: SetClock) -> None:
    ben = builders.registration(ana.course, builders.learner("ben"))
    first = say(ana, statement("initialized"))
    clock.advance(1000)
    second = say(ana, statement("answered"), statement("completed", result={"score": {"scaled": 0.8}, "duration": "PT4M12.40S"}))
    say(ben, statement())
    say(None, statement())
    say_invalid(ana, statement())
    registration_id = ana.registration_id
    db.session.remove()

    result = client.registrations.get_registration_statements(registration_id)

    assert ids(result) == [*reversed(second), *first]
    assert result.more is None
    newest = result.statements[0]
    assert (newest.actor.object_type, newest.actor.name, newest.actor.mbox) == ("Agent", "Ana Ruiz", "mailto:ana@example.org")
    assert (newest.verb.id, newest.object_activity.id) == (ADL + "completed", "http://example.org/tea")
    assert (newest.result.score.scaled, newest.result.duration) == (0.8, "PT4M12.40S")
    assert newest.stored == moment(clock.now)
    assert newest.authority.account.home_page == "http://localhost:8000"


def test_a_course_is_all_its_registrations_or_those_of_one_learner(client: Client, ana: Registration) -> None:
    ben = builders.registration(ana.course, builders.learner("ben"))
    trial = builders.registration(ana.course, builders.learner("admin"))
    trial.test_run = True
    other = builders.registration(builders.course("water"), ben.learner)
    hers, his = say(ana, statement()), say(ben, statement())
    say(other, statement())
    say(trial, statement())
    db.session.remove()

    assert ids(client.courses.get_course_statements("fire")) == [*his, *hers]
    assert ids(client.courses.get_course_statements("fire", learner_id="ana")) == hers
    assert ids(client.courses.get_course_statements("fire", learner_id="nobody")) == []
    assert ids(client.courses.get_course_version_statements("fire", 1)) == [*his, *hers]
    for wrong in (lambda: client.courses.get_course_statements("ice"), lambda: client.courses.get_course_version_statements("fire", 2)):
        with pytest.raises(ApiException) as caught:
            wrong()
        assert caught.value.status == 404


def test_what_was_taken_back_is_not_listed(client: Client, ana: Registration) -> None:
    [taken_back] = say(ana, statement())
    [voiding] = say(ana, statement("voided") | {"object": {"objectType": "StatementRef", "id": taken_back}})
    registration_id = ana.registration_id
    db.session.remove()

    result = client.registrations.get_registration_statements(registration_id)

    assert ids(result) == [voiding]
    assert result.statements[0].object_statement_reference.id == taken_back


def test_since_and_until_belong_to_the_period(client: Client, ana: Registration, clock: SetClock) -> None:
    made = []
    for _ in range(3):
        made += say(ana, statement())
        clock.advance(1000)
    registration_id = ana.registration_id
    db.session.remove()
    middle = moment(START_MS + 1000)

    def listed(**period: Any) -> list[str]:
        return ids(client.registrations.get_registration_statements(registration_id, **period))

    assert listed(since=middle) == [made[2], made[1]]
    assert listed(until=middle) == [made[1], made[0]]
    assert listed(since=middle, until=middle) == [made[1]]
    assert ids(client.courses.get_course_statements("fire", since=middle + timedelta(milliseconds=1))) == [made[2]]


def test_pages_lead_on_and_carry_the_choice(client: Client, ana: Registration, clock: SetClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paging, "PAGE_SIZE", 2)
    made = say(ana, *(statement() for _ in range(5)))
    clock.advance(1000)
    say(ana, statement())
    db.session.remove()

    first = client.courses.get_course_statements("fire", learner_id="ana", until=moment(START_MS))
    found, more = ids(first), first.more
    while more:
        page = client.courses.get_course_statements("fire", more=more)
        found += ids(page)
        more = page.more

    assert found == list(reversed(made))


def test_a_page_is_bounded_in_size(client: Client, ana: Registration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statement_listing, "MOST_CHARACTERS", 2_000)
    made = say(ana, *(statement(result={"response": "x" * 900}) for _ in range(4)))
    registration_id = ana.registration_id
    db.session.remove()

    first = client.registrations.get_registration_statements(registration_id)
    second = client.registrations.get_registration_statements(registration_id, more=first.more)

    assert (ids(first), ids(second), second.more) == ([made[3], made[2]], [made[1], made[0]], None)


def test_an_instance_is_what_was_said_in_its_launches(client: Client, app: Flask, ana: Registration) -> None:
    earlier, start = say(ana, statement()), _start(ana, instance=1)
    earlier += say(ana, statement(), start=start)
    registrations.delete_progress(ana.registration_id)
    later = say(ana, statement(), start=_start(ana, instance=2))
    registration_id = ana.registration_id
    db.session.remove()

    assert ids(client.registrations.get_registration_instance_statements(registration_id, 1)) == list(reversed(earlier))
    assert ids(client.registrations.get_registration_instance_statements(registration_id, 2)) == later
    assert ids(client.registrations.get_registration_statements(registration_id)) == [*later, *reversed(earlier)]
    with pytest.raises(ApiException) as caught:
        client.registrations.get_registration_instance_statements(registration_id, 3)
    assert caught.value.status == 404


def _start(of: Registration, instance: int) -> str:
    from seattime.storage.lrs_models import ActivityStart

    key = f"00000000-0000-4000-8000-00000000000{instance}"
    db.session.add(
        ActivityStart(
            key=key, registration_key=of.key, instance=instance, launch_number=1, activity_id="item_1", mode="normal", started_ms=START_MS
        )
    )
    db.session.commit()
    return key


@ON_SQLITE
def test_every_kind_of_object_and_context_is_read_by_the_client(client: Client, ana: Registration) -> None:
    plain = {"actor": {"mbox": "mailto:b@example.org"}, "verb": {"id": ADL + "passed"}, "object": {"id": "http://example.org/tea"}}
    context = {
        "instructor": {"mbox": "mailto:i@example.org"},
        "team": GROUP,
        "contextActivities": {"parent": {"id": "http://example.org/course"}},
        "extensions": {"http://example.org/x": [1.0, {"a": None}]},
    }
    say(ana, statement(context=context, attachments=[ATTACHMENT], result={"success": True, "score": {"raw": 1.0, "max": 2}}))
    say(ana, statement() | {"object": {"objectType": "SubStatement", **plain}})
    say(ana, statement() | {"object": GROUP, "actor": GROUP})
    say(ana, statement() | {"object": {"objectType": "Agent", "mbox": "mailto:b@example.org"}})
    registration_id = ana.registration_id
    db.session.remove()

    agent, group, within, full = client.registrations.get_registration_statements(registration_id).statements

    assert agent.object_agent_group.mbox == "mailto:b@example.org"
    assert [each.mbox for each in group.object_agent_group.member] == ["mailto:b@example.org", "mailto:a@example.org"]
    assert [each.object_type for each in group.actor.member] == ["Agent", "Agent"]
    assert within.object_sub_statement.object_activity.id == "http://example.org/tea"
    assert full.context.context_activities.parent[0].id == "http://example.org/course"
    assert full.context.instructor.object_type == "Agent"
    assert full.attachments[0].sha2 == "a" * 64


@ON_SQLITE
def test_numbers_keep_their_letter(client: Client, address: str, ana: Registration, get: Callable[..., Any]) -> None:
    say(ana, statement(result={"score": {"raw": 1.0}, "extensions": {"http://a/x": 1}}))
    path = f"/api/v2/registrations/{ana.registration_id}/xAPIStatements"
    db.session.remove()

    assert '"score":{"raw":1.0}' in get(path)


@ON_SQLITE
def test_a_token_that_is_none_is_refused(client: Client, ana: Registration) -> None:
    db.session.remove()
    for more in ("x", "eyJxIjp7fSwidiI6IngiLCJrIjoiMSJ9", "eyJxIjp7fSwidiI6MSwiayI6IngifQ"):
        with pytest.raises(ApiException) as caught:
            client.courses.get_course_statements("fire", more=more)
        assert caught.value.status == 400


@pytest.fixture
def get(app: Flask) -> Callable[..., str]:
    def read(path: str) -> str:
        with app.app_context():
            return app.test_client().get(path, auth=("tester", "secret"), base_url="http://localhost:8000").get_data(as_text=True)

    return read
