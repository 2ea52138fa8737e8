"""Settings: read from the environment, normalised, refused with a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from seattime.config import BadSetting, Settings, default_play_origin


def test_settings_come_from_the_environment_and_the_command_line_wins() -> None:
    environ = {"SEATTIME_PUBLIC_URL": "http://localhost:9000/", "SEATTIME_POOL_SIZE": "7", "SEATTIME_DATA_DIR": "/srv/a"}

    settings = Settings.from_env(environ, data_dir=Path("/srv/b"))

    assert settings.public_url == "http://localhost:9000"
    assert settings.play_origin == "http://{course}.play.localhost:9000"
    assert settings.play_origin_of("fire") == "http://fire.play.localhost:9000"
    assert settings.pool_size == 7
    assert settings.data_dir == Path("/srv/b")


@pytest.mark.parametrize(
    ("public", "play"),
    [
        ("http://localhost:8000", "http://{course}.play.localhost:8000"),
        ("http://127.0.0.1:8000", "http://{course}.play.localhost:8000"),
        ("http://192.168.1.5:8000", "http://192.168.1.5:8001"),
        ("http://[fd00::5]:8000", "http://[fd00::5]:8001"),
        ("https://lms.example.org", "https://lms.example.org:444"),
    ],
)
def test_the_play_origin_is_never_the_public_one(public: str, play: str) -> None:
    assert default_play_origin(public) == play


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"SEATTIME_PUBLIC_URL": "localhost:8000"}, "SEATTIME_PUBLIC_URL"),
        ({"SEATTIME_PUBLIC_URL": "http://localhost:8000/lms"}, "SEATTIME_PUBLIC_URL"),
        ({"SEATTIME_PLAY_ORIGIN": "play.localhost"}, "SEATTIME_PLAY_ORIGIN"),
        ({"SEATTIME_PLAY_ORIGIN": "http://localhost:8000"}, "SEATTIME_PLAY_ORIGIN"),
        ({"SEATTIME_PLAY_ORIGIN": "http://LOCALHOST:8000/"}, "SEATTIME_PLAY_ORIGIN"),
        ({"SEATTIME_PLAY_ORIGIN": "http://lms.test", "SEATTIME_PUBLIC_URL": "http://lms.test:80"}, "SEATTIME_PLAY_ORIGIN"),
        ({"SEATTIME_PLAY_ORIGIN": "http://{course}.lms.test", "SEATTIME_PUBLIC_URL": "http://www.lms.test"}, "SEATTIME_PLAY_ORIGIN"),
        ({"SEATTIME_PLAY_ORIGIN": "http://localhost:99999"}, "SEATTIME_PLAY_ORIGIN"),
        ({"SEATTIME_PUBLIC_URL": "http://localhost:99999"}, "SEATTIME_PUBLIC_URL"),
        ({"SEATTIME_PUBLIC_URL": "http://[localhost"}, "SEATTIME_PUBLIC_URL"),
        ({"SEATTIME_POOL_SIZE": "many"}, "SEATTIME_POOL_SIZE"),
    ],
)
def test_a_setting_that_cannot_work_is_named(environ: dict[str, str], named: str) -> None:
    with pytest.raises(BadSetting, match=named):
        Settings.from_env(environ)


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("", "sqlite:////srv/data/seattime.sqlite3"),
        ("postgres://a@h/db", "postgresql+psycopg://a@h/db"),
        ("postgresql://a@h/db", "postgresql+psycopg://a@h/db"),
        ("postgresql+psycopg://a@h/db", "postgresql+psycopg://a@h/db"),
    ],
)
def test_the_database_is_opened_with_psycopg_3_or_as_a_file(given: str, used: str) -> None:
    assert Settings(data_dir=Path("/srv/data"), database_url=given).sqlalchemy_url == used


def test_addresses_are_read_as_browsers_write_them() -> None:
    settings = Settings(public_url="HTTPS://LMS.Example.org:443/", play_origin="https://{course}.Play.example.org:443").checked()

    assert settings.public_url == "https://lms.example.org"
    assert settings.play_origin == "https://{course}.play.example.org"
