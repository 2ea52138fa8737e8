"""Import jobs: rows in the database, run by a thread, taken up again after a restart.

Guarantees: a job that was answered for is done or ends in a sentence that says why not; one that was interrupted runs
again and makes one version, not two (the version and the job's end are one commit); two processes of a host never run
the same job (a lock on a file beside the upload). An upload lies on the disk of the node that took it, and only that
node runs it. Must not import web.
"""

from __future__ import annotations

import errno
import fcntl
import logging
import os
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, cast

from flask import Flask, current_app
from sqlalchemy import select, update
from sqlalchemy.exc import DBAPIError

from seattime.errors import DiskFull, NotFound, SeatTimeError
from seattime.services import courses, fetching
from seattime.services.identifiers import is_storable
from seattime.services.packages import limits_from_settings, read_package
from seattime.services.parts import parts
from seattime.storage.models import CourseVersion, ImportJob, db, new_key

log = logging.getLogger(__name__)

EXTENSION: Final = "seattime.imports"
AT_ONCE: Final = 2
"""Imports that one process runs at a time; each is bound by the disk."""
TELL_EVERY_S: Final = 1.0
ABANDONED_MS: Final = 24 * 3600 * 1000
RUNNING, COMPLETE, ERROR = "RUNNING", "COMPLETE", "ERROR"


def incoming_folder() -> Path:
    """Where uploads are put while they arrive, as `*.upload`: keeping one is a rename, since it stays on its disk."""
    folder = parts().settings.data_dir / "imports"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def start_from_file(
    course_id: str, path: Path, file_name: str, *, may_create_new_version: bool = True
) -> ImportJob:
    """Starts a job for a file that lies here; the file is moved and belongs to the job. The row is a copy.

    Raises BadInput, Conflict, DiskFull.
    """
    courses.check_may_import(course_id, may_create_new_version=may_create_new_version)
    db.session.rollback()
    key = new_key()
    kept = _file_of(key)
    try:
        shutil.move(path, kept)
    except OSError as error:
        kept.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull("There is no room on the server's disk for this package.") from error
        raise
    return _start(
        ImportJob(
            key=key,
            course_id=course_id,
            file_name=file_name,
            source_path=str(kept),
            may_create_new_version=may_create_new_version,
            total_bytes=kept.stat().st_size,
            done_bytes=kept.stat().st_size,
            created_ms=parts().clock.now_ms(),
        )
    )


def start_from_url(course_id: str, url: str, *, may_create_new_version: bool = True) -> ImportJob:
    """Starts a job that fetches its package first. Raises BadInput, Conflict."""
    checked = fetching.check_url(url)
    courses.check_may_import(course_id, may_create_new_version=may_create_new_version)
    key = new_key()
    return _start(
        ImportJob(
            key=key,
            course_id=course_id,
            file_name=Path(checked.path).name or "package.zip",
            source_path=str(_file_of(key)),
            source_url=url,
            may_create_new_version=may_create_new_version,
            created_ms=parts().clock.now_ms(),
        )
    )


def find_job(key: str) -> ImportJob:
    """The job; one that should be running and is not, is taken up again. Raises NotFound."""
    job = db.session.get(ImportJob, key) if is_storable(key) else None
    if job is None:
        raise NotFound(f"There is no import job with the id {key}.")
    if job.status == RUNNING:
        runner().ensure(job.key)
    return job


def list_jobs(limit: int = 100) -> list[ImportJob]:
    """The newest first."""
    return list(db.session.scalars(select(ImportJob).order_by(ImportJob.created_ms.desc(), ImportJob.key).limit(limit)))


def resume_jobs(app: Flask) -> int:
    """Takes up the jobs of this node that a restart interrupted, and clears up after those that nobody can; how many it
    took up. For each process that serves, after the schema is up to date and after fork: threads do not survive one."""
    with app.app_context():
        now = parts().clock.now_ms()
        jobs = [(job.key, job.created_ms) for job in list_running()]
        # a thread that it starts writes, and must not wait for this transaction
        db.session.rollback()
        taken = 0
        for key, created_ms in jobs:
            if runner().ensure(key):
                taken += 1
            elif not _lock_of(key).exists() and now - created_ms > ABANDONED_MS:
                _finish(key, ERROR, "The server stopped while it imported this package. Upload it again.")
        for leftover in incoming_folder().glob("*.upload"):
            if time.time() - leftover.stat().st_mtime > ABANDONED_MS / 1000:
                leftover.unlink(missing_ok=True)
        return taken


def list_running() -> list[ImportJob]:
    """Those that have not ended, oldest first."""
    return list(db.session.scalars(select(ImportJob).where(ImportJob.status == RUNNING).order_by(ImportJob.created_ms)))


def runner() -> Runner:
    """This process's runner of the current application's jobs."""
    app = cast("Flask", current_app._get_current_object())  # type: ignore[attr-defined]  # the proxy's way to the app itself
    return cast("Runner", app.extensions.setdefault(EXTENSION, Runner(app)))


