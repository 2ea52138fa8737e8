"""What a registration's statements say, for the pages and the CSV: sentences, newest first, with whatever is odd about each.

Guarantees: every statement of the registration is there, also what is voided and what is kept raw because the rules of xAPI do not
allow it; a page reads a bounded number of statements, however many there are; raw JSON is as it was stored. Must not import web.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from seattime.domain.xapi import sentences, texts
from seattime.domain.xapi.plain import in_language, plain
from seattime.domain.xapi.pretty import pretty
from seattime.domain.xapi.sentences import Known, Sentence
from seattime.domain.xapi.statements import VOIDED, check_statement
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput, NotFound
from seattime.services import xapi_launches
from seattime.storage import lrs_listing, lrs_reading
from seattime.storage.lrs_listing import Listed, Place
from seattime.storage.models import Registration, db

PAGE_SIZE: Final = 50
MOST_LOOKED_AT: Final = 1000
"""Statements that one page reads in search of those that match."""
OFFERED: Final = 500
"""The newest statements, of which the filters offer verbs and activities."""
LATE_MS: Final = 60_000
"""A statement that arrives so long after what it tells of is marked with its arrival."""
_BATCH: Final = 100
TOO_LONG: Final = Sentence("A statement", "that is too long", "to be read in a list")
_UUID: Final = re.compile(r"^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
_CURSOR: Final = re.compile(r"(\d{1,18})-([sr])-(\d{1,18})-([0-9a-f-]{36})")


@dataclass(frozen=True, slots=True)
class Filter:
    """What is to be seen. `verb`, `activity`: ids; `text`: in the sentence or an id; `since`, `until`: days, in UTC, of the arrival."""

    verb: str = ""
    activity: str = ""
    text: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """What a statement says of one. `here`: its content is in the record store."""

    name: str
    content_type: str
    size: int | None
    sha2: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementView:
    """One statement. `at_ms`: when it happened by its own word, else when it was stored; `late`: it came long after that."""

    id: str
    sentence: Sentence
    verb: str
    activity: str
    at_ms: int
    stored_ms: int
    late: bool
    voided: bool
    refused: str
    """Why it is kept raw, beside the record store; empty where it is in there."""
    attachments: int
    raw: str | None
    """None where it is too long for a list."""

    @property
    def json(self) -> str:
        """Over several lines, every token as it was written."""
        return pretty(self.raw or "")


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a filter."""

    value: str
    words: str


@dataclass
class Page:
    """Statements that match. `more`: where the next page begins; `looked_to_ms`: as far back as was looked, where the page is not full."""

    statements: list[StatementView] = field(default_factory=list)
    more: str | None = None
    looked_to_ms: int | None = None


def newest(registration: Registration, count: int) -> Page:
    """The newest few, without a filter."""
    return _page(registration, Filter(), None, count)


def page(registration: Registration, wanted: Filter, cursor: str | None) -> Page:
    """Raises BadInput for a cursor that is none."""
    return _page(registration, wanted, None if not cursor else _read_cursor(cursor), PAGE_SIZE)


def one(registration: Registration, statement_id: str) -> tuple[StatementView, list[Attachment]]:
    """Raises NotFound."""
    found = lrs_listing.find_listed(db.session, registration.key, statement_id.lower())
    if found is None:
        raise NotFound("This registration has no such statement.")
    return next(views(registration, [found])), list(_attachments(_parse(found.raw)))


def attachment(registration: Registration, statement_id: str, sha2: str) -> bytes:
    """The content of one of its attachments. Raises NotFound."""
    _, attachments = one(registration, statement_id)
    body = lrs_reading.read_attachment(db.session, sha2) if any(each.sha2 == sha2 for each in attachments) else None
    if body is None:
        raise NotFound("The record store has no such attachment of this statement.")
    return body


def choices(registration: Registration, wanted: Filter) -> tuple[list[Choice], list[Choice]]:
    """Verbs and activities of the newest statements, and what is chosen, by their words."""
    found_verbs: dict[str, str] = {wanted.verb: wanted.verb} if wanted.verb else {}
    found_activities: dict[str, str] = {wanted.activity: wanted.activity} if wanted.activity else {}
    listed = lrs_listing.list_registration(db.session, registration.key, limit=OFFERED)
    for each in views(registration, listed):
        if each.verb:
            found_verbs[each.verb] = each.sentence.did
        if each.activity:
            found_activities[each.activity] = each.sentence.what.strip("\u201c\u201d")
    return _choices(found_verbs), _choices(found_activities)


def _choices(found: Mapping[str, str]) -> list[Choice]:
    words = list(found.values())
    # two verbs of the same words are told apart by their ids
    named = [Choice(value, said if words.count(said) == 1 else f"{said} ({plain(value, 60)})") for value, said in found.items()]
    return sorted(named, key=lambda choice: choice.words.casefold())


def _page(registration: Registration, wanted: Filter, place: Place | None, size: int) -> Page:
    made = Page()
    looked_at = 0
    at_once = _BATCH if wanted.verb or wanted.activity or wanted.text else size + 1
    while True:
        some = _read(registration, wanted, place, at_once)
        for listed, view in zip(some, views(registration, some), strict=True):
            if len(made.statements) == size:
                made.more = write_cursor(place)
                return made
            place = listed.place
            looked_at += 1
            if _matches(view, wanted):
                made.statements.append(view)
        if len(some) < at_once:
            return made
        if looked_at >= MOST_LOOKED_AT and len(made.statements) < size:
            made.more, made.looked_to_ms = write_cursor(place), some[-1].stored_ms
            return made


