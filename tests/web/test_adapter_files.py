"""The player's modules: kept for ever under their digest, asked again under their plain address."""

from __future__ import annotations

import gzip
from dataclasses import replace

import pytest

from seattime.services.parts import parts
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


GZIP = {"Accept-Encoding": "br, gzip;q=0.5"}


def test_a_module_goes_packed_to_who_takes_that_and_is_the_same(world: World) -> None:
    address = f"{adapter_files.static_url()}/adapter/runtime.js"

    plain = world.play.get(address, base_url=world.origin)
    packed = world.play.get(address, base_url=world.origin, headers=GZIP)

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert all("Accept-Encoding" in answer.vary for answer in (plain, packed))
    assert len(packed.data) < len(plain.data) / 2 < (adapter_files.adapter_folder() / "adapter" / "runtime.js").stat().st_size / 3
    refused = world.play.get(address, base_url=world.origin, headers={"Accept-Encoding": "gzip;q=0"})
    assert refused.data == plain.data


def test_a_module_that_has_not_changed_is_not_sent_again(world: World) -> None:
    address = f"{adapter_files.ROOT}/adapter/runtime.js"
    packed = world.public.get(address, base_url=PUBLIC, headers=GZIP)
    plain = world.public.get(address, base_url=PUBLIC)

    again = world.public.get(address, base_url=PUBLIC, headers={**GZIP, "If-None-Match": packed.headers["ETag"]})

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Cache-Control"] == "no-cache"
    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_modules_as_they_are_written_where_a_setting_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = adapter_files.static_url()
    readable = replace(parts(), settings=replace(parts().settings, readable_modules=True))
    monkeypatch.setattr(adapter_files, "parts", lambda: readable)

    answer = world.play.get(f"{adapter_files.static_url()}/adapter/runtime.js", base_url=world.origin)

    assert answer.data == (adapter_files.adapter_folder() / "adapter" / "runtime.js").read_bytes()
    assert adapter_files.static_url() != before, "kept copies of the other form are not taken for these"
    assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["adapter/nothing.js", "../../pyproject.toml", "..%2f..%2feslint.config.js", "adapter"])
def test_nothing_but_the_files_of_this_folder_is_served(world: World, name: str) -> None:
    assert world.public.get(f"{adapter_files.ROOT}/{name}", base_url=PUBLIC).status_code == 404
