"""By what a statement is found: the keys of the filters of GET statements (Communication 2.1.3).

A key is the first 16 bytes of a digest over the filter's name and its value, so one index serves all filters and its rows are
small. That a filter also finds a statement whose StatementRef leads to one that it finds is the store's part.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from seattime.domain.xapi.agents import identifier_of
from seattime.domain.xapi.refusing import Json
from seattime.domain.xapi.statements import CONTEXT_ACTIVITIES

KEY_BYTES: Final = 16


@lru_cache(maxsize=50_000)
def key(name: str, value: str) -> bytes:
    """The key of one filter, `name` as the parameter is called, with a `related_` in front where that is asked for."""
    return blake2b(f"{name}\0{value}".encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()


def keys_of(statement: dict[str, Json]) -> set[bytes]:
    """All keys of a statement that was checked and has its authority."""
    thing = statement["object"]
    found = {key("verb", statement["verb"]["id"])}
    registration = statement.get("context", {}).get("registration")
    if registration is not None:
        found.add(key("registration", registration.lower()))
    direct = _identifiers(statement["actor"])
    if _kind(thing) in ("Agent", "Group"):
        direct += _identifiers(thing)
    elif _kind(thing) == "Activity":
        found.add(key("activity", thing["id"]))
    for who in direct:
        found.add(key("agent", who))
    for actor in actors_of(statement):
        for who in _identifiers(actor):
            found.add(key("related_agent", who))
    for activity in activities_of(statement):
        found.add(key("related_activity", activity["id"]))
    return found


def target_of(statement: dict[str, Json]) -> str | None:
    """The id of the statement that this one is about."""
    thing = statement["object"]
    return str(thing["id"]).lower() if thing.get("objectType") == "StatementRef" else None


def activities_of(statement: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Every activity in it: object, context, and the same of a SubStatement."""
    thing = statement["object"]
    if _kind(thing) == "Activity":
        yield thing
    elif _kind(thing) == "SubStatement":
        yield from activities_of(thing)
    lists = statement.get("context", {}).get("contextActivities", {})
    for name in CONTEXT_ACTIVITIES:
        found = lists.get(name, [])
        yield from [found] if isinstance(found, dict) else found


def actors_of(statement: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """Every agent and group in it, without members."""
    yield statement["actor"]
    thing = statement["object"]
    if _kind(thing) in ("Agent", "Group"):
        yield thing
    elif _kind(thing) == "SubStatement":
        yield from actors_of(thing)
    context = statement.get("context", {})
    yield from (context[name] for name in ("instructor", "team") if name in context)
    yield from (each["agent"] for each in context.get("contextAgents", ()))
    yield from (each["group"] for each in context.get("contextGroups", ()))
    if "authority" in statement:
        yield statement["authority"]


def _identifiers(actor: dict[str, Json]) -> list[str]:
    """Its own, and its members': a group is found by whoever is in it."""
    found = [identifier_of(one) for one in (actor, *actor.get("member", ()))]
    return [who for who in found if who is not None]


def _kind(thing: dict[str, Json]) -> str:
    return str(thing.get("objectType", "Activity"))
