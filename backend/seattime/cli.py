"""The console script `seattime`: serving, importing, exporting, keys and sign-in links. docs/configuration.md lists every command."""

from __future__ import annotations

import importlib.util
import json
import shutil
import signal
import sys
import tempfile
import time
import webbrowser
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask
from sqlalchemy import make_url
from sqlalchemy.exc import OperationalError

from seattime import logs, serving
from seattime.app import create_app
from seattime.config import BadSetting, Settings
from seattime.errors import SeatTimeError
from seattime.services import (
    api_keys,
    commits,
    courses,
    export,
    forwarding,
    import_jobs,
    metrics,
    packages,
    recovery,
    sample_data,
    sign_in,
    statement_export,
    statement_facts,
)
from seattime.services import verify as verification
from seattime.services.caretaker import Caretaker
from seattime.services.forwarder import Forwarder
from seattime.services.parts import parts
from seattime.services.verify_report import to_json, to_text
from seattime.storage import database, keyring, postgres
from seattime.storage.models import CourseVersion, db
from seattime.storage.spool import SpoolFailed
from seattime.web import demo as demo_page

STATEMENTS = "statements"
"""The report that is no table of time."""
LEFTOVERS_AFTER_S = 24 * 3600
"""How old a half-unpacked package must be before the next start removes it."""


def _told_plainly(command: Callable[..., None]) -> Callable[..., None]:
    """Errors that a person can act on are one sentence, not a stack."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            command(*args, **kwargs)
        except (SeatTimeError, BadSetting, serving.PortTaken) as error:
            raise click.ClickException(str(error)) from error
        except OperationalError as error:
            raise click.ClickException(f"The database does not answer, or not as it should: {error.orig}") from error

    return run


data_dir_option = click.option(
    "--data-dir", type=click.Path(path_type=Path), default=None, help="Where the data lies (SEATTIME_DATA_DIR)."
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """SeatTime plays e-learning packages and keeps the learner's time."""


@main.command()
@click.option("--host", default="localhost", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=int)
@click.option("--workers", default=1, show_default=True, type=int, help="Processes; each has 16 threads.")
@click.option("--postgres", "with_postgres", is_flag=True, help="Start a PostgreSQL of its own in the data folder.")
@click.option("--demo", is_flag=True, help="Import the samples, once; with a page to break things on, where served to this machine only.")
@data_dir_option
@_told_plainly
def serve(host: str, port: int, workers: int, with_postgres: bool, demo: bool, data_dir: Path | None) -> None:
    """Brings the schema up to date and serves until SIGTERM or Ctrl-C."""
    started = time.monotonic()
    settings = _settings(data_dir, host=host, port=port)
    logs.set_up(settings)
    addresses = serving.binds(settings, host, port)
    serving.check_free(addresses)
    first_run = not (settings.data_dir / keyring.FILE_NAME).exists()
    settings = _with_database(settings, with_postgres)
    _warn(settings, host, workers)
    app, waits = _prepared_or_waiting(settings, first_run)
    link = None
    with app.app_context():
        commits.reset_failures()
        parts().store.clear_leftovers(time.time() - LEFTOVERS_AFTER_S)
        if demo and not waits:
            _load_demo()
        if not waits and (serving.is_loopback(host) or first_run):
            link = sign_in.make_link()
        # workers open connections of their own; none of this process's may live on in them after fork
        db.session.remove()
        db.engine.dispose()

    def ready() -> None:
        _say_ready(settings, time.monotonic() - started, link, first_run)

    breakable = demo and serving.is_loopback(host)
    serving.serve(lambda: _serving_app(settings, schema_waits=waits, breakable=breakable), addresses, workers=workers, on_ready=ready)


@main.command()
@data_dir_option
@_told_plainly
def upgrade(data_dir: Path | None) -> None:
    """Brings the schema up to date; `serve` does so by itself."""
    _prepared_app(_settings(data_dir))
    click.echo("The schema is up to date.")


