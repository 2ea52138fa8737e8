/**
 * Content says its last words when its window is navigated away, and then it is given a bounded time for them.
 *
 * Some tools finish in beforeunload only (Lectora), others ask there whether one really wants to leave (new Captivate).
 * The learner who pressed "Exit" has said so: their handlers run as always, only the question is kept from being asked.
 * Imports only its neighbour.
 */
import { reachableWindows } from "./activity-watch.js";

/** How long content may take for its last calls, ms. */
export const LAST_WORDS_MS = 2000;
/** Requests and calls that the last handlers started come in a moment after the page is gone, ms. */
export const BEAT_MS = 120;

/** @param {Window} content */
export function leaveUnasked(content) {
  for (const place of reachableWindows(content)) {
    try {
      silence(/** @type {Window & typeof globalThis} */ (place));
    } catch {
      // Content that has frozen its own globals gets to ask; it is left all the same.
    }
  }
}

/** @param {Window & typeof globalThis} place */
function silence(place) {
  // A handler property asks by what it returns (HTML, "the event handler processing algorithm") ...
  const handler = place.onbeforeunload;
  if (handler !== null) place.onbeforeunload = (event) => void handler.call(place, event);
  // ... and a listener by preventDefault() or returnValue. One of ours could only run after it.
  const { prototype } = place.BeforeUnloadEvent;
  Object.defineProperty(prototype, "returnValue", { get: () => "", set() {}, configurable: true });
  Object.defineProperty(prototype, "preventDefault", { value: () => undefined, configurable: true });
}

/**
 * For a window whose opener is going away at this moment: its own leaving would come too late, with nobody to speak to.
 * It hears now that it is being left, and then goes by the caller's hand.
 * @param {Window} content
 */
export function askForLastWords(content) {
  for (const place of reachableWindows(content)) {
    for (const type of ["beforeunload", "pagehide", "unload"]) place.dispatchEvent(new Event(type, { cancelable: true }));
  }
}
