"""Reading multipart/mixed (xAPI 1.0.3 Communication 1.5.2, RFC 2046 5.1); services/lrs_multipart.py writes it.

The parsing is python-multipart's: it gives each part's headers and its bytes exactly, whatever they are, where the standard library's
parser for mail treats them as lines of text.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from seattime.domain.xapi import texts
from seattime.domain.xapi.refusing import refuse
from seattime.services.lrs_statements import Attached

MOST_PARTS = 1000


@dataclass
class _Part:
    headers: dict[str, str] = field(default_factory=dict)
    body: bytearray = field(default_factory=bytearray)


class _Reader:
    """What the parser calls."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.whole = False
        self._name, self._value = bytearray(), bytearray()

    def begin(self) -> None:
        if len(self.parts) == MOST_PARTS:
            refuse("the body", f"has more than {MOST_PARTS} parts")
        self.parts.append(_Part())

    def name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header(self) -> None:
        self.parts[-1].headers[self._name.decode("latin-1").lower()] = self._value.decode("latin-1").strip()
        self._name, self._value = bytearray(), bytearray()

    def data(self, data: bytes, start: int, end: int) -> None:
        self.parts[-1].body += data[start:end]

    def end(self) -> None:
        self.whole = True


def read_multipart(content_type: str, body: bytes) -> tuple[bytes, list[Attached]]:
    """The JSON of the first part, and the attachments. Raises BadInput."""
    _, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"")
    if not 0 < len(boundary) <= 200:
        refuse("Content-Type", "of multipart/mixed must name its boundary")
    first, *others = _read(boundary, body)
    if first.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        refuse("the first part", "must have the Content-Type application/json")
    return bytes(first.body), [_attached(part, f"part {number}") for number, part in enumerate(others, start=2)]


def _read(boundary: bytes, body: bytes) -> list[_Part]:
    reader = _Reader()
    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": reader.begin,
                "on_header_field": reader.name,
                "on_header_value": reader.value,
                "on_header_end": reader.header,
                "on_part_data": reader.data,
                "on_end": reader.end,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        refuse("the body", f"is not multipart/mixed that can be read ({error})")
    if not reader.parts or not reader.whole:
        refuse("the body", "is not multipart/mixed with this boundary, or breaks off before its end")
    return reader.parts


def _attached(part: _Part, where: str) -> Attached:
    if part.headers.get("content-transfer-encoding", "").lower() != "binary":
        refuse(where, "must have the Content-Transfer-Encoding binary")
    if "x-experience-api-hash" not in part.headers:
        refuse(where, "must have an X-Experience-API-Hash")
    sha2 = texts.need_sha2(part.headers["x-experience-api-hash"], f"the X-Experience-API-Hash of {where}")
    return Attached(sha2, part.headers.get("content-type", "application/octet-stream"), bytes(part.body))
