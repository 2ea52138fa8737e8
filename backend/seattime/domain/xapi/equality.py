"""When two statements are the same one (Data 2.3.1): a statement never changes, and sending it again is no change.

What a record store may set or change on its way is left out: id, authority, stored, version; a timestamp where one of the two
has none; a verb's display and an activity's definition, which are not part of the statement; the order of a group's members;
the zone in which a time is written; what a duration has beyond hundredths of a second (Data 4.6); the case of UUIDs and hashes;
one activity instead of a list of one.
"""

from __future__ import annotations

import json
import re
from typing import Final

from seattime.domain.xapi import texts
from seattime.domain.xapi.refusing import Json
from seattime.domain.xapi.statements import CONTEXT_ACTIVITIES

_SET_ON_THE_WAY: Final = ("id", "authority", "stored", "version")
_LOWERED: Final = ("registration", "sha2", "mbox_sha1sum")
_SECONDS: Final = re.compile(r"(\d+)(?:[.,](\d+))?S")


def same_statement(one: dict[str, Json], other: dict[str, Json]) -> bool:
    """Both were checked before."""
    first, second = _bare(one), _bare(other)
    if "timestamp" not in first or "timestamp" not in second:
        first.pop("timestamp", None)
        second.pop("timestamp", None)
    return first == second


def _bare(statement: dict[str, Json]) -> dict[str, Json]:
    kept = {name: value for name, value in statement.items() if name not in _SET_ON_THE_WAY}
    bare: dict[str, Json] = _comparable(kept)
    return bare


def _comparable(value: Json, name: str = "") -> Json:
    if isinstance(value, list):
        items = [_comparable(each) for each in value]
        return sorted(items, key=lambda each: json.dumps(each, sort_keys=True)) if name == "member" else items
    if not isinstance(value, dict):
        return _plain(value, name) if isinstance(value, str) else value
    kind = _default_kind(value, name)
    kept = {key: each for key, each in value.items() if not (name == "verb" and key == "display") and key != "definition"}
    if name == "contextActivities":
        kept = {key: [each] if key in CONTEXT_ACTIVITIES and isinstance(each, dict) else each for key, each in kept.items()}
    if kind is not None:
        kept["objectType"] = kind
    if kept.get("objectType") == "StatementRef":
        return {**kept, "id": kept["id"].lower()}
    # what is inside of extensions has no meaning that could be known here
    return {key: each if key == "extensions" else _comparable(each, key) for key, each in kept.items()}


def _default_kind(value: dict[str, Json], name: str) -> str | None:
    """The objectType that is meant where none is written."""
    if "objectType" in value:
        return None
    if name in ("actor", "instructor"):
        return "Agent"
    return "Activity" if name == "object" else None


def _plain(value: str, name: str) -> str:
    if name in _LOWERED:
        return value.lower()
    if name == "timestamp":
        return texts.read_time(value, name).isoformat()
    if name == "duration":
        return _SECONDS.sub(lambda found: f"{int(found[1])}.{(found[2] or '')[:2].ljust(2, '0')}S", value)
    return value
