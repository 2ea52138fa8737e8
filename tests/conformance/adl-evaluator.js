/**
 * Judges the answers to the calls of a visit as ADL's evaluator does, counting as it counts: one check for each answer and
 * one for each error code.
 */

import { parseDuration } from "../../static/scorm_api/adapter/durations.js";
import { callAll } from "./adl-calls.js";

/** @typedef {import("./adl-test-case.js").Command} Command */
/** @typedef {import("./adl-test-case.js").Visit} Visit */
/** @typedef {{ passed: boolean, what: string, expected: string, returned: string }} Check */
/** The API's eight functions. @typedef {Readonly<Record<string, (...args: string[]) => string>>} Api2004 */

/** What a call came to. `argument`: with the index in place of an id; null where there is no such entry. @typedef {{ argument: string | null, returned: string, code: string }} Result */

const MAX_TEXT = 255;
/** What the suite accepts to `cmi.comments_from_lms`: an answer, or that there is none. */
const COMMENT_CODES = new Set(["0", "301", "403"]);
const NO_SUCH_ELEMENT = "401";
const REQUEST_VALID = new Set(["true", "false", "unknown"]);

/** @param {Api2004} api @param {Visit} visit @returns {Check[]} */
export function runVisit(api, visit) {
  return judgeVisit(visit, callAll(api, visit.commands));
}

/** @param {Visit} visit @param {readonly Result[]} results of its commands @returns {Check[]} */
export function judgeVisit(visit, results) {
  const label = `activity ${visit.activity}, visit ${visit.visit}`;
  /** @type {Check[]} */
  const checks = [{ passed: true, what: `${label}: launched`, expected: "", returned: "" }];
  visit.commands.forEach((command, number) => {
    const { argument, returned, code } = results[number] ?? { argument: null, returned: "", code: "" };
    const name = command.call.slice("do".length);
    const given = [argument, ...(name === "SetValue" ? [command.value] : [])].map((each) => JSON.stringify(shorten(each)));
    const what = `${label}, command ${number}: ${name}(${given.join(", ")})`;
    if (argument === null) checks.push({ passed: false, what, expected: shorten(command.expected), returned: "no such entry, or not called" });
    else checks.push(...judge(name, argument, command, returned, code, what));
  });
  return checks;
}

/** @param {string} name @param {string} argument @param {Command} command @param {string} returned @param {string} code @param {string} what @returns {Check[]} */
function judge(name, argument, command, returned, code, what) {
  const { expected, errorCode } = command;
  const answer = (/** @type {boolean} */ passed) => ({ passed, what, expected: shorten(expected), returned: shorten(returned) });
  const error = { passed: code === errorCode, what: `${what}: GetLastError`, expected: errorCode, returned: code };
  if (name === "GetValue") {
    // The learner's name is whatever the LMS has; what may follow, only the LMS's sequencing knows.
    if (argument.includes("learner_name")) return [answer(true), error];
    if (argument.includes("request_valid.choice") || argument.includes("request_valid.jump")) return [answer(REQUEST_VALID.has(returned))];
    if (argument.includes("comments_from_lms") && !argument.includes("_children")) return [answer(COMMENT_CODES.has(code) || (argument === "cmi.comments_from_lms" && code === NO_SUCH_ELEMENT))];
    if (argument.includes("request_valid") && expected !== "") return [answer(REQUEST_VALID.has(returned)), error];
    return [answer(sameValue(argument, expected, returned)), error];
  }
  if (name === "GetErrorString") {
    const passed = expected === "less255" ? returned.length < MAX_TEXT : returned === (expected === "emptyCS" ? "" : expected);
    return [answer(passed), error];
  }
  if (name === "GetDiagnostic") return [answer(returned.length < MAX_TEXT), error];
  return [answer(returned === expected), error];
}

const NUMBER = /^-?[0-9]+(?:\.[0-9]+)?$/;

/**
 * ADL compares by data type. Here that is done where the LMS may choose the form: numbers, times that it adds up, and the
 * order of `_children` and of a response's delimiters; anything else is to be returned as it was set.
 *
 * @param {string} element
 * @param {string} expected
 * @param {string} returned
 */
function sameValue(element, expected, returned) {
  if (returned === expected) return true;
  if (RESPONSE.test(element)) return withDefaults(returned) === withDefaults(expected);
  if (element.endsWith("._children")) return sorted(returned) === sorted(expected);
  if (NUMBER.test(expected) && NUMBER.test(returned)) return Number(returned) === Number(expected);
  if (element !== "cmi.total_time") return false;
  const [a, b] = [expected, returned].map((text) => parseDuration(text, "scorm2004"));
  return a != null && b != null && !b.lenient && a.ms === b.ms;
}

const RESPONSE = /\.(?:learner_response|pattern)$/;
const DELIMITER = /^\{(lang|case_matters|order_matters)=([^{}]*)\}/;

/** The delimiters that a response may begin with mean the same in any order, and each has a default (RTE 4.2.9.1). @param {string} response */
function withDefaults(response) {
  const delimiters = new Map([["lang", "en"], ["case_matters", "false"], ["order_matters", "true"]]);
  let rest = response;
  for (let match = DELIMITER.exec(rest); match !== null; match = DELIMITER.exec(rest)) {
    delimiters.set(match[1] ?? "", match[2] ?? "");
    rest = rest.slice(match[0].length);
  }
  return JSON.stringify([...delimiters, rest]);
}

/** @param {string} list */
function sorted(list) {
  return list.split(",").sort().join(",");
}

/** @param {string | null} text */
function shorten(text) {
  return text === null || text.length <= 120 ? String(text) : `${text.slice(0, 90)}... (${text.length} characters)`;
}
