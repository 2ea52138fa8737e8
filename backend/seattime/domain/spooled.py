"""What the spool keeps of a session while the database does not answer: the union of its undelivered messages.

Pure. Guarantees: merging goes forward only, whatever the order in which messages come: of each element and each scalar the
value of the newest sequence stands; a span or a run of activity keeps its place and its greatest length, a reported segment has
its newest value; nothing that an older message said alone is lost. What comes out applies to the ledger like any message of the
protocol, to the same effect as its parts in the order of their sequences (`registers`), so that applying it twice, or after
something newer, changes nothing. A union may be larger than any one message may be. Imports `records` of ours.

Why this union is what the browser would say itself: `spooled` ends nothing in the browser, so its `base` stays what the
database stored, and a later message repeats what an earlier spooled one held. The union matters where it does not: a
message that another page of this browser delivered, or a whole session (`need_all`) followed by a delta. A message whose `base`
lies beyond what is kept says that the database has stored something newer meanwhile: what is kept would only take that back, and
gives way.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from seattime.domain.records import (
    Piece,
    SessionRecord,
    StateRegister,
    TimeRegister,
    join_pieces,
    parse_record,
)
from seattime.errors import BadMessage


@dataclass(frozen=True, slots=True)
class Pieces:
    """Slices of a state register that is not whole yet. `register` says which one; `texts` by index."""

    register: StateRegister
    count: int
    texts: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SpooledSession:
    """One session's undelivered union. `launch`: the claims of the token that brought it first, as the ledger wants them."""

    launch: Mapping[str, Any]
    record: SessionRecord
    pieces: Pieces | None = None

    def records(self) -> list[SessionRecord]:
        """What to apply, in order: the union, then each slice of a state that is not whole."""
        whole = [self.record] if self.record.time is not None or self.record.state is not None else []
        if self.pieces is None:
            return whole
        return whole + [
            replace(self.record, time=None, state=replace(self.pieces.register, piece=Piece(index, self.pieces.count, text)))
            for index, text in sorted(self.pieces.texts.items())
        ]


def spooled(launch: Mapping[str, Any], record: SessionRecord) -> SpooledSession:
    """A record as the spool keeps it. A wish for the lease is dropped: the page that has it asks again, and a lease that is
    granted long after would put an old session behind a newer one (design 3.7)."""
    record = replace(record, want=None)
    if record.state is None or record.state.piece is None:
        return SpooledSession(launch, record)
    piece = record.state.piece
    pieces = Pieces(record.state.without_piece(), piece.count, {piece.index: piece.text})
    return _joined(SpooledSession(launch, replace(record, state=None), pieces))


def merge_spooled(kept: SpooledSession, came: SpooledSession) -> SpooledSession:
    """The union of two of the same session, in whichever order they came."""
    record = replace(
        kept.record,
        attempt=kept.record.attempt or came.record.attempt,
        start=kept.record.start or came.record.start,
        time=_merge_time(kept.record.time, came.record.time),
        state=_merge_state(kept.record.state, came.record.state),
    )
    return _joined(SpooledSession(kept.launch, record, _merge_pieces(kept.pieces, came.pieces)))


def to_json(session: SpooledSession) -> str:
    """As the spool's file holds it. Half surrogate pairs, which content packs into suspend_data, survive as escapes."""
    record, pieces = session.record, session.pieces
    body: dict[str, Any] = {
        "launch": dict(session.launch),
        "record": {
            "session": record.session,
            "activity": record.activity,
            "start": record.start,
            "attempt": record.attempt,
            "new_attempt": record.new_attempt,
            "standard": record.standard.value,
            "mode": record.mode,
            "want": record.want,
            "time": None if record.time is None else _time_json(record.time),
            "state": None if record.state is None else _state_json(record.state),
        },
    }
    if pieces is not None:
        body["pieces"] = {"register": _state_json(pieces.register), "count": pieces.count, "texts": [*pieces.texts.items()]}
    return json.dumps(body, separators=(",", ":"))


def from_json(text: str) -> SpooledSession:
    """Raises BadMessage where the text is not what `to_json` wrote."""
    try:
        body = json.loads(text)
        head = parse_record(body["record"] | {"time": None, "state": None})
        time, state, held = body["record"]["time"], body["record"]["state"], body.get("pieces")
        record = replace(head, time=None if time is None else _time_of(time), state=None if state is None else _state_of(state))
        pieces = None
        if held is not None:
            pieces = Pieces(_state_of(held["register"]), int(held["count"]), {int(index): str(text) for index, text in held["texts"]})
        return SpooledSession(dict(body["launch"]), record, pieces)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadMessage("spool", "this is not a record of the spool") from error


