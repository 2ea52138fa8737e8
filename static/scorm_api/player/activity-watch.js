/**
 * Sees that the learner is there: trusted input and playing media, in the player and in every document of the content
 * that shares its origin, however deeply framed. Of frames of other origins only the focus going in and out is seen.
 *
 * Guarantees: no listener delays or cancels anything; a script of the content cannot pose as the learner through
 * synthetic events. A `scroll` event is no input (scripts cause trusted ones); what makes a person's scroll is.
 * Imports nothing.
 *
 * @typedef {object} ActivityWatch
 * @property {() => void} look looks for new documents now; it does so by itself every few seconds
 * @property {() => void} stop
 */

const INPUT = ["pointerdown", "pointermove", "keydown", "touchstart", "touchmove", "wheel", "input"];

/** A moving pointer fires up to 120 times a second; one mark a second says as much. */
const MARK_EVERY_MS = 1000;
const LOOK_EVERY_MS = 3000;

/**
 * The windows of a tree that may be read, the root first.
 * @param {Window} root
 * @returns {Window[]}
 */
export function reachableWindows(root) {
  /** @type {Window[]} */
  const found = [];
  /** @param {Window} place */
  const visit = (place) => {
    try {
      // Throws where the document is another origin's.
      if (!place.document) return;
    } catch {
      return;
    }
    found.push(place);
    for (let index = 0; index < place.length; index += 1) visit(/** @type {Window} */ (place[index]));
  };
  visit(root);
  return found;
}

/**
 * @param {Window} page the player's own window; its timers are used
 * @param {() => Window | null} popup a further window that shows the course
 * @param {object} told
 * @param {() => void} told.mark the learner was there just now
 * @param {() => void} told.documentLeft a document of the content was left
 * @returns {ActivityWatch}
 */
export function watchActivity(page, popup, told) {
  /** @type {WeakSet<Document>} */
  const watched = new WeakSet();
  /** @type {WeakMap<HTMLMediaElement, number>} */
  const playedTo = new WeakMap();
  let markedAt = -Infinity;

  function mark() {
    const now = page.performance.now();
    if (now - markedAt < MARK_EVERY_MS) return;
    markedAt = now;
    told.mark();
  }

  /** @param {Event} event */
  const onInput = (event) => {
    if (event.isTrusted) mark();
  };

  /** @param {Window} place */
  function attach(place) {
    if (watched.has(place.document)) return;
    watched.add(place.document);
    for (const type of INPUT) place.addEventListener(type, onInput, { capture: true, passive: true });
    // The focus going into a frame of another origin is a blur here; that is all that can be known of it.
    for (const type of ["focus", "blur"]) place.addEventListener(type, onInput);
    if (place !== page) place.addEventListener("pagehide", () => told.documentLeft());
  }

  /** @param {Document} document */
  function mediaMoved(document) {
    let moved = false;
    for (const element of document.querySelectorAll("video, audio")) {
      const media = /** @type {HTMLMediaElement} */ (element);
      const before = playedTo.get(media);
      playedTo.set(media, media.currentTime);
      if (!media.paused && before !== undefined && media.currentTime !== before) moved = true;
    }
    return moved;
  }

  function look() {
    const other = popup();
    const windows = [...reachableWindows(page), ...(other === null ? [] : reachableWindows(other))];
    for (const place of windows) {
      attach(place);
      if (mediaMoved(place.document)) mark();
    }
  }

  const timer = page.setInterval(look, LOOK_EVERY_MS);
  look();
  return {
    look,
    stop: () => page.clearInterval(timer),
  };
}
