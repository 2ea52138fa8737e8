"""Where things stand in a drawing."""

from __future__ import annotations

from datetime import date, timedelta

from seattime.domain.clockface import spent
from seattime.web.pages.charts import Stretch, draw_days, draw_timeline

MINUTE = 60_000


def test_stretches_are_placed_in_per_cent() -> None:
    drawing = draw_timeline(1000, 5000, [Stretch("idle", 2000, 4000, "Idle")], [(3000, "said")], "words")

    (piece,) = drawing.pieces
    assert (piece.x, piece.width) == (25.0, 50.0)
    assert drawing.marks[0].x == 50.0


def test_a_moment_can_be_seen() -> None:
    drawing = draw_timeline(0, 10_000_000, [Stretch("gap", 0, 1, "Gap")], [], "")

    assert drawing.pieces[0].width == 0.25


def test_what_lies_outside_is_drawn_at_the_edge() -> None:
    drawing = draw_timeline(1000, 2000, [Stretch("idle", 0, 9000, "Idle")], [(-5, "early"), (9000, "late")], "")

    assert (drawing.pieces[0].x, drawing.pieces[0].width) == (0.0, 100.0)
    assert [mark.x for mark in drawing.marks] == [0.0, 100.0]


def test_a_session_of_no_length_is_drawn() -> None:
    assert draw_timeline(1000, 1000, [], [], "").pieces == ()


def test_the_highest_bar_reaches_below_the_label_and_the_others_stand_in_proportion() -> None:
    begin = date(2026, 11, 1)
    days = [(begin + timedelta(days=n), 0) for n in range(12)]
    days += [(date(2026, 11, 13), 30 * MINUTE), (date(2026, 11, 14), 60 * MINUTE)]

    drawing = draw_days(days, spent)

    # 150 px with 18 px of head room: 132 px for the hour, half of it for half an hour
    assert [bar.height for bar in drawing.bars[-2:]] == [66, 132]
    assert [bar.y for bar in drawing.bars[-2:]] == [84, 18]
    assert drawing.bars[0].height == 0
    assert [line.words for line in drawing.lines] == ["30 min", "1 h 00 min"]
    assert drawing.busy == 2
    assert drawing.summary == "2 days with time, most on 14 Nov 2026: 1 h 00 min"


def test_a_minute_beside_hours_can_be_seen() -> None:
    begin = date(2026, 11, 1)
    days = [(begin + timedelta(days=n), 600 * MINUTE if n else 10_000) for n in range(14)]

    assert draw_days(days, spent).bars[0].height == 2


def test_a_few_days_are_shown_at_the_end_of_two_weeks() -> None:
    drawing = draw_days([(date(2026, 11, 14), MINUTE)], spent)

    assert len(drawing.bars) == 14
    assert (drawing.first, drawing.last) == ("1 Nov 2026", "14 Nov 2026")


def test_without_days_there_is_nothing_to_draw() -> None:
    assert draw_days([], spent).bars == ()
