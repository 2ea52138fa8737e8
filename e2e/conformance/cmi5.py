"""`python -m e2e.conformance.cmi5`: adlnet/CATAPULT's LMS test suite (cmi5) against `seattime serve`, on both databases.

Each run is a server of its own on a free port with an empty database; the suite is its own Jest in Node with its own browser driver, and
`cmi5_adapter.cjs` tells it how to use this LMS. Ends with 0 where everything passes, 1 where not (and names what failed), 2 where the
suite is not on this machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from e2e.adl import VARIABLE, folder
from e2e.browser import executable_path
from e2e.conformance.lrs import Result, commit_of
from e2e.conformance.serving import DATABASES, serving
from e2e.server import KEY_ID, KEY_SECRET

HERE = Path(__file__).resolve().parent
WITHIN_S = 1800
TEST_WITHIN_MS = 60_000
"""Jest's own 5 s are a verdict on a busy machine, not on an LMS."""
WHERE_FROM = "github.com/adlnet/CATAPULT, folder lts (docs/conformance.md, cmi5)"


def find_suite() -> Path | None:
    """The folder `lts` of the suite, under any name."""
    roots = sorted(folder().iterdir()) if folder().is_dir() else []
    return next((root / "lts" for root in roots if (root / "lts/lib/lms.template.js").is_file()), None)


def missing_in(suite: Path) -> str | None:
    """What has to be done in it before it can run; None where nothing has."""
    if not (suite / "node_modules").is_dir():
        return f"run `npm ci` in {suite}"
    if not any((suite / "pkg/dist").glob("001-*.zip")):
        return f"run `npx webpack` in {suite / 'pkg'}"
    return None


def run_suite(suite: Path, server_url: str, only: str = "") -> Result:
    """Raises RuntimeError where the suite itself does not come to its end."""
    environment = {
        **os.environ,
        "CATAPULT_LMS": str(HERE / "cmi5_adapter.cjs"),
        "JEST_PUPPETEER_CONFIG": str(HERE / "cmi5_browser.cjs"),
        "SEATTIME_URL": server_url,
        "SEATTIME_KEY": f"{KEY_ID}:{KEY_SECRET}",
        "SEATTIME_CHROMIUM": executable_path(),
        "NODE_OPTIONS": "",
    }
    with tempfile.TemporaryDirectory(prefix="seattime-lts-") as made:
        report = Path(made) / "report.json"
        command = [
            "npx",
            "jest",
            "--runInBand",
            "--json",
            f"--outputFile={report}",
            "--reporters=default",
            f"--testTimeout={TEST_WITHIN_MS}",
        ]
        done = subprocess.run(
            [*command, *(["-t", only] if only else [])],
            cwd=suite,
            env=environment,
            capture_output=True,
            text=True,
            timeout=WITHIN_S,
            check=False,
        )
        if not report.is_file():
            raise RuntimeError(f"the suite did not come to its end:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return read_report(json.loads(report.read_text(encoding="utf-8")))


def read_report(report: dict[str, Any]) -> Result:
    """What Jest's report says. A test that was skipped has not passed."""
    tests = [test for each in report["testResults"] for test in each["assertionResults"]]
    failed = tuple(
        f"{' > '.join((*test['ancestorTitles'], test['title']))[:300]}: {_why(test)}" for test in tests if test["status"] != "passed"
    )
    broken = [each["message"][:2000] for each in report["testResults"] if not each["assertionResults"]]
    if broken or report["numTotalTests"] != len(tests):
        raise RuntimeError("\n".join(["the suite did not come to its end", *broken]))
    return Result(len(tests), failed)


def _why(test: dict[str, Any]) -> str:
    return " ".join("".join(test.get("failureMessages") or [str(test["status"])]).split())[:300]


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--database", choices=DATABASES, action="append")
    arguments.add_argument("--only", default="", help="only tests whose title matches")
    chosen = arguments.parse_args()
    suite = find_suite()
    missing = None if suite is None else missing_in(suite)
    if suite is None or missing is not None:
        why = "is not there" if suite is None else f"is not ready: {missing}"
        print(f"cmi5: the suite {why}. Looked in {folder()} (${VARIABLE}); it is {WHERE_FROM}.")
        return 2
    print(f"cmi5: {WHERE_FROM}, commit {commit_of(suite)}")
    failures = 0
    for database in chosen.database or DATABASES:
        with serving(database) as server:
            result = run_suite(suite, server.url, chosen.only)
        failures += len(result.failed)
        print(f"  on {database}: {result.passed} of {result.total} passed", flush=True)
        for title in result.failed:
            print(f"    failed: {title}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
