"""JSON over several lines, with every token as it was written: numbers, escapes and the order of names. Pure.

Guarantees: takes only text that has been parsed before; without the white space between tokens, the result is the text.
"""

from __future__ import annotations

import re
from typing import Final

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)
STEP: Final = "  "


def pretty(raw: str) -> str:
    """A line for each name and each element."""
    parts: list[str] = []
    depth = 0
    before = ""
    for match in _TOKEN.finditer(raw):
        token = match[0]
        if token in "}]":
            depth -= 1
            # nothing inside: on one line
            if before not in ("{", "["):
                parts.append("\n" + STEP * depth)
        elif before in ("{", "[", ","):
            parts.append("\n" + STEP * depth)
        parts.append(": " if token == ":" else token)
        if token in "{[":
            depth += 1
        before = token
    return "".join(parts)


def one_line(raw: str) -> str:
    """The text without line ends, which JSON has between tokens only."""
    return raw.replace("\r", " ").replace("\n", " ") if "\n" in raw or "\r" in raw else raw
