"""A package as it was understood: its kind, its tool, its tree of items with everything that the manifest says of them.

Guarantees: all records are frozen; `Package.from_json(package.to_json()) == package`, and `to_json` holds nothing but
what JSON knows, so it can lie in a database column. Pure; imports `kinds` and `standards` only.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.standards import Standard

MAX_IDENTIFIER = 600
"""Characters of an item's identifier: at four bytes each it still fits into an index of PostgreSQL (2704 bytes)."""

XmlTree = dict[str, Any]
"""An XML element kept whole: `{"name": str, "attributes": {str: str}, "text": str, "children": [XmlTree, ...]}`.
Names are without namespaces; comments are dropped."""


class ActivityType(StrEnum):
    """What is started when an item is started."""

    SCO = "sco"
    """Content that talks to the SCORM API."""
    ASSET = "asset"
    """A page that talks to nobody."""
    AU = "au"
    """Content that talks xAPI: a cmi5 assignable unit, or an xAPI activity with a launch page."""


class TimeLimitAction(StrEnum):
    """What happens when the time allowed is over (`timelimitaction` in SCORM 1.2, `timeLimitAction` in 2004)."""

    EXIT_MESSAGE = "exit,message"
    EXIT_NO_MESSAGE = "exit,no message"
    CONTINUE_MESSAGE = "continue,message"
    CONTINUE_NO_MESSAGE = "continue,no message"


@dataclass(frozen=True, slots=True)
class AuthoringTool:
    """What a package was made with. `version` as the tool writes it, None where the published files do not tell."""

    name: str
    version: str | None = None


