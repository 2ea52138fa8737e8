/**
 * Where the standards let the LMS decide a status: pure rules, given a way to look at values.
 *
 * SCORM 2004 decides on every GetValue (RTE 4th Ed., 4.2.4.1 and 4.2.22.1), SCORM 1.1 and 1.2 at LMSFinish (RTE 1.2, 3.4.4
 * cmi.core.lesson_status). Imports types only.
 */

/** @typedef {import("./data-model-table.js").Lookup} Lookup */
/** @typedef {import("../types.d.ts").LaunchData} LaunchData */

/**
 * 4.2.4.1, table 4.2.4.1a: with a completion threshold the progress measure decides; with a threshold and no measure the
 * status is unknown, whatever the SCO set.
 *
 * @param {Lookup} lookup
 * @returns {"completed" | "incomplete" | "unknown" | null} null: the SCO's own word stands
 */
export function evaluateCompletion(lookup) {
  const threshold = lookup("cmi.completion_threshold");
  if (threshold === null) return null;
  const measure = lookup("cmi.progress_measure");
  if (measure === null) return "unknown";
  return Number(measure) >= Number(threshold) ? "completed" : "incomplete";
}

/**
 * 4.2.22.1, table 4.2.22.1a: the same with the scaled passing score and the scaled score.
 *
 * @param {Lookup} lookup
 * @returns {"passed" | "failed" | "unknown" | null}
 */
export function evaluateSuccess(lookup) {
  const passing = lookup("cmi.scaled_passing_score");
  if (passing === null) return null;
  const score = lookup("cmi.score.scaled");
  if (score === null) return "unknown";
  return Number(score) >= Number(passing) ? "passed" : "failed";
}

/**
 * What the content did in this session.
 *
 * @typedef {Object} FinishedSession
 * @property {string} status       cmi.core.lesson_status as it stands
 * @property {boolean} statusSet   the content set it in this session
 * @property {string} raw          cmi.core.score.raw as it stands, or ""
 * @property {boolean} rawSet
 * @property {string} exit         cmi.core.exit, or ""
 */

const CLAIMS_AN_END = new Set(["completed", "passed", "failed"]);

/**
 * The lesson_status after LMSFinish (3.4.4 cmi.core.lesson_status, "Additional Behavior Requirements" and the three rules
 * on credit and mastery score):
 *
 * - In browse mode a status that was never set becomes `browsed`; in review mode and without credit nothing else changes.
 * - A SCO that never set a status: `completed`. Not where it leaves with `suspend`: it says itself that it comes back, and
 *   the rule is meant for SCOs that say nothing.
 * - With a mastery score and a score that the SCO set, a status that claims an end (completed, passed, failed) becomes
 *   `passed` or `failed` by that score. `incomplete` and `browsed` claim no end and stand. A session that set neither
 *   status nor score changes nothing that an earlier one decided.
 *
 * @param {FinishedSession} session
 * @param {LaunchData} launch
 * @returns {string} the status, the same one where the standard decides nothing
 */
export function lessonStatusAtFinish({ status, statusSet, raw, rawSet, exit }, launch) {
  const neverSet = !statusSet && status === "not attempted";
  if (launch.mode === "browse" && neverSet) return "browsed";
  if (launch.mode !== "normal" || launch.credit !== "credit") return status;
  const ended = neverSet && exit !== "suspend" ? "completed" : status;
  const said = statusSet || rawSet || neverSet;
  if (!said || launch.masteryScore === undefined || raw === "" || !CLAIMS_AN_END.has(ended)) return ended;
  return Number(raw) >= launch.masteryScore ? "passed" : "failed";
}
