"""The application factory: everything is wired here and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from seattime.config import Settings
from seattime.services import counted_time
from seattime.services.committing import Committer
from seattime.services.parts import EXTENSION, Parts
from seattime.services.tokens import Tokens
from seattime.storage import database, keyring
from seattime.storage.database import Clock, DatabaseClock
from seattime.storage.package_files import FolderStore
from seattime.web import adapter_files, api, content, health, hosts, pages, play_xapi, player, runtime

READING = frozenset({"GET", "HEAD", "OPTIONS"})


def create_app(
    settings: Settings | None = None, *, clock: Clock | None = None, wall: Callable[[], float] = time.time
) -> Flask:
    """A WSGI application. `clock` is the ledger's (the database's by default), `wall` gives seconds for token expiry."""
    settings = (settings or Settings.from_env()).checked()
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
    clock = clock or DatabaseClock()
    app.extensions[EXTENSION] = Parts(
        settings=settings,
        clock=clock,
        store=FolderStore(settings.data_dir / "packages"),
        tokens=Tokens(keys, wall),
        committer=Committer(settings, clock),
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
    hosts.init_app(app, settings)
    for part in (adapter_files, health, player, runtime, content, play_xapi, api, pages):
        part.init_app(app)
    return app
