"""A soak: hundreds of simulated learners on a real server and a real PostgreSQL under faults drawn from a seed; then the verdict.

    python -m e2e.soak --minutes 30 --learners 300 --seed 7        make soak

Prints the seed and the plan first, the figures and the verdict at the end, and writes them as JSON and Markdown.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from e2e import soak_faults
from e2e.checker import Verdict, check, summed
from e2e.history import History
from e2e.server import Server
from e2e.simulated_device import Enrolment, World
from e2e.simulated_learner import Habits, Learner
from e2e.simulated_network import Network, Weather
from e2e.soak_database import FaultyPostgres
from e2e.soak_faults import Planned, Saboteur, end_server, start_server
from e2e.soak_ground import enrol, read_ledger, set_aside_count, wait_for_the_spool

ALWAYS = Weather(drop=0.004, swallow=0.01, duplicate=0.02, delay=0.02, overtake=0.01)
"""No network is ever perfect."""
HEALED_WITHIN_S = 240
MOST_STORIES = 4


@dataclass(frozen=True)
class Plan:
    """What a run is made of. `spool_bytes`: so small that a long outage fills it, and the server has to say 503."""

    seed: int
    seconds: float
    learners: int
    workers: int = 2
    courses: int = 3
    heartbeat_s: float = 5.0
    quiet_s: tuple[float, float] = (8, 40)
    lasts_s: tuple[float, float] = (2, 20)
    spool_bytes: int = 400_000
    answer_within_s: float = 20.0
    longest_backoff_ms: int = 15_000
    restore: bool = True
    habits: Habits = field(default_factory=Habits)


@dataclass
class Outcome:
    """What a run came to."""

    plan: Plan
    faults: list[Planned]
    history: History
    verdict: Verdict
    seconds: float
    still_spooled: int
    set_aside: int
    problems: list[str]

    @property
    def ok(self) -> bool:
        return self.verdict.ok and not self.still_spooled and not self.set_aside and not self.problems

    def figures(self) -> dict[str, Any]:
        verdict, history = self.verdict, self.history
        return {
            "seed": self.plan.seed,
            "minutes": round(self.plan.seconds / 60, 2),
            "took_s": round(self.seconds),
            "learners": self.plan.learners,
            "sessions": verdict.sessions,
            "requests": sum(story.invoked for story in history.stories.values()),
            "registers_by_answer": dict(history.outcomes),
            "left_open": history.left_open,
            "faults": dict(history.faults),
            "measured_h": round(verdict.measured_ms / 3_600_000, 3),
            "union_h": round(verdict.union_ms / 3_600_000, 3),
            "credited_h": round(verdict.credited_ms / 3_600_000, 3),
            "recovered_sessions": verdict.recovered,
            "lost": len(verdict.lost),
            "doubled": len(verdict.duplicated),
            "unexpected": len(verdict.unexpected),
            "still_spooled": self.still_spooled,
            "set_aside": self.set_aside,
            "problems": self.problems,
        }

    def markdown(self) -> str:
        lines = ["# Soak", "", "| figure | value |", "| --- | --- |"]
        for name, value in self.figures().items():
            shown = summed(value) if isinstance(value, dict) else value
            lines.append(f"| {name.replace('_', ' ')} | {shown if shown != [] else 'none'} |")
        lines += ["", "## Faults", "", *(f"    {fault}" for fault in self.faults), "", "## Verdict", ""]
        lines += [f"    {line}" for line in str(self.verdict).splitlines()]
        return "\n".join([*lines, *self._stories(), ""])

    def _stories(self) -> list[str]:
        """Of the sessions that the verdict names, all that is known, so that one run is enough to find out."""
        named = [story for story in self.history.stories.values() if story.session in str(self.verdict)]
        lines = ["", f"restored at {self.history.restored_at}"] if named else []
        for story in named[:MOST_STORIES]:
            lines += ["", f"    {story.session}: {story.learner}, {story.registration}, journal lost at {story.journal_lost_at}"]
            lines += [f"    {said}" for said in story.times.values()]
            lines += [f"    {ack}" for ack in story.acks]
        return lines


def run(plan: Plan, folder: Path, say: Callable[[str], None] = print) -> Outcome:
    """Sets everything up under `folder`, runs, heals, checks, stops everything. `folder` must not lie in a private home folder."""
    dice = random.Random(plan.seed)
    faults = soak_faults.plan(dice, plan.seconds, quiet_s=plan.quiet_s, lasts_s=plan.lasts_s, restore=plan.restore)
    say(f"seed {plan.seed}: {plan.learners} learners for {plan.seconds:.0f} s, {len(faults)} faults planned")
    database = FaultyPostgres(folder / "postgres")
    server = Server(
        data_dir=folder / "data",
        database_url=database.url,
        settings={
            "SEATTIME_HEARTBEAT_S": str(plan.heartbeat_s),
            "SEATTIME_SPOOL_MAX_BYTES": str(plan.spool_bytes),
            "SEATTIME_CONNECT_TIMEOUT_S": "2",
        },
        arguments=("--workers", str(plan.workers)),
    )
    try:
        start_server(server)
        enrolments = enrol(server, folder / "samples", plan.learners, plan.courses)
        if plan.restore:
            database.back_up()
            database.start()
        began = time.monotonic()
        history, problems = asyncio.run(_live(plan, dice, server, database, enrolments, faults, say))
        took = time.monotonic() - began
        spooled = wait_for_the_spool(server)
        rows = read_ledger(server)
        return Outcome(plan, faults, history, check(history, rows), took, spooled, set_aside_count(server), problems)
    finally:
        end_server(server)
        database.close()


async def _live(
    plan: Plan,
    dice: random.Random,
    server: Server,
    database: FaultyPostgres,
    enrolments: list[list[Enrolment]],
    faults: list[Planned],
    say: Callable[[str], None],
) -> tuple[History, list[str]]:
    history, problems = History(), []
    network = Network(server.port, history, random.Random(dice.random()), ALWAYS, plan.answer_within_s)
    world = World(network, history, random.Random(dice.random()), int(plan.heartbeat_s * 1000), plan.longest_backoff_ms)
    learners = [Learner(world, mine, random.Random(dice.random()), plan.habits) for mine in enrolments]
    saboteur = Saboteur(server, database, network, history, say)
    over = asyncio.Event()
    lives = [asyncio.create_task(learner.live(over)) for learner in learners]
    mischief = asyncio.create_task(saboteur.carry_out(faults))
    began = time.monotonic()
    await mischief
    await asyncio.sleep(max(0.0, plan.seconds - (time.monotonic() - began)))
    await saboteur.heal()
    problems += saboteur.problems
    over.set()
    problems += [repr(each) for each in await asyncio.gather(*lives, return_exceptions=True) if isinstance(each, BaseException)]
    await network.settle()
    say("healed; the learners come back and deliver")
    await _deliver_all(learners)
    for learner in learners:
        learner.give_up()
    return history, problems


async def _deliver_all(learners: list[Learner]) -> None:
    """Every learner comes back as often as it takes, some at a time."""
    until = time.monotonic() + HEALED_WITHIN_S
    waiting = learners
    turns = asyncio.Semaphore(24)

    async def come_back(learner: Learner) -> int:
        async with turns:
            return await learner.come_back()

    while waiting and time.monotonic() < until:
        left = await asyncio.gather(*(come_back(learner) for learner in waiting))
        waiting = [learner for learner, count in zip(waiting, left, strict=True) if count]
        if waiting:
            await asyncio.sleep(0.5)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Learners by the hundred under faults; zero seconds lost, zero doubled.")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--learners", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=None, help="by default drawn anew; the same seed draws the same plan")
    parser.add_argument("--output", type=Path, default=Path("test-results/soak"), help="a folder for result.json and result.md")
    chosen = parser.parse_args(arguments)
    seed = random.SystemRandom().randrange(10**6) if chosen.seed is None else chosen.seed
    folder = Path(tempfile.mkdtemp(prefix="seattime-soak-"))
    folder.chmod(0o755)
    try:
        outcome = run(Plan(seed, chosen.minutes * 60, chosen.learners, chosen.workers), folder)
        chosen.output.mkdir(parents=True, exist_ok=True)
        (chosen.output / "result.json").write_text(json.dumps(outcome.figures(), indent=2) + "\n", encoding="utf-8")
        (chosen.output / "result.md").write_text(outcome.markdown(), encoding="utf-8")
        if not outcome.ok:
            shutil.copy(folder / "data.log", chosen.output / "server.log")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(outcome.markdown())
    print(f"Written to {chosen.output}/result.json and result.md")
    return 0 if outcome.ok else 1


if __name__ == "__main__":
    sys.exit(main())
