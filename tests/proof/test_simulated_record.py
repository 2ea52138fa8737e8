"""The simulated learners' record against the browser's own modules: the same steps, the same messages, the same standing after each.

Without this the soak and the state machine would prove something about a browser that nobody has.
"""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from e2e.simulated_record import Record, Sent, State, Time

BROWSER = Path(__file__).with_name("browser_records.mjs")
STEPS = 60
SEEDS = 25
WEIGHTS = {
    "grow": 20, "span": 8, "act": 4, "say": 10, "set": 20, "raise": 2, "message": 25, "time_only": 3, "within": 3, "answer": 25,
    "forget": 1, "restore": 2, "touch": 2,
}  # fmt: skip
"""How often each step is drawn."""
Step = tuple[Any, ...]


class Steps:
    """The Python side of browser_records.mjs."""

    def __init__(self) -> None:
        time = Time(opened=1000, order=1, spans=[[0, 0, 1, 0]])
        self.record = Record("r1", "s1", 1, "t1", "item_1", "", False, "scorm12", time, State(1))
        self.sent: list[Sent] = []

    def carry_out(self, name: str, *values: Any) -> dict[str, Any]:
        return {"came": getattr(self, name)(*values), "standing": self.standing()}

    def touch(self) -> None:
        self.record.time.touch()

    def grow(self, ms: int) -> None:
        time = self.record.time
        time.touch()
        time.spans[-1][1] += ms
        time.measured += ms
        time.open += ms

    def span(self, gap: int, visible: int, times: int) -> None:
        time = self.record.time
        time.touch()
        for _ in range(times):
            time.spans.append([time.spans[-1][0] + time.spans[-1][1] + gap, 0, visible, 1 if gap > 0 else 0])

    def act(self, at: int) -> None:
        self.record.time.acts.append([at, 0])

    def say(self, ms: int, raw: str) -> None:
        self.record.time.say(ms, raw)

    def set(self, name: str, value: str, order: int) -> None:
        self.record.state.put(name, value, order)

    def raise_(self, order: int) -> None:
        self.record.state.raise_order(order)

    def message(self, want: bool, apart: bool) -> dict[str, Any] | None:
        found = self.record.next_message(want, apart=apart)
        return None if found is None else self._sent(*found)

    def time_only(self) -> dict[str, Any]:
        return self._sent(*self.record.time_only())

    def within(self, room: int) -> list[dict[str, Any]]:
        return [self._sent(*part) for part in self.record.state_within(room)]

    def answer(self, index: int, result: dict[str, Any] | None, ledger: str | None) -> str | None:
        if not self.sent:
            return None
        return self.record.apply_answer(self.sent[index % len(self.sent)], result, ledger, "t1")

    def forget(self) -> None:
        self.record.forget_acks()

    def restore(self) -> None:
        self.record = self.record.copy()

    def standing(self) -> dict[str, Any]:
        time, state, job = self.record.time, self.record.state, self.record.job
        return {
            "time": [time.seq, time.acked, time.stored, time.cut, time.floor],
            "state": [state.seq, state.acked, state.floor, state.order],
            "pending": self.record.is_pending("L1"),
            "more": self.record.has_more(),
            "job": None if job is None else [job.head["seq"], job.next],
        }

    def _sent(self, message: dict[str, Any], sent: Sent) -> dict[str, Any]:
        self.sent.append(sent)
        return message


def drawn(dice: random.Random, mine: Steps) -> list[Step]:
    """Steps, each drawn with the record before it in view, so that answers fit what was sent."""
    steps: list[Step] = []
    for number in range(STEPS):
        name = dice.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]
        step = (name, *values(name, dice, mine, number))
        steps.append(step)
        mine.carry_out(*named(step))
    return steps


def values(name: str, dice: random.Random, mine: Steps, number: int) -> Step:
    """The step's arguments."""
    match name:
        case "grow":
            return (dice.randrange(10, 5000, 10),)
        case "span":
            return (dice.choice((0, 5000)), dice.randrange(2), dice.choice((1, 1, 1, 90)))
        case "act":
            return (number * 40_000,)
        case "say":
            return (dice.choice((mine.record.time.measured, dice.randrange(30_000))), "0000:00:01.00" * dice.choice((1, 4)))
        case "set":
            value = dice.choice(("x", "雪" * 17_000, f'"{number}"', "y" * 300))
            return (f"cmi.{dice.randrange(8)}", value, dice.randrange(1, 4))
        case "raise":
            return (dice.randrange(1, 6),)
        case "message":
            return (dice.random() < 0.2, dice.random() < 0.1)
        case "within":
            return (dice.choice((500, 60_000, 500_000)),)
        case "answer":
            return answer(dice, mine)
        case _:
            return ()


def answer(dice: random.Random, mine: Steps) -> Step:
    """What a server may say of anything that was sent, or of nothing."""
    index = dice.randrange(max(1, len(mine.sent)))
    if dice.random() < 0.05 or not mine.sent:
        return (index, None, "L1")
    sent, result = mine.sent[index], {"session": "s1", "need_all": dice.random() < 0.1}
    away = dice.random() < 0.15
    for register, part in (("time", sent.time), ("state", sent.state)):
        if part is not None:
            statuses = ["spooled", "held"] if away else ["stored", "stored", "stored", "waiting" if register == "state" else "stored"]
            result[register] = {"seq": part.seq, "status": dice.choice([*statuses, *(["gone"] if dice.random() < 0.02 else [])])}
    return (index, result, None if away else dice.choice(("L1", "L1", "L1", "L2")))


def named(step: Step) -> Step:
    """`raise` is a word of Python's own."""
    return ("raise_", *step[1:]) if step[0] == "raise" else step


@pytest.fixture(scope="module")
def histories() -> list[list[Step]]:
    return [drawn(random.Random(seed), Steps()) for seed in range(SEEDS)]


def test_the_same_steps_come_to_the_same_messages_and_the_same_standing(histories: list[list[Step]]) -> None:
    done = subprocess.run(["node", str(BROWSER)], input=json.dumps(histories), capture_output=True, text=True, check=True, timeout=120)
    for seed, (steps, browsers) in enumerate(zip(histories, json.loads(done.stdout), strict=True)):
        mine = Steps()
        for number, (step, browser) in enumerate(zip(steps, browsers, strict=True)):
            ours = json.loads(json.dumps(mine.carry_out(*named(step))))
            assert ours == browser, f"seed {seed}, step {number}: {step[0]}"


def test_the_histories_hold_what_is_hard(histories: list[list[Step]]) -> None:
    """Pieces, cut messages, everything forgotten: or the comparison would say little."""
    seen: set[str] = set()
    for steps in histories:
        mine = Steps()
        for step in steps:
            mine.carry_out(*named(step))
            seen |= {"pieces"} if mine.record.job is not None else set()
            seen |= {"cut"} if mine.record.time.cut or any(sent.time and sent.time.cut for sent in mine.sent) else set()
            seen |= {"forgotten"} if mine.record.time.floor else set()
    assert seen == {"pieces", "cut", "forgotten"}
