"""From the click to the content's Initialize: SeatTime's player beside the same content in a bare iframe.

    python -m benchmarks.start [ROUNDS]

Both load the same page of the same package from the same server in the same browser, in turn, each in a fresh context (cold
cache) and then once more (warm). The bare host page is the least that a player could be: an API that answers "true" and an
iframe. Time counts from the start of the top page's navigation to the moment when Initialize has answered, as the content sees it.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import zipfile
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from e2e.browser import ARGUMENTS, chromium_path
from e2e.cloud import Cloud
from e2e.server import Server

ROUNDS = 15

CONTENT = """<!doctype html><title>Start</title><script>
let up = window; while (!up.API) up = up.parent;
up.API.LMSInitialize("");
window.initializedAt = performance.timeOrigin + performance.now();
</script><p>Started."""

MANIFEST = """<manifest identifier="start" xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2"
  xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"><metadata><schema>ADL SCORM</schema><schemaversion>1.2</schemaversion></metadata>
<organizations default="o"><organization identifier="o"><title>Start</title><item identifier="i" identifierref="r"><title>Start</title>
</item></organization></organizations><resources><resource identifier="r" type="webcontent" adlcp:scormtype="sco" href="index.html">
<file href="index.html"/></resource></resources></manifest>"""

BARE = """<!doctype html><title>Bare</title><script>window.API = {{LMSInitialize: () => "true", LMSFinish: () => "true",
LMSGetValue: () => "", LMSSetValue: () => "true", LMSCommit: () => "true", LMSGetLastError: () => "0",
LMSGetErrorString: () => "", LMSGetDiagnostic: () => ""}};</script><iframe src="{source}" style="width:100%;height:90vh"></iframe>"""


def initialize_after_ms(page: Page, address: str) -> float:
    """Opens the address and returns ms from the start of its navigation to the content's Initialize."""
    page.goto(address)
    page.wait_for_function("() => Array.from(window.frames).some((frame) => frame.initializedAt)", timeout=20_000)
    return float(
        page.evaluate("() => Array.from(window.frames).find((frame) => frame.initializedAt).initializedAt - performance.timeOrigin")
    )


def measure(browser: Browser, cloud: Cloud, package: Path, rounds: int) -> dict[str, list[float]]:
    """ms by name of what was opened."""
    cloud.import_package(package, "start")
    times: dict[str, list[float]] = {"bare, cold": [], "bare, warm": [], "SeatTime, cold": [], "SeatTime, warm": []}

    def opened(name: str, context: BrowserContext, address: str) -> None:
        page = context.new_page()
        times[name].append(initialize_after_ms(page, address))
        page.close()

    source = content_source(browser, cloud)
    origin = urlsplit(source)
    bare = f"{origin.scheme}://{origin.netloc}/bare.html"
    for _ in range(rounds):
        with browser.new_context() as context:
            context.route("**/bare.html", lambda route: route.fulfill(content_type="text/html", body=BARE.format(source=source)))
            opened("bare, cold", context, bare)
            opened("bare, warm", context, bare)
        with browser.new_context() as context:
            registration = cloud.register("start")
            opened("SeatTime, cold", context, cloud.link(registration))
            opened("SeatTime, warm", context, cloud.link(registration))
    return times


def content_source(browser: Browser, cloud: Cloud) -> str:
    """Where the player loads the content from."""
    with browser.new_context() as context:
        page = context.new_page()
        initialize_after_ms(page, cloud.link(cloud.register("start")))
        return next(frame.url for frame in page.frames if "/content/" in frame.url)


def table(times: dict[str, list[float]]) -> str:
    lines = ["| opened | median ms | min | max |", "| --- | ---: | ---: | ---: |"]
    for name, values in times.items():
        lines.append(f"| {name} | {statistics.median(values):.0f} | {min(values):.0f} | {max(values):.0f} |")
    return "\n".join(lines)


def main(rounds: int = ROUNDS) -> None:
    executable = chromium_path()
    with tempfile.TemporaryDirectory(prefix="seattime-bench-") as folder, sync_playwright() as playwright:
        package = Path(folder) / "start.zip"
        with zipfile.ZipFile(package, "w") as archive:
            archive.writestr("imsmanifest.xml", MANIFEST)
            archive.writestr("index.html", CONTENT)
        server = Server(Path(folder) / "data").start()
        browser = playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            times = measure(browser, Cloud(server), package, rounds)
            print(f"From the click to Initialize, {rounds} rounds in turn, Chromium {browser.version}, SQLite, one worker\n")
            print(table(times))
        finally:
            browser.close()
            server.stop()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
