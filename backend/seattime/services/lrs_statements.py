"""Statements of the record store: taken, found, shown.

Guarantees: a request's statements are stored all or none; an acknowledged statement is committed; the same statement again is a
success and changes nothing, another one under its id is a conflict. Must not import web.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha224, sha256, sha384, sha512
from typing import Any, Final

from seattime.domain.xapi import agents, finding, formats, json_text, texts
from seattime.domain.xapi.completing import Completed, Sent, complete_all
from seattime.domain.xapi.equality import same_statement
from seattime.domain.xapi.formats import Format
from seattime.domain.xapi.queries import Asked
from seattime.domain.xapi.refusing import refuse
from seattime.domain.xapi.statements import check_statement
from seattime.domain.xapi.versions import Version
from seattime.errors import Conflict, NotFound
from seattime.services import lrs
from seattime.services.lrs import Author
from seattime.services.lrs_definitions import Definitions
from seattime.services.lrs_signatures import check_signature, is_signature
from seattime.services.parts import parts
from seattime.storage import lrs_reading, lrs_writing, statement_facts
from seattime.storage.lrs_reading import Found
from seattime.storage.models import db

MOST_STATEMENTS: Final = 1000
"""In one request."""
MOST_PAGE_BYTES: Final = 16 * 1024 * 1024
"""Of one page of statements with its attachments; one statement is always given."""
MOST_SHOWN_BYTES: Final = 1024 * 1024
"""Of the statements of a page that are made ready together."""
_DIGESTS: Final = {56: sha224, 64: sha256, 96: sha384, 128: sha512}


@dataclass(frozen=True, slots=True)
class Attached:
    """The bytes of an attachment as they were sent or are given back. `sha2` in lower case."""

    sha2: str
    content_type: str
    body: bytes


@dataclass
class Page:
    """What GET statements gives: texts of statements in order, and where it goes on."""

    raws: list[str] = field(default_factory=list)
    attachments: list[Attached] = field(default_factory=list)
    cursor: str | None = None
    newest_ms: int = 0
    """When the newest of them was stored."""


def read_statements(body: bytes, version: Version, parts_sent: list[Attached], statement_id: str | None = None) -> list[Sent]:
    """The checked statements of a request. `statement_id`: of a PUT, which sends one. Raises BadInput, which says what and where."""
    text = json_text.decode(body, "the body")
    many, items = json_text.parse_items(text, "the body")
    if statement_id is not None and (many or not isinstance(items[0][0], dict)):
        refuse("the body", "of a PUT must be one statement")
    if len(items) > MOST_STATEMENTS:
        refuse("the body", f"holds {len(items)} statements; at most {MOST_STATEMENTS} are taken in one request")
    sent = []
    for index, (value, one) in enumerate(items):
        where = f"statements[{index}]" if many else "statement"
        statement = check_statement(value, where, version)
        own = statement["id"].lower() if "id" in statement else None
        if statement_id is not None and own not in (None, statement_id):
            refuse(f"{where}.id", "differs from the statementId of the request")
        sent.append(Sent(own or statement_id or str(uuid.uuid4()), one, statement))
    ids = [each.statement_id for each in sent]
    if len(set(ids)) != len(ids):
        refuse("the body", "holds two statements of one id")
    check_attachments(sent, {each.sha2: each for each in parts_sent}, version)
    return sent


def check_attachments(sent: list[Sent], bodies: dict[str, Attached], version: Version, *, whole: bool = True) -> None:
    """Data 2.4.11: every attachment is somewhere else (`fileUrl`) or was sent along, and nothing else was. Raises BadInput.

    `whole`: these are all the statements that the bodies came with.
    """
    named = set()
    for number, each in enumerate(sent):
        for index, attachment in enumerate(each.statement.get("attachments", ())):
            where = f"statements[{number}].attachments[{index}]"
            sha2 = attachment["sha2"].lower()
            named.add(sha2)
            if is_signature(attachment) and attachment["contentType"] != "application/octet-stream":
                refuse(f"{where}.contentType", "of a signature must be application/octet-stream (Data 2.6)")
            if sha2 not in bodies:
                if "fileUrl" not in attachment:
                    refuse(where, "has neither a fileUrl nor a part of this request with its content")
            elif is_signature(attachment):
                check_signature(each.statement, bodies[sha2].body, where, version)
    for sha2, body in bodies.items():
        if sha2 not in named:
            if not whole:
                continue
            refuse("a part of the request", f"has the hash {sha2}, which is no attachment of these statements")
        if _DIGESTS[len(sha2)](body.body).hexdigest() != sha2:
            refuse("a part of the request", f"has other content than its hash {sha2} says")


def store_statements(author: Author, sent: list[Sent], version: Version, attached: list[Attached]) -> list[str]:
    """All or none; returns the ids. Raises Conflict."""
    if sent:
        lrs.in_one_transaction(lambda: store(author, sent, version, {each.sha2: each.body for each in attached}))
    return [each.statement_id for each in sent]


def store(
    author: Author, sent: list[Sent], version: Version, bodies: dict[str, bytes], *, taken_ms: int | None = None
) -> None:
    """Within the caller's transaction. `bodies`: of attachments, by their hash; `taken_ms`: when the statements came, where the spool
    has had them since. Raises Conflict."""
    session = db.session
    references = any(finding.target_of(each.statement) is not None for each in sent)
    stored_ms = lrs_writing.begin_writing(session, parts().clock, references=references)
    completed = complete_all(sent, stored_ms, author.authority, version, taken_ms=taken_ms)
    seqs = lrs_writing.insert_statements(
        session, completed, stored_ms, registration_key=author.registration_key, start_key=author.start_key, apart=author.apart
    )
    inserted = [each for each in completed if each.statement_id in seqs]
    _compare({each.statement_id: each.statement for each in sent if each.statement_id not in seqs})
    if not inserted:
        return
    referrers = lrs_writing.find_referrers(session, seqs)
    lrs_writing.insert_keys(session, inserted, seqs, stored_ms, referrers)
    lrs_writing.void(session, inserted, referrers)
    statement_facts.voided(session, [each.target_id for each in inserted if each.voids and each.target_id])
    lrs_writing.insert_attachments(session, bodies, stored_ms)
    if not author.apart:
        lrs_writing.insert_names(session, _names(inserted))
        lrs_writing.merge_activities(session, _definitions(inserted))


def _compare(again: dict[str, dict[str, Any]]) -> None:
    """Data 2.3.1. Raises Conflict."""
    if not again:
        return
    for statement_id, raw in lrs_writing.read_raws(db.session, again).items():
        if not same_statement(again[statement_id], json.loads(raw)):
            raise Conflict(f"Another statement was stored under the id {statement_id}.")


def _names(statements: list[Completed]) -> set[tuple[str, str]]:
    return {pair for each in statements for pair in agents.names_in(finding.actors_of(each.statement))}


def _definitions(statements: list[Completed]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for each in statements:
        if any("definition" in activity for activity in finding.activities_of(each.statement)):
            for activity in finding.activities_of(json_text.parse_exactly(each.raw, "statement")):
                if "definition" in activity:
                    found.setdefault(activity["id"], []).append(json_text.write(activity["definition"]))
    return found


def get_statements(asked: Asked, languages: list[str], registration_key: str | None = None) -> Page:
    """One statement, or a page of a list. `registration_key`: of the content that asks. Raises NotFound."""
    page = Page()
    single = asked.statement_id or asked.voided_id
    if single is not None:
        found = lrs_reading.read_statement(
            db.session, single, voided=asked.voided_id is not None, registration_key=registration_key
        )
        if found is None:
            raise NotFound(f"There is no {'voided ' if asked.voided_id else ''}statement {single}.")
        [text] = _shown([found], asked.format, languages, Definitions())
        _add(page, found, text, asked)
        return page
    room = MOST_PAGE_BYTES
    last: Found | None = None
    definitions = Definitions()
    for group in _groups(lrs_reading.find_statements(db.session, asked.query, registration_key)):
        for found, text in zip(group, _shown(group, asked.format, languages, definitions), strict=True):
            if last is not None and (len(page.raws) == asked.query.limit or room < 0):
                page.cursor = f"{last.stored_ms}-{last.seq}"
                return page
            _add(page, found, text, asked)
            # by what there is: a length that a statement names is its sender's word
            room = MOST_PAGE_BYTES - sum(map(len, page.raws)) - sum(len(each.body) for each in page.attachments)
            last = found
    return page


def _groups(found: Iterable[Found]) -> Iterator[list[Found]]:
    """A page in one, where its statements are not very long."""
    group: list[Found] = []
    room = MOST_SHOWN_BYTES
    for each in found:
        group.append(each)
        room -= len(each.raw)
        if room < 0:
            yield group
            group, room = [], MOST_SHOWN_BYTES
    yield group


def _add(page: Page, found: Found, text: str, asked: Asked) -> None:
    page.raws.append(text)
    page.newest_ms = max(page.newest_ms, found.stored_ms)
    if not asked.attachments:
        return
    for attachment in _attachments(found.raw):
        sha2 = attachment["sha2"].lower()
        if all(each.sha2 != sha2 for each in page.attachments):
            body = lrs_reading.read_attachment(db.session, sha2)
            if body is not None:
                page.attachments.append(Attached(sha2, attachment["contentType"], body))


def _attachments(raw: str) -> Iterator[dict[str, Any]]:
    """Also those of a SubStatement."""
    if '"attachments"' in raw:
        statement = json.loads(raw)
        yield from statement.get("attachments", ())
        yield from statement["object"].get("attachments", ())


def _shown(group: list[Found], wanted: Format, languages: list[str], definitions: Definitions) -> Iterator[str]:
    """The texts that are given for them, each as it is asked for."""
    if wanted is Format.EXACT:
        yield from (each.raw for each in group)
        return
    statements = [json_text.parse_exactly(each.raw, "statement") for each in group]
    if wanted is Format.CANONICAL:
        definitions.fetch(statements)
    for each in statements:
        yield json_text.write(formats.as_ids(each) if wanted is Format.IDS else formats.as_canonical(each, definitions.find, languages))


def get_activity(activity_id: str) -> str:
    """JSON of the activity with all that is known of it (Communication 2.5)."""
    texts.need_iri(activity_id, "activityId")
    definition = lrs_writing.read_definition(db.session, activity_id)
    members = {"objectType": '"Activity"', "id": json.dumps(activity_id)}
    return json_text.join_members(members if definition is None else {**members, "definition": definition})


def get_person(agent: dict[str, Any], identifier: str) -> dict[str, Any]:
    """The Person of the Agents resource (Communication 2.4)."""
    names = lrs_reading.read_names(db.session, identifier)
    return agents.person(agent, names or ([agent["name"]] if "name" in agent else []))
