"""The version header (Communication 3.3): which specification a request speaks, and what is answered."""

from __future__ import annotations

import re
from enum import StrEnum

from seattime.domain.xapi.refusing import refuse, shown

HEADER = "X-Experience-API-Version"


class Version(StrEnum):
    """The specifications that are spoken, named by the newest patch of each."""

    V1 = "1.0.3"
    V2 = "2.0.0"


ALL = ("1.0", "1.0.0", "1.0.1", "1.0.2", "1.0.3", "2.0.0")
"""What the About resource lists."""
_V1 = re.compile(r"1\.0(?:\.\d+)?")
_V2 = re.compile(r"2\.0(?:\.\d+)?")


def read_version(header: str | None) -> Version:
    """Any patch of 1.0 is 1.0.3, any of 2.0 is 2.0.0. Raises BadInput."""
    if header is None:
        refuse(HEADER, "is missing; every request must name its version, 1.0.3 for instance")
    found = of_text(header)
    if found is None:
        refuse(HEADER, f"{shown(header)} is not spoken here; 1.0.3 and 2.0.0 are")
    return found


def of_text(text: str) -> Version | None:
    text = text.strip()
    return Version.V1 if _V1.fullmatch(text) else Version.V2 if _V2.fullmatch(text) else None
