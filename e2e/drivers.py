"""Clicks through a few slides of a real package, as its tool's courses want it.

Each tool has the selectors of its own buttons; what no selector finds is looked for by what buttons are called in the
languages of the packages at hand, then by keys and the wheel. A step counts when something could be pressed.
"""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import ElementHandle, Error, Frame

from e2e.playing import Passed, Visit, evaluate
from e2e.together import Plan, Stay, Until

CLICK_MS = 500
BETWEEN_S = 0.7

START = (
    "start|begin|launch|resume|continue|yes|ok|enter|comenzar|iniciar|empezar|continuar|commencer|démarrer|começar|mulai|"
    "los geht|starten|lire"
)
ON = "next|forward|continue|siguiente|suivant|weiter|próximo|proximo|avançar|selanjutnya|lanjut|→|›|»"

TOOLS: dict[str, tuple[str, ...]] = {
    "storyline": ("button.message-box-button", ".mobile-start-button", "#start-course", "#next:not(.cs-disabled)"),
    "rise": (
        ".cover__header-content-action-link", "button[class*=continue]", ".lesson-nav-link__link",
        "a.overview-list-item__link", "button.quiz-header__start-quiz",
    ),
    "lectora": ("[title=Next]", "[alt=Next]", "[id*=next i]", "a[href*=NextPage]"),
    "ispring": (".message-box-buttons-panel__window-button", ".universal-control-panel__button_next"),
    "adapt": (".js-notify-close-btn", ".js-notify-btn-alert", ".menu-item__button", ".js-menu-item-button"),
    "camtasia": (".player-control-play", "#tscVideoContent"),
    "activepresenter": (".ap-tool-next", "[title=Next]"),
    "h5p": (".h5p-interactive-book-cover-readbutton button", ".h5p-interactive-book-status-arrow.next"),
    "exelearning": ("a.next",),
    "catapult": ("#next",),
    "golf": ("#butNext",),
}  # fmt: skip
SCRIPTS = {
    # the buttons of a Captivate course are drawn on a canvas; its own interface turns the slide
    "captivate": "() => { if (!window.cpAPIInterface) return false; window.cpAPIInterface.next(); return true; }",
}

FIND = r"""([selectors, words]) => {
  const shown = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 4 && box.height > 4 && style.visibility !== "hidden" && style.display !== "none"
      && Number(style.opacity) > 0.05 && !element.disabled
      && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth
      && element.getAttribute("aria-disabled") !== "true";
  };
  for (const selector of selectors) {
    for (const element of document.querySelectorAll(selector)) if (shown(element)) return element;
  }
  const named = new RegExp(`^\\W*(${words})\\b`, "i");
  const fits = (name) => typeof name === "string" && name.length < 60 && named.test(name.trim());
  const buttons = "button, a, area, [role=button], [role=link], [onclick], [tabindex='0'], input[type=button]";
  for (const element of document.querySelectorAll(buttons)) {
    const names = [element.textContent, element.value, element.title, element.alt, element.ariaLabel, element.id,
      element.querySelector?.("img")?.alt];
    if (names.some(fits) && shown(element)) return element;
  }
  return null;
}"""
"""An element that leads on: by the tool's selectors, else by its name."""


@dataclass
class Seen:
    """How far a visit came."""

    steps: int = 0


def look_around(visit: Visit, tool: str, seconds: float, seen: Seen) -> Plan[None]:
    """Presses what leads on, every now and then, for about `seconds`."""
    for _ in range(max(1, round(seconds / BETWEEN_S))):
        if press_something(visit, tool):
            seen.steps += 1
        yield Stay(BETWEEN_S)


def exit_course(visit: Visit) -> Plan[Passed]:
    """By the player's Exit, without holding up others that play beside; what passed."""
    visit.begin_leaving()
    # on a small screen some courses fill it; people press Escape, which a browser without a window does not hear
    evaluate(visit.page.main_frame, "() => document.fullscreenElement && document.exitFullscreen()")
    if not visit.said_goodbye():
        visit.page.locator("#exit").click()
    yield Until(visit.said_goodbye, "the player says goodbye")
    return visit.has_left()


def press_something(visit: Visit, tool: str) -> bool:
    """Whether there was anything to press; else a key and the wheel are tried."""
    selectors = list(TOOLS.get(tool, ()))
    frames = list(reversed(visit.frames()))
    for words in (START, ON):
        for frame in frames:
            element = _find(frame, selectors, words)
            if element is not None and _press(element):
                return True
    if tool in SCRIPTS and any(evaluate(frame, SCRIPTS[tool]) for frame in frames):
        return True
    _scroll(visit)
    return False


def _find(frame: Frame, selectors: list[str], words: str) -> ElementHandle | None:
    try:
        return frame.evaluate_handle(FIND, [selectors, words]).as_element()
    except Error:
        return None  # the frame is between two documents


def _press(element: ElementHandle) -> bool:
    try:
        element.click(timeout=CLICK_MS)
    except Error:
        try:
            element.evaluate("(element) => element.click()")  # covered or moving
        except Error:
            return False  # gone meanwhile
    return True


def _scroll(visit: Visit) -> None:
    try:
        visit.page.mouse.move(550, 400)
        visit.page.mouse.wheel(0, 500)
        visit.page.keyboard.press("PageDown")
    except Error:
        return
