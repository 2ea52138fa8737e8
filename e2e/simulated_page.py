"""A player page on a simulated device, and the sessions that run in it.

Follows `live-session.js`, `timekeeper.js` and `clock.js` rule by rule: what an earlier page left is delivered before a launch, the journal
is written before anything is sent, one request of a session is in flight, dismissal sends beacons and waits for nothing. Must not import
anything of the product.
"""

from __future__ import annotations

import asyncio
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from e2e.history import StateSaid
from e2e.simulated_device import Device, Enrolment, backoff_ms, perf_ms, said_time, true_ms, write_down
from e2e.simulated_network import NoAnswer
from e2e.simulated_record import Record, Sent, State, Time

STOPPED_AFTER_MS = 4000
RUN_GAP_MS = 30_000
LAUNCH_ANCHOR_ERROR_MS = 5000
DRIFT = 0.0001
DELIVERY_WITHIN_S = 5.0
ROOM_FOR_BULK_BYTES = 52 * 1024


@dataclass
class Anchor:
    """The server said `server` at the monotonic moment `perf`; that may be wrong by `error`."""

    perf: int = 0
    server: float = 0.0
    error: float = float("inf")

    def at(self, perf: int) -> float:
        return self.server + (perf - self.perf)

    def move(self, server: float, perf: int, error: float) -> None:
        """A vague anchor does not displace a sharper one that is still good."""
        if error <= self.error + abs(perf - self.perf) * DRIFT:
            self.perf, self.server, self.error = perf, server, error


class Page:
    """A player page. `launched` must have come true before sessions begin."""

    def __init__(self, device: Device, enrolment: Enrolment) -> None:
        self.device = device
        self.enrolment = enrolment
        self.world = device.world
        self.anchor = Anchor()
        self.breaks = 0
        self.order = 0
        self.visible = True
        self.sessions: list[LiveSession] = []
        self.launch: dict[str, Any] = {}
        self.work: set[asyncio.Task[None]] = set()
        self._delivering = False
        self._failures = 0
        self._not_before = 0.0

    async def open(self) -> bool:
        """Delivers what is pending, then launches. False where no launch came about, or the device is gone."""
        device, enrolment = self.device, self.enrolment
        try:
            async with asyncio.timeout(DELIVERY_WITHIN_S):
                await device.deliver(enrolment.host)
        except TimeoutError:
            pass
        path = f"/player/{enrolment.registration}/launch"
        try:
            answer = await device.post(enrolment.host, path, {"link": enrolment.link, "activity": None})
        except NoAnswer:
            return False
        if answer.status != 200 or answer.body is None or "token" not in answer.body or device.lost:
            return False
        self.launch = answer.body
        self.anchor.move(answer.body["now"], perf_ms(), LAUNCH_ANCHOR_ERROR_MS)
        device.know(enrolment.registration, answer.body["launch"]["number"], answer.body["token"])
        device.ledger = answer.body["ledger"]
        self.order = answer.body["launch"]["order"]
        return True

    def begin(self) -> LiveSession:
        """A document's session: Initialize."""
        session = LiveSession(self)
        self.sessions.append(session)
        self.device.live.add(session.record.session)
        return session

    def run(self, work: Any) -> None:
        """Something that the page does beside; dies with it."""
        task = asyncio.ensure_future(work)
        self.work.add(task)
        task.add_done_callback(self.work.discard)

    def tick(self) -> None:
        """Once a second: clocks, heartbeats, what is left of earlier pages."""
        for session in self.sessions:
            session.tick()
        if not self._delivering and perf_ms() >= self._not_before:
            self._delivering = True
            self.run(self._deliver_rest())

    async def _deliver_rest(self) -> None:
        left = await self.device.deliver(self.enrolment.host, frozenset(session.record.session for session in self.sessions))
        self._failures = self._failures + 1 if left else 0
        wait_ms = backoff_ms(self._failures, self.world.longest_backoff_ms, self.world.dice.random()) if left else 1000
        self._not_before = perf_ms() + wait_ms
        self._delivering = False

    def set_visible(self, visible: bool) -> None:
        self.visible = visible
        for session in self.sessions:
            session.visibility(visible)

    async def dismiss(self) -> None:
        """The tab is closed or goes elsewhere: beacons and nothing else."""
        for session in self.sessions:
            session.leave()
        self.kill()

    def kill(self) -> None:
        """The browser is gone at once; only the journal stays."""
        for task in self.work:
            task.cancel()
        self.device.live -= {session.record.session for session in self.sessions}
        self.sessions.clear()

    async def drain(self, within_s: float) -> None:
        """Stays open until all is stored, or as long as the learner's patience lasts."""
        until = time.monotonic() + within_s
        while time.monotonic() < until and any(session.record.is_pending(self.device.ledger) for session in self.sessions):
            await asyncio.sleep(0.2)
            self.tick()


