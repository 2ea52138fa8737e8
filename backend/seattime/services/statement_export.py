"""Statements as files: JSON lines exactly as they were stored, and sentences as CSV; for pages and `seattime export`. Must not import web.

Guarantees: every statement of the record store up to the moment that Consistent-Through names when the export begins is in it once, in
the order in which they were stored, the voided ones, too; those of test runs only in the export of their own registration. Memory
does not grow with their number, and no transaction stays open while a reader is slow. A file that broke off can be gone on with:
then nothing is missing in it, and nothing there twice. A statement's text is as it was stored, but for line ends between its tokens,
which become blanks.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO, Final

from seattime.domain.xapi.pretty import one_line
from seattime.errors import BadInput
from seattime.services import by_key, courses, export, lrs, registrations, statement_view
from seattime.storage import lrs_listing
from seattime.storage.lrs_listing import Listed, Place, Row, Scope
from seattime.storage.models import db

FORMATS: Final = ("jsonl", "csv")
AT_ONCE: Final = 200
MOST_CHARACTERS: Final = 8 * 1024 * 1024
"""Of statements that are in memory at once, where they are not single."""
BEGINNING: Final = (-1, -1)
COLUMNS: Final = (
    "statement_id", "stored", "timestamp", "registration_id", "learner_id", "course_id", "sentence", "verb", "activity", "voided",
    "attachments",
)  # fmt: skip


def scope_of(*, registration_id: str | None = None, course_id: str | None = None) -> Scope:
    """By the caller's ids. Raises NotFound."""
    registration = None if registration_id is None else registrations.find_registration(registration_id)
    course = None if course_id is None else courses.find_course(course_id)
    return Scope(
        registration_key=None if registration is None else registration.key, course_key=None if course is None else course.key
    )


def parts_of(scope: Scope, form: str, *, after: tuple[int, int] = BEGINNING) -> Iterator[str]:
    """The file in parts, each of whole lines; its first line is there at once. Raises BadInput."""
    if form not in FORMATS:
        raise BadInput(f"Statements can be had as {' or '.join(FORMATS)}, not as {form}.", field="format")
    return _parts_of(scope, form, after)


def _parts_of(scope: Scope, form: str, after: tuple[int, int]) -> Iterator[str]:
    if form == "csv" and after == BEGINNING:
        yield _csv([COLUMNS])
    for rows in batches(scope, after):
        yield "".join(f"{one_line(row.raw)}\n" for row in rows) if form == "jsonl" else _csv(_sentences(rows))


def batches(scope: Scope, after: tuple[int, int] = BEGINNING) -> Iterator[list[Row]]:
    """A few statements at a time, each time in a transaction of their own."""
    # on SQLite, a transaction of this very caller would count as one that writes
    db.session.rollback()
    through = lrs.consistent_through()
    size = AT_ONCE
    while rows := lrs_listing.list_stored(db.session, scope, after=after, below_ms=through, limit=size):
        db.session.rollback()
        yield rows
        after = rows[-1].place
        # long ones come fewer at a time
        size = max(1, min(AT_ONCE, MOST_CHARACTERS // max(1, *(len(row.raw) for row in rows))))
    db.session.rollback()


def write_file(path: Path, scope: Scope, form: str, *, resume: bool) -> int:
    """Writes the file, or goes on with one that broke off; what is in it is on the disk at the end. Returns how many bytes it has.

    Raises BadInput where the file cannot be gone on with.
    """
    if not resume or not path.exists():
        with path.open("wb") as file:
            return _write(file, parts_of(scope, form))
    if form != "jsonl":
        raise BadInput("Only JSON lines can be gone on with.", field="format")
    with path.open("r+b") as file:
        after = _end_of(file)
        return _write(file, parts_of(scope, form, after=after))


def _write(file: BinaryIO, parts: Iterator[str]) -> int:
    for part in parts:
        file.write(part.encode())
    file.flush()
    os.fsync(file.fileno())
    return file.tell()


def _end_of(file: BinaryIO) -> tuple[int, int]:
    """The place of the last statement that is whole, behind which the file now ends. Raises BadInput."""
    position, last = 0, b""
    for line in file:
        if not line.endswith(b"\n"):
            break
        position, last = position + len(line), line
    file.seek(position)
    file.truncate()
    if not last:
        return BEGINNING
    try:
        place = lrs_listing.place_of(db.session, str(json.loads(last)["id"]).lower())
    except (ValueError, TypeError, KeyError):
        place = None
    db.session.rollback()
    if place is None:
        raise BadInput("The file cannot be gone on with: its last line is no statement of this record store.", field="output")
    return place


def _sentences(rows: Sequence[Row]) -> Iterator[Sequence[object]]:
    listed = [Listed(row.statement_id, row.raw, Place(row.stored_ms, True, row.seq, row.statement_id), row.voided) for row in rows]
    owners = by_key.find_registrations(row.registration_key for row in rows if row.registration_key is not None)
    for row, view in zip(rows, list(statement_view.views(None, listed)), strict=True):
        owner = owners.get(row.registration_key or "")
        yield (
            view.id,
            export.moment(view.stored_ms),
            export.moment(view.at_ms),
            owner and owner.registration_id,
            owner and owner.learner.learner_id,
            owner and owner.course.course_id,
            view.sentence.text,
            view.verb,
            view.activity,
            view.voided,
            view.attachments,
        )
    db.session.rollback()


def _csv(rows: Iterator[Sequence[object]] | list[Sequence[str]]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\r\n").writerows([export.cell(value) for value in row] for row in rows)
    return buffer.getvalue()