@main.command()
@click.option("--postgres", "with_postgres", is_flag=True, help="Into the PostgreSQL that `serve --postgres` keeps in the data folder.")
@data_dir_option
@_told_plainly
def recover(with_postgres: bool, data_dir: Path | None) -> None:
    """Applies what this host's spool holds now; a running server does so by itself when the database is back."""
    # another database knows none of these registrations: all would be set aside
    app = _prepared_app(_with_database_of_the_server(_settings(data_dir), with_postgres))
    with app.app_context():
        try:
            done = recovery.drain(probing=False)
            aside = parts().spool.set_aside_count()
        except SpoolFailed as error:
            raise click.ClickException(str(error)) from error
    if done.busy:
        click.echo(f"A running server is recovering at this moment; {done.left} records wait.")
    else:
        click.echo(f"{done.drained} records went into the ledger, {done.set_aside} were set aside, {done.left} wait.")
    if aside:
        click.echo(f"{aside} records are set aside for an operator: see the page Health.", err=True)
    if done.left:
        sys.exit(1)


@main.command()
@click.option("--again", is_flag=True, help="First those that the target refused, once more.")
@click.option("--postgres", "with_postgres", is_flag=True, help="From the PostgreSQL that `serve --postgres` keeps in the data folder.")
@data_dir_option
@_told_plainly
def forward(again: bool, with_postgres: bool, data_dir: Path | None) -> None:
    """Forwards xAPI statements to the other record store now; a running server does so by itself."""
    app = _prepared_app(_with_database_of_the_server(_settings(data_dir), with_postgres))
    with app.app_context():
        if not forwarding.endpoint():
            raise click.ClickException("Nothing is forwarded: SEATTIME_FORWARD_XAPI_ENDPOINT is not set.")
        if again:
            forwarding.ask_again()
        done = forwarding.run(by_hand=True)
    if done.busy:
        click.echo("A running server is forwarding at this moment.")
        return
    click.echo(f"{done.sent} statements were forwarded, {done.set_aside} were refused.")
    if done.stopped:
        raise click.ClickException(f"The rest waits: {done.stopped}")


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For scripts: one JSON object on standard output.")
@click.option("--postgres", "with_postgres", is_flag=True, help="On the PostgreSQL that `serve --postgres` keeps in the data folder.")
@data_dir_option
@_told_plainly
def verify(as_json: bool, with_postgres: bool, data_dir: Path | None) -> None:
    """Checks that this installation keeps time, for every kind of content. Safe beside a running server; leaves nothing behind."""
    settings = _settings(data_dir)
    key_is_new = not (settings.data_dir / keyring.FILE_NAME).exists()
    settings = _with_database_of_the_server(settings, with_postgres)
    for number in (signal.SIGTERM, signal.SIGHUP):
        # as Ctrl-C does: what the check has made is removed on the way out
        signal.signal(number, lambda number, _frame: sys.exit(128 + number))
    with create_app(settings).app_context():
        report = verification.verify(key_is_new=key_is_new)
    click.echo(json.dumps(to_json(report), indent=2) if as_json else to_text(report))
    if not report.ok:
        sys.exit(1)


@main.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--course", "course_id", default=None, help="The course's id; the file's name without ending by default.")
@data_dir_option
@_told_plainly
def import_(files: tuple[Path, ...], course_id: str | None, data_dir: Path | None) -> None:
    """Imports packages. Importing again makes a new version."""
    if course_id is not None and len(files) > 1:
        raise click.UsageError("--course goes with one file only.")
    app = _prepared_app(_settings(data_dir))
    failed = 0
    with app.app_context():
        for file in files:
            try:
                version = _import_file(file, course_id or file.stem)
            except SeatTimeError as error:
                failed += 1
                click.echo(f"{file}: not imported. {error}", err=True)
                continue
            tool = f", made with {version.tool} {version.tool_version or ''}".rstrip() if version.tool else ""
            click.echo(f"{file}: {version.course.title} ({version.kind}{tool}), version {version.number}")
            for warning in version.warnings:
                click.echo(f"  warning: {warning}")
    if failed:
        sys.exit(1)


