"""What is known of the activities in a page of statements (`format=canonical`). Must not import web.

Guarantees: the database is asked once for all that are fetched together, and once for each activity at most otherwise; a definition
that is very long is read when it is shown, so that no page has many of them in memory. The caller owns the transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from typing import Any, Final

from seattime.domain.xapi import finding, json_text
from seattime.storage import lrs_listing, lrs_writing
from seattime.storage.models import db

MOST_FETCHED: Final = 1000
"""Activities in one question: databases bound their parameters. A page has hardly ever so many."""


class Definitions:
    """Of one page."""

    def __init__(self) -> None:
        self._texts: dict[str, str | None] = {}
        """None where there is none."""
        self._parsed: dict[str, dict[str, Any]] = {}

    def fetch(self, statements: Iterable[dict[str, Any]]) -> None:
        """Those of all activities in these statements."""
        named = {activity["id"]: None for each in statements for activity in finding.activities_of(each)}
        wanted = list(islice((each for each in named if each not in self._texts), MOST_FETCHED))
        found = lrs_listing.read_definitions(db.session, wanted)
        self._texts.update({each: found.get(each) for each in wanted if found.get(each, "") is not None})

    def find(self, activity_id: str) -> dict[str, Any] | None:
        """As all statements together have defined it; None where none has."""
        if activity_id not in self._texts:
            self._texts[activity_id] = lrs_writing.read_definition(db.session, activity_id)
        text = self._texts[activity_id]
        if text is not None and activity_id not in self._parsed:
            self._parsed[activity_id] = json_text.parse_exactly(text, "definition")
        return self._parsed.get(activity_id)
