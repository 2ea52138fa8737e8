"""Counted time by day, so that the days of a session add up to what it counts.

Guarantees: the parts add up exactly, to the millisecond. Days are days in UTC, as everything that is stored is. Pure;
imports `ownership` of ours.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from seattime.domain.ownership import Kind, Piece

_EPOCH = date(1970, 1, 1)
_DAY_MS = 86_400_000


def split_by_day(pieces: Iterable[Piece], credited_ms: int, fallback_ms: int) -> dict[date, int]:
    """ms by day. What the session owns is filled from its beginning until `credited_ms` are used up.

    What a correction added beyond that goes to the day of its last owned ms; `fallback_ms` (server time) says the day
    where it owns nothing.
    """
    days: dict[date, int] = {}
    left = credited_ms
    last = day_of(fallback_ms)
    for piece in pieces:
        if piece.kind is not Kind.OWNED:
            continue
        start = piece.start_ms
        while start < piece.end_ms:
            last = day_of(start)
            stop = min(piece.end_ms, begin_of(last + timedelta(days=1)))
            part = min(left, stop - start)
            if part > 0:
                days[last] = days.get(last, 0) + part
                left -= part
            start = stop
    if left > 0:
        days[last] = days.get(last, 0) + left
    return days


def day_of(ms: int) -> date:
    """The UTC day of a server time."""
    return datetime.fromtimestamp(ms // 1000, UTC).date()


def begin_of(day: date) -> int:
    """Server time at which a UTC day begins, ms."""
    return (day - _EPOCH).days * _DAY_MS
