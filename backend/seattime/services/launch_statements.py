"""What launched content says: every statement that comes under a launch's credential goes through `take`.

Guarantees: an acknowledged statement is committed, in one transaction with all that follows from it; the same request twice changes
nothing. Of xAPI and dual content nothing is refused for its form, since a learner's time may be in it (design, section 2): what the
rules of xAPI do not allow, and what carries an id that somebody else has used, is kept raw beside the record store. cmi5 content is
held to the rules. A `Delivery` holds all that `take` needs, ids included, so it can be taken later, too. Must not import web.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import Any, Final

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.xapi import json_text
from seattime.domain.xapi.completing import Sent
from seattime.domain.xapi.queries import Asked
from seattime.domain.xapi.refusing import shown
from seattime.domain.xapi.statements import VOIDED, check_statement
from seattime.domain.xapi.versions import Version
from seattime.errors import BadInput, Conflict, NotFound
from seattime.services import cmi5_statements, lrs, lrs_statements, statement_facts, xapi_launches
from seattime.services.lrs_statements import MOST_STATEMENTS, Attached, Page
from seattime.services.parts import parts
from seattime.services.xapi_launches import Credential, Launched
from seattime.storage import lrs_reading, xapi
from seattime.storage.models import db

PARTS: Final = {"verb": dict | str, "object": dict}
"""What makes it a statement at all. Lectora leaves the actor out where it does not understand the one that it was handed; before xAPI
1.0 a verb was a word."""


@dataclass(frozen=True, slots=True)
class Said:
    """One statement as it came. `statement_id` in lower case, ours where it brought none; `text`: JSON, without that id then."""

    statement_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """The statements of one request."""

    credential: Credential
    said: tuple[Said, ...]
    version: Version
    attached: tuple[Attached, ...] = ()
    taken_ms: int | None = None
    """When it came, where the spool has had it since (`launch_saving`)."""

    @property
    def ids(self) -> list[str]:
        return [each.statement_id for each in self.said]


@dataclass
class _Sorted:
    """`valid` go into the record store, `others` are kept raw; `why`: what is wrong with the first of them."""

    valid: list[Sent]
    others: list[Said]
    why: BadInput | None = None


def read(
    credential: Credential, body: bytes, version: Version, attached: tuple[Attached, ...] = (), statement_id: str | None = None
) -> Delivery:
    """The statements of a request's body; `statement_id`: of a PUT. Asks no database. Raises BadInput: not JSON, no statements."""
    text = json_text.decode(body, "The body")
    try:
        data = json_text.parse(text, "The body")
        texts = list(json_text.elements(text))
    except BadInput:
        # a name that stands twice is bad form, and nothing is lost for that
        data = _read_loosely(text)
        texts = [json.dumps(each) for each in (data if isinstance(data, list) else [data])]
    values = data if isinstance(data, list) else [data]
    if len(values) > MOST_STATEMENTS:
        raise BadInput(f"At most {MOST_STATEMENTS} statements in one request.")
    ids = [_id_of(value, statement_id) for value in values]
    return Delivery(credential, tuple(Said(*each) for each in zip(ids, texts, strict=True)), version, attached)


def take(delivery: Delivery) -> list[str]:
    """Stores all of it in one transaction, and returns the ids.

    Raises NotAllowed (the registration is gone), Conflict (other content under an id of this registration; xAPI 1.0.3 Data 2.3.1),
    BadInput (cmi5 content that breaks the rules of xAPI), cmi5_statements.Refused (that breaks cmi5's own).
    """
    try:
        lrs.in_one_transaction(lambda: _take(delivery))
    except cmi5_statements.Refused as refused:
        cmi5_statements.note(refused)
        raise
    except (BadInput, Conflict) as error:
        if delivery.credential.start_key is not None:
            cmi5_statements.note_unreadable(delivery.credential.start_key, error.message)
        raise
    return delivery.ids


