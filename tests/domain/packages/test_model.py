"""The package model: lossless JSON, launch addresses, what can be started."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import (
    ActivityType,
    AuthoringTool,
    Item,
    Objective,
    Organization,
    Package,
    TimeLimitAction,
    activities,
    find_activity,
)
from seattime.domain.standards import Standard

SEQUENCING = {"name": "sequencing", "attributes": {"IDRef": "s"}, "text": "", "children": []}

scores = st.none() | st.floats(0, 100, allow_nan=False)
objectives = st.builds(
    Objective, identifier=st.text(max_size=5), primary=st.booleans(), min_normalized_measure=st.none() | st.just(0.5)
)
leaves = st.builds(
    Item,
    identifier=st.text(max_size=5),
    title=st.text(max_size=5),
    href=st.none() | st.text(max_size=5),
    scorm_type=st.none() | st.sampled_from(ActivityType),
    visible=st.booleans(),
    mastery_score=scores,
    max_time_allowed_ms=st.none() | st.integers(0, 10**13),
    time_limit_action=st.none() | st.sampled_from(TimeLimitAction),
    data_from_lms=st.none() | st.text(max_size=5),
    objectives=st.lists(objectives, max_size=2).map(tuple),
    sequencing=st.none() | st.just(SEQUENCING),
)
items = st.recursive(
    leaves,
    lambda inner: st.builds(
        Item, identifier=st.text(max_size=5), title=st.text(max_size=5), children=st.lists(inner, max_size=2).map(tuple)
    ),
    max_leaves=4,
)
packages = st.builds(
    Package,
    kind=st.sampled_from(PackageKind),
    title=st.text(max_size=5),
    identifier=st.text(max_size=5),
    organizations=st.lists(
        st.builds(
            Organization,
            identifier=st.text(max_size=5),
            title=st.text(max_size=5),
            items=st.lists(items, max_size=2).map(tuple),
            sequencing=st.none() | st.just(SEQUENCING),
            objectives_global=st.booleans(),
        ),
        max_size=2,
    ).map(tuple),
    default_organization=st.text(max_size=5),
    dual=st.booleans(),
    standard_stated=st.booleans(),
    tool=st.none() | st.builds(AuthoringTool, name=st.text(max_size=5), version=st.none() | st.text(max_size=5)),
    sequencing_collection=st.sampled_from([(), (SEQUENCING,)]),
    warnings=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)


@given(packages)
def test_a_package_comes_back_from_json_as_it_was(package: Package) -> None:
    assert Package.from_json(json.loads(json.dumps(package.to_json()))) == package


@pytest.mark.parametrize(
    ("href", "parameters", "expected"),
    [
        ("a.html", "", "a.html"),
        ("a.html", "x=1", "a.html?x=1"),
        ("a.html", "?x=1", "a.html?x=1"),
        ("a.html", "&x=1", "a.html?x=1"),
        ("a.html", "?&?x=1", "a.html?x=1"),
        ("a.html?y=2", "?x=1", "a.html?y=2&x=1"),
        ("a.html", "#page", "a.html#page"),
        ("a.html#start", "#page", "a.html#start"),
        ("a.html#start", "x=1", "a.html?x=1#start"),
        ("a.html", "?", "a.html"),
        ("https://example.org/a?b=1", "x=1", "https://example.org/a?b=1&x=1"),
    ],
)
def test_parameters_are_joined_to_the_href_by_the_rules_of_the_standard(
    href: str, parameters: str, expected: str
) -> None:
    assert Item("i", "t", href=href, parameters=parameters).launch_href == expected


def test_a_heading_has_nothing_to_start() -> None:
    heading = Item("i", "t", parameters="?x=1")
    assert not heading.launchable
    assert heading.launch_href is None


def test_the_passing_score_comes_from_the_primary_objective_and_defaults_to_one() -> None:
    named = Objective("p", primary=True, satisfied_by_measure=True, min_normalized_measure=0.6)
    unnamed = Objective("p", primary=True, satisfied_by_measure=True)
    unmeasured = Objective("p", primary=True, min_normalized_measure=0.6)
    secondary = Objective("s", satisfied_by_measure=True, min_normalized_measure=0.6)
    assert Item("i", "t", objectives=(secondary, named)).scaled_passing_score == 0.6
    assert Item("i", "t", objectives=(unnamed,)).scaled_passing_score == 1.0
    assert Item("i", "t", objectives=(unmeasured,)).scaled_passing_score is None
    assert Item("i", "t", objectives=(secondary,)).scaled_passing_score is None


def test_activities_are_the_startable_items_of_the_played_organization_in_order() -> None:
    inner = Item("b", "B", href="b.html")
    played = Organization("o", "O", items=(Item("h", "H", children=(inner,)), Item("a", "A", href="a.html")))
    other = Organization("p", "P", items=(Item("c", "C", href="c.html"),))
    package = Package(PackageKind.SCORM12, "T", "I", (other, played), default_organization="o")
    assert [item.identifier for item in activities(package)] == ["b", "a"]
    assert find_activity(package, "b") is inner
    assert find_activity(package, "c") == Item("c", "C", href="c.html")
    assert find_activity(package, "h") is None
    assert find_activity(package, "nothing") is None


@pytest.mark.parametrize(
    ("kind", "standard", "label"),
    [
        (PackageKind.SCORM11, Standard.SCORM11, "SCORM 1.1"),
        (PackageKind.SCORM12, Standard.SCORM12, "SCORM 1.2"),
        (PackageKind.SCORM2004_2, Standard.SCORM2004, "SCORM 2004 2nd Edition"),
        (PackageKind.SCORM2004_3, Standard.SCORM2004, "SCORM 2004 3rd Edition"),
        (PackageKind.SCORM2004_4, Standard.SCORM2004, "SCORM 2004 4th Edition"),
        (PackageKind.XAPI, Standard.NONE, "xAPI (Tin Can)"),
        (PackageKind.CMI5, Standard.NONE, "cmi5"),
        (PackageKind.HTML5, Standard.NONE, "HTML5"),
    ],
)
def test_every_kind_has_a_standard_and_a_name_that_people_use(
    kind: PackageKind, standard: Standard, label: str
) -> None:
    assert (kind.standard, kind.label) == (standard, label)
