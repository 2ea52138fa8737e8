"""What is satisfied: AUs by their moveOn, blocks and the course by what is in them (cmi5 9.3.9, 13.1.4 moveOn).

Guarantees: a waived AU counts as one that has met its criterion (9.3.9); statements that are merely "cmi5 allowed" do not come here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.model import Item, Package

NOT_APPLICABLE = "NotApplicable"

Said = Mapping[str, Collection[str]]
"""By AU (its id in the course structure), the verbs of the cmi5 defined statements of one registration."""


@dataclass(frozen=True, slots=True)
class Satisfied:
    """Ids of the course structure. `blocks`: those within others before those around them."""

    aus: frozenset[str]
    blocks: tuple[str, ...]
    course: bool


def has_met(move_on: str | None, verbs: Collection[str]) -> bool:
    """Whether an AU with this moveOn, about which these verbs were said, is satisfied."""
    completed, passed = Verb.COMPLETED in verbs, Verb.PASSED in verbs
    if Verb.WAIVED in verbs or move_on in (None, NOT_APPLICABLE):
        return True
    return {
        "Completed": completed,
        "Passed": passed,
        "CompletedAndPassed": completed and passed,
        "CompletedOrPassed": completed or passed,
    }[str(move_on)]


def satisfied(package: Package, said: Said) -> Satisfied:
    """The state of a whole course."""
    items = package.organization.items
    aus = frozenset(item.identifier for item in package.organization.walk() if _is_au(item) and _met(item, said))
    blocks = tuple(block.identifier for block in _inner_first(items) if _is_whole(block.children, aus))
    return Satisfied(aus, blocks, _is_whole(items, aus))


def is_completed(items: Iterable[Item], said: Said) -> bool | None:
    """Whether a person would call these (a course's, a block's, one AU) completed: they are satisfied.

    None where moveOn does not tell, since every AU has NotApplicable: that is satisfied before anybody has seen it.
    """
    aus = [each for item in items for each in item.walk() if _is_au(each)]
    if all(item.move_on in (None, NOT_APPLICABLE) and Verb.WAIVED not in said.get(item.identifier, ()) for item in aus):
        return None
    return all(_met(item, said) for item in aus)


def _met(item: Item, said: Said) -> bool:
    return has_met(item.move_on, said.get(item.identifier, ()))


def _is_au(item: Item) -> bool:
    return item.launchable


def _is_whole(items: Iterable[Item], aus: frozenset[str]) -> bool:
    return all(each.identifier in aus for item in items for each in item.walk() if _is_au(each))


def _inner_first(items: Iterable[Item]) -> Iterable[Item]:
    for item in items:
        if not _is_au(item):
            yield from _inner_first(item.children)
            yield item
