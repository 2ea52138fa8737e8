"""SeatTime in a player page that is not ours: around the API of another LMS, and as the API; whatever that page does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Frame, Page

from e2e.host_lms import LMS_API, HostLms, account, new_registration
from e2e.place import Place
from e2e.waiting import let_pass, wait_until

DATABASES = ("sqlite",)
LISTENS = "() => document.querySelector('iframe')?.contentWindow.api !== undefined"


@pytest.fixture
def lms(place: Place) -> Iterator[HostLms]:
    made = HostLms(place.server)
    yield made
    made.stop()


class Sitting:
    """A learner in a player page of the other LMS."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.errors: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)[:300]))
        self.loaded = self._watch()
        self.page.goto(address, wait_until="load")

    def _watch(self) -> Callable[[], bool]:
        seen: set[str] = set()
        self.page.on("requestfinished", lambda request: seen.add(request.url.rsplit("/", 1)[-1]))
        return lambda: self.page.wait_for_timeout(1) is None and "around-api.js" in seen and "worker-core.js" in seen

    @property
    def content(self) -> Frame:
        return self.page.frames[1]

    def find(self, name: str = "API") -> None:
        """The content looks for its API, once our script listens."""
        wait_until(self.loaded, "our script is there", within_s=30)
        let_pass(0.3)
        assert self.content.evaluate("(name) => { window.api = window.find(name); return window.api !== null; }", name)

    def call(self, method: str, *args: Any) -> str:
        """What the API answers, with its type."""
        return str(self.content.evaluate("(call) => window.call(...call)", [method, *args]))


def test_around_the_api_of_an_lms_time_is_kept_on_the_side(place: Place, lms: HostLms, context: BrowserContext) -> None:
    registration = new_registration()
    sitting = Sitting(context, lms.player(lms.ticket(registration), LMS_API + "window.API = new LmsApi();"))
    sitting.find()

    assert sitting.call("LMSInitialize", "") == "string:true"
    assert sitting.call("LMSGetValue", "cmi.core.total_time") == "string:0000:07:00.00"
    let_pass(2)
    assert sitting.call("LMSSetValue", "cmi.core.lesson_status", "completed") == "string:true"
    assert sitting.call("LMSSetValue", "cmi.core.session_time", "0000:00:02.00") == "string:true"
    assert sitting.call("LMSCommit", "") == "string:true"
    assert sitting.call("LMSFinish", "") == "string:true"

    told = sitting.page.evaluate("() => window.told")
    assert told == ["initialize", "cmi.core.lesson_status=completed", "cmi.core.session_time=0000:00:02.00", "commit", "finish"]
    [session] = place.ended(registration)
    assert session.terminated
    assert session.reported_s == 2.0
    assert 2.0 <= session.measured_s < 6.0
    said = account(session.elements)
    assert said["kept"] == {"raw": "0000:00:02.00", "ms": 2000}
    assert (said["initialize"], said["finish"], said["total"]) == ({"answer": "true"}, {"answer": "true"}, "0000:07:00.00")
    assert said["commits"] == {"asked": 1, "yes": 1, "answer": "none"}
    assert not sitting.errors
