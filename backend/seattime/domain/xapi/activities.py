"""Activities and their definitions (Data 2.4.4.1), and how a definition grows with what is said of it."""

from __future__ import annotations

from typing import Final

from seattime.domain.xapi import texts
from seattime.domain.xapi.refusing import Json, need_array, need_object, need_text, only, refuse, require

INTERACTIONS: Final = frozenset(
    {"true-false", "choice", "fill-in", "long-fill-in", "matching", "performance", "sequencing", "likert", "numeric", "other"}
)
COMPONENTS: Final = ("choices", "scale", "source", "target", "steps")
LANGUAGE_MAPS: Final = ("name", "description")
_ACTIVITY: Final = frozenset({"objectType", "id", "definition"})
_DEFINITION: Final = frozenset(
    {*LANGUAGE_MAPS, "type", "moreInfo", "extensions", "interactionType", "correctResponsesPattern", *COMPONENTS}
)
_COMPONENT: Final = frozenset({"id", "description"})


def check_activity(value: Json, where: str) -> None:
    activity = need_object(value, where)
    if activity.get("objectType", "Activity") != "Activity":
        refuse(f"{where}.objectType", 'must be "Activity"')
    only(activity, _ACTIVITY, where)
    texts.need_iri(require(activity, "id", where), f"{where}.id")
    if "definition" in activity:
        check_definition(activity["definition"], f"{where}.definition")


def check_definition(value: Json, where: str) -> None:
    definition = need_object(value, where)
    only(definition, _DEFINITION, where)
    for name in LANGUAGE_MAPS:
        if name in definition:
            texts.need_language_map(definition[name], f"{where}.{name}")
    for name in ("type", "moreInfo"):
        if name in definition:
            texts.need_iri(definition[name], f"{where}.{name}")
    if "extensions" in definition:
        texts.need_extensions(definition["extensions"], f"{where}.extensions")
    _check_interaction(definition, where)


def _check_interaction(definition: dict[str, Json], where: str) -> None:
    """Which of the component lists belongs to which interaction is not enforced: authoring tools send more, and it does no harm."""
    if "interactionType" in definition:
        kind = definition["interactionType"]
        if not isinstance(kind, str) or kind not in INTERACTIONS:
            refuse(f"{where}.interactionType", f"must be one of {', '.join(sorted(INTERACTIONS))}")
    else:
        for name in ("correctResponsesPattern", *COMPONENTS):
            if name in definition:
                refuse(f"{where}.interactionType", f"is missing, although there is {name}")
    if "correctResponsesPattern" in definition:
        for index, pattern in enumerate(need_array(definition["correctResponsesPattern"], f"{where}.correctResponsesPattern")):
            need_text(pattern, f"{where}.correctResponsesPattern[{index}]")
    for name in COMPONENTS:
        if name in definition:
            _check_components(definition[name], f"{where}.{name}")


def _check_components(value: Json, where: str) -> None:
    ids = set()
    for index, each in enumerate(need_array(value, where)):
        here = f"{where}[{index}]"
        component = need_object(each, here)
        only(component, _COMPONENT, here)
        ids.add(need_text(require(component, "id", here), f"{here}.id"))
        if "description" in component:
            texts.need_language_map(component["description"], f"{here}.description")
    if len(ids) != len(value):
        refuse(where, "must not have two components of one id")


def merge_definitions(known: dict[str, Json], new: dict[str, Json]) -> dict[str, Json]:
    """What is said later counts, language by language and extension by extension; what is not said again stays."""
    merged = {**known, **new}
    for name in (*LANGUAGE_MAPS, "extensions"):
        if name in known and name in new:
            merged[name] = {**known[name], **new[name]}
    return merged
