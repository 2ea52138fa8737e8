/**
 * Every place where the adapter departs from the standards' letter, and why: for people. A row for each kind of finding in
 * leniencies.js; a test compares them.
 */

import {
  NOT_A_STRING, MISSING_ARGUMENT, LENIENT_TIME, LENIENT_MOMENT, OVER_SPM, IDENTIFIER_FORM, FEEDBACK_FORM, STATUS_TYPO,
  WORD_CASE, FOREIGN_WORD, NOT_FINISHED, UNSET_EXIT, UNREADABLE_TIME, REFUSED_VALUE, STATUS_OVERRIDDEN,
} from "./leniencies.js";

/**
 * @typedef {Object} Reason
 * @property {string} rule          what the standard asks for
 * @property {string} instead       what is done
 * @property {string} why           who writes it, or what would be lost; a public report where there is one
 */

/** By kind. @type {Readonly<Record<string, Readonly<Reason>>>} */
export const LENIENCY_REASONS = Object.freeze({
  [NOT_A_STRING]: {
    rule: "1.2 RTE 3.3, 2004 RTE 3.1: parameters are strings",
    instead: "numbers and booleans count as their text, undefined and null as an empty string; the element's own type decides from there",
    why: "ActivePresenter writes scores as numbers, Camtasia suspend_data=0 and location=undefined, the golf examples their location",
  },
  [MISSING_ARGUMENT]: {
    rule: '1.2 RTE 3.3, 2004 RTE 3.1: Initialize, Terminate and Commit take ""',
    instead: 'a missing, undefined or null argument counts as ""; any other is refused with 201',
    why: "a published course calls LMSCommit() (Litmos/SCORMify issue 4); refusing LMSFinish() would lose the end of the session for nothing",
  },
  [LENIENT_TIME]: {
    rule: "1.2 RTE data type CMITimespan, 2004 RTE 4.1.1.7 timeinterval(second,10,2)",
    instead: "session_time and latency are kept in any form that a person can read, as durations.js reads it; in 2004 an interval without its P or with a T at its end is an error, as ADL's test content asks",
    why: "seen in published courses: 00:00:12 in 2004, single digits, a decimal comma. Refusing loses time, or content goes on unaware",
  },
  [LENIENT_MOMENT]: {
    rule: "1.2 RTE data type CMITime, 2004 RTE 4.1.1.7 time(second,10,0): two digits everywhere, at most two decimals, in 2004 a time zone only after them",
    instead: "in 1.2 more decimals and single digits, in 2004 three decimals before a Z are kept; anything else is an error, as ADL's test content asks",
    why: "JavaScript's toISOString writes three decimals, and Adapt uses it (adaptlearning/adapt-contrib-spoor pull request 152); the answer of an interaction would go without its time",
  },
  [OVER_SPM]: {
    rule: "1.2 RTE data types CMIString255, CMIString4096: 255 and 4096 characters; 2004 RTE 4.1.1 (SPM): what exceeds an SPM may be truncated",
    instead: "kept whole",
    why: "a truncated or refused suspend_data loses the learner's place (catalyst/moodle-mod_scormremote issue 20); long answers and descriptions (jcputney/scorm-again pull request 952, issue 1642)",
  },
  [IDENTIFIER_FORM]: {
    rule: "1.2 RTE data type CMIIdentifier: no white space; 2004 RTE 4.1.1.7 long_ and short_identifier_type: URI characters",
    instead: "white space and other printable characters are kept, but not in a urn, nor brackets and braces within a response",
    why: "ids made from question texts (adaptlearning/adapt-contrib-spoor issue 281); refusing the id loses the answer that hangs on it",
  },
  [FEEDBACK_FORM]: {
    rule: "1.2 RTE 3.4, CMIFeedback: single characters 0 to 9 and a to z, in lists and pairs by the interaction's type",
    instead: "any text of at most 255 characters is kept",
    why: "question tools write whole answers and numbers above 9 (adaptlearning/adapt_framework issue 1376)",
  },
  [STATUS_TYPO]: {
    rule: "1.2 RTE 3.4.4 and 2004 RTE 4.2: a status is a word of its vocabulary",
    instead: "`imcomplete` is read as incomplete, and incomplete is what GetValue answers",
    why: "seen in a published course; refused, LMSFinish would call the SCO completed, since it set no status",
  },
  [WORD_CASE]: {
    rule: "1.2 RTE 3.4.4 and 2004 RTE 4.2: the words of a vocabulary are in small letters, without blanks around them",
    instead: "`Passed` is read as passed",
    why: "a person would read it so; not seen in published courses so far, and ADL's test content asks for the error, so off",
  },
  [FOREIGN_WORD]: {
    rule: "1.2 RTE 3.4.4 and 2004 RTE 4.2: each standard has words of its own",
    instead: "1.2 reads `incorrect` as wrong, exit `normal` as an empty exit, `long-fill-in` as fill-in; 2004 reads `wrong` as incorrect",
    why: "content that was converted from one standard to the other; no public report found so far, so off",
  },
  [NOT_FINISHED]: {
    rule: "1.2 RTE 3.3 LMSInitialize, 2004 RTE 3.1 Initialize, while the session runs, fails",
    instead: "once the frame has loaded another document, it begins a new session; within one document it fails as the standard says",
    why: "a frame that the learner reloads, or goes back in, would find no LMS and report nothing (pipwerks/scorm-api-wrapper issue 2)",
  },
  [UNSET_EXIT]: {
    rule: "2004 RTE 4.2.8: an exit that was never set is an empty one, and ends the attempt once the content has terminated",
    instead: "the next session goes on where this one was; the server decides so, no value is changed and no finding made",
    why: "content that keeps its place in suspend_data and never sets an exit would begin anew at every visit (design 3.7)",
  },
  [UNREADABLE_TIME]: {
    rule: "1.2 405, 2004 406",
    instead: "refused with the standard's error; the raw value is reported and the player's clock stands in",
    why: "never answered \"true\" and counted as zero",
  },
  [REFUSED_VALUE]: {
    rule: "1.2 405, 2004 406 and 407",
    instead: "refused with the standard's error, nothing kept",
    why: "content seldom looks at the answer, so somebody else should",
  },
  [STATUS_OVERRIDDEN]: {
    rule: "1.2 RTE 3.4.4 cmi.core.lesson_status; 2004 RTE 4.2.4.1, 4.2.22.1",
    instead: "the manifest's mastery score, completion threshold or passing score decides, as the standard says",
    why: "the content's own word was another one; both are kept",
  },
});
