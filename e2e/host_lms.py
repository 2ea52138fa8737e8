"""Another LMS: a tiny server on an origin of its own, with player pages that the cases write and a course that they drive.

It asks SeatTime for tickets server to server, as `examples/serve.py` does, whose pages it serves too.
"""

from __future__ import annotations

import json
import threading
import uuid
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

from e2e.server import KEY_ID, KEY_SECRET, Server
from examples.serve import Handler, SeatTime, make_server

ROOT = Path(__file__).resolve().parents[1]
OUR_FILES = "/static/scorm_api/"
"""As an LMS serves them that has copied them to itself."""

CONTENT = """<!doctype html><meta charset="utf-8"><title>Content</title><h1>Content</h1>
<script>
  window.find = (name) => {
    for (let place = window.parent, steps = 0; steps < 9; place = place.parent, steps += 1) {
      if (place[name]) return place[name];
      if (place.parent === place) return place.opener ? place.opener[name] || null : null;
    }
    return null;
  };
  // What the API answers, with its type; or what it throws.
  window.call = (method, ...args) => {
    try {
      const answer = window.api[method](...args);
      return `${typeof answer}:${String(answer)}`;
    } catch (error) {
      return `threw:${error.message}`;
    }
  };
</script>"""

LMS_API = """
  window.told = [];
  class LmsApi {
    #log = window.told;
    #error = "0";
    fails = false;
    LMSInitialize() { this.#log.push("initialize"); return "true"; }
    LMSGetValue(element) { return element === "cmi.core.total_time" ? "0000:07:00.00" : ""; }
    LMSSetValue(element, value) { this.#log.push(`${element}=${value}`); return "true"; }
    LMSCommit() { this.#log.push("commit"); this.#error = this.fails ? "391" : "0"; return this.fails ? "false" : "true"; }
    LMSFinish() { this.#log.push("finish"); this.#error = this.fails ? "391" : "0"; return this.fails ? "false" : "true"; }
    LMSGetLastError() { return this.#error; }
    LMSGetErrorString() { return ""; }
    LMSGetDiagnostic() { return ""; }
  }
"""
"""A class with prototype methods and private fields: `this` has to be the LMS's own object."""


class HostHandler(Handler):
    """Also what the cases wrote."""

    lms: HostLms

    def do_GET(self) -> None:  # noqa: N802  # the standard library's name
        path = self.path.partition("?")[0]
        if path.startswith(OUR_FILES):
            self.answer((ROOT / path[1:]).read_text(encoding="utf-8"), "text/javascript")
        elif path == "/content.html":
            self.answer(CONTENT)
        elif path in self.lms.pages:
            text, headers = self.lms.pages[path]
            self.answer(text, **headers)
        else:
            super().do_GET()


@dataclass
class HostLms:
    """One such LMS beside one SeatTime."""

    seattime: Server
    pages: dict[str, tuple[str, dict[str, str]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.asks = SeatTime(self.seattime.url, f"{KEY_ID}:{KEY_SECRET}")
        handler = type("CaseHandler", (HostHandler,), {"lms": self})
        self.server: ThreadingHTTPServer = make_server(0, self.asks, handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://localhost:{self.server.server_port}"

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def ticket(self, registration: str, **more: Any) -> dict[str, str]:
        """For a learner of his own in a course that nobody imported."""
        visit = {"registrationId": registration, "courseId": "elsewhere", "learner": {"id": f"of-{registration}"}}
        return self.asks.ticket({**visit, **more})

    def add(self, text: str, **headers: str) -> str:
        """The address of a page with this text."""
        path = f"/pages/{len(self.pages)}"
        self.pages[path] = (text, headers)
        return self.url + path

    def player(self, ticket: dict[str, str], script: str, *, attributes: str = "", frame: str = "/content.html", **headers: str) -> str:
        """The address of a player page: our script tag, the LMS's own script, the content's frame."""
        tag = f'<script type="module" async src="{ticket["script"]}" data-ticket="{ticket["ticket"]}" {attributes}></script>'
        shown = f'<iframe id="content" src="{frame}" width="600" height="400"></iframe>' if frame else ""
        return self.add(f'<!doctype html><meta charset="utf-8"><title>LMS</title>{tag}<script>{script}</script>{shown}', **headers)


def new_registration() -> str:
    return f"host-{uuid.uuid4().hex[:8]}"


def account(elements: dict[str, str]) -> dict[str, Any]:
    """What the LMS was told, as the session's state holds it."""
    said: dict[str, Any] = json.loads(elements["seattime.host"])
    return said
