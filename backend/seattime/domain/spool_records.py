"""The kinds of record that a spool holds, and how each is written, read, merged and named.

Pure. Guarantees: `from_json` gives what `to_json` was given; merging goes forward only (`spooled`; the same request of statements is
itself). Imports `spooled` and `spooled_statements` of ours.
"""

from __future__ import annotations

import json
from typing import Final

from seattime.domain import spooled
from seattime.domain.spooled import SpooledSession, merge_spooled
from seattime.domain.spooled_statements import SpooledStatements, from_body, to_body
from seattime.errors import BadMessage

Spooled = SpooledSession | SpooledStatements
STATEMENTS: Final = '{"statements_of":'
"""How the text of statements begins, and no other."""


def key_of(record: Spooled) -> str:
    """One record for each session, and one for each request with statements. Up to its first colon it names the registration."""
    if isinstance(record, SpooledStatements):
        return f"{record.registration_key}:{record.name}"
    return f"{record.launch['registration_key']}:{record.record.session}"


def to_json(record: Spooled) -> str:
    """As a spool holds it."""
    if isinstance(record, SpooledStatements):
        return STATEMENTS + json.dumps(to_body(record), separators=(",", ":")) + "}"
    return spooled.to_json(record)


def from_json(text: str) -> Spooled:
    """Raises BadMessage where the text is not what `to_json` wrote."""
    if not text.startswith(STATEMENTS):
        return spooled.from_json(text)
    try:
        return from_body(json.loads(text)["statements_of"])
    except ValueError as error:
        raise BadMessage("spool", "this is not a record of the spool") from error


def merge(kept: Spooled, came: Spooled) -> Spooled:
    """The union of two of one key. Raises BadMessage where they are not of one kind, which no key allows."""
    if isinstance(kept, SpooledSession) and isinstance(came, SpooledSession):
        return merge_spooled(kept, came)
    if isinstance(kept, SpooledStatements) and isinstance(came, SpooledStatements):
        return kept
    raise BadMessage("spool", "this is a record of another kind")
