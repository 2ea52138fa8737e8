/**
 * Shared data in the record and in the journal (SCORM 2004 4th Ed., `adl.data`). Activities number their stores each in its own way, so a
 * session that writes one says its id, too; and what one activity of the course wrote is laid over what the next one starts from. Pure.
 *
 * @import { LaunchData, SharedDatum } from "../types.js"
 * @import { Earlier } from "./overlay.js"
 */

const STORE = /^adl\.data\.([0-9]+)\.store$/;
const PREFIX = "adl.data.";

/**
 * What else has to go into the session's state when it writes a store.
 * @param {string} element
 * @param {LaunchData} data
 * @returns {[string, string][]}
 */
export function storeIdWith(element, data) {
  const index = element.startsWith(PREFIX) ? STORE.exec(element)?.[1] : undefined;
  const id = index === undefined ? undefined : data.sharedData?.[Number(index)]?.id;
  return id === undefined ? [] : [[`${PREFIX}${index}.id`, id]];
}

/**
 * The stores of an activity with what the registration's sessions wrote, whichever activity they are of.
 * @param {SharedDatum[]} stores
 * @param {Earlier[]} sessions in order
 * @returns {SharedDatum[]}
 */
export function laidOver(stores, sessions) {
  /** @type {Map<string, string>} */
  const written = new Map();
  for (const { state } of sessions) {
    for (const [element, value] of Object.entries(state.set)) {
      const index = element.startsWith(PREFIX) ? STORE.exec(element)?.[1] : undefined;
      const id = index === undefined ? undefined : state.set[`${PREFIX}${index}.id`];
      if (id !== undefined) written.set(id, value);
    }
  }
  return stores.map((store) => ({ ...store, value: written.get(store.id) ?? store.value }));
}
