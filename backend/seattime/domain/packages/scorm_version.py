"""Which SCORM a manifest means: by its schemaversion, else by its namespaces, else by what only one edition has.

Pure; imports siblings only.
"""

import re
from dataclasses import dataclass

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.manifest_xml import ManifestDocument, attribute, child, local_name, text_of
from seattime.domain.standards import Standard


@dataclass(frozen=True, slots=True)
class ScormVersion:
    """`stated`: the manifest tells SCORM 1.x from 2004, one way or another. `warning`: a sentence, or None."""

    kind: PackageKind
    stated: bool
    schema_version: str | None
    warning: str | None = None


def scorm_version(document: ManifestDocument) -> ScormVersion:
    """Decide which SCORM this `imsmanifest.xml` means. Always decides; says so where it had to guess."""
    schema, written = _schema_and_version(document)
    by_version = _kind_of_schemaversion(written, schema)
    by_namespace = _standard_of_namespaces(document)
    if by_version is not None:
        warning = None
        if by_namespace not in (None, by_version.standard):
            warning = f"{document.name} says {by_version.label}, but declares the namespaces of another SCORM."
        return ScormVersion(by_version, True, written, warning)
    if by_namespace is Standard.SCORM2004:
        kind = PackageKind.SCORM2004_4 if _has_fourth_edition_elements(document) else PackageKind.SCORM2004_3
        warning = f"{document.name} does not say which edition of SCORM 2004 it is; it is taken as {kind.label}."
        return ScormVersion(kind, True, written or None, warning)
    if by_namespace is not None:
        kind = PackageKind.SCORM11 if by_namespace is Standard.SCORM11 else PackageKind.SCORM12
        # No warning: several tools publish SCORM 1.2 without a schemaversion, and nothing is in doubt.
        return ScormVersion(kind, True, written or None)
    warning = f"{document.name} does not say which SCORM it is; it is taken as SCORM 1.2, and 2004 is offered too."
    return ScormVersion(PackageKind.SCORM12, False, written or None, warning)


def _schema_and_version(document: ManifestDocument) -> tuple[str, str]:
    """The manifest's own metadata; where that is silent, the first such element anywhere."""
    schema = text_of(child(document.root, "metadata", "schema"))
    version = text_of(child(document.root, "metadata", "schemaversion"))
    if version:
        return schema, version
    for element in document.root.iter():
        if local_name(element) == "schemaversion" and text_of(element):
            return schema, text_of(element)
    return schema, ""


def _kind_of_schemaversion(written: str, schema: str) -> PackageKind | None:
    text = re.sub(r"\s+", " ", written).strip().lower()
    if re.search(r"\b4th\b", text):
        return PackageKind.SCORM2004_4
    if re.search(r"\b3rd\b", text):
        return PackageKind.SCORM2004_3
    if re.search(r"\b(2nd|1st)\b", text) or text in ("cam 1.3", "1.3", "2004", "cam1.3", "scorm 2004", "cam 1.3.1"):
        return PackageKind.SCORM2004_2
    if re.fullmatch(r"(scorm )?1\.2", text):
        return PackageKind.SCORM12
    # IMS Content Packaging has a version 1.1 of its own, so this number counts only under ADL's name.
    if re.fullmatch(r"(scorm )?1\.1", text) and "adl" in schema.lower():
        return PackageKind.SCORM11
    return None


def _standard_of_namespaces(document: ManifestDocument) -> Standard | None:
    """ADL's namespaces decide; the IMS ones underneath are asked only where ADL's are missing."""
    declared = {uri.strip().rstrip("/").lower() for uri in document.namespaces}
    adl = {uri for uri in declared if "adlnet.org/xsd/adlcp" in uri}
    if any(re.search(r"adlcp_v1p\d", uri) for uri in adl):
        return Standard.SCORM2004
    if any(uri.endswith("rootv1p2") for uri in adl):
        return Standard.SCORM12
    if any(uri.endswith("rootv1p1") for uri in adl):
        return Standard.SCORM11
    if any(uri.endswith("xsd/imsss") or "adlnet.org/xsd/adlseq" in uri for uri in declared):
        return Standard.SCORM2004
    if any(uri.endswith("imscp_rootv1p1p2") for uri in declared):
        return Standard.SCORM12
    return None


def _has_fourth_edition_elements(document: ManifestDocument) -> bool:
    """`completedByMeasure`, `adlcp:data` and `sharedDataGlobalToSystem` came with the 4th Edition."""
    for element in document.root.iter():
        if attribute(element, "completedbymeasure") is not None:
            return True
        if attribute(element, "shareddataglobaltosystem") is not None:
            return True
        if local_name(element) == "data" and child(element, "map") is not None:
            return True
    return False
