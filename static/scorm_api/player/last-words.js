/**
 * Lets content say its last words before its window is taken away, without its "leave this page?" question.
 *
 * Some tools finish in beforeunload only (Lectora), others ask there whether one really wants to leave (new Captivate).
 * The learner who pressed "Exit" has said so. So beforeunload is played to the content first, and the browser's own is
 * then kept from it; pagehide and unload follow by themselves. Imports only its neighbour.
 */
import { reachableWindows } from "./activity-watch.js";

/** How long content may take for its last calls, ms. */
export const LAST_WORDS_MS = 2000;
/** Requests and calls that the last handlers started come in a moment after the page is gone, ms. */
export const BEAT_MS = 120;

/** @param {Window} content */
export function playBeforeUnload(content) {
  for (const place of reachableWindows(content)) {
    try {
      const event = place.document.createEvent("BeforeUnloadEvent");
      event.initEvent("beforeunload", false, true);
      place.dispatchEvent(event);
    } catch {
      // The content's own handler or an unusual document failed; the real events still follow.
    }
    // Capturing listeners of the window itself run before all others (DOM, "event path": capture first, also at target).
    place.addEventListener("beforeunload", (event) => event.stopImmediatePropagation(), { capture: true });
  }
}
