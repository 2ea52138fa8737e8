"""`tincan.xml`: the activities of an xAPI package and the page that starts each.

The file is described in the Tin Can launch guidelines that xAPI authoring tools follow; it is no part of xAPI itself.
Refuses only a file in which nothing can be started. Pure; imports siblings and `errors`.
"""

from xml.etree.ElementTree import Element

from seattime.domain.packages.files import FileIndex, Warnings
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.manifest_xml import ManifestDocument, attribute, children, local_name, text_of
from seattime.domain.packages.model import ActivityType, Item, Organization, Package
from seattime.errors import PackageRefused


def read_tincan_manifest(document: ManifestDocument, root: str, files: FileIndex) -> Package:
    """Read a `tincan.xml`. `root`: the folder it lies in. Raises `PackageRefused` where nothing can be started."""
    if local_name(document.root) != "tincan":
        message = f"{document.name} is not an xAPI package description: its first element is not <tincan>."
        raise PackageRefused(message, file=document.name)
    warnings = Warnings()
    for sentence in document.warnings:
        warnings.add(sentence)
    elements = [a for parent in children(document.root, "activities") for a in children(parent, "activity")]
    items: dict[str, Item] = {}
    reasons: list[str] = []
    for element in elements:
        item = _read_activity(element, root, files, warnings, reasons)
        # Activities without a page are parts that statements speak of; nobody starts them.
        if item is not None and item.identifier not in items:
            items[item.identifier] = item
    if not items:
        reason = reasons[0] if reasons else "no activity has a launch page"
        message = f"{document.name} names nothing that can be started: {reason}."
        raise PackageRefused(message, file=document.name)
    first = next(iter(items.values()))
    return Package(
        kind=PackageKind.XAPI,
        title=first.title,
        identifier=first.identifier,
        activity_id=first.activity_id,
        organizations=(Organization(identifier="tincan", title=first.title, items=tuple(items.values())),),
        default_organization="tincan",
        root=root,
        manifest=document.name,
        description=first.description,
        warnings=warnings.sentences(),
    )


def _read_activity(
    element: Element, root: str, files: FileIndex, warnings: Warnings, reasons: list[str]
) -> Item | None:
    written = next((text for launch in children(element, "launch") if (text := text_of(launch))), "")
    if not written:
        return None
    target = files.resolve(root, written)
    if target.url is None:
        reasons.append(f"its launch page {written!r} {target.remark}")
        warnings.add(f"The launch page {written!r} {target.remark}.")
        return None
    if target.external:
        warnings.add(f"The launch page lies on another server, {target.url}, and is started from there.")
    elif target.remark:
        warnings.add(f"The launch page {written!r} {target.remark}; it was mended.")
    activity_id = (attribute(element, "id") or "").strip()
    if not activity_id:
        warnings.add("The activity has no id; its launch page stands for it.")
    name = next((text for part in children(element, "name") if (text := text_of(part))), "")
    return Item(
        identifier=activity_id or target.url,
        title=name or activity_id or written,
        href=target.url,
        scorm_type=ActivityType.AU,
        description=next((text for part in children(element, "description") if (text := text_of(part))), ""),
        activity_id=activity_id or None,
        activity_type=attribute(element, "type"),
    )
