"""Signing in: users, and links that sign one in once. Must not import web.

Guarantees: a link works once and only until it expires, also when two requests use it at the same moment; only its hash
is kept, so that a copy of the database signs nobody in; looking at a link does not use it up.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from sqlalchemy import ColumnElement, CursorResult, select, update

from seattime.errors import LinkExpired
from seattime.services.parts import parts
from seattime.storage.models import SignInLink, User, db

LINK_LIVES_MS = 30 * 60 * 1000
ADMINISTRATOR = "administrator"

_NO_LONGER_GOOD = "This sign-in link has been used already, or its time is over."


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who is signed in. A copy, so that it outlives the database transaction it came from."""

    key: str
    name: str


def make_link(user_name: str = ADMINISTRATOR, *, lives_ms: int = LINK_LIVES_MS) -> str:
    """The address of a new one-time link for this user, who is made if there is none of that name. Commits."""
    now = parts().clock.now_ms()
    user = db.session.scalar(select(User).where(User.name == user_name))
    if user is None:
        user = User(name=user_name, created_ms=now)
        db.session.add(user)
        db.session.flush()
    token = secrets.token_urlsafe(32)
    db.session.add(SignInLink(token_hash=_hash(token), user_key=user.key, expires_ms=now + lives_ms, used_ms=None))
    db.session.commit()
    return f"{parts().settings.public_url}/sign-in/{token}"


def check_link(token: str) -> SignedIn:
    """Whom the link would sign in; does not use it up. Raises LinkExpired."""
    row = db.session.execute(
        select(User.key, User.name)
        .join(SignInLink, SignInLink.user_key == User.key)
        .where(*_still_good(token, parts().clock.now_ms()))
    ).one_or_none()
    if row is None:
        raise LinkExpired(_NO_LONGER_GOOD)
    return SignedIn(row.key, row.name)


def use_link(token: str) -> SignedIn:
    """Uses the link up and says who is signed in. Commits. Raises LinkExpired."""
    now = parts().clock.now_ms()
    user = check_link(token)
    # The condition stands in the UPDATE itself: of two requests with the same link, one changes a row.
    done = db.session.execute(update(SignInLink).where(*_still_good(token, now)).values(used_ms=now))
    db.session.commit()
    if not isinstance(done, CursorResult) or done.rowcount != 1:
        raise LinkExpired(_NO_LONGER_GOOD)
    return user


def find_user(key: str) -> SignedIn | None:
    """The user of a session cookie, or None where there is no such user any more."""
    row = db.session.execute(select(User.key, User.name).where(User.key == key)).one_or_none()
    return None if row is None else SignedIn(row.key, row.name)


def _still_good(token: str, now_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (
        SignInLink.token_hash == _hash(token),
        SignInLink.used_ms.is_(None),
        SignInLink.expires_ms > now_ms,
    )


def _hash(token: str) -> str:
    # The token has 256 random bits: nothing is gained by a slow hash.
    return hashlib.sha256(token.encode()).hexdigest()
