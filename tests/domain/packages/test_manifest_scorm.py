"""SCORM manifests, proper and sloppy."""

import pytest

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import ActivityType, Objective, TimeLimitAction, activities
from seattime.errors import PackageRefused
from tests.domain.packages.memory_files import (
    ONE_RESOURCE,
    SCORM12_NAMESPACES,
    SCORM2004_NAMESPACES,
    manifest,
    recognized,
)

PAGE = {"index.html": "<title>Page</title>"}


@pytest.mark.parametrize(
    ("version", "namespaces", "kind"),
    [
        ("1.2", SCORM12_NAMESPACES, PackageKind.SCORM12),
        (" 1.2 ", SCORM12_NAMESPACES, PackageKind.SCORM12),
        ("SCORM 1.2", SCORM12_NAMESPACES, PackageKind.SCORM12),
        ("1.1", SCORM12_NAMESPACES.replace("rootv1p2", "rootv1p1"), PackageKind.SCORM11),
        ("CAM 1.3", SCORM2004_NAMESPACES, PackageKind.SCORM2004_2),
        ("1.3", SCORM2004_NAMESPACES, PackageKind.SCORM2004_2),
        ("2004 3rd Edition", SCORM2004_NAMESPACES, PackageKind.SCORM2004_3),
        ("2004 4th Edition", SCORM2004_NAMESPACES, PackageKind.SCORM2004_4),
        ("2004 4TH  edition", SCORM2004_NAMESPACES, PackageKind.SCORM2004_4),
    ],
)
def test_the_schemaversion_tells_the_kind(version: str, namespaces: str, kind: PackageKind) -> None:
    package = recognized({"imsmanifest.xml": manifest(version=version, namespaces=namespaces), **PAGE})
    assert (package.kind, package.standard_stated, package.warnings) == (kind, True, ())


@pytest.mark.parametrize(
    ("namespaces", "kind", "stated", "warned"),
    [
        (SCORM12_NAMESPACES, PackageKind.SCORM12, True, False),
        (SCORM12_NAMESPACES.replace("adlcp_rootv1p2", "adlcp_rootv1p1"), PackageKind.SCORM11, True, False),
        (SCORM2004_NAMESPACES, PackageKind.SCORM2004_3, True, True),
        ('xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"', PackageKind.SCORM12, True, False),
        ('xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"', PackageKind.SCORM12, False, True),
        ("", PackageKind.SCORM12, False, True),
    ],
)
def test_without_a_schemaversion_the_namespaces_tell(
    namespaces: str, kind: PackageKind, stated: bool, warned: bool
) -> None:
    resource = ONE_RESOURCE.replace("adlcp:", "")
    package = recognized({"imsmanifest.xml": manifest(version=None, namespaces=namespaces, resources=resource), **PAGE})
    assert (package.kind, package.standard_stated, bool(package.warnings)) == (kind, stated, warned)


def test_the_fourth_edition_is_known_by_its_own_elements() -> None:
    item = (
        '<item identifier="I" identifierref="R1"><title>T</title>'
        '<adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.8" progressWeight="0.5"/></item>'
    )
    package = recognized(
        {"imsmanifest.xml": manifest(version=None, namespaces=SCORM2004_NAMESPACES, items=item), **PAGE}
    )
    assert package.kind is PackageKind.SCORM2004_4
    assert (package.organization.items[0].completion_threshold, package.organization.items[0].progress_weight) == (
        0.8,
        0.5,
    )


def test_the_version_of_ims_content_packaging_is_not_taken_for_scorm_1_1() -> None:
    text = manifest(version="1.1", schema="IMS Content", namespaces=SCORM2004_NAMESPACES)
    assert recognized({"imsmanifest.xml": text, **PAGE}).kind is PackageKind.SCORM2004_3


def test_a_manifest_that_contradicts_itself_is_believed_and_warned_about() -> None:
    package = recognized({"imsmanifest.xml": manifest(version="1.2", namespaces=SCORM2004_NAMESPACES), **PAGE})
    assert package.kind is PackageKind.SCORM12
    assert package.warnings == ("imsmanifest.xml says SCORM 1.2, but declares the namespaces of another SCORM.",)