@main.command("export")
@click.option("--format", "form", type=click.Choice(["csv", "json", "jsonl"]), default="csv", show_default=True)
@click.option("--report", type=click.Choice([*export.REPORTS, STATEMENTS]), default=export.REPORTS[0], show_default=True)
@click.option("--output", type=click.Path(path_type=Path), default=None, help="A file; standard output by default.")
@click.option("--course", default=None, help="Of statements: only those of this course.")
@click.option("--registration", default=None, help="Of statements: only those of this registration.")
@click.option("--resume", is_flag=True, help="Of statements as jsonl: goes on with a file that broke off.")
@data_dir_option
@_told_plainly
def export_(
    form: str, report: str, output: Path | None, course: str | None, registration: str | None, resume: bool, data_dir: Path | None
) -> None:
    """Writes a report with counted, reported and measured time, or xAPI statements (csv: sentences; jsonl: as they were stored)."""
    if report != STATEMENTS and (course or registration or resume):
        raise click.UsageError(f"--course, --registration and --resume go with --report {STATEMENTS} only.")
    if resume and output is None:
        raise click.UsageError("--resume needs the --output that is to be gone on with.")
    app = _prepared_app(_settings(data_dir))
    with app.app_context():
        if report == STATEMENTS:
            scope = statement_export.scope_of(registration_id=registration, course_id=course)
            if output is None:
                for part in statement_export.parts_of(scope, form):
                    click.echo(part, nl=False)
                return
            statement_export.write_file(output, scope, form, resume=resume)
        elif output is None:
            click.echo(export.export_report(report, form), nl=False)
            return
        else:
            output.write_text(export.export_report(report, form), encoding="utf-8", newline="")
    click.echo(f"Written to {output}", err=True)


@main.group("api-key")
def api_key() -> None:
    """Keys of the REST API."""


@api_key.command("create")
@click.option("--id", "key_id", default=None, help="A name for the key; made up by default.")
@data_dir_option
@_told_plainly
def api_key_create(key_id: str | None, data_dir: Path | None) -> None:
    """Makes a key and prints its id and secret once."""
    app = _prepared_app(_settings(data_dir))
    with app.app_context():
        key = api_keys.create_key(key_id)
    click.echo(f"id:     {key.key_id}\nsecret: {key.secret}\nThe secret is shown this once; only its hash is kept.")


@main.command("recompute")
@data_dir_option
@_told_plainly
def recompute(data_dir: Path | None) -> None:
    """Reads anew what statements say of time and outcomes, from the statements as they came."""
    app = _prepared_app(_settings(data_dir))
    with app.app_context():
        count = statement_facts.recompute_all()
    click.echo(f"Read anew: the statements of {count} registrations.")


@main.command("sign-in-link")
@data_dir_option
@_told_plainly
def sign_in_link(data_dir: Path | None) -> None:
    """Prints a one-time link that signs the administrator in."""
    app = _prepared_app(_settings(data_dir))
    with app.app_context():
        click.echo(sign_in.make_link())


@main.command("rotate-key")
@data_dir_option
@_told_plainly
def rotate_key(data_dir: Path | None) -> None:
    """Adds a new signing key, used from the next start on; tokens signed with older keys stay valid."""
    keyring.rotate(_settings(data_dir).data_dir)
    click.echo("A new signing key was added. Restart the server to use it.")


def _settings(data_dir: Path | None, *, host: str = "localhost", port: int = 8000) -> Settings:
    settings = Settings.from_env(data_dir=data_dir.resolve() if data_dir else None)
    if settings.public_url == Settings.public_url and (port != 8000 or not serving.is_loopback(host)):
        name = "localhost" if serving.is_loopback(host) or host in ("0.0.0.0", "::") else host
        settings = Settings.from_env(
            data_dir=data_dir.resolve() if data_dir else None, public_url=f"http://{name}:{port}"
        )
    return settings


def _with_database(settings: Settings, with_postgres: bool) -> Settings:
    if not with_postgres:
        return settings
    if settings.database_url:
        raise BadSetting("Give either --postgres or SEATTIME_DATABASE_URL, not both.")
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    server = postgres.start_embedded(settings.data_dir / "postgres")
    return Settings.from_env(data_dir=settings.data_dir, public_url=settings.public_url, database_url=server.get_uri())


def _with_database_of_the_server(settings: Settings, with_postgres: bool) -> Settings:
    """For commands that go with a server. Raises BadSetting where that one has a PostgreSQL of its own and nobody said so."""
    if not with_postgres and not settings.database_url and (settings.data_dir / "postgres").exists():
        raise BadSetting("This data folder has a PostgreSQL of its own, by `seattime serve --postgres`: add --postgres.")
    return _with_database(settings, with_postgres)


