"""How a stored statement is shown (Communication 2.1.3, `format`): exact, ids, canonical. Works on exactly parsed JSON in place of none.

Guarantees: what is not to be changed keeps its letter, numbers included.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final

from seattime.domain.xapi.activities import COMPONENTS, LANGUAGE_MAPS
from seattime.domain.xapi.agents import IDENTIFIERS, identifier_of
from seattime.domain.xapi.refusing import Json
from seattime.domain.xapi.statements import CONTEXT_ACTIVITIES

Change = Callable[[dict[str, Json]], dict[str, Json]]


class Format(StrEnum):
    IDS = "ids"
    EXACT = "exact"
    CANONICAL = "canonical"


_Q: Final = re.compile(r"([A-Za-z0-9*-]+)\s*(?:;\s*q=([01](?:\.\d{0,3})?))?")


def as_ids(statement: dict[str, Json]) -> dict[str, Json]:
    """Agents, activities, verbs and groups with nothing but what identifies them."""
    return rebuild(statement, actor=_bare_actor, activity=_bare_activity, verb=lambda verb: {"id": verb["id"]}, languages=None)


def as_canonical(
    statement: dict[str, Json], definition_of: Callable[[str], dict[str, Json] | None], languages: list[str]
) -> dict[str, Json]:
    """Activities as the store knows them, and one language in each language map: the best of `languages`."""

    def activity(value: dict[str, Json]) -> dict[str, Json]:
        definition = definition_of(value["id"]) or value.get("definition")
        return value if definition is None else {**value, "definition": one_language_definition(definition, languages)}

    def verb(value: dict[str, Json]) -> dict[str, Json]:
        return {**value, "display": one_language(value["display"], languages)} if "display" in value else value

    def same(value: dict[str, Json]) -> dict[str, Json]:
        return value

    return rebuild(statement, actor=same, activity=activity, verb=verb, languages=languages)


def one_language_definition(definition: dict[str, Json], languages: list[str]) -> dict[str, Json]:
    made = dict(definition)
    for name in LANGUAGE_MAPS:
        if name in made:
            made[name] = one_language(made[name], languages)
    for name in COMPONENTS:
        if name in made:
            made[name] = [
                {part: one_language(value, languages) if part == "description" else value for part, value in each.items()}
                for each in made[name]
            ]
    return made


def one_language(texts: dict[str, str], languages: list[str]) -> dict[str, str]:
    """RFC 4647 3.4, lookup: a range matches a tag that begins with it, and grows shorter from its end; the first where none does."""
    for wanted in languages:
        parts = wanted.lower().split("-")
        while parts:
            begin = "-".join(parts)
            for tag, text in texts.items():
                if begin == "*" or tag.lower() == begin or tag.lower().startswith(begin + "-"):
                    return {tag: text}
            parts.pop()
    return dict([next(iter(texts.items()))]) if texts else {}


def read_languages(header: str | None) -> list[str]:
    """The ranges of an Accept-Language header, the most wanted first (RFC 9110 12.5.4). What cannot be read is passed over."""
    found: list[tuple[float, int, str]] = []
    for index, part in enumerate((header or "")[:2000].split(",")):
        match = _Q.fullmatch(part.strip())
        if match is not None and float(match[2] or 1) > 0:
            found.append((-float(match[2] or 1), index, match[1]))
    return [name for _, _, name in sorted(found)]


def rebuild(statement: dict[str, Json], *, actor: Change, activity: Change, verb: Change, languages: list[str] | None) -> dict[str, Json]:
    """The statement with every actor, activity and verb in it changed; `languages`: those of its attachments' texts, or all."""
    made = {**statement, "actor": actor(statement["actor"]), "verb": verb(statement["verb"])}
    thing = statement["object"]
    kind = thing.get("objectType", "Activity")
    if kind == "Activity":
        made["object"] = activity(thing)
    elif kind in ("Agent", "Group"):
        # without it, an object would be an activity
        made["object"] = {"objectType": kind, **actor(thing)}
    elif kind == "SubStatement":
        made["object"] = rebuild(thing, actor=actor, activity=activity, verb=verb, languages=languages)
    if "context" in statement:
        made["context"] = _rebuild_context(statement["context"], actor, activity)
    if "authority" in statement:
        made["authority"] = actor(statement["authority"])
    if languages is not None and "attachments" in statement:
        made["attachments"] = [
            {name: one_language(value, languages) if name in ("display", "description") else value for name, value in each.items()}
            for each in statement["attachments"]
        ]
    return made


def _rebuild_context(context: dict[str, Json], actor: Change, activity: Change) -> dict[str, Json]:
    made = {name: actor(value) if name in ("instructor", "team") else value for name, value in context.items()}
    if "contextActivities" in context:
        made["contextActivities"] = {
            name: [activity(each) for each in found] if name in CONTEXT_ACTIVITIES else found
            for name, found in context["contextActivities"].items()
        }
    for name, inside in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in context:
            made[name] = [{**each, inside: actor(each[inside])} for each in context[name]]
    return made


def _bare_actor(actor: dict[str, Json]) -> dict[str, Json]:
    kept: dict[str, Json] = {name: actor[name] for name in ("objectType", *IDENTIFIERS) if name in actor}
    if identifier_of(actor) is None:
        kept["member"] = [_bare_actor(member) for member in actor["member"]]
    return kept


def _bare_activity(activity: dict[str, Json]) -> dict[str, Json]:
    return {"id": activity["id"]}
