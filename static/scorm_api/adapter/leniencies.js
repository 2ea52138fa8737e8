/**
 * Every place where the adapter departs from the standards' letter, and every kind of finding it makes.
 *
 * One table, so that what the product accepts beyond the standard can be read in one place, and the server can put each
 * kind in words; each leniency has a switch (`LaunchData.leniencies`, from the setting SEATTIME_LENIENCIES). Guarantee: the adapter accepts nothing that its standard refuses unless a row here says so, and each
 * such acceptance leaves a finding (the first of its kind for an element in a session). Imports nothing.
 */

/**
 * @typedef {Object} Leniency
 * @property {string} kind          `Finding.kind`, and the switch's name
 * @property {boolean | null} on    whether the switch is on where nobody says otherwise; null: no leniency but a remark, without a switch
 * @property {string} rule          what the standard asks for
 * @property {string} instead       what is done
 * @property {string} why           who writes it, or what would be lost; a public report where there is one
 */

export const NOT_A_STRING = "not-a-string";
export const MISSING_ARGUMENT = "missing-argument";
export const LENIENT_TIME = "lenient-time";
export const LENIENT_MOMENT = "lenient-moment";
export const OVER_SPM = "over-spm";
export const IDENTIFIER_FORM = "identifier-form";
export const FEEDBACK_FORM = "feedback-form";
export const STATUS_TYPO = "status-typo";
export const WORD_CASE = "word-case";
export const FOREIGN_WORD = "foreign-word";
export const NOT_FINISHED = "not-finished";
export const UNREADABLE_TIME = "unreadable-time";
export const REFUSED_VALUE = "refused-value";
export const STATUS_OVERRIDDEN = "status-overridden";

