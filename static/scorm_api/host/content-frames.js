/**
 * The frames of the host's page that show something: when content is there, and when all that was there has gone.
 * Guarantees: looks only; touches no frame. A hidden frame (an LMS keeps itself signed in by such ones) is none. A frame that
 * goes to another page is not gone: courses of many pages do so all the time. Imports nothing.
 *
 * @typedef {object} ContentFrames
 * @property {() => boolean} loaded a frame that is shown has a document that is loaded
 * @property {() => void} remember what is shown now is the running session's
 * @property {() => boolean} gone all that was remembered has been removed or emptied
 */

/**
 * @param {Document} document
 * @returns {ContentFrames}
 */
export function watchContentFrames(document) {
  /** @type {HTMLIFrameElement[]} */
  let remembered = [];

  const shown = () =>
    [...document.querySelectorAll("iframe, frame, object")]
      .map((element) => /** @type {HTMLIFrameElement} */ (element))
      .filter((frame) => frame.getClientRects().length > 0 && !isBlank(frame));

  return {
    loaded: () => shown().some((frame) => documentOf(frame)?.readyState === "complete"),
    remember() {
      remembered = shown();
    },
    gone: () => remembered.length > 0 && remembered.every((frame) => !frame.isConnected || isBlank(frame)),
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