class Runner:
    """Runs jobs in threads of this process, a few at a time. `resolve` and `open_hop`: the network of its fetches."""

    def __init__(
        self, app: Flask, *, resolve: fetching.Resolve | None = None, open_hop: fetching.Open | None = None
    ) -> None:
        self._app = app
        self._resolve = resolve
        self._open_hop = open_hop
        self._slots = threading.BoundedSemaphore(AT_ONCE)
        self._guard = threading.Lock()
        self._threads: dict[str, threading.Thread] = {}

    def ensure(self, key: str) -> bool:
        """Runs the job unless it runs already, here or in another process, or is another node's; whether it does."""
        with self._guard:
            if key in self._threads or not _lock_of(key).exists() or _is_locked(key):
                return False
            # a daemon: a server that is told to stop does not wait for a package, the job is taken up again
            thread = threading.Thread(target=self._run, args=(key,), name=f"import-{key[:8]}", daemon=True)
            self._threads[key] = thread
            thread.start()
        return True

    def wait(self, timeout_s: float = 60.0) -> None:
        """Until the jobs that run now have ended."""
        with self._guard:
            threads = list(self._threads.values())
        for thread in threads:
            thread.join(timeout_s)

    def _run(self, key: str) -> None:
        try:
            with self._slots, self._app.app_context(), _locked(key) as mine:
                if mine:
                    self._work(key)
        finally:
            with self._guard:
                del self._threads[key]

    def _work(self, key: str) -> None:
        try:
            self._import(key)
        except SeatTimeError as error:
            log.info("The import job %s failed: %s", key, error.message)
            self._end(key, error.message)
        except DBAPIError:
            # the job stays as it is; whoever asks for it next has it taken up again
            log.exception("The database failed while the import job %s ran", key)
            db.session.rollback()
        except Exception:
            log.exception("The import job %s failed", key)
            self._end(key, "The import failed because of a fault of the server. Its log says which.")

    def _import(self, key: str) -> None:
        job = db.session.get(ImportJob, key)
        if job is None or job.status != RUNNING:
            _clear(key)
            return
        course_id, url, file_name = job.course_id, job.source_url, job.file_name
        may_create = job.may_create_new_version
        # nothing is locked in the database while a package is fetched and read
        db.session.rollback()
        path = _file_of(key)
        if url is not None and not path.exists():
            settings = parts().settings
            hosts = frozenset(name.strip().lower() for name in settings.fetch_private_hosts.split(",") if name.strip())
            fetching.fetch(
                url,
                path,
                fetching.Limits(most_bytes=settings.max_package_bytes, private_hosts=hosts),
                resolve=self._resolve,
                open_hop=self._open_hop,
                on_progress=_teller(key),
            )
        limits = limits_from_settings(parts().settings)
        staged = read_package(parts().store, path, file_name=file_name, limits=limits, progress=_teller(key))
        courses.import_package(
            course_id,
            staged,
            may_create_new_version=may_create,
            version_key=key,
            within=lambda version: _complete(key, version),
        )
        _clear(key)

    def _end(self, key: str, message: str) -> None:
        try:
            db.session.rollback()
            _finish(key, ERROR, message)
            _clear(key)
        except DBAPIError:
            log.exception("The database failed while the end of the import job %s was written", key)
            db.session.rollback()


def _start(job: ImportJob) -> ImportJob:
    key = job.key
    _lock_of(key).touch()
    try:
        db.session.add(job)
        db.session.commit()
    except BaseException:
        db.session.rollback()
        _clear(key)
        raise
    # handed out without a transaction: on SQLite the caller's would keep the job's thread waiting
    db.session.refresh(job)
    db.session.expunge(job)
    db.session.rollback()
    runner().ensure(key)
    return job


def _complete(key: str, version: CourseVersion) -> None:
    """Within the transaction that makes the version."""
    db.session.execute(
        update(ImportJob)
        .where(ImportJob.key == key)
        .values(
            status=COMPLETE,
            message="Import complete.",
            warnings=version.warnings,
            course_key=version.course_key,
            finished_ms=parts().clock.now_ms(),
        )
    )


def _finish(key: str, status: str, message: str) -> None:
    db.session.execute(
        update(ImportJob)
        .where(ImportJob.key == key, ImportJob.status == RUNNING)
        .values(status=status, message=message, finished_ms=parts().clock.now_ms())
    )
    db.session.commit()


def _teller(key: str) -> fetching.Progress:
    """Writes progress now and then; a write for each chunk would be thousands."""
    told = 0.0

    def tell(done: int, total: int) -> None:
        nonlocal told
        if time.monotonic() - told < TELL_EVERY_S and done != total:
            return
        told = time.monotonic()
        so_far = {"done_bytes": done, "total_bytes": total or done}
        db.session.execute(update(ImportJob).where(ImportJob.key == key).values(so_far))
        db.session.commit()

    return tell


def _file_of(key: str) -> Path:
    return incoming_folder() / f"{key}.zip"


def _lock_of(key: str) -> Path:
    return incoming_folder() / f"{key}.lock"


def _clear(key: str) -> None:
    _file_of(key).unlink(missing_ok=True)
    _lock_of(key).unlink(missing_ok=True)


def _is_locked(key: str) -> bool:
    with _locked(key) as mine:
        return not mine


@contextmanager
def _locked(key: str) -> Iterator[bool]:
    """Holds the job's lock, which ends with the process; False where another holds it or the job is over."""
    try:
        descriptor = os.open(_lock_of(key), os.O_RDWR)
    except FileNotFoundError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
