"""An unpacked package that lies in memory, for tests of the recognizer."""

from collections.abc import Mapping, Sequence

from seattime.domain.packages.model import Package
from seattime.domain.packages.recognize import recognize


class MemoryFiles:
    """Files by name; text is stored as UTF-8."""

    def __init__(self, files: Mapping[str, str | bytes]) -> None:
        self._files = {name: data.encode() if isinstance(data, str) else data for name, data in files.items()}

    @property
    def names(self) -> Sequence[str]:
        return list(self._files)

    def head(self, name: str, size: int) -> bytes:
        return self._files[name][:size]


def recognized(files: Mapping[str, str | bytes]) -> Package:
    """What the recognizer makes of these files."""
    return recognize(MemoryFiles(files))


SCORM12_NAMESPACES = (
    'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"'
)
SCORM2004_NAMESPACES = (
    'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
    'xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3" xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" '
    'xmlns:imsss="http://www.imsglobal.org/xsd/imsss"'
)
ONE_ITEM = '<item identifier="I1" identifierref="R1"><title>Lesson</title></item>'
ONE_RESOURCE = '<resource identifier="R1" type="webcontent" adlcp:scormtype="sco" href="index.html"/>'


def manifest(
    *,
    namespaces: str = SCORM12_NAMESPACES,
    version: str | None = "1.2",
    schema: str = "ADL SCORM",
    items: str = ONE_ITEM,
    resources: str = ONE_RESOURCE,
    default: str = ' default="O1"',
    organizations: str | None = None,
    attributes: str = "",
    head: str = '<?xml version="1.0" encoding="UTF-8"?>',
    after: str = "",
) -> str:
    """An `imsmanifest.xml`; every part can be replaced."""
    metadata = f"<metadata><schema>{schema}</schema><schemaversion>{version}</schemaversion></metadata>"
    if organizations is None:
        organizations = f'<organization identifier="O1"><title>Course</title>{items}</organization>'
    return (
        f"{head}<manifest identifier='M1' {namespaces}{attributes}>{metadata if version is not None else ''}"
        f"<organizations{default}>{organizations}</organizations><resources>{resources}</resources>{after}</manifest>"
    )
