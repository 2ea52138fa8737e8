"""How forwarding is doing: for /health/time-tracking, /metrics and the page Health. Must not import web.

Guarantees: like everything about health, it takes no lock and waits no longer than a probe does (storage/probe.py). It says nothing of
whether learners' time is safe: the statements are here, whatever becomes of them elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, cast

from flask import Flask, current_app
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from seattime.services import forwarding as forwarding_service
from seattime.services.parts import parts
from seattime.storage import forwarding, lrs_listing, lrs_reading
from seattime.storage.database import Clock, own_engine, read_clock, read_only
from seattime.storage.forwarding_models import ForwardingRefused
from seattime.storage.models import db
from seattime.storage.probe import Probe

EXTENSION: Final = "seattime.forwarding"
MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True)
class ForwardingState:
    """One look. `known` False: the database does not answer, and the figures are none."""

    target: str
    known: bool = True
    lag_s: float = 0.0
    """How long the oldest statement that is not there yet has been waiting."""
    sent: int = 0
    set_aside: int = 0
    failing_since_ms: int | None = None
    last_error: str = ""
    last_sent_ms: int | None = None

    @property
    def works(self) -> bool:
        return self.known and self.failing_since_ms is None


def init_app(app: Flask) -> None:
    """Called once by the app factory, after the application's parts are there."""
    with app.app_context():
        target = forwarding_service.endpoint()
        if not target:
            return
        # of its own: a pool that is used up says nothing of forwarding
        ask = partial(_ask, own_engine(parts().settings), target, parts().clock)
        app.extensions[EXTENSION] = Probe[ForwardingState](ask, ForwardingState(target, known=False))


def look() -> ForwardingState | None:
    """None where nothing is forwarded."""
    probe = cast("Probe[ForwardingState] | None", current_app.extensions.get(EXTENSION))
    return None if probe is None else probe.answer()


def set_aside() -> list[ForwardingRefused]:
    """The newest of what the target refused, for the page."""
    name = forwarding_service.endpoint()
    return forwarding.refused(db.session, name, MOST_SHOWN) if name else []


def owners_of(refused: Sequence[ForwardingRefused]) -> dict[str, str | None]:
    """By statement: the registration whose content said it, if any."""
    return lrs_reading.find_owners(db.session, [each.statement_id for each in refused]) if refused else {}


def collect(state: ForwardingState | None) -> Iterable[Metric]:
    """Where nothing is forwarded, nothing stands still: figures are there all the same, so that an alert need not know."""
    now = state or ForwardingState("")
    yield GaugeMetricFamily("seattime_forwarding_up", "0 where the last try to forward statements failed.", value=float(now.works))
    if now.known:
        yield GaugeMetricFamily("seattime_forwarding_lag_seconds", "How long the oldest statement waits to be forwarded.", value=now.lag_s)
        yield GaugeMetricFamily("seattime_forwarding_set_aside", "Statements that the target refused.", value=float(now.set_aside))
        yield CounterMetricFamily("seattime_forwarded_statements", "Statements that the target took.", value=now.sent)


def _ask(engine: Engine, target: str, clock: Clock) -> ForwardingState:
    with read_only(), Session(engine) as session:
        found = forwarding.find(session, target)
        place = forwarding_service.FROM_THE_BEGINNING if found is None else (found.stored_ms, found.seq)
        waiting_ms = lrs_listing.first_behind(session, place)
        now_ms = read_clock(clock, session.connection())
        return ForwardingState(
            target,
            lag_s=0.0 if waiting_ms is None else max(0, now_ms - waiting_ms) / 1000,
            sent=0 if found is None else found.sent,
            set_aside=forwarding.count_refused(session, target),
            failing_since_ms=None if found is None else found.failing_since_ms,
            last_error="" if found is None else found.last_error,
            last_sent_ms=None if found is None else found.last_sent_ms,
        )
