"""`seattime.wsgi:app`: the application for an operator's own WSGI server. Run `seattime serve` once, or `seattime upgrade`, before."""

from __future__ import annotations

import os

from seattime import logs
from seattime.app import create_app
from seattime.config import Settings
from seattime.services import metrics
from seattime.services.caretaker import Caretaker
from seattime.services.forwarder import Forwarder
from seattime.storage.models import db

settings = Settings.from_env()
logs.set_up_where_nobody_did(settings)
app = create_app(settings)
metrics.share(settings.data_dir)
caretaker = Caretaker(app)
caretaker.start()
forwarder = Forwarder(app)
forwarder.start()


def _in_a_child() -> None:
    """A server that loads the application and then forks its workers: neither threads nor connections may be the parent's."""
    with app.app_context():
        db.engine.dispose(close=False)
    caretaker.start()
    forwarder.start()


os.register_at_fork(after_in_child=_in_a_child)
