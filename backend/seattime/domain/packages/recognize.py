"""From the files of an unpacked package to a `Package`: what it is, where it starts, what made it.

Guarantees: `recognize` returns a package in which at least one thing can be started, or raises `PackageRefused` with a
sentence that names the file and the reason. Pure: reads only through the object that is handed in.
"""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from seattime.domain.packages.files import FileIndex, PackageFiles, fold
from seattime.domain.packages.html5 import find_entry_page, read_html5_package
from seattime.domain.packages.manifest_cmi5 import read_cmi5_manifest
from seattime.domain.packages.manifest_scorm import read_scorm_manifest
from seattime.domain.packages.manifest_tincan import read_tincan_manifest
from seattime.domain.packages.manifest_xml import MAX_MANIFEST_BYTES, ManifestDocument, parse_manifest
from seattime.domain.packages.model import Package, activities
from seattime.domain.packages.tools import detect_tool
from seattime.errors import PackageRefused

Reader = Callable[[ManifestDocument, str, FileIndex], Package]

_READERS: dict[str, Reader] = {
    "imsmanifest.xml": read_scorm_manifest,
    "cmi5.xml": read_cmi5_manifest,
    "tincan.xml": read_tincan_manifest,
}
"""In the order of who decides where a package has several."""

_AICC = (".crs", ".des", ".cst", ".au")
_MAX_WRAPPING = 3
# Left behind by file managers; they are no part of any course.
_LITTER_FOLDERS = ("__macosx/",)
_LITTER_NAMES = (".ds_store", "thumbs.db", "desktop.ini")


def recognize(files: PackageFiles) -> Package:
    """Understand the package whose files these are. Raises `PackageRefused`."""
    names = [name for name in files.names if not _is_litter(name)]
    if not names:
        raise PackageRefused("The package is empty: it holds no files.")
    root, warnings = _find_root(names)
    manifests = _manifests_in(root, names)
    if manifests:
        return _read_manifests(files, root, manifests, warnings)
    aicc = _aicc_file(names)
    if aicc is not None:
        message = f"This is an AICC package ({aicc}), which is not played; publish the course as SCORM, xAPI or cmi5."
        raise PackageRefused(message, file=aicc)
    entry = find_entry_page(names, root)
    if entry is None:
        raise PackageRefused(_why_nothing_was_found(names))
    package = read_html5_package(files, root, entry, tuple(warnings))
    return replace(package, tool=detect_tool(files, root, "", [entry]))


def _read_manifests(files: PackageFiles, root: str, manifests: dict[str, str], warnings: list[str]) -> Package:
    """The first manifest in the order of `_READERS` decides; a `tincan.xml` beside it makes a package dual."""
    index = FileIndex(files.names, root)
    first, *others = [name for name in _READERS if name in manifests]
    document = parse_manifest(manifests[first], files.head(manifests[first], MAX_MANIFEST_BYTES + 1))
    package = _READERS[first](document, root, index)
    for other in others:
        try:
            beside_document = parse_manifest(manifests[other], files.head(manifests[other], MAX_MANIFEST_BYTES + 1))
            beside = _READERS[other](beside_document, root, index)
        except PackageRefused as refusal:
            warnings.append(f"{refusal.message} It is ignored, since {manifests[first]} can be played.")
            continue
        if first == "imsmanifest.xml" and other == "tincan.xml":
            package = replace(package, dual=True, activity_id=beside.activity_id)
        else:
            warnings.append(f"{manifests[other]} is ignored, since {manifests[first]} is played.")
    pages = [path for item in activities(package) if (path := _page_of(item.href or "", index))]
    tool = detect_tool(files, root, document.text, pages)
    return replace(package, tool=tool, warnings=(*warnings, *package.warnings))


def _find_root(names: list[str]) -> tuple[str, list[str]]:
    """The folder that the package really starts in, and what to say about it."""
    root = ""
    for _ in range(_MAX_WRAPPING):
        if _manifests_in(root, names) or any(name.count("/") == root.count("/") for name in names):
            break
        top = {name[: name.index("/", len(root)) + 1] for name in names}
        if len(top) != 1:
            break
        root = top.pop()
    if root:
        return root, [f"Everything lies in the folder {root.rstrip('/')}; it was taken as the package's root."]
    if _manifests_in("", names) or find_entry_page([name for name in names if "/" not in name], "") is not None:
        return "", []
    folders = sorted({name.rpartition("/")[0] + "/" for name in names if _base_name(name) in _READERS})
    if len(folders) > 1:
        first, second = (folder + "…" for folder in folders[:2])
        message = f"The file holds several packages ({first} and {second}); import each of them on its own."
        raise PackageRefused(message)
    if folders:
        return folders[0], [f"The manifest lies in the folder {folders[0].rstrip('/')}, not at the top; it was used."]
    return "", []


def _aicc_file(names: list[str]) -> str | None:
    """A file that only AICC courses have: the `.crs`, or the other three together (`.au` alone is sound)."""
    found = {ending: name for ending in _AICC for name in names if name.lower().endswith(ending)}
    return found.get(".crs") or (found[".des"] if {".des", ".cst", ".au"} <= found.keys() else None)


def _manifests_in(root: str, names: list[str]) -> dict[str, str]:
    """The manifests that lie directly in `root`: how the standard calls each, and its name as it is written."""
    found: dict[str, str] = {}
    for name in names:
        if name.startswith(root) and "/" not in name[len(root) :] and _base_name(name) in _READERS:
            found[_base_name(name)] = name
    return found


def _base_name(name: str) -> str:
    return name.rpartition("/")[2].lower()


def _page_of(href: str, index: FileIndex) -> str | None:
    return index.find(unquote(urlsplit(href).path))


def _is_litter(name: str) -> bool:
    folded = fold(name)
    return folded.startswith(_LITTER_FOLDERS) or folded.rpartition("/")[2] in _LITTER_NAMES


def _why_nothing_was_found(names: list[str]) -> str:
    archives = [name for name in names if name.lower().endswith(".zip")]
    if archives:
        return f"The file holds another zip, {archives[0]}, and no course of its own; import that one instead."
    expected = "no imsmanifest.xml, tincan.xml or cmi5.xml, and no HTML page"
    return f"This is not a course: it has {expected} (its first file is {min(names)})."
