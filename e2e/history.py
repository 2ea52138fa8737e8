"""What simulated learners did and what the server said to it, in the manner of Jepsen: the checker's only witness beside the ledger.

Every sequence of every register is written down with its content before it is sent, so that each value in the ledger can be told from all
others; every request is written down before it leaves, and its answer when it comes. What was never answered stays open: it may have
happened or not. Appended by one thread. Must not import anything of the product.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

TIME, STATE = "time", "state"

Place = tuple[int, int]
"""A measured interval: when it really began (server time, ms) and how long it was."""


@dataclass(frozen=True)
class TimeSaid:
    """A time register under one sequence. `places`: where each span really lay. `off_ms`: how wrong the browser's anchors were at most."""

    seq: int
    measured: int
    places: tuple[Place, ...]
    words: tuple[tuple[int | None, int, str, int], ...] = ()
    status: Mapping[str, str] = field(default_factory=dict)
    exit: str | None = None
    terminated: bool = False
    ended: str | None = None
    off_ms: int = 0
    partly: bool = False
    """Not all entries fitted the message: the others follow under the next sequence."""


@dataclass(frozen=True)
class StateSaid:
    """A state register under one sequence: all elements that the session had set by then."""

    seq: int
    elements: Mapping[str, str]


@dataclass(frozen=True)
class Acked:
    """The server's word about one register up to a sequence. `at`: its place in the history; `request`: that of the request."""

    at: int
    request: int
    register: str
    seq: int
    status: str


@dataclass
class Story:
    """All that is known of one session."""

    session: str
    registration: str
    learner: str
    true_starts: list[int] = field(default_factory=list)
    """When each of its measured intervals really began, server time; a browser knows that only as well as its anchor."""
    times: dict[int, TimeSaid] = field(default_factory=dict)
    states: dict[int, StateSaid] = field(default_factory=dict)
    acks: list[Acked] = field(default_factory=list)
    invoked: int = 0
    answered: int = 0
    journal_lost_at: int | None = None
    """The device is gone, and with it what it had not delivered."""
    pending: bool = False
    """Still in a journal when the run was over."""

    @property
    def newest_time(self) -> int:
        return max(self.times, default=0)

    @property
    def newest_state(self) -> int:
        return max(self.states, default=0)


class History:
    """Sessions, what the server said of them, and what was done to the server."""

    def __init__(self) -> None:
        self.stories: dict[str, Story] = {}
        self.restored_at: list[int] = []
        self.spool_lost_at: list[int] = []
        self.erased_at: dict[str, int] = {}
        self.used_twice: set[tuple[str, str, int]] = set()
        """One sequence must name one content: with two, no value in the ledger could be told from another."""
        self.faults: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self._at = 0
        self._open: dict[int, str] = {}

    # What browsers do

    def began(self, session: str, registration: str, learner: str, really_ms: int) -> None:
        self.stories[session] = Story(session, registration, learner, [really_ms])

    def said_time(self, session: str, said: TimeSaid) -> None:
        """Written to a journal or sent. The same sequence may be said again, with the same content or less of it sent along."""
        known = self.stories[session].times.get(said.seq)
        if known is not None and (known.measured, known.words, known.ended) != (said.measured, said.words, said.ended):
            self.used_twice.add((session, TIME, said.seq))
        if known is None or said.partly:
            self.stories[session].times[said.seq] = said

    def said_state(self, session: str, said: StateSaid) -> None:
        known = self.stories[session].states.get(said.seq)
        if known is not None and known.elements != said.elements:
            self.used_twice.add((session, STATE, said.seq))
        self.stories[session].states[said.seq] = said

    def invoked(self, session: str) -> int:
        """A request is about to leave; its number."""
        self._at += 1
        self._open[self._at] = session
        self.stories[session].invoked += 1
        return self._at

    def acknowledged(self, request: int, register: str, seq: int, status: str) -> None:
        """`stored`, `waiting`, `spooled`, `held` or `gone`."""
        self._at += 1
        story = self.stories[self._open[request]]
        story.acks.append(Acked(self._at, request, register, seq, status))
        self.outcomes[status] += 1

    def closed(self, request: int, outcome: str | None = None) -> None:
        """An answer came. `outcome` where it acknowledged nothing: `refused`."""
        self.stories[self._open.pop(request)].answered += 1
        if outcome is not None:
            self.outcomes[outcome] += 1

    def unknown(self, request: int) -> None:
        """No answer came: it may have happened or not. It stays open."""
        self.outcomes["unknown"] += 1

    def journal_lost(self, session: str) -> None:
        self._at += 1
        self.stories[session].journal_lost_at = self._at

    def still_pending(self, session: str) -> None:
        self.stories[session].pending = True

    # What is done to the server

    def restored(self) -> None:
        """An earlier copy of the database is live again."""
        self._at += 1
        self.restored_at.append(self._at)

    def spool_lost(self) -> None:
        """A node died for ever, and its spool with it."""
        self._at += 1
        self.spool_lost_at.append(self._at)

    def erased(self, registration: str) -> None:
        self._at += 1
        self.erased_at[registration] = self._at

    def fault(self, name: str) -> None:
        self.faults[name] += 1

    @property
    def left_open(self) -> int:
        """Requests that were never answered."""
        return len(self._open)
