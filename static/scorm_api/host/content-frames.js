/**
 * The frames of the host's page that show something: when content is there, and when all that was there has gone.
 * Guarantees: looks only; touches no frame. A hidden frame (an LMS keeps itself signed in by such ones) is none. Imports nothing.
 *
 * @typedef {object} ContentFrames
 * @property {() => boolean} loaded a frame that is shown has a document that is loaded
 * @property {() => void} remember what is shown now is the running session's
 * @property {() => boolean} gone all that was remembered has been removed or shows another document
 */

/**
 * @param {Document} document
 * @returns {ContentFrames}
 */
export function watchContentFrames(document) {
  /** @type {{ frame: HTMLIFrameElement, shown: Document | null }[]} */
  let remembered = [];

  const shown = () =>
    [...document.querySelectorAll("iframe, frame, object")]
      .map((element) => /** @type {HTMLIFrameElement} */ (element))
      .filter((frame) => frame.getClientRects().length > 0 && !isBlank(frame));

  return {
    loaded: () => shown().some((frame) => documentOf(frame)?.readyState === "complete"),
    remember() {
      remembered = shown().map((frame) => ({ frame, shown: documentOf(frame) }));
    },
    gone() {
      return remembered.length > 0 && remembered.every(({ frame, shown: before }) => !frame.isConnected || documentOf(frame) !== before);
    },
  };
}

/** @param {HTMLIFrameElement} frame @returns {Document | null} null where it is another origin's, or there is none yet */
function documentOf(frame) {
  try {
    return frame.contentDocument;
  } catch {
    return null;
  }
}

/** @param {HTMLIFrameElement} frame */
function isBlank(frame) {
  try {
    return frame.contentWindow === null || frame.contentWindow.location.href === "about:blank";
  } catch {
    return false;
  }
}
