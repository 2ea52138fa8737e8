"""How templates write times, moments, counts and sizes. Exact values stay in titles and exports."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from flask import Flask

from seattime.domain import clockface
from seattime.web.pages import assets

_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a pair, which has no UTF-8: some content packs its suspend_data into such units, and they are kept."""


def init_app(app: Flask) -> None:
    """Gives the filters and `asset` to the templates."""
    app.jinja_env.finalize = printable
    app.jinja_env.filters.update(
        spent=clockface.spent,
        spoken=clockface.spoken,
        exact=clockface.exact,
        iso=iso,
        instant=instant,
        moment=moment,
        day=day,
        clock=clock,
        count=count,
        size=size,
        json_lines=json_lines,
    )
    app.jinja_env.globals["asset"] = assets.address
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def printable(value: Any) -> Any:
    """What a template writes, with a sign in place of what no page can hold."""
    if isinstance(value, str) and _SURROGATE.search(value):
        return type(value)(_SURROGATE.sub("\ufffd", value))
    return value


def iso(ms: int) -> str:
    """`2026-11-23T14:30:02.125Z`"""
    return _utc(ms).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(ms: int) -> str:
    """`23 Nov 2026, 14:30 UTC`; a script puts the reader's own time zone in its place."""
    return f"{day(ms)}, {_utc(ms):%H:%M} UTC"


def instant(ms: int) -> str:
    """`23 Nov 2026, 14:30:02 UTC`: where one minute holds several things."""
    return f"{day(ms)}, {clock(ms)} UTC"


def day(ms: int) -> str:
    """`23 Nov 2026`"""
    when = _utc(ms)
    return f"{when.day} {when:%b %Y}"


def clock(ms: int) -> str:
    """`14:30:02`"""
    return f"{_utc(ms):%H:%M:%S}"


def count(number: int) -> str:
    """`12 345`, with a space that does not break."""
    return f"{number:,}".replace(",", "\u202f")


def size(number_of_bytes: int) -> str:
    """`840 kB`, `1.2 MB`"""
    value = float(number_of_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    digits = 1 if value < 10 and unit not in ("B", "kB") else 0
    return f"{value:.{digits}f} {unit}"


def json_lines(record: dict[str, Any]) -> str:
    """A record as JSON, a line for each of its fields: intervals and answers stay readable."""
    lines = []
    for name, value in record.items():
        if isinstance(value, dict) and value:
            inner = [f"    {json.dumps(key)}: {json.dumps(each, ensure_ascii=False)}" for key, each in value.items()]
            lines.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(inner) + "\n  }")
        else:
            lines.append(f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}")
    text = "{\n" + ",\n".join(lines) + "\n}"
    return _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def _utc(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
