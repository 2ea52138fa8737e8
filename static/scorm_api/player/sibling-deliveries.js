/**
 * Lets sibling origins deliver what their journals still hold: a course that is never opened again is delivered by
 * the player of any other one (protocol, `GET /player/deliver`).
 * Guarantees: a few hidden frames at a time, each for a bounded time; a sibling that does not answer holds up nothing.
 */

const AT_ONCE = 2;
/** A delivery of a long offline session over a slow line takes some seconds, ms. */
const AT_MOST_MS = 30_000;

/**
 * @param {Window} page
 * @param {string[]} addresses of delivery pages
 * @returns {Promise<void>} resolved when all have been visited; never rejects
 */
export async function visitSiblings(page, addresses) {
  const waiting = [...addresses];
  const visitor = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) await visit(page, next);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, visitor));
}

/**
 * @param {Window} page
 * @param {string} address
 * @returns {Promise<void>}
 */
function visit(page, address) {
  return new Promise((resolve) => {
    const frame = page.document.createElement("iframe");
    frame.hidden = true;
    frame.title = "Delivers saved time";
    frame.tabIndex = -1;
    /** @param {MessageEvent} event */
    const heard = (event) => {
      if (event.source === frame.contentWindow && event.data?.seattime === "delivered") finish();
    };
    const finish = () => {
      page.removeEventListener("message", heard);
      page.clearTimeout(limit);
      frame.remove();
      resolve();
    };
    const limit = page.setTimeout(finish, AT_MOST_MS);
    page.addEventListener("message", heard);
    frame.src = address;
    page.document.body.append(frame);
  });
}
