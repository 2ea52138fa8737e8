"""What `seattime verify` sends, as the page of a learner would (docs/protocol.md): deliveries, statements, the package behind them.

Must not import web.
"""

from __future__ import annotations

import uuid
from typing import Any, Final

from seattime.domain.packages.model import ActivityType, AuthoringTool, Item, Organization, Package
from seattime.domain.standards import Standard
from seattime.domain.verification import Moment, Subject
from seattime.services.parts import parts

ACTIVITY: Final = "item_1"


class Page:
    """One session in one document. `attempt` and `order` are what the server told it."""

    def __init__(self, subject: Subject) -> None:
        self._subject = subject
        self._session = str(uuid.uuid4())
        self._opened_ms = 0
        self.attempt = ""
        self.order = 0

    def opened(self, order: int, opened_ms: int) -> None:
        """The content was started, under this launch's order number."""
        self.order, self._opened_ms = order, opened_ms

    def record(self, index: int, want: str | None) -> dict[str, Any]:
        """The delivery at this moment: everything until then, as the protocol has it; the last one terminates."""
        moment = self._subject.moments[index]
        last = index == len(self._subject.moments) - 1
        time_register = {
            "seq": index + 1,
            "base": index,
            "order": self.order,
            "opened": self._opened_ms,
            "measured": moment.measured_ms,
            "open": moment.measured_ms,
            "spans": [[0, moment.measured_ms, 1, 0]],
            "acts": [[0, moment.measured_ms]],
            "words": words_of(moment),
            "terminated": last,
            "ended": "terminated" if last else None,
        }
        state = {"seq": index + 1, "base": index, "order": self.order, "set": elements_of(self._subject, index)}
        return {
            "session": self._session,
            "activity": ACTIVITY,
            "attempt": self.attempt,
            "standard": (Standard.NONE if _speaks_xapi_alone(self._subject) else self._subject.package.standard).value,
            "mode": "normal",
            "want": want,
            "time": time_register,
            "state": state if self._subject.elements else None,
        }


def words_of(moment: Moment) -> list[list[Any]]:
    """The entry of the one segment, or none."""
    word = moment.word
    return [] if word is None else [[word.ms, word.at_ms, word.raw, int(word.lenient)]]


def elements_of(subject: Subject, index: int) -> dict[str, str]:
    """What the content has set until this moment: its bookmark moves on."""
    return {name: f"{value};{index}" if "suspend_data" in name else value for name, value in subject.elements.items()}


def statement_of(subject: Subject, learner_id: str, duration: str) -> dict[str, Any]:
    """A statement whose result holds a length of time."""
    return {
        "id": str(uuid.uuid4()),
        "actor": {"account": {"homePage": parts().settings.public_url, "name": learner_id}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/terminated"},
        "object": {"id": f"https://seattime.invalid/verify/{subject.name}"},
        "result": {"duration": duration},
    }


def package_of(subject: Subject) -> Package:
    """As an import would have understood it."""
    item = Item(ACTIVITY, subject.label, href="index.html", scorm_type=ActivityType.AU if _speaks_xapi_alone(subject) else ActivityType.SCO)
    organization = Organization("organization", subject.label, (item,))
    tool = AuthoringTool(subject.tool) if subject.tool else None
    return Package(subject.package, subject.label, "seattime-verify", (organization,), "organization", dual=subject.dual, tool=tool)


def _speaks_xapi_alone(subject: Subject) -> bool:
    return bool(subject.statements) and not subject.dual
