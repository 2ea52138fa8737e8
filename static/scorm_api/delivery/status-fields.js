/**
 * The few elements that the time register carries too, so that status and score arrive even where the bulky state does not. Pure.
 * SCORM 1.2 RTE 3.4.4 (cmi.core.lesson_status is completion and success in one word), SCORM 2004 RTE 4.2.4, 4.2.18, 4.2.20, 4.2.22.
 *
 * @import { StatusFields } from "./shapes.js"
 */

/** @type {Record<string, { completion: string, success: string }>} */
const LESSON_STATUS = {
  passed: { completion: "completed", success: "passed" },
  failed: { completion: "completed", success: "failed" },
  completed: { completion: "completed", success: "unknown" },
  incomplete: { completion: "incomplete", success: "unknown" },
  browsed: { completion: "incomplete", success: "unknown" },
  "not attempted": { completion: "not attempted", success: "unknown" },
};

/** @type {Record<string, keyof StatusFields>} */
const FIELDS = {
  "cmi.core.score.raw": "raw",
  "cmi.core.score.min": "min",
  "cmi.core.score.max": "max",
  "cmi.completion_status": "completion",
  "cmi.success_status": "success",
  "cmi.score.scaled": "scaled",
  "cmi.score.raw": "raw",
  "cmi.score.min": "min",
  "cmi.score.max": "max",
  "cmi.progress_measure": "progress",
};

/** Keeps the time register under 2 kB whatever the content writes; the state register has the value in full. */
const LENGTH = 24;

/**
 * @param {string} element
 * @param {string} value
 * @returns {StatusFields} what the time register gets from it; empty for all other elements
 */
export function statusFields(element, value) {
  if (element === "cmi.core.lesson_status") return LESSON_STATUS[value] ?? {};
  const field = Object.hasOwn(FIELDS, element) ? FIELDS[element] : undefined;
  return field === undefined ? {} : { [field]: value.slice(0, LENGTH) };
}

/** A change of these is the learner's doing; suspend data and times change by themselves (design 3.5, idle limit). */
const ACTIVITY = /(status|location|\.score\.[a-z]+)$|^cmi\.interactions\./;

/** @param {string} element */
export function showsActivity(element) {
  return ACTIVITY.test(element);
}

/** It is told as a word of its own, not as state. @param {string} element */
export function isSessionTime(element) {
  return element === "cmi.session_time" || element === "cmi.core.session_time";
}
