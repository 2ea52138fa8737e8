"""Handing statements to another record store: a batch at once, halved where something in it is bad until it is known what.

Guarantees: what is noted as taken or set aside is noted in the order of the batch, without gaps. A statement that the target has
already is taken, whether it answers a repeat with success or with a conflict. One is set aside only where the target says so of that
one alone and is a record store beyond doubt; a target that refuses everything is held to be in trouble. Must not import web.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlencode

from seattime.domain.forwarding import Answer, Verdict, describe, judge
from seattime.domain.xapi.equality import same_statement
from seattime.domain.xapi.versions import HEADER
from seattime.errors import SeatTimeError
from seattime.services.forwarding_http import Target
from seattime.services.lrs_multipart import write_multipart
from seattime.services.lrs_statements import Attached
from seattime.storage.lrs_listing import Row

MOST_IN_SUCCESSION: Final = 20
"""Statements that are refused one after the other before the target is left alone for a while."""


class Stopped(Exception):
    """The target does not take statements now; nothing is known to be wrong with them. `answer`: what it said, if anything."""

    def __init__(self, why: str, answer: Answer | None = None) -> None:
        super().__init__(why)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Parcel:
    """A statement as it is sent, with the attachments that are here."""

    row: Row
    text: str
    version: str
    attachments: tuple[Attached, ...] = ()


class Notes(Protocol):
    """Where it is kept what became of statements. Each call commits."""

    def taken(self, parcels: Sequence[Parcel]) -> None: ...

    def set_aside(self, parcel: Parcel, reason: str) -> None: ...


class Delivery:
    """One run to one target."""

    def __init__(self, target: Target, notes: Notes) -> None:
        self._target = target
        self._notes = notes
        self._in_succession = 0
        self._is_record_store = False

    def send(self, parcels: Sequence[Parcel]) -> None:
        """In their order, all of one version. Raises Stopped, Unreachable."""
        answer = self._post(parcels)
        verdict = judge(answer)
        if verdict is Verdict.LATER:
            raise Stopped(describe(answer), answer)
        if verdict is Verdict.TAKEN:
            self._taken(parcels)
        elif len(parcels) > 1:
            half = len(parcels) // 2
            self.send(parcels[:half])
            self.send(parcels[half:])
        elif verdict is Verdict.CONFLICT and self._has(parcels[0]):
            self._taken(parcels)
        else:
            self._need_record_store(parcels[0].version)
            self._set_aside(parcels[0], answer)

    def _post(self, parcels: Sequence[Parcel]) -> Answer:
        body = f"[{','.join(parcel.text for parcel in parcels)}]".encode()
        content_type = "application/json"
        attached = {each.sha2: each for parcel in parcels for each in parcel.attachments}
        if attached:
            content_type, body = write_multipart(body, list(attached.values()))
        return self._target.request("POST", "statements", {"Content-Type": content_type, HEADER: parcels[0].version}, body)

    def _taken(self, parcels: Sequence[Parcel]) -> None:
        self._in_succession = 0
        self._notes.taken(parcels)

    def _set_aside(self, parcel: Parcel, answer: Answer) -> None:
        if self._in_succession == MOST_IN_SUCCESSION:
            raise Stopped(f"It refused {MOST_IN_SUCCESSION} statements one after the other, lastly with {describe(answer)}", answer)
        self._in_succession += 1
        self._notes.set_aside(parcel, describe(answer))

    def _has(self, parcel: Parcel) -> bool:
        """Whether what the target has under this id is this very statement. Raises Stopped."""
        for name in ("statementId", "voidedStatementId"):
            answer = self._target.request(
                "GET", f"statements?{urlencode({name: parcel.row.statement_id})}", {HEADER: parcel.version, "Accept": "application/json"}
            )
            if answer.status == 200:
                return _same(parcel.row.raw, answer.body)
            if answer.status >= 500 or answer.status == 429:
                raise Stopped(describe(answer), answer)
        return False

    def _need_record_store(self, version: str) -> None:
        """A proxy or a page that answers 400 to everything says nothing of statements. Raises Stopped."""
        if self._is_record_store:
            return
        answer = self._target.request("GET", "about", {HEADER: version, "Accept": "application/json"})
        if answer.status != 200 or not isinstance(_object(answer.body).get("version"), list):
            raise Stopped(f"What answers at this endpoint is no record store: about is answered {describe(answer)}", answer)
        self._is_record_store = True


def _same(raw: str, body: bytes) -> bool:
    try:
        return same_statement(json.loads(raw), json.loads(body))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, SeatTimeError):
        return False


def _object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
