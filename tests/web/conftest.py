"""An application with one playable course, and clients for both of its sides. SQLite: nothing here depends on the database."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from seattime.services import launching
from seattime.services.parts import parts
from seattime.storage.models import Course, Registration, db
from tests import builders

PUBLIC = "http://localhost:8000"


@dataclass
class World:
    """A registration of one learner, and how to reach it."""

    app: Flask
    registration: Registration
    key: str
    origin: str
    public: FlaskClient
    play: FlaskClient

    def link(self) -> str:
        """The link parameter of a fresh launch link."""
        registration = db.session.get(Registration, self.key)
        assert registration is not None
        return parse_qs(urlsplit(launching.launch_link(registration)).query)["link"][0]


@pytest.fixture
def world(sqlite_app: Flask) -> World:
    course = builders.course(activities=2)
    registration = builders.registration(course)
    put_files(course, {"part1.html": "<title>one</title>", "sub/part 2.html": "two"})
    return World(
        app=sqlite_app,
        registration=registration,
        key=registration.key,
        origin=parts().settings.play_origin_of(course.slug),
        public=sqlite_app.test_client(),
        play=sqlite_app.test_client(),
    )


def put_files(course: Course, files: dict[str, str]) -> None:
    """Files of the course's newest version, where the package store keeps them."""
    folder: Path = parts().settings.data_dir / "packages" / course.versions[-1].key
    for name, text in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