def test_everything_that_scorm_1_2_says_of_an_item_is_read() -> None:
    item = """
      <item identifier="I1" identifierref="R1" isvisible="false" parameters="?topic=2">
        <title> Lesson
        one </title>
        <adlcp:prerequisites type="aicc_script">I0</adlcp:prerequisites>
        <adlcp:maxtimeallowed>00:30:00</adlcp:maxtimeallowed>
        <adlcp:timelimitaction>exit,no message</adlcp:timelimitaction>
        <adlcp:datafromlms>some=thing</adlcp:datafromlms>
        <adlcp:masteryscore>80</adlcp:masteryscore>
      </item>"""
    package = recognized({"imsmanifest.xml": manifest(items=item), **PAGE})
    (read,) = package.organization.items
    assert read.title == "Lesson one"
    assert (read.launch_href, read.visible, read.scorm_type) == ("index.html?topic=2", False, ActivityType.SCO)
    assert (read.mastery_score, read.max_time_allowed_ms, read.data_from_lms) == (80.0, 1_800_000, "some=thing")
    assert (read.time_limit_action, read.prerequisites) == (TimeLimitAction.EXIT_NO_MESSAGE, "I0")
    assert package.warnings == ()


def test_everything_that_scorm_2004_says_of_an_item_is_read() -> None:
    item = """
      <item identifier="I1" identifierref="R1"><title>Lesson</title>
        <adlcp:timeLimitAction>continue,message</adlcp:timeLimitAction>
        <adlcp:dataFromLMS>x</adlcp:dataFromLMS>
        <adlcp:completionThreshold>0.75</adlcp:completionThreshold>
        <imsss:sequencing IDRef="shared">
          <imsss:controlMode choice="true" flow="false"/>
          <imsss:objectives>
            <imsss:objective objectiveID="second"/>
            <imsss:primaryObjective objectiveID="first" satisfiedByMeasure="true">
              <imsss:minNormalizedMeasure>0.6</imsss:minNormalizedMeasure>
            </imsss:primaryObjective>
          </imsss:objectives>
        </imsss:sequencing>
        <adlnav:presentation><adlnav:navigationInterface>
          <adlnav:hideLMSUI>continue</adlnav:hideLMSUI>
        </adlnav:navigationInterface></adlnav:presentation>
      </item>"""
    collection = """
      <imsss:sequencingCollection><imsss:sequencing ID="shared">
        <imsss:limitConditions attemptLimit="2" attemptAbsoluteDurationLimit="PT30M"/>
      </imsss:sequencing></imsss:sequencingCollection>"""
    text = manifest(version="2004 3rd Edition", namespaces=SCORM2004_NAMESPACES, items=item, after=collection)
    package = recognized({"imsmanifest.xml": text, **PAGE})
    (read,) = package.organization.items
    assert read.objectives == (
        Objective("first", primary=True, satisfied_by_measure=True, min_normalized_measure=0.6),
        Objective("second"),
    )
    assert read.scaled_passing_score == 0.6
    assert (read.completion_threshold, read.max_time_allowed_ms, read.data_from_lms) == (0.75, 1_800_000, "x")
    assert read.time_limit_action is TimeLimitAction.CONTINUE_MESSAGE
    assert read.sequencing is not None
    assert read.sequencing["attributes"] == {"IDRef": "shared"}
    assert [part["name"] for part in read.sequencing["children"]] == ["controlMode", "objectives"]
    assert read.presentation is not None
    assert package.sequencing_collection[0]["children"][0]["attributes"]["attemptLimit"] == "2"


def test_the_tree_keeps_its_order_and_its_headings() -> None:
    items = """
      <item identifier="A"><title>Part</title>
        <item identifier="A1" identifierref="R1"><title>One</title></item>
        <item identifier="A2" identifierref="R2"><title>Two</title></item>
      </item>
      <item identifier="B" identifierref="R1"><title>Again</title></item>"""
    resources = ONE_RESOURCE + '<resource identifier="R2" adlcp:scormtype="asset" href="two.html"/>'
    package = recognized({"imsmanifest.xml": manifest(items=items, resources=resources), **PAGE, "two.html": ""})
    assert [(item.identifier, item.scorm_type) for item in activities(package)] == [
        ("A1", ActivityType.SCO),
        ("A2", ActivityType.ASSET),
        ("B", ActivityType.SCO),
    ]
    assert not package.organization.items[0].launchable
    assert package.warnings == ()


def test_xml_base_is_joined_from_manifest_resources_and_resource() -> None:
    text = manifest(resources='<resource identifier="R1" adlcp:scormtype="sco" xml:base="c" href="index.html"/>')
    text = text.replace("<manifest ", '<manifest xml:base="a/" ').replace("<resources>", '<resources xml:base="b/">')
    package = recognized({"imsmanifest.xml": text, "a/b/c/index.html": ""})
    assert activities(package)[0].href == "a/b/c/index.html"


