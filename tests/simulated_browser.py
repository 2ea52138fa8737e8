"""A browser in one page of Python, for histories told step by step: the record of `e2e.simulated_record` over `services.commits`."""

from __future__ import annotations

import uuid
from typing import Any

from e2e.simulated_record import Record, Sent, State, Time
from seattime.services import commits
from seattime.services.claims import DeliveryClaims
from seattime.services.parts import parts
from tests import builders

MOST_ROUNDS = 10


class SimulatedBrowser:
    """A session that runs from now on, under one launch. Measures what the test's clock says, unless told otherwise."""

    def __init__(self, claims: DeliveryClaims, *, opened: int | None = None, attempt: str = "", order: int | None = None) -> None:
        """`opened`: what its own clock says of the beginning; the server's clock where none is given. `order`: its lease's."""
        now = parts().clock.now_ms()
        number = claims.order_number if order is None else order
        self.claims = claims
        self.token = builders.token(claims)
        self.record = Record(
            registration=claims.registration_key, session=str(uuid.uuid4()), launch=claims.launch_number, token=self.token,
            activity="item_1", attempt=attempt, new_attempt=False, standard="scorm12",
            time=Time(now if opened is None else opened, number, spans=[[0, 0, 1, 0]], acts=[[0, 0]]), state=State(number),
        )  # fmt: skip

    @property
    def pending(self) -> bool:
        return self.record.is_pending(None)

    def measure(self, ms: int) -> None:
        """It ran for so long; the test moves the clock."""
        time = self.record.time
        time.touch()
        time.spans[-1][1] += ms
        time.measured += ms
        time.open += ms

    def say(self, ms: int) -> None:
        self.record.time.touch()
        self.record.time.say(ms, f"{ms} ms")

    def write(self, **elements: str) -> None:
        for name, value in elements.items():
            self.record.state.put(f"cmi.{name}", value, self.record.state.order)

    def end(self, how: str = "terminated") -> None:
        time = self.record.time
        time.touch()
        time.ended, time.terminated = how, how == "terminated"

    def message(self) -> tuple[dict[str, Any], Sent]:
        """What it sends next; the journal is written first."""
        self.record.time.left = self.record.state.left = True
        message = self.record.next_message()
        assert message is not None, "it has nothing to say"
        return message

    def send(self, message: tuple[dict[str, Any], Sent] | None = None, *, token: str | None = None) -> str:
        """One request and its answer: `stored`, `progress`, `spooled`, `held`, `gone`. Raises what the server does."""
        body, sent = message or self.message()
        said, answer = self.post(body, token)
        return self.record.apply_answer(sent, said, answer["ledger"], token or self.token)

    def post(self, body: dict[str, Any], token: str | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
        """Sends and hears nothing: what was said of it, and the whole answer."""
        answer = commits.record_commit({"v": 1, "token": token or self.token, "records": [body]})
        (said,) = answer["results"]
        return said, answer

    def deliver(self, *, token: str | None = None) -> str:
        """As often as the server asks for more; the last answer."""
        said = "progress"
        for _ in range(MOST_ROUNDS):
            said = self.send(token=token)
            if said != "progress":
                break
        return said
