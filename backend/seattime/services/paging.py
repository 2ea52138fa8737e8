"""Lists in pages, by position and not by count, so that rows that come and go between two pages shift nothing.

A `more` token carries the query it belongs to and the place where the page ended; it is no secret and grants nothing.
Imports only errors.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, and_, or_

from seattime.errors import BadInput
from seattime.services.identifiers import is_storable

PAGE_SIZE = 100

Row = TypeVar("Row")
Query = TypeVar("Query")


@dataclass(frozen=True)
class Page(Generic[Row]):
    """`more`: the token of the next page, None on the last. `total`: rows of the whole list, None if not asked for."""

    items: list[Row]
    more: str | None = None
    total: int | None = None


@dataclass(frozen=True)
class Place:
    """Where a page ended: the value it is sorted by, and the key that decides between equals."""

    value: int | str
    key: str


def cut_page(rows: Sequence[Row], query: dict[str, Any], place_of: Callable[[Row], Place], size: int) -> Page[Row]:
    """The page in `rows`, which were read with a limit of `size + 1`. `query`: what `read_token` gives back."""
    if len(rows) <= size:
        return Page(list(rows))
    last = place_of(rows[size - 1])
    return Page(list(rows[:size]), more=_write_token(query, last))


def after(
    place: Place, sorted_by: ColumnElement[Any], key: ColumnElement[Any], *, descending: bool
) -> ColumnElement[bool]:
    """The condition that a row lies behind `place`."""
    beyond = sorted_by < place.value if descending else sorted_by > place.value
    behind = key < place.key if descending else key > place.key
    return or_(beyond, and_(sorted_by == place.value, behind))


def read_token(token: str) -> tuple[dict[str, Any], Place]:
    """The query and the place that a `more` token carries. Raises BadInput."""
    try:
        data = json.loads(base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), b"-_", validate=True))
        query, value, key = data["q"], data["v"], data["k"]
    except (binascii.Error, UnicodeError, ValueError, KeyError, TypeError):
        raise _unknown_token() from None
    whole_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**62
    text = isinstance(value, str) and is_storable(value)
    if not isinstance(query, dict) or not isinstance(key, str) or not is_storable(key) or not (whole_number or text):
        raise _unknown_token()
    return query, Place(value, key)


def read_query(kind: type[Query], fields: dict[str, Any]) -> Query:
    """The query of this kind that a token carries. Raises BadInput where it carries another."""
    for name, value in fields.items():
        expected = int if name.endswith("_ms") else str
        if type(value) is not expected or (isinstance(value, str) and not is_storable(value)):
            raise _unknown_token()
    try:
        return kind(**fields)
    except TypeError:
        raise _unknown_token() from None


def write_query(query: Any) -> dict[str, Any]:
    """A query as a token carries it: what is set."""
    return {name: value for name, value in vars(query).items() if value is not None}


def choose(columns: dict[str, Any], name: str, field: str) -> Any:
    """The column that a caller named in `field`. Raises BadInput, which says what there is."""
    if name not in columns:
        raise BadInput(f"{field} cannot be {name!r}; it can be {', '.join(columns)}.", field=field)
    return columns[name]


def choose_order(columns: dict[str, Any], order: str) -> tuple[Any, bool]:
    """The column of `created_desc` and the like, and whether the order descends. Raises BadInput."""
    name, _, direction = order.rpartition("_")
    if name not in columns or direction not in ("asc", "desc"):
        known = ", ".join(columns)
        raise BadInput(
            f"orderBy cannot be {order!r}; it can be {known}, each with _asc or _desc behind it.", field="orderBy"
        )
    return columns[name], direction == "desc"


def check_place(place: Place, *, text: bool) -> None:
    """Raises BadInput where the token's place is not of the type of the column that it is compared with."""
    if isinstance(place.value, str) != text:
        raise _unknown_token()


def _write_token(query: dict[str, Any], place: Place) -> str:
    data = json.dumps({"q": query, "v": place.value, "k": place.key}, separators=(",", ":"))
    return base64.urlsafe_b64encode(data.encode()).decode().rstrip("=")


def _unknown_token() -> BadInput:
    return BadInput("more is not a token that this server gave.", field="more")