def _prepared_app(settings: Settings) -> Flask:
    app = create_app(settings)
    with app.app_context():
        clock = parts().clock
    database.upgrade_schema(app, clock)
    return app


def _prepared_or_waiting(settings: Settings, first_run: bool) -> tuple[Flask, bool]:
    """The application, and whether its schema has to wait for a database that is away.

    A web node that is restarted during an outage takes what open courses send all the same, into its spool.
    """
    try:
        return _prepared_app(settings), False
    except OperationalError as error:
        where = make_url(settings.sqlalchemy_url).render_as_string(hide_password=True)
        if first_run:
            raise click.ClickException(f"The database {where} does not answer: {error.orig}") from error
        click.echo(
            f"Warning: the database {where} does not answer. Serving all the same: what open courses send is kept in the spool "
            f"({settings.spool_folder}) and goes into the database when it is back; nothing else works until then.",
            err=True,
        )
        return create_app(settings), True


def _serving_app(settings: Settings, *, schema_waits: bool = False, breakable: bool = False) -> Flask:
    """Made in each worker, after fork: the threads of recovery and of interrupted imports would not survive one.

    `breakable`: with the page on which one breaks things on purpose.
    """
    app = create_app(demo_page.livelier(settings) if breakable else settings)
    if breakable:
        demo_page.init_app(app)
    metrics.share(settings.data_dir)
    if not schema_waits:
        import_jobs.resume_jobs(app)
    Caretaker(app, schema_waits=schema_waits).start()
    Forwarder(app).start()
    return app


def _import_file(file: Path, course_id: str, *, sample: bool = False) -> CourseVersion:
    staged = packages.read_package(parts().store, file)
    return courses.import_package(course_id, staged, sample=sample)


def _load_demo() -> None:
    """The sample courses of `packages/` and the sample learners, unless they are or were there."""
    marker = parts().settings.data_dir / "samples-loaded"
    folder = Path(__file__).resolve().parents[2] / "packages"
    if marker.exists() or not (folder / "build.py").exists():
        return
    spec = importlib.util.spec_from_file_location("seattime_sample_build", folder / "build.py")
    assert spec is not None
    assert spec.loader is not None
    build = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = build
    spec.loader.exec_module(build)
    target = Path(tempfile.mkdtemp(prefix="seattime-samples-"))
    try:
        for sample in build.samples():
            if not sample.fixture:
                _import_file(build.build(sample.name, target), sample.course_id, sample=True)
    finally:
        shutil.rmtree(target, ignore_errors=True)
    sample_data.create_samples()
    marker.touch()


def _warn(settings: Settings, host: str, workers: int) -> None:
    if serving.is_loopback(host):
        return
    if settings.sqlalchemy_url.startswith("sqlite"):
        click.echo(
            "Warning: serving beyond this machine with the embedded SQLite database. For more than a few learners use "
            "PostgreSQL (SEATTIME_DATABASE_URL).",
            err=True,
        )
    if not settings.secret_key:
        click.echo(
            f"Warning: signing with a secret that was generated into {settings.data_dir / keyring.FILE_NAME}; keep that file "
            "with your backups, or set SEATTIME_SECRET_KEY.",
            err=True,
        )
    if "localhost" in settings.public_url:
        click.echo(
            f"Warning: links are built for {settings.public_url}; set SEATTIME_PUBLIC_URL to the address that learners use.",
            err=True,
        )


def _say_ready(settings: Settings, seconds: float, link: str | None, first_run: bool) -> None:
    lines = [
        "",
        f"  SeatTime is ready ({seconds:.1f} s): {settings.public_url}",
        f"  Courses play on: {settings.play_origin}",
        f"  Data lies in:    {settings.data_dir}",
        "  To remove it:    stop the server and delete that folder",
    ]
    if link is not None:
        lines += [
            "",
            "  Sign in once with this link (30 minutes, or `seattime sign-in-link` for another):",
            f"  {link}",
        ]
    else:
        lines += ["", f"  Sign in with a link from: seattime sign-in-link --data-dir {settings.data_dir}"]
    click.echo("\n".join([*lines, ""]))
    sys.stdout.flush()
    if link is not None and first_run and sys.stdout.isatty() and serving.is_loopback("localhost"):
        webbrowser.open(link)
