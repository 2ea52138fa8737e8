"""Threads that can be left behind: what waits is shared, what hangs is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest

from seattime.services.lanes import GivenUp, Lanes

SOON = 20.0
"""Seconds within which anything happens that is to happen."""


class Connection:
    def __init__(self) -> None:
        self.usable = True
        self.was_cut = threading.Event()
        self.was_closed = threading.Event()

    def cut(self) -> None:
        self.was_cut.set()

    def close(self) -> None:
        self.was_closed.set()


class Site:
    """Lanes with a work that the test leads."""

    def __init__(self, most: int = 1, batch: int = 10) -> None:
        self.connections: list[Connection] = []
        self.refused: list[tuple[list[str], Exception]] = []
        self.batches: list[list[str]] = []
        self.done: list[str] = []
        self.progress = threading.Condition()
        self.gate: Callable[[Connection, list[str]], object] = lambda _connection, _entries: None
        self.hand_back: dict[str, str] = {}
        self.connect_error: Exception | None = None
        self.lanes: Lanes[str, Connection] = Lanes(
            "test", self.connect, self.work, self.refuse, most=most, batch=batch, recycle_s=300
        )

    def connect(self) -> Connection:
        if self.connect_error is not None:
            raise self.connect_error
        self.connections.append(Connection())
        return self.connections[-1]

    def work(self, connection: Connection, entries: list[str]) -> list[str]:
        with self.progress:
            self.batches.append(entries)
            self.progress.notify_all()
        self.gate(connection, entries)
        with self.progress:
            self.done += entries
            self.progress.notify_all()
        return [self.hand_back[entry] for entry in entries if entry in self.hand_back]

    def refuse(self, entries: Sequence[str], error: Exception) -> None:
        with self.progress:
            self.refused.append((list(entries), error))
            self.progress.notify_all()

    def until(self, happened: Callable[[], object]) -> None:
        with self.progress:
            assert self.progress.wait_for(lambda: bool(happened()), SOON)


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.lanes.close()


def test_what_comes_while_a_batch_is_in_flight_goes_together_into_the_next(site: Site) -> None:
    go_on = threading.Event()
    site.gate = lambda _connection, entries: entries != ["a"] or go_on.wait(SOON)
    site.lanes.put(["a"])
    site.until(lambda: site.batches)
    for entry in "bcd":
        site.lanes.put([entry])
    go_on.set()

    site.until(lambda: len(site.done) == 4)

    assert site.batches == [["a"], ["b", "c", "d"]]
    assert len(site.connections) == 1


def test_a_batch_is_bounded(site: Site) -> None:
    site.lanes.put([str(number) for number in range(25)])

    site.until(lambda: len(site.done) == 25)

    assert [len(batch) for batch in site.batches] == [10, 10, 5]


def test_what_work_hands_back_comes_first_in_the_next_batch(site: Site) -> None:
    site.hand_back = {"a": "a again"}
    site.lanes.put(["a", "b"])

    site.until(lambda: "a again" in site.done)

    assert site.batches == [["a", "b"], ["a again"]]


def test_a_lane_that_hangs_is_left_behind_and_the_next_one_goes_on(site: Site) -> None:
    site.gate = lambda connection, entries: entries != ["hangs"] or connection.was_cut.wait(SOON)
    site.lanes.put(["hangs"])
    site.until(lambda: site.batches)
    site.lanes.put(["waits behind it"])

    site.lanes.give_up_stuck(longer_than_s=0)
    site.until(lambda: "waits behind it" in site.done)

    ((entries, error),) = site.refused
    assert (entries, type(error)) == (["hangs"], GivenUp)
    assert site.connections[0].was_cut.is_set()
    assert site.connections[0].was_closed.wait(SOON)
    assert not site.connections[1].was_closed.is_set()


def test_a_lane_that_has_only_begun_is_not_left_behind(site: Site) -> None:
    go_on = threading.Event()
    site.gate = lambda _connection, _entries: go_on.wait(SOON)
    site.lanes.put(["slow"])
    site.until(lambda: site.batches)

    site.lanes.give_up_stuck(longer_than_s=3600)
    go_on.set()
    site.until(lambda: site.done)

    assert site.refused == []


def test_a_connection_that_was_lost_is_replaced(site: Site) -> None:
    def lose(connection: Connection, _entries: list[str]) -> None:
        connection.usable = False

    site.gate = lose
    for entry in "ab":
        site.lanes.put([entry])
        site.until(lambda entry=entry: entry in site.done)
    site.lanes.close()

    assert len(site.connections) == 2
    assert all(connection.was_closed.is_set() for connection in site.connections)


def test_where_no_connection_can_be_opened_everybody_is_told_why(site: Site) -> None:
    site.connect_error = ConnectionRefusedError("no database")
    site.lanes.put(["a", "b"])

    site.until(lambda: site.refused)

    assert site.refused == [(["a", "b"], site.connect_error)]
    site.connect_error = None
    site.lanes.put(["c"])
    site.until(lambda: site.done == ["c"])


def test_lanes_work_side_by_side_up_to_their_number() -> None:
    site = Site(most=3, batch=1)
    together = threading.Barrier(3)
    site.gate = lambda _connection, _entries: together.wait(SOON)

    site.lanes.put([str(number) for number in range(6)])
    site.until(lambda: len(site.done) == 6)
    site.lanes.close()

    assert len(site.connections) == 3


def test_closed_lanes_begin_anew_when_there_is_work(site: Site) -> None:
    site.lanes.put(["a"])
    site.until(lambda: site.done)
    site.lanes.close()
    assert site.connections[0].was_closed.is_set()

    site.lanes.put(["b"])

    site.until(lambda: "b" in site.done)
