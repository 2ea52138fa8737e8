"""What may serve as a spool, and what is refused at start-up with a sentence that says why."""

from __future__ import annotations

import inspect
from dataclasses import replace
from pathlib import Path

import flask_caching.backends
import pytest
from flask import Flask
from flask_caching.backends.base import BaseCache

from seattime.app import create_app
from seattime.config import BadSetting, Settings
from seattime.storage import spooling
from seattime.storage.spool import FILE_NAME, SpoolBackend
from seattime.storage.spooling import MEMORY, NETWORK, OURS, REFUSED, check_folder, filesystem_of

MOUNTS = [("/", "ext4"), ("/tmp", "tmpfs"), ("/srv", "nfs4"), ("/srv/local", "xfs"), ("/data", "tmpfs"), ("/data", "ext4")]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", spool_any_folder=True, secret_key="k").checked()


def test_the_spool_is_ours_and_lies_where_the_settings_say(settings: Settings, tmp_path: Path) -> None:
    for chosen in ("", OURS):
        app = Flask("seattime")
        spool = spooling.init_app(app, replace(settings, spool_cache=chosen, spool_dir=tmp_path / "elsewhere"), lambda: 1.5)
        spool.note("a", {})
        assert isinstance(spool, SpoolBackend)
        assert (tmp_path / "elsewhere" / FILE_NAME).exists()
        spool.close()


def test_nothing_expires_although_flask_caching_would_after_300_seconds(settings: Settings) -> None:
    assert spooling.init_app(Flask("seattime"), settings, lambda: 1.5).default_timeout == 0


def test_each_application_has_a_spool_of_its_own(settings: Settings, tmp_path: Path) -> None:
    one = spooling.init_app(Flask("one"), settings, lambda: 1.5)
    other = spooling.init_app(Flask("other"), replace(settings, spool_dir=tmp_path / "other"), lambda: 1.5)
    one.note("a", {"here": 1})

    assert (one.noted("a"), other.noted("a")) == ({"here": 1}, None)
    one.close()
    other.close()


def backends_of_flask_caching() -> list[str]:
    return sorted(name for name, value in vars(flask_caching.backends).items() if inspect.isclass(value) and issubclass(value, BaseCache))


@pytest.mark.parametrize("name", [name for name in backends_of_flask_caching() if name != "BaseCache"])
def test_each_backend_of_flask_caching_is_refused_with_a_sentence_of_its_own(settings: Settings, name: str) -> None:
    for form in (name, name.lower().removesuffix("cache"), f"flask_caching.backends.{name}"):
        with pytest.raises(BadSetting) as caught:
            spooling.init_app(Flask("seattime"), replace(settings, spool_cache=form), lambda: 1.5)
        sentence = str(caught.value)
        assert f"SEATTIME_SPOOL_CACHE cannot be {form}: {REFUSED[name.lower().removesuffix('cache')]}." in sentence
        assert "learners' time" in sentence
        assert "SEATTIME_SPOOL_DIR" in sentence


def test_a_backend_that_nobody_knows_is_refused_too(settings: Settings) -> None:
    with pytest.raises(BadSetting, match="it is not known to keep what it took"):
        spooling.init_app(Flask("seattime"), replace(settings, spool_cache="somebody.elses.SpoolBackend"), lambda: 1.5)


def test_the_application_does_not_start_with_a_volatile_spool(settings: Settings) -> None:
    with pytest.raises(BadSetting, match="SEATTIME_SPOOL_CACHE"):
        create_app(replace(settings, spool_cache="RedisCache"))


@pytest.mark.parametrize("kind", sorted(MEMORY))
def test_a_folder_in_memory_is_refused(kind: str) -> None:
    with pytest.raises(BadSetting, match=rf"lies in memory \({kind}\).*next restart.*SEATTIME_SPOOL_DIR"):
        check_folder(Path("/run/spool"), [("/", "ext4"), ("/run", kind)])


@pytest.mark.parametrize("kind", sorted(NETWORK))
def test_a_folder_on_a_network_is_refused(kind: str) -> None:
    with pytest.raises(BadSetting, match=rf"network file system \({kind}\).*SEATTIME_SPOOL_DIR"):
        check_folder(Path("/srv/spool"), [("/", "ext4"), ("/srv", kind)])


@pytest.mark.parametrize("kind", ["ext4", "xfs", "btrfs", "zfs", "overlay", "apfs", ""])
def test_a_folder_on_a_disk_is_taken(kind: str) -> None:
    check_folder(Path("/srv/spool"), [("/", kind)])


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/var/spool", "ext4"), ("/tmp", "tmpfs"), ("/tmp/a/b", "tmpfs"), ("/tmpfiles", "ext4"), ("/srv/a", "nfs4"), ("/srv/local/a", "xfs")],
)
def test_the_innermost_mount_tells(folder: str, kind: str) -> None:
    assert filesystem_of(Path(folder), MOUNTS) == kind


def test_of_two_mounts_on_one_point_the_later_one_tells() -> None:
    assert filesystem_of(Path("/data/spool"), MOUNTS) == "ext4"


def test_nobody_tells_where_there_is_no_list() -> None:
    assert filesystem_of(Path("/data/spool"), []) == ""


def test_a_link_is_followed_to_where_the_folder_really_lies(tmp_path: Path) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")

    assert filesystem_of(tmp_path / "link" / "spool", [("/", "ext4"), (str(tmp_path / "disk"), "nfs4")]) == "nfs4"


def test_the_folder_of_the_settings_is_looked_at_unless_somebody_insists(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooling, "_mounts", lambda: [("/", "tmpfs")])

    with pytest.raises(BadSetting, match="lies in memory"):
        spooling.init_app(Flask("seattime"), replace(settings, spool_any_folder=False), lambda: 1.5)
    spooling.init_app(Flask("seattime"), settings, lambda: 1.5)


def test_this_machine_tells_its_mounts() -> None:
    assert any(point == "/" and kind for point, kind in spooling._mounts())
