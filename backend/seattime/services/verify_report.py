"""What `seattime verify` found, and how it is told: a table for people, at most 100 columns wide, or JSON for scripts.

Guarantees: a report with anything failed is not `ok`; every failure is one sentence of what is wrong and one of what to do.
Pure; imports `clockface` of ours.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from seattime.domain import clockface

WIDTH: Final = 100


class Verdict(StrEnum):
    """Of one thing that was looked at."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"


class Step(StrEnum):
    """What is done with each kind, in this order."""

    PARSE = "formats"
    SAVE = "saved"
    READ_BACK = "read back"
    COUNT = "counted"
    RETRY = "retry"
    FALLBACK = "fallback"
    RECOVERY = "recovery"


@dataclass(frozen=True, slots=True)
class Line:
    """Something of the installation's surroundings. `do` is empty where nothing is to be done."""

    name: str
    verdict: Verdict
    what: str
    do: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a step failed."""

    step: Step
    what: str
    do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KindReport:
    """One kind. `figures` by step: what is shown of a step that went well; a step that is in neither was not reached."""

    kind: str
    figures: dict[Step, str]
    problems: tuple[Problem, ...] = ()
    counted_ms: int | None = None
    expected_ms: int
    took_ms: int = 0

    def cell(self, step: Step) -> str:
        """A word for the table."""
        if any(problem.step is step for problem in self.problems):
            return "FAILED"
        return self.figures.get(step, "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """All of it. `skipped`: why no kind was checked, where none was."""

    version: str
    database: str
    lines: tuple[Line, ...]
    kinds: tuple[KindReport, ...]
    skipped: str = ""
    took_ms: int = 0

    @property
    def ok(self) -> bool:
        """Nothing failed and every kind was checked; warnings are allowed."""
        failed = any(line.verdict is Verdict.FAILED for line in self.lines)
        return not failed and not self.skipped and not any(kind.problems for kind in self.kinds)


def to_json(report: Report) -> dict[str, Any]:
    """For scripts: the same figures by name."""
    return {
        "ok": report.ok,
        "version": report.version,
        "database": report.database,
        "took_ms": report.took_ms,
        "not_checked": report.skipped or None,
        "kinds": [
            {
                "kind": kind.kind,
                "ok": not kind.problems,
                "steps": {step.value.replace(" ", "_"): kind.cell(step) for step in Step},
                "counted_ms": kind.counted_ms,
                "expected_ms": kind.expected_ms,
                "took_ms": kind.took_ms,
                "problems": [asdict(problem) for problem in kind.problems],
            }
            for kind in report.kinds
        ],
        "surroundings": [asdict(line) for line in report.lines],
    }


def to_text(report: Report) -> str:
    """For people."""
    lines = [f"SeatTime {report.version} on {report.database}", ""]
    if report.kinds:
        lines += [*_table(report.kinds), ""]
    if report.skipped:
        lines += [*_wrapped(f"The kinds of content were not checked: {report.skipped}"), ""]
    lines += [text for line in report.lines for text in _told(line)]
    for kind in report.kinds:
        for problem in kind.problems:
            lines += ["", *_wrapped(f"{kind.kind}, {problem.step}: {problem.what}"), *_wrapped(f"What to do: {problem.do}", "  ")]
    return "\n".join([*lines, "", *_wrapped(_summary(report))])


COLUMNS: Final = (
    ("kind", 24), *((step.value, width) for step, width in zip(Step, (9, 10, 11, 10, 9, 10, 10), strict=True)), ("ms", 6),
)  # fmt: skip


def _table(kinds: Iterable[KindReport]) -> list[str]:
    rows = [[name for name, _ in COLUMNS]]
    rows += [[kind.kind, *(kind.cell(step) for step in Step), str(kind.took_ms)] for kind in kinds]
    return [_row(row) for row in rows]


def _row(cells: Sequence[str]) -> str:
    (_, first), *others = COLUMNS
    return cells[0].ljust(first) + "".join(cell.rjust(width) for cell, (_, width) in zip(cells[1:], others, strict=True))


def _told(line: Line) -> list[str]:
    begin = f"  {line.verdict:<8} {line.name:<14} "
    indent = " " * len(begin)
    told = textwrap.wrap(line.what, WIDTH, initial_indent=begin, subsequent_indent=indent)
    return told + (textwrap.wrap(f"What to do: {line.do}", WIDTH, initial_indent=indent, subsequent_indent=indent) if line.do else [])


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def _summary(report: Report) -> str:
    warnings = sum(line.verdict is Verdict.WARNING for line in report.lines)
    took = clockface.spoken(report.took_ms) if report.took_ms >= 1000 else f"{report.took_ms} ms"
    told = {0: "", 1: " One thing deserves a look."}.get(warnings, f" {warnings} things deserve a look.")
    if report.ok:
        return f"Time tracking works for every kind of content ({took}). Nothing of this check was kept.{told}"
    return f"Time tracking does not work as it should: see what failed above ({took}).{told}"
