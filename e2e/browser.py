"""Finds or gets the Chromium that the browser tests drive; `python -m e2e.browser` is part of `make setup-test`.

In this order: SEATTIME_CHROMIUM; Playwright's own, downloaded where that is possible and the system has not both Chromium and its
headless shell; the system's `chromium`; as root, Debian's packages. Most cases run in the headless shell of the same build where
there is one: it draws no window that nobody sees, which costs a third of the processor's time.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import ViewportSize

from e2e.waiting import wait_until

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # without a graphics card it would be emulated, at the cost of a whole core
    "--disable-gpu",
    "--mute-audio",
    # every frame is drawn by the processor
    "--force-prefers-reduced-motion",
    # packages may call home: nothing but this machine can be reached
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
]
WINDOW = ViewportSize(width=900, height=520)
"""Of cases to which the size does not matter: wider than where the player becomes narrow, and no larger, since every pixel is drawn by
the processor."""
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SYSTEM_SHELLS = ("chromium-headless-shell",)
APT = ["apt-get", "-o", "DPkg::Lock::Timeout=300"]
NO_DOWNLOAD = Path(__file__).resolve().parents[1] / ".venv" / ".no-playwright-download"


def chromium_path() -> str | None:
    """The Chromium to start; None for Playwright's own. Raises LookupError where there is none."""
    override = os.environ.get("SEATTIME_CHROMIUM")
    if override:
        return override
    if _playwright_has_one():
        return None
    for name in SYSTEM_NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise LookupError("No Chromium found. Run `make setup-test`, or set SEATTIME_CHROMIUM to one.")


@dataclass
class KillableBrowser:
    """A Chromium of our own process with a profile on disk, to be killed like a machine that loses power.

    Playwright talks to it by `connect_over_cdp(address)`; the profile outlives it.
    """

    profile: Path
    executable: str
    address: str = ""
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> KillableBrowser:
        port_file = self.profile / "DevToolsActivePort"
        port_file.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                self.executable,
                *ARGUMENTS,
                "--headless",
                "--remote-debugging-port=0",
                f"--user-data-dir={self.profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        port = wait_until(
            lambda: port_file.read_text().split("\n")[0] if port_file.exists() else "",
            "Chromium opens its debugging port",
            within_s=30,
        )
        self.address = f"http://127.0.0.1:{port}"
        return self

    def open_tab(self, address: str) -> None:
        """A tab in front of the others, which are hidden then. Playwright, told of a page, keeps it visible for ever."""
        request = urllib.request.Request(f"{self.address}/json/new?{urllib.parse.quote(address, safe='')}", method="PUT")
        with urllib.request.urlopen(request, timeout=20) as answer:
            answer.read()

    def signal_renderers(self, number: signal.Signals) -> None:
        """To the processes that run its pages and their workers."""
        assert self._process is not None
        found = subprocess.run(
            ["pgrep", "-g", str(self._process.pid), "-f", "--", "--type=renderer"], capture_output=True, text=True, check=True
        )
        for pid in map(int, found.stdout.split()):
            os.kill(pid, number)

    def kill(self) -> None:
        """SIGKILL to all of its processes at once, which are a group of their own."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None


def executable_path() -> str:
    """As `chromium_path`, with the path of Playwright's own where that is the one."""
    found = chromium_path()
    if found is not None:
        return found
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path


def shell_path() -> str | None:
    """The browser for cases that need none of a whole one's own features; None for Playwright's own headless shell."""
    found = chromium_path()
    if found is None or os.environ.get("SEATTIME_CHROMIUM"):
        return found
    return next((path for name in SYSTEM_SHELLS if (path := shutil.which(name))), found)


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def _download() -> None:
    """Playwright's own download; where it cannot be had it is not tried again in this environment."""
    if NO_DOWNLOAD.exists():
        return
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    try:
        subprocess.run(command, capture_output=True, timeout=600, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        NO_DOWNLOAD.touch()


def _system_has_one() -> bool:
    return any(shutil.which(name) for name in SYSTEM_NAMES)


def _system_has_a_shell() -> bool:
    return any(shutil.which(name) for name in SYSTEM_SHELLS)


def setup() -> None:
    """Makes sure that there is a browser. Ends with a sentence where there is none to be had."""
    if os.environ.get("SEATTIME_CHROMIUM") or _playwright_has_one() or (_system_has_one() and _system_has_a_shell()):
        return
    _download()
    if _playwright_has_one():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*APT, "update", "-qq"], env=environment, check=not _system_has_one())
        if not _system_has_one():
            subprocess.run([*APT, "install", "-y", "-qq", "chromium"], env=environment, check=True)
        # an older Debian has none, and it is only faster
        subprocess.run([*APT, "install", "-y", "-qq", *SYSTEM_SHELLS], env=environment, check=False)
    if _system_has_one():
        return
    sys.exit("No Chromium: Playwright could not download one and none is installed. Install chromium, or set SEATTIME_CHROMIUM.")


if __name__ == "__main__":
    setup()
    print(f"Browser for the tests: {chromium_path() or 'Playwright’s own Chromium'}, {shell_path() or 'its headless shell'}")
