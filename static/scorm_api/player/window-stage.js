/**
 * Plays content in a window of its own, whose opener is the player: content finds the API there.
 *
 * Guarantees: closing that window is noticed within about a second (at once where the browser tells); while the
 * content's window is visible the course counts as visible, though the player may be covered; the window is navigated
 * to about:blank and given time before it is closed (closing may fire no beforeunload).
 *
 * @typedef {import("./content-stage.js").Stage} Stage
 * @typedef {import("./content-stage.js").StageEvents} StageEvents
 */
import { BEAT_MS, LAST_WORDS_MS, leaveUnasked } from "./last-words.js";

const LOOK_EVERY_MS = 500;
const LOOK_WHILE_LEAVING_MS = 50;

/** @param {Window} popup */
function documentOf(popup) {
  try {
    return popup.document;
  } catch {
    return null;
  }
}

/**
 * @param {Window} page
 * @param {(visible: boolean) => void} visible told when the content's window is shown or hidden
 * @returns {Stage}
 */
export function createWindowStage(page, visible) {
  // A name of its own for each player page: another player in the same group of windows must not take this one over.
  const name = `seattime-${page.crypto.getRandomValues(new Uint32Array(1)).join("")}`;
  /** @type {Window | null} */
  let popup = null;
  /** @type {StageEvents | null} */
  let events = null;
  /** @type {Document | null} */
  let seen = null;
  let foreign = false;
  let timer = 0;

  function look() {
    if (popup === null) return;
    if (popup.closed) {
      const told = events;
      forget();
      told?.closed();
      return;
    }
    const document = documentOf(popup);
    if (document === null) {
      // Content of another origin: whether it is seen cannot be known, only that it is there.
      if (!foreign) events?.loaded();
      foreign = true;
      visible(true);
      return;
    }
    if (document === seen || document.readyState !== "complete") return;
    if (popup.location.href === "about:blank") return;
    seen = document;
    const tell = () => visible(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", tell);
    popup.addEventListener("pagehide", () => page.setTimeout(look, 0));
    tell();
    events?.loaded();
  }

  function forget() {
    page.clearInterval(timer);
    page.removeEventListener("focus", look);
    page.document.removeEventListener("visibilitychange", look);
    popup = null;
    events = null;
    seen = null;
    foreign = false;
    visible(false);
  }

  function watch() {
    page.clearInterval(timer);
    timer = page.setInterval(look, LOOK_EVERY_MS);
    // The timers of a covered page fall to once a minute; its coming back is what follows when the other window closes.
    page.addEventListener("focus", look);
    page.document.addEventListener("visibilitychange", look);
  }

  return {
    open(start, told) {
      if (popup !== null && !popup.closed) {
        events = told;
        foreign = false;
        popup.location.replace(start.src);
        watch();
        return true;
      }
      const { availWidth, availHeight } = page.screen;
      const opened = page.open(start.src, name, `popup,width=${availWidth},height=${availHeight}`);
      if (opened === null || opened.closed) return false;
      popup = opened;
      events = told;
      watch();
      return true;
    },

    leave() {
      const leaving = popup;
      page.clearInterval(timer);
      if (leaving === null || leaving.closed) return Promise.resolve();
      events = null;
      return new Promise((resolve) => {
        const before = documentOf(leaving);
        const until = page.performance.now() + LAST_WORDS_MS;
        leaveUnasked(leaving);
        leaving.location.replace("about:blank");
        const check = () => {
          const gone = leaving.closed || (documentOf(leaving) !== before && documentOf(leaving) !== null);
          if (gone || page.performance.now() >= until) page.setTimeout(resolve, BEAT_MS);
          else page.setTimeout(check, LOOK_WHILE_LEAVING_MS);
        };
        check();
      });
    },

    clear() {
      const leaving = popup;
      forget();
      leaving?.close();
    },
    content: () => (popup === null || popup.closed ? null : popup),
    focus: () => popup?.focus(),
  };
}
