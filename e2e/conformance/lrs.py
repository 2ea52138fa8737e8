"""`python -m e2e.conformance.lrs`: adlnet/lrs-conformance-test-suite against `seattime serve`, for xAPI 1.0.3 and 2.0.0, on both databases.

Each run is a server of its own on a free port with an empty database, and the suite's own console runner in Node. Ends with 0 where
everything passes, 1 where not (and names what failed), 2 where the suite is not on this machine.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.adl import VARIABLE, folder
from e2e.conformance.serving import DATABASES, serving
from e2e.server import KEY_ID, KEY_SECRET

VERSIONS = ("1.0.3", "2.0.0")
WITHIN_S = 1800
WHERE_FROM = "github.com/adlnet/lrs-conformance-test-suite (docs/conformance.md, LRS)"
_LOG = re.compile(r"Full run log written to (\S+)")


@dataclass(frozen=True)
class Result:
    """One run of the suite."""

    total: int
    failed: tuple[str, ...]

    @property
    def passed(self) -> int:
        return self.total - len(self.failed)


def find_suite() -> Path | None:
    """The folder of the suite, under any name."""
    roots = sorted(folder().iterdir()) if folder().is_dir() else []
    return next((root for root in roots if (root / "bin/console_runner.js").is_file() and (root / "test/v2_0").is_dir()), None)


def commit_of(suite: Path) -> str:
    done = subprocess.run(["git", "-C", str(suite), "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "an export without its history"


def run_suite(suite: Path, endpoint: str, version: str, grep: str = "") -> Result:
    """Raises RuntimeError where the suite itself does not come to its end."""
    command = ["node", "bin/console_runner.js", "-e", endpoint, "-a", "-u", KEY_ID, "-p", KEY_SECRET, "-x", version]
    done = subprocess.run(
        [*command, *(["-g", grep] if grep else [])], cwd=suite, capture_output=True, text=True, timeout=WITHIN_S, check=False
    )
    log = _LOG.search(done.stdout)
    if log is None:
        raise RuntimeError(f"the suite did not come to its end:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return read_log(json.loads(Path(log[1]).read_text(encoding="utf-8")))


def read_log(log: dict[str, Any]) -> Result:
    """What a log of the console runner says. A test that was cancelled or skipped has not passed."""
    tests = list(_tests(log["log"], ()))
    failed = tuple(title for title, status in tests if status != "passed")
    summary = log["summary"]
    if (len(tests), len(failed)) != (summary["total"], summary["failed"]):
        raise RuntimeError(f"the log counts {len(failed)} of {len(tests)} failed, its summary {summary}")
    return Result(len(tests), failed)


def _tests(node: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    here = (*above, str(node.get("title") or ""))
    if not node.get("tests"):
        yield " > ".join(part[:120] for part in here[-2:]), str(node.get("status"))
    for each in node.get("tests", ()):
        yield from _tests(each, here)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--database", choices=DATABASES, action="append")
    arguments.add_argument("--version", choices=VERSIONS, action="append")
    arguments.add_argument("--grep", default="", help="only tests whose title matches")
    chosen = arguments.parse_args()
    suite = find_suite()
    if suite is None or not (suite / "node_modules").is_dir():
        missing = "is not there" if suite is None else f"lies in {suite} without its packages: run `npm install` there"
        print(f"LRS: the suite {missing}. Looked in {folder()} (${VARIABLE}); it is {WHERE_FROM}.")
        return 2
    print(f"LRS: {WHERE_FROM}, commit {commit_of(suite)}")
    failures = 0
    for version in chosen.version or VERSIONS:
        for database in chosen.database or DATABASES:
            # the suites contradict each other in one point: each wants its own version named to a request that names none
            with serving(database, SEATTIME_XAPI_VERSION=version) as server:
                result = run_suite(suite, f"{server.url}/xapi", version, chosen.grep)
            failures += len(result.failed)
            print(f"  xAPI {version} on {database}: {result.passed} of {result.total} passed", flush=True)
            for title in result.failed:
                print(f"    failed: {title}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
