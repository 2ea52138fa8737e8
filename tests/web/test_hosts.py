"""The two sides: pages and API on the public origin, player and content on play origins, and never the other way round."""

from __future__ import annotations

import pytest

from seattime.config import Settings
from seattime.web.hosts import MOST_BYTES, HostRule
from tests.web.conftest import PUBLIC, World


@pytest.mark.parametrize("path", ["/", "/learners", "/reports", "/policies", "/api/v2/ping", "/sign-in"])
def test_no_page_of_ours_is_served_where_content_runs(world: World, path: str) -> None:
    assert world.play.get(path, base_url=world.origin).status_code == 404


def test_content_and_player_are_not_served_where_people_sign_in(world: World) -> None:
    version = world.registration.version.key

    assert world.public.get(f"/content/{version}/part1.html", base_url=PUBLIC).status_code == 404
    assert world.public.get(f"/player/{world.key}/?link={world.link()}", base_url=PUBLIC).status_code == 404
    assert world.public.post("/runtime/commit", data="{}", base_url=PUBLIC).status_code == 404
    assert world.public.post("/xapi/fetch/x", base_url=PUBLIC).status_code == 404


@pytest.mark.parametrize("path", ["/content/x/worker.js", "/static/scorm_api/player/player.js", "/player/deliver"])
def test_service_workers_are_refused_on_play_origins(world: World, path: str) -> None:
    answer = world.play.get(path, base_url=world.origin, headers={"Service-Worker": "script"})

    assert answer.status_code == 403


def test_play_origins_allow_unload(world: World) -> None:
    page = world.play.get(f"/content/{world.registration.version.key}/part1.html", base_url=world.origin, buffered=True)

    assert page.headers["Permissions-Policy"] == "unload=(self)"


@pytest.mark.parametrize(
    ("public", "play", "host", "slug"),
    [
        ("http://localhost:8000", "", "abc.play.localhost:8000", "abc"),
        ("http://localhost:9000", "", "abc.play.localhost:9000", "abc"),
        ("https://lms.example.org", "https://{course}.play.example.org", "fire-1.play.example.org", "fire-1"),
        ("https://lms.example.org", "https://{course}.play.example.org", "fire-1.play.example.org:443", "fire-1"),
        ("https://lms.example.org", "https://play.example.org", "play.example.org", None),
        ("http://10.0.0.5:8000", "", "10.0.0.5:8001", None),
    ],
)
def test_play_hosts_are_known_by_the_setting(public: str, play: str, host: str, slug: str | None) -> None:
    match = HostRule(Settings(public_url=public, play_origin=play).checked()).match(host)

    assert match is not None
    assert match.groupdict().get("slug") == slug


@pytest.mark.parametrize(
    "host",
    ["localhost:8000", "play.localhost:8000", "abc.play.localhost:8001", "abc.play.localhost.evil.org:8000", "a.b.play.localhost:8000"],
)
def test_other_hosts_are_not_play_hosts(host: str) -> None:
    assert HostRule(Settings().checked()).match(host) is None


@pytest.mark.parametrize(
    ("path", "statuses"),
    [("/content/x/page.html", {413}), ("/player/x/launch", {400, 413}), ("/xapi/statements", {413}), ("/runtime/commit", {413})],
)
def test_nobody_fills_the_servers_memory_before_he_is_known(world: World, path: str, statuses: set[int]) -> None:
    answer = world.play.post(
        path,
        data="{",
        content_type="application/json",
        base_url=world.origin,
        environ_overrides={"CONTENT_LENGTH": str(MOST_BYTES + 1)},
    )

    assert answer.status_code in statuses


def test_nobody_fills_the_servers_disk_by_the_form_of_the_sign_in_page(world: World) -> None:
    answer = world.public.post(
        "/sign-in/x",
        data={"a": "b"},
        base_url=PUBLIC,
        headers={"Origin": PUBLIC},
        environ_overrides={"CONTENT_LENGTH": str(MOST_BYTES + 1)},
    )

    assert answer.status_code == 413
