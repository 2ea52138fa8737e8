"""Numbers that the processes of one host add up together: the store behind the metrics. Must not import services or web.

Guarantees: adding costs a lock and an addition, does no I/O and never fails; what a process counted survives its death, and the
process that takes its place counts on from there; of a dead process no current value is shown. A disk that is full or broken
costs the other workers' news, never a request: that is why the files are written beside the work, by a thread, and not mapped
into memory, where a full disk ends the process with SIGBUS.

Every process writes a file of its own, a *slot*, on which it holds a lock (`flock`) for as long as it lives; the lock goes with
the process, however that ends. Who comes first, with no other alive, begins at zero: that is a start of the server. This needs
nobody to call at the start, so it works under any WSGI server.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from array import array
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, Protocol

FLUSH_EVERY_S: Final = 0.5
"""How old another worker's numbers may be."""
MOST_SLOTS: Final = 512
_DOUBLE: Final = 8


class NoSlot(OSError):
    """The folder takes no file of this process; the message says why."""


class Tallies(Protocol):
    """Numbers by position. How many there are is fixed when they are made."""

    def add(self, position: int, amount: float = 1.0) -> None:
        """Adds to a number of this process."""
        ...

    def put(self, position: int, value: float) -> None:
        """Sets a number of this process."""
        ...

    def totals(self) -> Sequence[float]:
        """Over all processes since the start, the dead ones too."""
        ...

    def living(self) -> Sequence[float]:
        """Over the processes that are alive."""
        ...


class LocalTallies:
    """Numbers of this process alone: commands, tests, and a server whose data folder takes no file."""

    def __init__(self, size: int) -> None:
        self._lock = threading.Lock()
        self._values = array("d", bytes(size * _DOUBLE))

    def add(self, position: int, amount: float = 1.0) -> None:
        with self._lock:
            self._values[position] += amount

    def put(self, position: int, value: float) -> None:
        with self._lock:
            self._values[position] = value

    def totals(self) -> Sequence[float]:
        with self._lock:
            return self._values.tolist()

    def living(self) -> Sequence[float]:
        return self.totals()


class SharedTallies(LocalTallies):
    """Numbers of all processes that share a folder. Raises NoSlot where the folder takes no file.

    `layout` names what the positions mean: files of another meaning count for nothing. `momentary`: positions of values that
    end with the process (a state, not a count); whoever takes a dead process's place begins with these at zero.
    """

    def __init__(self, folder: Path, size: int, layout: str, momentary: Sequence[int] = ()) -> None:
        super().__init__(size)
        self._folder = folder
        self._mark = hashlib.sha256(f"{layout}/{size}".encode()).digest()[:_DOUBLE]
        self._written = b""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with _locked(folder / "joining.lock"):
                self._path, self._file = self._take_slot()
            self._values = self._read(self._path) or self._values
        except OSError as error:
            raise NoSlot(f"The folder {folder} takes no file of this process: {error}") from error
        for position in momentary:
            self._values[position] = 0.0
        self.flush()
        self._stopped = threading.Event()

    def flush(self) -> None:
        """Writes the numbers where the other processes see them, if any has changed. A disk that refuses is tried again."""
        with self._lock:
            now = self._values.tobytes()
        if now == self._written:
            return
        with suppress(OSError):
            os.pwrite(self._file, self._mark + now, 0)
            self._written = now

    def keep_flushing(self, every_s: float = FLUSH_EVERY_S) -> None:
        """Flushes from a thread for as long as the process lives, or until `close`."""

        def run() -> None:
            while not self._stopped.wait(every_s):
                self.flush()

        threading.Thread(target=run, name="seattime-tallies", daemon=True).start()

    def close(self) -> None:
        """Writes the last numbers and leaves the slot. What is added afterwards is this object's own."""
        self._stopped.set()
        self.flush()
        os.close(self._file)

    def abandon(self) -> None:
        """In a forked child: the slot is the parent's, and the parent alone keeps it."""
        os.close(self._file)

    def totals(self) -> Sequence[float]:
        return self._sum(only_living=False)

    def living(self) -> Sequence[float]:
        return self._sum(only_living=True)

    def _sum(self, *, only_living: bool) -> Sequence[float]:
        sums = array("d", super().totals())
        for path in self._slots():
            if path == self._path or (only_living and not _is_held(path)):
                continue
            for position, value in enumerate(self._read(path) or ()):
                sums[position] += value
        return sums.tolist()

    def _slots(self) -> list[Path]:
        return sorted(self._folder.glob("slot-*.numbers"))

    def _take_slot(self) -> tuple[Path, int]:
        """The first slot that no living process holds, and its open file. The caller holds the folder's lock."""
        if not any(_is_held(path) for path in self._slots()):
            for path in self._slots():
                path.unlink()
        for number in range(MOST_SLOTS):
            path = self._folder / f"slot-{number}.numbers"
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                os.close(file)
            except OSError:
                os.close(file)
                raise
            else:
                return path, file
        raise NoSlot(f"{MOST_SLOTS} processes count there already")

    def _read(self, path: Path) -> array[float] | None:
        """The numbers in a slot's file; None where it holds none of our meaning (another version's, or not yet written)."""
        try:
            data = path.read_bytes()
        except OSError:
            return None
        if len(data) != _DOUBLE * (1 + len(self._values)) or data[:_DOUBLE] != self._mark:
            return None
        return array("d", data[_DOUBLE:])


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Held while a process joins, for some milliseconds: two that start at once must not both think that they are the first."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_held(path: Path) -> bool:
    """Whether the process of this slot lives."""
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
