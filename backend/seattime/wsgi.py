"""`seattime.wsgi:app`: the application for an operator's own WSGI server. Run `seattime serve` once, or `seattime upgrade`, before."""

from __future__ import annotations

from seattime.app import create_app

app = create_app()
