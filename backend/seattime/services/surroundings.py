"""What time tracking stands on: the database and its promises, the clocks, the disks, the signing key, the addresses.

Guarantees: nothing here writes to the database; on the disks only a file of a few bytes, which is gone again when `look` returns;
each thing is one line with what is to be done about it; a thing that cannot be asked is told so and stops no other. Where the
database or its schema is not fit for saves, `fit` is False. Must not import web.
"""

from __future__ import annotations

import os
import shutil
import socket
import stat
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import make_url, text
from sqlalchemy.exc import SQLAlchemyError

from seattime.config import LOOPBACK_NAMES, Settings
from seattime.services.parts import parts
from seattime.services.verify_report import Line, Verdict
from seattime.storage import database, keyring, spool_state, spooling
from seattime.storage.models import db
from seattime.storage.spool import SpoolFailed

CLOCKS_MAY_DIFFER_MS: Final = 2_000
CLOCKS_MUST_NOT_DIFFER_MS: Final = 60_000
"""Links are signed by a node's clock and expire after two minutes."""
FULL_SOON: Final = 512 * 1024 * 1024
BROWSER_WAITS_MS: Final = 20_000
RESOLVE_WITHIN_S: Final = 3.0
OK, WARNING, FAILED = Verdict.OK, Verdict.WARNING, Verdict.FAILED


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`fit`: saves can be checked at all. `database`: what it calls itself."""

    lines: tuple[Line, ...]
    fit: bool
    database: str


def look(*, key_is_new: bool = False, resolves: Callable[[str], bool] | None = None) -> Surroundings:
    """Looks at everything. `key_is_new`: there was no signing key before this process; `resolves`: whether a name has an address."""
    settings = parts().settings
    with database.read_only():
        told, name = _database(settings)
        fit = all(line.verdict is not FAILED for line in told)
        if fit:
            told += [_schema()]
            fit = told[-1].verdict is not FAILED
        if told[0].verdict is OK:
            told += [_durability(settings), _clock()]
        db.session.rollback()
    told += [
        _folder("spool folder", settings.spool_folder, settings),
        _spool(settings),
        _folder("data folder", settings.data_dir, settings),
        _key(settings, key_is_new),
        _addresses(settings, resolves or _resolves),
        _saving(settings),
    ]
    return Surroundings(tuple(told), fit, name)


def _database(settings: Settings) -> tuple[list[Line], str]:
    where = make_url(settings.sqlalchemy_url)
    shown = where.render_as_string(hide_password=True)
    if where.get_backend_name() == "sqlite" and where.database and not Path(where.database).exists():
        what = f"There is no database yet: {where.database} does not exist."
        do = "Run `seattime upgrade`, or start the server once; and see that --data-dir names the folder of your server."
        return [Line("database", FAILED, what, do)], "no database"
    try:
        if where.get_backend_name() == "sqlite":
            version = f"SQLite {_ask('SELECT sqlite_version()')}"
            writable = os.access(str(where.database), os.W_OK)
        else:
            # "16.4 (Debian 16.4-1)"
            version = f"PostgreSQL {_ask('SHOW server_version').split()[0]}"
            writable = _ask("SHOW transaction_read_only") == "off"
    except SQLAlchemyError as error:
        what = f"The database {shown} does not answer: {_words(error)}"
        return [Line("database", FAILED, what, "Start it, or correct SEATTIME_DATABASE_URL.")], "no database"
    if not writable:
        what = f"{version} ({shown}) answers but takes no changes."
        return [Line("database", FAILED, what, "Name the primary in SEATTIME_DATABASE_URL, not a standby; see that it has room.")], version
    return [Line("database", OK, f"{version} ({shown}) takes changes.")], version


def _schema() -> Line:
    """Alembic's own table against the migrations of this program."""
    scripts = ScriptDirectory(str(database.MIGRATIONS))
    wanted = set(scripts.get_heads())
    there = set(MigrationContext.configure(db.session.connection()).get_current_heads())
    if there == wanted:
        return Line("schema", OK, f"Up to date ({', '.join(sorted(there))}).")
    known = {revision.revision for revision in scripts.walk_revisions()}
    if there - known:
        what = f"The database was upgraded by a newer version of SeatTime ({', '.join(sorted(there - known))})."
        return Line("schema", FAILED, what, "Install that version on this machine too.")
    what = f"The tables are {'of an older version' if there else 'not there yet'}."
    return Line("schema", FAILED, what, "Run `seattime upgrade`; `seattime serve` does so by itself when it starts.")


