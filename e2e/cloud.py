"""The REST API as customers use it: through the public client `rustici-software-cloud-v2`, unmodified.

Only host, user name and password differ from what its own examples do.
"""

from __future__ import annotations

import itertools
import uuid
from pathlib import Path
from typing import Any

import rustici_software_cloud_v2 as scorm_cloud

from e2e.server import KEY_ID, KEY_SECRET, Server
from e2e.waiting import wait_until

IMPORT_WITHIN_S = 90
_numbers = itertools.count(1)


class Cloud:
    """One server's REST API."""

    def __init__(self, server: Server) -> None:
        configuration = scorm_cloud.Configuration()
        configuration.host = f"{server.url}/api/v2/"
        configuration.username = KEY_ID
        configuration.password = KEY_SECRET
        client = scorm_cloud.ApiClient(configuration)
        self.courses = scorm_cloud.CourseApi(client)
        self.registrations = scorm_cloud.RegistrationApi(client)
        self._imported: dict[Path, str] = {}

    def course(self, package: Path) -> str:
        """The id of the course with this package in it; imported at the first asking."""
        if package not in self._imported:
            self._imported[package] = self.import_package(package, package.stem)
        return self._imported[package]

    def import_package(self, package: Path, course_id: str) -> str:
        """Uploads, waits for the job, answers the course's id. Raises AssertionError with the job's message."""
        job = self.start_import(package, course_id)
        wait_until(lambda: self.is_imported(job), f"the import of {package.name} ends", within_s=IMPORT_WITHIN_S)
        return course_id

    def start_import(self, package: Path, course_id: str) -> str:
        """Uploads; the job's id."""
        job = self.courses.create_upload_and_import_course_job(course_id, may_create_new_version=True, file=str(package))
        return str(job.result)

    def is_imported(self, job: str) -> bool:
        """Whether the job is done. Raises AssertionError with its message where it failed."""
        now = self.courses.get_import_job_status(job)
        assert now.status in ("RUNNING", "COMPLETE"), now.message
        return bool(now.status == "COMPLETE")

    def open_in_window(self, course_id: str) -> None:
        """The course opens in a window of its own from now on."""
        setting = scorm_cloud.SettingsIndividualSchema(setting_id="PlayerScoLaunchType", value="NEW_WINDOW")
        self.courses.set_course_configuration(course_id, scorm_cloud.SettingsPostSchema(settings=[setting]))

    def register(self, course_id: str, learner_id: str | None = None) -> str:
        """Registers a learner, a new one where none is named; the registration's id."""
        number = next(_numbers)
        learner = scorm_cloud.LearnerSchema(
            id=learner_id or new_learner(), first_name="Ana", last_name=f"Ruiz {number}", email="ana@example.org"
        )
        registration_id = f"{course_id}-{uuid.uuid4().hex[:8]}"
        self.registrations.create_registration(
            scorm_cloud.CreateRegistrationSchema(course_id=course_id, learner=learner, registration_id=registration_id)
        )
        return registration_id

    def link(self, registration_id: str, *, expiry: int | None = 600, redirect: str = "message") -> str:
        """A launch link. `expiry` in seconds; None for the server's own."""
        request = scorm_cloud.LaunchLinkRequestSchema(expiry=expiry, redirect_on_exit_url=redirect)
        return str(self.registrations.build_registration_launch_link(registration_id, request).launch_link)

    def preview_link(self, course_id: str) -> str:
        """The link of a test run."""
        request = scorm_cloud.LaunchLinkRequestSchema(expiry=600, redirect_on_exit_url="message")
        return str(self.courses.build_course_preview_launch_link(course_id, request).launch_link)

    def progress(self, registration_id: str) -> Any:
        """`RegistrationSchema` with children and runtime."""
        return self.registrations.get_registration_progress(registration_id, include_child_results=True, include_runtime=True)

    def counted(self, registration_id: str) -> float:
        """Counted seconds of a registration."""
        return float(self.registrations.get_registration_progress(registration_id).total_seconds_tracked)

    def counted_of_learner(self, learner_id: str) -> float:
        """Counted seconds of a learner: the sum over the registrations."""
        found = self.registrations.get_registrations(learner_id=learner_id).registrations
        return sum(float(each.total_seconds_tracked) for each in found)

    def counted_by_activity(self, registration_id: str) -> dict[str, float]:
        """Counted seconds of each activity that has no children, by its title."""
        root = self.progress(registration_id).activity_details
        return {each.title: clock_seconds(each.time_tracked) for each in _leaves(root)}


def new_learner() -> str:
    return f"learner-{uuid.uuid4().hex[:8]}"


def clock_seconds(text: str) -> float:
    """`0000:00:08.12` as the client hands it on."""
    hours, minutes, seconds = text.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def _leaves(activity: Any) -> list[Any]:
    children = activity.children or []
    return [leaf for child in children for leaf in _leaves(child)] if children else [activity]
