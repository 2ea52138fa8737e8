/**
 * The data types of SCORM 1.1 and 1.2: RTE 1.2, 3.4 (the table of CMI types, and 3.4.4 for vocabularies and ranges).
 */

import { ACCEPTED, checkIdentifier, dataType, duration, inRange, isDecimal, real, text, vocabulary, WRONG_TYPE } from "./data-types.js";
import { FEEDBACK_FORM, FOREIGN_WORD, LENIENT_MOMENT, OVER_SPM, STATUS_TYPO } from "./leniencies.js";

export const cmiString255 = text("CMIString255", 255);
export const cmiString4096 = text("CMIString4096", 4096);
export const cmiDecimal = real("CMIDecimal");
export const cmiTimespan = duration("CMITimespan", "scorm12");

const NO_WHITE_SPACE = /^[!-~]+$/;
/** Printable ASCII without white space, at most 255 characters. */
export const cmiIdentifier = dataType("CMIIdentifier", (value) => checkIdentifier(value, NO_WHITE_SPACE, 255));

/** Scores: CMIDecimal or CMIBlank, normalized to 0 to 100 (3.4.4 cmi.core.score.raw). */
export const cmiScore = dataType("CMIDecimal (0 to 100) or CMIBlank", (value) => {
  if (value === "") return ACCEPTED;
  return isDecimal(value) ? inRange(Number(value), 0, 100) : WRONG_TYPE;
});

const INTEGER = /^-?[0-9]+$/;

/** @param {number} min @param {number} max */
export function cmiSInteger(min, max) {
  return dataType(`CMISInteger (${min} to ${max})`, (value) => (INTEGER.test(value) ? inRange(Number(value), min, max) : WRONG_TYPE));
}

const TIME_OF_DAY = /^(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,2})?$/;
const READABLE_TIME_OF_DAY = /^(?:[01]?[0-9]|2[0-3]):[0-5]?[0-9]:[0-5]?[0-9](?:\.[0-9]+)?$/;
/** `HH:MM:SS.SS` on a clock of 24 hours. */
export const cmiTime = dataType("CMITime", (value) => {
  if (TIME_OF_DAY.test(value)) return ACCEPTED;
  return READABLE_TIME_OF_DAY.test(value) ? LENIENT_MOMENT : WRONG_TYPE;
});

const CHARACTERS = "[0-9a-z](?:,[0-9a-z])*";
const PAIRS = "[0-9a-z]\\.[0-9a-z](?:,[0-9a-z]\\.[0-9a-z])*";
/** By interaction type; fill-in and performance take any text. @type {ReadonlyMap<string, RegExp>} */
const FEEDBACK = new Map([
  ["true-false", /^[01tf]$/],
  ["choice", new RegExp(`^(?:${CHARACTERS}|\\{${CHARACTERS}\\})$`)],
  ["matching", new RegExp(`^(?:${PAIRS}|\\{${PAIRS}\\})$`)],
  ["sequencing", new RegExp(`^${CHARACTERS}$`)],
  ["likert", /^[0-9a-z]?$/],
  ["numeric", /^-?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)$/],
]);

/**
 * An answer in the form of its interaction's type, at most 255 characters (3.4, table of CMI types). Before the type is set
 * any text: 1.2 asks for no order.
 */
export const cmiFeedback = dataType("CMIFeedback in the form of the interaction's type", (value, type) => {
  if (value.length > 255) return OVER_SPM;
  return value === "" || (FEEDBACK.get(type ?? "")?.test(value) ?? true) ? ACCEPTED : FEEDBACK_FORM;
});

const ALL_STATUSES = ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"];
/** @type {Readonly<Record<string, readonly [string, string]>>} */
const STATUS_TYPOS = Object.freeze({ imcomplete: [STATUS_TYPO, "incomplete"] });
/** `not attempted` is the LMS's to say, never the SCO's (3.4.4 cmi.core.lesson_status). */
export const lessonStatus = vocabulary("CMIVocabulary (Status)", ALL_STATUSES.slice(0, 5), STATUS_TYPOS);
export const objectiveStatus = vocabulary("CMIVocabulary (Status)", ALL_STATUSES, STATUS_TYPOS);
export const exit = vocabulary("CMIVocabulary (Exit)", ["time-out", "suspend", "logout", ""], { normal: [FOREIGN_WORD, ""] });
export const interactionType = vocabulary(
  "CMIVocabulary (Interaction)", ["true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric"], { "long-fill-in": [FOREIGN_WORD, "fill-in"] },
);
export const result = vocabulary("CMIVocabulary (Result) or CMIDecimal", ["correct", "wrong", "unanticipated", "neutral"], { incorrect: [FOREIGN_WORD, "wrong"] }, isDecimal);

/** What is beyond this is refused: content that sets its comments at every save would fill the browser's storage. */
const MOST_COMMENTS = 64_000;
/** cmi.comments as it would be with what is added. */
export const comments = dataType("CMIString4096", (value) => (value.length > MOST_COMMENTS ? WRONG_TYPE : value.length > 4096 ? OVER_SPM : ACCEPTED));