def _durability(settings: Settings) -> Line:
    """An acknowledged save must survive the loss of power (design 3.4)."""
    try:
        if db.session.connection().dialect.name == "sqlite":
            return _durability_of_sqlite(settings)
        said = {name: _ask(f"SHOW {name}") for name in ("fsync", "synchronous_commit", "full_page_writes")}
    except SQLAlchemyError as error:
        db.session.rollback()
        what = f"The database does not say whether its commits are durable: {_words(error)}"
        return Line("durability", WARNING, what, "See its documentation: a commit that returned must survive a loss of power.")
    shown = ", ".join(f"{name}={value}" for name, value in said.items())
    if said["fsync"] == "off" or said["synchronous_commit"] == "off":
        return Line("durability", FAILED, f"{shown}: the database loses commits with the power.", "Set both to on in postgresql.conf.")
    if said["full_page_writes"] == "off":
        do = "Set it to on, unless the file system itself never tears a page (ZFS)."
        return Line("durability", WARNING, f"{shown}: a loss of power may damage the database.", do)
    return Line("durability", OK, shown)


def _durability_of_sqlite(settings: Settings) -> Line:
    journal, synchronous = _ask("PRAGMA journal_mode"), _ask("PRAGMA synchronous")
    path = Path(str(make_url(settings.sqlalchemy_url).database))
    kind = spooling.filesystem_under(path.parent)
    shown = f"journal_mode={journal}, synchronous={'FULL' if synchronous == '2' else synchronous}"
    if journal != "wal" or synchronous not in ("2", "3"):
        return Line("durability", FAILED, f"{shown}: wal and FULL were asked for.", "Put the data folder on a local disk.")
    if kind in spooling.NETWORK | spooling.MEMORY:
        verdict = WARNING if kind in spooling.MEMORY and settings.spool_any_folder else FAILED
        do = "Put the data folder on a local disk, or use PostgreSQL."
        return Line("durability", verdict, f"{path} lies on {kind}, where SQLite cannot keep its word.", do)
    return Line("durability", OK, shown)


def _clock() -> Line:
    before = parts().wall()
    theirs = parts().clock.now_ms()
    ours = int((before + parts().wall()) / 2 * 1000)
    apart = theirs - ours
    shown = f"The database's clock is {abs(apart) / 1000:.1f} s {'ahead of' if apart >= 0 else 'behind'} this machine's."
    if abs(apart) <= CLOCKS_MAY_DIFFER_MS:
        return Line("clocks", OK, shown)
    verdict = FAILED if abs(apart) > CLOCKS_MUST_NOT_DIFFER_MS else WARNING
    return Line("clocks", verdict, f"{shown} Links expire too early or too late.", "Let NTP keep the clocks of both machines.")