/** @type {readonly Readonly<Leniency>[]} */
export const LENIENCIES = Object.freeze([
  {
    kind: NOT_A_STRING,
    on: true,
    rule: "1.2 RTE 3.3, 2004 RTE 3.1: parameters are strings",
    instead: "numbers and booleans count as their text, undefined and null as an empty string; the element's own type decides from there",
    why: "ActivePresenter writes scores as numbers, Camtasia suspend_data=0 and location=undefined, the golf examples their location",
  },
  {
    kind: MISSING_ARGUMENT,
    on: true,
    rule: '1.2 RTE 3.3, 2004 RTE 3.1: Initialize, Terminate and Commit take ""',
    instead: 'a missing, undefined or null argument counts as ""; any other is refused with 201',
    why: "a published course calls LMSCommit() (Litmos/SCORMify issue 4); refusing LMSFinish() would lose the end of the session for nothing",
  },
  {
    kind: LENIENT_TIME,
    on: true,
    rule: "1.2 RTE data type CMITimespan, 2004 RTE 4.1.1.7 timeinterval(second,10,2)",
    instead: "session_time and latency are kept in any form that a person can read, as durations.js reads it; in 2004 an interval without its P or with a T at its end is an error, as ADL's test content asks",
    why: "seen in published courses: 00:00:12 in 2004, single digits, a decimal comma. Refusing loses time, or content goes on unaware",
  },
  {
    kind: LENIENT_MOMENT,
    on: true,
    rule: "1.2 RTE data type CMITime, 2004 RTE 4.1.1.7 time(second,10,0): two digits everywhere, at most two decimals, in 2004 a time zone only after them",
    instead: "in 1.2 more decimals and single digits, in 2004 three decimals before a Z are kept; anything else is an error, as ADL's test content asks",
    why: "JavaScript's toISOString writes three decimals, and Adapt uses it (adaptlearning/adapt-contrib-spoor pull request 152); the answer of an interaction would go without its time",
  },
  {
    kind: OVER_SPM,
    on: true,
    rule: "1.2 RTE data types CMIString255, CMIString4096: 255 and 4096 characters; 2004 RTE 4.1.1 (SPM): what exceeds an SPM may be truncated",
    instead: "kept whole",
    why: "a truncated or refused suspend_data loses the learner's place (catalyst/moodle-mod_scormremote issue 20); long answers and descriptions (jcputney/scorm-again pull request 952, issue 1642)",
  },
  {
    kind: IDENTIFIER_FORM,
    on: true,
    rule: "1.2 RTE data type CMIIdentifier: no white space; 2004 RTE 4.1.1.7 long_ and short_identifier_type: URI characters",
    instead: "white space and other printable characters are kept, but not in a urn, nor brackets and braces within a response",
    why: "ids made from question texts (adaptlearning/adapt-contrib-spoor issue 281); refusing the id loses the answer that hangs on it",
  },
  {
    kind: FEEDBACK_FORM,
    on: true,
    rule: "1.2 RTE 3.4, CMIFeedback: single characters 0 to 9 and a to z, in lists and pairs by the interaction's type",
    instead: "any text of at most 255 characters is kept",
    why: "question tools write whole answers and numbers above 9 (adaptlearning/adapt_framework issue 1376)",
  },
  {
    kind: STATUS_TYPO,
    on: true,
    rule: "1.2 RTE 3.4.4 and 2004 RTE 4.2: a status is a word of its vocabulary",
    instead: "`imcomplete` is read as incomplete, and incomplete is what GetValue answers",
    why: "seen in a published course; refused, LMSFinish would call the SCO completed, since it set no status",
  },
  {
    kind: WORD_CASE,
    on: false,
    rule: "1.2 RTE 3.4.4 and 2004 RTE 4.2: the words of a vocabulary are in small letters, without blanks around them",
    instead: "`Passed` is read as passed",
    why: "a person would read it so; not seen in published courses so far, and ADL's test content asks for the error, so off",
  },
  {
    kind: FOREIGN_WORD,
    on: false,
    rule: "1.2 RTE 3.4.4 and 2004 RTE 4.2: each standard has words of its own",
    instead: "1.2 reads `incorrect` as wrong, exit `normal` as an empty exit, `long-fill-in` as fill-in; 2004 reads `wrong` as incorrect",
    why: "content that was converted from one standard to the other; no public report found so far, so off",
  },
  {
    kind: NOT_FINISHED,
    on: true,
    rule: "1.2 RTE 3.3 LMSInitialize, 2004 RTE 3.1 Initialize, while the session runs, fails",
    instead: "once the frame has loaded another document, it begins a new session; within one document it fails as the standard says",
    why: "a frame that the learner reloads, or goes back in, would find no LMS and report nothing (pipwerks/scorm-api-wrapper issue 2)",
  },
  {
    kind: UNREADABLE_TIME,
    on: null,
    rule: "1.2 405, 2004 406",
    instead: "refused with the standard's error; the raw value is reported and the player's clock stands in",
    why: "never answered \"true\" and counted as zero",
  },
  {
    kind: REFUSED_VALUE,
    on: null,
    rule: "1.2 405, 2004 406 and 407",
    instead: "refused with the standard's error, nothing kept",
    why: "content seldom looks at the answer, so somebody else should",
  },
  {
    kind: STATUS_OVERRIDDEN,
    on: null,
    rule: "1.2 RTE 3.4.4 cmi.core.lesson_status; 2004 RTE 4.2.4.1, 4.2.22.1",
    instead: "the manifest's mastery score, completion threshold or passing score decides, as the standard says",
    why: "the content's own word was another one; both are kept",
  },
]);

const SWITCHES = LENIENCIES.filter(({ on }) => on !== null);
const DEFAULTS = setOf([]);

/**
 * The leniencies that are on.
 *
 * @param {readonly string[]} [changes]  `+kind` and `-kind`, `+all` and `-all`, one after the other; what nobody knows changes nothing
 * @returns {ReadonlySet<string>}
 */
export function lenienciesOf(changes = []) {
  return changes.length === 0 ? DEFAULTS : setOf(changes);
}

/** @param {readonly string[]} changes */
function setOf(changes) {
  const on = new Set(SWITCHES.filter((row) => row.on).map(({ kind }) => kind));
  for (const change of changes) {
    for (const { kind } of SWITCHES) {
      if (change === `+${kind}` || change === "+all") on.add(kind);
      else if (change === `-${kind}` || change === "-all") on.delete(kind);
    }
  }
  return on;
}
