"""The committer: groups, what goes alone, what hangs. With a store that the test leads; the database's side is in
tests/storage/test_ledger_group.py."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from seattime.config import Settings
from seattime.domain.records import SessionRecord, StateRegister, parse_record
from seattime.services.committing import MOST_IN_A_GROUP, Committed, Committer, CommitTimeout, Item
from seattime.storage.ledger import Outcome, outcome
from seattime.storage.ledger_group import SKIPPED, GroupResult, fits
from seattime.storage.placing import Origin
from tests.conftest import SetClock

SOON = 20.0


def item(session: int = 1, seq: int = 1, **changes: object) -> Item:
    time = {"seq": seq, "base": 0, "order": 1, "opened": 0, "measured": 1, "open": 1}
    head = {"session": f"00000000-0000-0000-0000-{session:012}", "activity": "item_1", "attempt": "", "standard": "scorm12"}
    return Item(Origin("r" * 32, 1, 1, 0, 1), parse_record(head | {"mode": "normal", "time": time} | changes))


PIECE = {"seq": 1, "base": 0, "order": 1, "piece": {"index": 0, "count": 2, "text": "{"}}


class Site:
    """A committer, and stores that do what the test says."""

    def __init__(self, folder: Path) -> None:
        self.groups: list[list[str]] = []
        self.alone: list[str] = []
        self.cuts = 0
        self.progress = threading.Condition()
        self.skip: set[str] = set()
        self.in_group: Callable[[Store, list[Item]], object] = lambda _store, _items: None
        self.one_alone: Callable[[Store, Item], object] = lambda _store, _item: None
        self.committer = Committer(Settings(data_dir=folder), SetClock(), lambda: Store(self), hangs_after_s=0)
        self.taken = 0
        put = self.committer._groups.put

        def counted(entries: Sequence[Any]) -> None:
            put(entries)
            with self.progress:
                self.taken += 1
                self.progress.notify_all()

        self.committer._groups.put = counted  # type: ignore[method-assign]  # to know when a call has come so far

    def until(self, happened: Callable[[], object]) -> None:
        with self.progress:
            assert self.progress.wait_for(lambda: bool(happened()), SOON)

    def submit_all(self, calls: Sequence[Sequence[Item]], wait_s: float = SOON) -> Callable[[], list[Committed]]:
        """Each call in a thread of its own; they are in the committer's hands when this returns."""
        answers: dict[int, Committed] = {}
        threads = []
        for number, items in enumerate(calls):
            taken = self.taken
            thread = threading.Thread(
                target=lambda number=number, items=items: answers.update({number: self.committer.submit(items, wait_s)})
            )
            thread.start()
            threads.append(thread)
            self.until(lambda taken=taken: self.taken > taken)

        def ended() -> list[Committed]:
            for thread in threads:
                thread.join(SOON)
            return [answers[number] for number in range(len(calls))]

        return ended


class Store:
    def __init__(self, site: Site) -> None:
        self.site = site
        self.usable = True
        self.was_cut = threading.Event()

    def fits(self, record: SessionRecord) -> bool:
        return fits(record)

    def record_group(self, items: Sequence[Item]) -> GroupResult:
        with self.site.progress:
            self.site.groups.append([one.record.session[-3:] for one in items])
            self.site.progress.notify_all()
        self.site.in_group(self, list(items))
        return GroupResult([SKIPPED if one.record.session in self.site.skip else stored(one.record) for one in items], "ledger", 5)

    def record_alone(self, item: Item) -> GroupResult:
        with self.site.progress:
            self.site.alone.append(item.record.session[-3:])
            self.site.progress.notify_all()
        self.site.one_alone(self, item)
        return GroupResult([stored(item.record)], "ledger", 6)

    def cut(self) -> None:
        self.site.cuts += 1
        self.was_cut.set()

    def close(self) -> None:
        pass


def stored(record: SessionRecord) -> Outcome:
    return outcome(record, "attempt", "stored" if record.time else None, "stored" if record.state else None, False, (1, True, 0))


def lost() -> OperationalError:
    return OperationalError("COMMIT", {}, Exception("the connection was lost"))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.committer.close()


def test_where_there_is_no_load_nothing_waits_for_company(site: Site) -> None:
    for seq in (1, 2, 3):
        committed = site.committer.submit([item(seq=seq)], SOON)
        assert [type(answer) for answer in committed.answers] == [Outcome]
        assert (committed.ledger_id, committed.now_ms) == ("ledger", 5)

    assert site.groups == [["001"]] * 3


def test_what_arrives_while_a_transaction_is_in_flight_goes_together_into_the_next(site: Site) -> None:
    go_on = threading.Event()
    site.in_group = lambda _store, items: len(items) > 1 or go_on.wait(SOON)
    first = site.submit_all([[item(1)]])
    site.until(lambda: site.groups)
    others = site.submit_all([[item(number)] for number in range(2, 6)])
    go_on.set()

    assert all(isinstance(committed.answers[0], Outcome) for committed in first() + others())
    assert site.groups == [["001"], ["002", "003", "004", "005"]]


def test_a_group_is_bounded(site: Site) -> None:
    go_on = threading.Event()
    site.in_group = lambda _store, _items: go_on.wait(SOON)
    first = site.submit_all([[item(1)]])
    site.until(lambda: site.groups)
    others = site.submit_all([[item(100 * call + number) for number in range(100)] for call in range(1, 4)])
    go_on.set()

    assert all(len(committed.answers) == 100 for committed in others())
    assert [len(group) for group in site.groups] == [1, MOST_IN_A_GROUP, 100]
    first()


