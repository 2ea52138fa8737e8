"""Numbers that the workers of a host add up. Each object here stands for a process: a lock belongs to an open file."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seattime.storage.tallies import LocalTallies, NoSlot, SharedTallies

LAYOUT = "first, second, state"
STATE = 2


def worker(folder: Path, layout: str = LAYOUT) -> SharedTallies:
    return SharedTallies(folder, 3, layout, momentary=[STATE])


def die(process: SharedTallies) -> None:
    """As by SIGKILL: nothing more is written, the system gives the lock up."""
    process.abandon()


def test_numbers_of_one_process_add_up() -> None:
    numbers = LocalTallies(2)

    numbers.add(0)
    numbers.add(0, 2.5)
    numbers.put(1, 7)

    assert numbers.totals() == numbers.living() == [3.5, 7.0]


def test_every_worker_sees_the_sum_of_all(tmp_path: Path) -> None:
    one, two = worker(tmp_path), worker(tmp_path)
    one.add(0, 3)
    two.add(0, 4)
    two.add(1)
    one.flush()
    two.flush()

    assert one.totals() == two.totals() == [7.0, 1.0, 0.0]


def test_a_worker_sees_its_own_numbers_before_they_are_written(tmp_path: Path) -> None:
    one = worker(tmp_path)
    one.add(0)

    assert one.totals()[0] == 1


def test_what_a_dead_worker_counted_stays_and_its_state_goes(tmp_path: Path) -> None:
    one, two = worker(tmp_path), worker(tmp_path)
    two.add(0, 5)
    two.put(STATE, 1)
    two.flush()
    assert one.living() == [5.0, 0.0, 1.0]

    die(two)

    assert one.totals() == [5.0, 0.0, 1.0]
    assert one.living() == [0.0, 0.0, 0.0]


def test_the_worker_that_takes_a_dead_ones_place_counts_on_and_leaves_no_file_more(tmp_path: Path) -> None:
    one = worker(tmp_path)
    for _ in range(10):
        successor = worker(tmp_path)
        successor.add(0)
        successor.put(STATE, 1)
        successor.flush()
        die(successor)
    newest = worker(tmp_path)

    assert one.totals()[0] == 10
    assert newest.living()[STATE] == 0
    assert len(list(tmp_path.glob("slot-*"))) == 2


def test_a_start_of_the_server_begins_at_zero(tmp_path: Path) -> None:
    for process in (worker(tmp_path), worker(tmp_path)):
        process.add(0, 9)
        process.flush()
        die(process)

    assert worker(tmp_path).totals() == [0.0, 0.0, 0.0]


def test_numbers_of_another_meaning_count_for_nothing(tmp_path: Path) -> None:
    """Workers of the old version live on for a while during an upgrade."""
    old = worker(tmp_path, "of an older version")
    old.add(0, 100)
    old.flush()

    assert worker(tmp_path).totals()[0] == 0


def test_a_slot_of_another_meaning_is_written_anew(tmp_path: Path) -> None:
    keeper = worker(tmp_path)
    old = worker(tmp_path, "of an older version")
    old.add(0, 100)
    old.flush()
    die(old)

    successor = worker(tmp_path)
    successor.add(0)
    successor.flush()

    assert keeper.totals()[0] == 1


def test_a_file_that_is_cut_short_counts_for_nothing(tmp_path: Path) -> None:
    one, two = worker(tmp_path), worker(tmp_path)
    two.add(0)
    two.flush()
    os.truncate(tmp_path / "slot-1.numbers", 12)

    assert one.totals()[0] == 0


def test_a_disk_that_is_full_costs_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = worker(tmp_path), worker(tmp_path)

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        two.add(0, 6)
        two.flush()
    assert one.totals()[0] == 0

    two.flush()

    assert one.totals()[0] == 6


def test_a_folder_that_takes_no_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, not a folder")

    with pytest.raises(NoSlot, match="takes no file"):
        worker(tmp_path / "taken")