def _take(delivery: Delivery) -> None:
    launched = xapi_launches.launched(delivery.credential)
    found = _sort(launched, delivery)
    if launched.kind is PackageKind.CMI5 and found.why is not None:
        raise found.why
    is_cmi5 = launched.kind is PackageKind.CMI5
    admitted = cmi5_statements.admit(launched, found.valid, delivery.taken_ms) if is_cmi5 else None
    bodies = {each.sha2: each.body for each in delivery.attached}
    lrs_statements.store(launched.author, found.valid, delivery.version, bodies, taken_ms=delivery.taken_ms)
    _keep_raw(launched, found.others)
    said = [(each.statement_id, each.text) for each in delivery.said]
    if admitted is not None:
        cmi5_statements.follow(launched, admitted)
        said = [each for each in said if each[0] not in admitted.conflicts]
    statement_facts.record(launched.registration, launched.start, delivery.credential.launch_number, said, delivery.taken_ms)


def _sort(launched: Launched, delivery: Delivery) -> _Sorted:
    known = lrs_reading.find_owners(db.session, delivery.ids)
    # those that nobody has stored yet will be its own
    own = {each for each in delivery.ids if known.get(each, launched.registration.key) == launched.registration.key}
    found = _Sorted([], [])
    for said in delivery.said:
        try:
            if said.statement_id not in own:
                raise BadInput(f"Another sender has stored a statement under the id {said.statement_id}.", field="id")
            found.valid.append(_check(launched, said, delivery, own))
        except BadInput as error:
            found.others.append(said)
            found.why = found.why or error
    return found


def _check(launched: Launched, said: Said, delivery: Delivery, own: set[str]) -> Sent:
    """Raises BadInput."""
    statement = check_statement(json_text.parse(said.text, "statement"), "statement", delivery.version)
    sent = Sent(said.statement_id, said.text, statement)
    lrs_statements.check_attachments([sent], {each.sha2: each for each in delivery.attached}, delivery.version, whole=False)
    if statement["verb"]["id"] == VOIDED:
        _check_voiding(launched, statement["object"]["id"].lower(), own)
    return sent


def _check_voiding(launched: Launched, target: str, own: set[str]) -> None:
    """Content voids what its own registration said, and nothing else. Raises BadInput."""
    if target not in own and lrs_reading.find_owners(db.session, [target]).get(target) != launched.registration.key:
        raise BadInput("A course voids only statements of its own registration.", field="object")


def _keep_raw(launched: Launched, others: list[Said]) -> None:
    """Raises Conflict."""
    now_ms = parts().clock.now_ms() if others else 0
    for said in others:
        raw = json_text.join_members({"id": json.dumps(said.statement_id), **json_text.members(said.text)})
        before = xapi.insert_statement(db.session, launched.registration.key, said.statement_id, raw, now_ms)
        if before is not None and json.loads(before) != json.loads(raw):
            raise Conflict(f"Another statement was stored under the id {said.statement_id}.")


def find(credential: Credential, asked: Asked, languages: list[str]) -> Page:
    """What content may read: statements of its own registration. One that is kept raw is found by its id. Raises NotFound, NotAllowed."""
    key = xapi_launches.launched(credential).registration.key
    try:
        return lrs_statements.get_statements(asked, languages, key)
    except NotFound:
        raw = None if asked.statement_id is None else xapi.read_statement(db.session, key, asked.statement_id)
        if raw is None:
            raise
        return Page([raw])


def statements_of(registration_key: str) -> list[dict[str, Any]]:
    """All statements of a registration in the order in which they were stored, those that are kept raw at the end."""
    found = lrs_reading.statements_of(db.session, registration_key)
    return [json.loads(raw) for raw in (*found, *(row.raw for row in xapi.statements_of(db.session, registration_key)))]


def _id_of(value: Any, statement_id: str | None) -> str:
    if not isinstance(value, dict):
        raise BadInput("A statement must be a JSON object.")
    for part, kind in PARTS.items():
        if not isinstance(value.get(part), kind):
            raise BadInput(f"A statement needs the object {part!r} (xAPI 1.0.3 Data 2.2).", field=part)
    own = value.get("id")
    if statement_id is not None and own is not None and str(own).lower() != statement_id.lower():
        raise BadInput("The statement's id differs from the statementId of the request.", field="id")
    chosen = own or statement_id or uuid.uuid4()
    try:
        return str(uuid.UUID(str(chosen)))
    except ValueError:
        raise BadInput(f"A statement's id must be a UUID, not {shown(str(chosen))}.", field="id") from None


def _read_loosely(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadInput("The body is not JSON.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
