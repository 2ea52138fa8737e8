"""A statement in the shape of SCORM Cloud's API (`XapiStatement`): its object stands under a name that says of what kind it is. Pure.

Works on exactly parsed JSON in place of none: numbers keep their letter. Groups and agents always name their objectType, without
which the public client does not read them.
"""

from __future__ import annotations

from typing import Final

from seattime.domain.xapi.formats import rebuild
from seattime.domain.xapi.refusing import Json

NAMES: Final = {
    "Activity": "objectActivity",
    "Agent": "objectAgentGroup",
    "Group": "objectAgentGroup",
    "StatementRef": "objectStatementReference",
    "SubStatement": "objectSubStatement",
}


def as_cloud(statement: dict[str, Json]) -> dict[str, Json]:
    """`statement` was checked when it was stored."""
    made = rebuild(statement, actor=_typed, activity=_same, verb=_same, languages=None)
    return _renamed(made)


def _renamed(event: dict[str, Json]) -> dict[str, Json]:
    made = dict(event)
    thing = made.pop("object")
    kind = thing.get("objectType", "Activity")
    made[NAMES[kind]] = _renamed(thing) if kind == "SubStatement" else thing
    return made


def _typed(actor: dict[str, Json]) -> dict[str, Json]:
    made = {"objectType": "Agent", **actor}
    if "member" in made:
        made["member"] = [_typed(member) for member in made["member"]]
    return made


def _same(value: dict[str, Json]) -> dict[str, Json]:
    return value