def _read(registration: Registration, wanted: Filter, before: Place | None, limit: int) -> list[Listed]:
    return lrs_listing.list_registration(
        db.session,
        registration.key,
        before=before,
        since_ms=None if wanted.since is None else _begin_ms(wanted.since),
        until_ms=None if wanted.until is None else _begin_ms(wanted.until + timedelta(days=1)),
        limit=limit,
    )


def views(registration: Registration | None, listed: Sequence[Listed]) -> Iterator[StatementView]:
    """In the same order; what they lead to is read at once for all. `registration`: whose learner is called by his name."""
    statements = [_parse(each.raw) for each in listed]
    known = _known(registration, statements)
    for each, statement in zip(listed, statements, strict=True):
        at_ms = _moment(statement.get("timestamp"), each.stored_ms)
        yield StatementView(
            id=each.statement_id,
            sentence=TOO_LONG if each.raw is None else sentences.sentence(statement, known),
            verb=_id_of(statement.get("verb")),
            activity=_id_of(statement.get("object")) if _kind(statement.get("object")) == "Activity" else "",
            at_ms=at_ms,
            stored_ms=each.stored_ms,
            late=each.stored_ms - at_ms >= LATE_MS,
            voided=each.voided,
            refused="" if each.in_store or each.raw is None else _why_refused(statement),
            attachments=sum(1 for _ in _attached(statement)),
            raw=each.raw,
        )


def _matches(view: StatementView, wanted: Filter) -> bool:
    if (wanted.verb and view.verb != wanted.verb) or (wanted.activity and view.activity != wanted.activity):
        return False
    if not wanted.text:
        return True
    text = wanted.text.casefold()
    return any(text in each.casefold() for each in (view.sentence.text, view.verb, view.activity, view.id))


def _known(registration: Registration | None, statements: Iterable[Mapping[str, Any]]) -> Known:
    activities, others = set(), set()
    for each in statements:
        thing = each.get("object")
        if _kind(thing) == "StatementRef":
            others.update(_UUID.findall(_id_of(thing).lower()))
        elif _kind(thing) == "SubStatement" and isinstance(thing, dict):
            activities.add(_id_of(thing.get("object")))
        activities.add(_id_of(thing))
    known_statements = {key: _parse(raw) for key, raw in lrs_listing.read_texts(db.session, others).items()}
    activities |= {_id_of(each.get("object")) for each in known_statements.values()}
    known_definitions = lrs_listing.read_definitions(db.session, activities - {""})
    definitions = {key: _parse(raw) for key, raw in known_definitions.items() if raw is not None}
    learner = None if registration is None else xapi_launches.actor(registration)

    def name_of(agent: Mapping[str, Any]) -> str:
        return str(learner["name"]) if learner is not None and agent.get("account") == learner["account"] else ""

    return Known(definitions.get, known_statements.get, name_of)


def _why_refused(statement: dict[str, Any]) -> str:
    try:
        check_statement(statement, "statement", Version.V2 if str(statement.get("version")).startswith("2.") else Version.V1)
    except BadInput as error:
        return plain(error.message, 300)
    if _id_of(statement.get("verb")) == VOIDED:
        return "It voids a statement that is not this registration\u2019s own."
    return "Another sender has stored a statement under its id, or its attachments did not come with it."


def _attached(statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Also those of a SubStatement; whatever else stands there is passed over."""
    for event in (statement, statement.get("object")):
        found = event.get("attachments") if isinstance(event, Mapping) else None
        yield from (each for each in (found if isinstance(found, list) else ()) if isinstance(each, dict))


def _attachments(statement: Mapping[str, Any]) -> Iterator[Attachment]:
    for each in _attached(statement):
        sha2 = plain(each.get("sha2")).lower()
        length = each.get("length")
        yield Attachment(
            name=in_language(each.get("display")) or "Attachment",
            content_type=plain(each.get("contentType")),
            size=length if isinstance(length, int) and not isinstance(length, bool) else None,
            sha2=sha2,
            here=lrs_listing.has_attachment(db.session, sha2),
        )


def _parse(raw: str | None) -> dict[str, Any]:
    """Whatever was once taken can be read again; a number of thousands of digits, which Python refuses to read whole, by its size."""
    try:
        value = json.loads(raw or "{}", parse_int=lambda digits: int(digits) if len(digits) < 400 else float(digits))
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _kind(thing: Any) -> str:
    return str(thing.get("objectType", "Activity")) if isinstance(thing, Mapping) else ""


def _id_of(thing: Any) -> str:
    """As it stands there, where both databases can look for it."""
    value = thing.get("id") if isinstance(thing, Mapping) else None
    return value if isinstance(value, str) and "\0" not in value else ""


def _moment(value: Any, otherwise_ms: int) -> int:
    try:
        return texts.in_ms(texts.read_time(value, "timestamp"))
    except BadInput:
        return otherwise_ms


def _begin_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000


def write_cursor(place: Place | None) -> str | None:
    if place is None:
        return None
    return f"{place.stored_ms}-{'s' if place.in_store else 'r'}-{place.seq}-{place.statement_id}"


def _read_cursor(cursor: str) -> Place:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise BadInput("The page\u2019s address is not one that this server gave.", field="before")
    return Place(int(match[1]), match[2] == "s", int(match[3]), match[4])
