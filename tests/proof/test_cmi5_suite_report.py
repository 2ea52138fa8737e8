"""What e2e/conformance/cmi5.py makes of the suite's report: nothing that was not run counts as passed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from e2e.conformance.cmi5 import missing_in, read_report


def case(title: str, status: str, *messages: str) -> dict[str, Any]:
    return {"ancestorTitles": ["Package"], "title": title, "status": status, "failureMessages": list(messages)}


def report(*files: list[dict[str, Any]]) -> dict[str, Any]:
    results = [{"assertionResults": cases, "message": "" if cases else "Failed to load LMS script"} for cases in files]
    return {"numTotalTests": sum(map(len, files)), "testResults": results}


def test_only_what_passed_has_passed() -> None:
    found = read_report(report([case("a", "passed"), case("b", "failed", "expected\n  200")], [case("c", "pending"), case("d", "passed")]))

    assert (found.total, found.passed) == (4, 2)
    assert found.failed == ("Package > b: expected 200", "Package > c: pending")


@pytest.mark.parametrize("broken", [report([case("a", "passed")], []), report([case("a", "passed")]) | {"numTotalTests": 2}])
def test_a_suite_that_did_not_come_to_its_end_is_no_result(broken: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="did not come to its end"):
        read_report(broken)


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert missing_in(tmp_path) == f"run `npm ci` in {tmp_path}"
    (tmp_path / "node_modules").mkdir()
    assert missing_in(tmp_path) == f"run `npx webpack` in {tmp_path / 'pkg'}"
    (tmp_path / "pkg/dist").mkdir(parents=True)
    (tmp_path / "pkg/dist/001-essentials.zip").touch()
    assert missing_in(tmp_path) is None
