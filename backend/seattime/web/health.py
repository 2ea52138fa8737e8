"""Liveness, readiness and the health of time tracking, for programs. None of them takes a lock or waits longer than a probe does.

HTTP codes say what a load balancer or a simple check should do: 503 only where a commit could be kept nowhere. `degraded` is
200, because time is safe; who wants to know of it reads `status` (docs/operations.md, "Health").
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, jsonify
from flask.typing import ResponseReturnValue

from seattime.services import forwarding_health, health
from seattime.services.forwarding_health import ForwardingState
from seattime.services.health import Health, Status
from seattime.storage.probe import DatabaseState
from seattime.web.pages.formats import iso

blueprint = Blueprint("health", __name__)


@blueprint.after_request
def _never_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/health/live")
def live() -> ResponseReturnValue:
    """The process answers; nothing else is asked."""
    return jsonify(status="alive")


@blueprint.get("/health/ready")
def ready() -> ResponseReturnValue:
    """It can take commits, by the database or by the spool."""
    now = health.look()
    by = now.takes_commits_by
    body = {"status": "ready" if by else "not ready", "by": by, "database_connected": now.database is not DatabaseState.SILENT}
    return jsonify(body), 200 if by else 503


@blueprint.get("/health/time-tracking")
def time_tracking() -> ResponseReturnValue:
    """The shape of design, section 8."""
    now = health.look()
    return jsonify(as_json(now)), 503 if now.status is Status.UNHEALTHY else 200


def as_json(now: Health) -> dict[str, Any]:
    """`null` where the spool cannot be read: a zero would be a lie."""
    spool, recovery = now.spool, now.spool.last_recovery
    return {
        "status": now.status.value,
        "reasons": list(now.reasons),
        "failed_attempts": now.failed_attempts,
        "fallback_count": spool.count,
        "database_connected": now.database is not DatabaseState.SILENT,
        "database": now.database.value,
        "spool_age_s": None if spool.count is None else round(now.spool_age_s, 3),
        "oldest_unsent": None if spool.oldest_ms is None else iso(spool.oldest_ms),
        "spool_bytes": spool.size_bytes,
        "set_aside": spool.set_aside,
        "breaker": now.breaker,
        "last_recovery": None if recovery is None else {"at": iso(recovery["at_ms"]), **_without_moment(recovery)},
        "timestamp": iso(now.at_ms),
        **_forwarding(forwarding_health.look()),
    }


def _forwarding(now: ForwardingState | None) -> dict[str, Any]:
    """Only where statements are forwarded. `status` above speaks of learners' time and knows nothing of it."""
    if now is None:
        return {}
    return {
        "forwarding": {
            "target": now.target,
            "works": now.works,
            "lag_s": round(now.lag_s, 3) if now.known else None,
            "sent": now.sent if now.known else None,
            "set_aside": now.set_aside if now.known else None,
            "failing_since": None if now.failing_since_ms is None else iso(now.failing_since_ms),
            "last_error": now.last_error or None,
            "last_sent": None if now.last_sent_ms is None else iso(now.last_sent_ms),
        }
    }


def _without_moment(recovery: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in recovery.items() if name != "at_ms"}


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
