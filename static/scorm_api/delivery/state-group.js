/**
 * `suspend_data`, `location` and `exit` belong together: a bookmark of one session with the suspend data of another is a state in which
 * the content never was. So a session that sets one of them carries all three, as the model holds them (design 3.7). Pure.
 *
 * `exit` is write-only and says how *this* session ended, so an earlier session's value is never carried.
 *
 * @import { Standard } from "../types.js"
 */

/** @type {Record<Standard, { carried: string[], exit: string | null }>} */
const GROUPS = {
  scorm11: { carried: ["cmi.suspend_data", "cmi.core.lesson_location"], exit: "cmi.core.exit" },
  scorm12: { carried: ["cmi.suspend_data", "cmi.core.lesson_location"], exit: "cmi.core.exit" },
  scorm2004: { carried: ["cmi.suspend_data", "cmi.location"], exit: "cmi.exit" },
  none: { carried: [], exit: null },
};

/** @param {Standard} standard @returns {string[]} */
export function groupElements(standard) {
  const { carried, exit } = GROUPS[standard];
  return exit === null ? carried : [...carried, exit];
}

/** @param {Standard} standard @returns {string | null} */
export function exitElement(standard) {
  return GROUPS[standard].exit;
}

/** @param {string} element */
export function isExit(element) {
  return element === "cmi.core.exit" || element === "cmi.exit";
}

/**
 * What else has to go into the session's state when it sets `element`.
 * @param {Standard} standard
 * @param {string} element
 * @param {Record<string, string>} set what the session set already
 * @param {Record<string, string>} began what the model held when the session began
 * @returns {[string, string][]}
 */
export function carriedWith(standard, element, set, began) {
  if (!groupElements(standard).includes(element)) return [];
  /** @type {[string, string][]} */
  const carried = [];
  for (const other of GROUPS[standard].carried) {
    const value = began[other];
    if (other !== element && value !== undefined && !Object.hasOwn(set, other)) carried.push([other, value]);
  }
  return carried;
}
