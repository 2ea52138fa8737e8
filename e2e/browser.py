"""Finds or gets the Chromium that the browser tests drive; `python -m e2e.browser` is part of `make setup-test`.

In this order: SEATTIME_CHROMIUM; Playwright's own, downloaded where that is possible; the system's `chromium`; as root,
Debian's package.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ARGUMENTS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    # packages may call home: nothing but this machine can be reached
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE *.localhost, EXCLUDE 127.0.0.1",
]
SYSTEM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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


def _playwright_has_one() -> bool:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path).exists()


def _download() -> None:
    """Playwright's own download; where it cannot be had it is not tried again in this environment."""
    if NO_DOWNLOAD.exists():
        return
    done = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, timeout=600, check=False
    )
    if done.returncode != 0:
        NO_DOWNLOAD.touch()


def _system_has_one() -> bool:
    return any(shutil.which(name) for name in SYSTEM_NAMES)


def setup() -> None:
    """Makes sure that there is a browser. Ends with a sentence where there is none to be had."""
    if os.environ.get("SEATTIME_CHROMIUM") or _playwright_has_one():
        return
    _download()
    if _playwright_has_one() or _system_has_one():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run([*APT, "update", "-qq"], env=environment, check=True)
        subprocess.run([*APT, "install", "-y", "-qq", "chromium"], env=environment, check=True)
        return
    sys.exit(
        "No Chromium: Playwright could not download one and none is installed. Install chromium, or set SEATTIME_CHROMIUM."
    )


if __name__ == "__main__":
    setup()
    print(f"Browser for the tests: {chromium_path() or 'Playwright’s own Chromium'}")
