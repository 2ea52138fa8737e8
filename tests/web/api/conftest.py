"""The real application behind a real socket, and the public client of SCORM Cloud, unmodified, pointed at it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import rustici_software_cloud_v2 as cloud
from flask import Flask
from werkzeug.serving import make_server

from packages import build
from seattime.services import import_jobs
from seattime.storage.models import db

ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
"""For what does not depend on the database."""


@dataclass(frozen=True)
class Client:
    """The public client's parts that the tests use."""

    raw: cloud.ApiClient
    about: cloud.AboutApi
    ping: cloud.PingApi
    courses: cloud.CourseApi
    registrations: cloud.RegistrationApi
    learners: cloud.LearnerApi


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """The address that it answers on, while it does."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    # it looks this often whether it should end
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.005})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def connect(host: str, user: str = "tester", password: str = "secret") -> Client:
    """The client as its readme sets it up: host, user name and password, nothing else."""
    configuration = cloud.Configuration()
    configuration.host, configuration.username, configuration.password = host, user, password
    raw = cloud.ApiClient(configuration)
    return Client(
        raw,
        cloud.AboutApi(raw),
        cloud.PingApi(raw),
        cloud.CourseApi(raw),
        cloud.RegistrationApi(raw),
        cloud.LearnerApi(raw),
    )


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """On each kind of database."""
    db.session.remove()
    with serve(app) as url:
        yield url
    import_jobs.runner().wait()


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    """With the host ending in a slash, as the client's default host does."""
    made = connect(f"{address}/api/v2/")
    yield made
    made.raw.rest_client.pool_manager.clear()


@pytest.fixture
def sample(tmp_path: Path) -> Callable[[str], Path]:
    """Zips a sample package of ours."""
    return lambda name: build.build(name, tmp_path)


@pytest.fixture
def import_sample(app: Flask, client: Client, sample: Callable[[str], Path]) -> Callable[..., cloud.CourseSchema]:
    """Imports a sample as a course by the client's upload, and gives back what the job says of it."""

    def run(course_id: str = "fire", name: str = "scorm12-fire-safety", *, again: bool = True) -> cloud.CourseSchema:
        job = client.courses.create_upload_and_import_course_job(
            course_id, may_create_new_version=again, file=str(sample(name))
        )
        import_jobs.runner().wait()
        result = client.courses.get_import_job_status(job.result)
        assert result.status == "COMPLETE", result.message
        return result.import_result.course

    return run
