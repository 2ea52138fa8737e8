/**
 * Where content plays. Two kinds: a frame in the player (frame-stage.js) and a window of its own (window-stage.js).
 *
 * @typedef {import("../types.js").ActivityStart} ActivityStart
 *
 * @typedef {object} StageEvents
 * @property {() => void} loaded a document of the content has loaded; comes again for each further document
 * @property {() => void} closeAsked content called `window.close()`: it is done and wants to be gone
 * @property {() => void} closed the learner closed the content's window
 *
 * @typedef {object} Stage
 * @property {(start: ActivityStart, events: StageEvents) => boolean} open false where the browser did not allow it
 * @property {() => Promise<void>} leave navigates the content away and resolves when its last calls must have come; bounded
 * @property {() => void} clear takes the frame or window away
 * @property {() => Window | null} content the content's window while it is open
 * @property {() => void} focus
 */

/**
 * Keeps `window.close()` of content from doing harm and takes it for what it means.
 *
 * In a frame it does nothing by itself, and the learner who pressed the content's own "Exit" would wait for ever;
 * `top.close()` may close the whole player. Content that merely goes to another page of its own often calls it in
 * unload as well, so only a call after which the document is still there counts.
 * @param {Window} content
 * @param {Window} clock the player's window, whose timers are used
 * @param {() => void} asked
 */
export function takeCloseAsWish(content, clock, asked) {
  const { document } = content;
  content.close = () => {
    clock.setTimeout(() => {
      try {
        if (content.document === document) asked();
      } catch {
        // It has gone to another origin since.
      }
    }, 400);
  };
}
