"""`cmi5.xml`: the course structure of cmi5, its blocks and assignable units (cmi5 specification, section 13).

Guarantees: every liberty taken is a warning; what would do harm later is refused with the reason:

- an id that is missing, is no IRI or stands twice (13.1): statements name the course, its blocks and AUs by these ids (9.6.2.3), and
  no record store takes one that is no IRI;
- an AU that cannot be started (14.1, 14.2; a URL that is none, 13.1.4): nobody could ever satisfy the course;
- an AU whose own query has a launch parameter's name (8.1): it would read its own instead of the LMS's.

What harms nothing stays a warning or is not even that: elements out of the schema's order, missing titles and descriptions, a
masteryScore out of bounds, a word of moveOn in other case. Pure; imports siblings, `domain.xapi`, `domain.cmi5.words`, `errors`.
"""

from typing import NoReturn
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element

from seattime.domain.cmi5 import words
from seattime.domain.packages.files import FileIndex, Warnings
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.manifest_xml import (
    ManifestDocument,
    attribute,
    child,
    children,
    language_text,
    local_name,
    text_at,
)
from seattime.domain.packages.model import ActivityType, Item, Objective, Organization, Package
from seattime.domain.xapi import texts
from seattime.errors import BadInput, PackageRefused

MOVE_ON = ("Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed", "NotApplicable")
UNCLEAR_MOVE_ON = "CompletedOrPassed"
"""What stands in for a moveOn that is no word of cmi5: by the default, NotApplicable, everybody would be done before he began."""
LAUNCH_METHODS = ("AnyWindow", "OwnWindow")


def read_cmi5_manifest(document: ManifestDocument, root: str, files: FileIndex) -> Package:
    """Read a `cmi5.xml`. `root`: the folder it lies in. Raises `PackageRefused` where nothing in it can be started."""
    if local_name(document.root) != "coursestructure":
        message = f"{document.name} is not a cmi5 course structure: its first element is not <courseStructure>."
        raise PackageRefused(message, file=document.name)
    return _CourseReader(document, root, files).read()


