"""`imsmanifest.xml` of SCORM 1.1, 1.2 and 2004: organizations, the item tree and the resources behind it.

Guarantees: what can be played is played; every liberty taken is a warning. Refuses only a manifest in which nothing can
be started. Pure; imports siblings and `errors`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from seattime.domain.packages.files import FileIndex, Target, Warnings
from seattime.domain.packages.manifest_xml import (
    ManifestDocument,
    attribute,
    child,
    children,
    flag,
    language_text,
    local_name,
    text_at,
    to_tree,
    xml_base,
)
from seattime.domain.packages.model import ActivityType, Item, Organization, Package
from seattime.domain.packages.scorm_items import (
    read_completion_threshold,
    read_item_details,
    read_progress_weight,
    read_sequencing_collection,
)
from seattime.domain.packages.scorm_version import scorm_version
from seattime.domain.standards import Standard
from seattime.errors import PackageRefused

_BACKSLASH = "\\"
_PAGES = (".html", ".htm", ".xhtml")


@dataclass(frozen=True, slots=True)
class _Resource:
    """A `<resource>`: where it starts, if it can be started."""

    identifier: str
    scorm_type: ActivityType
    target: Target | None
    written_href: str


def read_scorm_manifest(document: ManifestDocument, root: str, files: FileIndex) -> Package:
    """Read a SCORM manifest. `root`: the folder it lies in, with a slash at its end, or "".

    Raises `PackageRefused` where nothing in it can be started.
    """
    if local_name(document.root) != "manifest":
        message = f"{document.name} is not a content packaging manifest: its first element is not <manifest>."
        raise PackageRefused(message, file=document.name)
    if any("imscc" in uri.lower() for uri in document.namespaces):
        message = (
            f"{document.name} is a Common Cartridge, which is not played; publish the course as SCORM, xAPI or cmi5."
        )
        raise PackageRefused(message, file=document.name)
    return _ManifestReader(document, root, files).read()


class _ManifestReader:
    """Reads one manifest; holds what all its parts need."""

    def __init__(self, document: ManifestDocument, root: str, files: FileIndex) -> None:
        self.document = document
        self.manifest = document.root
        self.root = root
        self.files = files
        self.warnings = Warnings()
        for sentence in document.warnings:
            self.warnings.add(sentence)
        self.version = scorm_version(document)
        self.standard: Standard = self.version.kind.standard
        self.collection = read_sequencing_collection(self.manifest)
        self.identifiers: set[str] = set()

    def read(self) -> Package:
        if self.version.warning:
            self.warnings.add(self.version.warning)
        self.resources = {resource.identifier: resource for resource in self._read_resources()}
        organizations = self._read_organizations()
        default = self._default_organization(organizations)
        if not any(item.launchable for item in default.walk()):
            playable = [o for o in organizations if any(item.launchable for item in o.walk())]
            if not playable:
                raise PackageRefused(self._why_nothing_starts(), file=self.document.name)
            default = playable[0]
            self.warnings.add(f"The default organization has nothing to start; “{default.title}” is played instead.")
        lom = child(self.manifest, "metadata", "lom")
        return Package(
            kind=self.version.kind,
            standard_stated=self.version.stated,
            schema_version=self.version.schema_version,
            title=default.title,
            identifier=(attribute(self.manifest, "identifier") or "").strip(),
            organizations=organizations,
            default_organization=default.identifier,
            root=self.root,
            manifest=self.document.name,
            description=language_text(child(lom, "general", "description")),
            language=text_at(lom, "general", "language") or None,
            sequencing_collection=tuple(to_tree(element) for element in self.collection.values()),
            warnings=self.warnings.sentences(),
        )

    # Resources ------------------------------------------------------------------------------------------------------

    def _read_resources(self) -> Iterator[_Resource]:
        """Resources of the manifest and of manifests inside it (SCORM 2004 2nd Edition allowed them)."""
        missing: list[str] = []
        for manifest in (e for e in self.manifest.iter() if local_name(e) == "manifest"):
            outer = self.root if manifest is self.manifest else _joined(self.root, xml_base(self.manifest))
            for resources in children(manifest, "resources"):
                base = _joined(_joined(outer, xml_base(manifest)), xml_base(resources))
                for element in children(resources, "resource"):
                    yield self._read_resource(element, _joined(base, xml_base(element)), missing)
        if missing:
            more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
            self.warnings.add(f"{self.document.name} lists files that are not in the package: {missing[0]}{more}.")

    def _read_resource(self, element: Element, base: str, missing: list[str]) -> _Resource:
        identifier = (attribute(element, "identifier") or "").strip()
        listed = [(attribute(file, "href") or "").strip() for file in children(element, "file")]
        for href in listed:
            target = self.files.resolve(base, href)
            if href and target.url is None:
                missing.append(href)
        href = (attribute(element, "href") or "").strip()
        scorm_type = (attribute(element, "scormtype") or "").strip().lower()
        if not href:
            pages = [name for name in listed if name.lower().endswith(_PAGES)]
            if scorm_type == "sco" and len(pages) == 1:
                href = pages[0]
                self.warnings.add(f"Resource {identifier!r} has no href; its only page, {href}, is started.")
        return _Resource(
            identifier,
            # Unmarked content is given the API: content that wants none never looks for it.
            ActivityType.ASSET if scorm_type == "asset" else ActivityType.SCO,
            self.files.resolve(base, href) if href else None,
            href,
        )

    # Organizations --------------------------------------------------------------------------------------------------

    def _read_organizations(self) -> tuple[Organization, ...]:
        elements = [o for parent in children(self.manifest, "organizations") for o in children(parent, "organization")]
        organizations = tuple(self._read_organization(element, n) for n, element in enumerate(elements, start=1))
        if organizations and any(o.items for o in organizations):
            return organizations
        return (self._organization_from_resources(),)

    def _read_organization(self, element: Element, position: int) -> Organization:
        identifier = (attribute(element, "identifier") or "").strip() or f"organization-{position}"
        label = f"organization “{identifier}”"
        sequencing = child(element, "sequencing")
        return Organization(
            identifier=identifier,
            title=" ".join(text_at(element, "title").split()) or self._manifest_title() or identifier,
            items=tuple(self._read_item(item) for item in children(element, "item")),
            sequencing=None if sequencing is None else to_tree(sequencing),
            objectives_global=flag(element, "objectivesglobaltosystem", default=True),
            shared_data_global=flag(element, "shareddataglobaltosystem", default=True),
            completion_threshold=read_completion_threshold(element, label, self.warnings),
            progress_weight=read_progress_weight(element),
        )

    def _organization_from_resources(self) -> Organization:
        """A package without an organization holds resources only (SCORM 2004 CAM, resource package).

        Each SCO becomes an item, or the first page where there is no SCO.
        """
        startable = [r for r in self.resources.values() if r.target is not None and r.target.url is not None]
        scos = [r for r in startable if r.scorm_type is ActivityType.SCO]
        items = tuple(
            Item(
                identifier=self._unique(resource.identifier or "item"),
                title=resource.identifier or resource.written_href,
                href=resource.target.url if resource.target else None,
                scorm_type=resource.scorm_type,
            )
            for resource in (scos or startable[:1])
        )
        self.warnings.add(f"{self.document.name} has no organization; its resources are played one after another.")
        return Organization(identifier="organization-1", title=self._manifest_title() or "Course", items=items)

    def _default_organization(self, organizations: tuple[Organization, ...]) -> Organization:
        parent = child(self.manifest, "organizations")
        wanted = "" if parent is None else (attribute(parent, "default") or "").strip()
        for organization in organizations:
            if organization.identifier == wanted:
                return organization
        first = organizations[0]
        if child(parent, "organization") is None:
            return first  # there was none to choose from, which is said already
        if wanted:
            self.warnings.add(f"The default organization {wanted!r} does not exist; “{first.title}” is played.")
        elif len(organizations) > 1:
            self.warnings.add(f"No default organization is named; the first one, “{first.title}”, is played.")
        return first

    def _manifest_title(self) -> str:
        return language_text(child(self.manifest, "metadata", "lom", "general", "title"))

    # Items ----------------------------------------------------------------------------------------------------------

    def _read_item(self, element: Element) -> Item:
        written = (attribute(element, "identifier") or "").strip()
        title = " ".join(text_at(element, "title").split())
        label = f"item “{title or written}”"
        identifier = self._unique(written or "item")
        if written and identifier != written:
            self.warnings.add(f"Two items are called {written!r}; the second is kept as {identifier!r}.")
        resource, href = self._launch_of(element, label)
        return Item(
            identifier=identifier,
            title=title or (resource.written_href if resource else "") or written or "Untitled",
            href=href,
            parameters=(attribute(element, "parameters") or "").strip() if href else "",
            scorm_type=resource.scorm_type if resource and href else None,
            visible=flag(element, "isvisible", default=True),
            children=tuple(self._read_item(item) for item in children(element, "item")),
            **read_item_details(element, label, self.standard, self.collection, self.warnings),
        )

    def _launch_of(self, element: Element, label: str) -> tuple[_Resource | None, str | None]:
        reference = (attribute(element, "identifierref") or "").strip()
        if not reference:
            if child(element, "item") is None:
                self.warnings.add(f"The {label} points to no resource; it is shown as a heading.")
            return None, None
        resource = self.resources.get(reference)
        if resource is None:
            self.warnings.add(f"The {label} points to resource {reference!r}, which the manifest does not have.")
            return None, None
        if resource.target is None:
            self.warnings.add(f"The {label} points to resource {reference!r}, which has no href to start.")
            return resource, None
        target = resource.target
        if target.url is None:
            self.warnings.add(f"The {label} cannot be started: its file {resource.written_href!r} {target.remark}.")
        elif target.external:
            self.warnings.add(f"The {label} lies on another server, {target.url}, and is started from there.")
        elif target.remark:
            self.warnings.add(f"The href {resource.written_href!r} of {label} {target.remark}; it was mended.")
        return resource, target.url

    def _unique(self, identifier: str) -> str:
        candidate, number = identifier, 1
        while candidate in self.identifiers:
            number += 1
            candidate = f"{identifier}-{number}"
        self.identifiers.add(candidate)
        return candidate

    def _why_nothing_starts(self) -> str:
        broken = [r for r in self.resources.values() if r.target is not None and r.target.url is None]
        if broken and broken[0].target is not None:
            reason = f"its file {broken[0].written_href!r} {broken[0].target.remark}"
        elif not self.resources:
            reason = "it has no resources"
        else:
            reason = "no item points to a resource with an href"
        return f"{self.document.name} names nothing that can be started: {reason}."


def _joined(base: str, further: str) -> str:
    """`xml:base` inside `xml:base` (XML Base): an absolute one replaces what is around it.

    It is always taken as a folder: people leave out the slash at its end, and nobody means the folder above.
    """
    if not further:
        return base
    if "://" in further or further.startswith("//"):
        return further
    return f"{base}{further.replace(_BACKSLASH, '/').strip('/')}/"
