"""Reports as CSV and JSON, for pages, `seattime export` and whoever must prove hours. Must not import web.

Guarantees: the same rows and figures as on the pages; times are seconds with three decimals, moments ISO 8601 in UTC;
beside `credited_s` stand `reported_s`, `measured_s`, `policy`, `policy_version` and `reason`. A CSV cell that a
spreadsheet would run as a formula is made a text.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from seattime.errors import BadInput, NotFound
from seattime.services import registration_view, reports
from seattime.services.reports import Filter

Row = dict[str, Any]

FORMATS: Final = ("csv", "json")
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""Learners' and courses' names come from outside (OWASP, CSV injection). The last four are full-width forms."""


def export_report(report: str, form: str) -> str:
    """A report over everything but test runs, by name. Raises BadInput for an unknown report or form."""
    if report not in _REPORTS:
        raise BadInput(f"There is no report {report!r}; there are {', '.join(_REPORTS)}.", field="report")
    return write_rows(_REPORTS[report](), form)


def registrations(wanted: Filter, form: str) -> str:
    """The report that the page shows, by the same choice. Raises BadInput."""
    return write_rows(_registrations(wanted), form)


def sessions_of(registration_key: str, form: str) -> str:
    """The sessions of one registration, those before a reset too. Raises NotFound, BadInput."""
    return write_rows(_sessions_of(registration_key), form)


def _registrations(wanted: Filter) -> list[Row]:
    return [
        {
            "registration_id": line.registration_id,
            "learner_id": line.learner_id,
            "learner_name": line.learner_name,
            "course_id": line.course_id,
            "course_title": line.course_title,
            "course_version": line.version_number,
            "completion": line.standing.completion.value,
            "success": line.standing.success.value,
            "score": line.standing.score,
            "sessions": line.sessions,
            "credited_s": seconds(line.counted_ms),
            "reported_s": seconds(line.reported_ms),
            "measured_s": seconds(line.measured_ms),
            "policy": line.policy,
            "policy_version": line.policy_version,
            "reason": " ".join(line.reasons),
            "badge": line.badge,
            "created": moment(line.created_ms),
            "last_seen": moment(line.last_ms),
            "since": _day(wanted.since),
            "until": _day(wanted.until),
            "sample": line.sample,
        }
        for line in reports.registration_lines(wanted)
    ]


def _day(day: Any) -> str | None:
    """A day of a period, ISO 8601."""
    return None if day is None else str(day)


def _sessions() -> list[Row]:
    return [row for line in reports.registration_lines(Filter()) for row in _sessions_of(line.key)]


def _sessions_of(registration_key: str) -> list[Row]:
    view = registration_view.view(registration_key)
    return [
        {
            "registration_id": view.line.registration_id,
            "learner_id": view.line.learner_id,
            "course_id": view.line.course_id,
            "session": session.id,
            "activity": session.activity_title,
            "mode": session.mode,
            "launch": session.launch_number,
            "began": moment(session.start_ms),
            "ended": moment(session.end_ms),
            "credited_s": seconds(session.credit.credited_ms),
            "reported_s": seconds(session.credit.reported_ms),
            "measured_s": seconds(session.credit.measured_ms),
            "open_s": seconds(session.credit.open_ms),
            "hidden_s": seconds(session.credit.hidden_ms),
            "idle_s": seconds(session.credit.idle_ms),
            "elsewhere_s": seconds(session.credit.elsewhere_ms),
            "gap_s": seconds(session.credit.gap_ms),
            "corrected_s": seconds(sum(each.delta_ms for each in session.corrections)),
            "policy": session.credit.policy,
            "policy_version": session.credit.policy_version,
            "reason": session.credit.reason,
            "findings": " ".join(finding.code for finding in session.findings),
            "corrections": " | ".join(f"{each.author}: {each.reason}" for each in session.corrections),
        }
        for session in reversed(view.earlier + view.sessions)
    ]


def _learners() -> list[Row]:
    return [
        {
            "learner_id": line.learner_id,
            "learner_name": line.name,
            "registrations": line.registrations,
            "credited_s": seconds(line.counted_ms),
            "last_seen": moment(line.last_ms),
            "badge": line.badge,
            "sample": line.sample,
        }
        for line in reports.learner_lines()
        if not line.test_run
    ]


def _courses() -> list[Row]:
    return [
        {
            "course_id": line.course_id,
            "course_title": line.title,
            "kind": line.kind_name,
            "tool": line.tool,
            "learners": line.learners,
            "registrations": line.registrations,
            "credited_s": seconds(line.counted_ms),
            "to_check": line.to_check,
            "policy": line.policy_name,
            "sample": line.sample,
        }
        for line in reports.course_lines()
    ]


_REPORTS: Final[dict[str, Callable[[], list[Row]]]] = {
    "registrations": lambda: _registrations(Filter()),
    "sessions": _sessions,
    "learners": _learners,
    "courses": _courses,
}
REPORTS: Final = tuple(_REPORTS)
"""The names for `export_report`."""


def write_rows(rows: Sequence[Row], form: str) -> str:
    """Rows that all have the same columns, as a file. Raises NotFound for a form that there is not."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=2) + "\n"
    if form != "csv":
        raise NotFound(f"Reports can be had as {' or '.join(FORMATS)}, not as {form}.")
    buffer = io.StringIO()
    if rows:
        writer = csv.DictWriter(buffer, fieldnames=list(rows[0]), lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    return buffer.getvalue()


def cell(value: Any) -> Any:
    """A value as a CSV has it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value


def seconds(ms: int | None) -> float | None:
    """Of a length."""
    return None if ms is None else ms / 1000


def moment(ms: int | None) -> str | None:
    """ISO 8601 in UTC."""
    if ms is None:
        return None
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
