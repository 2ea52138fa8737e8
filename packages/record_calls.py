"""Plays every sample in a browser with a recording LMS and prints what each says, and when, as Markdown tables.

The tables in README.md are this program's output. It needs Playwright and a Chromium (``SEATTIME_CHROMIUM``, else
``chromium`` in PATH) and listens on the loopback interface only; nothing here is part of the product.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import tempfile
import threading
import urllib.parse
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from build import Sample, build, samples
from playwright.sync_api import Browser, Frame, Page, sync_playwright

# A parent window that answers as an LMS does and writes down every call. Both APIs are never offered at once.
_PLAYER = """<!doctype html><title>Recording player</title>
<script>
const query = new URLSearchParams(location.search);
const values = Object.assign(
  { "cmi.entry": "ab-initio", "cmi.core.entry": "ab-initio", "cmi.core.lesson_status": "not attempted",
    "cmi.completion_status": "unknown", "cmi.mode": "normal", "cmi.core.lesson_mode": "normal",
    "cmi.core.student_name": "Ruiz, Ana", "cmi.learner_name": "Ruiz, Ana" },
  JSON.parse(sessionStorage.getItem("values") ?? "{}"));
window.calls = [];
const note = (call, element, answer, value) => {
  calls.push([call, element ?? "", value ?? ""]);
  // Kept where it can still be read when this window is gone: last words come while it is being torn down.
  localStorage.setItem("heard", `${localStorage.getItem("heard") ?? ""} ${call}`);
  return answer;
};
const get = (element) => note("Get", element, values[element] ?? (element.endsWith("_count") ? "0" : ""));
const set = (element, value) => {
  values[element] = String(value);
  const counted = /^(cmi[.][a-z]+)[.]([0-9]+)[.]/.exec(element);
  if (counted) values[`${counted[1]}._count`] = String(Number(counted[2]) + 1);
  sessionStorage.setItem("values", JSON.stringify(values));
  return note("Set", element, "true", value);
};
const version = query.get("api");
const plain = { Initialize: () => note("Initialize", "", "true"), Terminate: () => note("Terminate", "", "true"),
  GetValue: get, SetValue: set, Commit: () => note("Commit", "", "true"),
  GetLastError: () => "0", GetErrorString: () => "", GetDiagnostic: () => "" };
