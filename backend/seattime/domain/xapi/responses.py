"""What a learner answered, in words: the ids of an interaction's choices become their descriptions (xAPI 1.0.3 Data, Appendix C). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from seattime.domain.xapi.activities import COMPONENTS
from seattime.domain.xapi.plain import in_language, plain

LONGEST: Final = 100
AND, TO, RANGE = "[,]", "[.]", "[:]"


def words_of(response: Any, definition: Mapping[str, Any]) -> str:
    """In quotation marks; empty where there is none."""
    if not isinstance(response, str):
        return ""
    kind = definition.get("interactionType")
    # no more than could be shown
    text = response[: 20 * LONGEST]
    if kind == "true-false" and text in ("true", "false"):
        words = text
    elif isinstance(kind, str) and kind in ("choice", "sequencing", "likert", "matching", "performance"):
        names = _names(definition)
        words = ", ".join(_pair(part, names) for part in text.split(AND))
    else:
        words = ", ".join(text.replace(RANGE, " to ").replace(TO, ": ").split(AND))
    said = plain(words, LONGEST)
    return f"\u201c{said}\u201d" if said else ""


def _pair(part: str, names: Mapping[str, str]) -> str:
    return ": ".join(names.get(each, each) for each in part.split(TO))


def _names(definition: Mapping[str, Any]) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind in COMPONENTS:
        components = definition.get(kind)
        for each in components if isinstance(components, list) else ():
            if isinstance(each, dict) and isinstance(each.get("id"), str):
                words = in_language(each.get("description"))
                if words:
                    found.setdefault(each["id"], words)
    return found
