"""What callers may use as ids, names and titles, checked in one place for the REST API, the command line and the pages.

Guarantees: a text that passed can be stored in both databases and shown on a page. Imports only errors.
"""

from __future__ import annotations

import unicodedata

from seattime.errors import BadInput

LONGEST_ID = 255
"""Characters of a course's, a registration's or a learner's id."""
LONGEST_TEXT = 1000
"""Characters of a title or a name."""


def checked_id(value: str, field: str) -> str:
    """`value`, if it can be an id: not empty, no blanks at its ends, nothing unprintable.

    Raises BadInput naming `field`.
    """
    if not value or value != value.strip():
        raise BadInput(f"{field} must not be empty and must not begin or end with a blank.", field=field)
    return checked_text(value, field, longest=LONGEST_ID)


def checked_text(value: str, field: str, *, longest: int = LONGEST_TEXT) -> str:
    """`value`, if it can be stored and shown. Raises BadInput naming `field`."""
    if len(value) > longest:
        raise BadInput(f"{field} is longer than {longest} characters.", field=field)
    if not is_storable(value):
        raise BadInput(f"{field} holds a character that cannot be printed.", field=field)
    return value


def is_storable(value: str) -> bool:
    """Whether both databases can hold it: PostgreSQL refuses NUL, and half a surrogate pair has no UTF-8."""
    return not any(unicodedata.category(character) in {"Cc", "Cs"} for character in value)