def test_an_absolute_xml_base_starts_content_elsewhere_with_a_warning() -> None:
    text = manifest().replace("<resources>", '<resources xml:base="https://example.org/c/">')
    package = recognized({"imsmanifest.xml": text})
    assert activities(package)[0].href == "https://example.org/c/index.html"
    assert activities(package)[0].is_external
    assert package.warnings == (
        "The item “Lesson” lies on another server, https://example.org/c/index.html, and is started from there.",
    )


@pytest.mark.parametrize(
    ("default", "title", "warnings"),
    [
        (' default="O2"', "Second", ()),
        ("", "First", ("No default organization is named; the first one, “First”, is played.",)),
        (' default="O9"', "First", ("The default organization 'O9' does not exist; “First” is played.",)),
    ],
)
def test_the_default_organization_is_played_or_the_first(default: str, title: str, warnings: tuple[str, ...]) -> None:
    organizations = "".join(
        f'<organization identifier="O{n}"><title>{name}</title>'
        f'<item identifier="I{n}" identifierref="R1"><title>x</title></item></organization>'
        for n, name in ((1, "First"), (2, "Second"))
    )
    package = recognized({"imsmanifest.xml": manifest(organizations=organizations, default=default), **PAGE})
    assert (package.title, package.warnings) == (title, warnings)
    assert len(package.organizations) == 2


def test_an_organization_with_nothing_to_start_yields_to_one_that_has() -> None:
    organizations = (
        '<organization identifier="O1"><title>Empty</title></organization>'
        '<organization identifier="O2"><title>Full</title>'
        '<item identifier="I" identifierref="R1"><title>x</title></item></organization>'
    )
    package = recognized({"imsmanifest.xml": manifest(organizations=organizations), **PAGE})
    assert package.title == "Full"
    assert package.warnings == ("The default organization has nothing to start; “Full” is played instead.",)


def test_a_manifest_without_organizations_plays_its_scos() -> None:
    resources = (
        '<resource identifier="R0" adlcp:scormtype="asset" href="a.html"/>'
        '<resource identifier="R1" adlcp:scormtype="sco" href="index.html"/>'
    )
    text = manifest(organizations="", resources=resources)
    package = recognized({"imsmanifest.xml": text, **PAGE, "a.html": ""})
    assert [item.href for item in activities(package)] == ["index.html"]
    assert package.warnings == ("imsmanifest.xml has no organization; its resources are played one after another.",)


def test_what_cannot_be_started_stays_as_a_heading_with_a_warning_each() -> None:
    items = """
      <item identifier="good" identifierref="R1"><title>Good</title></item>
      <item identifier="none"><title>None</title></item>
      <item identifier="lost" identifierref="R9"><title>Lost</title></item>
      <item identifier="gone" identifierref="R2"><title>Gone</title></item>
      <item identifier="bare" identifierref="R3"><title>Bare</title></item>"""
    resources = (
        ONE_RESOURCE
        + '<resource identifier="R2" adlcp:scormtype="sco" href="gone.html"/>'
        + '<resource identifier="R3" adlcp:scormtype="sco"/>'
    )
    package = recognized({"imsmanifest.xml": manifest(items=items, resources=resources), **PAGE})
    assert [item.identifier for item in activities(package)] == ["good"]
    assert package.warnings == (
        "The item “None” points to no resource; it is shown as a heading.",
        "The item “Lost” points to resource 'R9', which the manifest does not have.",
        "The item “Gone” cannot be started: its file 'gone.html' is not in the package.",
        "The item “Bare” points to resource 'R3', which has no href to start.",
    )


@pytest.mark.parametrize(
    ("href", "launched", "warning"),
    [
        ("INDEX.HTML", "index.html", "'INDEX.HTML' of item “Lesson” differs in case from index.html; it was mended."),
        (".\\index.html", "index.html", "'.\\\\index.html' of item “Lesson” has backslashes; it was mended."),
        ("index.html?a=1#b", "index.html?a=1#b", None),
    ],
)
def test_a_sloppy_href_is_played(href: str, launched: str, warning: str | None) -> None:
    package = recognized({"imsmanifest.xml": manifest(resources=ONE_RESOURCE.replace("index.html", href)), **PAGE})
    assert activities(package)[0].launch_href == launched
    assert package.warnings == (() if warning is None else (f"The href {warning}",))


def test_a_sco_without_href_starts_its_only_page() -> None:
    resources = (
        '<resource identifier="R1" adlcp:scormtype="sco"><file href="index.html"/><file href="x.js"/></resource>'
    )
    package = recognized({"imsmanifest.xml": manifest(resources=resources), **PAGE, "x.js": ""})
    assert activities(package)[0].href == "index.html"
    assert package.warnings == ("Resource 'R1' has no href; its only page, index.html, is started.",)


