"""A learner in a browser: opens a launch link, stays, leaves in one way or another.

How long a visit really took is told without the product's help: by the browser's own navigation timing of the
content's document and by this machine's clock. A session cannot have begun before the content's document was asked for,
nor later than its load event; so what really passed lies between two bounds, and what is recorded has to lie there too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import BrowserContext, Error, Frame, Page

from e2e.waiting import wait_until, wall_ms

LOADED_WITHIN_S = 60
"""As long as a machine may take that plays ten courses at once; no case waits longer than it must."""
PANEL = """() => document.querySelector("#panel:not([hidden]) h2, .panel h1")?.textContent.trim() ?? "" """
LOAD_TIMES = """() => {
  const entry = performance.getEntriesByType("navigation")[0];
  if (!entry || entry.loadEventStart === 0 || location.href === "about:blank") return null;
  return [performance.timeOrigin + entry.startTime, performance.timeOrigin + entry.loadEventStart];
}"""


@dataclass(frozen=True)
class Passed:
    """What really passed, in seconds: at least `low`, at most `high`."""

    low: float
    high: float

    def __add__(self, other: Passed) -> Passed:
        return Passed(self.low + other.low, self.high + other.high)

    def __str__(self) -> str:
        return f"{self.low:.2f} to {self.high:.2f} s"

    def holds(self, seconds: float, within_s: float) -> bool:
        return self.low - within_s <= seconds <= self.high + within_s


NOTHING_PASSED = Passed(0.0, 0.0)


@dataclass
class Visit:
    """One opening of a player page. `passed` is complete once it was left."""

    page: Page
    errors: list[str] = field(default_factory=list)
    passed: Passed = NOTHING_PASSED
    _began: tuple[float, float] | None = None
    _asked_at: float | None = None

    @classmethod
    def open(cls, context: BrowserContext, link: str) -> Visit:
        """Goes there and does not wait."""
        visit = cls(context.new_page())
        visit.page.on("pageerror", lambda error: visit.errors.append(str(error)[:300]))
        visit.page.goto(link, wait_until="commit")
        return visit

    @classmethod
    def start(cls, context: BrowserContext, link: str) -> Visit:
        """Goes there and waits until the content is there."""
        visit = cls.open(context, link)
        visit.wait_for_content()
        return visit

    # What is seen

    @property
    def content(self) -> Frame:
        """The frame with the activity's page."""
        found = self._content()
        assert found is not None, "no content is open"
        return found

    def _content(self) -> Frame | None:
        # Playwright learns of new frames only while it is asked something
        self.page.wait_for_timeout(1)
        for frame in self.page.frames:
            if frame.parent_frame == self.page.main_frame and not _is_empty(frame.url):
                return frame
        own = next((page for page in self._windows() if not _is_empty(page.url)), None)
        return None if own is None else own.main_frame

    def _windows(self) -> list[Page]:
        """Windows of their own, in which some courses play."""
        return [page for page in self.page.context.pages if page != self.page and page.opener() == self.page]

    def frames(self) -> list[Frame]:
        """All frames of the content, the outermost first; of the popup where there is one."""
        outer = self._content()
        if outer is None:
            return []
        return [frame for frame in outer.page.frames if frame == outer or _is_within(frame, outer)]

    def slides(self) -> Frame:
        """The frame of a sample that shows slides (samples.json, `contentFrame`)."""
        for frame in reversed(self.frames()):
            if frame.evaluate("() => document.body?.dataset.slide ?? null") is not None:
                return frame
        raise AssertionError("no frame shows slides")

    def slides_are_there(self) -> bool:
        """Whether a sample shows a slide by now."""
        return any(evaluate(frame, "() => document.body?.dataset.slide ?? null") for frame in self.frames())

    def is_gone(self, frame: Frame) -> bool:
        """Whether this frame has been left for good."""
        self.page.wait_for_timeout(1)
        return frame.is_detached() or _is_empty(frame.url)

    def slide(self) -> str:
        return str(self.slides().evaluate("() => document.body.dataset.slide"))

    def panel(self) -> str:
        """The title of the panel that stands in the content's place, or nothing."""
        return str(evaluate(self.page.main_frame, PANEL) or "")

    def save_status(self) -> str:
        return str(self.page.evaluate("() => document.querySelector('#save')?.dataset.status ?? ''"))

    def wait_for_content(self, *, other_than: Frame | None = None) -> None:
        """Waits for the content's load event; from here time passes."""
        wait_until(lambda: self.content_is_there(other_than), "content is loaded", within_s=LOADED_WITHIN_S)

    def content_is_there(self, other_than: Frame | None = None) -> bool:
        """Whether the content's page is loaded, in another frame than `other_than`; from here time passes."""
        frame = self._content()
        if frame is None:
            self._open_window()
        times = None if frame is None or frame == other_than else evaluate(frame, LOAD_TIMES)
        if times is not None and self._began is None:
            self._began = (times[0], times[1])
        return times is not None

    def _open_window(self) -> None:
        """Where a course wants a window and the browser a click for it."""
        button = self.page.get_by_role("button", name="Open the course")
        if button.count():
            button.click()

    def has_live_content(self) -> bool:
        """Whether the content's page answers, whether it was loaded just now or came out of a cache."""
        frame = self._content()
        return frame is not None and bool(evaluate(frame, "() => document.readyState === 'complete'"))

    # What the learner does

    def act(self, action: str, value: str | None = None) -> None:
        """Presses a sample's button."""
        button = f'[data-action="{action}"]' + (f'[data-value="{value}"]' if value else "")
        self.slides().locator(f".slide.current {button}, :not(.slide) > {button}").first.click()

    def run(self, script: list[list[Any]]) -> list[Any]:
        """Has the scripted fixture do what `script` says; its answers."""
        answers: list[Any] = self.content.evaluate("(script) => window.run(script)", script)
        return answers

    def said(self, element: str) -> str:
        """What the scripted fixture set this element to, at last."""
        return str(self.content.evaluate("(element) => window.said[element]", element))

    def close(self) -> Passed:
        """Closes the tab without asking the page, as phones do."""
        return self._left(lambda: self.page.close(run_before_unload=False))

    def go_elsewhere(self, address: str) -> Passed:
        """Follows a link to somewhere else; the tab stays."""
        return self._left(lambda: self.page.goto(address, wait_until="commit"))

    def reload(self) -> Passed:
        """Reloads; time begins anew with `wait_for_content`."""
        return self._left(lambda: self.page.reload(wait_until="commit"))

    def exit(self) -> Passed:
        """The player's own Exit; waits for its goodbye."""
        self.begin_leaving()
        self.page.locator("#exit").click()
        wait_until(self.said_goodbye, "the player says goodbye")
        return self.has_left()

    def said_goodbye(self) -> bool:
        """The content is gone and the player says so."""
        return self.panel().startswith("Your time is")

    def counts_late_s(self) -> float:
        """How long after its page had loaded a sample began to count: it may have to ask a record store first."""
        at = evaluate(self.slides(), "() => performance.timeOrigin + (performance.getEntriesByName('stopwatch')[0]?.startTime ?? 0)")
        return 0.0 if self._began is None else max(0.0, (float(at) - self._began[1]) / 1000)

    def lasted_s(self) -> float:
        """How long the content has been there."""
        return 0.0 if self._began is None else (wall_ms() - self._began[1]) / 1000

    def begin_leaving(self) -> None:
        """From now on it is no longer sure that time passes."""
        if self._asked_at is None:
            self._asked_at = wall_ms()

    def has_left(self) -> Passed:
        """The content is gone: what passed since it was there."""
        if self._began is None:
            raise AssertionError("nothing was open")
        over_at = wall_ms()
        asked_at = over_at if self._asked_at is None else self._asked_at
        earliest, latest = self._began
        self.passed = self.passed + Passed((asked_at - latest) / 1000, (over_at - earliest) / 1000)
        self._began = self._asked_at = None
        return self.passed

    def _left(self, action: Callable[[], Any]) -> Passed:
        self.begin_leaving()
        action()
        return self.has_left()


def _is_empty(url: str) -> bool:
    """A frame that is on its way in or out, or delivers for a sibling. A course may well go to another origin."""
    return url in ("", "about:blank") or url.endswith("/player/deliver")


def _is_within(frame: Frame, outer: Frame) -> bool:
    above = frame.parent_frame
    while above is not None and above != outer:
        above = above.parent_frame
    return above is not None


def evaluate(frame: Frame, script: str) -> Any:
    """None while the frame is between two documents."""
    try:
        return frame.evaluate(script)
    except Error:
        return None
