"""Texts from outside as a person reads them in one line: without markup, control characters, and never too long. Pure.

Guarantees: takes any value whatever; what is no text, or an empty one, is the empty text. The result holds no tag and no character
that turns the direction of what stands around it; it is still no HTML, and whoever writes a page escapes it as any other text.
"""

from __future__ import annotations

import html
import re
from typing import Any, Final

from seattime.domain.xapi.formats import one_language

LONGEST: Final = 160
LANGUAGES: Final = ("en",)
"""The pages' own; where a text has none of these, its first one is taken."""
# a tag begins with a letter, so "a < b" stays; what is in script and style is no text
_HIDDEN: Final = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_TAG: Final = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_BREAK: Final = re.compile(r"<(?:br|/p|/div|/li|/h[1-6]|/td|/tr)\b[^<>]*>", re.IGNORECASE)
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+")
_SPACE: Final = re.compile(r"\s+")


def plain(value: Any, longest: int = LONGEST) -> str:
    """`value` as one line."""
    if not isinstance(value, str):
        return ""
    # no more than could be shown, markup included: content may send megabytes
    text = value[: 20 * longest]
    # again as long as it changes: authoring tools escape the markup of questions, and what is around a tag may make another
    before = None
    while text != before:
        before = text
        text = html.unescape(_TAG.sub("", _BREAK.sub(" ", _HIDDEN.sub(" ", text))))
    text = _SPACE.sub(" ", _CONTROL.sub(" ", text)).strip()
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "\u2026"


def in_language(value: Any, languages: tuple[str, ...] = LANGUAGES) -> str:
    """Of a language map, the text in the best language, as one line."""
    if not isinstance(value, dict):
        return ""
    texts = {tag: text for tag, text in value.items() if plain(text)}
    return plain(next(iter(one_language(texts, list(languages)).values()), ""))


def end_of(iri: Any) -> str:
    """What an identifier ends in, as words: `http://example.org/verbs/did-well` says `did well`."""
    text = plain(iri, 500)
    rest = text.partition("://")[2] or text
    parts = [part for part in re.split(r"[/#?:]", rest) if part]
    # of the host alone, all of it
    words = parts[-1] if len(parts) > 1 else rest.rstrip("/")
    return plain(re.sub(r"[-_+]|%20", " ", words)) or text
