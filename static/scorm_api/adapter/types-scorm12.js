/**
 * The data types of SCORM 1.1 and 1.2: RTE 1.2, 3.4 (the table of CMI types, and 3.4.4 for vocabularies and ranges).
 */

import { ACCEPTED, checkIdentifier, dataType, duration, inRange, isDecimal, real, text, typeVerdict, vocabulary, WRONG_TYPE } from "./data-types.js";
import { LENIENT_MOMENT } from "./leniencies.js";

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

/**
 * Any text up to 255 characters. The standard gives a form for each interaction type, but as the way in which an LMS may read it;
 * tools write whole answers here, and the value is only kept, never judged.
 */
export const cmiFeedback = text("CMIFeedback", 255);

const ALL_STATUSES = ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"];
/** `not attempted` is the LMS's to say, never the SCO's (3.4.4 cmi.core.lesson_status). */
export const lessonStatus = vocabulary("CMIVocabulary (Status)", ALL_STATUSES.slice(0, 5));
export const objectiveStatus = vocabulary("CMIVocabulary (Status)", ALL_STATUSES);
export const exit = vocabulary("CMIVocabulary (Exit)", ["time-out", "suspend", "logout", ""]);
export const interactionType = vocabulary("CMIVocabulary (Interaction)", ["true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric"]);

const RESULTS = new Set(["correct", "wrong", "unanticipated", "neutral"]);
export const result = dataType("CMIVocabulary (Result) or CMIDecimal", (value) => typeVerdict(RESULTS.has(value) || isDecimal(value)));
