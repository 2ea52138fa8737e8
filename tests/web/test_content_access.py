"""Files of a package by `content_endpoint` and `content_token` (Tin Can, "Private Content Access and TinCan")."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from seattime.domain.packages.kinds import PackageKind
from seattime.services.parts import parts
from seattime.storage.models import Course
from seattime.storage.package_zip import CHUNK, zip_chunks
from tests import builders
from tests.web.conftest import World, put_files

FILES = {"tincan.xml": "<tincan/>", "media/kettle.txt": "boils", "index.html": "<p>Tea</p>"}


@dataclass
class Handed:
    """What a launch says of its files."""

    world: World
    endpoint: str
    token: str

    def get(self, path: str = "", method: str = "GET", token: str | None = None, **headers: str):  # type: ignore[no-untyped-def]  # a werkzeug response
        address = f"{urlsplit(self.endpoint).path}{path}?content_token={self.token if token is None else token}"
        return self.world.play.open(address, method=method, base_url=self.world.origin, headers=headers, buffered=True)


def launch(world: World, course: Course) -> Handed:
    registration = builders.registration(course, builders.learner("cleo"))
    world.key, world.registration = registration.key, registration
    world.origin = parts().settings.play_origin_of(course.slug)
    answer = world.play.post(f"/player/{registration.key}/launch", json={"link": world.link()}, base_url=world.origin)
    query = parse_qs(urlsplit(answer.get_json()["activities"]["item_1"]["src"]).query)
    return Handed(world, query["content_endpoint"][0], query["content_token"][0])


def tea(course_id: str = "tea", **changed: Any) -> Course:
    course = builders.course(course_id, kind=PackageKind.XAPI)
    version = course.versions[-1]
    version.structure = {**version.structure, **changed}
    return course


@pytest.fixture
def handed(world: World) -> Handed:
    course = tea()
    put_files(course, FILES)
    return launch(world, course)


def test_a_path_within_the_package_is_a_file_of_it(handed: Handed) -> None:
    assert handed.endpoint.startswith(f"{handed.world.origin}/content/")
    assert handed.get("media/kettle.txt").get_data(as_text=True) == "boils"
    assert handed.get("media/kettle.txt", "HEAD").content_length == len("boils")
    assert handed.get("media/kettle.txt", Range="bytes=1-2").get_data(as_text=True) == "oi"
    assert handed.get("media/none.txt").status_code == 404


def names_of(answer: Any) -> dict[str, str]:
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name).decode() for name in archive.namelist()}


def test_no_path_is_the_whole_package(handed: Handed) -> None:
    answer = handed.get()

    assert names_of(answer) == FILES
    assert handed.get().data == answer.data
    assert handed.get(**{"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert handed.get(method="HEAD").data == b""


def test_a_package_whose_root_is_a_folder_is_told_from_there(world: World) -> None:
    course = tea(root="tea course/")
    put_files(course, {f"tea course/{name}": text for name, text in FILES.items()} | {"__MACOSX/x": "not of it"})
    handed = launch(world, course)

    assert names_of(handed.get()) == FILES
    assert handed.get("media/kettle.txt").get_data(as_text=True) == "boils"


def test_content_that_lies_elsewhere_is_told_of_the_packages_files_too(world: World) -> None:
    (organization,) = tea().versions[-1].structure["organizations"]
    elsewhere = {**organization, "items": [{**organization["items"][0], "href": "https://app.example/play"}]}
    course = tea("coffee", organizations=[elsewhere])
    put_files(course, FILES)

    assert launch(world, course).get("media/kettle.txt").get_data(as_text=True) == "boils"


def test_pages_of_other_origins_may_read_them_by_the_token(handed: Handed) -> None:
    asked = handed.get("media/kettle.txt", "OPTIONS", Origin="https://app.example")

    assert asked.status_code == 200
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "Range" in asked.headers["Access-Control-Allow-Headers"]
    assert handed.get("media/kettle.txt", Origin="https://app.example").headers["Access-Control-Allow-Origin"] == "*"
    assert handed.get(Origin="https://app.example").headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("token", ["", "another"])
def test_without_the_token_there_is_no_leave_and_no_whole_package(handed: Handed, token: str) -> None:
    assert "Access-Control-Allow-Origin" not in handed.get("media/kettle.txt", token=token).headers
    assert handed.get(token=token).status_code == 404


def test_the_zip_is_made_while_it_is_sent(tmp_path: Path) -> None:
    """However long a film is, no more than a piece of it is in memory."""
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(range(256)) * 8 * (CHUNK // 256))

    chunks = list(zip_chunks([("film.mp4", film)]))

    assert len(chunks) > 8
    with zipfile.ZipFile(io.BytesIO(b"".join(chunks))) as archive:
        assert archive.read("film.mp4") == film.read_bytes()


def test_a_course_that_is_gone_has_no_package(handed: Handed) -> None:
    handed.world.registration.course.deleted_ms = 1

    assert handed.get().status_code == 404
