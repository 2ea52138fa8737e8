"""Simulated devices: what is gone with one of them, so that the soak's verdict excuses that and nothing else."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from e2e.history import History
from e2e.simulated_device import Device, Enrolment, World
from e2e.simulated_network import Answer, Network, NoAnswer
from e2e.simulated_page import Page

ENROLMENT = Enrolment("r1", "ana", "play.localhost", "link")
LAUNCH: dict[str, Any] = {
    "token": "t", "now": 0.0, "ledger": "l", "first": "a", "launch": {"number": 1, "order": 1},
    "activities": {"a": {"id": "a", "attempt": "1", "new_attempt": False, "standard": "scorm12"}},
}  # fmt: skip


class Answering(Network):
    """Answers every launch, and nothing else."""

    async def post(self, host: str, path: str, body: dict[str, Any]) -> Answer:
        await asyncio.sleep(0)
        if not path.endswith("/launch"):
            raise NoAnswer
        return Answer(200, LAUNCH)

    def beacon(self, host: str, path: str, body: dict[str, Any]) -> None:
        raise AssertionError("a device that is gone sends nothing")


Play = Callable[[Device], Awaitable[None]]


@pytest.fixture
def history() -> History:
    return History()


def on_a_device(history: History, play: Play) -> None:
    dice = random.Random(1)
    asyncio.run(play(Device(World(Answering(0, history, dice), history, dice))))


def test_a_session_that_was_in_the_journal_is_gone_with_its_device(history: History) -> None:
    async def play(device: Device) -> None:
        page = Page(device, ENROLMENT)
        assert await page.open()
        page.begin().commit()
        await asyncio.sleep(0)
        device.lose()

    on_a_device(history, play)
    assert [story.journal_lost_at is not None for story in history.stories.values()] == [True]


def test_no_page_opens_on_a_device_that_is_gone_nor_one_that_was_about_to(history: History) -> None:
    async def play(device: Device) -> None:
        opening = asyncio.ensure_future(Page(device, ENROLMENT).open())
        await asyncio.sleep(0)
        device.lose()
        assert not await opening
        assert not await Page(device, ENROLMENT).open()

    on_a_device(history, play)
    assert history.stories == {}


def test_a_session_that_had_written_nothing_yet_is_gone_too_and_the_first_moment_stands(history: History) -> None:
    async def play(device: Device) -> None:
        page = Page(device, ENROLMENT)
        assert await page.open()
        session = page.begin()
        device.lose()
        session.write()
        [story] = history.stories.values()
        at = story.journal_lost_at
        assert at is not None
        session.write()
        assert story.journal_lost_at == at
        assert device.journal(ENROLMENT.host) == {}

    on_a_device(history, play)


def test_nothing_is_sent_from_it(history: History) -> None:
    async def play(device: Device) -> None:
        device.lose()
        with pytest.raises(NoAnswer):
            await device.post(ENROLMENT.host, "/player/r1/launch", {})

    on_a_device(history, play)
