"""Commit messages: the form that the browser sends (docs/protocol.md), checked field by field.

Guarantees: `parse_commit` returns a `CommitMessage` whose every number is whole and within bounds and whose every text
can be stored, or raises `BadMessage` that names the first wrong field; nothing else, whatever the JSON is. Keys that
this version does not know are ignored. What the server does with a record is in `registers`; no I/O is done here.
Imports `errors`, `standards` and `packages.model` of ours.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from seattime.domain.packages.model import MAX_IDENTIFIER
from seattime.domain.standards import Standard
from seattime.errors import BadMessage

VERSION = 1
MAX_RECORDS = 200
MAX_ENTRIES = 5_000
"""Spans, acts or words in one message. A message of the protocol's size holds some hundred."""
MAX_LENGTH_MS = 10**13
"""About 317 years: no honest clock runs longer, and sums of hundreds stay below 2**53."""
MAX_NUMBER = 2**53 - 1
"""The largest whole number that JavaScript counts with."""
MAX_ELEMENTS = 50_000
MAX_ELEMENT_NAME = 1_000
MAX_VALUE = 8_000_000
"""Characters of one element's value. suspend_data is 4096 or 64000 by the standards, and content exceeds them."""
MAX_FINDINGS = 200
MAX_PIECES = 1_000
MAX_PIECE = 100_000
SHORT_TEXT = 255
"""Characters. What content wrote beyond that is cut where it is kept for people only (words, findings)."""

MODES = ("normal", "review", "browse")
ENDS = ("terminated", "left")
STANDARDS = tuple(standard.value for standard in Standard)
STATUS_KEYS = ("completion", "success", "scaled", "raw", "min", "max", "progress")

SpanEntry = tuple[int, int, int, int]
"""`(start, length, visible, before)`"""
ActEntry = tuple[int, int]
"""`(start, length)`"""
WordEntry = tuple[int | None, int, str, int]
"""`(ms or None, measured, raw, lenient)`"""
FindingEntry = tuple[str, str, str]
"""`(kind, element, raw)`"""

