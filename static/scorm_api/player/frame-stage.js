/**
 * Plays content in a frame of the player. Guarantees: the frame is navigated to about:blank and given time before it
 * is removed (removing it at once fires no beforeunload, where some tools say all they have to say).
 *
 * @typedef {import("./content-stage.js").Stage} Stage
 * @typedef {import("./content-stage.js").StageEvents} StageEvents
 */
import { takeCloseAsWish } from "./content-stage.js";
import { BEAT_MS, LAST_WORDS_MS, leaveUnasked } from "./last-words.js";

/** The player's origin is the content's: what the player may use is passed on. There is no sandbox; the play origin is one. */
const ALLOW =
  "autoplay; fullscreen; picture-in-picture; encrypted-media; clipboard-write; screen-wake-lock; camera; microphone; accelerometer; gyroscope";

/**
 * @param {Window} page
 * @param {HTMLElement} place
 * @returns {Stage}
 */
export function createFrameStage(page, place) {
  /** @type {HTMLIFrameElement | null} */
  let frame = null;

  return {
    open(start, events) {
      const made = page.document.createElement("iframe");
      made.className = "content";
      made.title = start.title;
      made.allow = ALLOW;
      made.addEventListener("load", () => {
        if (frame !== made) return;
        const content = made.contentWindow;
        if (content !== null) {
          try {
            takeCloseAsWish(content, page, () => frame === made && events.closeAsked());
          } catch {
            // The content has gone to another origin, where its close() cannot do any harm.
          }
        }
        events.loaded();
      });
      frame = made;
      made.src = start.src;
      place.replaceChildren(made);
      made.focus();
      return true;
    },

    leave() {
      const leaving = frame;
      const content = leaving?.contentWindow ?? null;
      frame = null;
      if (leaving === null || content === null) return Promise.resolve();
      return new Promise((resolve) => {
        const finish = () => {
          page.clearTimeout(limit);
          page.setTimeout(resolve, BEAT_MS);
        };
        const limit = page.setTimeout(finish, LAST_WORDS_MS);
        leaving.addEventListener("load", finish, { once: true });
        leaveUnasked(content);
        // `replace`, so that the way out is no step of its own for the Back button.
        content.location.replace("about:blank");
      });
    },

    clear: () => place.replaceChildren(),
    content: () => frame?.contentWindow ?? null,
    focus: () => frame?.focus(),
  };
}
