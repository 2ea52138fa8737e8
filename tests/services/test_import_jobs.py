"""Import jobs: run by a thread, taken up after a restart, never twice."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from packages import build
from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import courses, import_jobs
from seattime.services.fetching import Hop
from seattime.services.import_jobs import EXTENSION, Runner
from seattime.storage.models import ImportJob, db, new_key
from tests.conftest import START_MS, SetClock


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return build.build("scorm12-fire-safety", tmp_path)


def incoming() -> list[str]:
    return sorted(path.name for path in import_jobs.incoming_folder().iterdir())


def ended(key: str) -> ImportJob:
    import_jobs.runner().wait()
    db.session.rollback()
    job = db.session.get_one(ImportJob, key, populate_existing=True)
    db.session.expunge(job)
    db.session.rollback()
    return job


def interrupted(package: Path, **changes: object) -> str:
    """A job as a killed process leaves it: a row that says RUNNING, its file, and a lock that nobody holds."""
    key = new_key()
    shutil.copy(package, import_jobs.incoming_folder() / f"{key}.zip")
    (import_jobs.incoming_folder() / f"{key}.lock").touch()
    values = {"key": key, "course_id": "fire", "file_name": "fire.zip", "created_ms": START_MS} | changes
    db.session.add(ImportJob(**values))
    db.session.commit()
    return key


def test_an_uploaded_package_becomes_a_course(app: Flask, package: Path) -> None:
    job = import_jobs.start_from_file("fire", package, "fire.zip")
    done = ended(job.key)
    assert (done.status, done.message, done.finished_ms) == ("COMPLETE", "Import complete.", START_MS)
    assert done.course_key == courses.find_course("fire").key
    assert incoming() == [], "the upload and the lock are gone"


def test_a_package_that_is_refused_says_why_and_leaves_nothing_behind(app: Flask, tmp_path: Path) -> None:
    broken = tmp_path / "broken.zip"
    broken.write_bytes(b"this is no zip")
    done = ended(import_jobs.start_from_file("fire", broken, "broken.zip").key)
    assert done.status == "ERROR"
    assert "broken.zip" in done.message
    assert incoming() == []
    with pytest.raises(NotFound):
        courses.find_course("fire")


def test_an_interrupted_job_is_taken_up_and_makes_one_version(app: Flask, package: Path) -> None:
    key = interrupted(package)
    assert import_jobs.resume_jobs(app) == 1
    assert ended(key).status == "COMPLETE"
    assert import_jobs.resume_jobs(app) == 0
    assert len(courses.list_versions(courses.find_course("fire"))) == 1


def test_a_job_that_was_done_but_not_cleared_up_is_not_done_again(app: Flask, package: Path) -> None:
    key = interrupted(package)
    import_jobs.resume_jobs(app)
    ended(key)
    # killed between its commit and the removal of its files
    shutil.copy(package, import_jobs.incoming_folder() / f"{key}.zip")
    (import_jobs.incoming_folder() / f"{key}.lock").touch()
    import_jobs.runner().ensure(key)
    ended(key)
    assert len(courses.list_versions(courses.find_course("fire"))) == 1
    assert incoming() == []


def test_whoever_asks_for_an_interrupted_job_has_it_taken_up(app: Flask, package: Path) -> None:
    key = interrupted(package)
    import_jobs.find_job(key)
    db.session.rollback()
    assert ended(key).status == "COMPLETE"


def test_a_job_that_another_process_runs_is_left_to_it(app: Flask, package: Path) -> None:
    key = interrupted(package)
    with import_jobs._locked(key) as mine:
        assert mine
        assert not import_jobs.runner().ensure(key)
    assert import_jobs.runner().ensure(key)
    assert ended(key).status == "COMPLETE"


def test_another_nodes_job_is_left_alone_for_a_day_and_then_ended(app: Flask, package: Path, clock: SetClock) -> None:
    key = interrupted(package)
    (import_jobs.incoming_folder() / f"{key}.lock").unlink()
    import_jobs.resume_jobs(app)
    assert ended(key).status == "RUNNING"
    clock.advance(import_jobs.ABANDONED_MS + 1)
    import_jobs.resume_jobs(app)
    assert (ended(key).status, ended(key).message) == (
        "ERROR",
        "The server stopped while it imported this package. Upload it again.",
    )


def test_an_upload_that_nobody_took_over_is_cleared_up_after_a_day(app: Flask) -> None:
    old, new = (import_jobs.incoming_folder() / f"{name}.upload" for name in ("old", "new"))
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    import_jobs.resume_jobs(app)
    assert incoming() == ["new.upload"]


def test_a_version_that_is_not_wanted_is_refused_at_once(app: Flask, package: Path) -> None:
    ended(import_jobs.start_from_file("fire", package, "fire.zip").key)
    with pytest.raises(Conflict):
        import_jobs.start_from_file("fire", package, "fire.zip", may_create_new_version=False)
    with pytest.raises(Conflict):
        import_jobs.start_from_url("fire", "https://files.example/a.zip", may_create_new_version=False)


def test_a_version_that_came_in_between_is_refused_at_the_end(app: Flask, package: Path, tmp_path: Path) -> None:
    ended(import_jobs.start_from_file("fire", package, "fire.zip").key)
    key = interrupted(build.build("scorm12-fire-safety", tmp_path), may_create_new_version=False)
    import_jobs.resume_jobs(app)
    done = ended(key)
    assert done.status == "ERROR"
    assert "mayCreateNewVersion is false" in done.message
    assert len(courses.list_versions(courses.find_course("fire"))) == 1


class _Answer:
    status = 200

    def __init__(self, body: bytes) -> None:
        self.headers = {"Content-Length": str(len(body))}
        self._body = body

    def read(self, amount: int) -> bytes:
        taken, self._body = self._body[:amount], self._body[amount:]
        return taken


def test_a_package_is_fetched_and_imported(app: Flask, package: Path) -> None:
    @contextmanager
    def answer(hop: Hop, timeout_s: float) -> Iterator[_Answer]:
        yield _Answer(package.read_bytes())

    app.extensions[EXTENSION] = Runner(app, resolve=lambda host, port: ["93.184.215.14"], open_hop=answer)
    job = import_jobs.start_from_url("fire", "https://files.example/courses/fire.zip?token=1")
    done = ended(job.key)
    assert (done.status, done.message) == ("COMPLETE", "Import complete.")
    assert done.file_name == "fire.zip"
    assert done.done_bytes == done.total_bytes > 0
    assert incoming() == []


def test_a_fetch_of_a_private_address_ends_the_job_with_the_reason(app: Flask) -> None:
    app.extensions[EXTENSION] = Runner(app, resolve=lambda host, port: ["10.0.0.1"])
    done = ended(import_jobs.start_from_url("fire", "http://inside.example/fire.zip").key)
    assert done.status == "ERROR"
    assert "not a public one" in done.message


def test_an_address_that_is_none_starts_no_job(app: Flask) -> None:
    with pytest.raises(BadInput):
        import_jobs.start_from_url("fire", "file:///etc/passwd")
    assert import_jobs.list_jobs() == []


def test_a_database_that_fails_leaves_the_job_to_be_taken_up_again(
    app: Flask, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy.exc import OperationalError

    def fail(*_of: object, **_more: object) -> None:
        raise OperationalError("INSERT", {}, Exception("gone"))

    monkeypatch.setattr(courses, "import_package", fail)
    job = import_jobs.start_from_file("fire", package, "fire.zip")
    assert ended(job.key).status == "RUNNING"
    monkeypatch.undo()
    assert import_jobs.resume_jobs(app) == 1
    assert ended(job.key).status == "COMPLETE"


def test_a_fault_of_ours_ends_the_job_without_its_details(
    app: Flask, package: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_of: object, **_more: object) -> None:
        raise RuntimeError("/secret/path")

    monkeypatch.setattr(courses, "import_package", fail)
    done = ended(import_jobs.start_from_file("fire", package, "fire.zip").key)
    assert done.status == "ERROR"
    assert "secret" not in done.message


def test_the_newest_job_is_listed_first(app: Flask, package: Path, clock: SetClock) -> None:
    first, second = interrupted(package), interrupted(package)
    db.session.execute(update(ImportJob).where(ImportJob.key == second).values(created_ms=START_MS + 1))
    db.session.commit()
    assert [job.key for job in import_jobs.list_jobs()] == [second, first]


def test_a_job_that_there_is_not_is_not_found(app: Flask) -> None:
    for key in ("nobody", "nul\0"):
        with pytest.raises(NotFound):
            import_jobs.find_job(key)
