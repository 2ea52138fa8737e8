"""What an activity has come to by its content's statements, merged with what its sessions said by SCORM.

Guarantees: the order of sessions decides, not that of delivery (design 3.7); within one session the order in which statements were
said, and SCORM's word, where there is one, over that of a statement. What was completed stays so: a later visit that says
nothing, or says that it is under way, takes nothing back; of success and score the latest word stands. Imports `rollup` of ours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from seattime.domain.rollup import merge_status


@dataclass(frozen=True, slots=True)
class Visit:
    """A session, or a start of which no session is known (yet). `order_number`: its session's, else its launch's.

    `statements`: the status of each, in the order in which they were said; `status`: what content set by SCORM. `begun_ms`: orders
    visits of one order number.
    """

    order_number: int
    begun_ms: int
    status: Mapping[str, str] = field(default_factory=dict)
    statements: Sequence[Mapping[str, str]] = ()


def merge_visits(visits: Iterable[Visit]) -> dict[str, str]:
    """The status fields of an activity after these visits."""
    merged: dict[str, str] = {}
    for visit in sorted(visits, key=lambda each: (each.order_number, each.begun_ms)):
        by_statements: dict[str, str] = {}
        for status in visit.statements:
            by_statements = _lay_over(by_statements, status)
        merged = merge_status([_lay_over(merged, by_statements), visit.status])
    return merged


def one_word(visits: Iterable[Visit]) -> str:
    """The latest that was said of completion or success, as a table of contents shows it; `incomplete` where nothing was."""
    word = "incomplete"
    for visit in sorted(visits, key=lambda each: (each.order_number, each.begun_ms)):
        for status in (*visit.statements, visit.status):
            for name in ("completion", "success"):
                value = status.get(name)
                taken_back = value == "incomplete" and status is not visit.status
                if value and value not in ("unknown", "not attempted") and not taken_back:
                    word = value
    return word


def _lay_over(before: Mapping[str, str], status: Mapping[str, str]) -> dict[str, str]:
    if status.get("completion") == "incomplete" and before.get("completion") == "completed":
        status = {name: value for name, value in status.items() if name != "completion"}
    return {**before, **status}
