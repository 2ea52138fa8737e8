"""What xAPI and cmi5 content may do under its launch: send statements, keep documents. Statements are kept raw, exactly as they came.

Guarantees: an acknowledged statement is committed; the same id twice is one statement. What content sends is taken as it is, also
where it is no valid statement (a learner's time may be in it); the valid ones are in the record store, too. Must not import web.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
import uuid
from dataclasses import dataclass
from typing import Any

from seattime.errors import BadInput, Conflict, NotAllowed, SeatTimeError
from seattime.services import lrs_launches
from seattime.services.parts import parts
from seattime.services.tokens import Purpose
from seattime.storage import xapi
from seattime.storage.models import Registration, db
from seattime.storage.xapi import Document

USER = "launch"
"""The user name of the Basic credentials that a launch hands to its content; the password is the token."""

MOST_STATEMENTS = 1000
MOST_NAME_BYTES = 2000
"""Of a document's name: PostgreSQL's index, which finds it, takes some 2600."""
CREDENTIAL_LIVES_S = 30 * 24 * 3600
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Credential:
    """What a launch's credential is scoped to."""

    registration_key: str
    launch_number: int


def sign_credential(registration_key: str, launch_number: int) -> str:
    """`user:password` in base64, as in an Authorization header after `Basic `; scoped to one registration."""
    token = parts().tokens.sign(Purpose.XAPI, {"r": registration_key, "n": launch_number}, lives_s=CREDENTIAL_LIVES_S)
    return base64.b64encode(f"{USER}:{token}".encode()).decode()


def read_credential(authorization: str) -> Credential:
    """Of an Authorization header. Raises NotAllowed."""
    try:
        scheme, _, encoded = authorization.partition(" ")
        user, _, token = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise NotAllowed("The Authorization header is not the one that this launch was given.") from None
    if scheme.lower() != "basic" or user != USER:
        raise NotAllowed("The Authorization header is not the one that this launch was given.")
    payload = parts().tokens.read(Purpose.XAPI, token)
    registration = db.session.get(Registration, payload["r"])
    if registration is None or registration.deleted_ms is not None:
        raise NotAllowed("The registration of this launch is gone.")
    return Credential(payload["r"], payload["n"])


def store_statements(credential: Credential, body: bytes, statement_id: str | None = None) -> list[str]:
    """Stores one statement or a list of them in one transaction; returns their ids.

    Raises BadInput (not JSON, not a statement), Conflict (other content under the same id; xAPI 1.0.3 Data 2.4.1).
    """
    data = read_json(body, "The body")
    statements = data if isinstance(data, list) else [data]
    if len(statements) > MOST_STATEMENTS:
        raise BadInput(f"At most {MOST_STATEMENTS} statements in one request.")
    now = parts().clock.now_ms()
    ids = [_store_one(credential, statement, statement_id, now) for statement in statements]
    lrs_launches.share(credential.registration_key, body, ids)
    db.session.commit()
    return ids


def _store_one(credential: Credential, statement: Any, statement_id: str | None, now_ms: int) -> str:
    if not isinstance(statement, dict):
        raise BadInput("A statement must be a JSON object.")
    for part in ("actor", "verb", "object"):
        if not isinstance(statement.get(part), dict):
            raise BadInput(f"A statement needs the object {part!r} (xAPI 1.0.3 Data 2.2).", field=part)
    own_id = statement.get("id")
    chosen = str(own_id or statement_id or uuid.uuid4()).lower()
    if statement_id is not None and own_id is not None and str(own_id).lower() != statement_id.lower():
        raise BadInput("The statement's id differs from the statementId of the request.", field="id")
    try:
        chosen = str(uuid.UUID(chosen))
    except ValueError:
        raise BadInput(f"A statement's id must be a UUID, not {chosen[:60]!r}.", field="id") from None
    # half a surrogate pair has no UTF-8 to be stored as; as JSON's escape it is kept
    raw = _SURROGATE.sub(lambda half: f"\\u{ord(half[0]):04x}", json.dumps({**statement, "id": chosen}, ensure_ascii=False))
    before = xapi.insert_statement(db.session, credential.registration_key, chosen, raw, now_ms)
    if before is not None and json.loads(before) != json.loads(raw):
        db.session.rollback()
        raise Conflict(f"Another statement was stored under the id {chosen}.")
    return chosen


def read_json(text: str | bytes, what: str) -> Any:
    """What content sent as JSON. Raises BadInput, also for NaN, which Python reads and no browser does."""
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise BadInput(f"{what} is not JSON.") from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def list_statements(credential: Credential) -> list[Any]:
    """The statements of this registration, oldest first."""
    return [json.loads(row.raw) for row in xapi.statements_of(db.session, credential.registration_key)]


def read_document(credential: Credential, name: str) -> Document | None:
    # no document has such a name, and PostgreSQL does not take the question
    return None if "\0" in name else xapi.read_document(db.session, credential.registration_key, name)


def list_documents(credential: Credential, prefix: str) -> list[str]:
    return xapi.document_names(db.session, credential.registration_key, prefix)


def write_document(credential: Credential, name: str, document: Document, *, merge: bool) -> None:
    """Stores a document. With `merge` (POST), two JSON objects are merged at their top level (xAPI 1.0.3 Communication 2.2)."""
    if "\0" in name or len(name.encode("utf-8", "replace")) > MOST_NAME_BYTES:
        raise BadInput("The document's name is too long, or holds a character that cannot be stored.")
    before = read_document(credential, name) if merge else None
    if before is not None and "json" in before.content_type and "json" in document.content_type:
        try:
            merged = {**json.loads(before.body), **json.loads(document.body)}
        except (ValueError, TypeError, RecursionError):
            raise BadInput("Only two JSON objects can be merged.") from None
        document = Document("application/json", json.dumps(merged).encode())
    xapi.write_document(db.session, credential.registration_key, name, document, parts().clock.now_ms())
    db.session.commit()


def delete_document(credential: Credential, name: str) -> None:
    if "\0" not in name:
        xapi.delete_document(db.session, credential.registration_key, name)
    db.session.commit()


class FetchUsed(SeatTimeError):
    """The fetch address was used before, or is not one of ours (cmi5 8.2.3)."""

    status = 200


def fetch_token(fetch: str) -> str:
    """The auth-token of a cmi5 launch, once (cmi5 8.2). Raises FetchUsed."""
    row = xapi.use_fetch(db.session, hash_fetch(fetch), parts().clock.now_ms())
    if row is None:
        db.session.rollback()
        raise FetchUsed("This fetch address has been used already. Launch the activity again.")
    token = sign_credential(row.registration_key, row.launch_number)
    db.session.commit()
    return token


def hash_fetch(fetch: str) -> str:
    return hashlib.sha256(fetch.encode()).hexdigest()
