"""What a statement becomes when it is stored: id, stored, authority, timestamp and version are set, the rest keeps its letter."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from seattime.domain.xapi import finding, json_text, texts
from seattime.domain.xapi.refusing import Json
from seattime.domain.xapi.statements import CONTEXT_ACTIVITIES, VOIDED
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
    stored = texts.write_time(stored_ms)
    members = json_text.members(sent.text)
    members.setdefault("id", json.dumps(sent.statement_id))
    timestamp = sent.statement.get("timestamp")
    if timestamp is None:
        members["timestamp"] = json.dumps(stored if taken_ms is None else texts.write_time(taken_ms))
    elif version is Version.V2:
        # 2.0, 4.2.2: times are kept in UTC, and one in another zone is converted
        members["timestamp"] = json.dumps(texts.to_utc(timestamp))
    members["stored"] = json.dumps(stored)
    members["authority"] = json.dumps(authority)
    # Data 2.4.10: "1.0.0" where a statement of 1.0 does not say
    members.setdefault("version", '"1.0.0"' if version is Version.V1 else '"2.0.0"')
    if "context" in members and _has_single(sent.statement):
        members["context"] = _with_lists(members["context"])
    if sent.statement["object"].get("objectType") == "SubStatement" and _has_single(sent.statement["object"]):
        within = json_text.members(members["object"])
        within["context"] = _with_lists(within["context"])
        members["object"] = json_text.join_members(within)
    statement = {**sent.statement, "id": sent.statement_id, "authority": authority}
    return Completed(
        statement_id=sent.statement_id,
        raw=json_text.join_members(members),
        statement=statement,
        keys=frozenset(finding.keys_of(statement)),
        target_id=finding.target_of(statement),
    )


def _has_single(event: dict[str, Json]) -> bool:
    lists = event.get("context", {}).get("contextActivities", {})
    return any(isinstance(lists.get(name), dict) for name in CONTEXT_ACTIVITIES)


def _with_lists(context: str) -> str:
    """Data 2.4.6.2: one activity alone is given back as a list of one."""
    members = json_text.members(context)
    lists = json_text.members(members["contextActivities"])
    members["contextActivities"] = json_text.join_members(
        {name: text if text.startswith("[") else f"[{text}]" for name, text in lists.items()}
    )
    return json_text.join_members(members)