if (version === "2004") window.API_1484_11 = plain;
if (version === "12") {
  window.API = Object.fromEntries(Object.entries(plain).map(([name, run]) => [`LMS${name}`, run]));
  window.API.LMSFinish = window.API.LMSTerminate;
}
addEventListener("DOMContentLoaded", () => { document.querySelector("iframe").src = query.get("entry"); });
</script>
<style>html, body, iframe { margin: 0; width: 100%; height: 100%; border: 0; display: block }</style>
<iframe title="course"></iframe>"""


class _Handler(SimpleHTTPRequestHandler):
    """Serves the unpacked samples, the recording player, and a record store that believes everything."""

    protocol_version = "HTTP/1.1"
    requests: list[tuple[str, str, str]]
    documents: dict[str, bytes]

    def log_message(self, format: str, *args: Any) -> None:
        """Stay quiet: the table is the output."""

    def end_headers(self) -> None:
        # As the play origin does: without it Chromium may run no unload handler.
        self.send_header("Permissions-Policy", "unload=(self)")
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.path.startswith("/player"):
            self._answer(200, _PLAYER.encode(), "text/html")
        elif self.path.startswith("/lrs/"):
            self._store(b"")
        else:
            super().do_GET()

    def do_POST(self) -> None:
        self._store(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def do_PUT(self) -> None:
        self.do_POST()

    def _store(self, body: bytes) -> None:
        address = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(address.query)
        self.requests.append((self.command, address.path.removeprefix("/lrs/"), body.decode() or json.dumps(query)))
        key = f"{address.path}?{query.get('stateId')}{query.get('activityId')}"
        if self.command == "PUT":
            self.documents[key] = body
        if address.path == "/lrs/fetch":
            self._answer(200, b'{"auth-token": "c2VhdHRpbWU6c2FtcGxl"}')
        elif "LMS.LaunchData" in address.query:
            self._answer(200, json.dumps(_LAUNCH_DATA).encode())
        elif self.command != "GET":
            self._answer(200, b"[]" if address.path.endswith("/statements") else b"{}")
        elif key in self.documents:
            self._answer(200, self.documents[key])
        else:
            self._answer(404, b"{}")


_LAUNCH_DATA = {
    "contextTemplate": {"extensions": {"https://w3id.org/xapi/cmi5/context/extensions/sessionid": "session-1"}},
    "launchMode": "Normal",
    "moveOn": "CompletedAndPassed",
    "masteryScore": 0.5,
}


def _address(base: str, sample: Sample) -> str:
    """The recording player's address for a sample, with the launch parameters of its standard."""
    entry = f"{base}/{sample.name}/{sample.facts['entry']}"
    actor = json.dumps({"objectType": "Agent", "name": "Ana Ruiz", "account": {"homePage": base, "name": "ana"}})
    shared = {"endpoint": f"{base}/lrs/", "actor": actor, "registration": "8a0d1d5c-5a3b-4b0e-9d3f-0d8b1c2e3f40"}
    if sample.kind == "cmi5":
        activity = {"fetch": f"{base}/lrs/fetch", "activityId": f"{base}/au/1"}
        entry += "?" + urllib.parse.urlencode({**shared, **activity})
    elif sample.kind == "xapi" or sample.facts["dual"]:
        activity = {"auth": "Basic c2VhdHRpbWU6c2FtcGxl", "activity_id": "https://seattime.example/course"}
        entry += "?" + urllib.parse.urlencode({**shared, **activity})
    api = {"scorm11": "12", "scorm12": "12"}.get(sample.kind, "2004" if sample.kind.startswith("scorm2004") else "")
    return f"{base}/player?" + urllib.parse.urlencode({"api": api, "entry": entry})


def content_frame(page: Page) -> Frame:
    """The frame whose body carries data-slide, once there is one."""
    for _ in range(100):
        for frame in page.frames[1:]:
            if frame.query_selector("body[data-slide]"):
                return frame
        page.wait_for_timeout(50)
    raise AssertionError(f"no slides in {page.url}")


def _words(call: list[str]) -> str:
    """A call as the table shows it: `element = value`, `element?` or the call's name; `cmi.` and `core.` left out."""
    name, element, value = call
    if not element:
        return name
    short = element.removeprefix("cmi.").removeprefix("core.")
    shown = f"{short} = {value or '(empty)'}" if name == "Set" else f"{short}?"
    return shown.replace("|", "\\|")


def _request_words(request: tuple[str, str, str]) -> str:
    method, path, body = request
    if path != "statements":
        state = json.loads(body).get("stateId", [""])[0] if method == "GET" else ""
        return f"{method} {path} {state}".strip()
    statement = json.loads(body)
    duration = statement.get("result", {}).get("duration", "")
    return f"{statement['verb']['id'].rsplit('/', 1)[-1]} {duration}".strip()


class _Recorder:
    """One sample in one page: what it said since the last look."""

    def __init__(self, page: Page, handler: type[_Handler]) -> None:
        self._page = page
        self._handler = handler

    def said(self) -> list[str]:
        self._page.wait_for_timeout(400)
        calls: list[list[str]] = self._page.evaluate("() => calls.splice(0)")
        requests = self._handler.requests[:]
        self._handler.requests.clear()
        return [_words(call) for call in calls] + [_request_words(request) for request in requests]


