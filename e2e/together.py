"""Several visits at once in one browser, from one thread: each is a generator that yields what it waits for.

While one learner reads a slide another one's page is loaded; so many packages are played in the time of one. A visit
that fails ends alone: its error is its answer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

R = TypeVar("R")


@dataclass(frozen=True)
class Until:
    """Go on when `condition` is true; AssertionError naming `what` if it is not within `within_s`."""

    condition: Callable[[], Any]
    what: str
    within_s: float = 60.0


@dataclass(frozen=True)
class Stay:
    """Go on when this time has passed, since time is what is measured."""

    seconds: float


Plan = Generator[Until | Stay, None, R]


@dataclass
class _Running:
    plan: Plan[Any]
    waits: Until | Stay
    since: float

    def is_ready(self) -> bool:
        if isinstance(self.waits, Stay):
            return time.monotonic() - self.since >= self.waits.seconds
        return bool(self.waits.condition())

    def is_late(self) -> bool:
        return isinstance(self.waits, Until) and time.monotonic() - self.since > self.waits.within_s


def play_together(plans: Mapping[str, Callable[[], Plan[R]]], pause: Callable[[], None], *, at_once: int = 6) -> dict[str, R | Exception]:
    """Runs all plans, `at_once` of them at a time; what each returned or raised, by name.

    `pause` gives the browser a moment and lets its events in.
    """
    waiting = dict(plans)
    running: dict[str, _Running] = {}
    answers: dict[str, R | Exception] = {}

    def go_on(name: str, plan: Plan[R], error: Exception | None = None) -> None:
        running.pop(name, None)
        try:
            waits = plan.throw(error) if error else next(plan)
        except StopIteration as end:
            answers[name] = end.value
        except Exception as failed:  # whatever happens to one visit must not end the others
            answers[name] = failed
        else:
            running[name] = _Running(plan, waits, time.monotonic())

    while waiting or running:
        while waiting and len(running) < at_once:
            name = next(iter(waiting))
            go_on(name, waiting.pop(name)())
        pause()
        for name, one in list(running.items()):
            _look(name, one, go_on)
    return answers


def _look(name: str, one: _Running, go_on: Callable[..., None]) -> None:
    try:
        ready = one.is_ready()
    except Exception as error:  # a page that crashed answers no question
        go_on(name, one.plan, error)
        return
    if ready:
        go_on(name, one.plan)
    elif one.is_late():
        assert isinstance(one.waits, Until)
        go_on(name, one.plan, AssertionError(f"{one.waits.what}: not within {one.waits.within_s:g} s"))
