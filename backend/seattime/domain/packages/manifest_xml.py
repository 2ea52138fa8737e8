"""XML of strangers: decoded however it was saved, parsed without entities, read without minding case or namespace.

Guarantees: `parse_manifest` returns a document or raises `PackageRefused` with a sentence that names the file. No
entity is expanded, nothing outside the file is read, nesting is bounded so that code may recurse.

Pure; imports `errors` and `model` of ours.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser

from seattime.domain.packages.model import XmlTree
from seattime.errors import PackageRefused

MAX_MANIFEST_BYTES = 20_000_000
MAX_DEPTH = 100

_XML_NAMESPACE = "{http://www.w3.org/XML/1998/namespace}"
_DECLARATION = re.compile(r"<\?xml\s[^>]*?\?>")
_DECLARED_ENCODING = re.compile(rb"""^\s*<\?xml\s[^>]*?encoding\s*=\s*["']([A-Za-z0-9._\-]+)["']""")
_NAMESPACE = re.compile(r"""xmlns(?::[\w.\-]+)?\s*=\s*["']([^"']*)["']""")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
    (b"<\x00?\x00", "utf-16-le"),
    (b"\x00<\x00?", "utf-16-be"),
)


@dataclass(frozen=True, slots=True)
class ManifestDocument:
    """A parsed manifest. `name`: the file, for messages. `text`: all of it, decoded. `namespaces`: every one declared,
    used or not. `warnings`: sentences on what had to be mended."""

    name: str
    root: Element
    text: str
    namespaces: frozenset[str]
    warnings: tuple[str, ...]


def parse_manifest(name: str, data: bytes) -> ManifestDocument:
    """Parse the manifest `name`. Raises `PackageRefused` where it is not XML, too large, too deep, or has entities."""
    if len(data) > MAX_MANIFEST_BYTES:
        raise PackageRefused(f"{name} is larger than {MAX_MANIFEST_BYTES // 1_000_000} MB.", file=name)
    text, warning = _decode(name, data)
    warnings = [warning] if warning else []
    if text[:1].isspace():
        text = text.lstrip()
        warnings.append(f"{name} has blanks before its first line; they were dropped.")
    root = _parse(name, text)
    _check_depth(name, root)
    return ManifestDocument(name, root, text, frozenset(_NAMESPACE.findall(text)), tuple(warnings))


def _decode(name: str, data: bytes) -> tuple[str, str | None]:
    """The text, and a warning where the encoding that the file declares is not the one it was saved in."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding).removeprefix("\ufeff"), None
            except UnicodeError as cause:
                raise PackageRefused(f"{name} is not readable as {encoding} text.", file=name) from cause
    match = _DECLARED_ENCODING.match(data)
    declared = match[1].decode("ascii") if match else "utf-8"
    try:
        text = data.decode("utf-8")
    except UnicodeError:
        pass
    else:
        # Bytes above ASCII that are valid UTF-8 are UTF-8, whatever the first line says.
        said_otherwise = not data.isascii() and declared.lower() not in ("utf-8", "utf8")
        return text, f"{name} says that it is {declared}, but is UTF-8." if said_otherwise else None
    try:
        return data.decode(declared), None
    except (LookupError, ValueError):
        warning = f"{name} is not {declared} as it says; it was read as Windows-1252, so look at its titles."
        return data.decode("cp1252", errors="replace"), warning


def _parse(name: str, text: str) -> Element:
    parser = DefusedXMLParser(forbid_dtd=False, forbid_entities=True, forbid_external=True)
    try:
        # Without its declaration, since the text is decoded already and the parser must not decode it again.
        parser.feed(_DECLARATION.sub("", text, count=1) if text.startswith("<?xml") else text)
        root: Element = parser.close()
    except DefusedXmlException as cause:
        message = f"{name} defines XML entities or refers to files outside the package, which is not allowed."
        raise PackageRefused(message, file=name) from cause
    except (ParseError, ValueError) as cause:
        reason = str(cause).replace("\n", " ")
        raise PackageRefused(f"{name} is not well-formed XML: {reason}.", file=name) from cause
    return root


def _check_depth(name: str, root: Element) -> None:
    level, depth = [root], 0
    while level:
        depth += 1
        if depth > MAX_DEPTH:
            raise PackageRefused(f"{name} nests its elements more than {MAX_DEPTH} deep.", file=name)
        level = [child for element in level for child in element]


def local_name(element: Element) -> str:
    """The element's name without its namespace, in lower case: `adlcp:scormType` and `scormtype` are the same to us."""
    return _without_namespace(element.tag).lower()


def attribute(element: Element, name: str) -> str | None:
    """An attribute by its name in lower case, in whatever namespace; None where it is absent."""
    value = element.get(name)
    if value is not None:
        return value
    return next((v for k, v in element.attrib.items() if _without_namespace(k).lower() == name), None)


def flag(element: Element, name: str, default: bool) -> bool:
    """A boolean attribute; anything that is not a boolean is the default."""
    value = (attribute(element, name) or "").strip().lower()
    return {"true": True, "1": True, "false": False, "0": False}.get(value, default)


def xml_base(element: Element) -> str:
    """The element's own `xml:base`, or ""."""
    return (element.get(f"{_XML_NAMESPACE}base") or "").strip()


def children(element: Element, name: str) -> Iterator[Element]:
    """The direct children of this name, which is in lower case."""
    return (child for child in element if local_name(child) == name)


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at the end of `path`, one name for each level; None where there is none."""
    for name in path:
        if element is None:
            return None
        element = next(children(element, name), None)
    return element


def text_of(element: Element | None) -> str:
    """All text in the element, blanks around it dropped; "" for None."""
    return "".join(element.itertext()).strip() if element is not None else ""


def text_at(element: Element | None, *path: str) -> str:
    """The text of the first element at the end of `path`, or ""."""
    return text_of(child(element, *path))


def language_text(element: Element | None) -> str:
    """The first text that is not empty among an element's language variants (`langstring`, `string`), or its own."""
    if element is None:
        return ""
    return next((text for variant in element if (text := text_of(variant))), "") or text_of(element)


def to_tree(element: Element) -> XmlTree:
    """The element, whole, as JSON knows it."""
    return {
        "name": _without_namespace(element.tag),
        "attributes": {_without_namespace(k): v for k, v in element.attrib.items()},
        "text": (element.text or "").strip(),
        "children": [to_tree(child) for child in element],
    }


def _without_namespace(name: str) -> str:
    return name.rpartition("}")[2]
