"""What a browser keeps of one session and what it sends of it: `static/scorm_api/delivery/*-register.js` and `session-record.js` in Python.

For the simulated learners and for the ledger's state machine. Guarantees the browser's rules of docs/protocol.md: one sequence names one
content; a time register is sent in less than 2 kB, the oldest entries first; an older answer takes nothing back; what the server lost is
sent again under a sequence of its own. A test feeds the same steps to the browser's own modules and compares every message.
Pure; must not import anything of the product.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

TIME_LIMIT_BYTES = 2000
PIECE_BYTES = 48 * 1024
FALL_MS = 1000
LISTS = ("words", "spans", "acts")
"""The order in which entries take the room of a message."""


def byte_length(value: object) -> int:
    """Of its JSON in UTF-8."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def _counts() -> dict[str, int]:
    return {"spans": 0, "acts": 0, "words": 0}


@dataclass
class Time:
    """The time register; fields as in docs/protocol.md, and what is known to be stored of it."""

    opened: int
    order: int
    seq: int = 1
    left: bool = False
    """This sequence was written or sent: a change needs the next one."""
    acked: int = 0
    stored: dict[str, int] = field(default_factory=_counts)
    cut: bool = False
    part: tuple[int, dict[str, int]] | None = None
    """The sequence of a message that had no room for all, and what was known to be stored when it was made."""
    floor: int = 0
    """Answers to sequences up to here count no more: the server has lost what they said."""
    measured: int = 0
    open: int = 0
    spans: list[list[int]] = field(default_factory=list)
    acts: list[list[int]] = field(default_factory=list)
    words: list[list[Any]] = field(default_factory=list)
    status: dict[str, str] = field(default_factory=dict)
    exit: str | None = None
    terminated: bool = False
    ended: str | None = None

    @property
    def pending(self) -> bool:
        return self.acked < self.seq or self.cut

    def touch(self) -> None:
        """Call before a change."""
        if self.left:
            self.seq += 1
        self.left = False

    def say(self, ms: int, raw: str) -> None:
        """The content reported `ms`. A value that falls begins another segment."""
        word: list[Any] = [ms, self.measured, raw, 0]
        if not self.words or ms <= self.words[-1][0] - FALL_MS:
            self.words.append(word)
        else:
            self.words[-1] = word

    def message(self) -> tuple[dict[str, Any], SentTime]:
        """What the server is not known to have, and what an answer to it will cover."""
        goes_on = self.part is not None and self.part[0] == self.seq and self.part[1] != self.stored
        if (self.cut and self.acked >= self.seq) or goes_on:
            self.left = True
            self.touch()
        self.left = True
        message: dict[str, Any] = {
            "seq": self.seq, "base": self.acked, "order": self.order, "opened": self.opened, "measured": self.measured, "open": self.open,
            "status": dict(self.status), "exit": self.exit, "terminated": self.terminated, "ended": self.ended,
        }  # fmt: skip
        for name in ("spans", "acts", "words"):
            message |= {f"{name}_from": self.stored[name], name: []}
        room = TIME_LIMIT_BYTES - byte_length(message)
        counts, cut = dict(self.stored), False
        for name in LISTS:
            entries = getattr(self, name)
            for index in range(self.stored[name], len(entries)):
                room -= byte_length(entries[index]) + 1
                cut = cut or room < 0
                if cut:
                    break
                message[name].append(list(entries[index]))
                counts[name] = min(index + 1, len(entries) - 1)
        if cut:
            self.part = (self.seq, dict(self.stored))
        whole = self.acked == 0 and sum(self.stored.values()) == 0
        return message, SentTime(self.seq, counts, cut, whole)

    def was_stored(self, sent: SentTime) -> None:
        if sent.seq <= self.acked or sent.seq <= self.floor:
            return
        self.acked, self.stored, self.cut = sent.seq, dict(sent.counts), sent.cut

    def was_lost(self) -> None:
        self.floor = self.seq
        self.seq += 1
        self.left, self.acked, self.stored, self.cut = False, 0, _counts(), False

    def copy(self) -> Time:
        """As the journal keeps it."""
        return replace(
            self,
            stored=dict(self.stored), status=dict(self.status),
            spans=[list(span) for span in self.spans], acts=[list(act) for act in self.acts], words=[list(word) for word in self.words],
        )  # fmt: skip


