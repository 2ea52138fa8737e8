"""The player page: nothing starts by being fetched, one POST starts a launch, a cookie lets a reload work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from seattime.app import create_app
from seattime.config import BadSetting, Settings
from seattime.domain.leniencies import read_leniencies
from seattime.services import launching, registrations
from seattime.services.parts import EXTENSION, parts
from seattime.storage.models import Launch, Registration, db
from tests import builders
from tests.conftest import SetClock
from tests.web.conftest import World


def launches() -> int:
    return int(db.session.execute(select(func.count()).select_from(Launch)).scalar_one())


def start(world: World, link: str | None = None, **headers: str):  # type: ignore[no-untyped-def]  # a werkzeug response
    body = {"link": world.link() if link is None else link, "activity": None}
    return world.play.post(f"/player/{world.key}/launch", json=body, base_url=world.origin, headers=headers)


def test_fetching_a_link_starts_nothing(world: World) -> None:
    for _ in range(3):
        page = world.play.get(f"/player/{world.key}/?link={world.link()}", base_url=world.origin)
        assert page.status_code == 200
        assert "no-store" in page.headers["Cache-Control"]

    assert launches() == 0


def test_the_post_starts_a_launch_and_says_all_that_a_player_needs(world: World, clock: SetClock) -> None:
    answer = start(world)

    assert answer.status_code == 200
    body = answer.get_json()
    assert body["launch"] == {"number": 1, "order": 1}
    assert body["now"] == clock.now
    assert body["registration"] == world.key
    assert body["first"] == "item_1"
    assert list(body["activities"]) == ["item_1", "item_2"]
    first = body["activities"]["item_1"]
    assert first["standard"] == "scorm12"
    assert first["expose"] == ["API"]
    assert first["src"].endswith("/part1.html")
    assert first["data"]["entry"] == "ab-initio"
    assert first["data"]["learnerName"] == "Ruiz, Ana"
    assert [entry["title"] for entry in body["toc"]] == ["Part 1", "Part 2"]
    assert launches() == 1


def test_the_adapter_is_told_which_leniencies_are_switched_for_its_course(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    course_id = world.registration.course.course_id
    setting = read_leniencies(f"-all,{course_id}:+over-spm,another:+lenient-time")
    switched = replace(parts(), leniencies=setting)
    assert "leniencies" not in start(world).get_json()["activities"]["item_1"]["data"]

    monkeypatch.setitem(world.app.extensions, EXTENSION, switched)

    for item in ("item_1", "item_2"):
        assert start(world).get_json()["activities"][item]["data"]["leniencies"] == ["-all", "+over-spm"]


def test_a_setting_that_names_no_leniency_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(BadSetting, match="SEATTIME_LENIENCIES"):
        create_app(Settings(data_dir=tmp_path, leniencies="-everything"))


def test_a_reload_works_by_the_cookie_after_the_link_has_expired(world: World, clock: SetClock) -> None:
    cookie = start(world).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert f"Path=/player/{world.key}/" in cookie
    clock.advance(29 * 24 * 3600 * 1000)

    assert world.play.get(f"/player/{world.key}/", base_url=world.origin).status_code == 200
    again = start(world, link="")

    assert again.status_code == 200
    assert again.get_json()["launch"]["number"] == 2


def test_only_a_test_run_is_shown_the_calls_of_the_course(world: World) -> None:
    def page(key: str, link: str) -> str:
        return world.play.get(f"/player/{key}/?link={link}", base_url=world.origin).get_data(as_text=True)

    registration = launching.test_run_registration(world.registration.course, "administrator")
    link = parse_qs(urlsplit(launching.launch_link(registration)).query)["link"][0]

    learners, mine = page(world.key, world.link()), page(registration.key, link)
    assert [text in mine for text in ("data-call-log", 'id="calls"', "call-log.css")] == [True] * 3
    assert [text in learners for text in ("call-log", "calls")] == [False] * 2


def test_an_expired_link_is_told_on_a_page(world: World, clock: SetClock) -> None:
    link = world.link()
    clock.advance(121_000)

    page = world.play.get(f"/player/{world.key}/?link={link}", base_url=world.origin)

    assert page.status_code == 410
    assert "expired" in page.get_data(as_text=True)
    assert start(world, link=link).status_code == 410


def test_a_link_opens_no_other_registration(world: World) -> None:
    link = world.link()
    other = builders.registration(world.registration.course, builders.learner("ben"))

    page = world.play.get(f"/player/{other.key}/?link={link}", base_url=world.origin)
    post = world.play.post(f"/player/{other.key}/launch", json={"link": link}, base_url=world.origin)

    assert page.status_code == 403
    assert post.status_code == 403
    assert launches() == 0


def test_without_link_and_cookie_nothing_opens(world: World) -> None:
    assert world.play.get(f"/player/{world.key}/", base_url=world.origin).status_code == 403
    assert start(world, link="").status_code == 403


def test_a_course_plays_on_its_own_origin_only(world: World) -> None:
    other = builders.course("other")
    db.session.commit()
    elsewhere = world.origin.replace(world.registration.course.slug, other.slug)

    assert world.play.get(f"/player/{world.key}/?link={world.link()}", base_url=elsewhere).status_code == 404


def test_a_launch_from_another_page_is_refused(world: World) -> None:
    assert start(world, Origin="http://evil.play.localhost:8000").status_code == 403
    assert start(world, Origin=world.origin).status_code == 200


def test_an_erased_registration_says_that_the_course_is_gone(world: World) -> None:
    link = world.link()
    registrations.delete_registration(world.registration.registration_id)

    assert world.play.get(f"/player/{world.key}/?link={link}", base_url=world.origin).status_code == 404
    assert start(world, link=link).status_code == 404


def test_the_player_opens_where_the_learner_left(world: World) -> None:
    body = start(world).get_json()
    world.play.post(
        "/runtime/commit",
        json={"v": 1, "token": body["token"], "records": [builders.record(activity="item_2", time=builders.time_register())]},
        base_url=world.origin,
    )

    assert start(world).get_json()["first"] == "item_2"


def test_earlier_sessions_are_handed_to_the_next_one(world: World, clock: SetClock) -> None:
    body = start(world).get_json()
    clock.advance(10_000)
    record = builders.record(
        time=builders.time_register(words=[[9_000, 9_500, "00:00:09", 0]], exit="suspend", terminated=True, ended="terminated"),
        state=builders.state_register(elements={"cmi.suspend_data": "page=2", "cmi.core.lesson_status": "incomplete"}),
    )
    world.play.post("/runtime/commit", json={"v": 1, "token": body["token"], "records": [record]}, base_url=world.origin)

    data = start(world).get_json()["activities"]["item_1"]["data"]

    assert data["elements"] == {"cmi.suspend_data": "page=2", "cmi.core.lesson_status": "incomplete"}
    assert data["entry"] == "resume"
    assert data["totalTimeMs"] == 9_000


def test_a_sibling_origin_is_named_until_its_launch_is_settled(world: World) -> None:
    learner = db.session.get(Registration, world.key).learner  # type: ignore[union-attr]  # it is there
    other = builders.registration(builders.course("other"), learner)
    claims = builders.launch(other)
    expected = f"{world.origin.replace(world.registration.course.slug, other.course.slug)}/player/deliver"

    assert start(world).get_json()["siblings"] == [expected]
    world.play.post("/runtime/settle", json={"token": builders.token(claims)}, base_url=world.origin)
    assert start(world).get_json()["siblings"] == []


def test_the_delivery_page_is_framed_by_siblings_only(world: World) -> None:
    page = world.play.get("/player/deliver", base_url=world.origin)

    assert page.status_code == 200
    assert "frame-ancestors http://*.play.localhost:8000" in page.headers["Content-Security-Policy"]


def test_the_page_that_content_returns_to_knows_nobody_and_leads_nowhere(world: World) -> None:
    page = world.play.get("/player/return", base_url=world.origin)
    asked = world.play.get("/player/return?returnURL=https://evil.example/&next=//evil.example", base_url=world.origin)

    assert (page.status_code, page.headers["Cache-Control"]) == (200, "no-store")
    assert "script-src" not in page.headers["Content-Security-Policy"]
    assert page.headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert "Set-Cookie" not in page.headers
    assert asked.data == page.data
    assert (b"<a " in page.data, b"onclick" in page.data, world.key.encode() in page.data) == (False, False, False)
    assert world.play.get("/player/return", base_url="http://localhost:8000").status_code == 404


@pytest.mark.parametrize(
    ("body", "origin"),
    [('{"link":"\\ud800"}', None), ('{"link":' + "[" * 100_000, None), ("[]", None), ("{}", "http://["), ("{}", "null")],
)
def test_a_launch_that_cannot_be_read_is_refused_in_json(world: World, body: str, origin: str | None) -> None:
    answer = world.play.post(
        f"/player/{world.key}/launch",
        data=body,
        content_type="application/json",
        base_url=world.origin,
        headers={} if origin is None else {"Origin": origin},
    )

    assert answer.status_code in (400, 403)
    assert answer.get_json()["message"]


def test_a_database_that_fails_is_a_calm_page_to_the_learner_and_json_to_the_script(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def down(*_args: object, **_more: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the database is down"))

    monkeypatch.setattr(launching, "opening", down)
    monkeypatch.setattr(launching, "start_launch", down)

    page = world.play.get(f"/player/{world.key}/?link={world.link()}", base_url=world.origin)
    launch = world.play.post(f"/player/{world.key}/launch", json={"link": world.link()}, base_url=world.origin)

    assert (page.status_code, launch.status_code) == (503, 503)
    assert "cannot be opened just now" in page.get_data(as_text=True)
    assert "database" in launch.get_json()["message"]
