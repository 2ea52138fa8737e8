"""What a SCORM manifest says of one item: scores, limits, launch data, objectives, sequencing.

Both generations are read by the same code, since the names differ in case only and sloppy manifests mix them. Pure;
imports siblings and `durations`.
"""

from collections.abc import Mapping
from typing import Any
from xml.etree.ElementTree import Element

from seattime.domain.durations import parse_duration
from seattime.domain.packages.files import Warnings
from seattime.domain.packages.manifest_xml import (
    attribute,
    child,
    children,
    flag,
    local_name,
    text_at,
    text_of,
    to_tree,
)
from seattime.domain.packages.model import Objective, TimeLimitAction
from seattime.domain.standards import Standard
from seattime.errors import UnreadableDuration

SequencingCollection = Mapping[str, Element]
"""The shared `sequencing` elements of a manifest by their ID (SCORM 2004 SN, `sequencingCollection`)."""


def read_item_details(
    element: Element, label: str, standard: Standard, collection: SequencingCollection, warnings: Warnings
) -> dict[str, Any]:
    """The values of `Item`'s fields that stand in `<item>` itself, by field name. What cannot be read is left out, with
    a warning. `label` names the item in warnings."""
    sequencing = child(element, "sequencing")
    presentation, shared_data = child(element, "presentation"), child(element, "data")
    return {
        "mastery_score": _number(element, label, "masteryscore", 0, 100, warnings),
        "max_time_allowed_ms": _time_allowed(element, label, standard, collection, warnings),
        "time_limit_action": _time_limit_action(element, label, warnings),
        "data_from_lms": text_at(element, "datafromlms") or None,
        "completion_threshold": read_completion_threshold(element, label, warnings),
        "progress_weight": read_progress_weight(element),
        "prerequisites": text_at(element, "prerequisites") or None,
        "objectives": _objectives(sequencing, label, collection, warnings),
        "sequencing": None if sequencing is None else to_tree(sequencing),
        "presentation": None if presentation is None else to_tree(presentation),
        "shared_data": None if shared_data is None else to_tree(shared_data),
    }


def read_completion_threshold(element: Element, label: str, warnings: Warnings) -> float | None:
    """`adlcp:completionThreshold`: a number in the 2nd and 3rd Edition, attributes in the 4th.

    In the 4th, measure decides only if `completedByMeasure` says so, and the measure is 1.0 if not named.
    """
    threshold = child(element, "completionthreshold")
    if threshold is None:
        return None
    if attribute(threshold, "completedbymeasure") is None and attribute(threshold, "minprogressmeasure") is None:
        return _number(element, label, "completionthreshold", 0, 1, warnings)
    if not flag(threshold, "completedbymeasure", default=False):
        return None
    written = attribute(threshold, "minprogressmeasure")
    return 1.0 if written is None else _parse_number(written, label, "minProgressMeasure", 0, 1, warnings)


def read_progress_weight(element: Element) -> float | None:
    """`progressWeight` of the 4th Edition, 0 to 1; None where it is not set or not a number."""
    threshold = child(element, "completionthreshold")
    written = None if threshold is None else attribute(threshold, "progressweight")
    return None if written is None else _parse_number(written, "", "progressWeight", 0, 1, Warnings())


def read_sequencing_collection(manifest: Element) -> dict[str, Element]:
    """Every shared `sequencing` element by its ID."""
    found: dict[str, Element] = {}
    for collection in children(manifest, "sequencingcollection"):
        for sequencing in children(collection, "sequencing"):
            identifier = attribute(sequencing, "id")
            if identifier:
                found[identifier] = sequencing
    return found


def _number(element: Element, label: str, name: str, lowest: float, highest: float, warnings: Warnings) -> float | None:
    written = text_at(element, name)
    return _parse_number(written, label, name, lowest, highest, warnings) if written else None


def _parse_number(
    written: str, label: str, name: str, lowest: float, highest: float, warnings: Warnings
) -> float | None:
    try:
        value = float(written.strip().removesuffix("%").replace(",", "."))
    except ValueError:
        value = float("nan")
    if lowest <= value <= highest:
        return value
    warnings.add(f"The {name} {written!r} of {label} is not a number from {lowest} to {highest}; it is ignored.")
    return None


def _time_allowed(
    element: Element, label: str, standard: Standard, collection: SequencingCollection, warnings: Warnings
) -> int | None:
    written = text_at(element, "maxtimeallowed")
    if not written:
        limits = _from_sequencing(child(element, "sequencing"), "limitconditions", collection)
        written = "" if limits is None else (attribute(limits, "attemptabsolutedurationlimit") or "").strip()
    if not written:
        return None
    try:
        return parse_duration(written, standard).ms
    except UnreadableDuration as error:
        warnings.add(f"The time allowed of {label}, {written!r}, is ignored: {error.reason}.")
        return None


def _time_limit_action(element: Element, label: str, warnings: Warnings) -> TimeLimitAction | None:
    written = text_at(element, "timelimitaction")
    if not written:
        return None
    normal = ",".join(part.strip() for part in " ".join(written.lower().split()).split(","))
    try:
        return TimeLimitAction(normal)
    except ValueError:
        warnings.add(f"The timelimitaction {written!r} of {label} is not one that SCORM knows; it is ignored.")
        return None


def _objectives(
    sequencing: Element | None, label: str, collection: SequencingCollection, warnings: Warnings
) -> tuple[Objective, ...]:
    """The primary objective first, then the others in their order."""
    element = _from_sequencing(sequencing, "objectives", collection)
    if element is None:
        return ()
    found = [o for o in element if local_name(o) in ("primaryobjective", "objective")]
    found.sort(key=lambda o: local_name(o) != "primaryobjective")
    return tuple(_objective(o, label, warnings) for o in found)


def _objective(element: Element, label: str, warnings: Warnings) -> Objective:
    measure = child(element, "minnormalizedmeasure")
    return Objective(
        identifier=(attribute(element, "objectiveid") or "").strip(),
        primary=local_name(element) == "primaryobjective",
        satisfied_by_measure=flag(element, "satisfiedbymeasure", default=False),
        min_normalized_measure=None
        if measure is None
        else _parse_number(text_of(measure), label, "minNormalizedMeasure", -1, 1, warnings),
    )


def _from_sequencing(sequencing: Element | None, part: str, collection: SequencingCollection) -> Element | None:
    """A part of `sequencing`, or of the shared one that it points to, which fills in what the item leaves out."""
    if sequencing is None:
        return None
    own = child(sequencing, part)
    if own is not None:
        return own
    return child(collection.get((attribute(sequencing, "idref") or "").strip()), part)