@dataclass(frozen=True, slots=True)
class Objective:
    """A learning objective that the manifest declares (SCORM 2004 SN, Objective Description; cmi5 course structure).

    `min_normalized_measure`: -1 to 1, None where none is set. It decides only if `satisfied_by_measure`.
    """

    identifier: str
    primary: bool = False
    satisfied_by_measure: bool = False
    min_normalized_measure: float | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """One node of the tree: something to start, or a heading over others, or both.

    `identifier` is unique within its package. `href`: where it starts, a URL relative to the package's root, percent-
    encoded, query and fragment included, or absolute for content that lies elsewhere; None for a heading. `parameters`
    are as in the manifest; `launch_href` joins both. `mastery_score`: 0 to 100 in SCORM 1.2, 0 to 1 in cmi5.
    `max_time_allowed_ms`: ms. `completion_threshold`: 0 to 1, None where measure does not decide completion.
    `sequencing`, `presentation`, `shared_data`: the elements whole, for the code that executes them.
    """

    identifier: str
    title: str
    href: str | None = None
    parameters: str = ""
    scorm_type: ActivityType | None = None
    visible: bool = True
    mastery_score: float | None = None
    max_time_allowed_ms: int | None = None
    time_limit_action: TimeLimitAction | None = None
    data_from_lms: str | None = None
    completion_threshold: float | None = None
    progress_weight: float | None = None
    prerequisites: str | None = None
    objectives: tuple[Objective, ...] = ()
    sequencing: XmlTree | None = None
    presentation: XmlTree | None = None
    shared_data: XmlTree | None = None
    description: str = ""
    activity_id: str | None = None
    activity_type: str | None = None
    move_on: str | None = None
    launch_method: str | None = None
    launch_parameters: str | None = None
    entitlement_key: str | None = None
    children: tuple["Item", ...] = ()

    @property
    def launchable(self) -> bool:
        """There is something to start."""
        return self.href is not None

    @property
    def launch_href(self) -> str | None:
        """`href` with `parameters` joined to it by the rules of SCORM 2004 CAM, `<item>`, attribute `parameters`."""
        return None if self.href is None else _join_parameters(self.href, self.parameters)

    @property
    def is_external(self) -> bool:
        """It lies on another server than ours: it can be started, but nothing of it is in the package."""
        return self.href is not None and urlsplit(self.href).scheme != ""

    @property
    def scaled_passing_score(self) -> float | None:
        """What `cmi.scaled_passing_score` starts with (SCORM 2004 RTE, that element).

        1.0 where the manifest asks for a measure and names none; None where it asks for no measure.
        """
        for objective in self.objectives:
            if objective.primary and objective.satisfied_by_measure:
                return 1.0 if objective.min_normalized_measure is None else objective.min_normalized_measure
        return None

    def walk(self) -> Iterator["Item"]:
        """This item and everything below it, in the manifest's order."""
        yield self
        for child in self.children:
            yield from child.walk()

    def to_json(self) -> dict[str, Any]:
        """As JSON knows it; what has its default value is left out."""
        return _record_to_json(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of `to_json`."""
        values = dict(data)
        if "scorm_type" in values:
            values["scorm_type"] = ActivityType(values["scorm_type"])
        if "time_limit_action" in values:
            values["time_limit_action"] = TimeLimitAction(values["time_limit_action"])
        values["objectives"] = tuple(Objective(**objective) for objective in values.get("objectives", ()))
        values["children"] = tuple(Item.from_json(child) for child in values.get("children", ()))
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Organization:
    """One way through the course.

    `objectives_global`, `shared_data_global`: whether those reach across courses (`...GlobalToSystem` in the manifest).
    """

    identifier: str
    title: str
    items: tuple[Item, ...] = ()
    sequencing: XmlTree | None = None
    objectives_global: bool = True
    shared_data_global: bool = True
    completion_threshold: float | None = None
    progress_weight: float | None = None

    def walk(self) -> Iterator[Item]:
        """Every item of it, in the manifest's order."""
        for item in self.items:
            yield from item.walk()

    def to_json(self) -> dict[str, Any]:
        """As JSON knows it; what has its default value is left out."""
        return _record_to_json(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of `to_json`."""
        return cls(**{**data, "items": tuple(Item.from_json(item) for item in data.get("items", ()))})


@dataclass(frozen=True, slots=True)
class Package:
    """A package as it was understood.

    `identifier`: the manifest's own; never the course's identity.
    `dual`: it speaks xAPI too (`tincan.xml` beside `imsmanifest.xml`).
    `standard_stated`: False where nothing tells SCORM 1.2 from 2004, so that a player may offer both.
    `schema_version`: as the manifest writes it.
    `root`: the folder in the unpacked package that everything lies in, with a slash at its end, or "".
    `manifest`: the file that was read, relative to the unpacked package; None for HTML5.
    `activity_id`: of the course as a whole, in xAPI and cmi5.
    `sequencing_collection`: the shared `sequencing` elements that items point to by `IDRef`.
    `warnings`: sentences for the person who imports.
    """

    kind: PackageKind
    title: str
    identifier: str
    organizations: tuple[Organization, ...]
    default_organization: str
    dual: bool = False
    standard_stated: bool = True
    schema_version: str | None = None
    tool: AuthoringTool | None = None
    root: str = ""
    manifest: str | None = None
    activity_id: str | None = None
    description: str = ""
    language: str | None = None
    sequencing_collection: tuple[XmlTree, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def standard(self) -> Standard:
        """The run-time API that its content expects."""
        return self.kind.standard

    @property
    def organization(self) -> Organization:
        """The organization that is played."""
        return next(o for o in self.organizations if o.identifier == self.default_organization)

    def to_json(self) -> dict[str, Any]:
        """As JSON knows it; what has its default value is left out."""
        return _record_to_json(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """The inverse of `to_json`."""
        values = dict(data)
        values["kind"] = PackageKind(values["kind"])
        values["organizations"] = tuple(Organization.from_json(o) for o in values["organizations"])
        if "tool" in values:
            values["tool"] = AuthoringTool(**values["tool"])
        values["sequencing_collection"] = tuple(values.get("sequencing_collection", ()))
        values["warnings"] = tuple(values.get("warnings", ()))
        return cls(**values)


def activities(package: Package) -> tuple[Item, ...]:
    """What can be started in the organization that is played, in its order."""
    return tuple(item for item in package.organization.walk() if item.launchable)


def find_activity(package: Package, identifier: str) -> Item | None:
    """The startable item of this identifier, in whichever organization; None where there is none."""
    for organization in package.organizations:
        for item in organization.walk():
            if item.identifier == identifier and item.launchable:
                return item
    return None


def _join_parameters(href: str, parameters: str) -> str:
    """SCORM 2004 CAM, `<item>`, attribute `parameters`, rule by rule."""
    parameters = parameters.lstrip("?&")
    if not parameters:
        return href
    if parameters.startswith("#"):
        return href if "#" in href else href + parameters
    # The rules append after the whole href; a query behind a fragment would never reach the page, so it goes before.
    href, hash_mark, fragment = href.partition("#")
    separator = "&" if "?" in href else "?"
    return f"{href}{separator}{parameters}{hash_mark}{fragment}"


def _record_to_json(record: Any) -> dict[str, Any]:
    data: dict[str, Any] = {}
    for field in fields(record):
        value = getattr(record, field.name)
        if value != field.default:
            data[field.name] = _value_to_json(value)
    return data


def _value_to_json(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_value_to_json(entry) for entry in value]
    if isinstance(value, Item | Organization | Objective | AuthoringTool):
        return _record_to_json(value)
    return value
