"""What a running application is made of, so that services and web reach it without globals. Filled in app.py and nowhere else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from flask import current_app

from seattime.config import Settings
from seattime.domain.breaker import CircuitBreaker
from seattime.domain.leniencies import Leniencies
from seattime.domain.patience import Patience
from seattime.domain.spooled_statements import SpooledStatements
from seattime.services.committing import Committer
from seattime.services.gate import Gate
from seattime.services.key_memory import KeyMemory
from seattime.services.lately import Lately
from seattime.services.saving import Saver
from seattime.services.statement_committing import StatementCommitter
from seattime.services.statement_saving import StatementSaver
from seattime.services.tokens import Tokens
from seattime.storage.database import Clock
from seattime.storage.hung import InFlight
from seattime.storage.package_files import PackageStore
from seattime.storage.probe import DatabaseState, Probe
from seattime.storage.spool_state import SpoolState
from seattime.storage.spools import Spool

EXTENSION = "seattime"


@dataclass(frozen=True)
class Parts:
    """The injected things of one application."""

    settings: Settings
    leniencies: Leniencies
    clock: Clock
    store: PackageStore
    tokens: Tokens
    committer: Committer
    saver: Saver
    statement_committer: StatementCommitter
    statement_saver: StatementSaver
    takers: Mapping[str, Callable[[SpooledStatements], object]]
    """Who takes what the spool holds of statements, by name (`statement_fallback`)."""
    key_memory: KeyMemory
    lately: Lately[int]
    """X-Experience-API-Consistent-Through, as answers to whoever writes say it."""
    spool: Spool
    breaker: CircuitBreaker
    patience: Patience
    gate: Gate
    probe: Probe[DatabaseState]
    in_flight: InFlight
    spool_probe: Probe[SpoolState]
    wall: Callable[[], float]
    """Seconds since 1970 by this machine's clock; the ledger's times are `clock`'s."""


def parts() -> Parts:
    """The current application's parts. Needs an application context."""
    return cast("Parts", current_app.extensions[EXTENSION])
