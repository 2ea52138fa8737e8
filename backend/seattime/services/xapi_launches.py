"""Launches of xAPI and cmi5 content: what such content is handed, and what a request that comes with it may do.

Guarantees: a credential is scoped to one registration and one start of one activity. It reads for a day and writes for thirty, since
what a learner did may come late (a phone that was offline); it can be checked while the database is away. A reset of progress gives
the content another registration id, so nothing of before is taken for progress of now. Must not import web.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import secrets
import uuid
from dataclasses import dataclass
from typing import Any, Final

from seattime.domain.packages.kinds import PackageKind
from seattime.domain.packages.model import Item
from seattime.domain.xapi import agents
from seattime.errors import NotAllowed, SeatTimeError
from seattime.services.claims import DeliveryClaims
from seattime.services.lrs import Author
from seattime.services.parts import parts
from seattime.services.tokens import Purpose
from seattime.storage import xapi
from seattime.storage.lrs_models import ActivityStart
from seattime.storage.models import Cmi5Fetch, CourseVersion, Registration, db

USER: Final = "launch"
"""The user name of the Basic credentials that a launch hands to its content; the password is the token."""
WRITES_S: Final = 30 * 24 * 3600
READS_S: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Credential:
    """What a launch's credential says. `start_key`: None in those that were made before starts were kept."""

    registration_key: str
    launch_number: int
    start_key: str | None
    reads: bool
    """It is young enough to read with."""


@dataclass(frozen=True)
class Launched:
    """Content that speaks: whose registration it is, and which start of which activity."""

    registration: Registration
    kind: PackageKind
    """Of the version that was launched: a newer one may be of another."""
    start: ActivityStart | None
    registration_id: str
    """What the content was given as `registration`: a UUID."""
    actor: dict[str, Any]
    author: Author

    @property
    def agent(self) -> str:
        """What the learner is known by in the record store (domain/xapi/agents.py)."""
        return agent_of(self.registration)


class FetchUsed(SeatTimeError):
    """The fetch address was used before, or is not one of ours (cmi5 8.2.3)."""

    status = 200


def begin(registration: Registration, claims: DeliveryClaims, item: Item) -> ActivityStart:
    """A start of an activity, within the caller's transaction."""
    start = ActivityStart(
        key=str(uuid.uuid4()),
        registration_key=registration.key,
        instance=claims.instance,
        launch_number=claims.launch_number,
        activity_id=item.identifier,
        version_key=registration.version_key,
        mode=claims.mode,
        started_ms=parts().clock.now_ms(),
    )
    db.session.add(start)
    return start


def sign_credential(registration_key: str, launch_number: int, start_key: str | None = None) -> str:
    """`user:password` in base64, as in an Authorization header after `Basic `."""
    payload = {"r": registration_key, "n": launch_number, "s": start_key}
    token = parts().tokens.sign(Purpose.XAPI, payload, lives_s=WRITES_S)
    return base64.b64encode(f"{USER}:{token}".encode()).decode()


def read_credential(authorization: str) -> Credential:
    """Of an Authorization header. Asks no database. Raises NotAllowed, LinkExpired."""
    try:
        scheme, _, encoded = authorization.strip().partition(" ")
        user, _, token = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        raise NotAllowed("The Authorization header is not the one that this launch was given.") from None
    if scheme.lower() != "basic" or user != USER:
        raise NotAllowed("The Authorization header is not the one that this launch was given.")
    payload = parts().tokens.read(Purpose.XAPI, token)
    reads = payload["exp"] - WRITES_S + READS_S > parts().wall()
    return Credential(payload["r"], payload["n"], payload.get("s"), reads)


def launched(credential: Credential) -> Launched:
    """Raises NotAllowed where the registration is gone."""
    registration = db.session.get(Registration, credential.registration_key)
    if registration is None or registration.deleted_ms is not None:
        raise NotAllowed("The registration of this launch is gone.")
    start = None if credential.start_key is None else db.session.get(ActivityStart, credential.start_key)
    instance = registration.instance if start is None else start.instance
    return Launched(
        registration=registration,
        kind=PackageKind(version_of(registration, start).kind),
        start=start,
        registration_id=registration_id(registration.key, instance),
        actor=actor(registration),
        author=author(registration, credential.start_key),
    )


def version_of(registration: Registration, start: ActivityStart | None) -> CourseVersion:
    """The version of the course that a start plays: what its content says is read by that one, also when the registration was moved to
    a newer one meanwhile, which need not have the activity any more."""
    found = None if start is None or start.version_key is None else db.session.get(CourseVersion, start.version_key)
    return registration.version if found is None else found


def author(registration: Registration, start_key: str | None) -> Author:
    """In whose name the store takes what the content of this registration says: by the UUID that it was given in the first place."""
    name = f"registration {uuid.UUID(registration.key)}"
    agent = {"objectType": "Agent", "account": {"homePage": parts().settings.public_url, "name": name}}
    return Author(agent, registration.key, start_key, apart=registration.test_run)


def registration_id(registration_key: str, instance: int) -> str:
    """The UUID that content is given as its registration; another one for each instance."""
    first = uuid.UUID(registration_key)
    return str(first if instance == 1 else uuid.uuid5(first, str(instance)))


def actor(registration: Registration) -> dict[str, Any]:
    """An Agent by account (cmi5 8.1.3). Its account names the learner as the customer does."""
    learner = registration.learner
    return {
        "objectType": "Agent",
        "name": " ".join(part for part in (learner.first_name, learner.last_name) if part) or learner.learner_id,
        "account": {"homePage": parts().settings.public_url, "name": learner.learner_id},
    }


def agent_of(registration: Registration) -> str:
    """What the learner is known by in the record store (domain/xapi/agents.py)."""
    return str(agents.identifier_of(actor(registration)))


def make_fetch(start: ActivityStart) -> str:
    """A fetch address's secret part, good for one token (cmi5 8.2), within the caller's transaction."""
    fetch = secrets.token_urlsafe(24)
    db.session.add(
        Cmi5Fetch(
            fetch_hash=_hash_fetch(fetch),
            registration_key=start.registration_key,
            launch_number=start.launch_number,
            activity_id=start.activity_id,
            start_key=start.key,
        )
    )
    return fetch


def use_fetch(fetch: str) -> Cmi5Fetch:
    """What a fetch address was made for, once (cmi5 8.2), within the caller's transaction. Raises FetchUsed."""
    row = xapi.use_fetch(db.session, _hash_fetch(fetch), parts().clock.now_ms())
    if row is None:
        raise FetchUsed("This fetch address has been used already. Launch the activity again.")
    return row


def _hash_fetch(fetch: str) -> str:
    return hashlib.sha256(fetch.encode()).hexdigest()