@dataclass(frozen=True)
class SentTime:
    seq: int
    counts: dict[str, int]
    cut: bool
    whole: bool


@dataclass
class State:
    """The state register: the elements that the session itself set."""

    order: int
    seq: int = 0
    left: bool = True
    acked: int = 0
    floor: int = 0
    set: dict[str, str] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    @property
    def pending(self) -> bool:
        return self.acked < self.seq

    def touch(self, order: int) -> None:
        if self.left:
            self.seq += 1
        self.left = False
        self.order = order

    def put(self, element: str, value: str, order: int) -> None:
        if self.set.get(element) == value:
            return
        self.touch(order)
        self.set[element] = value
        self.changed[element] = self.seq

    def raise_order(self, order: int) -> None:
        """What is written already gets a newer order number."""
        if self.seq > 0 and self.order < order:
            self.touch(order)

    def changes(self) -> dict[str, Any]:
        names = list(self.set) if self.acked == 0 else [name for name, seq in self.changed.items() if seq > self.acked]
        return {"set": {name: self.set[name] for name in names}, "findings": []}

    def head(self) -> dict[str, Any]:
        self.left = True
        return {"seq": self.seq, "base": self.acked, "order": self.order, "whole": self.acked == 0}

    def was_stored(self, sent: SentState) -> None:
        if sent.seq > self.floor:
            self.acked = max(self.acked, sent.seq)
            self.changed = {name: seq for name, seq in self.changed.items() if seq > self.acked}

    def was_lost(self) -> None:
        if self.seq == 0:
            return
        self.floor = self.seq
        self.seq += 1
        self.left, self.acked = False, 0

    def copy(self) -> State:
        return replace(self, set=dict(self.set), changed=dict(self.changed))


@dataclass(frozen=True)
class SentState:
    seq: int
    whole: bool
    piece: tuple[int, int] | None = None
    """`(index, count)`"""


@dataclass
class PieceJob:
    """A state register that does not fit one message."""

    head: dict[str, Any]
    texts: list[str]
    next: int = 0


@dataclass(frozen=True)
class Sent:
    """What one message held, so that its answer is applied to exactly that."""

    time: SentTime | None
    state: SentState | None
    want: bool = False


