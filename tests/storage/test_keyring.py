"""The signing keys: made once, added to, never replaced."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

from seattime.storage.keyring import FILE_NAME, load_keys, rotate


def test_a_key_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = load_keys(tmp_path)

    assert load_keys(tmp_path) == first
    assert len(first) == 1
    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_rotation_adds_and_forgets_nothing(tmp_path: Path) -> None:
    (old,) = load_keys(tmp_path)

    rotate(tmp_path)

    keys = load_keys(tmp_path)
    assert keys[0] == old
    assert len(keys) == 2


def test_a_configured_key_signs_and_the_one_before_it_is_still_known(tmp_path: Path) -> None:
    load_keys(tmp_path, "first")
    assert load_keys(tmp_path, "second") == ("first", "second")
    assert load_keys(tmp_path, "first") == ("second", "first")


def test_workers_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    seen: list[tuple[str, ...]] = []
    barrier = threading.Barrier(8)

    def start() -> None:
        barrier.wait()
        seen.append(load_keys(tmp_path))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(seen)) == 1
