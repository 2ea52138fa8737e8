"""How xAPI input is refused: one sentence that says what is wrong and where."""

from __future__ import annotations

from typing import Any, NoReturn

from seattime.errors import BadInput

Json = Any
"""Whatever JSON can hold."""

MOST_SHOWN = 60


def refuse(where: str, why: str) -> NoReturn:
    """`where`: the path of what is wrong, as in `statements[1].actor.mbox`. Raises BadInput."""
    raise BadInput(f"{where}: {why}.", field=where)


def shown(value: Json) -> str:
    """A value as an error names it: never longer than a line, and ASCII alone, since it goes through logs."""
    text = ascii(value)
    return text if len(text) <= MOST_SHOWN else f"{text[: MOST_SHOWN - 3]}..."


def need_object(value: Json, where: str) -> dict[str, Json]:
    if not isinstance(value, dict):
        refuse(where, "must be a JSON object")
    return value


def need_array(value: Json, where: str) -> list[Json]:
    if not isinstance(value, list):
        refuse(where, "must be an array")
    return value


def need_text(value: Json, where: str) -> str:
    if not isinstance(value, str):
        refuse(where, "must be a string")
    return value


def need_flag(value: Json, where: str) -> bool:
    if not isinstance(value, bool):
        refuse(where, "must be true or false")
    return value


def need_number(value: Json, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        refuse(where, "must be a number")
    return value


def only(value: dict[str, Json], allowed: frozenset[str], where: str) -> None:
    """Names are compared by case, and unknown ones are refused (Data 2.2)."""
    if value.keys() <= allowed:
        return
    for name in value:
        if name not in allowed:
            refuse(f"{where}.{name}"[:200], "is not a property of xAPI")


def require(value: dict[str, Json], name: str, where: str) -> Json:
    if name not in value:
        refuse(f"{where}.{name}", "is missing")
    return value[name]
