"""Servers, databases and browsers for the end-to-end suite.

SEATTIME_E2E_DATABASES (`sqlite`, `postgres`, or both with a comma) chooses the databases for every case; without it
each module's own DATABASES do.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]  # it has no types

from e2e import adl, packages
from e2e.browser import ARGUMENTS, WINDOW, KillableBrowser, executable_path, shell_path
from e2e.databases import Postgres
from e2e.fault_proxy import FaultProxy
from e2e.place import Place
from e2e.server import Server

VARIABLE = "SEATTIME_E2E_DATABASES"
GROUP_MARK = "~"
"""Stands before the name of its group in the id of a case that is played together with others."""
KINDS = ("sqlite", "postgres")
EXPECT_WITHIN_MS = 60_000


class TogetherScheduling(LoadScopeScheduling):  # type: ignore[misc]  # a class without types
    """Cases that are played at once go to one process, each other case to whichever is free.

    The group stands in the case's id. `--dist loadgroup` would do the same, but pytest-xdist 3.8 loses its groups under
    pytest 9.2.
    """

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.rpartition(GROUP_MARK)[2] if GROUP_MARK in nodeid else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> TogetherScheduling:
    return TogetherScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones first, so that the short ones fill up what is left of the time."""
    items.sort(key=lambda item: GROUP_MARK not in item.nodeid)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" in metafunc.fixturenames:
        metafunc.parametrize("database", chosen_databases(metafunc.module))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Which real packages there were, and what driving them came to."""
    told = _told(terminalreporter, "drove")
    by_adl = _told(terminalreporter, "adl")
    if by_adl:
        terminalreporter.section(f"ADL's test content: driven from {adl.folder()}")
        for line in by_adl:
            terminalreporter.line(line)
    elif any("test_conformance.py" in report.nodeid for report in terminalreporter.stats.get("skipped", [])):
        terminalreporter.section(f"ADL's test content: not found in {adl.folder()}, nothing driven")
    if told:
        found = packages.real_packages()
        tools = ", ".join(sorted({each.tool for each in found}))
        terminalreporter.section(f"real packages: {len(found)} found, {len(told)} driven, of {tools}")
        for line in told:
            terminalreporter.line(line)


def _told(terminalreporter: Any, property_name: str) -> list[str]:
    return sorted(
        str(value)
        for outcome in ("passed", "failed")
        for report in terminalreporter.stats.get(outcome, [])
        for name, value in report.user_properties
        if name == property_name and report.when == "call"
    )


def chosen_databases(module: object) -> tuple[str, ...]:
    """The databases that a module's cases run on."""
    return asked_databases() or tuple(getattr(module, "DATABASES", ("postgres",)))


def asked_databases() -> tuple[str, ...]:
    """Those that every case shall run on; none where each module has its own."""
    chosen = tuple(part.strip() for part in os.environ.get(VARIABLE, "").split(",") if part.strip())
    unknown = [kind for kind in chosen if kind not in KINDS]
    if unknown:
        raise pytest.UsageError(f"{VARIABLE} knows {' and '.join(KINDS)}, not {', '.join(unknown)}.")
    return chosen


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    """For data of servers. Under the system's temporary folder: PostgreSQL opens its data's parents for reading."""
    made = Path(tempfile.mkdtemp(prefix="seattime-e2e-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture(scope="session")
def zips(folder: Path) -> dict[str, Path]:
    """Our samples and fixtures, zipped, by name."""
    return packages.build_all(folder / "samples")


@pytest.fixture(scope="session")
def postgres(folder: Path) -> Iterator[Postgres]:
    started = Postgres(folder / "postgres")
    yield started
    started.stop()


@pytest.fixture(scope="session")
def make_server(folder: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Server]]:
    """Makes servers that are not started yet, and stops at the end what still runs."""
    made: list[Server] = []

    def make(kind: str, **settings: str) -> Server:
        name = f"{kind}-{len(made)}"
        url = request.getfixturevalue("postgres").create(f"seattime_{len(made)}") if kind == "postgres" else ""
        server = Server(data_dir=folder / name, database_url=url, settings=settings, warm=True)
        made.append(server)
        return server

    yield make
    # all at once: each takes a second or two to end
    for server in made:
        server.leave()
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def places(make_server: Callable[..., Server], zips: dict[str, Path]) -> Iterator[Callable[[str], Place]]:
    """One running server for each kind of database, started at the first asking."""
    known: dict[str, Place] = {}

    def find(kind: str) -> Place:
        if kind not in known:
            known[kind] = Place(make_server(kind).start(), zips)
        return known[kind]

    yield find
    for place in known.values():
        place.ledger.close()


@pytest.fixture
def place(database: str, places: Callable[[str], Place]) -> Place:
    """The server of this case's database, shared by many cases: each has learners of its own."""
    return places(database)


@pytest.fixture
def own_place(database: str, make_server: Callable[..., Server], zips: dict[str, Path]) -> Iterator[Callable[..., Place]]:
    """Servers of this case alone, to be killed or set up in some other way."""
    made: list[Place] = []

    def make(**settings: str) -> Place:
        made.append(Place(make_server(database, **settings).start(), zips))
        return made[-1]

    yield make
    for each in made:
        each.ledger.close()
        each.server.leave()


@pytest.fixture(scope="session")
def theatre(make_server: Callable[..., Server], zips: dict[str, Path], browser: Browser, request: pytest.FixtureRequest) -> Iterator[Any]:
    """Plays stories of faults (`stories.py`), on PostgreSQL behind a fault proxy; started at the first of them."""
    from e2e.stories import HEARTBEAT_S, Theatre

    proxy = FaultProxy().start()
    server = make_server("postgres", SEATTIME_PUBLIC_URL=proxy.url, SEATTIME_HEARTBEAT_S=str(HEARTBEAT_S))
    proxy.target = server.port
    place = Place(server.start(), zips)
    yield Theatre(browser, place, proxy, request.session.items)
    place.ledger.close()
    proxy.stop()


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of the browser; looked up before Playwright runs, which cannot run twice in one process."""
    return executable_path()


@pytest.fixture(scope="session")
def shell() -> str | None:
    """The path of the browser for most cases; None for Playwright's own. Looked up early, as `chromium`."""
    return shell_path()


@pytest.fixture(scope="session")
def playwright(chromium: str, shell: str | None) -> Iterator[Playwright]:
    expect.set_options(timeout=EXPECT_WITHIN_MS)
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def browser(shell: str | None, playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all cases of this test process."""
    started = playwright.chromium.launch(executable_path=shell, args=ARGUMENTS)
    yield started
    started.close()


@pytest.fixture
def killable(tmp_path: Path, chromium: str) -> Iterator[Callable[[], KillableBrowser]]:
    """Browsers that run and can be killed, each with a profile that outlives it."""
    made: list[KillableBrowser] = []

    def make() -> KillableBrowser:
        made.append(KillableBrowser(tmp_path / f"profile-{len(made)}", chromium))
        made[-1].profile.mkdir()
        return made[-1].start()

    yield make
    for each in made:
        each.kill()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[[], BrowserContext]]:
    """Browser profiles that know nothing of each other: one for each learner's machine."""
    made: list[BrowserContext] = []

    def make() -> BrowserContext:
        made.append(browser.new_context(viewport=WINDOW))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture
def context(new_context: Callable[[], BrowserContext]) -> BrowserContext:
    return new_context()