def _folder(name: str, folder: Path, settings: Settings) -> Line:
    """Written to, forced to the disk, read back and removed; local where it has to be; with room."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        took_ms = _write_through(folder)
        free = shutil.disk_usage(folder).free
    except OSError as error:
        what = f"{folder} cannot be written: {error.strerror or error}."
        return Line(name, FAILED, what, "Give this user the right to write there, or name another folder; see that the disk has room.")
    kind = spooling.filesystem_under(folder)
    shown = f"{folder} ({kind or 'unknown file system'}), {_size(free)} free, on the disk within {took_ms} ms"
    if free < spool_state.LEAST_ROOM:
        return Line(name, FAILED, f"{shown}: too little room.", "Make room on this disk.")
    if folder == settings.spool_folder and kind in spooling.MEMORY | spooling.NETWORK:
        do = "Set SEATTIME_SPOOL_DIR to a local disk and take SEATTIME_SPOOL_ANY_FOLDER away."
        return Line(name, WARNING, f"{shown}: good for a trial only.", do)
    if kind == "overlay":
        what = f"{shown}: it goes when this container is made anew."
        return Line(name, WARNING, what, "Mount a volume there.")
    if free < FULL_SOON:
        return Line(name, WARNING, f"{shown}: little room.", "Make room on this disk soon.")
    return Line(name, OK, f"{shown}.")


def _write_through(folder: Path) -> int:
    """How many ms it took. Raises OSError."""
    began = time.perf_counter()
    path, body = folder / f"verify-{uuid.uuid4().hex}.tmp", uuid.uuid4().bytes
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, body)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if path.read_bytes() != body:
            raise OSError("what was written is not what is read")
    finally:
        path.unlink(missing_ok=True)
    return int((time.perf_counter() - began) * 1000)


def _spool(settings: Settings) -> Line:
    try:
        waiting, aside, room = parts().spool.count(), parts().spool.set_aside_count(), parts().spool.room_bytes()
    except SpoolFailed as error:
        do = "See that the folder can be written and that the file spool.sqlite3 in it is not damaged."
        if settings.spool_cache:
            do = "See that it runs, and docs/operations.md for how it has to be set up."
        return Line("spool", FAILED, str(error), do)
    if room is not None and room < spool_state.LEAST_ROOM:
        return Line("spool", FAILED, f"It has only {_size(room)} left.", "Make room where it lies.")
    if waiting:
        do = "A running server applies them within seconds; else run `seattime recover`."
        return Line("spool", WARNING, f"{waiting} records wait for the database.", do)
    if aside:
        return Line("spool", WARNING, f"{aside} records are set aside for an operator.", "Look at the page Health.")
    return Line("spool", OK, "Nothing waits, nothing is set aside.")


def _key(settings: Settings, key_is_new: bool) -> Line:
    path = settings.data_dir / keyring.FILE_NAME
    try:
        mode = path.stat().st_mode
        keys = len(keyring.load_keys(settings.data_dir))
    except (OSError, ValueError, KeyError, TypeError) as error:
        do = "Restore it from a backup: journals in browsers were signed with it."
        return Line("signing key", FAILED, f"{path} cannot be read: {type(error).__name__}.", do)
    if key_is_new and not settings.secret_key:
        what = f"There was none in {settings.data_dir}; one was made just now."
        return Line("signing key", WARNING, what, "See that --data-dir names the folder of your server.")
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        return Line("signing key", WARNING, f"{path} can be read by others.", f"Run `chmod 600 {path}`.")
    source = "SEATTIME_SECRET_KEY signs" if settings.secret_key else "the newest in keys.json signs"
    return Line("signing key", OK, f"{keys} known, {source}.")


def _addresses(settings: Settings, resolves: Callable[[str], bool]) -> Line:
    public, play = urlsplit(settings.public_url), urlsplit(settings.play_origin_of("course"))
    shown = f"{settings.public_url}, courses at {settings.play_origin}"
    if public.scheme != play.scheme:
        do = "Give SEATTIME_PUBLIC_URL and SEATTIME_PLAY_ORIGIN the same scheme."
        return Line("addresses", FAILED, f"{shown}: browsers mix no http into https.", do)
    unknown = [host for host in (public.hostname or "", play.hostname or "") if not _is_local(host) and not resolves(host)]
    if unknown:
        do = "Make the DNS entry (for play origins with {course} a wildcard entry), unless only browsers can see it."
        return Line("addresses", WARNING, f"{shown}: this machine finds no address for {', '.join(unknown)}.", do)
    if _is_local(public.hostname or "") and not _is_near(make_url(settings.sqlalchemy_url).host or ""):
        return Line("addresses", WARNING, f"{shown}: links lead to the learner's own machine.", "Set SEATTIME_PUBLIC_URL.")
    if public.scheme == "http" and not _is_local(public.hostname or ""):
        return Line("addresses", WARNING, f"{shown}: anybody on the way can read along.", "Serve through https.")
    return Line("addresses", OK, shown)


def _saving(settings: Settings) -> Line:
    """The waits have to fit into each other: a lock's into a try's, a try's into the budget, the budget into the browser's patience."""
    shown = (
        f"{settings.commit_tries} tries of {settings.commit_try_ms} ms within {settings.commit_budget_ms} ms, "
        f"a lock {settings.lock_timeout_ms} ms"
    )
    complaints = dict(_complaints(settings))
    if not complaints:
        return Line("waits", OK, shown)
    return Line("waits", WARNING, f"{shown}: {'; '.join(complaints)}.", " ".join(complaints.values()))


def _complaints(settings: Settings) -> Iterator[tuple[str, str]]:
    if settings.commit_tries < 2:
        yield "a failed save is never tried again", "Set SEATTIME_COMMIT_TRIES to 2 or more."
    if settings.commit_budget_ms >= BROWSER_WAITS_MS:
        yield "browsers give up before the server does", f"Set SEATTIME_COMMIT_BUDGET_MS well below {BROWSER_WAITS_MS}."
    if settings.lock_timeout_ms >= settings.commit_try_ms:
        yield "a row that is held looks like a database that is away", "Set SEATTIME_LOCK_TIMEOUT_MS below SEATTIME_COMMIT_TRY_MS."


def _is_near(database_host: str) -> bool:
    """On this machine: a file, a socket's folder, a loopback name."""
    return database_host == "" or database_host.startswith("/") or _is_local(database_host)


def _is_local(host: str) -> bool:
    return host in LOOPBACK_NAMES or host.endswith(".localhost")


def _resolves(host: str) -> bool:
    """Whether this machine finds an address, within seconds. The system's resolver takes no bound, so a thread asks."""
    found: list[bool] = []

    def ask() -> None:
        try:
            found.append(bool(socket.getaddrinfo(host, None)))
        except (OSError, UnicodeError):
            found.append(False)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(RESOLVE_WITHIN_S)
    return bool(found and found[0])


def _ask(query: str) -> str:
    return str(db.session.connection().execute(text(query)).scalar_one())


def _words(error: SQLAlchemyError) -> str:
    """The driver's own, on one line."""
    return " ".join(str(getattr(error, "orig", None) or error).split())


def _size(octets: int) -> str:
    return f"{octets / 1024**3:.1f} GB" if octets >= 1024**3 else f"{octets // 1024**2} MB"
