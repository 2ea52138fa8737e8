/**
 * What the host's page says of itself: attributes of our script tag, or `window.SeatTimeHost`. docs/host-players.md has the list.
 * Guarantees: reads only, and never throws for what a page may say. Imports nothing.
 *
 * @typedef {object} Settings
 * @property {"around" | "api"} way around the LMS's API, or as the API
 * @property {string} ticket "" where it has to be fetched, or there is none
 * @property {string} ticketFrom address of the host's own that answers with a ticket; ""
 * @property {string} content selector of the frame that is to be started (as the API only); ""
 */

/**
 * @param {Window} page
 * @param {string} address of our script
 * @returns {Settings}
 */
export function readSettings(page, address) {
  /** @type {DOMStringMap} */
  const tag = [...page.document.querySelectorAll("script")].find((script) => script.src.split("#")[0] === address)?.dataset ?? {};
  const said = /** @type {{ SeatTimeHost?: unknown }} */ (/** @type {unknown} */ (page)).SeatTimeHost;
  const object = /** @type {Record<string, unknown>} */ (typeof said === "object" && said !== null ? said : {});
  /** @param {string} name */
  const text = (name) => {
    const value = object[name] ?? tag[name];
    return typeof value === "string" ? value : "";
  };
  return { way: text("way") === "api" ? "api" : "around", ticket: text("ticket"), ticketFrom: text("ticketFrom"), content: text("content") };
}
