/**
 * What the player asks the server: one launch for each opening of the page, and the newest state of an activity later.
 * Guarantees: a refused or failed request is a LaunchError that says which panel to show. Imports only types.
 *
 * @typedef {import("../types.js").LaunchResponse} LaunchResponse
 * @typedef {import("../types.js").OpenResponse} OpenResponse
 *
 * @typedef {object} LaunchClient
 * @property {(link: string, activity: string | null) => Promise<LaunchResponse>} launch rejects with LaunchError
 * @property {(token: string, activity: string, limitMs: number) => Promise<OpenResponse | null>} newest null where the
 *   server does not answer in time: the player then goes on with what it has
 */

/** A launch that did not come about. `panel` names the words that the learner gets (templates/player/_messages.html). */
export class LaunchError extends Error {
  /** @param {string} panel @param {number} status HTTP status, 0 where no answer came */
  constructor(panel, status) {
    super(`launch refused: ${status} (${panel})`);
    this.panel = panel;
    this.status = status;
  }
}

/** @param {number} status */
function panelOf(status) {
  switch (status) {
    case 401:
    case 410:
      return "expired";
    case 403:
      return "not-found";
    case 404:
      return "gone";
    default:
      return "unavailable";
  }
}

/**
 * @param {string} registration internal registration key
 * @param {typeof globalThis.fetch} fetch
 * @returns {LaunchClient}
 */
export function createLaunchClient(registration, fetch) {
  return {
    async launch(link, activity) {
      let response;
      try {
        response = await fetch(`/player/${encodeURIComponent(registration)}/launch`, {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ link, activity }),
        });
      } catch {
        throw new LaunchError("offline", 0);
      }
      if (!response.ok) throw new LaunchError(panelOf(response.status), response.status);
      try {
        return await response.json();
      } catch {
        // The connection broke off, or something between here and the server answered in its place.
        throw new LaunchError("unavailable", response.status);
      }
    },

    async newest(token, activity, limitMs) {
      try {
        const response = await fetch("/runtime/open", {
          method: "POST",
          credentials: "same-origin",
          headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ token, activity }),
          signal: AbortSignal.timeout(limitMs),
        });
        return response.ok ? await response.json() : null;
      } catch {
        return null;
      }
    },
  };
}
