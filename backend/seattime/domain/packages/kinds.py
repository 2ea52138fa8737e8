"""The kinds of package that are played, and what each is called.

Pure; imports `standards` only.
"""

from enum import StrEnum

from seattime.domain.standards import Standard


class PackageKind(StrEnum):
    """How a package describes itself. A dual package (SCORM and xAPI) has the kind of its SCORM manifest."""

    SCORM11 = "scorm11"
    SCORM12 = "scorm12"
    SCORM2004_2 = "scorm2004_2"
    SCORM2004_3 = "scorm2004_3"
    SCORM2004_4 = "scorm2004_4"
    XAPI = "xapi"
    CMI5 = "cmi5"
    HTML5 = "html5"

    @property
    def standard(self) -> Standard:
        """The run-time API that its content expects."""
        return _STANDARDS.get(self, Standard.NONE)

    @property
    def label(self) -> str:
        """What a person calls it, `SCORM 2004 3rd Edition`."""
        return _LABELS[self]


_STANDARDS = {
    PackageKind.SCORM11: Standard.SCORM11,
    PackageKind.SCORM12: Standard.SCORM12,
    PackageKind.SCORM2004_2: Standard.SCORM2004,
    PackageKind.SCORM2004_3: Standard.SCORM2004,
    PackageKind.SCORM2004_4: Standard.SCORM2004,
}

_LABELS = {
    PackageKind.SCORM11: "SCORM 1.1",
    PackageKind.SCORM12: "SCORM 1.2",
    PackageKind.SCORM2004_2: "SCORM 2004 2nd Edition",
    PackageKind.SCORM2004_3: "SCORM 2004 3rd Edition",
    PackageKind.SCORM2004_4: "SCORM 2004 4th Edition",
    PackageKind.XAPI: "xAPI (Tin Can)",
    PackageKind.CMI5: "cmi5",
    PackageKind.HTML5: "HTML5",
}
