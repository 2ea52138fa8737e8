"""The spool in a real Redis: what every spool does, over hosts and restarts; and no acknowledgement by a Redis that may forget."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from seattime.domain.records import StateRegister
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import SpooledSession, from_json, to_json
from seattime.storage import spool_redis, spool_state
from seattime.storage.spool import SpoolFailed
from seattime.storage.spool_redis import RedisSpoolBackend, Unfit
from tests.redis_server import FIT, RedisServer
from tests.storage import test_spool as every_spool
from tests.storage.test_spool import MEGABYTE, REGISTRATION, Wall, put, said, seq_of, session

OF_THE_FILE_ALONE = {
    "test_what_is_acknowledged_has_been_through_fsync", "test_a_writer_killed_right_after_set_returned_has_left_the_record",
    "test_a_full_disk_is_raised_and_leaves_nothing_half_done", "test_a_damaged_file_is_raised_by_every_verb",
    "test_a_folder_that_cannot_be_made_is_raised", "test_a_lock_that_another_process_keeps_is_raised",
    "test_a_file_that_was_removed_is_made_again", "test_no_worker_writes_into_a_file_that_another_one_has_made_again",
    "test_several_processes_at_once_lose_nothing_of_each_other", "test_no_connection_lives_on_across_a_fork",
    "test_a_child_does_not_wait_for_a_lock_that_a_thread_of_its_parent_held",
}  # fmt: skip
"""What tests/storage/test_spool.py asks of the SQLite file only. All else is the behaviour of every spool, asked here too, with
the fixtures of this file."""
globals().update({name: each for name, each in vars(every_spool).items() if name.startswith("test_") and name not in OF_THE_FILE_ALONE})

Make = Callable[..., RedisSpoolBackend]


@pytest.fixture
def server() -> Iterator[RedisServer]:
    running = RedisServer().start()
    yield running
    running.remove()


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def make(server: RedisServer, wall: Wall) -> Iterator[Make]:
    """Spools on one Redis, as workers of many hosts have them."""
    made: list[RedisSpoolBackend] = []

    def spool(*, most_bytes: int = 64 * MEGABYTE, most_aside_bytes: int = MEGABYTE) -> RedisSpoolBackend:
        made.append(RedisSpoolBackend(server.url, wall, most_bytes, most_aside_bytes))
        return made[-1]

    yield spool
    for each in made:
        each.close()


@pytest.fixture
def spool(make: Make) -> RedisSpoolBackend:
    return make()


@pytest.fixture
def file(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> RedisServer:
    """What tests of every spool damage: here all records in Redis."""

    def damage_record(of: RedisServer, body: str = "{}") -> None:
        for key in of.say("KEYS", "*:record:*"):
            of.say("HSET", key, "body", body)

    monkeypatch.setattr(every_spool, "damage_record", damage_record)
    return server


def larger(bytes_: int) -> SpooledSession:
    return said(9, state=StateRegister(9, 0, 1, elements={"a": "x" * bytes_}))


# --- on the disk


def test_a_redis_killed_right_after_it_answered_has_everything_when_it_is_back(server: RedisServer, spool: RedisSpoolBackend) -> None:
    put(spool, said(7))
    put(spool, said(8, which=session(2)))
    [drained, *_] = spool.waiting(10)
    assert spool.drained(drained)
    spool.keep_aside(said(5, which=session(3)), "held", "nobody vouches for it")
    spool.note("last_recovery", {"at_ms": 1})
    server.kill()
    server.start()

    assert [each.record for each in spool.waiting(10)] == [said(8, which=session(2))], "the same worker goes on with a new connection"
    assert [from_json(each.body) for each in spool.set_aside()] == [said(5, which=session(3))]
    assert spool.noted("last_recovery") == {"at_ms": 1}
    put(spool, said(9, which=session(2)))


def test_a_redis_killed_while_it_writes_has_all_that_it_acknowledged(server: RedisServer, spool: RedisSpoolBackend) -> None:
    acknowledged: dict[int, int] = {}
    busy = threading.Barrier(5)

    def write(number: int) -> None:
        for seq in range(1, 1_000):
            try:
                put(spool, said(seq, which=session(number)))
            except SpoolFailed:
                return
            acknowledged[number] = seq
            if seq == 20:
                busy.wait(60)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    busy.wait(60)
    server.kill()
    for thread in threads:
        thread.join()
    server.start()

    kept = spool.waiting(10)
    assert [each.record.record.session[-1] for each in kept] == ["0", "1", "2", "3"]
    assert all(seq_of(each.record) >= acknowledged[number] >= 20 for number, each in enumerate(kept))
    assert spool.size_bytes() == sum(len(to_json(each.record)) for each in kept), "no script was half done"


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("appendfsync", "everysec", "may lose a second of what it acknowledged"),
        ("appendfsync", "no", "leaves it to the system when to write"),
        ("appendonly", "no", "does not write what it takes to its disk"),
        ("no-appendfsync-on-rewrite", "yes", "while it rewrites its file"),
        ("maxmemory-policy", "allkeys-lru", "drops records when its memory is full"),
    ],
)
def test_nothing_is_acknowledged_once_an_operator_has_changed_what_makes_it_last(
    server: RedisServer, spool: RedisSpoolBackend, name: str, value: str, why: str
) -> None:
    server.say("CONFIG SET", "maxmemory", "100mb")
    put(spool, said(1))
    fit = server.say("CONFIG GET", name)[name]
    server.say("CONFIG SET", name, value)

    with pytest.raises(Unfit, match=why):
        spool.set(key_of(said()), said(2))
    with pytest.raises(Unfit, match=why):
        spool.keep_aside(said(2), "held", "")
    with pytest.raises(Unfit, match=why):
        spool.check()
    state = spool_state.spool_probe(spool, MEGABYTE, wait_s=30).answer()
    assert state.broken is not None, "health says it before an outage does"
    assert why in state.detail
    server.say("CONFIG SET", name, fit)
    put(spool, said(3))


def test_a_redis_that_became_a_replica_acknowledges_nothing(server: RedisServer, spool: RedisSpoolBackend) -> None:
    put(spool, said(1))
    server.say("CONFIG SET", "replica-read-only", "no")
    server.say("REPLICAOF", "127.0.0.1", "1")

    with pytest.raises(Unfit, match="it is a replica"):
        spool.set(key_of(said()), said(2))


# --- failing aloud


def test_a_full_redis_takes_nothing_and_can_still_be_emptied(server: RedisServer, spool: RedisSpoolBackend) -> None:
    for number in (1, 2, 3):
        put(spool, said(which=session(number)))
    server.say("CONFIG SET", "maxmemory", "1")

    for refused in (
        lambda: spool.set(key_of(said()), said(2)), lambda: spool.set(key_of(larger(9)), larger(9)),
        lambda: spool.keep_aside(said(), "held", ""), lambda: spool.note("a", {}),
    ):  # fmt: skip
        with pytest.raises(SpoolFailed, match="maxmemory"):
            refused()
    assert spool.room_bytes() == 0
    assert "room for only 0 kB" in str(spool_state.spool_probe(spool, MEGABYTE, wait_s=30).answer().broken)
    assert seq_of(spool.get(key_of(said()))) == 1, "nothing was half done"
    one, two, _three = spool.waiting(10)
    assert spool.drained(one) is True
    assert spool.move_aside(two, "poison", "because") is True
    assert (spool.count(), spool.set_aside_count()) == (1, 1)


def test_a_redis_that_is_not_there_is_raised_by_every_verb(server: RedisServer, spool: RedisSpoolBackend) -> None:
    put(spool, said())
    [read] = spool.waiting(1)
    server.kill()

    verbs: list[Callable[[], object]] = [
        lambda: spool.set(key_of(said()), said()), lambda: spool.get("x"), lambda: spool.has("x"), spool.count, spool.oldest_ms,
        spool.size_bytes, spool.room_bytes, spool.set_aside, spool.set_aside_count, lambda: spool.waiting(1),
        lambda: spool.drained(read), lambda: spool.move_aside(read, "poison", ""), lambda: spool.keep_aside(said(), "held", ""),
        lambda: spool.put_back(1), lambda: spool.discard(1), lambda: spool.note("a", {}), lambda: spool.noted("a"), spool.check,
    ]  # fmt: skip
    for verb in verbs:
        with pytest.raises(SpoolFailed):
            verb()


def test_a_redis_that_hangs_holds_nobody_up_for_long(server: RedisServer, make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_redis, "WAIT_S", 0.1)
    spool = make()
    put(spool, said())
    server.freeze()

    failed = threading.Event()

    def save() -> None:
        try:
            spool.set(key_of(said()), said(2))
        except SpoolFailed:
            failed.set()

    thread = threading.Thread(target=save)
    thread.start()
    in_time = failed.wait(10)
    server.kill()
    thread.join()
    assert in_time


# --- many at once


def _write_many(url: str, begin: Any, number: int) -> None:
    begin.wait()
    spool = RedisSpoolBackend(url, lambda: 1_000, 64 * MEGABYTE, MEGABYTE)
    for seq in range(1, 21):
        put(spool, said(seq, which=session(number)))
        put(spool, said(1, which=session(99), state=StateRegister(1, 0, 1, elements={f"from-{number}-{seq}": "1"})))
        spool.keep_aside(said(1, which=session(98), state=StateRegister(1, 0, 1, elements={f"from-{number}-{seq}": "1"})), "held", "")
    spool.close()


def test_several_processes_at_once_lose_nothing_of_each_other(server: RedisServer, spool: RedisSpoolBackend) -> None:
    spawn = multiprocessing.get_context("spawn")
    begin = spawn.Event()
    writers = [spawn.Process(target=_write_many, args=(server.url, begin, number)) for number in (1, 2)]
    for writer in writers:
        writer.start()
    begin.set()
    for writer in writers:
        writer.join(120)

    assert [writer.exitcode for writer in writers] == [0, 0]
    assert [seq_of(spool.get(key_of(said(which=session(number))))) for number in (1, 2)] == [20, 20]
    [aside] = spool.set_aside()
    for shared in (spool.get(key_of(said(which=session(99)))), from_json(aside.body)):
        assert shared is not None
        assert shared.record.state is not None
        assert len(shared.record.state.elements) == 2 * 20
    assert spool.size_bytes() == sum(len(to_json(each.record)) for each in spool.waiting(10)), "the sum that the cap is held against"


class Between(RedisSpoolBackend):
    """A worker that another one gets in the way of, between its reading and its writing."""

    def __init__(self, url: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(url, lambda: 1_000, 64 * MEGABYTE, MEGABYTE)
        self._meanwhile: list[Callable[[], object]] = [meanwhile]

    def _keep(self, *args: Any) -> list[Any]:
        while self._meanwhile:
            self._meanwhile.pop()()
        return super()._keep(*args)


def test_what_another_host_brings_between_reading_and_writing_is_merged(server: RedisServer, spool: RedisSpoolBackend) -> None:
    put(spool, said(1))
    other = Between(server.url, lambda: put(spool, said(5)))
    put(other, said(3, state=StateRegister(3, 0, 1, elements={"only": "here"})))
    other.close()

    kept = spool.get(key_of(said()))
    assert seq_of(kept) == 5
    assert kept is not None
    assert kept.record.state is not None
    assert kept.record.state.elements == {"only": "here", "cmi.location": "5"}


def test_what_another_host_drains_between_reading_and_writing_is_a_new_record(server: RedisServer, spool: RedisSpoolBackend) -> None:
    put(spool, said(1))
    other = Between(server.url, lambda: spool.drained(spool.waiting(1)[0]))
    put(other, said(2))
    other.close()

    assert [seq_of(each.record) for each in spool.waiting(10)] == [2]
    assert spool.size_bytes() == len(to_json(said(2)))


def test_what_comes_to_the_shelf_between_reading_and_writing_is_merged(server: RedisServer, spool: RedisSpoolBackend) -> None:
    other = Between(server.url, lambda: spool.keep_aside(said(5), "held", ""))
    other.keep_aside(said(3, state=StateRegister(3, 0, 1, elements={"only": "here"})), "held", "")
    put(other, said(which=session(2)))
    [read] = other.waiting(1)
    other._meanwhile = [lambda: spool.keep_aside(said(4, which=session(2)), "poison", "")]
    assert other.move_aside(read, "poison", "")
    other.close()

    assert [(each.session[-1], seq_of(from_json(each.body))) for each in spool.set_aside()] == [("2", 4), ("1", 5)]
    assert spool.count() == 0


def test_what_comes_to_the_shelf_while_it_is_put_back_is_put_back_too(server: RedisServer, spool: RedisSpoolBackend) -> None:
    spool.keep_aside(said(3), "held", "")
    other = Between(server.url, lambda: spool.keep_aside(said(5), "held", ""))
    [aside] = spool.set_aside()

    assert other.put_back(aside.id) is True
    other.close()
    assert seq_of(spool.get(key_of(said()))) == 5
    assert spool.set_aside_count() == 0


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_no_connection_is_shared_across_a_fork(server: RedisServer, spool: RedisSpoolBackend) -> None:
    put(spool, said(which=session(1)))

    def child() -> int:
        for seq in range(1, 30):
            put(spool, said(seq, which=session(2)))
        return 0

    number = os.fork()
    if number == 0:
        code = 99
        try:
            code = child()
        finally:
            os._exit(code)
    for seq in range(1, 30):
        put(spool, said(seq, which=session(1)))
    assert os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) == 0
    assert [seq_of(each.record) for each in spool.waiting(10)] == [29, 29]


def test_while_threads_write_none_waits_for_another_ones_connection(server: RedisServer, spool: RedisSpoolBackend) -> None:
    """Threads share the pool; each has a connection for as long as it asks."""
    threads = [threading.Thread(target=put, args=(spool, said(which=session(number)))) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert spool.count() == 8
    assert len(spool.waiting(100, REGISTRATION)) == 8


def test_the_options_that_a_fit_redis_is_started_with_are_enough(spool: RedisSpoolBackend) -> None:
    assert FIT == ("--appendonly", "yes", "--appendfsync", "always")
    spool.check()
