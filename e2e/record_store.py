"""A server's record store as an application uses it: HTTP with an API key, nothing of the product's own code."""

from __future__ import annotations

import base64
import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from e2e.server import KEY_ID, KEY_SECRET, Server

ANSWERED_WITHIN_S = 20
BASIC = "Basic " + base64.b64encode(f"{KEY_ID}:{KEY_SECRET}".encode()).decode()


@dataclass(frozen=True)
class RecordStore:
    """`/xapi` of one server, under version 1.0.3."""

    server: Server

    def fetch(self, method: str, path: str, body: Any = None) -> tuple[int, str]:
        """Status and text. `path`: of the server, so that its health can be asked, too."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.server.url}{path}", data, method=method)
        request.add_header("Authorization", BASIC)
        request.add_header("X-Experience-API-Version", "1.0.3")
        request.add_header("Content-Type", "application/json")
        try:
            with urllib.request.urlopen(request, timeout=ANSWERED_WITHIN_S) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON."""
        status, text = self.fetch(method, path, body)
        return status, json.loads(text) if text else None

    def send(self, *statements: dict[str, Any]) -> list[str]:
        """The ids under which they are acknowledged."""
        status, ids = self.ask("POST", "/xapi/statements", list(statements))
        assert status == 200, ids
        return [str(each) for each in ids]

    def found(self, registration: str) -> list[str]:
        """The ids of a registration's statements that can be read now, in the order in which they were stored; none while nothing can."""
        status, page = self.ask("GET", f"/xapi/statements?registration={registration}&ascending=true")
        return [each["id"] for each in page["statements"]] if status == 200 else []

    def health(self) -> dict[str, Any]:
        """What /health/time-tracking says."""
        said: dict[str, Any] = self.ask("GET", "/health/time-tracking")[1]
        return said
