"""A course that is played in another LMS's player: known here by name and standard, so that its time can be kept; no files.

Pure; imports `kinds` and `model` only.
"""

from typing import Final

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Item, Organization, Package

ACTIVITY: Final = "course"
HREF: Final = "about:blank#elsewhere"
"""Stands where a package's activity starts. It leads nowhere: nothing of the course is here."""

STANDARDS: Final = {
    "scorm11": PackageKind.SCORM11,
    "scorm12": PackageKind.SCORM12,
    "scorm2004": PackageKind.SCORM2004_4,
    "none": PackageKind.HTML5,
}
"""What a caller may say of such a course."""


def make_elsewhere(title: str, kind: PackageKind) -> Package:
    """A package of one activity without content."""
    item = Item(ACTIVITY, title, href=HREF, scorm_type=None if kind is PackageKind.HTML5 else ActivityType.SCO)
    return Package(kind, title, "", (Organization("elsewhere", title, (item,)),), "elsewhere")


def is_elsewhere(package: Package) -> bool:
    """Whether there is nothing of the course here that could be played."""
    return any(item.href == HREF for item in package.organization.walk())
