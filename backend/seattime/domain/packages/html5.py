"""A package without a manifest: plain pages, of which one is where a person would begin.

Pure; imports siblings only.
"""

import html
import re
from collections.abc import Sequence

from seattime.domain.packages.files import FileIndex, PackageFiles
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Item, Organization, Package

_PAGES = (".html", ".htm", ".xhtml")
# The names that web servers and authoring tools give to the page that starts everything, best first. `index_lms` pages
# look for an API and complain without one, so they come after the plain ones.
_ENTRY_NAMES = (
    "index", "default", "story", "story_html5", "presentation", "launch", "start", "main", "home", "course", "player",
    "index_lms", "a001index", "welcome", "preview",
)  # fmt: skip
_TITLE = re.compile(rb"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_CHARSET = re.compile(rb"""charset\s*=\s*["']?\s*([A-Za-z0-9_\-]+)""", re.IGNORECASE)


def find_entry_page(names: Sequence[str], root: str) -> str | None:
    """The page that starts the package whose files lie under `root`; None where there is no page at all.

    The shallowest folder that has pages decides; in it the best-known name, else the first by name.
    """
    pages = [name for name in names if name.startswith(root) and name.lower().endswith(_PAGES)]
    return min(pages, key=_rank, default=None)


def read_html5_package(files: PackageFiles, root: str, entry: str, warnings: tuple[str, ...]) -> Package:
    """The package that starts with the page `entry`, one of `files.names`."""
    title = _page_title(files.head(entry, 65_536)) or entry.removeprefix(root)
    depth = entry.count("/")
    others = sum(name.lower().endswith(_PAGES) and name.count("/") == depth for name in files.names) - 1
    if others and _stem(entry) not in _ENTRY_NAMES:
        warnings = (*warnings, f"Nothing tells which page comes first; {entry} is started ({others} other pages).")
    target = FileIndex(files.names).resolve("", entry)
    item = Item(identifier="index", title=title, href=target.url, scorm_type=ActivityType.ASSET)
    return Package(
        kind=PackageKind.HTML5,
        title=title,
        identifier="",
        organizations=(Organization(identifier="html5", title=title, items=(item,)),),
        default_organization="html5",
        root=root,
        warnings=warnings,
    )


def _rank(page: str) -> tuple[int, int, str]:
    stem = _stem(page)
    known = _ENTRY_NAMES.index(stem) if stem in _ENTRY_NAMES else len(_ENTRY_NAMES)
    return page.count("/"), known, page


def _stem(page: str) -> str:
    return page.rpartition("/")[2].rpartition(".")[0].lower()


def _page_title(head: bytes) -> str:
    match = _TITLE.search(head)
    if match is None:
        return ""
    charset = _CHARSET.search(head)
    try:
        text = match[1].decode("utf-8")
    except UnicodeError:
        try:
            text = match[1].decode(charset[1].decode("ascii") if charset else "cp1252", errors="replace")
        except (LookupError, ValueError):
            text = match[1].decode("cp1252", errors="replace")
    # PostgreSQL keeps no NUL in a text, and nobody reads other control characters.
    return " ".join("".join(c if c.isprintable() else " " for c in html.unescape(text)).split())
