"""An empty JSON endpoint behind the server that `seattime serve` runs: what HTTP, Flask and the threads cost with nothing behind them.

    python -m benchmarks.ingest.empty PORT WORKERS
"""

from __future__ import annotations

import sys

from flask import Flask, Response, jsonify

from seattime import serving


def make_app() -> Flask:
    app = Flask("empty")

    @app.get("/")
    def empty() -> Response:
        return jsonify({})

    return app


if __name__ == "__main__":
    serving.serve(make_app, [f"127.0.0.1:{sys.argv[1]}"], workers=int(sys.argv[2]), on_ready=lambda: print("ready", flush=True))
