/**
 * The one quiet thing that tells whether the learner's time is safe. A tap tells it in a sentence.
 * Guarantees: it does not flicker (a save that takes less than a moment is never shown as one) and is read out
 * politely only where there is something to know. Imports nothing.
 *
 * @typedef {import("../types.js").SaveStatus} SaveStatus
 */

/** Most saves take less; showing each would be noise, ms. */
const QUIET_MS = 1200;

/** @type {Record<SaveStatus, { label: string, sentence: string }>} */
export const SAVE_WORDS = {
  saved: { label: "Saved", sentence: "Your time and progress are saved." },
  saving: { label: "Saving", sentence: "Your time and progress are being saved." },
  kept: {
    label: "Kept on this device",
    sentence: "Your time is kept on this device and will be sent when the connection is back.",
  },
  unsafe: {
    label: "Not saved yet",
    sentence: "This browser does not let us keep your time on this device. Keep this page open until it says “Saved”.",
  },
};

/**
 * @param {{ setTimeout: Window["setTimeout"], clearTimeout: Window["clearTimeout"] }} clock
 * @param {object} parts
 * @param {HTMLButtonElement} parts.button
 * @param {HTMLElement} parts.label inside the button
 * @param {HTMLElement} parts.sentence what the tap opens
 * @param {HTMLElement} parts.announcer read out politely
 * @returns {(status: SaveStatus) => void} shows a status
 */
export function createSaveIndicator(clock, { button, label, sentence, announcer }) {
  let timer = 0;
  /** @type {SaveStatus | null} */
  let shown = null;

  /** @param {SaveStatus} status */
  function show(status) {
    const words = SAVE_WORDS[status];
    button.dataset.status = status;
    label.textContent = words.label;
    sentence.textContent = words.sentence;
    // "Saved" at the start and after each "Saving" would be chatter; after trouble it is good news.
    const news = status === "kept" || status === "unsafe" || (status === "saved" && (shown === "kept" || shown === "unsafe"));
    if (news) announcer.textContent = words.sentence;
    if (status !== "saving") shown = status;
  }

  /** @param {boolean} open */
  function toggle(open) {
    sentence.hidden = !open;
    button.setAttribute("aria-expanded", String(open));
  }
  button.addEventListener("click", () => toggle(sentence.hidden === true));
  button.addEventListener("keydown", (event) => {
    if (event.key === "Escape") toggle(false);
  });
  button.addEventListener("blur", () => toggle(false));

  return (status) => {
    clock.clearTimeout(timer);
    if (status === "saving") timer = clock.setTimeout(() => show(status), QUIET_MS);
    else show(status);
  };
}
