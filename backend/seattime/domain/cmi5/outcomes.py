"""What moveOn makes of the statuses that everybody else's rollup has found (domain/rollup.py): completion, success.

An AU is completed by its own word, by being waived, or by having met its moveOn. Blocks and the course are completed where they are
satisfied, and only there: what an AU with NotApplicable has come to holds nobody back. Where every AU has NotApplicable, moveOn says
nothing, and the common rollup stands. Guarantees: scores are left as they are; a registration in which no cmi5 statement was made
(one of before) is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from seattime.domain.cmi5.satisfaction import Said, is_completed
from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.model import Item
from seattime.domain.rollup import Completion, Status, Success


def of_au(status: Status, item: Item, said: Said) -> Status:
    """`status`: by what the AU said."""
    if Verb.WAIVED in said.get(item.identifier, ()):
        # 9.5.2, 9.5.3: success and completion of "waived" are true
        return replace(status, completion=Completion.COMPLETED, success=Success.PASSED)
    if is_completed((item,), said):
        return replace(status, completion=Completion.COMPLETED)
    return status


def of_many(status: Status, aus: Iterable[Status], items: Iterable[Item], said: Said) -> Status:
    """A block's or the course's. `status`: by the common rollup of `aus`; `items`: what it is made of."""
    completed = is_completed(items, said) if said else None
    if completed is None:
        return status
    if not completed:
        return replace(status, completion=Completion.INCOMPLETE if status.completion is Completion.COMPLETED else status.completion)
    passed = status.success is Success.UNKNOWN and any(each.success is Success.PASSED for each in aus)
    return replace(status, completion=Completion.COMPLETED, success=Success.PASSED if passed else status.success)
