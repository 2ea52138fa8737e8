"""/metrics for Prometheus, on the public origin only (hosts.py).

Open like the health addresses, because that is what a Prometheus expects: nothing in it says anything of a person. Who wants it
closed lets the proxy in front answer it to the monitoring host alone (docs/operations.md). Like them it never hangs.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import Blueprint, Flask, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from seattime.services import forwarding_health, health, metrics

blueprint = Blueprint("prometheus", __name__)


class Everything(Collector):
    """What all workers counted, and how the host is doing now."""

    def collect(self) -> Iterable[Metric]:
        yield from metrics.collect()
        yield from health.collect(health.look())
        yield from forwarding_health.collect(forwarding_health.look())


@blueprint.get("/metrics")
def show() -> Response:
    """Every metric in Prometheus' text format."""
    return Response(generate_latest(Everything()), content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})


def init_app(app: Flask) -> None:
    app.register_blueprint(blueprint)
