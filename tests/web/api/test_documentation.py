"""docs/rest-api.md names every path of the API, and no other."""

from __future__ import annotations

import re
from pathlib import Path

from flask import Flask

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "rest-api.md"
NAMES = {
    "course_id": "courseId", "registration_id": "registrationId",
    "learner_id": "learnerId", "instance": "number", "session_id": "sessionId",
}


def test_every_path_is_documented_and_every_documented_path_is_there(sqlite_app: Flask) -> None:
    documented = set(re.findall(r"^\| `([A-Z]+ /api/v2/[^`]*)` \|", DOCUMENT.read_text(), re.MULTILINE))
    there: set[str] = set()
    for rule in sqlite_app.url_map.iter_rules():
        if not rule.rule.startswith("/api/v2/"):
            continue
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda match: f"<{NAMES.get(match[1], match[1])}>", rule.rule)
        there |= {f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert documented == there
