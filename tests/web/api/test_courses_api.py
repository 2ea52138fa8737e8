"""Courses and imports, driven by the public client on both databases."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import rustici_software_cloud_v2 as cloud
from flask import Flask
from rustici_software_cloud_v2.rest import ApiException

from seattime.services import import_jobs
from seattime.services.fetching import Hop
from seattime.services.import_jobs import EXTENSION, Runner
from tests.conftest import START_MS, SetClock
from tests.web.api.conftest import ON_SQLITE, Client, connect

START = datetime.fromtimestamp(START_MS / 1000, UTC)
ImportSample = Callable[..., cloud.CourseSchema]


def refused(call: Callable[[], object], status: int) -> str:
    """The message of an error, read as the client models it."""
    with pytest.raises(ApiException) as caught:
        call()
    assert caught.value.status == status
    body = json.loads(caught.value.body)
    return str(cloud.MessageSchema(**body).message)


@ON_SQLITE
def test_ping_and_about(client: Client) -> None:
    assert client.ping.ping_app_id().current_time == "2026-11-18T11:06:40.000Z"
    assert client.about.get_about().distribution == "SeatTime"


@ON_SQLITE
@pytest.mark.parametrize("ending", ["", "/"])
def test_the_host_may_end_in_a_slash(address: str, ending: str) -> None:
    client = connect(f"{address}/api/v2{ending}")
    assert client.courses.get_courses().courses == []
    client.raw.rest_client.pool_manager.clear()


@ON_SQLITE
def test_wrong_credentials_are_told_in_the_clients_error_shape(address: str) -> None:
    client = connect(f"{address}/api/v2/", password="wrong")
    assert refused(client.ping.ping_app_id, 401) == "The API key's id or secret is wrong."
    client.raw.rest_client.pool_manager.clear()


def test_an_uploaded_package_becomes_a_course(client: Client, import_sample: ImportSample) -> None:
    imported = import_sample()
    assert (imported.id, imported.version, imported.course_learning_standard) == ("fire", 1, "SCORM12")
    course = client.courses.get_course("fire", include_course_metadata=True, include_registration_count=True)
    assert course.title == "Fire safety at the desk"
    assert course.created == START
    assert course.registration_count == 0
    assert course.metadata.title == "Fire safety at the desk"
    assert [child.activity_type for child in course.root_activity.children] == ["SCO"]


@ON_SQLITE
@pytest.mark.parametrize(
    ("name", "standard"),
    [
        ("scorm11-lifting", "SCORM11"),
        ("scorm2004-2nd-weather-map", "SCORM20042NDEDITION"),
        ("scorm2004-3rd-bread", "SCORM20043RDEDITION"),
        ("scorm2004-4th-bicycle", "SCORM20044THEDITION"),
        ("xapi-tea", "XAPI"),
        ("cmi5-night-sky", "CMI5"),
        ("html5-colour", "UNKNOWN"),
        ("dual-sleep", "SCORM12"),
    ],
)
def test_every_kind_is_imported_under_the_clouds_name_for_it(
    client: Client, import_sample: ImportSample, name: str, standard: str
) -> None:
    assert import_sample("c", name).course_learning_standard == standard


def test_importing_again_makes_a_version(client: Client, import_sample: ImportSample) -> None:
    import_sample()
    assert import_sample().version == 2
    versions = client.courses.get_course_versions("fire", include_registration_count=True).courses
    assert [version.version for version in versions] == [1, 2]
    assert client.courses.get_course("fire").version == 2
    assert client.courses.get_course_version_info("fire", 1).version == 1
    assert refused(lambda: client.courses.get_course_version_info("fire", 3), 404)


def test_a_version_that_is_not_wanted_is_refused(
    client: Client, import_sample: ImportSample, sample: Callable[[str], Path]
) -> None:
    import_sample()
    file = str(sample("scorm12-fire-safety"))
    for arguments in ({"may_create_new_version": False}, {}):
        message = refused(
            lambda arguments=arguments: client.courses.create_upload_and_import_course_job(
                "fire", file=file, **arguments
            ),
            409,
        )
        assert message == "There is a course fire already, and mayCreateNewVersion is false."
    request = cloud.ImportRequestSchema(cloud.ImportFetchRequestSchema(url="https://files.example/a.zip"))
    assert refused(
        lambda: client.courses.create_fetch_and_import_course_job("fire", request, may_create_new_version=False), 409
    )
    assert len(client.courses.get_course_versions("fire").courses) == 1


def test_a_file_that_is_no_package_ends_its_job_with_the_reason(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "notes.zip"
    file.write_text("no zip at all")
    job = client.courses.create_upload_and_import_course_job("fire", file=str(file))
    import_jobs.runner().wait()
    result = client.courses.get_import_job_status(job.result)
    assert result.status == "ERROR"
    assert "notes.zip" in result.message
    assert result.import_result is None
    assert refused(lambda: client.courses.get_course("fire"), 404) == "There is no course with the id fire."


@ON_SQLITE
def test_an_upload_without_a_file_is_refused(client: Client) -> None:
    assert "file is missing" in refused(lambda: client.courses.create_upload_and_import_course_job("fire"), 400)


@ON_SQLITE
@pytest.mark.parametrize("course_id", ["", " fire", "x" * 256])
def test_an_id_that_cannot_be_kept_is_refused_before_anything_is_uploaded(
    client: Client, sample: Callable[[str], Path], course_id: str
) -> None:
    file = str(sample("scorm12-fire-safety"))
    message = refused(lambda: client.courses.create_upload_and_import_course_job(course_id, file=file), 400)
    assert message.startswith("courseId")


class _Answer:
    status = 200

    def __init__(self, body: bytes) -> None:
        self.headers = {"Content-Length": str(len(body))}
        self._body = body

    def read(self, amount: int) -> bytes:
        taken, self._body = self._body[:amount], self._body[amount:]
        return taken


def test_a_package_is_fetched_by_its_address(app: Flask, client: Client, sample: Callable[[str], Path]) -> None:
    body = sample("scorm12-fire-safety").read_bytes()

    @contextmanager
    def answer(hop: Hop, timeout_s: float) -> Iterator[_Answer]:
        yield _Answer(body)

    app.extensions[EXTENSION] = Runner(app, resolve=lambda host, port: ["93.184.215.14"], open_hop=answer)
    request = cloud.ImportRequestSchema(cloud.ImportFetchRequestSchema(url="https://files.example/a.zip"))
    job = client.courses.create_fetch_and_import_course_job("fire", request)
    import_jobs.runner().wait()
    result = client.courses.get_import_job_status(job.result)
    assert (result.status, result.import_result.course.id) == ("COMPLETE", "fire")
    assert result.import_result.parser_warnings == []


@ON_SQLITE
def test_an_address_inside_is_not_fetched(app: Flask, client: Client) -> None:
    app.extensions[EXTENSION] = Runner(app, resolve=lambda host, port: ["127.0.0.1"])
    request = cloud.ImportRequestSchema(cloud.ImportFetchRequestSchema(url="http://localhost/a.zip"))
    job = client.courses.create_fetch_and_import_course_job("fire", request)
    import_jobs.runner().wait()
    result = client.courses.get_import_job_status(job.result)
    assert result.status == "ERROR"
    assert "not a public one" in result.message


@ON_SQLITE
@pytest.mark.parametrize(
    "request_of",
    [
        cloud.ImportRequestSchema(),
        cloud.ImportRequestSchema(cloud.ImportFetchRequestSchema(url="file:///etc/passwd")),
    ],
)
def test_a_fetch_that_cannot_work_is_refused_at_once(client: Client, request_of: cloud.ImportRequestSchema) -> None:
    assert refused(lambda: client.courses.create_fetch_and_import_course_job("fire", request_of), 400)


def test_a_job_that_there_is_not_is_not_found(client: Client) -> None:
    assert refused(lambda: client.courses.get_import_job_status("nobody"), 404)


@ON_SQLITE
@pytest.mark.parametrize("course_id", ["a/b", "50% off?", "größe & co", "a b", "..%2F", "id;x=1", "a+b", "a//b"])
def test_any_id_that_can_be_kept_can_be_asked_for(
    client: Client, import_sample: ImportSample, course_id: str
) -> None:
    import_sample(course_id)
    assert client.courses.get_course(course_id).id == course_id
    client.courses.set_course_title(course_id, cloud.TitleSchema(title="New"))
    assert client.courses.get_course(course_id).title == "New"
    client.courses.delete_course(course_id)
    assert refused(lambda: client.courses.get_course(course_id), 404)


def test_a_deleted_course_is_gone_with_its_registrations(client: Client, import_sample: ImportSample) -> None:
    import_sample()
    client.registrations.create_registration(
        cloud.CreateRegistrationSchema("fire", cloud.LearnerSchema(id="ana"), "r1")
    )
    client.courses.delete_course("fire")
    assert client.courses.get_courses().courses == []
    assert refused(lambda: client.registrations.get_registration_progress("r1"), 404)
    assert refused(lambda: client.courses.delete_course("fire"), 404)


def test_lists_are_filtered_and_counted(
    client: Client, import_sample: ImportSample, clock: SetClock
) -> None:
    import_sample("fire")
    clock.advance(60_000)
    import_sample("lifting", "scorm11-lifting")

    def found(**query: object) -> list[str]:
        return [course.id for course in client.courses.get_courses(**query).courses]

    assert found() == ["fire", "lifting"]
    assert found(order_by="created_desc") == ["lifting", "fire"]
    assert found(since=START + timedelta(seconds=30)) == ["lifting"]
    assert found(until=START + timedelta(seconds=30), datetime_filter="created") == ["fire"]
    assert found(since=(START + timedelta(seconds=30)).replace(tzinfo=None)) == ["lifting"], "no zone means UTC"
    assert found(filter="fire", filter_by="course_id") == ["fire"]
    _, _, headers = client.courses.get_courses_with_http_info(filter="fire", include_total_count=True)
    assert headers["X-Total-Count"] == "1"


def test_pages_follow_each_other_by_their_token(client: Client, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    from seattime.services import courses
    from seattime.storage.models import db
    from tests import builders

    monkeypatch.setitem(courses.list_courses.__kwdefaults__, "size", 2)
    for number in range(5):
        builders.course(f"c{number}")
    db.session.commit()
    seen: list[str] = []
    page = client.courses.get_courses(filter="Fire", include_registration_count=True)
    while True:
        seen += [course.id for course in page.courses]
        assert all(course.registration_count in (0, None) for course in page.courses)
        if page.more is None:
            break
        page = client.courses.get_courses(more=page.more)
    assert sorted(seen) == [f"c{number}" for number in range(5)]


def test_a_preview_link_leads_to_a_test_run_that_is_in_no_list(client: Client, import_sample: ImportSample) -> None:
    import_sample()
    request = cloud.PreviewLaunchLinkRequestSchema(redirect_on_exit_url="closer")
    link = client.courses.build_course_preview_launch_link("fire", request).launch_link
    assert ".play.localhost:8000/player/" in link
    assert client.registrations.get_registrations().registrations == []
    assert client.courses.get_course("fire", include_registration_count=True).registration_count == 0


def test_settings_that_this_server_has_can_be_read_set_and_reset(client: Client, import_sample: ImportSample) -> None:
    import_sample()

    def read() -> dict[str, tuple[str, str]]:
        items = client.courses.get_course_configuration("fire", include_metadata=True).setting_items
        return {item.id: (item.effective_value, item.effective_value_source) for item in items}

    assert read() == {"PlayerScoLaunchType": ("FRAMESET", "default"), "SeatTimePolicy": ("Standard", "default")}
    wanted = cloud.SettingsIndividualSchema(setting_id="PlayerScoLaunchType", value="NEW_WINDOW")
    client.courses.set_course_configuration("fire", cloud.SettingsPostSchema([wanted]))
    assert read()["PlayerScoLaunchType"] == ("NEW_WINDOW", "course")
    client.courses.delete_course_configuration_setting("fire", "PlayerScoLaunchType")
    assert read()["PlayerScoLaunchType"] == ("FRAMESET", "default")
    for name, value in (("Unknown", "x"), ("PlayerScoLaunchType", "POPUP"), ("SeatTimePolicy", "Nobody's")):
        bad = cloud.SettingsPostSchema([cloud.SettingsIndividualSchema(setting_id=name, value=value)])
        assert refused(lambda bad=bad: client.courses.set_course_configuration("fire", bad), 400)
    assert refused(lambda: client.courses.delete_course_configuration_setting("fire", "Unknown"), 404)
