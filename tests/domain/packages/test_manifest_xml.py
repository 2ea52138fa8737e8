"""XML of strangers: encodings that lie, entities that bite, depth that never ends."""

import pytest

from seattime.domain.packages.manifest_xml import MAX_MANIFEST_BYTES, ManifestDocument, parse_manifest, text_at, to_tree
from seattime.errors import PackageRefused


def parse(data: str | bytes) -> ManifestDocument:
    return parse_manifest("imsmanifest.xml", data.encode() if isinstance(data, str) else data)


@pytest.mark.parametrize(
    "data",
    [
        '<?xml version="1.0" encoding="UTF-8"?><m><title>größe</title></m>'.encode(),
        "<m><title>größe</title></m>".encode(),
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-8"?><m><title>gr\xc3\xb6\xc3\x9fe</title></m>',
        b'\xef\xbb\xbf<?xml version="1.0" encoding="UTF-16"?><m><title>gr\xc3\xb6\xc3\x9fe</title></m>',
        '<?xml version="1.0" encoding="ISO-8859-1"?><m><title>größe</title></m>'.encode("latin-1"),
        '<?xml version="1.0" encoding="windows-1252"?><m><title>größe</title></m>'.encode("cp1252"),
        '<?xml version="1.0" encoding="UTF-16"?><m><title>größe</title></m>'.encode("utf-16"),
        '<?xml version="1.0" encoding="UTF-16"?><m><title>größe</title></m>'.encode("utf-16-be"),
        '<?xml version="1.0" encoding="UTF-16"?><m><title>größe</title></m>'.encode("utf-16-le"),
        "<?xml version='1.1' standalone='no' ?><m><title>größe</title></m>".encode(),
    ],
)
def test_a_manifest_is_read_in_the_encoding_it_was_saved_in(data: bytes) -> None:
    document = parse(data)
    assert text_at(document.root, "title") == "größe"
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("data", "title", "warning"),
    [
        (
            '<?xml version="1.0" encoding="ISO-8859-1"?><m><title>größe</title></m>'.encode(),
            "größe",
            "imsmanifest.xml says that it is ISO-8859-1, but is UTF-8.",
        ),
        (
            '<?xml version="1.0" encoding="UTF-8"?><m><title>größe</title></m>'.encode("cp1252"),
            "größe",
            "imsmanifest.xml is not UTF-8 as it says; it was read as Windows-1252, so look at its titles.",
        ),
        (
            '<?xml version="1.0" encoding="klingon"?><m><title>größe</title></m>'.encode("cp1252"),
            "größe",
            "imsmanifest.xml is not klingon as it says; it was read as Windows-1252, so look at its titles.",
        ),
        (
            b"\n  <?xml version='1.0'?><m><title>x</title></m>",
            "x",
            "imsmanifest.xml has blanks before its first line; they were dropped.",
        ),
    ],
)
def test_an_encoding_that_lies_is_mended_with_a_warning(data: bytes, title: str, warning: str) -> None:
    document = parse(data)
    assert text_at(document.root, "title") == title
    assert document.warnings == (warning,)


def test_a_codec_that_is_no_text_encoding_is_not_tried() -> None:
    document = parse(b'<?xml version="1.0" encoding="zlib"?><m><title>\xff</title></m>')
    assert text_at(document.root, "title") == "ÿ"


@pytest.mark.parametrize(
    "data",
    [
        '<!DOCTYPE m [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><m>&b;</m>',
        '<!DOCTYPE m [<!ENTITY x SYSTEM "file:///etc/passwd">]><m>&x;</m>',
        '<!DOCTYPE m [<!ENTITY % x SYSTEM "http://example.org/x.dtd"> %x;]><m/>',
        '<!DOCTYPE m [<!ENTITY unused "1">]><m/>',
    ],
)
def test_entities_are_refused_by_the_files_name(data: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        parse(data)
    assert caught.value.message == (
        "imsmanifest.xml defines XML entities or refers to files outside the package, which is not allowed."
    )
    assert caught.value.file == "imsmanifest.xml"


def test_a_doctype_that_defines_nothing_is_harmless() -> None:
    document = parse('<!DOCTYPE manifest SYSTEM "imscp.dtd"><manifest><title>x</title></manifest>')
    assert text_at(document.root, "title") == "x"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("<m><a></m>", "mismatched tag: line 1, column 8"),
        ("", "no element found: line 1, column 0"),
        ("not xml", "syntax error: line 1, column 0"),
        ("<m>&nbsp;</m>", "undefined entity: line 1, column 3"),
        ("<m a='1' a='2'/>", "duplicate attribute: line 1, column 9"),
        ("<m>\x01</m>", "not well-formed (invalid token): line 1, column 3"),
    ],
)
def test_malformed_xml_is_refused_with_the_place(data: str, reason: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        parse(data)
    assert caught.value.message == f"imsmanifest.xml is not well-formed XML: {reason}."


def test_text_cut_in_the_middle_of_a_character_is_refused() -> None:
    with pytest.raises(PackageRefused, match="not readable as utf-16 text"):
        parse(b"\xff\xfe<\x00m\x00/")


def test_nesting_without_end_is_refused() -> None:
    with pytest.raises(PackageRefused, match="more than 100 deep"):
        parse("<a>" * 5000 + "</a>" * 5000)


def test_a_manifest_of_many_megabytes_is_refused_unread() -> None:
    with pytest.raises(PackageRefused, match="larger than 20 MB"):
        parse(b" " * (MAX_MANIFEST_BYTES + 1))


def test_declared_namespaces_are_known_even_where_nothing_uses_them() -> None:
    document = parse('<m xmlns="urn:a" xmlns:adl="urn:b"><x xmlns:c = "urn:c"/></m>')
    assert document.namespaces == {"urn:a", "urn:b", "urn:c"}


def test_an_element_is_kept_whole_without_namespaces_and_comments() -> None:
    document = parse('<s:a xmlns:s="urn:s" s:k="v"> text <!-- no --><s:b/></s:a>')
    assert to_tree(document.root) == {
        "name": "a",
        "attributes": {"k": "v"},
        "text": "text",
        "children": [{"name": "b", "attributes": {}, "text": "", "children": []}],
    }