def test_listed_files_that_are_missing_make_one_warning() -> None:
    resources = (
        '<resource identifier="R1" adlcp:scormtype="sco" href="index.html"><file href="index.html"/>'
        '<file href="a.mp4"/><file href="b.mp4"/><file href="https://example.org/c.js"/></resource>'
    )
    package = recognized({"imsmanifest.xml": manifest(resources=resources), **PAGE})
    assert package.warnings == ("imsmanifest.xml lists files that are not in the package: a.mp4 and 1 more.",)


def test_two_items_of_one_name_stay_apart() -> None:
    items = '<item identifier="I" identifierref="R1"/><item identifier="I" identifierref="R1"/>'
    package = recognized({"imsmanifest.xml": manifest(items=items), **PAGE})
    assert [item.identifier for item in activities(package)] == ["I", "I-2"]
    assert package.warnings == ("Two items are called 'I'; the second is kept as 'I-2'.",)


@pytest.mark.parametrize(
    ("element", "warning"),
    [
        (
            "<adlcp:masteryscore>high</adlcp:masteryscore>",
            "The masteryscore 'high' of item “L” is not a number from 0 to 100; it is ignored.",
        ),
        (
            "<adlcp:masteryscore>180</adlcp:masteryscore>",
            "The masteryscore '180' of item “L” is not a number from 0 to 100; it is ignored.",
        ),
        (
            "<adlcp:maxtimeallowed>half an hour</adlcp:maxtimeallowed>",
            "The time allowed of item “L”, 'half an hour', is ignored: "
            "it is neither a clock time nor an ISO 8601 duration.",
        ),
        (
            "<adlcp:timelimitaction>explode</adlcp:timelimitaction>",
            "The timelimitaction 'explode' of item “L” is not one that SCORM knows; it is ignored.",
        ),
    ],
)
def test_a_value_that_nobody_can_read_is_left_out_with_a_warning(element: str, warning: str) -> None:
    item = f'<item identifier="I" identifierref="R1"><title>L</title>{element}</item>'
    package = recognized({"imsmanifest.xml": manifest(items=item), **PAGE})
    (read,) = package.organization.items
    assert (read.mastery_score, read.max_time_allowed_ms, read.time_limit_action) == (None, None, None)
    assert package.warnings == (warning,)


def test_an_empty_element_says_nothing_and_warns_of_nothing() -> None:
    item = (
        '<item identifier="I" identifierref="R1"><title>L</title>'
        "<adlcp:timelimitaction/><adlcp:masteryscore></adlcp:masteryscore></item>"
    )
    assert recognized({"imsmanifest.xml": manifest(items=item), **PAGE}).warnings == ()


def test_the_title_falls_back_to_the_metadata_of_the_manifest() -> None:
    lom = (
        "<metadata><lom><general><title><langstring xml:lang='de'> Brandschutz </langstring></title>"
        "<language>de</language><description><langstring>Wie man löscht</langstring></description></general></lom>"
        "</metadata>"
    )
    organizations = '<organization identifier="O1"><item identifier="I" identifierref="R1"/></organization>'
    text = manifest(version=None, organizations=organizations).replace("<organizations", f"{lom}<organizations", 1)
    package = recognized({"imsmanifest.xml": text, **PAGE})
    assert (package.title, package.language, package.description) == ("Brandschutz", "de", "Wie man löscht")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            manifest(items="", resources=""),
            "imsmanifest.xml names nothing that can be started: it has no resources.",
        ),
        (
            manifest(items='<item identifier="I"><title>x</title></item>'),
            "imsmanifest.xml names nothing that can be started: no item points to a resource with an href.",
        ),
        (
            manifest(resources=ONE_RESOURCE.replace("index.html", "gone.html")),
            "imsmanifest.xml names nothing that can be started: its file 'gone.html' is not in the package.",
        ),
        (
            manifest(resources=ONE_RESOURCE.replace("index.html", "../../etc/passwd")),
            "imsmanifest.xml names nothing that can be started: its file '../../etc/passwd' "
            "points outside the package.",
        ),
        ("<html/>", "imsmanifest.xml is not a content packaging manifest: its first element is not <manifest>."),
        (
            manifest(namespaces='xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1" xmlns:adlcp="urn:x"'),
            "imsmanifest.xml is a Common Cartridge, which is not played; publish the course as SCORM, xAPI or cmi5.",
        ),
    ],
)
def test_a_manifest_in_which_nothing_can_be_started_is_refused(text: str, message: str) -> None:
    with pytest.raises(PackageRefused) as caught:
        recognized({"imsmanifest.xml": text, **PAGE})
    assert caught.value.message == message
    assert caught.value.file == "imsmanifest.xml"
