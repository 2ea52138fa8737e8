"""Liveness, readiness and the health of time tracking. None of them takes a lock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Flask, jsonify
from flask.typing import ResponseReturnValue
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from seattime.services.commits import save_failures
from seattime.storage import database
from seattime.storage.models import db

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> ResponseReturnValue:
    """The process answers."""
    return jsonify(status="alive")


@blueprint.get("/health/ready")
def ready() -> ResponseReturnValue:
    """It can take commits."""
    connected = _database_answers()
    return jsonify(
        status="ready" if connected else "not ready", database_connected=connected
    ), 200 if connected else 503


@blueprint.get("/health/time-tracking")
def time_tracking() -> ResponseReturnValue:
    """The shape of design, section 8. `fallback_count` is 0: the spool comes with the next release."""
    connected = _database_answers()
    failed = save_failures()
    status = "unhealthy" if not connected else "healthy"
    body: dict[str, Any] = {
        "status": status,
        "failed_attempts": failed,
        "fallback_count": 0,
        "database_connected": connected,
        "timestamp": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    return jsonify(body), 200 if connected else 503


def _database_answers() -> bool:
    try:
        with database.read_only():
            db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        db.session.rollback()
        return False
    return True


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
