"""Agents and groups (Data 2.4.2): what they may be, and what tells one from another."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Final

from seattime.domain.xapi import texts
from seattime.domain.xapi.refusing import Json, need_array, need_object, need_text, only, refuse, require

IDENTIFIERS: Final = ("mbox", "mbox_sha1sum", "openid", "account")
_AGENT: Final = frozenset({"objectType", "name", *IDENTIFIERS})
_GROUP: Final = _AGENT | {"member"}
_ACCOUNT: Final = frozenset({"homePage", "name"})


def check_actor(value: Json, where: str) -> None:
    """An agent or a group; without an objectType it is an agent (2.4.2.1)."""
    actor = need_object(value, where)
    kind = actor.get("objectType", "Agent")
    if kind == "Agent":
        check_agent(actor, where)
    elif kind == "Group":
        check_group(actor, where)
    else:
        refuse(f"{where}.objectType", 'must be "Agent" or "Group"')


def check_agent(value: Json, where: str) -> None:
    agent = need_object(value, where)
    if agent.get("objectType", "Agent") != "Agent":
        refuse(f"{where}.objectType", 'must be "Agent"')
    only(agent, _AGENT, where)
    _check_name(agent, where)
    if _check_identifiers(agent, where) == 0:
        refuse(where, f"needs one of {', '.join(IDENTIFIERS)}, which says who it is")


def check_group(value: Json, where: str) -> None:
    """With an identifier, members are optional; without one the members are all that says who it is (2.4.2.2)."""
    group = need_object(value, where)
    if group.get("objectType") != "Group":
        refuse(f"{where}.objectType", 'must be "Group"')
    only(group, _GROUP, where)
    _check_name(group, where)
    if _check_identifiers(group, where) == 0:
        require(group, "member", where)
        if group["member"] == []:
            refuse(f"{where}.member", "must not be empty in a group without an identifier")
    for index, member in enumerate(need_array(group.get("member", []), f"{where}.member")):
        check_agent(member, f"{where}.member[{index}]")


def check_authority(value: Json, where: str) -> None:
    """An agent, or a group of an application and a person, as OAuth has it (2.4.9)."""
    check_actor(value, where)
    if value.get("objectType") == "Group" and (identifier_of(value) is not None or len(value.get("member", ())) != 2):
        refuse(where, "as a group must have two members and no identifier of its own")


def identifier_of(actor: dict[str, Json]) -> str | None:
    """What the actor is known by, as one text; None for a group without an identifier. `actor` was checked before."""
    if "mbox" in actor:
        return f"mbox {actor['mbox']}"
    if "mbox_sha1sum" in actor:
        return f"sha1 {actor['mbox_sha1sum'].lower()}"
    if "openid" in actor:
        return f"openid {actor['openid']}"
    if "account" in actor:
        return f"account {actor['account']['homePage']} {actor['account']['name']}"
    return None


def names_in(actors: Iterable[dict[str, Json]]) -> Iterator[tuple[str, str]]:
    """Under which names agents are seen: identifiers and names, these as JSON. `actors`: agents and groups."""
    for actor in actors:
        for one in (actor, *actor.get("member", ())):
            identifier = identifier_of(one) if "name" in one and one.get("objectType") != "Group" else None
            if identifier is not None:
                yield identifier, json.dumps(one["name"])


def person(agent: dict[str, Json], names: list[str]) -> dict[str, Json]:
    """The Person of the Agents resource (Communication 2.4): every value in an array. One identifier, since two agents are only
    known to be one person where somebody says so, and nobody does here."""
    made: dict[str, Json] = {"objectType": "Person"}
    if names:
        made["name"] = names
    return made | {name: [agent[name]] for name in IDENTIFIERS if name in agent}


def _check_name(actor: dict[str, Json], where: str) -> None:
    if "name" in actor:
        need_text(actor["name"], f"{where}.name")


def _check_identifiers(actor: dict[str, Json], where: str) -> int:
    """How many there are: none or one. More are refused (2.4.2.3)."""
    found = [name for name in IDENTIFIERS if name in actor]
    if len(found) > 1:
        refuse(where, f"must have one identifier, not {' and '.join(found)}")
    if "mbox" in actor:
        texts.need_mailto(actor["mbox"], f"{where}.mbox")
    if "mbox_sha1sum" in actor:
        texts.need_sha1(actor["mbox_sha1sum"], f"{where}.mbox_sha1sum")
    if "openid" in actor:
        texts.need_iri(actor["openid"], f"{where}.openid")
    if "account" in actor:
        here = f"{where}.account"
        account = need_object(actor["account"], here)
        only(account, _ACCOUNT, here)
        texts.need_iri(require(account, "homePage", here), f"{here}.homePage")
        need_text(require(account, "name", here), f"{here}.name")
    return len(found)
