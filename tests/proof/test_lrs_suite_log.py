"""The LRS suite's log is read to the last test, and nothing that did not pass counts as passed."""

from __future__ import annotations

from typing import Any

import pytest

from e2e.conformance.lrs import read_log


def log(*statuses: str, failed: int) -> dict[str, Any]:
    tests = [{"title": f"test {index}", "status": status, "tests": []} for index, status in enumerate(statuses)]
    return {"summary": {"total": len(statuses), "failed": failed}, "log": {"title": "all", "tests": [{"title": "part", "tests": tests}]}}


def test_what_did_not_pass_is_named() -> None:
    result = read_log(log("passed", "failed", "cancelled", failed=2))

    assert (result.total, result.passed) == (3, 1)
    assert result.failed == ("part > test 1", "part > test 2")


def test_a_log_that_contradicts_its_summary_is_no_result() -> None:
    with pytest.raises(RuntimeError):
        read_log(log("passed", "failed", failed=0))
