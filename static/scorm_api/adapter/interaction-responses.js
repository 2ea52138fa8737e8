/**
 * Responses and correct-response patterns of SCORM 2004 interactions, by interaction type: RTE 4th Ed., 4.2.9.1 (correct
 * responses) and 4.2.9.2 (learner response). Imports the standard's own types.
 */

import { ACCEPTED, dataType, isDecimal, typeVerdict, worse, WRONG_TYPE } from "./data-types.js";
import { OVER_SPM } from "./leniencies.js";
import { checkLocalized, checkShortIdentifier } from "./types-scorm2004.js";

/** @typedef {import("./data-types.js").Verdict} Verdict */

/**
 * @typedef {Object} ResponseForm
 * @property {(value: string) => Verdict} response
 * @property {(value: string) => Verdict} pattern
 * @property {number} patterns      how many patterns are promised to be kept
 * @property {boolean} atMost       true: more than that are an error, not a matter of SPM
 */

/** @type {ReadonlyMap<string, Readonly<ResponseForm>>} */
const FORMS = new Map(
  /** @type {[string, ResponseForm][]} */ ([
    ["true-false", { response: checkBoolean, pattern: checkBoolean, patterns: 1, atMost: true }],
    ["choice", { response: checkChoice, pattern: checkChoice, patterns: 10, atMost: false }],
    ["fill-in", { response: checkFillIn, pattern: (v) => withOptions(v, ["case_matters", "order_matters"], checkFillIn), patterns: 5, atMost: false }],
    ["long-fill-in", { response: checkLongFillIn, pattern: (v) => withOptions(v, ["case_matters"], checkLongFillIn), patterns: 5, atMost: false }],
    ["likert", { response: checkShortIdentifier, pattern: checkShortIdentifier, patterns: 1, atMost: true }],
    ["matching", { response: checkMatching, pattern: checkMatching, patterns: 5, atMost: false }],
    ["performance", { response: (v) => checkPerformance(v, false), pattern: (v) => withOptions(v, ["order_matters"], (rest) => checkPerformance(rest, true)), patterns: 5, atMost: false }],
    ["sequencing", { response: checkSequencing, pattern: checkSequencing, patterns: 5, atMost: false }],
    ["numeric", { response: (v) => typeVerdict(isDecimal(v)), pattern: checkNumericRange, patterns: 1, atMost: true }],
    ["other", { response: checkOther, pattern: checkOther, patterns: 1, atMost: true }],
  ]),
);

/** 4.2.9.2 */
export const learnerResponse = dataType("format by interaction type", (value, type) => FORMS.get(type ?? "")?.response(value) ?? WRONG_TYPE);
/** 4.2.9.1 */
export const correctResponsePattern = dataType("format by interaction type", (value, type) => FORMS.get(type ?? "")?.pattern(value) ?? WRONG_TYPE);

/**
 * What the standard says to a further pattern at `index`: accepted, beyond the SPM, or one too many.
 *
 * @param {string} type
 * @param {number} index
 * @returns {Verdict}
 */
export function checkPatternCount(type, index) {
  const form = FORMS.get(type);
  if (form === undefined || index < form.patterns) return ACCEPTED;
  return form.atMost ? WRONG_TYPE : OVER_SPM;
}

/**
 * 4.2.9.1: a choice has no set of identifiers twice among its patterns, a sequencing no order of them.
 *
 * @param {string} type
 * @param {string} pattern
 * @returns {string | null} what no other pattern of the interaction may have, too; null: patterns may be alike
 */
export function patternIdentity(type, pattern) {
  if (type === "choice") return pattern.split("[,]").sort().join("[,]");
  return type === "sequencing" ? pattern : null;
}

/** @param {string} value @returns {Verdict} */
function checkBoolean(value) {
  return typeVerdict(value === "true" || value === "false");
}

/** @param {string} value @returns {Verdict} */
function checkOther(value) {
  return value.length > 4000 ? OVER_SPM : ACCEPTED;
}

/** @param {string} value @returns {Verdict} */
function checkLongFillIn(value) {
  return checkLocalized(value, 4000);
}

/**
 * Each part of a `[,]` list, `spm` of which are promised to be kept.
 *
 * @param {string} value
 * @param {number} spm
 * @param {(part: string) => Verdict} check
 */
function checkList(value, spm, check) {
  const parts = value.split("[,]");
  /** @type {Verdict} */
  let verdict = parts.length > spm ? OVER_SPM : ACCEPTED;
  for (const part of parts) verdict = worse(verdict, check(part));
  return verdict;
}

/** A set, which may be empty. @param {string} value @returns {Verdict} */
function checkChoice(value) {
  if (value === "") return ACCEPTED;
  const parts = value.split("[,]");
  return new Set(parts).size < parts.length ? WRONG_TYPE : checkList(value, 36, checkShortIdentifier);
}

/** @param {string} value @returns {Verdict} */
function checkFillIn(value) {
  return checkList(value, 10, (part) => checkLocalized(part, 250));
}

/** @param {string} value @returns {Verdict} */
function checkSequencing(value) {
  return checkList(value, 36, checkShortIdentifier);
}

/** A bag of pairs, which may be empty. @param {string} value @returns {Verdict} */
function checkMatching(value) {
  if (value === "") return ACCEPTED;
  return checkList(value, 36, (pair) => {
    const [source = "", target = "", ...more] = pair.split("[.]");
    return more.length > 0 ? WRONG_TYPE : worse(checkShortIdentifier(source), checkShortIdentifier(target));
  });
}

/**
 * An array of steps, each with a name or an answer or both; in a pattern the answer may be a range.
 *
 * @param {string} value
 * @param {boolean} ranges
 * @returns {Verdict}
 */
function checkPerformance(value, ranges) {
  if (value === "") return ACCEPTED;
  return checkList(value, 250, (step) => {
    const [name = "", answer, ...more] = step.split("[.]");
    if (answer === undefined || more.length > 0 || (name === "" && answer === "")) return WRONG_TYPE;
    const nameVerdict = name === "" ? ACCEPTED : checkShortIdentifier(name);
    if (ranges && answer.includes("[:]")) return worse(nameVerdict, checkNumericRange(answer));
    return worse(nameVerdict, answer.length > 250 ? OVER_SPM : ACCEPTED);
  });
}

/** `<min>[:]<max>`, either end open. @param {string} value @returns {Verdict} */
function checkNumericRange(value) {
  const [min = "", max, ...more] = value.split("[:]");
  if (max === undefined || more.length > 0) return WRONG_TYPE;
  if (![min, max].every((end) => end === "" || isDecimal(end))) return WRONG_TYPE;
  return typeVerdict(min === "" || max === "" || Number(min) <= Number(max));
}

const OPTION = /^\{([a-z_]+)=([^{}]*)\}/;

/**
 * Takes the options before a pattern off, each allowed once and in any order, the language among them, and checks the rest.
 *
 * @param {string} value
 * @param {readonly string[]} names
 * @param {(rest: string) => Verdict} check
 * @returns {Verdict}
 */
function withOptions(value, names, check) {
  const open = new Set([...names, "lang"]);
  let language = "";
  let rest = value;
  for (let match = OPTION.exec(rest); match !== null && open.delete(match[1] ?? ""); match = OPTION.exec(rest)) {
    if (match[1] === "lang") language = match[0];
    else if (match[2] !== "true" && match[2] !== "false") {
      // Once the language is named, the text has begun: ADL's test content takes a wrong option there as text, and before it as an error.
      if (language === "") return WRONG_TYPE;
      break;
    }
    rest = rest.slice(match[0].length);
  }
  return check(language + rest);
}
