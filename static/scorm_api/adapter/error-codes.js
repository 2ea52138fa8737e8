/**
 * The catalogue of error codes of both APIs: what each situation is called and what each code says.
 *
 * SCORM 1.1 and 1.2: RTE 1.2, 3.3 (API error codes). SCORM 2004: RTE 4th Ed., 3.1.7. Codes are strings, as the API answers them.
 * Imports nothing.
 */

export const NO_ERROR = "0";

/**
 * One code for each situation that the adapter tells apart. 1.2 has fewer codes than situations.
 *
 * @typedef {Object} ErrorCodes
 * @property {string} initializeFailed
 * @property {string} initializeWhileRunning
 * @property {string} initializeAfterEnd
 * @property {string} endBeforeStart
 * @property {string} endAfterEnd
 * @property {string} getBeforeStart
 * @property {string} getAfterEnd
 * @property {string} setBeforeStart
 * @property {string} setAfterEnd
 * @property {string} commitBeforeStart
 * @property {string} commitAfterEnd
 * @property {string} argument            Initialize, Terminate or Commit with an argument
 * @property {string} noElementToGet      no element is named
 * @property {string} noElementToSet
 * @property {string} getFailed           something of ours failed
 * @property {string} setFailed
 * @property {string} commitFailed        the record is not in the journal
 * @property {string} undefinedElement
 * @property {string} noChildren          `_children` of an element that has none
 * @property {string} noCount             `_count` of an element that is no collection
 * @property {string} noVersion
 * @property {string} getIndex            no such entry
 * @property {string} setIndex            not the next entry, or one too many
 * @property {string} notUnique           an id that another entry has, or a changed id
 * @property {string} noValue             never set and no default
 * @property {string} keyword             SetValue of `_children`, `_count`, `_version`
 * @property {string} readOnly
 * @property {string} writeOnly
 * @property {string} type
 * @property {string} range
 * @property {string} dependency
 */

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
