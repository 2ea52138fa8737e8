/**
 * The data types of SCORM 2004: RTE 4th Ed., 4.1.1.7, and the vocabularies of 4.2. Responses and patterns of interactions
 * are in interaction-responses.js.
 */

import { ACCEPTED, checkIdentifier, dataType, duration, isDecimal, real, text, typeVerdict, vocabulary, worse, WRONG_TYPE } from "./data-types.js";
import { isLanguageCode } from "./languages.js";
import { FOREIGN_WORD, LENIENT_MOMENT, OVER_SPM, STATUS_TYPO } from "./leniencies.js";

/** @typedef {import("./data-types.js").Verdict} Verdict */

/** @param {number} spm */
export function characterstring(spm) {
  return text(`characterstring (SPM ${spm})`, spm);
}

export const real107 = real("real(10,7)");
/** @param {number} min @param {number} [max] */
export function realRange(min, max) {
  return real(`real(10,7) range (${min}..${max ?? "*"})`, min, max);
}

const anyReadable = duration("timeinterval(second,10,2)", "scorm2004");
/** An interval in its own letters, but without the P that begins it, or with a T that nothing follows. */
const BROKEN_INTERVAL = /^[0-9].*[YMWDHS]|T$/i;
/** What content writes in another form is read as a person would; a broken interval is an error, as ADL's test content asks. */
export const timeinterval = dataType(anyReadable.name, (value) => (BROKEN_INTERVAL.test(value) ? WRONG_TYPE : anyReadable.check(value, null)));

// RFC 3986's characters.
const URI_CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/;
const URN = /^urn:/i;
/** A urn needs its namespace (RFC 2141). Whoever writes one knows what may be in it: no leniency. */
const WELL_FORMED_URN = /^urn:[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]+$/i;

/** @type {(value: string, spm: number) => Verdict} */
function checkUri(value, spm) {
  return URN.test(value) && !WELL_FORMED_URN.test(value) ? WRONG_TYPE : checkIdentifier(value, URI_CHARACTERS, spm);
}

/** SPM 4000. */
export const longIdentifier = dataType("long_identifier_type (SPM 4000)", (value) => checkUri(value, 4000));

/** Responses and patterns are told apart by brackets and braces (4.2.9.1): an identifier with one of them is the wrong form of something else. */
const DELIMITER = /[[\]{}]/;

/** SPM 250. @param {string} value @returns {Verdict} */
export function checkShortIdentifier(value) {
  return DELIMITER.test(value) ? WRONG_TYPE : checkUri(value, 250);
}

const LANGUAGE = /^(?:([a-z]{2,3})|[ix](?=-))(?:-[a-z0-9]{1,8})*$/i;

/** A language code with subcodes, SPM 250. @param {string} value @returns {Verdict} */
export function checkLanguage(value) {
  const match = LANGUAGE.exec(value);
  if (match === null || (match[1] !== undefined && !isLanguageCode(match[1].toLowerCase()))) return WRONG_TYPE;
  return value.length > 250 ? OVER_SPM : ACCEPTED;
}

/** 4.2.13: the empty string asks for the SCO's own language. */
export const languageOrEmpty = dataType("language_type (SPM 250) or empty", (value) => (value === "" ? ACCEPTED : checkLanguage(value)));

const LANGUAGE_DELIMITER = "{lang=";

/** `{lang=<language_type>}<characterstring>`, the delimiter optional. @param {string} value @param {number} spm @returns {Verdict} */
export function checkLocalized(value, spm) {
  if (!value.startsWith(LANGUAGE_DELIMITER)) return value.length > spm ? OVER_SPM : ACCEPTED;
  const end = value.indexOf("}");
  if (end < 0) return WRONG_TYPE;
  return worse(checkLanguage(value.slice(LANGUAGE_DELIMITER.length, end)), value.length - end - 1 > spm ? OVER_SPM : ACCEPTED);
}

/** @param {number} spm */
export function localizedString(spm) {
  return dataType(`localized_string_type (SPM ${spm})`, (value) => checkLocalized(value, spm));
}

const DATE = "(19[7-9][0-9]|20[0-2][0-9]|203[0-8])(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12][0-9]|3[01])";
const ZONE = "(?:Z|[+-](?:[01][0-9]|2[0-3])(?::[0-5][0-9])?)";
const MOMENT = new RegExp(`^${DATE}(?:T(?:[01][0-9]|2[0-3])(?::[0-5][0-9](?::[0-5][0-9](?:\\.[0-9]{1,2}${ZONE}?)?)?)?)?)?)?$`);
/** What JavaScript's toISOString writes: the one other form that is kept. */
const THREE_DECIMALS = new RegExp(`^${DATE}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z))$`);

/** `YYYY[-MM[-DD[Thh[:mm[:ss[.s[TZD]]]]]]]`, 1970 to 2038: at most two decimals, and a time zone only after them. */
export const moment = dataType("time(second,10,0)", (value) => {
  const strict = MOMENT.exec(value);
  const match = strict ?? THREE_DECIMALS.exec(value);
  if (match === null) return WRONG_TYPE;
  const [, year = "", month = "1", day = "1"] = match;
  if (Number(day) > 28 && Number(day) > new Date(Date.UTC(Number(year), Number(month), 0)).getUTCDate()) return WRONG_TYPE;
  return strict === null ? LENIENT_MOMENT : ACCEPTED;
});

export const completionStatus = vocabulary("state", ["completed", "incomplete", "not attempted", "unknown"], { imcomplete: [STATUS_TYPO, "incomplete"] });
export const successStatus = vocabulary("state", ["passed", "failed", "unknown"]);
export const exit = vocabulary("state", ["time-out", "suspend", "logout", "normal", ""]);
export const audioCaptioning = vocabulary("state", ["-1", "0", "1"]);
export const interactionType = vocabulary("state", ["true-false", "choice", "fill-in", "long-fill-in", "likert", "matching", "performance", "sequencing", "numeric", "other"]);

export const result = vocabulary("state or real(10,7)", ["correct", "incorrect", "unanticipated", "neutral"], { wrong: [FOREIGN_WORD, "incorrect"] }, isDecimal);

const NAVIGATION = /^(?:continue|previous|exit|exitAll|abandon|abandonAll|suspendAll|_none_|\{target=[^{}]+\}(?:choice|jump))$/;
/** SN 4th Ed., navigation data model, adl.nav.request. */
export const navigationRequest = dataType("state", (value) => typeVerdict(NAVIGATION.test(value)));
