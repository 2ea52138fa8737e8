"""The application factory: everything is wired here and nowhere else."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from seattime.config import BadSetting, Settings
from seattime.domain.breaker import CircuitBreaker
from seattime.domain.leniencies import BadLeniency, Leniencies, read_leniencies
from seattime.domain.patience import Patience
from seattime.domain.retry import RetryPolicy
from seattime.services import counted_time, forwarding_health, launch_saving, lrs_saving
from seattime.services.breaker_watch import BreakerWatch
from seattime.services.committing import Committer
from seattime.services.gate import Gate
from seattime.services.key_memory import KeyMemory
from seattime.services.lately import Lately
from seattime.services.parts import EXTENSION, Parts
from seattime.services.saving import Pace, Saver
from seattime.services.statement_committing import StatementCommitter
from seattime.services.statement_saving import StatementSaver
from seattime.services.tokens import Tokens
from seattime.storage import database, keyring, probe, spool_state, spooling
from seattime.storage.database import Clock, DatabaseClock
from seattime.storage.hung import InFlight
from seattime.storage.models import db
from seattime.storage.package_files import FolderStore
from seattime.storage.probe import DatabaseState
from seattime.web import (
    adapter_files,
    api,
    commit_door,
    content,
    health,
    hosts,
    outage,
    pages,
    play_xapi,
    player,
    prometheus,
    runtime,
    xapi,
)
from seattime.web.xapi import statement_door

READING = frozenset({"GET", "HEAD", "OPTIONS"})
REAL_PACE = Pace(time.monotonic, time.sleep, random.random)


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    wall: Callable[[], float] = time.time,
    pace: Pace = REAL_PACE,
) -> Flask:
    """A WSGI application. `clock` is the ledger's (the database's by default), `wall` gives seconds since 1970 by this machine,
    `pace` is how saves wait between their tries. Raises BadSetting."""
    settings = (settings or Settings.from_env()).checked()
    leniencies = _leniencies(settings)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    app = Flask("seattime", static_folder=None)
    keys = keyring.load_keys(settings.data_dir, settings.secret_key)
    app.config.update(
        SECRET_KEY=keys[-1],
        SECRET_KEY_FALLBACKS=list(keys[:-1]),
        MAX_CONTENT_LENGTH=settings.max_package_bytes,
        MAX_FORM_MEMORY_SIZE=16 * 1024 * 1024,
        SESSION_COOKIE_NAME="__Host-seattime" if settings.secure else "seattime",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
    )
    database.init_app(app, settings)
    with app.app_context():
        in_flight = InFlight(db.engine, pace.monotonic)
    clock = clock or DatabaseClock()
    committer = Committer(settings, clock)
    spool = spooling.init_app(app, settings, wall)
    breaker = CircuitBreaker(pace.monotonic, BreakerWatch())
    database_probe = probe.database_probe(settings.sqlalchemy_url)
    gate = Gate(breaker, lambda: database_probe.answer() is DatabaseState.WRITABLE)
    app.extensions[EXTENSION] = Parts(
        settings=settings,
        leniencies=leniencies,
        clock=clock,
        store=FolderStore(settings.data_dir / "packages"),
        tokens=Tokens(keys, wall),
        committer=committer,
        saver=Saver(committer, spool, breaker, gate, _retry_policy(settings), pace),
        statement_committer=StatementCommitter(settings, clock),
        statement_saver=StatementSaver(spool, breaker, gate, _retry_policy(settings), pace),
        takers={lrs_saving.TAKER: lrs_saving.take_again, launch_saving.TAKER: launch_saving.take_again},
        key_memory=KeyMemory(pace.monotonic),
        lately=Lately(pace.monotonic),
        spool=spool,
        breaker=breaker,
        patience=Patience(pace.monotonic),
        gate=gate,
        probe=database_probe,
        in_flight=in_flight,
        spool_probe=spool_state.spool_probe(spool, settings.spool_max_bytes),
        wall=wall,
    )
    app.wsgi_app = ProxyFix(app.wsgi_app, x_for=0, x_proto=1, x_host=0)  # type: ignore[method-assign]  # Flask's documented way

    @app.before_request
    def _transactions_of_this_request() -> None:
        database.set_read_only(request.method in READING)

    @app.teardown_request
    def _no_longer(_error: BaseException | None) -> None:
        # whatever runs next in this thread may write
        database.set_read_only(False)

    counted_time.init_app(app)
    forwarding_health.init_app(app)
    hosts.init_app(app, settings)
    outage.init_app(app)
    for part in (adapter_files, health, prometheus, player, runtime, content, play_xapi, api, pages):
        part.init_app(app)
    xapi.init_app(app, settings)
    statement_door.init_app(app, settings)
    commit_door.init_app(app, settings)
    return app


def _leniencies(settings: Settings) -> Leniencies:
    try:
        return read_leniencies(settings.leniencies)
    except BadLeniency as error:
        raise BadSetting(str(error)) from error


def _retry_policy(settings: Settings) -> RetryPolicy:
    return RetryPolicy(tries=settings.commit_tries, try_ms=settings.commit_try_ms, budget_ms=settings.commit_budget_ms)
