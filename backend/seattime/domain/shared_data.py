"""The stores that the activities of a course share (`adl.data`, SCORM 2004 4th Ed.): who may use them, and what is in them.

A store is named by the manifest (CAM 4th Ed., `adlcp:data`, `adlcp:map`). What an activity wrote is in its session's
elements: `adl.data.<n>.store`, and beside it `adl.data.<n>.id`, so that it is known without the manifest of that day.
Imports `packages.model` of ours.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from seattime.domain.packages.model import XmlTree

PREFIX: Final = "adl.data."
_ENDS_COURSE: Final = frozenset({"exitAll", "abandonAll"})
_REQUEST: Final = "adl.nav.request"


@dataclass(frozen=True, slots=True)
class Store:
    """A store as one activity sees it."""

    target: str
    readable: bool
    writable: bool


@dataclass(frozen=True, slots=True)
class Writer:
    """What of a session bears on shared data. `began_ms`: server time."""

    session: str
    began_ms: int
    elements: Mapping[str, str]
    terminated: bool


def stores_of(data: XmlTree | None) -> tuple[Store, ...]:
    """The maps of an item's `adlcp:data`, in the manifest's order. An activity may read and write unless it says otherwise."""
    if data is None:
        return ()
    maps = [child["attributes"] for child in data["children"] if child["name"] == "map"]
    return tuple(
        Store(each["targetID"], _flag(each, "readSharedData"), _flag(each, "writeSharedData")) for each in maps if each.get("targetID")
    )


def values(writers: Iterable[Writer], *, one_attempt: bool) -> dict[str, str]:
    """What is in each store that was written, by its name; the newest session's word counts.

    `one_attempt`: data that is not global to the system lives as long as the attempt on the course
    (`sharedDataGlobalToSystem`), which a request to exit all ends.
    """
    held: dict[str, str] = {}
    for writer in sorted(writers, key=lambda each: (each.began_ms, each.session)):
        held.update(_written(writer.elements))
        if one_attempt and writer.terminated and writer.elements.get(_REQUEST) in _ENDS_COURSE:
            held.clear()
    return held


def _written(elements: Mapping[str, str]) -> dict[str, str]:
    written: dict[str, str] = {}
    for name, value in elements.items():
        if name.startswith(PREFIX) and name.endswith(".store"):
            target = elements.get(f"{name.removesuffix('.store')}.id")
            if target is not None:
                written[target] = value
    return written


def _flag(attributes: Mapping[str, str], name: str) -> bool:
    return attributes.get(name, "true").strip().lower() not in ("false", "0")