def test_a_poisoned_commit_fails_alone(site: Site) -> None:
    def poison(_store: Store, items: Sequence[Item]) -> None:
        if any(one.record.session.endswith("2") for one in items):
            raise lost()

    site.in_group = poison
    site.one_alone = lambda store, one: poison(store, [one])

    committed = site.committer.submit([item(1), item(2), item(3)], SOON)

    assert [type(answer) for answer in committed.answers] == [Outcome, OperationalError, Outcome]
    assert sorted(site.alone) == ["001", "002", "003"]
    assert committed.ledger_id == "ledger"


def test_the_second_record_of_a_session_goes_into_the_next_group(site: Site) -> None:
    committed = site.committer.submit([item(1, seq=1), item(2), item(1, seq=2)], SOON)

    assert [answer.time_seq for answer in committed.answers if isinstance(answer, Outcome)] == [1, 1, 2]
    assert site.groups == [["001", "002"], ["001"]]


def test_what_was_skipped_goes_alone(site: Site) -> None:
    site.skip = {item(2).record.session}

    committed = site.committer.submit([item(1), item(2)], SOON)

    assert all(isinstance(answer, Outcome) for answer in committed.answers)
    assert site.alone == ["002"]
    assert committed.now_ms == 6


@pytest.mark.parametrize("special", [{"want": "lease"}, {"state": PIECE}], ids=["a lease", "a piece"])
def test_leases_and_pieces_go_alone(site: Site, special: dict[str, object]) -> None:
    site.committer.submit([item(1), item(2, **special)], SOON)

    assert (site.groups, site.alone) == ([["001"]], ["002"])
    assert isinstance(item(2, state=PIECE).record.state, StateRegister)


def test_alone_nobody_holds_up_the_others(site: Site) -> None:
    go_on = threading.Event()
    site.one_alone = lambda _store, one: one.record.session.endswith("1") and go_on.wait(SOON)
    waits = site.submit_all([[item(1, want="lease")]])
    site.until(lambda: site.alone)

    assert isinstance(site.committer.submit([item(2, want="lease")], SOON).answers[0], Outcome)
    assert isinstance(site.committer.submit([item(3)], SOON).answers[0], Outcome)
    go_on.set()
    assert isinstance(waits()[0].answers[0], Outcome)


def test_a_hang_ends_for_the_caller_in_time_and_the_committer_works_again_by_itself(site: Site) -> None:
    site.in_group = lambda store, items: items[0].record.session.endswith("1") and store.was_cut.wait(SOON)

    committed = site.committer.submit([item(1)], 0.05)

    assert [type(answer) for answer in committed.answers] == [CommitTimeout]
    assert (committed.ledger_id, committed.now_ms, site.cuts) == (None, None, 1)
    assert isinstance(site.committer.submit([item(2)], SOON).answers[0], Outcome)


def test_who_waited_behind_a_hang_goes_on_after_it(site: Site) -> None:
    site.in_group = lambda store, items: items[0].record.session.endswith("1") and store.was_cut.wait(SOON)
    hangs = site.submit_all([[item(1)]], 0.5)
    site.until(lambda: site.groups)
    behind = site.submit_all([[item(2)]])

    assert isinstance(hangs()[0].answers[0], CommitTimeout)
    assert isinstance(behind()[0].answers[0], Outcome)


def test_who_had_little_time_left_does_not_take_the_others_for_hanging(tmp_path: Path) -> None:
    site, go_on = Site(tmp_path), threading.Event()
    site.committer._hangs_after_s = 3600
    site.in_group = lambda _store, _items: go_on.wait(SOON)
    slow = site.submit_all([[item(1)]])
    site.until(lambda: site.groups)

    assert isinstance(site.committer.submit([item(2)], 0).answers[0], CommitTimeout)
    go_on.set()

    assert isinstance(slow()[0].answers[0], Outcome)
    assert site.cuts == 0
    site.committer.close()


def test_what_its_caller_gave_up_is_not_stored_late(site: Site) -> None:
    go_on = threading.Event()
    site.one_alone = lambda _store, _item: go_on.wait(SOON)
    busy = site.submit_all([[item(number, want="lease") for number in range(1, 5)]])
    site.until(lambda: len(site.alone) == 4)
    site.committer._alone.give_up_stuck = lambda longer_than_s: None  # type: ignore[method-assign]  # they are slow, and alive

    assert isinstance(site.committer.submit([item(9, want="lease")], 0.01).answers[0], CommitTimeout)
    go_on.set()
    busy()
    site.committer.close()

    assert "009" not in site.alone


def test_after_an_unknown_outcome_it_runs_again_alone_once(site: Site) -> None:
    def lose(store: Store, _items: object) -> None:
        store.usable = False
        raise lost()

    site.in_group = lose
    assert isinstance(site.committer.submit([item(1)], SOON).answers[0], Outcome)
    assert site.alone == ["001"]

    site.one_alone = lose
    assert isinstance(site.committer.submit([item(2)], SOON).answers[0], OperationalError)
    assert site.alone == ["001", "002", "002"]


def test_a_call_without_items_waits_for_nothing(site: Site) -> None:
    assert site.committer.submit([], 0) == Committed([], None, None)


FORK = """
import os, sys
from pathlib import Path
sys.path.insert(0, ".")
from tests.services.test_committing import Site, item, Outcome
site = Site(Path(sys.argv[1]))
assert isinstance(site.committer.submit([item(1)], 20).answers[0], Outcome)
child = os.fork()
if child == 0:
    answered = isinstance(site.committer.submit([item(2)], 10).answers[0], Outcome)
    os._exit(0 if answered and site.groups == [["001"], ["002"]] else 1)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_it_works_in_the_child_of_a_fork(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", FORK, str(tmp_path)], timeout=60, check=False)

    assert done.returncode == 0
