"""Lengths of time as people read them. Pure; imports nothing of ours.

Guarantees: nothing is rounded up, so what is shown is never more than what is there; a negative length begins with a
minus sign. All arguments are whole ms.
"""

from collections.abc import Iterable

MINUS = "\u2212"


def spent(ms: int) -> str:
    """Time at a glance, for lists: `1 h 04 min`, `42 min`, `38 s`, `0 s`."""
    sign, hours, minutes, seconds, _ = _split(ms)
    if hours:
        return f"{sign}{hours} h {minutes:02d} min"
    return f"{sign}{minutes} min" if minutes else f"{sign}{seconds} s"


def spoken(ms: int) -> str:
    """Time within a sentence, to the second: `2 min 10 s`, `3 min`, `1 h 04 min 07 s`, `2 h`, `38 s`."""
    sign, hours, minutes, seconds, _ = _split(ms)
    parts = []
    if hours:
        parts.append(f"{hours} h")
    if minutes or (hours and seconds):
        parts.append(f"{minutes:02d} min" if hours else f"{minutes} min")
    if seconds or not parts:
        parts.append(f"{seconds:02d} s" if parts else f"{seconds} s")
    return sign + " ".join(parts)


def column(ms: int) -> str:
    """Time in a column of a sum: `42:10`, `02:10`, `1:04:07`."""
    sign, hours, minutes, seconds, _ = _split(ms)
    return f"{sign}{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{sign}{minutes:02d}:{seconds:02d}"


def in_whole_seconds(parts_ms: Iterable[int]) -> list[int]:
    """The parts of a sum in ms, each a whole second, as they are shown in a column: they add up to the whole as it is shown, since each
    is the difference of the sums before and after it. None is off by a second or more."""
    shown, before, whole = [], 0, 0
    for part in parts_ms:
        whole += part
        now = whole // 1000 * 1000
        shown.append(now - before)
        before = now
    return shown


def exact(ms: int) -> str:
    """All of it: `1:04:07.250`."""
    sign, hours, minutes, seconds, rest = _split(ms)
    return f"{sign}{hours}:{minutes:02d}:{seconds:02d}.{rest:03d}"


def cloud(ms: int) -> str:
    """As SCORM Cloud's API writes `timeTracked`: `0000:00:08.12`."""
    sign, hours, minutes, seconds, rest = _split(ms)
    return f"{sign}{hours:04d}:{minutes:02d}:{seconds:02d}.{rest // 10:02d}"


def _split(ms: int) -> tuple[str, int, int, int, int]:
    seconds, rest = divmod(abs(ms), 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return MINUS if ms < 0 else "", hours, minutes, seconds, rest
