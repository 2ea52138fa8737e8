/**
 * Says when somebody looks at this page again, and a few times in the seconds after.
 *
 * Several times, because what the page shows may still be on its way to the server: the last words of a tab that was closed
 * a moment ago leave the browser after the tab is gone, and a busy machine takes its time. Nothing is said while the page
 * is hidden.
 */

const AGAIN_MS = [1000, 3000, 8000];

/**
 * @typedef {object} Host what a window offers
 * @property {(type: string, listener: (event: Event) => void) => void} addEventListener
 * @property {{visibilityState: string, addEventListener: (type: string, listener: (event: Event) => void) => void}} document
 * @property {(action: () => void, ms: number) => number} setTimeout
 * @property {(id: number) => void} clearTimeout
 */

/**
 * Calls `look` at once at each return, then after 1, 3 and 8 s; after loading only the latter. A new return begins anew.
 *
 * @param {() => void} look
 * @param {Host} host
 */
export function onReturn(look, host = window) {
  /** @type {number[]} */
  let planned = [];
  const plan = () => {
    for (const id of planned) host.clearTimeout(id);
    planned = AGAIN_MS.map((ms) => host.setTimeout(lookIfVisible, ms));
  };
  const lookIfVisible = () => {
    if (host.document.visibilityState === "visible") look();
  };
  const returned = () => {
    if (host.document.visibilityState !== "visible") return;
    look();
    plan();
  };
  host.document.addEventListener("visibilitychange", returned);
  host.addEventListener("focus", returned);
  // out of the back-forward cache: the page is as old as the visit
  host.addEventListener("pageshow", (event) => {
    if ("persisted" in event && event.persisted) returned();
  });
  plan();
}