def record(browser: Browser, base: str, handler: type[_Handler], sample: Sample, shots: Path | None) -> list[str]:
    """Play one sample: start, second slide, an answer, leave by about:blank; the table's cells."""
    handler.requests.clear()
    handler.documents.clear()
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(_address(base, sample))
    frame = content_frame(page)
    recorder = _Recorder(page, handler)
    cells = [recorder.said()]
    if shots:
        _photograph(page, frame, shots, sample)
        recorder.said()
        frame.evaluate("() => { sessionStorage.clear(); parent.calls?.splice(0); }")
    frame.click('[data-action="next"]')
    cells.append(recorder.said())
    page.wait_for_timeout(800)
    page.evaluate("() => { document.querySelector('iframe').src = 'about:blank'; }")
    cells.append(recorder.said())
    page.close()
    if errors:
        raise AssertionError(f"{sample.name}: {errors}")
    return ["<br>".join(cell) or "nothing" for cell in cells]


# The ways in which a learner, or a player, ends a visit.
_LEAVINGS = {
    "frame to about:blank": "() => { document.querySelector('iframe').src = 'about:blank'; }",
    "frame removed": "() => document.querySelector('iframe').remove()",
    "another address": "() => { location.href = '/player'; }",
    "tab closed": "",
}


def record_leavings(browser: Browser, base: str, handler: type[_Handler], sample: Sample) -> list[str]:
    """For each way of leaving, whether the sample said its last words: Finish, Terminate or a statement."""
    cells = []
    for script in _LEAVINGS.values():
        context = browser.new_context()
        page = context.new_page()
        page.goto(_address(base, sample))
        content_frame(page)
        page.wait_for_timeout(400)
        witness = context.new_page()
        witness.goto(f"{base}/player")
        handler.requests.clear()
        if script:
            page.evaluate(script)
        else:
            page.close()
        witness.wait_for_timeout(600)
        heard: str = witness.evaluate("() => localStorage.getItem('heard') ?? ''")
        stated = any("/terminated" in body for _, _, body in handler.requests)
        cells.append("yes" if "Terminate" in heard or stated else "-")
        context.close()
    return cells


def _photograph(page: Page, frame: Frame, shots: Path, sample: Sample) -> None:
    """Every slide at the width of a desk and of a phone, then back to the first slide."""
    total = int(sample.facts["slides"])
    for number in range(1, total + 1):
        for width, height in ((1280, 800), (390, 780)):
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(350)
            page.screenshot(path=shots / f"{sample.name}-{number}-{width}.png")
        if number < total:
            frame.click('[data-action="next"]')
    page.set_viewport_size({"width": 1280, "height": 800})
    for _ in range(total - 1):
        frame.click('[data-action="back"]')


def main() -> None:
    """The command line: ``python packages/record_calls.py [NAME ...] [--screenshots DIR]``."""
    parser = argparse.ArgumentParser(description="Record what the samples say.")
    parser.add_argument("name", nargs="*", help="which samples; all but the fixtures where none is named")
    parser.add_argument("--screenshots", type=Path, help="also photograph each slide into this folder")
    arguments = parser.parse_args()
    chosen = [s for s in samples() if (s.name in arguments.name if arguments.name else not s.fixture)]
    shots: Path | None = arguments.screenshots
    if shots:
        shots.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for sample in chosen:
            with zipfile.ZipFile(build(sample.name, Path(folder))) as archive:
                archive.extractall(Path(folder) / sample.name)
        _Handler.requests, _Handler.documents = [], {}
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=folder))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        base = f"http://127.0.0.1:{server.server_address[1]}"
        chromium = os.environ.get("SEATTIME_CHROMIUM") or shutil.which("chromium")
        print("| sample | at the start | at the second slide | when its frame goes to about:blank |")
        print("| --- | --- | --- | --- |")
        with sync_playwright() as playwright:
            options = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"]
            browser = playwright.chromium.launch(executable_path=chromium, args=options)
            for sample in chosen:
                cells = record(browser, base, _Handler, sample, shots)
                print(f"| {sample.name} | {' | '.join(cells)} |", flush=True)
            print(f"\n| last words when | {' | '.join(_LEAVINGS)} |")
            print(f"| --- | {' | '.join('---' for _ in _LEAVINGS)} |")
            for sample in chosen:
                print(f"| {sample.name} | {' | '.join(record_leavings(browser, base, _Handler, sample))} |", flush=True)
            browser.close()
        server.shutdown()


if __name__ == "__main__":
    main()
