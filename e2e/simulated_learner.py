"""The life of a simulated learner, drawn from a seed: devices, visits, what the content says, how pages end.

All learners together do what the field does: sessions that overlap on two devices and in two courses, offline stretches, sleep, reloads,
killed browsers, lost phones, content that reports often, once, never, or begins to count anew. Every value is unlike every other.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from e2e.simulated_device import Device, Enrolment, World
from e2e.simulated_page import LiveSession, Page

LARGE_CHARACTERS = 30_000
"""Of a suspend_data that does not fit one message: in Chinese three bytes each."""


@dataclass(frozen=True)
class Habits:
    """How long learners stay and how often things happen. Seconds, and chances of one visit."""

    visit_s: tuple[float, float] = (4, 45)
    pause_s: tuple[float, float] = (0.5, 8)
    offline: float = 0.12
    sleeps: float = 0.06
    killed: float = 0.12
    terminates: float = 0.45
    reloads: float = 0.15
    beside: float = 0.25
    """Another course, or the same one on another device, is open at the same time."""
    device_lost: float = 0.01
    large: float = 0.03
    restless: float = 0.03
    """The page is hidden and shown again at every moment: more intervals than fit a message."""


@dataclass
class Learner:
    """One person. `enrolments`: the courses; `devices`: one or two browsers."""

    world: World
    enrolments: list[Enrolment]
    dice: random.Random
    habits: Habits = field(default_factory=Habits)
    devices: list[Device] = field(default_factory=list)
    _visited: set[tuple[Device, str]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.devices = [Device(self.world) for _ in range(self.dice.choice((1, 1, 2)))]

    async def live(self, until: asyncio.Event) -> None:
        """Visits until the run is over, then leaves all pages."""
        await asyncio.sleep(self.dice.uniform(0, self.habits.pause_s[1]))
        while not until.is_set():
            visits = [self._visit(until)]
            if self.dice.random() < self.habits.beside:
                visits.append(self._visit(until))
            await asyncio.gather(*visits)
            await self._pass(self.dice.uniform(*self.habits.pause_s), until)

    async def come_back(self) -> int:
        """Once more online: each course that was open on a device is opened there once, and again until nothing is left.

        How many records still wait. A visit where all seems delivered matters too: it tells the browser of another ledger.
        """
        at = {enrolment.host: enrolment for enrolment in self.enrolments}
        for device in self.devices:
            device.online = True
            for host in [host for host, journal in device.journals.items() if journal]:
                if (device, host) in self._visited and not device.pending(host):
                    continue
                if await Page(device, at[host]).open():
                    self._visited.add((device, host))
                    await device.deliver(host)
        return sum(len(device.all_pending()) for device in self.devices)

    def give_up(self) -> None:
        """What is in a journal now will never be delivered."""
        for device in self.devices:
            for _, record in device.all_pending():
                self.world.history.still_pending(record.session)

    async def _visit(self, until: asyncio.Event) -> None:
        dice, habits = self.dice, self.habits
        device = dice.choice(self.devices)
        page = Page(device, dice.choice(self.enrolments))
        if not await page.open():
            return
        page.visible = dice.random() < 0.9
        await self._play(page, until)
        device.online = True
        if dice.random() < habits.device_lost and not device.lost:
            self._lose(device)

    async def _play(self, page: Page, until: asyncio.Event) -> None:
        dice, habits = self.dice, self.habits
        content = Content(page.begin(), dice)
        content.session.commit()
        left_s = dice.uniform(*habits.visit_s)
        restless = dice.random() < habits.restless
        offline_at = left_s * dice.random() if dice.random() < habits.offline else None
        sleeps_at = left_s * dice.random() if dice.random() < habits.sleeps else None
        if dice.random() < habits.large:
            content.write_much()
        while left_s > 0 and not until.is_set():
            step = min(left_s, dice.uniform(0.6, 1.2))
            left_s -= step
            await self._pass(step, until)
            if page.device.lost:
                break
            if offline_at is not None and left_s < offline_at:
                page.device.online, offline_at = False, None
                self.world.history.fault("browser offline")
            if sleeps_at is not None and left_s < sleeps_at:
                sleeps_at = None
                self.world.history.fault("computer slept")
                await asyncio.sleep(dice.uniform(4.5, 7))
                if page.device.lost:
                    break
            content.act(restless)
            page.tick()
        await self._end(page, content)

    async def _end(self, page: Page, content: Content) -> None:
        dice, habits = self.dice, self.habits
        if page.device.lost:
            page.kill()
            return
        if dice.random() < habits.killed:
            self.world.history.fault("browser killed")
            page.kill()
            return
        if dice.random() < habits.terminates:
            content.last_words()
            content.session.finish("terminated")
            await page.drain(dice.choice((0.0, 1.0, 3.0)))
        if page.device.lost:
            page.kill()
            return
        await page.dismiss()
        if dice.random() < habits.reloads:
            again = Page(page.device, page.enrolment)
            if await again.open():
                content = Content(again.begin(), dice)
                content.session.commit()
                await asyncio.sleep(dice.uniform(0.5, 3))
                if page.device.lost:
                    again.kill()
                    return
                content.act(False)
                await again.dismiss()

    async def _pass(self, seconds: float, until: asyncio.Event) -> None:
        try:
            await asyncio.wait_for(until.wait(), seconds)
        except TimeoutError:
            return

    def _lose(self, device: Device) -> None:
        """The device falls into the water, and with it its journals and the pages that are open on it."""
        device.lose()
        self.world.history.fault("device lost")
        self.devices[self.devices.index(device)] = Device(self.world)


class Content:
    """What a course does with the API. What it reports is what passed, so that all of it is to be counted."""

    def __init__(self, session: LiveSession, dice: random.Random) -> None:
        self.session = session
        self.dice = dice
        self.kind = dice.choice(("silent", "often", "at-end", "anew"))
        self.count = 0
        self.began_anew_at = 0
        self.began_anew = False

    def act(self, restless: bool) -> None:
        """One moment of the course: writes, reports, commits, is hidden, as its kind does."""
        self.session.mark()
        self.count += 1
        if restless:
            for _ in range(6):
                self.session.page.set_visible(not self.session.page.visible)
        elif self.dice.random() < 0.08:
            self.session.page.set_visible(not self.session.page.visible)
        if self.dice.random() < 0.4:
            self._write()
        # what it says after it began anew must be seen to fall, so it is said at once
        if self.kind in ("often", "anew") and (self.dice.random() < 0.5 or self.began_anew):
            self._report()
            self.began_anew = False
        if self.kind == "anew" and self.count % 8 == 0:
            self._report()
            self.began_anew_at = self.session.record.time.measured
            self.began_anew = True
        if self.dice.random() < 0.25:
            self.session.commit()

    def write_much(self) -> None:
        self.session.set("cmi.suspend_data", f"{self.session.record.session}:much:" + "雪" * LARGE_CHARACTERS)

    def last_words(self) -> None:
        self._write()
        if self.kind != "silent":
            self._report()
        self.session.record.time.exit = self.dice.choice(("suspend", "", "normal"))

    def _write(self) -> None:
        """A bookmark unlike any other, and an interaction that stays."""
        record = self.session.record
        value = f"{record.session}:{self.count}:{record.state.seq}"
        self.session.set("cmi.core.lesson_location", value)
        self.session.set("cmi.suspend_data", f"{value}:data")
        self.session.set(f"cmi.interactions.{self.count}.id", value)
        record.time.status = {"completion": "incomplete", "raw": str(self.count)}

    def _report(self) -> None:
        self.session.read()
        ms = self.session.record.time.measured - self.began_anew_at
        if ms <= 0:
            return
        seconds, rest = divmod(ms, 1000)
        self.session.say(ms, f"{seconds // 3600:04d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest // 10:02d}")
