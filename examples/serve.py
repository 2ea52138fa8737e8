"""A tiny LMS to try SeatTime in somebody else's player: `python examples/serve.py --key ID:SECRET`.

Serves the two example pages on an origin of its own. For each opening it asks SeatTime for a ticket, server to server, as
the server of an LMS would; the browser never sees the API key. Standard library only.
"""

from __future__ import annotations

import argparse
import base64
import json
import urllib.request
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGES = {"/around": "around-the-lms/player.html", "/api": "as-the-api/player.html"}
ANSWERS_WITHIN_S = 5
INDEX = """<!doctype html><meta charset="utf-8"><title>Another LMS</title>
<ul><li><a href="/around">Around the API of this LMS</a></li><li><a href="/api">As the API</a></li></ul>"""


@dataclass(frozen=True)
class SeatTime:
    """Where SeatTime is and what it asks for."""

    url: str
    key: str

    def ticket(self, visit: dict[str, Any]) -> dict[str, str]:
        """`ticket`, `script` and `base` for this visit. An LMS that must open in any case goes on without where this fails."""
        request = urllib.request.Request(
            f"{self.url}/api/v2/seattime/hostTickets",
            data=json.dumps(visit).encode(),
            headers={
                "Content-Type": "application/json",
                "Authorization": "Basic " + base64.b64encode(self.key.encode()).decode(),
            },
        )
        with urllib.request.urlopen(request, timeout=ANSWERS_WITHIN_S) as answer:
            said: dict[str, str] = json.load(answer)
        return said


class Handler(BaseHTTPRequestHandler):
    """Pages of the LMS. `seattime` is set by `make_server`."""

    seattime: SeatTime

    def do_GET(self) -> None:
        """The start page, the players, the course."""
        path = self.path.partition("?")[0]
        if path in PAGES:
            self.answer(self.player(PAGES[path]))
        elif path == "/course.html":
            self.answer((HERE / "course.html").read_text(encoding="utf-8"))
        elif path == "/":
            self.answer(INDEX)
        else:
            self.send_error(404)

    def player(self, page: str) -> str:
        """A player page with the ticket of this visit in it."""
        said = self.seattime.ticket(
            {
                "registrationId": "another-lms:lifting:ana",
                "courseId": "another-lms:lifting",
                "courseTitle": "Lifting safely",
                "standard": "scorm12",
                "learner": {"id": "ana", "firstName": "Ana", "lastName": "Ruiz"},
            }
        )
        text = (HERE / page).read_text(encoding="utf-8")
        return text.replace("{{ticket}}", said["ticket"]).replace("{{script}}", said["script"])

    def answer(self, text: str, kind: str = "text/html; charset=utf-8", status: int = 200, **headers: str) -> None:
        """Never stored: the ticket in a page is this visit's."""
        body = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store", **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Quiet."""


def make_server(port: int, seattime: SeatTime, handler: type[Handler] = Handler) -> ThreadingHTTPServer:
    """On loopback, not started yet. Port 0: a free one."""
    bound = type("BoundHandler", (handler,), {"seattime": seattime})
    return ThreadingHTTPServer(("127.0.0.1", port), bound)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seattime", default="http://localhost:8000", help="address of SeatTime")
    parser.add_argument("--key", required=True, help="ID:SECRET of an API key with the scope write (seattime api-key create)")
    parser.add_argument("--port", type=int, default=8001)
    chosen = parser.parse_args()
    with make_server(chosen.port, SeatTime(chosen.seattime, chosen.key)) as server:
        print(f"Another LMS: http://localhost:{server.server_port}/")
        server.serve_forever()
