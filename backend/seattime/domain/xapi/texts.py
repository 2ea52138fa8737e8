"""The kinds of text in xAPI: IRIs, UUIDs, language tags, times, durations, hashes. Each rule with where it comes from."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Final

from seattime.domain.xapi.refusing import Json, need_object, need_text, refuse, shown

# RFC 3987 2.2, without the parts of an authority: a scheme, then characters that an IRI may hold, and whole escapes only
_UCS: Final = "\u00a0-\ud7ff\ue000-\ufdcf\ufdf0-\uffef\U00010000-\U0001fffd\U00020000-\U0002fffd\U00030000-\U000efffd\U000f0000-\U0010fffd"
_IRI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.\-]*:(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;={_UCS}]|%[0-9A-Fa-f]{{2}})+")
_UUID: Final = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_MAILTO: Final = re.compile(r"mailto:[^@\s<>]+@[^@\s<>]+")
_SHA1: Final = re.compile(r"[0-9a-fA-F]{40}")
_SHA2: Final = re.compile(r"(?:[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}|[0-9a-fA-F]{128})")
_MEDIA: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+/[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:\s*;[ -~]*)?")
# RFC 5646 2.1
_LANGUAGE: Final = re.compile(
    r"(?:(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4}|[A-Za-z]{5,8})"
    r"(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*"
    r"(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?"
    r"|[xX](?:-[A-Za-z0-9]{1,8})+"
    r"|[iI]-[A-Za-z]{2,8}(?:-[A-Za-z]{1,8})?|[eE][nN]-GB-[oO][eE][dD]|sgn-(?:BE-FR|BE-NL|CH-DE)|art-lojban|cel-gaulish|no-bok|no-nyn"
    r"|zh-(?:guoyu|hakka|min|min-nan|xiang))"
)
# ISO 8601-1 5.5.2.2: decimals on the last part alone, with a point or a comma; weeks stand alone
_N, _LAST = r"\d+", r"\d+(?:[.,]\d+)?"
_DURATION: Final = re.compile(
    rf"P(?:{_LAST}W|(?=.)(?:{_N}Y)?(?:{_N}M)?(?:{_N}D)?(?:T(?=\d)(?:{_N}H)?(?:{_N}M)?(?:{_LAST}S)?)?"
    rf"|{_LAST}[YMD]|{_N}Y{_LAST}[MD]|(?:{_N}Y)?{_N}M{_LAST}D"
    rf"|(?:{_N}Y)?(?:{_N}M)?(?:{_N}D)?T(?:{_LAST}H|(?:{_N}H)?{_LAST}M))"
)
_TIME: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d+))?)?(?:([Zz])|([+-])(\d\d)(?::?(\d\d))?)?)?"
)


def need_iri(value: Json, where: str) -> str:
    """Data 4.1 and RFC 3987: with a scheme, so never relative."""
    text = need_text(value, where)
    if not _is_iri(text):
        refuse(where, f"must be an IRI with a scheme, not {shown(text)}")
    return text


@lru_cache(maxsize=10_000)
def _is_iri(text: str) -> bool:
    # the same few verbs, activities and types in most statements
    return _IRI.fullmatch(text) is not None


def need_uuid(value: Json, where: str) -> str:
    """RFC 4122 3, in lower case: the letters' case has no meaning there."""
    text = need_text(value, where)
    if _UUID.fullmatch(text) is None:
        refuse(where, f"must be a UUID like 6690e6c9-3ef0-4ed3-8b37-7f3964730bee, not {shown(text)}")
    return text.lower()


def need_mailto(value: Json, where: str) -> str:
    """Data 2.4.2.3: `mailto:` and an address."""
    text = need_text(value, where)
    if _MAILTO.fullmatch(text) is None:
        refuse(where, f"must have the form mailto:somebody@example.org, not {shown(text)}")
    return text


