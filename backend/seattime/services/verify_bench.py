"""A bench for `seattime verify`: the real pipeline of saves, on a spool of the check's own, with a database that fails when told to.

Guarantees: whatever is done on the bench, the host's own spool, its count of failed saves and a running server's circuit breaker
see nothing of it, and no caretaker of a running server can drain what the check has spooled: the bench has a spool of its own,
beside the host's, on the same disk (or in the same Redis) and through the same code. Waits between tries are left out, the
decisions are not.
One bench at a time in a process. Must not import web.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import psycopg
from flask import current_app
from sqlalchemy.exc import OperationalError

from seattime.domain.breaker import CircuitBreaker
from seattime.domain.retry import RetryPolicy
from seattime.errors import Conflict
from seattime.services.committing import Committed, Committer, Item
from seattime.services.gate import Gate
from seattime.services.parts import EXTENSION, parts
from seattime.services.saving import Pace, Saver
from seattime.storage import spool_beside
from seattime.storage.spools import Spool

PREFIX: Final = "verify-"
PATIENT_S: Final = 60.0
LEAST_TRIES: Final = 2
"""A retry is shown even where SEATTIME_COMMIT_TRIES is 1."""


def meets_another() -> Exception:
    """What a database says when two transactions met: another try helps."""
    return OperationalError("made by seattime verify", None, psycopg.errors.SerializationFailure("made by seattime verify"))


def is_away() -> Exception:
    """What is said of a database that is away."""
    return OperationalError("made by seattime verify", None, psycopg.OperationalError("made by seattime verify"))


class ToldCommitter(Committer):
    """The real committer, after as many failures as it was told; remembers how often it was tried and what went wrong.

    It waits for longer than a server does, so that a slow moment of the machine is told as what it is and not as a lost save.
    """

    def __init__(self, real: Committer, failures: Sequence[Exception], *, away: bool, took_ms: list[int] | None = None) -> None:
        self._real = real
        self._took_ms = [] if took_ms is None else took_ms
        self._failures = list(failures)
        self._away = away
        self.tries = 0
        self.error: Exception | None = None
        """The newest error that nobody had asked for."""

    def submit(self, items: Sequence[Item], wait_s: float) -> Committed:
        self.tries += 1
        if self._away or self._failures:
            failure = is_away() if self._away else self._failures.pop(0)
            return Committed([failure] * len(items), None, None)
        began = time.monotonic()
        committed = self._real.submit(items, max(wait_s, PATIENT_S))
        self._took_ms.append(int((time.monotonic() - began) * 1000))
        self.error = next((answer for answer in committed.answers if isinstance(answer, Exception)), self.error)
        return committed

    def close(self) -> None:
        self._real.close()


@dataclass(frozen=True)
class Bench:
    """`folder` and what is spooled under `name` are the check's own; `left`: runs of this host that ended without tidying up;
    `broken`: why nothing could be made beside the host's spool, where that is so."""

    folder: Path
    name: str
    left: tuple[str, ...] = ()
    broken: str | None = None
    took_ms: list[int] = field(default_factory=list)
    """How long each save took that went to the database."""

    @contextmanager
    def database(self, *failures: Exception, away: bool = False) -> Iterator[ToldCommitter]:
        """Saves within the block go to the database after these failures, or, while it is `away`, not at all."""
        real = parts()
        settings = replace(real.settings, data_dir=self.folder, spool_dir=self.spool_folder)
        committer = ToldCommitter(real.committer, failures, away=away, took_ms=self.took_ms)
        spool, breaker = self.open_spool(), CircuitBreaker(time.monotonic)
        gate = Gate(breaker, lambda: True)
        policy = RetryPolicy(
            tries=max(LEAST_TRIES, settings.commit_tries), try_ms=settings.commit_try_ms, budget_ms=settings.commit_budget_ms
        )
        pace = Pace(monotonic=time.monotonic, sleep=time.sleep, chance=lambda: 0.0)
        current_app.extensions[EXTENSION] = replace(
            real,
            settings=settings,
            committer=committer,
            saver=Saver(committer, spool, breaker, gate, policy, pace),
            spool=spool,
            breaker=breaker,
            gate=gate,
        )
        try:
            yield committer
        finally:
            current_app.extensions[EXTENSION] = real
            spool.close()

    @property
    def spool_folder(self) -> Path:
        """Within the bench's folder; where the host's spool cannot be used, the check's cannot be either, and says why."""
        return self.folder if self.broken is None else parts().settings.spool_folder / "verify"

    def part(self, name: str) -> Bench:
        """A corner of the bench, with a spool of its own: what goes wrong with one kind leaves the others alone."""
        folder = self.folder / name
        folder.mkdir()
        return replace(self, folder=folder, name=f"{self.name}:{name}")

    def forget(self, run: str) -> None:
        """Nothing of this run is in the database any more; what it had spooled goes too. Raises SpoolFailed."""
        spool_beside.sweep(parts().settings, f"{PREFIX}{run}")
        if self.broken is None:
            shutil.rmtree(self.folder.parent / f"{PREFIX}{run}", ignore_errors=True)

    def open_spool(self) -> Spool:
        """Of the installation's kind, opened anew each time, as by another worker."""
        wall = parts().wall
        return spool_beside.open_beside(parts().settings, self.spool_folder, self.name, lambda: int(wall() * 1000))


@contextmanager
def bench(run: str) -> Iterator[Bench]:
    """A bench for this run. What was spooled on it goes with the block; its folder goes when `forget` says that the rows are gone.

    Raises Conflict where another run on this host is under way. The system tells: the lock goes with the process.
    """
    beside = parts().settings.spool_folder
    with ExitStack() as stack:
        try:
            beside.mkdir(parents=True, exist_ok=True)
            stack.enter_context(_only_one(beside))
            left = tuple(folder.name.removeprefix(PREFIX) for folder in sorted(beside.glob(f"{PREFIX}*")))
            folder = beside / f"{PREFIX}{run}"
            folder.mkdir()
            stack.callback(_empty, folder)
            here = Bench(folder, f"{PREFIX}{run}", left)
        except OSError as error:
            elsewhere = stack.enter_context(tempfile.TemporaryDirectory(prefix=f"seattime-{PREFIX}", ignore_cleanup_errors=True))
            here = Bench(Path(elsewhere), f"{PREFIX}{run}", broken=error.strerror or str(error))
        yield here


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict("Another `seattime verify` is running on this machine. Wait until it has ended.") from error
        yield
    finally:
        os.close(descriptor)


def _empty(folder: Path) -> None:
    """The bare folder, where it is still there, tells the next run whose rows could not be removed."""
    for part in folder.glob("*"):
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def quietly() -> Iterator[None]:
    """The faults that the check makes are nothing that a log should tell anybody about."""
    logger = logging.getLogger("seattime")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)

