"""Lengths of time as content writes them: read strictly first, then leniently; written strictly.

Inside the product a length of time is an integer of milliseconds. Two forms come from outside:

- CMITimespan, SCORM 1.1 and 1.2 (SCORM 1.2 RTE, data types): `HHHH:MM:SS.SS`, two to four digits of hours, two of
  minutes, two of seconds, at most two decimals. The standard bounds digits, not values: `00:99:99` is 99 min 99 s.
- timeinterval(second,10,2), SCORM 2004 (RTE 4.1.1.7): `P[yY][mM][dD][T[hH][mM][s[.s]S]]`, ISO 8601 with decimals on the
  seconds only, at most two of them. xAPI and cmi5 take all of ISO 8601 (xAPI 1.0.3 Data 4.6): any number of decimals,
  on the last part, with a point or a comma, and weeks.

Guarantees: `parse_duration` returns a `Duration` or raises `UnreadableDuration`, nothing else, whatever the text is. A
value that a person can read but that is not in its standard's form is read and marked `lenient`; it is never counted as
zero. A negative length, a missing one (`PT`), one that is not a number (`NaN`) and one above `MAX_DURATION_MS` are
unreadable. The table in `tests/data/durations.json` holds for this module and for its JavaScript twin alike.

isodate reads what is ISO 8601; the code here reads only what is not. Imports `standards` and `errors` of ours.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from fractions import Fraction

import isodate

from seattime.domain.standards import Standard
from seattime.errors import UnreadableDuration

MAX_DURATION_MS = 10**13
"""About 317 years. Anything longer is nonsense, and sums of hundreds of these stay below JavaScript's 2**53."""

MAX_LENGTH = 255
"""Characters. No readable value needs more, and it bounds the work that content can ask for."""

# The standards leave the length of a year and a month open. The driver that most authoring tools embed writes a year as
# 365.25 days and a month as a twelfth of that, so these are the lengths that give back what was meant.
DAY_MS = 86_400_000
YEAR_MS = 31_557_600_000
MONTH_MS = 2_629_800_000


