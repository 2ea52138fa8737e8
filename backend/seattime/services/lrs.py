"""Who speaks to the record store, and what all its resources share. Must not import web."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from seattime.errors import NotAllowed, NotSignedIn, Unavailable
from seattime.services import api_keys, key_memory
from seattime.services.api_keys import Caller, Scope
from seattime.services.parts import parts
from seattime.storage import lrs_writing
from seattime.storage.database import read_only
from seattime.storage.faults import classify
from seattime.storage.models import db

T = TypeVar("T")
TRIES = 3
AWAY = "The database does not answer at the moment, so this key cannot be verified. Send it again in a moment."


@dataclass(frozen=True, slots=True)
class Author:
    """Whom a request comes from."""

    authority: dict[str, Any]
    """The agent that stands for him in the statements that he sends (Data 2.4.9)."""
    registration_key: str | None = None
    """Where it is content, in the launch of this registration."""
    start_key: str | None = None
    apart: bool = False
    """It is a test run: nobody but its own content sees what it says."""


def author_of_key(key_id: str, secret: str) -> Author:
    """Raises NotSignedIn, NotAllowed; Unavailable where only the database knows the key, and it does not answer."""
    caller = _caller(key_id, secret)
    if not caller.may(Scope.XAPI):
        raise NotAllowed(f"The API key {caller.key_id} does not have the scope {Scope.XAPI}.")
    return Author({"objectType": "Agent", "account": {"homePage": parts().settings.public_url, "name": caller.key_id}})


def _caller(key_id: str, secret: str) -> Caller:
    """From memory where he was verified a moment ago, or where the database does not answer."""
    memory = parts().key_memory
    caller = memory.find(key_id, secret, key_memory.FRESH_S)
    if caller is not None:
        return caller
    try:
        if parts().breaker.resting() and not api_keys.is_of_settings(key_id):
            raise Unavailable(AWAY)
        caller = api_keys.check_key(key_id, secret)
    except NotSignedIn:
        memory.forget(key_id, secret)
        raise
    except (Unavailable, SQLAlchemyError) as error:
        db.session.rollback()
        if isinstance(error, DBAPIError) and not classify(error).outage:
            raise
        caller = memory.find(key_id, secret, key_memory.AWAY_S)
        if caller is None:
            raise Unavailable(AWAY) from error
        return caller
    memory.keep(key_id, secret, caller)
    return caller


def consistent_through() -> int:
    """In ms: what was stored before it can be read from now on."""
    with read_only():
        return lrs_writing.consistent_through(db.session, parts().clock)


def lately_consistent_through() -> int | None:
    """The same as somebody found it at most LATELY_S ago, which is still true; None while the database is away: nobody can say then."""
    here = parts()
    if here.breaker.state != "closed":
        return None
    return here.lately.find(_ask_through)


def _ask_through() -> int | None:
    try:
        return consistent_through()
    except SQLAlchemyError:
        return None
    finally:
        db.session.rollback()


def in_one_transaction(work: Callable[[], T]) -> T:
    """Runs it and commits; runs it again where the database says that it met another transaction. Raises what it raises."""
    for left in reversed(range(TRIES)):
        try:
            result = work()
            db.session.commit()
        except DBAPIError as error:
            db.session.rollback()
            fault = classify(error)
            if left == 0 or not fault.retry or fault.outage:
                raise
        except BaseException:
            db.session.rollback()
            raise
        else:
            return result
    raise AssertionError("the last try returns or raises")
