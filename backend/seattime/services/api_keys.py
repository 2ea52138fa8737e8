"""Keys of the REST API: made, checked, revoked.

Guarantees: a secret is shown once and only its hash is kept; checking takes the same time whether the id or the secret
is wrong. Secrets are made here with 256 random bits, so a plain SHA-256 of them cannot be guessed back and a slow hash
would only slow down each request. Must not import web.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select

from seattime.errors import BadInput, Conflict, NotFound, NotSignedIn
from seattime.services.identifiers import checked_id
from seattime.services.parts import parts
from seattime.storage.models import ApiKey, db


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"
    WRITE = "write"
    XAPI = "xapi"
    ADMIN = "admin"
    """All of the others."""


ALL_SCOPES = frozenset(Scope)


@dataclass(frozen=True)
class NewKey:
    """A key just made: the only moment at which its secret is known."""

    key_id: str
    secret: str
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class Caller:
    """Who calls, and what he may do."""

    key_id: str
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes or Scope.ADMIN in self.scopes


def create_key(key_id: str | None = None, scopes: Iterable[str] = (Scope.READ, Scope.WRITE, Scope.XAPI)) -> NewKey:
    """Makes a key. Raises BadInput for an unusable id or scope, Conflict where the id is taken."""
    chosen = checked_id(key_id, "id") if key_id is not None else f"key-{secrets.token_hex(6)}"
    if ":" in chosen or "," in chosen:
        # RFC 7617: the user-id of Basic credentials ends at the first colon
        raise BadInput("The id of an API key must not hold a colon or a comma.", field="id")
    wanted = frozenset(_scope(name) for name in scopes)
    if not wanted:
        raise BadInput("An API key needs at least one scope.", field="scopes")
    if db.session.get(ApiKey, chosen) is not None or any(chosen == known for known, _ in _keys_of_settings()):
        db.session.rollback()
        raise Conflict(f"There is an API key {chosen} already.")
    secret = secrets.token_urlsafe(32)
    db.session.add(
        ApiKey(key_id=chosen, secret_hash=_hash(secret), scopes=sorted(wanted), created_ms=parts().clock.now_ms())
    )
    db.session.commit()
    return NewKey(chosen, secret, wanted)


def revoke_key(key_id: str) -> None:
    """From now on the key is refused. Raises NotFound."""
    row = db.session.get(ApiKey, key_id)
    if row is None:
        db.session.rollback()
        raise NotFound(f"There is no API key {key_id}.")
    row.revoked_ms = row.revoked_ms or parts().clock.now_ms()
    db.session.commit()
    parts().key_memory.forget(key_id)


def list_keys() -> list[ApiKey]:
    """The keys in the database, oldest first; those of SEATTIME_API_KEYS are not among them."""
    return list(db.session.scalars(select(ApiKey).order_by(ApiKey.created_ms, ApiKey.key_id)))


def check_key(key_id: str, secret: str) -> Caller:
    """Who is calling. Raises NotSignedIn. Leaves no transaction open: what follows may take long.

    A key of the settings is known without the database.
    """
    given = _hash(secret)
    caller: Caller | None = None
    for known_id, known_secret in _keys_of_settings():
        # no early exit: every key is compared in full
        if hmac.compare_digest(_hash(known_id), _hash(key_id)) & hmac.compare_digest(_hash(known_secret), given):
            caller = Caller(known_id, ALL_SCOPES)
    if caller is not None:
        return caller
    row = db.session.get(ApiKey, key_id) if "\0" not in key_id else None
    expected = row.secret_hash if row is not None else _hash("")
    fits = hmac.compare_digest(expected, given)
    if row is not None and fits and row.revoked_ms is None:
        caller = Caller(row.key_id, frozenset(_scope(name) for name in row.scopes))
    db.session.rollback()
    if caller is None:
        raise NotSignedIn("The API key's id or secret is wrong.")
    return caller


def is_of_settings(key_id: str) -> bool:
    """Whether SEATTIME_API_KEYS has a key of this id, which the database has then no say about."""
    return any(known == key_id for known, _ in _keys_of_settings())


def _keys_of_settings() -> Iterator[tuple[str, str]]:
    for pair in parts().settings.api_keys.split(","):
        key_id, colon, secret = pair.strip().partition(":")
        if colon and key_id and secret:
            yield key_id, secret


def _scope(name: str) -> Scope:
    try:
        return Scope(name)
    except ValueError:
        known = ", ".join(Scope)
        raise BadInput(f"There is no scope {name!r}; the scopes are {known}.", field="scopes") from None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
