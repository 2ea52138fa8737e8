"""The spool: what it took is on the disk; it merges forward, deletes only what was drained, and raises where it cannot."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from seattime.domain.records import Piece, SessionRecord, StateRegister, TimeRegister
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import SpooledSession, from_json, spooled, to_json
from seattime.domain.standards import Standard
from seattime.storage import spool as spool_module
from seattime.storage.placing import Origin
from seattime.storage.spool import FILE_NAME, SpoolBackend, SpoolFailed

REGISTRATION = "a" * 32
MEGABYTE = 1024 * 1024


def session(number: int = 1, registration: str = REGISTRATION) -> tuple[str, str]:
    return registration, f"6a0c0000-0000-4000-8000-{number:012}"


def said(seq: int = 1, which: tuple[str, str] | None = None, **changes: Any) -> SpooledSession:
    """A session's clocks and one element, at a sequence."""
    registration, name = which or session()
    record = SessionRecord(
        name, "item_1", "", False, Standard.SCORM12, "normal", None,
        TimeRegister(seq, 0, 1, 1_000, seq * 1_000, seq * 1_000, spans=((0, seq * 1_000, 1, 0),)),
        StateRegister(seq, 0, 1, elements={"cmi.location": str(seq)}),
    )  # fmt: skip
    return spooled(asdict(Origin(registration, 1, 1, 1_000, 1)), replace(record, **changes))


class Wall:
    """A wall clock in ms."""

    def __init__(self) -> None:
        self.now = 1_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def make(tmp_path: Path, wall: Wall) -> Iterator[Callable[..., SpoolBackend]]:
    """Spools on one folder, as workers of one host have them."""
    made: list[SpoolBackend] = []

    def spool(*, most_bytes: int = 64 * MEGABYTE, most_aside_bytes: int = MEGABYTE) -> SpoolBackend:
        made.append(SpoolBackend(tmp_path / "spool", wall, most_bytes, most_aside_bytes))
        return made[-1]

    yield spool
    for each in made:
        each.close()


@pytest.fixture
def spool(make: Callable[..., SpoolBackend]) -> SpoolBackend:
    return make()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "spool" / FILE_NAME


def put(spool: SpoolBackend, what: SpooledSession) -> str:
    key = key_of(what)
    assert spool.set(key, what) is True
    return key


def seq_of(kept: SpooledSession | None) -> int:
    assert kept is not None
    assert kept.record.time is not None
    return kept.record.time.seq


# --- keeping


def test_what_was_set_is_there_for_every_worker_of_the_host(make: Callable[..., SpoolBackend]) -> None:
    key = put(make(), said())

    assert make().get(key) == said()
    assert make().has(key)
    assert (make().count(), make().has("other")) == (1, False)


def test_setting_again_merges_forward_in_whichever_order_messages_come(spool: SpoolBackend) -> None:
    put(spool, said(5))
    key = put(spool, said(3, state=StateRegister(3, 0, 1, elements={"cmi.location": "3", "cmi.suspend_data": "only here"})))

    kept = spool.get(key)

    assert seq_of(kept) == 5
    assert kept is not None
    assert kept.record.state is not None
    assert kept.record.state.elements == {"cmi.location": "5", "cmi.suspend_data": "only here"}
    assert spool.count() == 1


def test_add_is_no_way_around_the_merge(spool: SpoolBackend) -> None:
    put(spool, said(5))
    spool.add(key_of(said()), said(3))

    assert seq_of(spool.get(key_of(said()))) == 5


def test_what_is_acknowledged_has_been_through_fsync(spool: SpoolBackend) -> None:
    """SQLite documentation, "PRAGMA synchronous": in WAL mode only FULL (2) or more syncs the log at each commit."""
    put(spool, said())
    with spool._reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"


