"""ADL's test content as packages that the product can import, and its own scripts' other end.

The pages expect a Java applet beside them. Its functions are put on their `object` elements by an init script, which asks
this side by synchronous requests what to call and tells it what came back; Playwright answers them. What is expected, and
what passed, only the driver in tests/conformance knows.

The suites lie outside of the repository (`$SEATTIME_SUITES`, docs/conformance.md) and are read in place.
"""

from __future__ import annotations

import json
import os
import subprocess
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Route

ROOT = Path(__file__).resolve().parents[1]
DRIVER = ROOT / "tests" / "conformance" / "browser.js"
VARIABLE = "SEATTIME_SUITES"
SUITE = Path("software_development/TestSuite")
COURSES = SUITE / "LMSRTE" / "Courses"
COURSES_12 = tuple(Path(f"tcl/test/Courses/LMSTestCourse0{number}.zip") for number in (1, 2))
PASSED, FAILED = 2, 3
"""Types of entries in the log of the 1.2 pages."""


def folder() -> Path:
    """Where the suites are looked for."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path.home() / ".cache" / "seattime" / "suites"


def _root_with(*needed: Path) -> Path | None:
    roots = sorted(folder().iterdir()) if folder().is_dir() else []
    return next((root for root in roots if all((root / path).is_file() for path in needed)), None)


def suite_2004() -> Path | None:
    return _root_with(COURSES / "TestCases" / "DMI.properties")


def suite_12() -> Path | None:
    return _root_with(*COURSES_12)


def build_package(suite: Path, name: str, into: Path) -> Path:
    """A package as ADL's own build makes it: its folder, and beside it the scripts that all of them share."""
    source = suite / COURSES / f"LMSTestPackage_{name}"
    into.mkdir(parents=True, exist_ok=True)
    made = into / f"ADL-{name}.zip"
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for path in sorted(source.rglob("*")):
            if path.is_file():
                package.write(path, path.relative_to(source))
        if not (source / "resources").is_dir():
            package.write(suite / COURSES / "SCODepot" / "SequencingTest.htm", "resources/SequencingTest.htm")
        for path in (*sorted((suite / SUITE / "scripts").glob("*.js")), suite / COURSES / "scripts" / "lmsrtefunctions.js"):
            package.write(path, f"common/{path.name}")
        for path in sorted((suite / COURSES / "includes").glob("*.css")):
            package.write(path, f"includes/{path.name}")
        package.writestr("common/LMSTest.jar", b"")
    return made


def _driver(*arguments: str, given: Any = None) -> Any:
    done = subprocess.run(
        ["node", str(DRIVER), *arguments],
        input=None if given is None else json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    return json.loads(done.stdout)


@dataclass
class Desk2004:
    """The tester's side of a family: which visit comes next, and the answers to the calls of those that were made."""

    family: str
    learner_id: str
    visits: list[dict[str, Any]]
    results: list[list[dict[str, Any]]] = field(default_factory=list)
    turned_away: list[str] = field(default_factory=list)
    terminated: bool = False
    _open: bool = False

    @classmethod
    def at(cls, context: BrowserContext, family: str, learner_id: str) -> Desk2004:
        plan = _driver("plan", family, learner_id)
        desk = cls(family, learner_id, plan["visits"])
        context.add_init_script(plan["page"])
        for what, answer in desk._answers().items():
            context.route(f"**/__suite/{what}", _answering(answer))
        return desk

    def next(self) -> str | None:
        """The activity that is to be opened next, as the suite names it."""
        return self.visits[len(self.results)]["activity"] if len(self.results) < len(self.visits) else None

    def set_in_last(self, element: str) -> str | None:
        """What the last visit set this element to."""
        commands = self.visits[len(self.results) - 1]["commands"]
        values = [command["value"] for command in commands if command["argument"] == element and command["call"] == "doSetValue"]
        return values[-1] if values else None

    def judge(self) -> Any:
        """`passed`, a number, and `failed`, the checks."""
        return _driver("judge", self.family, self.learner_id, given=self.results)

    def _answers(self) -> dict[str, Callable[[Any], Any]]:
        return {"launched": self._launched, "commands": self._commands, "results": self._results, "terminated": self._stop}

    def _launched(self, name: str) -> bool:
        """An activity that was not expected is told to do nothing; the tester then chooses the right one."""
        self._open = name == f"{self.family}!{self.next()}"
        if not self._open:
            self.turned_away.append(name)
        elif not self.visits[len(self.results)]["commands"]:
            # Something that is only to be launched calls nothing.
            self.results.append([])
        return self._open

    def _commands(self, _: Any) -> list[Any]:
        return list(self.visits[len(self.results)]["commands"])

    def _results(self, results: Any) -> None:
        if self._open:
            self.results.append(results)

    def _stop(self, _: Any) -> None:
        self.terminated = True


def _answering(answer: Callable[[Any], Any]) -> Callable[[Route], None]:
    def handle(route: Route) -> None:
        route.fulfill(json=answer(json.loads(route.request.post_data or "null")))

    return handle


@dataclass(frozen=True)
class Plan12:
    """`visits`: course, page, how often. `passed`: how many checks there are."""

    page: str
    manifest: dict[str, Any]
    visits: list[tuple[int, str, int]]
    passed: int

    def script(self, learner_id: str, learner_name: str) -> str:
        """The init script. The player offers neither a course without credit nor browsing to the tester."""
        facts = {"learnerId": learner_id, "learnerName": learner_name, "otherCredit": False, "browsed": False, "manifest": self.manifest}
        return f"({self.page})({json.dumps(facts)})"


def plan_12() -> Plan12:
    plan = _driver("plan-12")
    return Plan12(plan["page"], plan["manifest"], [(course, page, times) for course, page, times in plan["visits"]], plan["passed"])