class DurationForm(StrEnum):
    """How the value was written."""

    CMITIMESPAN = "cmitimespan"
    """Hours, minutes and seconds between colons, strictly or not."""
    ISO8601 = "iso8601"
    """Numbers with the letters Y M W D H S, strictly or not."""
    SECONDS = "seconds"
    """A bare number, taken as seconds."""


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time as it was read.

    `ms`: whole milliseconds, rounded half up. `raw`: what was written, unchanged. `lenient`: it is not in the form that
    its standard asks for. `note`: why it is lenient, or what had to be assumed, as a phrase; None where nothing was.
    """

    ms: int
    raw: str
    form: DurationForm
    lenient: bool
    note: str | None


_CMITIMESPAN = re.compile(r"([0-9]{2,4}):([0-9]{2}):([0-9]{2}(?:\.[0-9]{1,2})?)")
_TIMEINTERVAL = re.compile(
    r"P(?=[0-9T])(?:[0-9]+Y)?(?:[0-9]+M)?(?:[0-9]+D)?"
    r"(?:T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]{1,2})?S)?)?"
)
_ISO8601 = re.compile(
    r"P(?=[0-9T])(?:[0-9]+(?:[.,][0-9]+)?W"
    r"|(?:[0-9]+(?:[.,][0-9]+)?Y)?(?:[0-9]+(?:[.,][0-9]+)?M)?(?:[0-9]+(?:[.,][0-9]+)?D)?"
    r"(?:T(?=[0-9])(?:[0-9]+(?:[.,][0-9]+)?H)?(?:[0-9]+(?:[.,][0-9]+)?M)?(?:[0-9]+(?:[.,][0-9]+)?S)?)?)"
)
_FRACTION_BEFORE_THE_LAST_PART = re.compile(r"[.,][0-9]+[A-Z].*[0-9]")

_NUMBER = r"(?:[0-9]+(?:[.,][0-9]*)?|[.,][0-9]+)"
_LOOSE_CLOCK = re.compile(rf"(?:([0-9]+):)?([0-9]+):({_NUMBER})")
_LOOSE_NUMBER = re.compile(_NUMBER)
_LOOSE_ISO = re.compile(rf"P?((?:{_NUMBER}[YMWDHS])*)(T?)((?:{_NUMBER}[YMWDHS])*)")
_LOOSE_PART = re.compile(rf"({_NUMBER})([YMWDHS])")

# Blanks around the value and around its marks are a matter of typing; a blank inside a number is not.
_BLANK = r"[ \t\r\n\f\v\u00a0]"
_BLANKS_NEXT_TO_A_MARK = re.compile(rf"(?<![0-9.,]){_BLANK}+|{_BLANK}+(?![0-9.,\s\u00a0])")

_UNIT_MS = {"Y": YEAR_MS, "MONTH": MONTH_MS, "W": 7 * DAY_MS, "D": DAY_MS, "H": 3_600_000, "M": 60_000, "S": 1_000}
_FORM_NAME = {
    Standard.SCORM11: "CMITimespan",
    Standard.SCORM12: "CMITimespan",
    Standard.SCORM2004: "timeinterval(second,10,2)",
    Standard.NONE: "ISO 8601",
}


def parse_duration(raw: str, standard: Standard) -> Duration:
    """Read a length of time under `standard`: strictly, and where that fails, as a person would read it.

    Raises `UnreadableDuration` where nobody could; its `reason` is a phrase for the finding.
    """
    if len(raw) > MAX_LENGTH:
        raise UnreadableDuration(raw, f"it is longer than {MAX_LENGTH} characters")
    duration = _STRICT_READERS[standard](raw) or _read_leniently(raw, standard)
    if duration.ms > MAX_DURATION_MS:
        raise UnreadableDuration(raw, "it is longer than 300 years")
    return duration


def format_cmitimespan(ms: int) -> str:
    """Write `ms` as `HHHH:MM:SS.SS`. Parts of a hundredth are dropped: what is written is never above the real.

    The form ends at 9999 hours; a longer time is written as its largest value, `9999:59:59.99`. Raises ValueError
    below 0.
    """
    hours, minutes, seconds, hundredths = _split(ms)
    if hours > 9999:
        hours, minutes, seconds, hundredths = 9999, 59, 59, 99
    return f"{hours:04d}:{minutes:02d}:{seconds:02d}.{hundredths:02d}"


def format_timeinterval(ms: int) -> str:
    """Write `ms` as timeinterval(second,10,2): `PT1H2M3.45S`, `PT0S`. Parts of a hundredth are dropped.

    Hours are not turned into days, whose length content disputes. Raises ValueError below 0.
    """
    hours, minutes, seconds, hundredths = _split(ms)
    text = "PT"
    if hours:
        text += f"{hours}H"
    if minutes:
        text += f"{minutes}M"
    if hundredths:
        # Both decimals are written always: ".7" is what tools with a padding fault write for seven hundredths.
        text += f"{seconds}.{hundredths:02d}S"
    elif seconds or text == "PT":
        text += f"{seconds}S"
    return text


def _split(ms: int) -> tuple[int, int, int, int]:
    if ms < 0:
        raise ValueError(f"a length of time is never negative: {ms} ms")
    seconds, rest = divmod(ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return hours, minutes, seconds, rest // 10


def _read_cmitimespan(raw: str) -> Duration | None:
    """SCORM 1.2 RTE, data type CMITimespan; None where the text is not in this form."""
    match = _CMITIMESPAN.fullmatch(raw)
    if match is None:
        return None
    hours, minutes, seconds = match.groups()
    ms = int(hours) * 3_600_000 + int(minutes) * 60_000 + _to_ms(seconds, 1_000)
    return Duration(ms, raw, DurationForm.CMITIMESPAN, lenient=False, note=None)


def _read_timeinterval(raw: str) -> Duration | None:
    """SCORM 2004 RTE 4.1.1.7; None where the text is not in this form."""
    return _read_iso8601(raw) if _TIMEINTERVAL.fullmatch(raw) else None


def _read_xapi_duration(raw: str) -> Duration | None:
    """xAPI 1.0.3 Data 4.6: ISO 8601, whose last part alone may have decimals; None if it is not in this form."""
    if not _ISO8601.fullmatch(raw) or _FRACTION_BEFORE_THE_LAST_PART.search(raw):
        return None
    return _read_iso8601(raw)


def _read_iso8601(raw: str) -> Duration:
    try:
        value = isodate.parse_duration(raw)
        if isinstance(value, timedelta):
            return Duration(_timedelta_to_ms(value), raw, DurationForm.ISO8601, lenient=False, note=None)
        calendar = Fraction(value.years) * YEAR_MS + Fraction(value.months) * MONTH_MS
        ms = _round(calendar) + _timedelta_to_ms(value.tdelta)
    except (isodate.ISO8601Error, ArithmeticError, ValueError) as cause:
        # The text has the right form already, so what is left to go wrong is its size (OverflowError and the like).
        raise UnreadableDuration(raw, "it is longer than 300 years") from cause
    note = "a year counted as 365.25 days, a month as a twelfth of that"
    return Duration(ms, raw, DurationForm.ISO8601, lenient=False, note=note)


_STRICT_READERS: dict[Standard, Callable[[str], Duration | None]] = {
    Standard.SCORM11: _read_cmitimespan,
    Standard.SCORM12: _read_cmitimespan,
    Standard.SCORM2004: _read_timeinterval,
    Standard.NONE: _read_xapi_duration,
}


def _read_leniently(raw: str, standard: Standard) -> Duration:
    text = _BLANKS_NEXT_TO_A_MARK.sub("", raw)
    if text == "":
        raise UnreadableDuration(raw, "it is empty")
    if text.startswith(("-", "\u2212")):
        raise UnreadableDuration(raw, "it is negative")
    text = text.removeprefix("+")
    if match := _LOOSE_CLOCK.fullmatch(text):
        form, ms = DurationForm.CMITIMESPAN, _clock_ms(match)
        note = "read as minutes:seconds" if match[1] is None else "read as hours:minutes:seconds"
    elif _LOOSE_NUMBER.fullmatch(text):
        form, ms, note = DurationForm.SECONDS, _to_ms(text, 1_000), "a bare number, read as seconds"
    else:
        form, ms, note = DurationForm.ISO8601, _loose_iso_ms(raw, text), "read as an ISO 8601 duration"
    return Duration(ms, raw, form, lenient=True, note=f"not in the form of {_FORM_NAME[standard]}; {note}")


def _clock_ms(match: re.Match[str]) -> int:
    hours, minutes, seconds = match.groups()
    return int(hours or "0") * 3_600_000 + int(minutes) * 60_000 + _to_ms(seconds, 1_000)


def _loose_iso_ms(raw: str, text: str) -> int:
    match = _LOOSE_ISO.fullmatch(_upper_ascii(text))
    if match is None:
        raise UnreadableDuration(raw, "it is neither a clock time nor an ISO 8601 duration")
    before_t, t, after_t = match.groups()
    parts = [(number, unit, False) for number, unit in _LOOSE_PART.findall(before_t)]
    parts += [(number, unit, True) for number, unit in _LOOSE_PART.findall(after_t)]
    if not parts:
        raise UnreadableDuration(raw, "it holds no number")
    # Without its T an M is ambiguous. Beside hours or seconds, or without the P, minutes are what a person means.
    has_clock_unit = any(unit in "HS" for _, unit, _ in parts)
    months_first = t == "T" or (text[0] in "Pp" and not has_clock_unit)
    total = Fraction(0)
    seen: set[str] = set()
    for number, unit, is_after_t in parts:
        name = "MONTH" if unit == "M" and not is_after_t and months_first else unit
        if name in seen:
            raise UnreadableDuration(raw, f"it has two parts marked {unit}")
        seen.add(name)
        total += _fraction(number) * _UNIT_MS[name]
    return _round(total)


def _upper_ascii(text: str) -> str:
    """Upper case for a to z only: `str.upper` would turn a long s (U+017F) into the S of seconds."""
    return "".join(c.upper() if "a" <= c <= "z" else c for c in text)


def _fraction(number: str) -> Fraction:
    whole, _, decimals = number.replace(",", ".").partition(".")
    return Fraction(int(f"0{whole}{decimals}"), 10 ** len(decimals))


def _to_ms(number: str, unit_ms: int) -> int:
    return _round(_fraction(number) * unit_ms)


def _timedelta_to_ms(value: timedelta) -> int:
    return _round(Fraction(value // timedelta(microseconds=1), 1000))


def _round(ms: Fraction) -> int:
    """Half up, as `Math.round` does in the browser."""
    return (ms + Fraction(1, 2)).__floor__()
