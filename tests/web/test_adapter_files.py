"""The player's modules: kept for ever under their digest, asked again under their plain address."""

from __future__ import annotations

from seattime.web import adapter_files
from tests.web.conftest import PUBLIC, World


def test_todays_files_may_be_kept_for_ever(world: World) -> None:
    answer = world.play.get(f"{adapter_files.static_url()}/player/player.js", base_url=world.origin, buffered=True)

    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert "immutable" in answer.headers["Cache-Control"]


def test_another_versions_address_is_answered_but_not_kept(world: World) -> None:
    address = f"{adapter_files.ROOT}/v-0123456789abcdef/player/player.js"

    answer = world.play.get(address, base_url=world.origin, buffered=True)

    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-cache"


def test_the_plain_address_is_asked_again_and_open_to_other_pages(world: World) -> None:
    answer = world.public.get(f"{adapter_files.ROOT}/player/player.js", base_url=PUBLIC, buffered=True)

    assert answer.headers["Cache-Control"] == "no-cache"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_the_player_page_uses_the_kept_address(world: World) -> None:
    page = world.play.get(f"/player/{world.key}/?link={world.link()}", base_url=world.origin).get_data(as_text=True)

    assert f'src="{adapter_files.static_url()}/player/player-page.js"' in page
