"""What a statement becomes when it is stored: id, stored, authority, timestamp and version are set, the rest keeps its letter."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from seattime.domain.xapi import finding, json_text, texts
from seattime.domain.xapi.refusing import Json
from seattime.domain.xapi.statements import VOIDED
from seattime.domain.xapi.versions import Version


@dataclass(frozen=True, slots=True)
class Sent:
    """One checked statement of a request."""

    statement_id: str
    """In lower case; made by the server where the statement has none."""
    text: str
    statement: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Completed:
    """One statement as it goes into the store."""

    statement_id: str
    raw: str
    statement: dict[str, Json]
    keys: frozenset[bytes]
    target_id: str | None
    """The statement that it is about."""

    @property
    def voids(self) -> bool:
        return bool(self.statement["verb"]["id"] == VOIDED)


def complete(
    sent: Sent, stored_ms: int, authority: dict[str, Any], version: Version, *, taken_ms: int | None = None
) -> Completed:
    """Numbers, escapes and the order of names stay as they were sent. `taken_ms`: when it came, where it is stored much later."""
    return complete_all([sent], stored_ms, authority, version, taken_ms=taken_ms)[0]


def complete_all(
    sent: Sequence[Sent], stored_ms: int, authority: dict[str, Any], version: Version, *, taken_ms: int | None = None
) -> list[Completed]:
    """The same for all statements of a request."""
    stored = json.dumps(texts.write_time(stored_ms))
    taken = stored if taken_ms is None else json.dumps(texts.write_time(taken_ms))
    # Data 2.4.10: "1.0.0" where a statement of 1.0 does not say
    always = {"stored": stored, "authority": json.dumps(authority), "version": '"1.0.0"' if version is Version.V1 else '"2.0.0"'}
    set_here = _SetHere(taken, always, json_text.join_members(always)[1:])
    completed = []
    for each in sent:
        statement = {**each.statement, "id": each.statement_id, "authority": authority}
        completed.append(
            Completed(
                statement_id=each.statement_id,
                raw=_complete_text(each, set_here, version),
                statement=statement,
                keys=frozenset(finding.keys_of(statement)),
                target_id=finding.target_of(statement),
            )
        )
    return completed


@dataclass(frozen=True, slots=True)
class _SetHere:
    """What is set in every statement of a request, as JSON."""

    timestamp: str
    """Where the statement has none."""
    always: dict[str, str]
    """By name; a version that the statement brought stays."""
    tail: str
    """All of these, and the closing brace."""


def _complete_text(sent: Sent, set_here: _SetHere, version: Version) -> str:
    statement = sent.statement
    added = {} if "id" in statement else {"id": json.dumps(sent.statement_id)}
    timestamp = statement.get("timestamp")
    if timestamp is None:
        added["timestamp"] = set_here.timestamp
    elif version is Version.V2 and (utc := texts.to_utc(timestamp)) != timestamp:
        # 2.0, 4.2.2: times are kept in UTC, and one in another zone is converted
        added["timestamp"] = json.dumps(utc)
    within = statement["object"] if statement["object"].get("objectType") == "SubStatement" else {}
    changes = not set_here.always.keys().isdisjoint(statement) or ("timestamp" in added and timestamp is not None)
    if not changes and not _has_single(statement) and not _has_single(within):
        # nothing of what was sent changes: the rest is added at its end
        first = f"{json_text.join_members(added)[1:-1]}," if added else ""
        return f"{sent.text[:-1]},{first}{set_here.tail}"
    added |= set_here.always
    if "version" in statement:
        del added["version"]
    members = json_text.members(sent.text) | added
    if _has_single(statement):
        members["context"] = _with_lists(members["context"])
    if _has_single(within):
        inner = json_text.members(members["object"])
        inner["context"] = _with_lists(inner["context"])
        members["object"] = json_text.join_members(inner)
    return json_text.join_members(members)


def _has_single(event: dict[str, Json]) -> bool:
    lists = event.get("context", {}).get("contextActivities")
    return lists is not None and any(isinstance(found, dict) for found in lists.values())


def _with_lists(context: str) -> str:
    """Data 2.4.6.2: one activity alone is given back as a list of one."""
    members = json_text.members(context)
    lists = json_text.members(members["contextActivities"])
    members["contextActivities"] = json_text.join_members(
        {name: text if text.startswith("[") else f"[{text}]" for name, text in lists.items()}
    )
    return json_text.join_members(members)
