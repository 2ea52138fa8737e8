"""A short soak of a fixed seed; `make soak` is the long one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from e2e import soak
from e2e.simulated_learner import Habits
from e2e.soak import Plan

SEED = 11
SECONDS = 16
LEARNERS = 30


@pytest.fixture
def own_folder() -> Iterator[Path]:
    """PostgreSQL's own: it is frozen and set back, which no other case would like."""
    with tempfile.TemporaryDirectory(prefix="seattime-soak-") as made:
        Path(made).chmod(0o755)
        yield Path(made)


def test_learners_under_faults_lose_nothing_and_count_nothing_twice(own_folder: Path) -> None:
    plan = Plan(
        SEED,
        SECONDS,
        LEARNERS,
        courses=2,
        heartbeat_s=2.0,
        quiet_s=(1, 3),
        lasts_s=(1, 3),
        answer_within_s=6.0,
        longest_backoff_ms=2_000,
        habits=Habits(visit_s=(2, 8), pause_s=(0.2, 1.5), offline=0.2, killed=0.2, large=0.06, restless=0.06),
    )
    # in a thread of its own: Playwright keeps an event loop running in this one
    with ThreadPoolExecutor(1) as thread:
        outcome = thread.submit(soak.run, plan, own_folder).result()
    assert outcome.ok, outcome.markdown()
    figures = outcome.figures()
    assert figures["sessions"] > LEARNERS
    assert figures["credited_h"] > 0
    assert figures["faults"]["database restored from a copy"] == 1
