"""The thread of each worker that forwards statements (forwarding.py), apart from the caretaker: a target that is slow delays nobody else.

Guarantees: it never dies of an error, and never keeps the process alive. Started after fork, where SEATTIME_FORWARD_XAPI_ENDPOINT is
set. Must not import web.
"""

from __future__ import annotations

import logging
import threading

from flask import Flask

from seattime.services import forwarding
from seattime.services.parts import parts
from seattime.storage.models import db

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0


class Forwarder:
    """`tick` forwards what there is; the thread calls it again and again."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._stopped = threading.Event()
        self._failing = False

    def start(self) -> None:
        """Once more in the child of a fork, where the thread does not live on."""
        with self._app.app_context():
            if not forwarding.endpoint():
                return
        self._stopped = threading.Event()
        threading.Thread(target=self._run, name="forwarder", daemon=True).start()

    def stop(self) -> None:
        self._stopped.set()

    def tick(self) -> None:
        """While the database is away there is nothing to be read."""
        with self._app.app_context():
            try:
                if parts().breaker.state == "closed":
                    forwarding.run()
            finally:
                db.session.remove()

    def _run(self) -> None:
        while not self._stopped.wait(LOOK_EVERY_S):
            try:
                self.tick()
                self._failing = False
            except Exception as error:  # whatever it is, the next look is another chance
                (log.debug if self._failing else log.warning)("forwarding met an error of its own: %s", error, exc_info=error)
                self._failing = True
