"""`cmi5.xml`: the course structure of cmi5, its blocks and assignable units (cmi5 specification, section 13).

Guarantees: what can be played is played; every liberty taken is a warning. Refuses only a file in which nothing can be
started. Pure; imports siblings and `errors`.
"""

from xml.etree.ElementTree import Element

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
from seattime.errors import PackageRefused

MOVE_ON = ("Passed", "Completed", "CompletedAndPassed", "CompletedOrPassed", "NotApplicable")
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
        self.identifiers: set[str] = set()
        self.objective_titles = {
            identifier: language_text(child(objective, "title"))
            for parent in children(document.root, "objectives")
            for objective in children(parent, "objective")
            if (identifier := (attribute(objective, "id") or "").strip())
        }

    def read(self) -> Package:
        course = child(self.document.root, "course")
        course_id = "" if course is None else (attribute(course, "id") or "").strip()
        if not course_id:
            self.warnings.add("The course has no id.")
        items = self._read_nodes(self.document.root)
        if not any(node.launchable for item in items for node in item.walk()):
            reason = self.warnings.sentences()[-1] if self.identifiers else "It has no assignable unit."
            message = f"{self.document.name} names nothing that can be started. {reason}"
            raise PackageRefused(message, file=self.document.name)
        title = language_text(child(course, "title")) or items[0].title
        return Package(
            kind=PackageKind.CMI5,
            title=title,
            identifier=course_id,
            activity_id=course_id or None,
            organizations=(Organization(identifier=course_id or "cmi5", title=title, items=items),),
            default_organization=course_id or "cmi5",
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
            move_on=self._one_of(element, "moveon", MOVE_ON, "NotApplicable", title),
            launch_method=self._one_of(element, "launchmethod", LAUNCH_METHODS, "AnyWindow", title),
            launch_parameters=text_at(element, "launchparameters") or None,
            entitlement_key=text_at(element, "entitlementkey") or None,
        )

    def _launch_url(self, element: Element, title: str) -> str | None:
        written = text_at(element, "url")
        target = self.files.resolve(self.root, written)
        if target.url is None:
            shown = f"its url {written!r}" if written else "its url"
            self.warnings.add(f"The unit “{title}” cannot be started: {shown} {target.remark}.")
        elif target.external:
            self.warnings.add(f"The unit “{title}” lies on another server, {target.url}, and is started from there.")
        elif target.remark:
            self.warnings.add(f"The url {written!r} of the unit “{title}” {target.remark}; it was mended.")
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

    def _one_of(self, element: Element, name: str, allowed: tuple[str, ...], default: str, title: str) -> str:
        written = (attribute(element, name) or "").strip()
        for value in allowed:
            if value.lower() == written.lower():
                return value
        if written:
            self.warnings.add(f"The unit “{title}” has an unknown {name}, {written!r}; {default} is used.")
        return default

    def _objectives(self, element: Element) -> tuple[Objective, ...]:
        references = [r for parent in children(element, "objectives") for r in children(parent, "objective")]
        identifiers = [(attribute(r, "idref") or "").strip() for r in references]
        return tuple(Objective(identifier=i, title=self.objective_titles.get(i, "")) for i in identifiers if i)

    def _identifier(self, element: Element, kind: str) -> str:
        written = (attribute(element, "id") or "").strip()
        candidate, number = written or kind, 1
        while candidate in self.identifiers:
            number += 1
            candidate = f"{written or kind}-{number}"
        if written and candidate != written:
            self.warnings.add(f"Two parts of the course have the id {written!r}; the second is kept as {candidate!r}.")
        self.identifiers.add(candidate)
        return candidate
