/**
 * What a session starts from when the server's state is older than the journal: a second Initialize, a later SCO, a page that could not
 * deliver. The journal's records are laid over the newest state that the browser has: those of the same registration, activity and
 * attempt, in the order of their order numbers (design 3.3, 3.7). Pure.
 *
 * Exit: in SCORM 1.1/1.2 no exit value clears state; in 2004 every stored exit but `suspend` ends the attempt (RTE 4.2.7, SN 4.6.2);
 * never set counts as suspend (by the letter, `unsetExitEnds`, as an empty one), and so do a session that was not terminated and one that
 * asked to suspend the course.
 *
 * @import { ActivityStart, LaunchData } from "../types.js"
 * @import { Head, StateRegister, TimeRegister } from "./shapes.js"
 */
import { laidOver } from "./shared-data.js";
import { exitElement, groupElements } from "./state-group.js";
import { reportedMs } from "./words.js";

/**
 * @typedef {object} Earlier a session of the journal that `start.data` may not know
 * @property {Head} head
 * @property {TimeRegister} time
 * @property {StateRegister} state
 * @property {number} includedMs how much of its reported time `start.data.totalTimeMs` holds already
 */

/**
 * @typedef {object} Plan
 * @property {LaunchData} data
 * @property {string} attempt the attempt's key, or where `newAttempt` that of the one before
 * @property {boolean} newAttempt
 */

/**
 * @param {string} registration
 * @param {ActivityStart} start
 * @param {Earlier[]} sessions
 * @returns {Plan}
 */
export function overlay(registration, start, sessions) {
  const { standard } = start;
  const exit = exitElement(standard);
  const ofRegistration = sessions
    .filter(({ head }) => head.registration === registration && head.mode === "normal")
    .sort((a, b) => orderOf(a) - orderOf(b) || a.time.opened - b.time.opened);
  const laid = ofAttempt(ofRegistration.filter(({ head }) => head.activity === start.id), start);
  const { sharedData: stores } = start.data;
  const shared = stores === undefined ? {} : { sharedData: laidOver(stores, ofRegistration) };

  let elements = { ...start.data.elements };
  let { totalTimeMs, entry } = start.data;
  let { attempt, new_attempt: newAttempt = false } = start;
  /** There is one attempt after each: all sessions that name this one as the one before theirs are of the same. */
  let after = newAttempt ? attempt : null;
  let ended = false;
  for (const { head, time, state, includedMs } of laid) {
    if (head.new_attempt && head.attempt !== after && head.made !== start.attempt) {
      // The attempt after the one that the browser knew: it begins with nothing.
      elements = {};
      totalTimeMs = 0;
    }
    if (head.new_attempt) after = head.attempt;
    attempt = head.made ?? head.attempt;
    newAttempt = head.new_attempt && head.made === null;
    if (groupElements(standard).some((element) => Object.hasOwn(state.set, element))) {
      for (const element of groupElements(standard)) delete elements[element];
    }
    Object.assign(elements, state.set);
    totalTimeMs += Math.max(0, reportedMs(time.words) - includedMs);
    const suspended = !time.terminated || state.set["adl.nav.request"] === "suspendAll" || (time.exit === null ? start.data.unsetExitEnds !== true : time.exit === "suspend");
    ended = standard === "scorm2004" && !suspended;
    if (!suspended) entry = "";
    else entry = Object.keys(elements).length > 0 ? "resume" : "ab-initio";
  }
  if (exit !== null) delete elements[exit];
  if (ended) return { data: { ...start.data, ...shared, elements: {}, totalTimeMs: 0, entry: "ab-initio" }, attempt, newAttempt: true };
  return { data: { ...start.data, ...shared, elements, totalTimeMs, entry }, attempt, newAttempt };
}

/** The newest order number that a session's registers carry. @param {Earlier} session */
function orderOf({ time, state }) {
  return Math.max(time.order, state.order);
}

/**
 * Sessions of the attempt that the server named, and of those after it that began in this browser.
 * @param {Earlier[]} sessions in order
 * @param {ActivityStart} start
 */
function ofAttempt(sessions, start) {
  /** Attempts that a session may be of, or may follow. */
  const keys = new Set([start.attempt]);
  return sessions.filter(({ head }) => {
    const inNamed = head.made === start.attempt || (head.attempt === start.attempt && !head.new_attempt);
    const inEnded = start.new_attempt === true && inNamed;
    if (inEnded || !(keys.has(head.attempt) || (head.made !== null && keys.has(head.made)))) return false;
    if (head.made !== null) keys.add(head.made);
    return true;
  });
}
