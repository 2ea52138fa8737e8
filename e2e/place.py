"""A running server with everything that a case asks of it: the REST API, the stored rows, the administrator's desk."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Any

from e2e.cloud import Cloud
from e2e.desk import Desk, registration_key
from e2e.ledger import Ledger, StoredSession
from e2e.server import Server
from e2e.waiting import wait_until


class Place:
    """`zips`: our samples and fixtures, by name."""

    def __init__(self, server: Server, zips: dict[str, Path]) -> None:
        self.server = server
        self.zips = zips
        self.cloud = Cloud(server)
        self.ledger = Ledger(server.sqlalchemy_url)

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.server)

    def register(self, package: str | Path, learner_id: str | None = None) -> str:
        """A registration for a package, which is imported if it is not there. A sample is named by its name."""
        path = package if isinstance(package, Path) else self.zips[package]
        return self.cloud.register(self.cloud.course(path), learner_id)

    def link(self, registration_id: str) -> str:
        return self.cloud.link(registration_id)

    def counted(self, registration_id: str) -> float:
        return self.cloud.counted(registration_id)

    def sessions(self, registration_id: str) -> list[StoredSession]:
        return self.ledger.sessions(registration_id)

    def over(self, registration_id: str) -> int:
        """How many sessions the server knows to be over."""
        return sum(1 for each in self.sessions(registration_id) if each.ended)

    def all_over(self, registration_id: str) -> bool:
        """Whether there are sessions and the server knows that all are over."""
        return 0 < len(self.sessions(registration_id)) == self.over(registration_id)

    def ended(self, registration_id: str, count: int = 1, *, within_s: float = 40.0) -> list[StoredSession]:
        """The sessions, once there are `count` of them that the server knows to be over."""

        wait_until(
            lambda: self.over(registration_id) >= count,
            f"{count} ended sessions of {registration_id}",
            within_s=within_s,
        )
        return self.sessions(registration_id)

    def another_sign_in_link(self) -> str:
        """A one-time link that nobody used yet, as the command line makes it."""
        return self.server.command("sign-in-link").strip().splitlines()[-1]

    def exported(self, registration_id: str) -> list[dict[str, Any]]:
        """The sessions as an administrator exports them, oldest first: `credited_s`, `reason`, `findings` ..."""
        return self.desk.sessions(registration_key(self.link(registration_id)))
