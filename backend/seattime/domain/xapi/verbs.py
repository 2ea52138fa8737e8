"""What verbs are called in a sentence: those of ADL, Tin Can and cmi5 in our own words, others by what the statement says. Pure."""

from __future__ import annotations

from typing import Any, Final

from seattime.domain.xapi.plain import end_of, in_language, plain

ADL: Final = "http://adlnet.gov/expapi/verbs/"
_W3ID: Final = "https://w3id.org/xapi/adl/verbs/"
_TINCAN: Final = "http://id.tincanapi.com/verb/"
_STREAMS: Final = "http://activitystrea.ms/schema/1.0/"

COMPLETED: Final = frozenset({f"{ADL}completed"})
JUDGED: Final = frozenset({f"{ADL}passed", f"{ADL}failed", f"{ADL}mastered"})
ANSWERED: Final = frozenset({f"{ADL}answered"})

KNOWN: Final = {
    f"{ADL}answered": "answered",
    f"{ADL}asked": "asked",
    f"{ADL}attempted": "attempted",
    f"{ADL}attended": "attended",
    f"{ADL}commented": "commented on",
    f"{ADL}completed": "completed",
    f"{ADL}exited": "left",
    f"{ADL}experienced": "experienced",
    f"{ADL}failed": "failed",
    f"{ADL}imported": "imported",
    f"{ADL}initialized": "started",
    f"{ADL}interacted": "interacted with",
    f"{ADL}launched": "opened",
    f"{ADL}logged-in": "signed in to",
    f"{ADL}logged-out": "signed out of",
    f"{ADL}mastered": "mastered",
    f"{ADL}passed": "passed",
    f"{ADL}preferred": "preferred",
    f"{ADL}progressed": "made progress in",
    f"{ADL}registered": "registered for",
    f"{ADL}responded": "responded to",
    f"{ADL}resumed": "resumed",
    f"{ADL}scored": "scored in",
    f"{ADL}shared": "shared",
    f"{ADL}suspended": "paused",
    f"{ADL}terminated": "ended",
    f"{ADL}voided": "voided",
    f"{ADL}waived": "was excused from",
    f"{_W3ID}abandoned": "broke off",
    f"{_W3ID}satisfied": "satisfied",
    f"{_W3ID}waived": "was excused from",
    f"{_W3ID}logged-in": "signed in to",
    f"{_W3ID}logged-out": "signed out of",
    "https://w3id.org/xapi/video/verbs/played": "played",
    "https://w3id.org/xapi/video/verbs/paused": "paused",
    "https://w3id.org/xapi/video/verbs/seeked": "jumped within",
    f"{_TINCAN}skipped": "skipped",
    f"{_TINCAN}viewed": "viewed",
    f"{_STREAMS}open": "opened",
    f"{_STREAMS}close": "closed",
    f"{_STREAMS}start": "started",
    f"{_STREAMS}play": "played",
}


def words_of(verb: Any) -> str:
    """In the past, as it stands between who and what: `completed`. `did something with` where nothing says what."""
    if not isinstance(verb, dict):
        return "did something with"
    iri = verb.get("id")
    known = KNOWN.get(iri) if isinstance(iri, str) else None
    if known is not None:
        return known
    said = in_language(verb.get("display")) or end_of(iri)
    # tools write "Completed", "COMPLETED" and "completed"; a sentence has it in lower case
    return plain(said).lower() if said.isascii() else said or "did something with"
