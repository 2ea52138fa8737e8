/**
 * What a session starts from when the server's state is older than the journal: a second Initialize, a later SCO, a page that could not
 * deliver. The journal's records are laid over the newest state that the browser has: those of the same registration, activity and
 * attempt, in the order of their order numbers (design 3.3, 3.7). Pure.
 *
 * Exit: in SCORM 1.1/1.2 no exit value clears state; in 2004 every stored exit but `suspend` ends the attempt (RTE 4.2.7, SN 4.6.2);
 * never set counts as suspend.
 *
 * @import { ActivityStart, LaunchData } from "../types.js"
 * @import { Head, StateRegister, TimeRegister } from "./shapes.js"
 */
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
 * @property {Record<string, string>} carried goes into the session's own state, because no attempt that the browser can name holds it
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
  const laid = sessions
    .filter(({ head }) => head.registration === registration && head.activity === start.id && head.mode === "normal")
    .filter(({ head }) => head.attempt === start.attempt || (head.made !== null && head.made === start.attempt))
    .sort((a, b) => a.time.order - b.time.order || a.time.opened - b.time.opened);

  let elements = { ...start.data.elements };
  let { totalTimeMs, entry } = start.data;
  let attempt = start.attempt;
  let unnamed = false;
  let ended = false;
  for (const { head, time, state, includedMs } of laid) {
    if (head.new_attempt && head.made !== start.attempt) {
      elements = {};
      totalTimeMs = 0;
      attempt = head.made ?? attempt;
      unnamed = head.made === null;
    }
    if (groupElements(standard).some((element) => Object.hasOwn(state.set, element))) {
      for (const element of groupElements(standard)) delete elements[element];
    }
    Object.assign(elements, state.set);
    totalTimeMs += Math.max(0, reportedMs(time.words) - includedMs);
    const suspended = time.exit === null || time.exit === "suspend";
    ended = standard === "scorm2004" && !suspended;
    entry = suspended ? "resume" : "";
  }
  if (exit !== null) delete elements[exit];
  if (ended) {
    return { data: { ...start.data, elements: {}, totalTimeMs: 0, entry: "ab-initio" }, attempt, newAttempt: true, carried: {} };
  }
  return { data: { ...start.data, elements, totalTimeMs, entry }, attempt, newAttempt: unnamed, carried: unnamed ? elements : {} };
}
