"""The learner's preferences, an agent profile document of a fixed form (cmi5 11)."""

from __future__ import annotations

from seattime.domain.xapi import json_text, texts
from seattime.errors import BadInput


def what_is_wrong(content_type: str, body: bytes) -> str | None:
    """A sentence on why this is no document of preferences; None where it is one."""
    if content_type.partition(";")[0].strip().lower() != "application/json":
        return "The learner preferences must be sent as application/json (cmi5 11)."
    try:
        value = json_text.parse(json_text.decode(body, "the body"), "the body")
    except BadInput as error:
        return f"The learner preferences cannot be read: {error.message}"
    if not isinstance(value, dict):
        return "The learner preferences must be a JSON object (cmi5 11)."
    languages, audio = value.get("languagePreference"), value.get("audioPreference")
    if not isinstance(languages, str) or not all(map(_is_language, languages.split(","))):
        return "languagePreference must be a list of language tags of RFC 5646 between commas, like en-US,fr-FR (cmi5 11.1)."
    if audio not in ("on", "off"):
        return 'audioPreference must be "on" or "off" (cmi5 11.2).'
    return None


def _is_language(text: str) -> bool:
    try:
        texts.need_language(text.strip(), "languagePreference")
    except BadInput:
        return False
    return True
