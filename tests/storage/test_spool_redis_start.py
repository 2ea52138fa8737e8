"""Which Redis may be the spool at start-up: refusals with their sentences, and a node that starts while its Redis is away."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask

from seattime.app import create_app
from seattime.config import BadSetting, Settings
from seattime.domain.spool_records import key_of
from seattime.storage import spool_redis_start, spooling
from seattime.storage.spool import SpoolFailed
from seattime.storage.spool_redis import RedisSpoolBackend
from seattime.storage.spool_redis_fitness import ASKED, complaint, complaint_by_info, complaint_of_role
from seattime.storage.spools import Spool
from tests.redis_server import FIT, RedisServer
from tests.storage.test_spool import said

Start = Callable[..., Spool]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    one = RedisServer()
    yield one
    one.remove()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """A start of the server on this host, as far as its spool goes."""
    made: list[Spool] = []

    def starting(address: str) -> Spool:
        settings = Settings(data_dir=tmp_path, spool_cache=address)
        made.append(spooling.init_app(Flask("test"), settings, lambda: 1.0))
        return made[-1]

    yield starting
    for each in made:
        each.close()


def test_a_redis_that_keeps_what_it_took_is_the_spool(server: RedisServer, start: Start) -> None:
    spool = start(server.start().url)

    assert isinstance(spool, RedisSpoolBackend)
    assert spool.set(key_of(said()), said())
    [(record, expires)] = [(key, server.say("TTL", key)) for key in server.say("KEYS", "*:record:*")]
    assert key_of(said()) in record
    assert expires == -1, "Flask-Caching's 300 s do not apply"


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ((*FIT, "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"), "drops records when its memory is full.*allkeys-lru"),
        ((*FIT, "--maxmemory", "100mb", "--maxmemory-policy", "volatile-ttl"), "drops records when its memory is full.*volatile-ttl"),
        (("--appendonly", "no", "--appendfsync", "always"), "does not write what it takes to its disk.*appendonly is no"),
        (("--appendonly", "yes"), "may lose a second of what it acknowledged.*appendfsync is everysec"),
        (("--appendonly", "yes", "--appendfsync", "no"), "leaves it to the system when to write"),
        ((*FIT, "--no-appendfsync-on-rewrite", "yes"), "does not wait for its disk while it rewrites its file"),
        ((*FIT, "--replicaof", "127.0.0.1", "1"), "is a replica"),
        ((*FIT, "--requirepass", "secret"), "refuses what has to be asked.*Authentication required"),
        ((*FIT, "--rename-command", "CONFIG", ""), "does not let CONFIG GET be asked.*appendfsync.*cannot be verified"),
        (("--rename-command", "CONFIG", ""), "does not write what it takes to its disk"),
        (
            (*FIT, "--rename-command", "CONFIG", "", "--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"),
            "drops records when its memory is full",
        ),
        ((*FIT, "--rename-command", "INFO", ""), "refuses what has to be asked"),
    ],
)
def test_a_redis_that_may_forget_is_refused_with_the_reason(
    server: RedisServer, start: Start, options: tuple[str, ...], why: str
) -> None:
    server.start(*options)

    with pytest.raises(BadSetting, match=f"SEATTIME_SPOOL_CACHE cannot be unix://.*{why}.*appendfsync always.*SEATTIME_SPOOL_DIR"):
        start(server.url)


@pytest.mark.parametrize(
    "options",
    [
        (*FIT, "--maxmemory", "0", "--maxmemory-policy", "allkeys-lru"),
        (*FIT, "--maxmemory", "100mb", "--maxmemory-policy", "noeviction"),
    ],
)
def test_a_redis_that_cannot_evict_is_taken(server: RedisServer, start: Start, options: tuple[str, ...]) -> None:
    server.start(*options)

    assert start(server.url).count() == 0


def test_the_application_does_not_start_with_a_redis_that_may_forget(server: RedisServer, tmp_path: Path) -> None:
    server.start("--appendonly", "yes")

    with pytest.raises(BadSetting, match="may lose a second"):
        create_app(Settings(data_dir=tmp_path, secret_key="key", spool_cache=server.url, spool_any_folder=True))


# --- what is not told counts as wrong


@pytest.mark.parametrize("name", ASKED)
def test_a_setting_that_is_not_told_is_no_good_one(name: str) -> None:
    fit = dict(zip(ASKED, ("0", "noeviction", "yes", "always", "no"), strict=True))

    assert complaint(fit) is None
    assert f"does not tell {name}" in str(complaint({each: value for each, value in fit.items() if each != name}))


def test_info_alone_is_never_enough() -> None:
    assert "cannot be verified" in complaint_by_info({"maxmemory": 0, "maxmemory_policy": "noeviction", "aof_enabled": 1})
    assert "appendonly is no" in complaint_by_info({})


@pytest.mark.parametrize(
    ("info", "why"),
    [
        ({"redis_mode": "standalone", "role": "master"}, None),
        ({"redis_mode": "cluster", "role": "master"}, "runs as cluster"),
        ({"redis_mode": "sentinel"}, "runs as sentinel"),
        ({"redis_mode": "standalone", "role": "slave"}, "is a replica"),
        ({}, "is a replica"),
    ],
)
def test_only_a_master_by_itself_will_do(info: dict[str, str], why: str | None) -> None:
    found = complaint_of_role(info)

    assert found is None if why is None else why in str(found)


# --- nobody answers


def test_a_redis_that_this_host_never_saw_must_be_there_at_the_first_start(server: RedisServer, start: Start) -> None:
    with pytest.raises(BadSetting, match=r"there is no answer.*never seen this Redis fit.*start it, or correct the address"):
        start(server.url)


def test_a_node_that_is_restarted_while_its_redis_is_away_starts_and_acknowledges_nothing_until_it_is_back(
    server: RedisServer, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    start(server.start().url)
    server.kill()
    with caplog.at_level(logging.ERROR):
        spool = start(server.url)

    assert "the spool does not answer" in caplog.text
    with pytest.raises(SpoolFailed):
        spool.set(key_of(said()), said())
    server.start()
    assert spool.set(key_of(said()), said())


def test_a_redis_that_comes_back_unfit_acknowledges_nothing_and_is_refused_at_the_next_start(server: RedisServer, start: Start) -> None:
    start(server.start().url)
    server.kill()
    spool = start(server.url)
    server.start("--appendonly", "yes", "--appendfsync", "everysec")

    with pytest.raises(SpoolFailed, match="may lose a second"):
        spool.set(key_of(said()), said())
    with pytest.raises(BadSetting, match="may lose a second"):
        start(server.url)


def test_to_have_seen_one_redis_vouches_for_no_other(server: RedisServer, start: Start) -> None:
    start(server.start().url)

    with pytest.raises(BadSetting, match="never seen this Redis"):
        start(f"{server.url}-of-another")


def test_what_was_seen_unfit_was_not_seen(server: RedisServer, start: Start) -> None:
    server.start("--appendonly", "yes")
    with pytest.raises(BadSetting, match="may lose a second"):
        start(server.url)
    server.kill()

    with pytest.raises(BadSetting, match="never seen this Redis"):
        start(server.url)


# --- the setting itself


@pytest.mark.parametrize("address", ["redis://:secret@localhost:port/0", "redis://user:secret@localhost:99999999/0"])
def test_an_address_that_nobody_can_read_is_told_without_its_password(start: Start, address: str) -> None:
    with pytest.raises(BadSetting, match="SEATTIME_SPOOL_CACHE") as refused:
        start(address)

    assert "secret" not in str(refused.value)


def test_a_password_is_in_no_sentence_and_in_no_file(server: RedisServer, start: Start, tmp_path: Path) -> None:
    server.start("--appendonly", "yes", "--requirepass", "secret")
    address = f"unix://:secret@{server.socket}"
    with pytest.raises(BadSetting, match="may lose a second") as refused:
        start(address)
    assert "secret" not in str(refused.value)
    server.kill()
    server.start(*FIT, "--requirepass", "secret")
    start(address)

    assert (tmp_path / "spool" / spool_redis_start.SEEN).read_text() == server.url


def test_a_service_of_another_kind_is_not_known(start: Start) -> None:
    with pytest.raises(BadSetting, match="cannot be memcached://cache:11211: it is not known to keep"):
        start("memcached://user:secret@cache:11211")


def test_without_the_library_the_server_says_how_to_install_it(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_redis_start, "find_spec", lambda _name: None)

    with pytest.raises(BadSetting, match=r"redis://cache:6379/0.*not installed: pip install 'seattime\[redis\]'"):
        start("redis://cache:6379/0")
