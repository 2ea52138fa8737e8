"""What the spool keeps of a session while the database does not answer: the union of its undelivered messages.

Pure. Guarantees: merging goes forward only, whatever the order in which messages come: of each element and each scalar the
value of the newest sequence stands, entries of spans, acts and words stand at their index with their newest value, and
nothing that an older message said alone is lost. What comes out applies to the ledger like any message of the protocol
(`registers`), so that applying it twice, or after something newer, changes nothing. Imports `records` and `standards` of ours.

Why this union is what the browser would say itself: `spooled` ends nothing in the browser, so its `base` stays what the
database stored, and a later message repeats what an earlier spooled one held. The union matters where it does not: a
message that another page of this browser delivered, or a whole session (`need_all`) followed by a delta.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
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
        record = parse_record(body["record"])
        pieces = None
        if "pieces" in body:
            held = body["pieces"]
            state = parse_record({**body["record"], "time": None, "state": held["register"]}).state
            assert state is not None
            pieces = Pieces(state, int(held["count"]), {int(index): str(text) for index, text in held["texts"]})
        return SpooledSession(dict(body["launch"]), record, pieces)
    except (ValueError, KeyError, TypeError, AssertionError) as error:
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
    whole = join_pieces(pieces.register, [text for _, text in sorted(pieces.texts.items())])
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
    follows_on = newer.base <= older.seq
    return replace(
        newer,
        base=min(older.base, newer.base) if follows_on else newer.base,
        order=max(older.order, newer.order),
        whole=newer.whole or (older.whole and follows_on),
        elements={**older.elements, **newer.elements},
        findings=tuple(dict.fromkeys((*older.findings, *newer.findings))),
    )


def _merge_time(kept: TimeRegister | None, came: TimeRegister | None) -> TimeRegister | None:
    if kept is None or came is None:
        return kept or came
    older, newer = (kept, came) if kept.seq <= came.seq else (came, kept)
    # entries are relative to `opened`, which an anchor that came between may have moved
    moved = older.opened - newer.opened
    spans_from, spans = _union(
        older.spans_from, [(start + moved, *rest) for start, *rest in older.spans], newer.spans_from, list(newer.spans)
    )
    acts_from, acts = _union(
        older.acts_from, [(start + moved, length) for start, length in older.acts], newer.acts_from, list(newer.acts)
    )
    words_from, words = _union(older.words_from, list(older.words), newer.words_from, list(newer.words))
    return replace(
        newer,
        # a base beyond what the older one said leans on something that only the database has
        base=min(older.base, newer.base) if newer.base <= older.seq else newer.base,
        order=max(older.order, newer.order),
        spans_from=spans_from,
        spans=tuple(spans),
        acts_from=acts_from,
        acts=tuple(acts),
        words_from=words_from,
        words=tuple(words),
    )


def _union(older_from: int, older: list[Any], newer_from: int, newer: list[Any]) -> tuple[int, list[Any]]:
    """Entries by index, the newer ones standing where both have one.

    Where a hole would be between them (the database has stored what lies there, by way of another message), only the newer
    ones stay: the database misses nothing of what is older than a base that it stored.
    """
    if not older:
        return newer_from, newer
    if not newer:
        return older_from, older
    first = min(older_from, newer_from)
    entries = dict(enumerate(older, start=older_from)) | dict(enumerate(newer, start=newer_from))
    if len(entries) != max(entries) - first + 1:
        return newer_from, newer
    return first, [entries[index] for index in sorted(entries)]


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
