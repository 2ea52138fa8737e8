/**
 * SCORM 1.1 and 1.2: their error codes and what these say (RTE 1.2, 3.3, API error codes), beside their data models.
 */

import { SCORM_11_TABLE, SCORM_12_TABLE } from "./scorm12-table.js";

/** @typedef {import("./error-codes.js").ErrorCodes} ErrorCodes */
/** @typedef {import("./runtime.js").Dialect} Dialect */

/** RTE 1.2, 3.3 (API error codes). @type {Readonly<ErrorCodes>} */
export const SCORM_12_CODES = Object.freeze({
  initializeFailed: "101",
  initializeWhileRunning: "101",
  initializeAfterEnd: "101",
  endBeforeStart: "301",
  endAfterEnd: "301",
  getBeforeStart: "301",
  getAfterEnd: "301",
  setBeforeStart: "301",
  setAfterEnd: "301",
  commitBeforeStart: "301",
  commitAfterEnd: "301",
  argument: "201",
  noElementToGet: "201",
  noElementToSet: "201",
  getFailed: "101",
  setFailed: "101",
  commitFailed: "101",
  undefinedElement: "401",
  noChildren: "202",
  noCount: "203",
  noVersion: "401",
  getIndex: "201",
  setIndex: "201",
  notUnique: "201",
  noValue: "0",
  keyword: "402",
  readOnly: "403",
  writeOnly: "404",
  type: "405",
  range: "405",
  dependency: "201",
});

/** RTE 1.2, 3.3 (API error codes). @type {ReadonlyMap<string, string>} */
export const SCORM_12_ERRORS = new Map([
  ["0", "No error"],
  ["101", "General exception"],
  ["201", "Invalid argument error"],
  ["202", "Element cannot have children"],
  ["203", "Element not an array - Cannot have count"],
  ["301", "Not initialized"],
  ["401", "Not implemented error"],
  ["402", "Invalid set value, element is a keyword"],
  ["403", "Element is read only"],
  ["404", "Element is write only"],
  ["405", "Incorrect data type"],
]);

/** What both have in common. */
const COMMON = { codes: SCORM_12_CODES, errors: SCORM_12_ERRORS, statusAtFinish: true };

/** @type {readonly Readonly<Dialect>[]} */
export const DIALECTS = Object.freeze([
  Object.freeze({ standard: "scorm11", table: SCORM_11_TABLE, ...COMMON }),
  Object.freeze({ standard: "scorm12", table: SCORM_12_TABLE, ...COMMON }),
]);
