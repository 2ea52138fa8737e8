"""What the spool keeps of a request with statements while the database does not answer: all that is needed to take it later.

Pure. Guarantees: what `from_body` gives is what `to_body` was given, statements by the letter; the same request again, attachments
included, has the same name, so it is kept once and as of its first time. Imports nothing of ours but errors.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from seattime.errors import BadMessage

PREFIX: Final = "statements-"


@dataclass(frozen=True, slots=True)
class SpooledAttachment:
    """The bytes of an attachment. `sha2` in lower case."""

    sha2: str
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class SpooledStatements:
    """One request, whose statements were checked when it came."""

    taker: str
    """Who takes it into the database: a name among `Parts.takers`."""
    sender: Mapping[str, Any]
    """Whom it came from, as the taker wants it: JSON."""
    registration_key: str
    """Of the registration in whose launch it was sent; empty where an API key sent it. What is kept of one registration is taken in
    the order in which it came."""
    version: str
    """Of xAPI, as the request named it."""
    taken_ms: int
    """When it came, by this machine's clock."""
    statements: tuple[tuple[str, str], ...]
    """Ids, in lower case and ours where they brought none, and texts as they came."""
    attached: tuple[SpooledAttachment, ...] = ()

    @property
    def name(self) -> str:
        """The same for the same request."""
        told = [self.taker, self.sender, self.registration_key, self.version, self.statements, [each.sha2 for each in self.attached]]
        return PREFIX + sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:32]

    def alone(self, statement_id: str) -> SpooledStatements:
        """The same with this one of its statements."""
        return replace(self, statements=tuple(each for each in self.statements if each[0] == statement_id))


def to_body(kept: SpooledStatements) -> dict[str, Any]:
    """As JSON."""
    return {
        "taker": kept.taker,
        "sender": dict(kept.sender),
        "registration_key": kept.registration_key,
        "version": kept.version,
        "taken_ms": kept.taken_ms,
        "statements": [list(each) for each in kept.statements],
        "attached": [[each.sha2, each.content_type, base64.b64encode(each.body).decode()] for each in kept.attached],
    }


def from_body(body: Any) -> SpooledStatements:
    """Raises BadMessage where it is not what `to_body` made."""
    try:
        return SpooledStatements(
            taker=str(body["taker"]),
            sender=dict(body["sender"]),
            registration_key=str(body["registration_key"]),
            version=str(body["version"]),
            taken_ms=int(body["taken_ms"]),
            statements=tuple((str(statement_id), str(text)) for statement_id, text in body["statements"]),
            attached=tuple(
                SpooledAttachment(str(sha2), str(content_type), base64.b64decode(data, validate=True))
                for sha2, content_type, data in body["attached"]
            ),
        )
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        raise BadMessage("spool", "these are no statements of the spool") from error
