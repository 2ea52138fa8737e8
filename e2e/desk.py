"""The administrator's desk: signed in by the server's one-time link, reading the pages and their exports."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from http.cookiejar import CookieJar
from typing import Any

from e2e.server import Server

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Answer:
    """What came back; redirects were followed."""

    status: int
    text: str


class Desk:
    """A signed-in session without a browser."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        link = server.sign_in_link()
        form = self.get(link)
        token = TOKEN.search(form.text)
        assert token is not None, "the sign-in page has no button"
        done = self._ask(link, urllib.parse.urlencode({"csrf_token": token[1]}).encode(), {"Origin": server.url})
        assert done.status == 200, f"signing in was answered {done.status}"

    def get(self, address: str) -> Answer:
        """Fetches a page, `address` being whole or a path."""
        return self._ask(address, None, {})

    def sessions(self, registration_key: str) -> list[dict[str, Any]]:
        """The export of a registration's sessions: credited, reported, measured, policy, reason, findings."""
        rows: list[dict[str, Any]] = json.loads(self.get(f"/registrations/{registration_key}/export.json").text)
        return rows

    def comparison(self) -> list[dict[str, Any]]:
        """The export of what other LMSs were told beside what was counted."""
        rows: list[dict[str, Any]] = json.loads(self.get("/comparison.json").text)
        return rows

    def _ask(self, address: str, body: bytes | None, headers: dict[str, str]) -> Answer:
        url = address if "://" in address else self._server.url + address
        request = urllib.request.Request(url, data=body, headers=headers)
        try:
            with self._opener.open(request, timeout=20) as answer:
                return Answer(answer.status, answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read().decode())


def registration_key(link: str) -> str:
    """The internal key that a launch link carries."""
    return urllib.parse.urlsplit(link).path.split("/")[2]