_SESSION_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")
"""PostgreSQL's text holds no NUL, and UTF-8 no half of a surrogate pair."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class TimeRegister:
    """The clocks of a session, absolute, with a sequence of their own. Fields as in docs/protocol.md; ms throughout."""

    seq: int
    base: int
    order: int
    opened: int
    measured: int
    open: int
    spans_from: int = 0
    spans: tuple[SpanEntry, ...] = ()
    acts_from: int = 0
    acts: tuple[ActEntry, ...] = ()
    words_from: int = 0
    words: tuple[WordEntry, ...] = ()
    status: Mapping[str, str] = field(default_factory=dict)
    exit: str | None = None
    terminated: bool = False
    ended: str | None = None

    @property
    def whole(self) -> bool:
        """It leans on nothing that was stored before."""
        return self.base == 0 and self.spans_from == 0 and self.acts_from == 0 and self.words_from == 0


@dataclass(frozen=True, slots=True)
class Piece:
    """A slice of the JSON text of a state register that is too large for one message."""

    index: int
    count: int
    text: str


@dataclass(frozen=True, slots=True)
class StateRegister:
    """The elements that a session set. `elements` holds those changed since `base`, all of them where `whole`.

    With a `piece`, `elements` and `findings` are empty: `join_pieces` makes the register that holds them.
    """

    seq: int
    base: int
    order: int
    whole: bool = False
    elements: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[FindingEntry, ...] = ()
    piece: Piece | None = None

    def without_piece(self) -> "StateRegister":
        """The same sequence, holding nothing: what a late piece of a register that is stored already comes down to."""
        return replace(self, piece=None)


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """What one message says of one session. `session` and `start` are UUIDs in lower case.

    `start`: of its xAPI or cmi5 content; None where it has none, or the browser is older than this field.
    """

    session: str
    activity: str
    attempt: str
    new_attempt: bool
    standard: Standard
    mode: str
    want: str | None
    time: TimeRegister | None
    state: StateRegister | None
    start: str | None = None


@dataclass(frozen=True, slots=True)
class CommitMessage:
    """One message: who vouches for it, and what it says of up to 200 sessions."""

    token: str
    records: tuple[SessionRecord, ...]


def parse_commit(message: object) -> CommitMessage:
    """Check what came out of the JSON parser. Raises `BadMessage`."""
    top = _Part(message, "message")
    version = top.get("v")
    if version != VERSION or isinstance(version, bool):
        raise BadMessage("v", f"this server speaks version {VERSION} of the protocol")
    token = top.text("token", 1, 16_384)
    records = top.list("records", MAX_RECORDS, parse_record)
    if not records:
        raise BadMessage("records", "there is none")
    return CommitMessage(token, records)


def join_pieces(register: StateRegister, texts: Iterable[str]) -> StateRegister:
    """The whole register out of one that came in a piece and the texts of all pieces of its sequence, in order.

    Raises `BadMessage` where the joined text is not what it should be.
    """
    try:
        joined = json.loads("".join(texts))
    except (ValueError, RecursionError) as cause:
        raise BadMessage("state.piece", "the joined pieces are not JSON") from cause
    elements, findings = _parse_elements(_Part(joined, "state.piece"))
    return replace(register, elements=elements, findings=findings, piece=None)


class _Part:
    """An object of the message and where it stands, so that every complaint names its field."""

    __slots__ = ("_values", "_where")

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise BadMessage(where, "it is not an object")
        self._values: dict[Any, Any] = value
        self._where = "" if where == "message" else f"{where}."

    def path(self, key: str) -> str:
        return f"{self._where}{key}"

    def get(self, key: str) -> Any:
        return self._values.get(key)

    def has(self, key: str) -> bool:
        return self._values.get(key) is not None

    def part(self, key: str) -> "_Part":
        return _Part(self.get(key), self.path(key))

    def number(self, key: str, low: int, high: int) -> int:
        return _number(self.get(key), self.path(key), low, high)

    def index(self, key: str) -> int:
        return self.number(key, 0, MAX_NUMBER) if self.has(key) else 0

    def flag(self, key: str) -> bool:
        value = self._values.get(key, False)
        if not isinstance(value, bool):
            raise BadMessage(self.path(key), "it is not true or false")
        return value

    def text(self, key: str, shortest: int, longest: int) -> str:
        return _text(self.get(key), self.path(key), shortest, longest)

    def choice(self, key: str, choices: tuple[str, ...]) -> str:
        value = self.get(key)
        if value not in choices:
            raise BadMessage(self.path(key), f"it is not one of {', '.join(choices)}")
        return str(value)

    def list(self, key: str, most: int, parse: Callable[[object, str], T]) -> tuple[T, ...]:
        value = self._values.get(key, [])
        if not isinstance(value, list):
            raise BadMessage(self.path(key), "it is not a list")
        if len(value) > most:
            raise BadMessage(self.path(key), f"it has {len(value)} entries, and {most} are the most")
        where = self.path(key)
        return tuple([parse(entry, f"{where}[{index}]") for index, entry in enumerate(value)])

    def texts(self, key: str) -> dict[str, Any]:
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            raise BadMessage(self.path(key), "it is not an object")
        return value


def _number(value: object, where: str, low: int, high: int) -> int:
    # bool is an int to Python, and 1.0 equals 1; neither is a whole number of the protocol.
    if type(value) is not int:
        raise BadMessage(where, "it is not a whole number")
    if not low <= value <= high:
        raise BadMessage(where, f"it is not from {low} to {high}")
    return value


def _text(value: object, where: str, shortest: int, longest: int) -> str:
    if not isinstance(value, str):
        raise BadMessage(where, "it is not a text")
    if not shortest <= len(value) <= longest:
        raise BadMessage(where, f"it has {len(value)} characters, and {shortest} to {longest} are allowed")
    return value if value.isascii() and "\x00" not in value else _NOT_STORABLE.sub("\ufffd", value)


def _short_text(value: object, where: str) -> str:
    return _text(value, where, 0, MAX_VALUE)[:SHORT_TEXT]


def _row(value: object, where: str, fields: int) -> list[Any]:
    if not isinstance(value, list) or len(value) != fields:
        raise BadMessage(where, f"it is not a list of {fields}")
    return value


def parse_record(value: object, where: str = "record") -> SessionRecord:
    """Check one record of a message. Raises `BadMessage`."""
    part = _Part(value, where)
    session = part.text("session", 36, 36).lower()
    if not _SESSION_ID.fullmatch(session):
        raise BadMessage(part.path("session"), "it is not a UUID")
    start = part.text("start", 36, 36).lower() if part.has("start") else None
    if start is not None and not _SESSION_ID.fullmatch(start):
        raise BadMessage(part.path("start"), "it is not a UUID")
    want = part.get("want")
    if want not in (None, "lease"):
        raise BadMessage(part.path("want"), 'it is neither null nor "lease"')
    return SessionRecord(
        session=session,
        activity=part.text("activity", 1, MAX_IDENTIFIER),
        attempt=part.text("attempt", 0, 64),
        new_attempt=part.flag("new_attempt"),
        standard=Standard(part.choice("standard", STANDARDS)),
        mode=part.choice("mode", MODES),
        want=want,
        time=_parse_time(part.part("time")) if part.has("time") else None,
        state=_parse_state(part.part("state")) if part.has("state") else None,
        start=start,
    )


def _parse_time(part: _Part) -> TimeRegister:
    status = part.texts("status")
    return TimeRegister(
        seq=part.number("seq", 1, MAX_NUMBER),
        base=part.number("base", 0, MAX_NUMBER),
        order=part.number("order", 0, MAX_NUMBER),
        opened=part.number("opened", 0, MAX_NUMBER),
        measured=part.number("measured", 0, MAX_LENGTH_MS),
        open=part.number("open", 0, MAX_LENGTH_MS),
        spans_from=part.index("spans_from"),
        spans=part.list("spans", MAX_ENTRIES, _parse_span),
        acts_from=part.index("acts_from"),
        acts=part.list("acts", MAX_ENTRIES, _parse_act),
        words_from=part.index("words_from"),
        words=part.list("words", MAX_ENTRIES, _parse_word),
        status={
            key: _short_text(status[key], part.path(f"status.{key}"))
            for key in STATUS_KEYS
            if status.get(key) is not None
        },
        exit=_short_text(part.get("exit"), part.path("exit")) if part.has("exit") else None,
        terminated=part.flag("terminated"),
        ended=part.choice("ended", ENDS) if part.has("ended") else None,
    )


def _parse_span(value: object, where: str) -> SpanEntry:
    start, length, visible, before = _row(value, where, 4)
    return (
        _number(start, f"{where}[0]", -MAX_LENGTH_MS, MAX_LENGTH_MS),
        _number(length, f"{where}[1]", 0, MAX_LENGTH_MS),
        _number(visible, f"{where}[2]", 0, 1),
        _number(before, f"{where}[3]", 0, 2),
    )


def _parse_act(value: object, where: str) -> ActEntry:
    start, length = _row(value, where, 2)
    return (
        _number(start, f"{where}[0]", -MAX_LENGTH_MS, MAX_LENGTH_MS),
        _number(length, f"{where}[1]", 0, MAX_LENGTH_MS),
    )


def _parse_word(value: object, where: str) -> WordEntry:
    ms, measured, raw, lenient = _row(value, where, 4)
    return (
        None if ms is None else _number(ms, f"{where}[0]", 0, MAX_LENGTH_MS),
        _number(measured, f"{where}[1]", 0, MAX_LENGTH_MS),
        _short_text(raw, f"{where}[2]"),
        _number(lenient, f"{where}[3]", 0, 1),
    )


def _parse_state(part: _Part) -> StateRegister:
    seq = part.number("seq", 1, MAX_NUMBER)
    base = part.number("base", 0, MAX_NUMBER)
    order = part.number("order", 0, MAX_NUMBER)
    whole = part.flag("whole")
    if part.has("piece"):
        return StateRegister(seq, base, order, whole, piece=_parse_piece(part.part("piece")))
    elements, findings = _parse_elements(part)
    return StateRegister(seq, base, order, whole, elements, findings)


def _parse_piece(part: _Part) -> Piece:
    count = part.number("count", 1, MAX_PIECES)
    index = part.number("index", 0, count - 1)
    text = part.get("text")
    if not isinstance(text, str) or len(text) > MAX_PIECE:
        raise BadMessage(part.path("text"), f"it is not a text of at most {MAX_PIECE} characters")
    # A cut may part a surrogate pair. Inside JSON a half may be written as its escape, which a database can store and
    # which the JSON parser joins with the other half again.
    return Piece(index, count, _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text).replace("\x00", "\\u0000"))


def _parse_elements(part: _Part) -> tuple[dict[str, str], tuple[FindingEntry, ...]]:
    where = part.path("set")
    elements = part.texts("set")
    if len(elements) > MAX_ELEMENTS:
        raise BadMessage(where, f"it has {len(elements)} elements, and {MAX_ELEMENTS} are the most")
    for name, value in elements.items():
        shown = f"{where}[{name[:60]!r}]"
        _text(name, shown, 1, MAX_ELEMENT_NAME)
        _text(value, shown, 0, MAX_VALUE)
    # Values are kept to the last bit: content packs its suspend_data into code units that are no characters.
    return dict(elements), part.list("findings", MAX_FINDINGS, _parse_finding)


def _parse_finding(value: object, where: str) -> FindingEntry:
    kind, element, raw = _row(value, where, 3)
    return (
        _text(kind, f"{where}[0]", 1, 60),
        _short_text(element, f"{where}[1]"),
        _short_text(raw, f"{where}[2]"),
    )
