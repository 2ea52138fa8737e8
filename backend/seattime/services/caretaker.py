"""The thread of each worker that looks after what nobody asks for: recovery, silent sessions, a schema that had to wait.

Guarantees: it never dies of an error, and never keeps the process alive. Started after fork, by `seattime serve` and by
`seattime.wsgi`; an application in a test has none and calls the services itself. Must not import web.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from flask import Flask

from seattime.services import cmi5_sessions, import_jobs, recovery, silence
from seattime.services.parts import parts
from seattime.storage import database
from seattime.storage.models import db
from seattime.storage.probe import DatabaseState
from seattime.storage.spool import SpoolFailed

log = logging.getLogger(__name__)

LOOK_EVERY_S = 1.0
TIDY_EVERY_S = 60.0
HUNG_AFTER_S = 2.0
"""How long after the database's own statement timeout a statement is taken to hang."""


class Caretaker:
    """`tick` does what is due; the thread calls it each second. `monotonic` in seconds. `schema_waits`: the server was started
    while the database was away."""

    def __init__(self, app: Flask, *, schema_waits: bool = False, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._app = app
        self._monotonic = monotonic
        self._stopped = threading.Event()
        self._tidy_at = monotonic() + TIDY_EVERY_S
        self._schema_waits = schema_waits
        self._failing = False

    def start(self) -> None:
        """Starts its threads; once more in the child of a fork, where they do not live on."""
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="caretaker", daemon=True).start()
        # a thread of its own: the caretaker's may be the one that hangs
        threading.Thread(target=self._watch, name="hung-watch", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def tick(self) -> None:
        """Drains the spool; finds out whether a database that was away is back; closes silent sessions now and then."""
        with self._app.app_context():
            try:
                if self._schema_waits and not self._bring_schema():
                    return
                if parts().breaker.state != "closed" and parts().gate.lets_through():
                    parts().breaker.succeeded()
                try:
                    recovery.drain()
                finally:
                    # a spool that is broken keeps no silent session open
                    self._tidy_if_due()
            finally:
                db.session.remove()

    def _tidy_if_due(self) -> None:
        if parts().breaker.state == "closed" and self._monotonic() >= self._tidy_at:
            self._tidy_at = self._monotonic() + TIDY_EVERY_S
            silence.close_silent_sessions()
            cmi5_sessions.abandon_lost()
            recovery.tidy_shelf()

    def _bring_schema(self) -> bool:
        """The server was started while the database was away: what start-up does to the schema is done now."""
        if parts().probe.answer() is DatabaseState.SILENT:
            return False
        with recovery.alone() as alone:
            if not alone:
                return False
            database.upgrade_schema(self._app, parts().clock)
        import_jobs.resume_jobs(self._app)
        self._schema_waits = False
        return True

    def _watch(self) -> None:
        with self._app.app_context():
            in_flight, longest_s = parts().in_flight, parts().settings.statement_timeout_ms / 1000 + HUNG_AFTER_S
        while not self._stopped.wait(LOOK_EVERY_S):
            if cut := in_flight.cut_overdue(longest_s):
                log.warning("%d database connections were cut: no answer for %.0f s", cut, longest_s, extra={"event": "hung", "cut": cut})

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            try:
                self.tick()
                self._failing = False
            except Exception as error:  # whatever it is, the next second is another chance
                (log.debug if self._failing else log.warning)("the caretaker failed: %s", error, exc_info=error)
                self._failing = not isinstance(error, SpoolFailed)
