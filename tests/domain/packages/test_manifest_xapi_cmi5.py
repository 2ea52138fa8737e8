"""`tincan.xml` and `cmi5.xml`."""

import pytest

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Objective, activities
from seattime.domain.standards import Standard
from seattime.errors import PackageRefused
from tests.domain.packages.memory_files import recognized

PAGE = {"index.html": "<title>Page</title>"}


def tincan(activities: str) -> str:
    return f'<tincan xmlns="http://projecttincan.com/tincan.xsd"><activities>{activities}</activities></tincan>'


def cmi5(content: str, course: str = '<course id="urn:c"><title><langstring>Course</langstring></title></course>') -> str:
    namespace = "https://w3id.org/xapi/profiles/cmi5/v1/CourseStructure.xsd"
    return f'<courseStructure xmlns="{namespace}">{course}{content}</courseStructure>'


def unit(identifier: str, url: str, more: str = "", attributes: str = "") -> str:
    title = f"<title><langstring>Unit {identifier}</langstring></title>"
    return f'<au id="urn:{identifier}" {attributes}>{title}<url>{url}</url>{more}</au>'


def test_the_activity_with_a_launch_page_is_started() -> None:
    text = tincan(
        '<activity id="urn:a" type="http://adlnet.gov/expapi/activities/course"><name lang="und"/>'
        '<name lang="en">Tea</name><description>How to</description>'
        '<launch lang="en">index.html?x=1</launch></activity>'
        '<activity id="urn:b" type="module"><name>Part</name></activity>'
    )
    package = recognized({"tincan.xml": text, **PAGE})
    assert (package.kind, package.standard) == (PackageKind.XAPI, Standard.NONE)
    assert (package.title, package.activity_id, package.description) == ("Tea", "urn:a", "How to")
    (activity,) = activities(package)
    assert (activity.launch_href, activity.scorm_type) == ("index.html?x=1", ActivityType.AU)
    assert (activity.activity_id, activity.activity_type) == ("urn:a", "http://adlnet.gov/expapi/activities/course")
    assert package.warnings == ()


def test_several_launch_pages_are_several_activities() -> None:
    text = tincan("".join(f'<activity id="urn:{n}"><launch>{n}.html</launch></activity>' for n in "ab"))
    package = recognized({"tincan.xml": text, "a.html": "", "b.html": ""})
    assert [item.identifier for item in activities(package)] == ["urn:a", "urn:b"]


