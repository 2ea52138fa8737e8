"""moveOn: what is satisfied by which verbs, and what people are told of it (cmi5 9.3.9, 13.1.4)."""

from __future__ import annotations

import pytest

from seattime.domain.cmi5 import outcomes, satisfaction
from seattime.domain.cmi5.satisfaction import Satisfied, has_met
from seattime.domain.cmi5.words import Verb
from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Item, Organization, Package
from seattime.domain.rollup import Completion, Status, Success, registration_status

COMPLETED, PASSED, FAILED, WAIVED = {Verb.COMPLETED}, {Verb.PASSED}, {Verb.FAILED}, {Verb.WAIVED}
BOTH = COMPLETED | PASSED


@pytest.mark.parametrize(
    ("move_on", "met_by", "not_by"),
    [
        ("Completed", [COMPLETED, BOTH, WAIVED, COMPLETED | FAILED], [set(), PASSED, FAILED, {Verb.INITIALIZED, Verb.TERMINATED}]),
        ("Passed", [PASSED, BOTH, WAIVED, PASSED | FAILED], [set(), COMPLETED, FAILED]),
        ("CompletedAndPassed", [BOTH, WAIVED], [set(), COMPLETED, PASSED, COMPLETED | FAILED]),
        ("CompletedOrPassed", [COMPLETED, PASSED, BOTH, WAIVED], [set(), FAILED]),
        ("NotApplicable", [set(), FAILED, COMPLETED, WAIVED], []),
        (None, [set()], []),
    ],
)
def test_each_move_on_has_its_verbs(move_on: str | None, met_by: list[set[str]], not_by: list[set[str]]) -> None:
    assert [has_met(move_on, verbs) for verbs in met_by] == [True] * len(met_by)
    assert [has_met(move_on, verbs) for verbs in not_by] == [False] * len(not_by)


def au(identifier: str, move_on: str | None) -> Item:
    return Item(identifier, identifier, href="a.html", scorm_type=ActivityType.AU, move_on=move_on)


def block(identifier: str, *items: Item) -> Item:
    return Item(identifier, identifier, children=items)


def course(*items: Item) -> Package:
    return Package(PackageKind.CMI5, "Course", "urn:c", (Organization("urn:c", "Course", items),), "urn:c")


NESTED = course(
    block("outer", au("a", "Completed"), block("inner", au("b", "Passed"), au("c", "NotApplicable"))), au("d", "CompletedOrPassed")
)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({}, Satisfied(frozenset("c"), (), False)),
        ({"b": PASSED}, Satisfied(frozenset("bc"), ("inner",), False)),
        ({"a": COMPLETED}, Satisfied(frozenset("ac"), (), False)),
        ({"a": COMPLETED, "b": PASSED}, Satisfied(frozenset("abc"), ("inner", "outer"), False)),
        ({"a": COMPLETED, "b": WAIVED, "d": PASSED}, Satisfied(frozenset("abcd"), ("inner", "outer"), True)),
        ({"": {Verb.SATISFIED}, "inner": {Verb.SATISFIED}}, Satisfied(frozenset("c"), (), False)),
    ],
)
def test_blocks_and_the_course_are_satisfied_by_all_that_is_in_them(said: dict[str, set[str]], expected: Satisfied) -> None:
    assert satisfaction.satisfied(NESTED, said) == expected


def test_a_course_that_asks_for_nothing_is_satisfied_and_nobody_has_completed_it() -> None:
    free = course(au("a", "NotApplicable"), au("b", None))
    assert satisfaction.satisfied(free, {}).course
    assert satisfaction.is_completed(free.organization.items, {}) is None
    assert satisfaction.is_completed(free.organization.items, {"a": WAIVED}) is True
    assert satisfaction.is_completed(NESTED.organization.items, {"a": COMPLETED, "b": PASSED, "d": COMPLETED}) is True
    assert satisfaction.is_completed(NESTED.organization.items, {"a": COMPLETED, "b": PASSED}) is False


DONE, HALF, NOTHING = Completion.COMPLETED, Completion.INCOMPLETE, Completion.UNKNOWN


@pytest.mark.parametrize(
    ("move_on", "verbs", "status", "expected"),
    [
        ("Passed", PASSED, Status(HALF, Success.PASSED, 90), Status(DONE, Success.PASSED, 90)),
        ("CompletedAndPassed", COMPLETED, Status(DONE), Status(DONE)),
        ("CompletedAndPassed", PASSED, Status(HALF, Success.PASSED), Status(HALF, Success.PASSED)),
        ("Passed", WAIVED | FAILED, Status(HALF, Success.FAILED, 10), Status(DONE, Success.PASSED, 10)),
        ("NotApplicable", set(), Status(), Status()),
        ("NotApplicable", COMPLETED, Status(DONE), Status(DONE)),
    ],
)
def test_an_au_is_completed_by_its_word_its_move_on_or_a_waiver(move_on: str, verbs: set[str], status: Status, expected: Status) -> None:
    assert outcomes.of_au(status, au("a", move_on), {"a": verbs}) == expected


ITEMS = (au("a", "CompletedAndPassed"), au("b", "NotApplicable"))


@pytest.mark.parametrize(
    ("said", "aus", "expected"),
    [
        # nothing is said in a registration of before: the common rollup stands
        ({}, [Status(DONE), Status(DONE)], Status(DONE)),
        ({"a": {Verb.INITIALIZED}}, [Status(HALF), Status()], Status(HALF)),
        ({"a": COMPLETED, "b": COMPLETED}, [Status(DONE), Status(DONE)], Status(HALF)),
        ({"a": BOTH}, [Status(DONE, Success.PASSED, 80), Status()], Status(DONE, Success.PASSED, 80)),
        ({"a": WAIVED, "b": FAILED}, [Status(DONE, Success.PASSED), Status(HALF, Success.FAILED)], Status(DONE, Success.FAILED)),
        ({"": {Verb.SATISFIED}}, [Status(), Status()], Status()),
    ],
)
def test_a_course_is_completed_where_it_is_satisfied(said: dict[str, set[str]], aus: list[Status], expected: Status) -> None:
    assert outcomes.of_many(registration_status(aus), aus, ITEMS, said) == expected


def test_where_every_au_asks_for_nothing_the_common_rollup_stands() -> None:
    items = (au("a", "NotApplicable"),)
    for status in (Status(), Status(HALF), Status(DONE)):
        assert outcomes.of_many(status, [status], items, {"a": {Verb.INITIALIZED}}) == status