@dataclass
class Record:
    """A session's record: who it is, its two registers, and what its journal entry says beside them."""

    registration: str
    session: str
    launch: int
    token: str
    activity: str
    attempt: str
    new_attempt: bool
    standard: str
    time: Time
    state: State
    ledger: str | None = None
    held_under: str | None = None
    """The token under which the server holds it for an operator: not offered again under that one."""
    job: PieceJob | None = None

    def is_pending(self, ledger: str | None) -> bool:
        return self.time.pending or self.state.pending or self.is_of_another_ledger(ledger)

    def is_of_another_ledger(self, ledger: str | None) -> bool:
        return ledger is not None and self.ledger is not None and self.ledger != ledger

    def forget_acks(self) -> None:
        """Nothing that the server once said counts any more."""
        self.time.was_lost()
        self.state.was_lost()
        self.job = None
        self.ledger = None

    def copy(self) -> Record:
        """As the journal keeps it; a restored page makes the pieces anew."""
        return replace(self, time=replace(self.time.copy(), left=True), state=replace(self.state.copy(), left=True), job=None)

    def envelope(self, want: bool = False) -> dict[str, Any]:
        return {
            "session": self.session, "activity": self.activity, "attempt": self.attempt, "new_attempt": self.new_attempt,
            "standard": self.standard, "mode": "normal", "want": "lease" if want else None,
        }  # fmt: skip

    def time_only(self) -> tuple[dict[str, Any], Sent]:
        message, sent = self.time.message()
        return self.envelope() | {"time": message}, Sent(sent, None)

    def state_within(self, room: int) -> list[tuple[dict[str, Any], Sent]]:
        """What of the state is not stored yet, if all of it fits within `room` bytes; else it waits in the journal."""
        if not self.state.pending:
            return []
        job = self.job
        begun = job is not None and job.head["seq"] == self.state.seq and job.next > 0
        if begun and job is not None:
            parts = [_piece(job, index) for index in range(job.next, len(job.texts))]
        else:
            parts = [self.state.head() | self.state.changes()]
        if byte_length(parts) > room:
            return []
        return [(self.envelope() | {"state": part}, Sent(None, _sent_state(part))) for part in parts]

    def next_message(self, want: bool = False, *, apart: bool = False) -> tuple[dict[str, Any], Sent] | None:
        """Time, and as much of the state as fits one message. None where there is nothing (more) to send.

        `apart`: time alone, where there is any: both together were refused.
        """
        if not self.time.pending and not self.state.pending and not want:
            return None
        message, sent_time, sent_state = self.envelope(want), None, None
        if self.time.pending:
            message["time"], sent_time = self.time.message()
            if apart:
                return message, Sent(sent_time, None, want)
        if self.job is None and self.state.pending:
            whole = self.state.head() | self.state.changes()
            if byte_length(whole) <= PIECE_BYTES:
                message["state"], sent_state = whole, _sent_state(whole)
            else:
                text = json.dumps(self.state.changes(), ensure_ascii=False, separators=(",", ":"))
                self.job = PieceJob(self.state.head(), slices(text, PIECE_BYTES))
        if self.job is not None:
            message["state"] = _piece(self.job, self.job.next)
            sent_state = _sent_state(message["state"])
        return message, Sent(sent_time, sent_state, want)

    def has_more(self) -> bool:
        """More can go at once: the next piece, entries that did not fit, all of it anew."""
        return self.time.cut or self.time.acked == 0 or self.state.pending

    def apply_answer(self, sent: Sent, result: dict[str, Any] | None, ledger: str | None, token: str) -> str:
        """`stored`: all that was sent is committed. `progress`: it was taken, more is needed. `gone`. Else the record stays as it is:
        `spooled`, `held`, or `kept` where nothing was taken.

        `ledger`: None where the database was not asked: then nothing it says is a reason to remember or to forget anything.
        """
        if result is None:
            return "kept"
        time, state = result.get("time"), result.get("state")
        statuses = [said["status"] for part, said in ((sent.time, time), (sent.state, state)) if part and said]
        if "gone" in statuses:
            return "gone"
        aside = next((word for word in ("held", "spooled") if word in statuses), None)
        self.held_under = token if aside == "held" else None
        if ledger is None:
            return aside or "kept"
        if sent.time and _is_stored(time, sent.time.seq):
            self.time.was_stored(sent.time)
        if sent.state:
            self._apply_state(sent.state, state)
        sent_whole = (sent.time is None or sent.time.whole) and (sent.state is None or sent.state.whole)
        if self.is_of_another_ledger(ledger) or (result.get("need_all") and not sent_whole):
            self.forget_acks()
        taken = bool(sent.time and _is_stored(time, sent.time.seq)) or bool(sent.state and _is_taken(state, sent.state.seq))
        if taken:
            self.ledger = ledger
        if aside is not None:
            return aside
        if not taken:
            return "kept"
        return "progress" if self.is_pending(ledger) else "stored"

    def _apply_state(self, sent: SentState, said: dict[str, Any] | None) -> None:
        job = self.job
        if _is_stored(said, sent.seq):
            self.state.was_stored(sent)
            if job is not None and job.head["seq"] <= sent.seq:
                self.job = None
        elif said and said["status"] == "waiting" and job is not None and sent.piece is not None and job.head["seq"] == sent.seq:
            job.next = sent.piece[0] + 1
            if job.next >= len(job.texts):
                self.job = None


def slices(text: str, limit: int) -> list[str]:
    """Cuts text so that each part, as a JSON string in UTF-8, stays below `limit` bytes."""
    parts, begin, used = [], 0, 0
    for index, character in enumerate(text):
        size = _size(character)
        if used + size > limit and index > begin:
            parts.append(text[begin:index])
            begin, used = index, 0
        used += size
    return [*parts, text[begin:]]


@cache
def _size(character: str) -> int:
    return byte_length(character) - 2


def _piece(job: PieceJob, index: int) -> dict[str, Any]:
    return job.head | {"piece": {"index": index, "count": len(job.texts), "text": job.texts[index]}}


def _sent_state(message: dict[str, Any]) -> SentState:
    piece = message.get("piece")
    return SentState(message["seq"], message["whole"], (piece["index"], piece["count"]) if piece else None)


def _is_taken(said: dict[str, Any] | None, seq: int) -> bool:
    """It is stored, or a piece of it is."""
    return _is_stored(said, seq) or (said is not None and said["status"] == "waiting")


def _is_stored(said: dict[str, Any] | None, seq: int) -> bool:
    return said is not None and said["status"] == "stored" and said["seq"] >= seq