WRITER = """
import os, signal, sys
from pathlib import Path
from seattime.domain.spool_records import key_of
from seattime.domain.spooled import from_json
from seattime.storage.spool import SpoolBackend
spool = SpoolBackend(Path(sys.argv[1]), lambda: 1000, 10**8, 10**6)
what = from_json(sys.stdin.read())
spool.set(key_of(what), what)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_writer_killed_right_after_set_returned_has_left_the_record(spool: SpoolBackend, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path / "spool")], input=to_json(said(7)), text=True, capture_output=True, check=False
    )

    assert done.returncode == -signal.SIGKILL, done.stderr
    assert seq_of(spool.get(key_of(said()))) == 7


def test_large_values_and_half_characters_are_kept_as_they_are(spool: SpoolBackend) -> None:
    value = "\ud83d" + "雪" * 1_000_000
    key = put(spool, said(state=StateRegister(1, 0, 1, elements={"cmi.suspend_data": value})))

    kept = spool.get(key)

    assert kept is not None
    assert kept.record.state is not None
    assert kept.record.state.elements == {"cmi.suspend_data": value}


def test_slices_complete_each_other_over_time(spool: SpoolBackend) -> None:
    text = '{"set": {"a": "1"}, "findings": []}'
    for index, part in ((1, text[10:]), (0, text[:10])):
        key = put(spool, said(time=None, state=StateRegister(4, 0, 1, piece=Piece(index, 2, part))))

    kept = spool.get(key)

    assert kept is not None
    assert kept.record.state == StateRegister(4, 0, 1, elements={"a": "1"})


# --- nothing is dropped


def test_clear_and_delete_are_refused(spool: SpoolBackend) -> None:
    key = put(spool, said())

    for refused in (spool.clear, lambda: spool.delete(key), lambda: spool.delete_many(key)):
        with pytest.raises(SpoolFailed):
            refused()
    assert spool.count() == 1


def test_a_timeout_expires_nothing(spool: SpoolBackend, wall: Wall) -> None:
    key = key_of(said())
    spool.set(key, said(), timeout=1)
    wall.now += 10**12

    assert spool.has(key)
    assert len(spool.waiting(10)) == 1


def test_only_the_revision_that_was_read_is_deleted(spool: SpoolBackend) -> None:
    put(spool, said(3))
    [read] = spool.waiting(10)
    put(spool, said(4))

    assert spool.drained(read) is False
    assert seq_of(spool.get(read.key)) == 4
    [again] = spool.waiting(10)
    assert spool.drained(again) is True
    assert spool.drained(again) is False
    assert spool.count() == 0


def test_a_record_that_came_anew_after_it_was_drained_is_another_one(spool: SpoolBackend) -> None:
    put(spool, said(3))
    [read] = spool.waiting(10)
    spool.drained(read)
    put(spool, said(3))

    assert spool.drained(read) is False
    assert spool.count() == 1


def test_a_record_that_came_again_unchanged_meanwhile_stays(spool: SpoolBackend) -> None:
    """The same sequence may bring a slice more: whatever was set after it was read is not what was drained."""
    put(spool, said(3))
    [read] = spool.waiting(10)
    put(spool, said(3))

    assert spool.drained(read) is False


# --- what waits


def test_the_oldest_go_first_and_age_is_that_of_the_first_message(spool: SpoolBackend, wall: Wall) -> None:
    for number in (2, 1, 3):
        put(spool, said(which=session(number)))
        wall.now += 1_000
    put(spool, said(9, which=session(2)))

    assert [each.record.record.session[-1] for each in spool.waiting(10)] == ["2", "1", "3"]
    assert [each.since_ms for each in spool.waiting(2)] == [1_000, 2_000]
    assert spool.oldest_ms() == 1_000


def test_one_registration_can_be_asked_for(spool: SpoolBackend) -> None:
    put(spool, said(which=session(1, "b" * 32)))
    put(spool, said(which=session(2)))

    assert [each.record.launch["registration_key"] for each in spool.waiting(10, REGISTRATION)] == [REGISTRATION]


def test_no_more_is_read_at_once_than_memory_should_hold(spool: SpoolBackend, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MOST_AT_ONCE_BYTES", 2_500)
    for number in range(5):
        put(spool, said(which=session(number), state=StateRegister(1, 0, 1, elements={"a": "x" * 1_000})))

    assert len(spool.waiting(10)) == 2
    monkeypatch.setattr(spool_module, "MOST_AT_ONCE_BYTES", 1)
    assert len(spool.waiting(10)) == 1, "one at least"


def test_an_empty_spool_has_no_age_and_no_size(spool: SpoolBackend) -> None:
    assert (spool.count(), spool.oldest_ms(), spool.size_bytes(), spool.set_aside_count(), spool.set_aside()) == (0, None, 0, 0, [])


def test_notes_are_for_all_workers(make: Callable[..., SpoolBackend]) -> None:
    make().note("last_recovery", {"at_ms": 1})
    make().note("last_recovery", {"at_ms": 2})

    assert make().noted("last_recovery") == {"at_ms": 2}
    assert make().noted("other") is None


# --- for an operator


def test_what_waited_and_cannot_be_applied_is_set_aside_with_its_reason(spool: SpoolBackend, wall: Wall) -> None:
    put(spool, said(3))
    [read] = spool.waiting(10)
    wall.now = 5_000

    assert spool.move_aside(read, "poison", "because") is True
    assert spool.count() == 0
    [aside] = spool.set_aside()
    assert (aside.kind, aside.reason, aside.registration_key, aside.session) == ("poison", "because", *session())
    assert aside.since_ms == 5_000
    assert from_json(aside.body) == said(3)


def test_what_came_meanwhile_is_not_set_aside_with_it(spool: SpoolBackend) -> None:
    put(spool, said(3))
    [read] = spool.waiting(10)
    put(spool, said(4))

    assert spool.move_aside(read, "poison", "because") is False
    assert (spool.count(), spool.set_aside_count()) == (1, 0)


def test_more_of_a_session_on_the_shelf_is_added_to_it(spool: SpoolBackend) -> None:
    spool.keep_aside(said(5), "poison", "first")
    put(spool, said(3, state=StateRegister(3, 0, 1, elements={"only": "here"})))
    [read] = spool.waiting(10)
    spool.move_aside(read, "poison", "second")

    [aside] = spool.set_aside()
    kept = from_json(aside.body)
    assert seq_of(kept) == 5
    assert kept.record.state is not None
    assert kept.record.state.elements == {"only": "here", "cmi.location": "5"}
    assert aside.reason == "second"


def test_held_and_poison_stand_apart(spool: SpoolBackend) -> None:
    spool.keep_aside(said(5), "poison", "the ledger")
    spool.keep_aside(said(6), "held", "nobody vouches for it")

    assert [(each.kind, seq_of(from_json(each.body))) for each in spool.set_aside()] == [("held", 6), ("poison", 5)]


def test_what_anybody_may_send_leaves_room_for_what_came_with_a_valid_token(make: Callable[..., SpoolBackend]) -> None:
    spool = make(most_aside_bytes=1_000)
    spool.keep_aside(said(which=session(1)), "held", "nobody vouches for it")
    with pytest.raises(SpoolFailed):
        spool.keep_aside(said(which=session(2)), "held", "nobody vouches for it")

    spool.keep_aside(said(which=session(3)), "poison", "the ledger")
    assert put(spool, said(which=session(4)))
    assert [each.kind for each in spool.set_aside()] == ["poison", "held"]


def test_what_is_put_back_waits_again_and_merges(spool: SpoolBackend) -> None:
    spool.keep_aside(said(5), "held", "")
    put(spool, said(3))
    [aside] = spool.set_aside()

    assert spool.put_back(aside.id) is True
    assert (spool.count(), spool.set_aside_count()) == (1, 0)
    assert seq_of(spool.get(key_of(said()))) == 5
    assert spool.put_back(aside.id) is False


def test_what_cannot_be_put_back_stays_on_the_shelf(make: Callable[..., SpoolBackend]) -> None:
    spool = make(most_bytes=700)
    put(spool, said(which=session(1)))
    spool.keep_aside(said(which=session(2)), "held", "")
    [aside] = spool.set_aside()

    with pytest.raises(SpoolFailed):
        spool.put_back(aside.id)
    assert (spool.count(), spool.set_aside_count()) == (1, 1)


def test_what_is_discarded_is_gone_unless_it_is_no_longer_what_was_seen(spool: SpoolBackend) -> None:
    spool.keep_aside(said(5), "held", "")
    [seen] = spool.set_aside()
    spool.keep_aside(said(6), "held", "")

    assert spool.discard(seen.id, seen=seen.body) is False
    assert spool.discard(seen.id) is True
    assert spool.discard(seen.id) is False
    assert spool.set_aside_count() == 0


# --- what cannot be read


def damage_record(file: Path, body: str = "{}") -> None:
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE records SET body = ?", (body,))
    connection.close()


def test_a_record_that_cannot_be_read_is_set_aside_and_holds_nobody_up(spool: SpoolBackend, file: Path) -> None:
    put(spool, said(which=session(1)))
    damage_record(file, '{"launch": 5}')
    put(spool, said(which=session(2)))

    assert [each.record.record.session[-1] for each in spool.waiting(10)] == ["2"]
    [aside] = spool.set_aside()
    assert (aside.kind, aside.body, aside.session) == ("poison", '{"launch": 5}', session(1)[1])
    assert "cannot be read" in aside.reason
    with pytest.raises(SpoolFailed):
        spool.put_back(aside.id)
    assert spool.set_aside_count() == 1


def test_a_message_for_a_session_whose_record_cannot_be_read_is_kept_all_the_same(spool: SpoolBackend, file: Path) -> None:
    put(spool, said(1))
    damage_record(file)
    put(spool, said(2))

    assert seq_of(spool.get(key_of(said()))) == 2
    assert [each.body for each in spool.set_aside()] == ["{}"]


def test_what_cannot_be_read_hides_nothing_that_can(spool: SpoolBackend, file: Path) -> None:
    spool.keep_aside(said(4), "poison", "")
    put(spool, said(1))
    damage_record(file)
    spool.waiting(10)
    spool.keep_aside(said(5), "poison", "")

    assert [each.body == "{}" for each in spool.set_aside()] == [True, False]
    assert seq_of(from_json(spool.set_aside()[1].body)) == 5


# --- failing aloud


def test_more_than_it_may_hold_is_refused_and_what_it_holds_stays(make: Callable[..., SpoolBackend]) -> None:
    spool = make(most_bytes=1_000)
    put(spool, said(which=session(1)))
    with pytest.raises(SpoolFailed, match="1000"):
        spool.set(key_of(said(which=session(2))), said(which=session(2)))

    assert spool.count() == 1
    put(spool, said(2, which=session(1)))
    assert seq_of(spool.get(key_of(said()))) == 2, "a session that is there already may go on"


def test_a_full_disk_is_raised_and_leaves_nothing_half_done(spool: SpoolBackend) -> None:
    put(spool, said())
    with spool._reading() as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    large = said(9, state=StateRegister(9, 0, 1, elements={"a": "x" * MEGABYTE}))
    for attempt in (lambda: spool.set(key_of(large), large), lambda: spool.keep_aside(large, "poison", "")):
        with pytest.raises(SpoolFailed, match="full"):
            attempt()

    assert seq_of(spool.get(key_of(said()))) == 1
    assert put(spool, said(2)), "and a smaller one still has room"


def test_a_damaged_file_is_raised_by_every_verb(spool: SpoolBackend, file: Path) -> None:
    put(spool, said())
    spool.close()
    file.write_bytes(b"this is no database" * 1_000)

    verbs: list[Callable[[], object]] = [
        lambda: spool.set(key_of(said()), said()), lambda: spool.get("x"), lambda: spool.has("x"), spool.count, spool.oldest_ms,
        spool.size_bytes, spool.set_aside, spool.set_aside_count, lambda: spool.waiting(1), lambda: spool.keep_aside(said(), "held", ""),
        lambda: spool.put_back(1), lambda: spool.discard(1), lambda: spool.note("a", {}), lambda: spool.noted("a"),
    ]  # fmt: skip
    for verb in verbs:
        with pytest.raises(SpoolFailed):
            verb()


def test_a_folder_that_cannot_be_made_is_raised(tmp_path: Path, wall: Wall) -> None:
    (tmp_path / "file").write_text("in the way")
    spool = SpoolBackend(tmp_path / "file" / "spool", wall, MEGABYTE, MEGABYTE)

    with pytest.raises(SpoolFailed):
        spool.set(key_of(said()), said())
    with pytest.raises(SpoolFailed):
        spool.count()


def test_a_lock_that_another_process_keeps_is_raised(spool: SpoolBackend, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "BUSY_S", 0.05)
    put(spool, said())
    spool.close()
    holder = sqlite3.connect(file, isolation_level=None)
    spool.count()
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(SpoolFailed, match="locked"):
        spool.set(key_of(said(2)), said(2))
    assert spool.count() == 1, "who reads waits for nobody"
    holder.execute("ROLLBACK")
    holder.close()
    put(spool, said(2))


# --- the file is removed or replaced under a running server


def test_a_file_that_was_removed_is_made_again(spool: SpoolBackend, file: Path) -> None:
    put(spool, said(1))
    file.unlink()
    put(spool, said(2))

    assert file.exists()
    assert seq_of(spool.get(key_of(said()))) == 2


def test_no_worker_writes_into_a_file_that_another_one_has_made_again(make: Callable[..., SpoolBackend], file: Path) -> None:
    one, other = make(), make()
    put(one, said(which=session(1)))
    put(other, said(which=session(2)))
    file.unlink()
    put(one, said(which=session(3)))
    put(other, said(which=session(4)))

    assert [each.record.record.session[-1] for each in make().waiting(10)] == ["3", "4"]


# --- many at once


def _write_many(folder: Path, begin: threading.Event, number: int) -> None:
    begin.wait()
    spool = SpoolBackend(folder, lambda: 1_000, 64 * MEGABYTE, MEGABYTE)
    for seq in range(1, 21):
        put(spool, said(seq, which=session(number)))
        put(spool, said(1, which=session(99), state=StateRegister(1, 0, 1, elements={f"from-{number}-{seq}": "1"})))
    spool.close()


def test_several_processes_at_once_lose_nothing_of_each_other(spool: SpoolBackend, tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    begin = spawn.Event()
    writers = [spawn.Process(target=_write_many, args=(tmp_path / "spool", begin, number)) for number in (1, 2, 3)]
    for writer in writers:
        writer.start()
    begin.set()
    for writer in writers:
        writer.join(60)

    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert [seq_of(spool.get(key_of(said(which=session(number))))) for number in (1, 2, 3)] == [20, 20, 20]
    shared = spool.get(key_of(said(which=session(99))))
    assert shared is not None
    assert shared.record.state is not None
    assert len(shared.record.state.elements) == 3 * 20


def test_threads_at_once_lose_nothing_of_each_other(spool: SpoolBackend) -> None:
    def write(number: int) -> None:
        for seq in range(1, 6):
            put(spool, said(1, which=session(99), state=StateRegister(1, 0, 1, elements={f"from-{number}-{seq}": "1"})))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    shared = spool.get(key_of(said(which=session(99))))
    assert shared is not None
    assert shared.record.state is not None
    assert len(shared.record.state.elements) == 30


def _in_a_child(work: Callable[[], int]) -> int:
    """What a forked child ended with, as a worker of a pre-forking server would."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            code = work()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_no_connection_lives_on_across_a_fork(spool: SpoolBackend) -> None:
    put(spool, said(which=session(1)))

    def child() -> int:
        inherited = spool._connection is not None
        put(spool, said(which=session(2)))
        spool.close()
        return int(inherited)

    assert _in_a_child(child) == 0
    put(spool, said(which=session(3)))
    assert spool.count() == 3


@pytest.mark.filterwarnings("ignore:.*multi-threaded, use of fork:DeprecationWarning")
def test_a_child_does_not_wait_for_a_lock_that_a_thread_of_its_parent_held(spool: SpoolBackend) -> None:
    put(spool, said(which=session(1)))
    go_on, busy = threading.Event(), threading.Event()

    def hold() -> None:
        while not go_on.is_set():
            spool.count()
            busy.set()

    thread = threading.Thread(target=hold)
    thread.start()
    busy.wait()
    codes = [_in_a_child(lambda: 0 if spool.count() == 1 else 1) for _ in range(20)]
    go_on.set()
    thread.join()

    assert codes == [0] * 20
