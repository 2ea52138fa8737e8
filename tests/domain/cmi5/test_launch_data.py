"""The address that an AU is launched with, and the ids that the LMS makes (cmi5 8.1)."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

import pytest

from seattime.domain.cmi5.launch_data import made_id, with_query

PARAMETERS = {"endpoint": "https://lms.example/xapi/", "actor": '{"name": "Ana & Bob #1 ü"}'}
OURS = list(PARAMETERS.items())


@pytest.mark.parametrize(
    ("href", "own", "fragment"),
    [
        ("a.html", [], ""),
        ("a.html?", [], ""),
        ("a.html?x=1&y=%26", [("x", "1"), ("y", "&")], ""),
        ("https://au.example/a?x=1#page", [("x", "1")], "page"),
        ("a.html#page?x=1", [], "page?x=1"),
    ],
)
def test_the_aus_own_query_stays_before_ours(href: str, own: list[tuple[str, str]], fragment: str) -> None:
    parts = urlsplit(with_query(href, PARAMETERS))
    assert parse_qsl(parts.query, strict_parsing=True) == own + OURS
    assert parts.fragment == fragment


def test_made_ids_are_the_same_for_everybody_and_different_for_everything() -> None:
    assert made_id("c1", "au", "urn:a") == made_id("c1", "au", "urn:a")
    ids = {made_id(course, kind, name) for course in ("c1", "c2") for kind in ("au", "block", "course") for name in ("urn:a", "urn:b")}
    assert len(ids) == 12
    assert all(each.startswith("urn:uuid:") for each in ids)
