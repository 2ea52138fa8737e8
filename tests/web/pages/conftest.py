"""A signed-in administrator at a browser that sends what browsers send, and the sample learners to look at."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from seattime.services import sign_in
from seattime.storage.models import db
from tests.sample_world import make_samples

PUBLIC = "http://localhost:8000"


@dataclass
class Browser:
    """Fetches pages and sends forms as a browser does: with the cookie, the page's CSRF token and an Origin.

    Each request has an application context of its own, as on a server: `g` holds who is signed in.
    """

    app: Flask
    client: FlaskClient

    def request(self, path: str, **more: Any) -> TestResponse:
        db.session.rollback()  # on SQLite the test's own transaction would hold the write lock
        with self.app.app_context():
            return self.client.open(path, **{"base_url": PUBLIC, "buffered": True, **more})

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.request(path, **more)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code)
        return answer.get_data(as_text=True)

    def post(self, path: str, data: dict[str, Any] | None = None, *, headers: dict[str, str] | None = None, **more: Any) -> TestResponse:
        """The form with the token of the page that it is on; `path` may be that page itself."""
        form = {"csrf_token": self.token(path), **(data or {})}
        return self.request(path, method="POST", data=form, headers={"Origin": PUBLIC, **(headers or {})}, **more)

    def token(self, path: str) -> str:
        page = self.get(path if path.startswith("/sign-in/") else "/sign-in", follow_redirects=True)
        found = re.search(r'name="csrf_token" value="([^"]+)"', page.get_data(as_text=True))
        return found[1] if found else ""


@pytest.fixture
def stranger(sqlite_app: Flask) -> Browser:
    """Nobody is signed in."""
    return Browser(sqlite_app, sqlite_app.test_client())


@pytest.fixture
def admin(stranger: Browser) -> Browser:
    """The administrator, signed in by a link and its button, as a person does."""
    assert stranger.post(sign_in.make_link().removeprefix(PUBLIC)).status_code == 302
    return stranger


@pytest.fixture
def samples(sqlite_app: Flask) -> None:
    """The two sample learners on courses that look like the sample courses."""
    make_samples()
