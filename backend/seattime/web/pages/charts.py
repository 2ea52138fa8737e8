"""Where things stand in a drawing: percentages across, pixels up. The SVG itself is in templates/pages/_charts.html.

Percentages, because a drawing then keeps its height, its patterns and its text at every width. Pure; knows no Flask.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

HEIGHT: Final = 150
"""px of a bar chart."""
HEAD_ROOM: Final = 18
"""px above the highest bar, for the label of the upper line."""
LEAST_WIDTH: Final = 0.25
"""Per cent: what lasted a moment can still be seen."""
LEAST_DAYS: Final = 14
MINUTE_MS: Final = 60_000
STEPS: Final = tuple(minutes * MINUTE_MS for minutes in (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 960, 1920, 4800, 9600, 24000, 48000))


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a timeline. `x` and `width` in per cent of the whole."""

    kind: str
    x: float
    width: float
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment on a timeline. `x` in per cent."""

    x: float
    words: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A session from `start_ms` to `end_ms` (server time)."""

    start_ms: int
    end_ms: int
    pieces: tuple[Piece, ...]
    marks: tuple[Mark, ...]
    summary: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a timeline is drawn from; times in ms, server time."""

    kind: str
    start_ms: int
    end_ms: int
    words: str


def draw_timeline(start_ms: int, end_ms: int, stretches: Sequence[Stretch], marks: Sequence[tuple[int, str]], summary: str) -> Timeline:
    """Places stretches, and moments `(ms, words)`, between start and end."""
    whole = max(end_ms - start_ms, 1)

    def part(ms: int) -> float:
        return round(100 * min(max(ms - start_ms, 0), whole) / whole, 3)

    pieces = tuple(
        Piece(
            each.kind,
            part(each.start_ms),
            max(round(part(each.end_ms) - part(each.start_ms), 3), LEAST_WIDTH),
            each.words,
        )
        for each in stretches
    )
    return Timeline(start_ms, end_ms, pieces, tuple(Mark(part(ms), words) for ms, words in marks), summary)


@dataclass(frozen=True, slots=True)
class Bar:
    """One day. `x` and `width` in per cent, `y` and `height` in px."""

    x: float
    width: float
    y: int
    height: int
    words: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line to read heights by."""

    y: int
    words: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar for each day from the first to the last."""

    bars: tuple[Bar, ...]
    lines: tuple[Line, ...]
    first: str
    last: str
    busy: int
    """Days with time: one bar says nothing that its number does not."""
    summary: str


def draw_days(days: Sequence[tuple[date, int]], spent: Callable[[int], str]) -> Bars:
    """Bars for `(day, ms)`, days in order and without holes; `spent` writes ms as people read them.

    Fewer than two weeks are filled up with the days before.
    """
    if days and len(days) < LEAST_DAYS:
        before = days[0][0] - timedelta(days=LEAST_DAYS - len(days))
        days = [*((before + timedelta(days=n), 0) for n in range(LEAST_DAYS - len(days))), *days]
    highest = max((ms for _, ms in days), default=0)
    step = next((s for s in STEPS if s * 3 >= highest), STEPS[-1])
    top = max(highest, step)
    usable = HEIGHT - HEAD_ROOM
    slot = 100 / max(len(days), 1)
    # a few days would make bars as wide as walls
    width = min(slot * 0.72, 6.0)
    bars = tuple(
        Bar(
            x=round(slot * index + (slot - width) / 2, 3),
            width=round(width, 3),
            y=HEIGHT - _height(ms, top, usable),
            height=_height(ms, top, usable),
            words=f"{_day(day)}: {spent(ms)}",
        )
        for index, (day, ms) in enumerate(days)
    )
    lines = tuple(Line(y=HEIGHT - round(usable * value / top), words=spent(value)) for value in range(step, top + 1, step))
    if not days:
        return Bars((), (), "", "", 0, "")
    busy = [pair for pair in days if pair[1]]
    most = max(busy, key=lambda pair: pair[1], default=days[0])
    summary = f"{len(busy)} {'day' if len(busy) == 1 else 'days'} with time, most on {_day(most[0])}: {spent(most[1])}"
    return Bars(bars, lines, _day(days[0][0]), _day(days[-1][0]), len(busy), summary)


def _height(ms: int, top: int, usable: int) -> int:
    return 0 if ms <= 0 else max(2, round(usable * ms / top))


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
