"""Paths as callers write them, and only below /api."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from seattime.web.api.paths import ApiPaths, IdConverter


def cleaned(path: str, **environ: str) -> str:
    seen: list[str] = []

    def app(environ: dict[str, Any], _start: Any) -> Iterable[bytes]:
        seen.append(environ["PATH_INFO"])
        return []

    ApiPaths(app)({"PATH_INFO": path, **environ}, lambda *_: lambda _: None)
    return seen[0]


@pytest.mark.parametrize(
    ("path", "raw", "expected"),
    [
        ("/api/v2//courses", "/api/v2//courses", "/api/v2/courses"),
        ("/api/v2//courses/", "/api/v2//courses/?since=x//y", "/api/v2/courses"),
        ("/api/v2/courses/a/b", "/api/v2/courses/a%2Fb", "/api/v2/courses/a%2Fb"),
        ("/api/v2/courses/a/b", "/api/v2/courses/a/b", "/api/v2/courses/a/b"),
        ("/api/v2/courses/a%2Fb", "/api/v2/courses/a%252Fb", "/api/v2/courses/a%252Fb"),
        ("/api/v2/courses/50%", "/api/v2/courses/50%25", "/api/v2/courses/50%25"),
        ("/api/v2/courses/a//b", "/api/v2/courses/a%2F%2Fb", "/api/v2/courses/a%2F%2Fb"),
        ("/api/v2/courses/\u00c3\u00a9", "/api/v2/courses/%C3%A9", "/api/v2/courses/\u00c3\u00a9"),
        ("/api/v2/courses/x", "http://localhost/api/v2/courses/x", "/api/v2/courses/x"),
        # a proxy in between that rewrote the path: the raw one is of something else
        ("/api/v2//courses", "/elsewhere/v2//courses", "/api/v2/courses"),
    ],
)
def test_segments(path: str, raw: str, expected: str) -> None:
    assert cleaned(path, RAW_URI=raw) == expected
    assert cleaned(path, REQUEST_URI=raw) == expected


def test_a_server_that_hands_no_raw_path_on_loses_only_slashes_within_ids() -> None:
    assert cleaned("/api/v2//courses/a%b") == "/api/v2/courses/a%25b"


def test_a_mounted_application_keeps_its_mount_point_out_of_the_path() -> None:
    assert cleaned("/api/v2//a/b", SCRIPT_NAME="/lms", RAW_URI="/lms/api/v2//a%2Fb") == "/api/v2/a%2Fb"


@pytest.mark.parametrize("path", ["/", "/courses//x", "/api", "/api-keys//x", "/content//api/x"])
def test_other_paths_are_left_alone(path: str) -> None:
    assert cleaned(path, RAW_URI=path) == path


@pytest.mark.parametrize("value", ["a/b", "50%", "a%2Fb", "ü", "a b", "?#&"])
def test_an_id_survives_the_way_into_an_address_and_back(value: str) -> None:
    converter = IdConverter({})  # type: ignore[arg-type]  # it never looks at its map
    assert converter.to_python(converter.to_url(value)) == value
