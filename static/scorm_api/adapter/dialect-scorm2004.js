/**
 * SCORM 2004: its error codes and what these say (RTE 4th Ed., 3.1.7), beside its data model.
 */

import { SCORM_2004_TABLE } from "./scorm2004-table.js";

/** @typedef {import("./error-codes.js").ErrorCodes} ErrorCodes */
/** @typedef {import("./runtime.js").Dialect} Dialect */

/** RTE 2004 4th Ed., 3.1.7. @type {Readonly<ErrorCodes>} */
export const SCORM_2004_CODES = Object.freeze({
  initializeFailed: "102",
  initializeWhileRunning: "103",
  initializeAfterEnd: "104",
  endBeforeStart: "112",
  endAfterEnd: "113",
  getBeforeStart: "122",
  getAfterEnd: "123",
  setBeforeStart: "132",
  setAfterEnd: "133",
  commitBeforeStart: "142",
  commitAfterEnd: "143",
  argument: "201",
  noElementToGet: "301",
  noElementToSet: "351",
  getFailed: "301",
  setFailed: "351",
  commitFailed: "391",
  undefinedElement: "401",
  noChildren: "301",
  noCount: "301",
  noVersion: "301",
  getIndex: "301",
  setIndex: "351",
  notUnique: "351",
  noValue: "403",
  keyword: "404",
  readOnly: "404",
  writeOnly: "405",
  type: "406",
  range: "407",
  dependency: "408",
});

/** RTE 2004 4th Ed., table 3.1.7. @type {ReadonlyMap<string, string>} */
export const SCORM_2004_ERRORS = new Map([
  ["0", "No Error"],
  ["101", "General Exception"],
  ["102", "General Initialization Failure"],
  ["103", "Already Initialized"],
  ["104", "Content Instance Terminated"],
  ["111", "General Termination Failure"],
  ["112", "Termination Before Initialization"],
  ["113", "Termination After Termination"],
  ["122", "Retrieve Data Before Initialization"],
  ["123", "Retrieve Data After Termination"],
  ["132", "Store Data Before Initialization"],
  ["133", "Store Data After Termination"],
  ["142", "Commit Before Initialization"],
  ["143", "Commit After Termination"],
  ["201", "General Argument Error"],
  ["301", "General Get Failure"],
  ["351", "General Set Failure"],
  ["391", "General Commit Failure"],
  ["401", "Undefined Data Model Element"],
  ["402", "Unimplemented Data Model Element"],
  ["403", "Data Model Element Value Not Initialized"],
  ["404", "Data Model Element Is Read Only"],
  ["405", "Data Model Element Is Write Only"],
  ["406", "Data Model Element Type Mismatch"],
  ["407", "Data Model Element Value Out Of Range"],
  ["408", "Data Model Dependency Not Established"],
]);

/** @type {readonly Readonly<Dialect>[]} */
export const DIALECTS = Object.freeze([
  Object.freeze({ standard: "scorm2004", table: SCORM_2004_TABLE, codes: SCORM_2004_CODES, errors: SCORM_2004_ERRORS, statusAtFinish: false }),
]);