def test_an_activity_without_an_id_is_played_with_a_warning() -> None:
    package = recognized({"tincan.xml": tincan("<activity><launch>index.html</launch></activity>"), **PAGE})
    assert activities(package)[0].identifier == "index.html"
    assert package.warnings == ("The activity has no id; its launch page stands for it.",)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (tincan('<activity id="a"/>'), "no activity has a launch page"),
        (
            tincan('<activity id="a"><launch>x.html</launch></activity>'),
            "its launch page 'x.html' is not in the package",
        ),
    ],
)
def test_an_xapi_package_that_starts_nothing_is_refused(text: str, reason: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        recognized({"tincan.xml": text, **PAGE})
    assert caught.value.message == f"tincan.xml names nothing that can be started: {reason}."


def test_everything_that_cmi5_says_of_a_unit_is_read() -> None:
    more = (
        "<description><langstring>About</langstring></description><launchParameters>p=1</launchParameters>"
        '<entitlementKey>key</entitlementKey><objectives><objective idref="urn:o"/></objectives>'
    )
    attributes = 'moveOn="CompletedOrPassed" launchMethod="OwnWindow" masteryScore="0.8" activityType="urn:type:lesson"'
    objectives = '<objectives><objective id="urn:o"><title><langstring>Aim</langstring></title></objective></objectives>'
    package = recognized({"cmi5.xml": cmi5(objectives + unit("1", "index.html?pages=1", more, attributes)), **PAGE})
    assert (package.kind, package.title, package.activity_id) == (PackageKind.CMI5, "Course", "urn:c")
    (au,) = activities(package)
    assert (au.identifier, au.activity_id, au.title, au.description) == ("urn:1", "urn:1", "Unit 1", "About")
    assert (au.launch_href, au.scorm_type, au.move_on) == ("index.html?pages=1", ActivityType.AU, "CompletedOrPassed")
    assert (au.launch_method, au.mastery_score, au.launch_parameters) == ("OwnWindow", 0.8, "p=1")
    assert (au.entitlement_key, au.activity_type) == ("key", "urn:type:lesson")
    assert au.objectives == (Objective("urn:o", title="Aim"),)
    assert package.warnings == ()


def test_cmi5_defaults_are_those_of_the_specification() -> None:
    (au,) = activities(recognized({"cmi5.xml": cmi5(unit("1", "index.html")), **PAGE}))
    assert (au.move_on, au.launch_method, au.mastery_score) == ("NotApplicable", "AnyWindow", None)


def test_blocks_are_headings_and_units_keep_their_order() -> None:
    block = (
        f'<block id="urn:b"><title><langstring>Block</langstring></title>{unit("1", "index.html")}'
        f'<block id="urn:bb">{unit("2", "index.html")}</block></block>'
    )
    package = recognized({"cmi5.xml": cmi5(block + unit("3", "index.html")), **PAGE})
    assert [item.identifier for item in activities(package)] == ["urn:1", "urn:2", "urn:3"]
    assert [item.identifier for item in package.organization.items] == ["urn:b", "urn:3"]


def test_what_cmi5_does_not_know_is_replaced_with_a_warning_and_gives_nobody_credit_for_nothing() -> None:
    attributes = 'moveOn="Whenever" launchMethod="ownwindow" masteryScore="80"'
    package = recognized({"cmi5.xml": cmi5(unit("1", "index.html", attributes=attributes)), **PAGE})
    (au,) = activities(package)
    assert (au.move_on, au.launch_method, au.mastery_score) == ("CompletedOrPassed", "OwnWindow", None)
    assert package.warnings == (
        "The masteryScore '80' of “Unit 1” is not a number from 0 to 1; it is ignored.",
        "The unit “Unit 1” has an unknown moveon, 'Whenever'; CompletedOrPassed is used.",
    )


def test_a_unit_that_lies_elsewhere_is_started_there_with_a_warning() -> None:
    package = recognized({"cmi5.xml": cmi5(unit("1", "https://example.org/au"))})
    assert activities(package)[0].is_external
    assert package.warnings == ("The unit “Unit 1” lies on another server, https://example.org/au, and is started from there.",)


def block(identifier: str, content: str) -> str:
    return f'<block id="{identifier}">{content}</block>'


def objectives(*identifiers: str) -> str:
    found = "".join(f'<objective id="{each}"/>' for each in identifiers)
    return f"<objectives>{found}</objectives>"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "It has no assignable unit."),
        (unit("1", "gone.html"), "The unit “Unit 1” cannot be started: its url 'gone.html' is not in the package."),
        (
            unit("1", "index.html") + unit("2", "gone.html"),
            "The unit “Unit 2” cannot be started: its url 'gone.html' is not in the package.",
        ),
        (unit("1", ""), "The unit “Unit 1” cannot be started: its url is empty."),
        (
            unit("1", "http://example.org index.html"),
            "The unit “Unit 1” cannot be started: its url 'http://example.org index.html' is no address.",
        ),
        (unit("1", "http://[x/"), "The unit “Unit 1” cannot be started: its url 'http://[x/' is no address."),
        (
            unit("1", "index.html?pages=1&amp;endpoint=https://lrs.example/"),
            "The url of the unit “Unit 1” has the parameter endpoint, which is the LMS's to set (cmi5 8.1).",
        ),
        (block("urn:b", unit("1", "index.html")) * 2, "Two parts of the course have the id 'urn:b' (cmi5 13.1)."),
        (unit("1", "index.html") * 2, "Two parts of the course have the id 'urn:1' (cmi5 13.1)."),
        (block("urn:1", unit("1", "index.html")), "Two parts of the course have the id 'urn:1' (cmi5 13.1)."),
        (objectives("urn:o", "urn:o"), "Two parts of the course have the id 'urn:o' (cmi5 13.1)."),
        (
            block("lesson.example/b", unit("1", "index.html")),
            "The id 'lesson.example/b' of a block is no IRI, which begins with a scheme like https: (cmi5 13.1).",
        ),
        (
            objectives("first aim"),
            "The id 'first aim' of an objective is no IRI, which begins with a scheme like https: (cmi5 13.1).",
        ),
        (block("", unit("1", "index.html")), "A block has no id."),
    ],
)
def test_a_course_structure_that_would_do_harm_is_refused(content: str, reason: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        recognized({"cmi5.xml": cmi5(content), **PAGE})
    assert caught.value.message == f"cmi5.xml is not a course that can be taken. {reason}"


@pytest.mark.parametrize(
    ("course", "reason"),
    [
        ("", "It has no <course>."),
        ("<course/>", "A course has no id."),
        (
            '<course id="night-sky"/>',
            "The id 'night-sky' of a course is no IRI, which begins with a scheme like https: (cmi5 13.1).",
        ),
    ],
)
def test_a_course_needs_an_id_by_which_statements_can_name_it(course: str, reason: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        recognized({"cmi5.xml": cmi5(unit("1", "index.html"), course), **PAGE})
    assert caught.value.message == f"cmi5.xml is not a course that can be taken. {reason}"


def test_a_course_and_an_objective_may_have_the_id_of_a_unit() -> None:
    package = recognized({"cmi5.xml": cmi5(objectives("urn:1") + unit("1", "index.html"), '<course id="urn:1"/>'), **PAGE})
    assert package.identifier == activities(package)[0].identifier == "urn:1"


def test_a_thousand_units_are_taken() -> None:
    package = recognized({"cmi5.xml": cmi5("".join(unit(str(n), f"https://example.org/{n}") for n in range(1001)))})
    assert len(activities(package)) == 1001


@pytest.mark.parametrize("name", ["tincan.xml", "cmi5.xml"])
def test_a_manifest_of_another_kind_under_that_name_is_refused(name: str) -> None:
    with pytest.raises(PackageRefused, match="its first element is not"):
        recognized({name: "<html/>", **PAGE})
