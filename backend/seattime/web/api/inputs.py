"""What callers send, read field by field. Whatever is wrong is BadInput, in a sentence that names the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from seattime.errors import BadInput
from seattime.services.identifiers import is_storable

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_YES: Final = frozenset({"true", "1", "yes"})
_NO: Final = frozenset({"false", "0", "no", ""})


def json_body() -> dict[str, Any]:
    """The request's JSON object. Raises BadInput; another content type is 415, a larger body 413."""
    if not request.is_json:
        raise UnsupportedMediaType
    data = request.get_data(cache=False)
    try:
        body = request.json_module.loads(data)
    except (ValueError, RecursionError):
        raise BadInput("The body is not valid JSON.") from None
    if not isinstance(body, dict):
        raise BadInput("The body must be a JSON object.")
    return body


def text(body: Mapping[str, Any], name: str, *, where: str = "") -> str | None:
    """A text, None where it is absent or null. `where`: the object that `body` is, for the message."""
    value = body.get(name)
    if value is None or isinstance(value, str):
        return value
    raise BadInput(f"{where}{name} must be a text.", field=where + name)


def required_text(body: Mapping[str, Any], name: str, *, where: str = "") -> str:
    """A text that has to be there."""
    value = text(body, name, where=where)
    if value is None:
        raise BadInput(f"{where}{name} is missing.", field=where + name)
    return value


def whole_number(body: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    """A whole number within bounds, None where it is absent or null."""
    value = body.get(name)
    if value is None:
        return None
    if type(value) is not int or not low <= value <= high:
        raise BadInput(f"{name} must be a whole number from {low} to {high}.", field=name)
    return value


def boolean(body: Mapping[str, Any], name: str) -> bool | None:
    """true or false, None where it is absent or null."""
    value = body.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise BadInput(f"{name} must be true or false.", field=name)


def part(body: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    """An object within the body, None where it is absent or null."""
    value = body.get(name)
    if value is None or isinstance(value, dict):
        return value
    raise BadInput(f"{name} must be an object.", field=name)


def required_part(body: Mapping[str, Any], name: str) -> dict[str, Any]:
    """An object that has to be there."""
    value = part(body, name)
    if value is None:
        raise BadInput(f"{name} is missing.", field=name)
    return value


def texts(body: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts, empty where it is absent or null."""
    value = body.get(name)
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(entry, str) and is_storable(entry) for entry in value):
        raise BadInput(f"{name} must be a list of texts.", field=name)
    return value


def asked_text(name: str) -> str | None:
    """A text of the query string."""
    value = request.args.get(name)
    if value is not None and not is_storable(value):
        raise BadInput(f"{name} holds a character that cannot be printed.", field=name)
    return value


def asked_flag(name: str, *, default: bool = False) -> bool:
    """A yes or no of the query string; the public client writes True and False."""
    value = request.args.get(name)
    if value is None:
        return default
    if value.lower() not in _YES | _NO:
        raise BadInput(f"{name} must be true or false.", field=name)
    return value.lower() in _YES


def asked_number(name: str) -> int | None:
    """A whole number above 0 of the query string."""
    value = request.args.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdecimal() or not 0 < int(value[:10]) < 10**9:
        raise BadInput(f"{name} must be a whole number above 0.", field=name)
    return int(value)


def asked_moment(name: str) -> int | None:
    """An ISO 8601 moment of the query string, as ms since 1970; one without a zone is in UTC."""
    value = request.args.get(name)
    if value is None:
        return None
    try:
        # a plus sign that a caller did not encode arrives as a blank
        moment = datetime.fromisoformat(value.strip().replace(" ", "+") if "T" in value else value.strip())
        return (moment.replace(tzinfo=moment.tzinfo or UTC) - EPOCH) // timedelta(milliseconds=1)
    except (ValueError, OverflowError):
        raise BadInput(f"{name} must be a moment like 2026-01-31T12:00:00Z.", field=name) from None


def refuse_unsupported(*names: str) -> None:
    """What would silently give another answer than was asked for is refused."""
    for name in names:
        if request.args.get(name):
            raise BadInput(f"{name} is not supported by this server.", field=name)
