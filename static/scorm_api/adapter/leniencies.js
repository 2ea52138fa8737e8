/**
 * Every place where the adapter departs from the standards' letter, and every kind of finding it makes.
 *
 * One table, so that what the product accepts beyond the standard can be read in one place, and the server can put each
 * kind in words. Guarantee: the adapter accepts nothing that its standard refuses unless a row here says so, and each
 * such acceptance leaves a finding (the first of its kind for an element in a session). Imports nothing.
 */

/**
 * @typedef {Object} Leniency
 * @property {string} kind          `Finding.kind`
 * @property {boolean} accepted     true: the call is answered "true" although the standard would refuse it
 * @property {string} rule          what the standard asks for
 * @property {string} instead       what is done
 * @property {string} why           who writes it, or what would be lost
 */

export const NOT_A_STRING = "not-a-string";
export const MISSING_ARGUMENT = "missing-argument";
export const LENIENT_TIME = "lenient-time";
export const LENIENT_MOMENT = "lenient-moment";
export const OVER_SPM = "over-spm";
export const IDENTIFIER_FORM = "identifier-form";
export const NOT_FINISHED = "not-finished";
export const UNREADABLE_TIME = "unreadable-time";
export const REFUSED_VALUE = "refused-value";
export const STATUS_OVERRIDDEN = "status-overridden";

/** @type {readonly Readonly<Leniency>[]} */
export const LENIENCIES = Object.freeze([
  {
    kind: NOT_A_STRING,
    accepted: true,
    rule: "1.2 RTE 3.3, 2004 RTE 3.1: parameters are strings",
    instead: "numbers and booleans count as their text, undefined and null as an empty string; the element's own type decides from there",
    why: "ActivePresenter writes scores as numbers, Camtasia suspend_data=0 and location=undefined, the golf examples their location",
  },
  {
    kind: MISSING_ARGUMENT,
    accepted: true,
    rule: '1.2 RTE 3.3, 2004 RTE 3.1: Initialize, Terminate and Commit take ""',
    instead: 'a missing, undefined or null argument counts as ""; any other is refused with 201',
    why: "hand-written content calls LMSFinish(); refusing it would lose the end of the session for nothing",
  },
  {
    kind: LENIENT_TIME,
    accepted: true,
    rule: "1.2 RTE data type CMITimespan, 2004 RTE 4.1.1.7 timeinterval(second,10,2)",
    instead: "session_time and latency are kept in any form that a person can read, as durations.js reads it",
    why: "00:00:12 in 2004, ISO strings in 1.2, single digits, a decimal comma: refusing loses time, or content goes on unaware",
  },
  {
    kind: LENIENT_MOMENT,
    accepted: true,
    rule: "1.2 RTE data type CMITime, 2004 RTE 4.1.1.7 time(second,10,0): two digits everywhere, at most two decimals, in 2004 a time zone only after them",
    instead: "more decimals, in 1.2 single digits, in 2004 a time zone without decimals are kept",
    why: "JavaScript's toISOString writes three decimals; the answer of an interaction would go without its time",
  },
  {
    kind: OVER_SPM,
    accepted: true,
    rule: "1.2 RTE data types CMIString255, CMIString4096: 255 and 4096 characters; 2004 RTE 4.1.1 (SPM): what exceeds an SPM may be truncated",
    instead: "kept whole",
    why: "a truncated or refused suspend_data loses the learner's place; peers learnt to accept and warn",
  },
  {
    kind: IDENTIFIER_FORM,
    accepted: true,
    rule: "1.2 RTE data type CMIIdentifier: no white space; 2004 RTE 4.1.1.7 long_ and short_identifier_type: URI characters",
    instead: "white space and other printable characters are kept",
    why: "ids made from question titles; refusing the id loses the answer that hangs on it",
  },
  {
    kind: NOT_FINISHED,
    accepted: true,
    rule: "1.2 RTE 3.3 LMSInitialize, 2004 RTE 3.1 Initialize, while the session runs, fails",
    instead: "once the frame has loaded another document, it begins a new session; within one document it fails as the standard says",
    why: "a frame that the learner reloads would find no LMS and report nothing",
  },
  {
    kind: UNREADABLE_TIME,
    accepted: false,
    rule: "1.2 405, 2004 406",
    instead: "refused with the standard's error; the raw value is reported and the player's clock stands in",
    why: "never answered \"true\" and counted as zero",
  },
  {
    kind: REFUSED_VALUE,
    accepted: false,
    rule: "1.2 405, 2004 406 and 407",
    instead: "refused with the standard's error, nothing kept",
    why: "`imcomplete` as a status: content seldom looks at the answer, so somebody else should",
  },
  {
    kind: STATUS_OVERRIDDEN,
    accepted: false,
    rule: "1.2 RTE 3.4.4 cmi.core.lesson_status; 2004 RTE 4.2.4.1, 4.2.22.1",
    instead: "the manifest's mastery score, completion threshold or passing score decides, as the standard says",
    why: "the content's own word was another one; both are kept",
  },
]);
