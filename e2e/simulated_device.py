"""A browser without a browser: its clock, its journals, and how what they hold is delivered.

Follows `backlog.js` rule by rule: own token first, then the newest of the registration; nothing but `stored` and `gone` ends a record;
where both registers together are refused, time goes alone. The monotonic clock counts hundredths of a second, so that what content reports
is exact. Must not import anything of the product.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from e2e.history import STATE, TIME, History, StateSaid, TimeSaid
from e2e.simulated_network import Answer, Network, NoAnswer
from e2e.simulated_record import Record, Sent

ROUNDS = 200
LONGEST_BACKOFF_MS = 30_000


def perf_ms() -> int:
    """The monotonic clock of all devices, in whole hundredths of a second."""
    return int(time.monotonic() * 100) * 10


def true_ms(perf: int) -> int:
    """What the server's clock said at that moment, just now: it runs on this machine."""
    return perf + round((time.time() - time.monotonic()) * 1000)


def backoff_ms(failures: int, longest_ms: int, chance: float) -> float:
    return min(longest_ms, 1000 * 2.0 ** (failures - 1)) * (0.5 + chance / 2)


@dataclass
class World:
    """What all devices share."""

    network: Network
    history: History
    dice: random.Random
    heartbeat_ms: int = 5000
    longest_backoff_ms: int = LONGEST_BACKOFF_MS


@dataclass(frozen=True)
class Enrolment:
    """A learner's registration for a course: where it plays and how it is opened."""

    registration: str
    learner: str
    host: str
    link: str


class Device:
    """A browser profile. `journals`: by play origin, by session. Survives everything but being lost."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.journals: dict[str, dict[str, Record]] = {}
        self.online = True
        self.tokens: dict[str, tuple[int, str]] = {}
        self.ledger: str | None = None
        self.live: set[str] = set()
        """Sessions that run in a page, which gives their sequences."""
        self.lost = False
        """It is at the bottom of a lake: no page of it goes on, and none opens."""

    def journal(self, host: str) -> dict[str, Record]:
        return self.journals.setdefault(host, {})

    def pending(self, host: str) -> list[Record]:
        return [record for record in self.journal(host).values() if record.is_pending(self.ledger)]

    def all_pending(self) -> list[tuple[str, Record]]:
        return [(host, record) for host in self.journals for record in self.pending(host)]

    def know(self, registration: str, launch: int, token: str) -> None:
        known = self.tokens.get(registration)
        if known is None or launch > known[0]:
            self.tokens[registration] = (launch, token)

    async def post(self, host: str, path: str, body: dict[str, Any]) -> Answer:
        """Raises NoAnswer."""
        if not self.online or self.lost:
            raise NoAnswer
        return await self.world.network.post(host, path, body)

    async def deliver(self, host: str, skip: frozenset[str] = frozenset()) -> int:
        """Delivers what earlier pages left on this origin; how many records still wait. `skip`: sessions that the page itself delivers."""
        for record in [each.copy() for each in self.pending(host) if each.session not in skip]:
            await self._deliver_one(host, record)
        return len([each for each in self.pending(host) if each.session not in skip])

    async def _deliver_one(self, host: str, record: Record) -> None:
        begun = (record.time.seq, record.state.seq) if record.session in self.live else None

        def keeps_sequences() -> bool:
            return begun is None or begun == (record.time.seq, record.state.seq)

        if record.is_of_another_ledger(self.ledger):
            record.forget_acks()
        newest = self.tokens.get(record.registration, (0, record.token))[1]
        for token in dict.fromkeys((record.token, newest)):
            if record.held_under == token:
                continue
            for _ in range(ROUNDS):
                said = await self._exchange(host, record, token, keeps_sequences)
                if not keeps_sequences():
                    return
                if said == "gone":
                    self.journal(host).pop(record.session, None)
                    return
                if said in ("failed", "refused"):
                    return
                if said != "forbidden" and not self.keep(host, record):
                    return
                if said in ("stored", "spooled", "kept"):
                    return
                if said != "progress":
                    break

    def lose(self) -> None:
        """What its journals hold is gone with it."""
        self.lost = True
        for journal in self.journals.values():
            for session in journal:
                self._drown(session)

    def _drown(self, session: str) -> None:
        if self.world.history.stories[session].journal_lost_at is None:
            self.world.history.journal_lost(session)

    def keep(self, host: str, record: Record) -> bool:
        """Writes the journal. False where another page has gone on with this session, or there is no journal any more."""
        if self.lost:
            self._drown(record.session)
            return False
        known = self.journal(host).get(record.session)
        if known is not None and known.time.seq > record.time.seq:
            return False
        self.journal(host)[record.session] = record.copy()
        return True

    async def _exchange(self, host: str, record: Record, token: str, may_be_sent: Callable[[], bool]) -> str:
        """One request; where both registers together were refused, time goes alone."""
        for apart in (False, True):
            message = record.next_message(apart=apart)
            if message is None:
                return "stored"
            if not may_be_sent():
                return "failed"
            said, _ = await self.send(host, record, token, *message)
            if said != "refused" or message[1].time is None or message[1].state is None:
                break
        return said

    async def send(self, host: str, record: Record, token: str, body: dict[str, Any], sent: Sent) -> tuple[str, dict[str, Any] | None]:
        """One request, what its answer does to the record, and the whole answer where there is one.

        Beside the record's own words: `failed` where no answer came, `refused` and `forbidden` where it said so.
        """
        history = self.world.history
        write_down(history, record, sent)
        request = history.invoked(record.session)
        try:
            answer = await self.post(host, "/runtime/commit", {"v": 1, "token": token, "records": [body]})
        except NoAnswer:
            history.unknown(request)
            return "failed", None
        if answer.status in (200, 410) and answer.body is not None and "results" in answer.body:
            result = next((each for each in answer.body["results"] if each["session"] == record.session), None)
            for name in (TIME, STATE):
                if result is not None and (acked := result.get(name)):
                    history.acknowledged(request, name, acked["seq"], acked["status"])
            history.closed(request)
            said = record.apply_answer(sent, result, answer.body["ledger"], token)
            self.ledger = answer.body["ledger"] or self.ledger
            return said, {**answer.body, "result": result}
        history.closed(request, "refused")
        return ("forbidden" if answer.status in (403, 410) else "refused"), None


def write_down(history: History, record: Record, sent: Sent) -> None:
    """Before it leaves: what is said under these sequences."""
    if sent.time is not None:
        said_time(history, record, partly=sent.time.cut)
    # a piece is of the sequence that was newest when the pieces were made, and was written down then
    if sent.state is not None and (sent.state.seq == record.state.seq or sent.state.seq not in history.stories[record.session].states):
        history.said_state(record.session, StateSaid(sent.state.seq, dict(record.state.set)))


def said_time(history: History, record: Record, *, partly: bool = False) -> None:
    clocks, true_starts = record.time, history.stories[record.session].true_starts
    history.said_time(
        record.session,
        TimeSaid(
            seq=clocks.seq,
            measured=clocks.measured,
            places=tuple((start, span[1]) for start, span in zip(true_starts, clocks.spans, strict=False)),
            words=tuple((word[0], word[1], word[2], word[3]) for word in clocks.words),
            status=dict(clocks.status),
            exit=clocks.exit,
            terminated=clocks.terminated,
            ended=clocks.ended,
            off_ms=max((abs(clocks.opened + span[0] - start) for start, span in zip(true_starts, clocks.spans, strict=False)), default=0),
            partly=partly,
        ),
    )
