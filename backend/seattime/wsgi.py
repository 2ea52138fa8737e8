"""`seattime.wsgi:app`: the application for an operator's own WSGI server. Run `seattime serve` once, or `seattime upgrade`, before."""

from __future__ import annotations

from seattime import logs
from seattime.app import create_app
from seattime.config import Settings
from seattime.services import metrics
from seattime.services.caretaker import Caretaker

settings = Settings.from_env()
logs.set_up_where_nobody_did(settings)
app = create_app(settings)
metrics.share(settings.data_dir)
Caretaker(app).start()