class _CourseReader:
    """Reads one course structure; holds what all its parts need."""

    def __init__(self, document: ManifestDocument, root: str, files: FileIndex) -> None:
        self.document = document
        self.root = root
        self.files = files
        self.warnings = Warnings()
        for sentence in document.warnings:
            self.warnings.add(sentence)
        self.seen: dict[str, set[str]] = {"course": set(), "block": set(), "au": set(), "objective": set()}
        self.objective_titles: dict[str, str] = {}

    def read(self) -> Package:
        course = child(self.document.root, "course")
        if course is None:
            self._refuse("It has no <course>.")
        course_id = self._identifier(course, "course")
        for parent in children(self.document.root, "objectives"):
            for objective in children(parent, "objective"):
                self.objective_titles[self._identifier(objective, "objective")] = language_text(child(objective, "title"))
        items = self._read_nodes(self.document.root)
        if not self.seen["au"]:
            self._refuse("It has no assignable unit.")
        title = language_text(child(course, "title")) or items[0].title
        return Package(
            kind=PackageKind.CMI5,
            title=title,
            identifier=course_id,
            activity_id=course_id,
            organizations=(Organization(identifier=course_id, title=title, items=items),),
            default_organization=course_id,
            root=self.root,
            manifest=self.document.name,
            description=language_text(child(course, "description")),
            warnings=self.warnings.sentences(),
        )

    def _read_nodes(self, parent: Element) -> tuple[Item, ...]:
        readers = {"au": self._read_au, "block": self._read_block}
        return tuple(readers[name](node) for node in parent if (name := local_name(node)) in readers)

    def _read_block(self, element: Element) -> Item:
        identifier = self._identifier(element, "block")
        return Item(
            identifier=identifier,
            title=language_text(child(element, "title")) or identifier,
            description=language_text(child(element, "description")),
            objectives=self._objectives(element),
            activity_id=identifier,
            children=self._read_nodes(element),
        )

    def _read_au(self, element: Element) -> Item:
        identifier = self._identifier(element, "au")
        title = language_text(child(element, "title")) or identifier
        return Item(
            identifier=identifier,
            title=title,
            href=self._launch_url(element, title),
            scorm_type=ActivityType.AU,
            description=language_text(child(element, "description")),
            objectives=self._objectives(element),
            mastery_score=self._mastery_score(element, title),
            activity_id=identifier,
            activity_type=(attribute(element, "activitytype") or "").strip() or None,
            move_on=self._one_of(element, "moveon", MOVE_ON, "NotApplicable", title, UNCLEAR_MOVE_ON),
            launch_method=self._one_of(element, "launchmethod", LAUNCH_METHODS, "AnyWindow", title),
            launch_parameters=text_at(element, "launchparameters") or None,
            entitlement_key=text_at(element, "entitlementkey") or None,
        )

    def _launch_url(self, element: Element, title: str) -> str:
        written = text_at(element, "url")
        target = self.files.resolve(self.root, written)
        if target.url is None:
            shown = f"its url {written!r}" if written else "its url"
            self._refuse(f"The unit “{title}” cannot be started: {shown} {target.remark}.")
        if target.external:
            if not _is_address(target.url):
                self._refuse(f"The unit “{title}” cannot be started: its url {written!r} is no address.")
            self.warnings.add(f"The unit “{title}” lies on another server, {target.url}, and is started from there.")
        elif target.remark:
            self.warnings.add(f"The url {written!r} of the unit “{title}” {target.remark}; it was mended.")
        for name, _value in parse_qsl(urlsplit(target.url).query, keep_blank_values=True):
            if name in words.QUERY:
                self._refuse(f"The url of the unit “{title}” has the parameter {name}, which is the LMS's to set (cmi5 8.1).")
        return target.url

    def _mastery_score(self, element: Element, title: str) -> float | None:
        written = (attribute(element, "masteryscore") or "").strip()
        if not written:
            return None
        try:
            value = float(written)
        except ValueError:
            value = -1.0
        if 0 <= value <= 1:
            return value
        self.warnings.add(f"The masteryScore {written!r} of “{title}” is not a number from 0 to 1; it is ignored.")
        return None

    def _one_of(self, element: Element, name: str, allowed: tuple[str, ...], default: str, title: str, unclear: str = "") -> str:
        """`default`: where nothing is written; `unclear`: where it is no word of cmi5."""
        written = (attribute(element, name) or "").strip()
        for value in allowed:
            if value.lower() == written.lower():
                return value
        if not written:
            return default
        self.warnings.add(f"The unit “{title}” has an unknown {name}, {written!r}; {unclear or default} is used.")
        return unclear or default

    def _objectives(self, element: Element) -> tuple[Objective, ...]:
        references = [r for parent in children(element, "objectives") for r in children(parent, "objective")]
        identifiers = [(attribute(r, "idref") or "").strip() for r in references]
        return tuple(Objective(identifier=i, title=self.objective_titles.get(i, "")) for i in identifiers if i)

    def _identifier(self, element: Element, kind: str) -> str:
        """13.1: a globally unique IRI. Blocks and AUs share a tree here, so no id may stand for one of each either."""
        written = (attribute(element, "id") or "").strip()
        if not written:
            self._refuse(f"{_CALLED[kind].capitalize()} has no id.")
        if not _is_iri(written):
            self._refuse(f"The id {written!r} of {_CALLED[kind]} is no IRI, which begins with a scheme like https: (cmi5 13.1).")
        if written in self.seen[kind] or (kind in ("au", "block") and written in self.seen["au"] | self.seen["block"]):
            self._refuse(f"Two parts of the course have the id {written!r} (cmi5 13.1).")
        self.seen[kind].add(written)
        return written

    def _refuse(self, reason: str) -> NoReturn:
        raise PackageRefused(f"{self.document.name} is not a course that can be taken. {reason}", file=self.document.name)


_CALLED = {"course": "a course", "block": "a block", "au": "a unit", "objective": "an objective"}


def _is_address(url: str) -> bool:
    try:
        return urlsplit(url).hostname is not None and _is_iri(url)
    except ValueError:
        return False


def _is_iri(text: str) -> bool:
    try:
        texts.need_iri(text, "id")
    except BadInput:
        return False
    return True
