"""What a running application is made of, so that services and web reach it without globals. Filled in app.py and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import current_app

from seattime.config import Settings
from seattime.services.committing import Committer
from seattime.services.tokens import Tokens
from seattime.storage.database import Clock
from seattime.storage.package_files import PackageStore

EXTENSION = "seattime"


@dataclass(frozen=True)
class Parts:
    """The injected things of one application."""

    settings: Settings
    clock: Clock
    store: PackageStore
    tokens: Tokens
    committer: Committer


def parts() -> Parts:
    """The current application's parts. Needs an application context."""
    return cast("Parts", current_app.extensions[EXTENSION])