@dataclass(eq=False)
class LiveSession:
    """A session that runs in a page, and its delivery until it is stored."""

    page: Page
    running: bool = True
    over: bool = False
    in_flight: bool = False
    again: bool = False
    wanting: bool = True
    leased_once: bool = False
    failures: int = 0
    apart: bool = False
    not_before: float = 0
    sent_at: float = float("-inf")
    record: Record = field(init=False)

    def __post_init__(self) -> None:
        page, enrolment, launch = self.page, self.page.enrolment, self.page.launch
        start = launch["activities"][launch["first"]]
        # the next hundredth: rounded down, it would measure some ms more than really pass
        now = perf_ms() + 10
        self.began = self.proven = self.from_perf = now
        opened = round(page.anchor.at(now))
        session = str(uuid.UUID(int=page.world.dice.getrandbits(128), version=4))
        self.wanting = page.visible
        self.record = Record(
            registration=enrolment.registration, session=session, launch=launch["launch"]["number"], token=launch["token"],
            activity=start["id"], attempt=start["attempt"], new_attempt=start["new_attempt"], standard=start["standard"],
            time=Time(opened, page.order), state=State(page.order),
        )  # fmt: skip
        self.record.time.spans.append([0, 0, int(page.visible), 0])
        page.world.history.began(session, enrolment.registration, enrolment.learner, true_ms(now))

    # What content does

    def set(self, element: str, value: str) -> None:
        self.record.state.put(element, value, self.order)

    def say(self, ms: int, raw: str) -> None:
        self.read()
        self.record.time.say(ms, raw)

    def commit(self) -> None:
        self.page.run(self.send())

    def finish(self, how: str) -> None:
        """`terminated` or `left`."""
        self.take_time()
        self.record.time.ended = how
        self.record.time.terminated = how == "terminated"
        self.running = False
        self.write()
        self.not_before = 0
        self.page.run(self.send())

    def leave(self) -> None:
        """Dismissal: time first and alone, and the state if it fits beside it."""
        if self.over or not (self.running or self.record.is_pending(self.page.device.ledger)):
            return
        if self.running:
            self.take_time()
            self.record.time.ended = "left"
            self.running = False
        self.write()
        self._beacon(*self.record.time_only())
        for body, sent in self.record.state_within(ROOM_FOR_BULK_BYTES):
            self._beacon(body, sent)

    # Clocks

    @property
    def order(self) -> int:
        return max(self.record.time.order, self.page.order)

    def read(self, *, decides: bool = False) -> None:
        """The page lived until now, unless it was stopped for so long that only a tick may say so."""
        now, clocks = perf_ms(), self.record.time
        if not self.running or now <= self.proven:
            return
        stopped = now - self.proven > STOPPED_AFTER_MS
        if stopped and not decides:
            return
        self.proven = now
        if stopped:
            self.page.breaks += 1
            self.page.anchor = Anchor(now, self.page.anchor.at(now))
            self._cut(now, clocks.spans[-1][2], 1)
        else:
            clocks.spans[-1][1] = now - self.from_perf
        clocks.measured = sum(span[1] for span in clocks.spans)
        clocks.open = now - self.began

    def visibility(self, visible: bool) -> None:
        if not self.running:
            return
        self.read()
        last = self.record.time.spans[-1]
        if last[2] != int(visible):
            self._cut(self.proven, int(visible), 0 if last[1] else last[3])

    def mark(self) -> None:
        """The learner did something now."""
        self.read()
        acts, last = self.record.time.acts, self.record.time.spans[-1]
        at = last[0] + last[1]
        if acts and at - sum(acts[-1]) < RUN_GAP_MS:
            acts[-1][1] = max(acts[-1][1], at - acts[-1][0])
        else:
            acts.append([at, 0])

    def _cut(self, perf: int, visible: int, before: int) -> None:
        clocks = self.record.time
        last = clocks.spans[-1]
        start = max(last[0] + last[1], round(self.page.anchor.at(perf)) - clocks.opened)
        self.from_perf = perf
        clocks.spans.append([start, 0, visible, before])
        self.page.world.history.stories[self.record.session].true_starts.append(true_ms(perf))

    def take_time(self) -> None:
        """The time register up to now, under a sequence that nothing else has."""
        if not self.running:
            return
        self.read()
        self.record.time.touch()
        self.record.time.order = self.order

    # Delivery

    def write(self) -> None:
        """The journal."""
        self.record.time.left = self.record.state.left = True
        self.page.device.keep(self.page.enrolment.host, self.record)
        said_time(self.page.world.history, self.record)
        if self.record.state.seq:
            self.page.world.history.said_state(self.record.session, StateSaid(self.record.state.seq, dict(self.record.state.set)))

    def tick(self) -> None:
        if self.over:
            return
        self.read(decides=True)
        now, world = perf_ms(), self.page.world
        due = now >= self.not_before if self.failures else now - self.sent_at >= world.heartbeat_ms - 500
        if due and not self.in_flight and (self.running or self.record.is_pending(self.page.device.ledger)):
            self.page.run(self.send())
        elif self.running:
            self.take_time()
            self.write()

    async def send(self) -> None:
        if self.over:
            return
        if self.running:
            self.take_time()
            self.write()
        if self.in_flight:
            self.again = True
            return
        if perf_ms() < self.not_before:
            return
        self.in_flight = True
        while not self.over:
            self.again = False
            message = self.record.next_message(self.wanting and self.running, apart=self.apart)
            if message is None or not await self._exchange(*message) or not (self.again or self.record.has_more()):
                break
            if self.running:
                self.take_time()
                self.write()
        self.in_flight = False

    async def _exchange(self, body: dict[str, Any], sent: Sent) -> bool:
        """Whether the server took it."""
        device, world, page = self.page.device, self.page.world, self.page
        asked, breaks = perf_ms(), page.breaks
        self.sent_at = asked
        said, answer = await device.send(page.enrolment.host, self.record, self._token(), body, sent)
        came = perf_ms()
        if said == "gone":
            self.over, self.running = True, False
            device.journal(page.enrolment.host).pop(self.record.session, None)
            return False
        taken = said in ("stored", "progress")
        if answer is not None:
            if taken and breaks == page.breaks:
                page.anchor.move(answer["now"], (asked + came) // 2, (came - asked) / 2)
            self._leased((answer["result"] or {}).get("lease"), sent.want)
            if not self.running:
                self.write()
            if taken:
                self.failures, self.apart = 0, False
                return True
        if said == "refused" and sent.time is not None and sent.state is not None:
            # together they were refused: time goes alone, and at once
            self.apart = self.again = True
            return True
        self.failures += 1
        longest = world.longest_backoff_ms
        self.not_before = perf_ms() + (longest if said == "forbidden" else backoff_ms(self.failures, longest, world.dice.random()))
        return False

    def _leased(self, lease: dict[str, Any] | None, asked: bool) -> None:
        if lease is None:
            return
        if asked:
            self.wanting = False
        if not self.running:
            return
        if lease["mine"]:
            self.page.order = max(self.order, lease["number"])
            if not self.leased_once:
                self.record.state.raise_order(self.page.order)
            self.leased_once = True
        elif not asked and self.page.visible and lease["silent_ms"] >= 2 * self.page.world.heartbeat_ms:
            self.wanting = self.again = True

    def _token(self) -> str:
        return str(self.page.launch["token"])

    def _beacon(self, body: dict[str, Any], sent: Sent) -> None:
        device, host = self.page.device, self.page.enrolment.host
        write_down(self.page.world.history, self.record, sent)
        request = self.page.world.history.invoked(self.record.session)
        self.page.world.history.unknown(request)
        if device.online:
            device.world.network.beacon(host, "/runtime/commit", {"v": 1, "token": self._token(), "records": [body]})
