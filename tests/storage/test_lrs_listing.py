"""Statements in bulk: never more of their texts in memory than there is room for."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import event

from seattime.storage import lrs_listing
from seattime.storage.lrs_listing import Scope
from seattime.storage.models import db
from tests.conftest import SetClock
from tests.said import say, statement


def test_long_texts_are_read_a_few_at_a_time_and_only_as_they_are_asked_for(
    app: Flask, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lrs_listing, "MOST_AT_ONCE", 3_500)
    lengths = (900, 900, 9_000, 900, 900, 900)
    made = say(None, *(statement(result={"response": "x" * length}) for length in lengths))
    read: list[str] = []

    def note(_connection: object, _cursor: object, text: str, *_: object) -> None:
        if "raw" in text.partition("FROM")[0] and "length" not in text:
            read.append(text)

    event.listen(db.engine, "before_cursor_execute", note)
    found = lrs_listing.list_everything(db.session, after=(-1, -1), below_ms=clock.now + 1, limit=100)
    seen = []
    for row in found:
        seen.append((row.statement_id, len(read)))

    assert seen == list(zip(made, (1, 1, 2, 3, 3, 4), strict=True))


def test_a_place_in_the_list_of_a_registration_that_has_none_is_empty(app: Flask) -> None:
    assert lrs_listing.list_stored(db.session, Scope(registration_key="nobody"), after=(-1, -1), limit=5) == []
    assert list(lrs_listing.list_launched(db.session, Scope(course_key="nothing"), limit=5)) == []
    assert lrs_listing.first_behind(db.session, (-1, -1)) is None
    assert lrs_listing.find_row(db.session, "nothing") is None
