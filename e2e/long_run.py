"""Real packages for 90 seconds each, left in three ways and resumed; prints the table of docs/conformance.md.

    python -m e2e.long_run [--seconds 90] [--names PATTERN]

Each package is played by three learners at once, each in a browser profile of his own: one leaves by Exit, one closes the
tab, one goes elsewhere; then each resumes for a short while and closes. Not part of `make test`: it takes minutes.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from e2e import drivers, packages
from e2e.browser import ARGUMENTS, executable_path
from e2e.databases import Postgres
from e2e.packages import RealPackage
from e2e.place import Place
from e2e.playing import Passed, Visit
from e2e.server import Server
from e2e.together import Plan, Stay, Until, play_together

TOOLS = ("storyline", "rise", "captivate", "lectora", "ispring", "adapt", "catapult")
WAYS = ("Exit", "tab closed", "went elsewhere")
RESUMED_S = 5.0
AT_ONCE = 6
SMALL = ViewportSize(width=640, height=480)
SLIDES_S = 10.0
"""How long slides are turned, at the beginning; then the learner reads on."""


@dataclass
class Row:
    """One learner's two visits of one package, in seconds."""

    package: str
    way: str
    passed: Passed
    resumed: Passed
    reported_s: float | None
    measured_s: float
    credited_s: float
    findings: set[str] = field(default_factory=set)

    def line(self) -> str:
        """A row of the table."""
        reported = "none" if self.reported_s is None else f"{self.reported_s:.2f}"
        return (
            f"| {self.package} | {self.way} | {_span(self.passed)} | {_span(self.resumed)} "
            f"| {reported} | {self.measured_s:.2f} | {self.credited_s:.2f} | {', '.join(sorted(self.findings)) or '-'} |"
        )


def _span(passed: Passed) -> str:
    return f"{passed.low:.1f} to {passed.high:.1f}"


def play(place: Place, context: BrowserContext, package: RealPackage, way: str, seconds: float) -> Plan[Row]:
    """Stays, leaves in this way, resumes, closes."""
    registration = place.cloud.register(package.name)
    visit = Visit.open(context, place.link(registration))
    yield Until(visit.content_is_there, "content is loaded", within_s=120)
    yield from drivers.look_around(visit, package.tool, SLIDES_S, drivers.Seen())
    while visit.lasted_s() < seconds:
        yield Stay(0.2)
    passed = yield from _leave(place, visit, way)
    yield Until(lambda: place.all_over(registration), "the visit is stored", within_s=60)

    again = Visit.open(context, place.link(registration))
    yield Until(again.content_is_there, "content is loaded again", within_s=120)
    yield from drivers.look_around(again, package.tool, RESUMED_S, drivers.Seen())
    resumed = again.close()
    yield Until(lambda: place.all_over(registration), "the second visit is stored", within_s=60)
    context.close()
    return _row(place, registration, Row(package.name, way, passed, resumed, None, 0.0, 0.0))


def _leave(place: Place, visit: Visit, way: str) -> Plan[Passed]:
    if way == "Exit":
        return (yield from drivers.exit_course(visit))
    if way == "tab closed":
        return visit.close()
    left = visit.go_elsewhere(f"{place.server.url}/health/live")
    visit.page.close()
    return left


def _row(place: Place, registration: str, row: Row) -> Row:
    sessions = place.sessions(registration)
    exported = place.exported(registration)
    said = [float(each["reported_s"]) for each in exported if each["reported_s"] not in (None, "")]
    row.reported_s = sum(said) if said else None
    row.measured_s = sum(session.measured_s for session in sessions)
    row.credited_s = place.counted(registration)
    row.findings = {code for each in exported for code in each["findings"].split()}
    return row


def chosen(names: str) -> list[RealPackage]:
    """The packages of these tools that are there and whose names fit."""
    return [each for each in packages.real_packages() if each.tool in TOOLS and re.search(names, each.name)]


def run(place: Place, browser: Browser, found: list[RealPackage], seconds: float) -> dict[str, Row | Exception]:
    """Plays all of them in all three ways, some at a time."""
    pump: Page = browser.new_context(viewport=SMALL).new_page()
    plans: dict[str, Callable[[], Plan[Row]]] = {}
    for package in found:
        place.cloud.import_package(package.path, package.name)
        for way in WAYS:
            plans[f"{package.name}, {way}"] = partial(_in_own_profile, place, browser, package, way, seconds)
    return play_together(plans, lambda: pump.wait_for_timeout(50), at_once=AT_ONCE)


def _in_own_profile(place: Place, browser: Browser, package: RealPackage, way: str, seconds: float) -> Plan[Row]:
    return play(place, browser.new_context(viewport=SMALL), package, way, seconds)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Real packages, 90 seconds each, left in three ways and resumed.")
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--names", default="", help="a pattern that the packages' names have to fit")
    arguments = parser.parse_args()
    found = chosen(arguments.names)
    folder = Path(tempfile.mkdtemp(prefix="seattime-long-run-"))
    folder.chmod(0o755)
    browser_path = executable_path()
    postgres = Postgres(folder / "postgres")
    server = Server(data_dir=folder / "data", database_url=postgres.create("long_run")).start()
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=browser_path, args=ARGUMENTS)
            place = Place(server, {})
            answers = run(place, browser, found, arguments.seconds)
            place.ledger.close()
            version = browser.version
            browser.close()
    finally:
        server.stop()
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"Chromium {version}, PostgreSQL, {datetime.now(UTC):%d %B %Y}.\n")
    print("| package | how left | passed | passed, resumed | reported | measured | credited | findings |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, answer in sorted(answers.items()):
        print(answer.line() if isinstance(answer, Row) else f"| {name} | failed: {answer} |")


if __name__ == "__main__":
    main()
