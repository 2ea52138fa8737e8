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

LOADED_WITHIN_S = 25
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
            if frame.parent_frame == self.page.main_frame and "/content/" in frame.url:
                return frame
        return None

    def frames(self) -> list[Frame]:
        """All frames of the content, the outermost first; of the popup where there is one."""
        outer = self._content()
        if outer is None:
            return []
        return [frame for frame in self.page.frames if frame == outer or _is_within(frame, outer)]

    def slides(self) -> Frame:
        """The frame of a sample that shows slides (samples.json, `contentFrame`)."""
        for frame in reversed(self.frames()):
            if frame.evaluate("() => document.body?.dataset.slide ?? null") is not None:
                return frame
        raise AssertionError("no frame shows slides")

    def slide(self) -> str:
        return str(self.slides().evaluate("() => document.body.dataset.slide"))

    def panel(self) -> str:
        """The title of the panel that stands in the content's place, or nothing."""
        return str(
            self.page.evaluate(
                """() => document.querySelector("#panel:not([hidden]) h2, .panel h1")?.textContent.trim() ?? "" """
            )
        )

    def save_status(self) -> str:
        return str(self.page.evaluate("() => document.querySelector('#save')?.dataset.status ?? ''"))

    def wait_for_content(self, *, other_than: Frame | None = None) -> None:
        """Waits for the content's load event; from here time passes."""

        def loaded() -> Any:
            frame = self._content()
            return frame is not None and frame != other_than and _evaluate(frame, LOAD_TIMES)

        self._began = tuple(
            wait_until(loaded, f"content is loaded (panel: {self.panel()!r})", within_s=LOADED_WITHIN_S)
        )

    def has_content(self) -> bool:
        frame = self._content()
        return frame is not None and bool(_evaluate(frame, LOAD_TIMES))

    # What the learner does

    def act(self, action: str, value: str | None = None) -> None:
        """Presses a sample's button."""
        button = f'[data-action="{action}"]' + (f'[data-value="{value}"]' if value else "")
        self.slides().locator(f".slide.current {button}, :not(.slide) > {button}").first.click()

    def run(self, script: list[list[Any]]) -> list[Any]:
        """Has the scripted fixture do what `script` says; its answers."""
        answers: list[Any] = self.content.evaluate("(script) => window.run(script)", script)
        return answers

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
        return self._left(self._press_exit)

    def leave_by(self, action: Callable[[], Any]) -> Passed:
        """Any other way out."""
        return self._left(action)

    def _press_exit(self) -> None:
        self.page.locator("#exit").click()
        self.wait_for_goodbye()

    def wait_for_goodbye(self) -> None:
        """The content is gone and the player says so."""
        wait_until(lambda: self.panel().startswith("Your time is"), "the player says goodbye", within_s=15)

    def _left(self, action: Callable[[], Any]) -> Passed:
        if self._began is None:
            raise AssertionError("nothing was open")
        asked_at = wall_ms()
        action()
        over_at = wall_ms()
        earliest, latest = self._began
        self.passed = self.passed + Passed((asked_at - latest) / 1000, (over_at - earliest) / 1000)
        self._began = None
        return self.passed


def _is_within(frame: Frame, outer: Frame) -> bool:
    above = frame.parent_frame
    while above is not None and above != outer:
        above = above.parent_frame
    return above is not None


def _evaluate(frame: Frame, script: str) -> Any:
    """None while the frame is between two documents."""
    try:
        return frame.evaluate(script)
    except Error:
        return None