def need_sha1(value: Json, where: str) -> str:
    text = need_text(value, where)
    if _SHA1.fullmatch(text) is None:
        refuse(where, "must be the 40 hexadecimal digits of a SHA-1")
    return text


def need_sha2(value: Json, where: str) -> str:
    text = need_text(value, where)
    if _SHA2.fullmatch(text) is None:
        refuse(where, "must be the hexadecimal digits of a SHA-2 (of 224, 256, 384 or 512 bits)")
    return text.lower()


def need_media_type(value: Json, where: str) -> str:
    text = need_text(value, where)
    if _MEDIA.fullmatch(text) is None:
        refuse(where, f"must be an Internet Media Type like text/plain, not {shown(text)}")
    return text


def need_language(value: Json, where: str) -> str:
    """RFC 5646 2.1, well-formed."""
    text = need_text(value, where)
    if not _is_language(text):
        refuse(where, f"must be a language tag of RFC 5646 like en-GB, not {shown(text)}")
    return text


@lru_cache(maxsize=1_000)
def _is_language(text: str) -> bool:
    return _LANGUAGE.fullmatch(text) is not None


def need_language_map(value: Json, where: str) -> None:
    """Data 4.2."""
    for tag, text in need_object(value, where).items():
        need_language(tag, f"{where}, the name {shown(tag)}")
        need_text(text, f"{where}.{tag}")


def need_extensions(value: Json, where: str) -> None:
    """Data 4.1.2: the names are IRIs, the values are anybody's business."""
    for name in need_object(value, where):
        need_iri(name, f"{where}, the name {shown(name)}")


def need_duration(value: Json, where: str) -> str:
    """Data 4.6 and ISO 8601."""
    text = need_text(value, where)
    if len(text) > 255 or _DURATION.fullmatch(text) is None or text[-1] in "PT":
        refuse(where, f"must be a duration of ISO 8601 like PT1H30M, not {shown(text)}")
    return text


def read_time(value: Json, where: str) -> datetime:
    """Data 4.5, ISO 8601 and RFC 3339; without an offset it is taken for UTC. An offset of minus zero is refused: RFC 3339 uses
    it for "the offset is not known", which ISO 8601 does not have. Digits beyond microseconds are cut off."""
    text = need_text(value, where)
    match = _TIME.fullmatch(text)
    if match is None:
        refuse(where, f"must be a time of ISO 8601 like 2026-11-25T09:30:00.000Z, not {shown(text)}")
    year, month, day, hour, minute, second, fraction, _zulu, sign, of_hours, of_minutes = match.groups()
    hours, minutes = int(of_hours or 0), int(of_minutes or 0)
    if sign == "-" and hours == 0 and minutes == 0:
        refuse(where, "must not have the offset -00:00, which says that the offset is not known")
    zone = timezone(timedelta(hours=hours, minutes=minutes) * (-1 if sign == "-" else 1)) if hours < 24 and minutes < 60 else None
    micro = int((fraction or "0")[:6].ljust(6, "0"))
    # a leap second has no place in Python's clock; it is the last moment of its minute
    whole, micro = (59, 999_999) if second == "60" else (int(second or 0), micro)
    try:
        if zone is None:
            raise ValueError
        return datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), whole, micro, zone).astimezone(UTC)
    except (ValueError, OverflowError):
        refuse(where, f"is a time that does not exist: {shown(text)}")


def write_time(ms: int) -> str:
    """Milliseconds since 1970 as xAPI writes them: UTC, with milliseconds (Data 4.5)."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}Z"


def to_utc(text: str) -> str:
    """The same moment in UTC, with no digit of its seconds lost. `text` was read before."""
    match = _TIME.fullmatch(text)
    if match is None or match[9] is None:
        return text
    moment = read_time(text, "timestamp")
    return f"{moment:%Y-%m-%dT%H:%M:%S}{'.' + match[7] if match[7] else ''}Z"


def in_ms(moment: datetime) -> int:
    """Since 1970, rounded down."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
