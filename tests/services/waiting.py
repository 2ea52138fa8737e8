"""A record as the spool keeps it, for tests of what looks after the spool."""

from __future__ import annotations

from seattime.domain.records import parse_record
from seattime.domain.spooled import SpooledSession
from seattime.services.claims import DeliveryClaims
from seattime.services.committing import Item
from seattime.services.saving import as_spooled
from seattime.storage.placing import Origin
from tests import builders

SESSION = "11111111-1111-4111-8111-111111111111"


def waiting_record(claims: DeliveryClaims) -> SpooledSession:
    """The second delivery of a session: twelve seconds."""
    later = builders.time_register(2, base=1, measured=12_000, open=12_000, order=claims.order_number)
    origin = Origin(claims.registration_key, claims.launch_number, claims.order_number, claims.launched_ms, claims.instance)
    return as_spooled(Item(origin, parse_record(builders.record(SESSION, time=later))))
