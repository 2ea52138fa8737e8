/**
 * The one quiet thing that tells whether the learner's time is safe. A tap tells it in a sentence; where time has been on this device only
 * for a while, the sentence shows by itself, once, for a moment, and takes nothing from the course but the corner it stands in.
 * Guarantees: it does not flicker (a save that takes less than a moment is never shown as one) and is read out
 * politely only where there is something to know. Imports nothing.
 *
 * @typedef {import("../types.js").SaveStatus} SaveStatus
 */

/** Most saves take less; showing each would be noise, ms. */
const QUIET_MS = 1200;

/** Trouble that is over sooner is nothing to be told of, ms. */
const TOLD_AFTER_MS = 8000;

/** Long enough to read the sentence twice, ms. */
const TOLD_FOR_MS = 15_000;

/** @type {Record<SaveStatus, { label: string, sentence: string }>} */
export const SAVE_WORDS = {
  saved: { label: "Saved", sentence: "Your time and progress are saved." },
  saving: { label: "Saving", sentence: "Your time and progress are being saved." },
  spooled: { label: "Received", sentence: "Your time and progress are safe: the server has received them and will enter them by itself." },
  held: {
    label: "Kept for review",
    sentence: "Your time is kept: the server has received it, and a person there will look at it before it is entered.",
  },
  kept: {
    label: "Kept on this device",
    sentence: "Your time is kept on this device and is sent by itself as soon as the server can take it. You can go on.",
  },
  sent: { label: "Saved as you go", sentence: "Your time and progress are saved as you go. This browser keeps no copy of them on this device." },
  unsafe: {
    label: "Not saved yet",
    sentence: "Your time is on this page only and is sent as soon as the server can take it. You can go on; please keep this page open until it says “Saved”.",
  },
};

/** What the learner should hear of: time that is not at the server, or not entered without somebody's help. */
const TROUBLE = new Set(["kept", "held", "unsafe"]);

/**
 * @param {{ setTimeout: Window["setTimeout"], clearTimeout: Window["clearTimeout"] }} clock
 * @param {object} parts
 * @param {HTMLButtonElement} parts.button
 * @param {HTMLElement} parts.label inside the button
 * @param {HTMLElement} parts.sentence what the tap opens
 * @param {HTMLElement} parts.announcer read out politely
 * @param {() => boolean} parts.isTold the page says as much in another place
 * @returns {{ show: (status: SaveStatus) => void, hush: () => void }} `hush` takes a sentence away that nobody asked for
 */
export function createSaveIndicator(clock, { button, label, sentence, announcer, isTold }) {
  let timer = 0;
  let telling = 0;
  let byItself = false;
  /** @type {SaveStatus | null} */
  let shown = null;

  /** @param {SaveStatus} status */
  function show(status) {
    const words = SAVE_WORDS[status];
    button.dataset.status = status;
    label.textContent = words.label;
    sentence.textContent = words.sentence;
    if (status === "saving") return;
    // "Saved" at the start and after each "Saving" would be chatter; after trouble it is good news.
    const was = shown !== null && TROUBLE.has(shown);
    const is = TROUBLE.has(status);
    if (shown !== status && (is || was)) announcer.textContent = words.sentence;
    shown = status;
    if (is === was) return;
    clock.clearTimeout(telling);
    if (is) telling = clock.setTimeout(tell, TOLD_AFTER_MS);
    else hush();
  }

  /** Once, while trouble lasts. */
  function tell() {
    if (!sentence.hidden || isTold()) return;
    toggle(true);
    byItself = true;
    telling = clock.setTimeout(() => toggle(false), TOLD_FOR_MS);
  }

  /** @param {boolean} open */
  function toggle(open) {
    byItself = false;
    sentence.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }
  button.addEventListener("click", () => {
    clock.clearTimeout(telling);
    toggle(sentence.hidden === true);
  });
  sentence.addEventListener("click", () => toggle(false));
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape") toggle(false);
  });
  button.addEventListener("blur", () => toggle(false));

  function hush() {
    if (byItself) toggle(false);
  }

  return {
    show(status) {
      clock.clearTimeout(timer);
      if (status === "saving") timer = clock.setTimeout(() => show(status), QUIET_MS);
      else show(status);
    },
    hush,
  };
}