def _joined(session: SpooledSession) -> SpooledSession:
    """With the slices put together once all of them are here; without those of a register that a newer one covers."""
    pieces, state = session.pieces, session.record.state
    if pieces is None:
        return session
    if state is not None and state.seq >= pieces.register.seq:
        return replace(session, pieces=None)
    if len(pieces.texts) < pieces.count:
        return session
    try:
        whole = join_pieces(pieces.register, [text for _, text in sorted(pieces.texts.items())])
    except BadMessage:
        # slices that make no register must not take the rest of the session with them: the ledger refuses them, an operator sees
        return session
    return replace(session, record=replace(session.record, state=_merge_state(state, whole)), pieces=None)


def _merge_pieces(kept: Pieces | None, came: Pieces | None) -> Pieces | None:
    if kept is None or came is None:
        return kept or came
    if (kept.register.seq, kept.count) != (came.register.seq, came.count):
        return came if came.register.seq >= kept.register.seq else kept
    return replace(kept, texts={**kept.texts, **came.texts})


def _merge_state(kept: StateRegister | None, came: StateRegister | None) -> StateRegister | None:
    if kept is None or came is None:
        return kept or came
    older, newer = (kept, came) if kept.seq <= came.seq else (came, kept)
    if newer.base > older.seq:
        return newer
    return replace(
        newer,
        base=min(older.base, newer.base),
        order=max(older.order, newer.order),
        whole=newer.whole or older.whole,
        elements={**older.elements, **newer.elements},
        findings=tuple(dict.fromkeys((*older.findings, *newer.findings))),
    )


def _merge_time(kept: TimeRegister | None, came: TimeRegister | None) -> TimeRegister | None:
    if kept is None or came is None:
        return kept or came
    older, newer = (kept, came) if kept.seq <= came.seq else (came, kept)
    if newer.base > older.seq:
        return newer
    # entries are relative to `opened`, which an anchor that came between may have moved
    moved = older.opened - newer.opened
    spans_from, spans = _union(
        older.spans_from, [(start + moved, *rest) for start, *rest in older.spans], newer.spans_from, list(newer.spans), _longer
    )
    acts_from, acts = _union(
        older.acts_from, [(start + moved, length) for start, length in older.acts], newer.acts_from, list(newer.acts), _longer
    )
    words_from, words = _union(older.words_from, list(older.words), newer.words_from, list(newer.words), _newer)
    return replace(
        newer,
        base=min(older.base, newer.base),
        order=max(older.order, newer.order),
        spans_from=spans_from,
        spans=tuple(spans),
        acts_from=acts_from,
        acts=tuple(acts),
        words_from=words_from,
        words=tuple(words),
    )


def _longer(older: Any, newer: Any) -> Any:
    """An entry that both have: where it lies is known since the older one, and its length never falls (`registers.merge_time`)."""
    return (older[0], max(older[1], newer[1]), *older[2:])


def _newer(_older: Any, newer: Any) -> Any:
    return newer


def _union(
    older_from: int, older: list[Any], newer_from: int, newer: list[Any], of_both: Callable[[Any, Any], Any]
) -> tuple[int, list[Any]]:
    """Entries by index; `of_both` says what stands where both have one.

    Where a hole would be between them, which no browser leaves, only the newer ones stay.
    """
    if not older:
        return newer_from, newer
    if not newer:
        return older_from, older
    first = min(older_from, newer_from)
    entries = dict(enumerate(older, start=older_from))
    for index, entry in enumerate(newer, start=newer_from):
        entries[index] = of_both(entries[index], entry) if index in entries else entry
    if len(entries) != max(entries) - first + 1:
        return newer_from, newer
    return first, [entries[index] for index in sorted(entries)]


def _time_of(body: dict[str, Any]) -> TimeRegister:
    """Raises KeyError or TypeError where it is not what `_time_json` made. No limits of a message apply."""
    entries = {name: tuple(tuple(entry) for entry in body[name]) for name in ("spans", "acts", "words")}
    return TimeRegister(**(body | entries | {"status": dict(body["status"])}))


def _state_of(body: dict[str, Any]) -> StateRegister:
    """As `_time_of`."""
    rest = {name: value for name, value in body.items() if name not in ("set", "findings")}
    return StateRegister(**rest, elements=dict(body["set"]), findings=tuple(tuple(finding) for finding in body["findings"]))


def _time_json(time: TimeRegister) -> dict[str, Any]:
    return {
        "seq": time.seq,
        "base": time.base,
        "order": time.order,
        "opened": time.opened,
        "measured": time.measured,
        "open": time.open,
        "spans_from": time.spans_from,
        "spans": time.spans,
        "acts_from": time.acts_from,
        "acts": time.acts,
        "words_from": time.words_from,
        "words": time.words,
        "status": dict(time.status),
        "exit": time.exit,
        "terminated": time.terminated,
        "ended": time.ended,
    }


def _state_json(state: StateRegister) -> dict[str, Any]:
    return {
        "seq": state.seq,
        "base": state.base,
        "order": state.order,
        "whole": state.whole,
        "set": dict(state.elements),
        "findings": state.findings,
    }
