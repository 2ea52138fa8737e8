/**
 * Makes the object that content finds: `API` (SCORM 1.1 and 1.2) or `API_1484_11` (2004).
 *
 * Guarantees: the object is frozen and has the standard's eight functions (in 2004 its `version`, too) and nothing else; none
 * of them ever throws into content, and each answers with a string; GetValue and SetValue never touch the network. Every
 * accepted SetValue is told to the sink by `changed`, but session_time, which is told by `sessionTime` alone. Must not import
 * the delivery side.
 */

import { Runtime } from "./runtime.js";

/** @typedef {import("../types.d.ts").Adapter} Adapter */
/** @typedef {import("../types.d.ts").LaunchData} LaunchData */
/** @typedef {import("../types.d.ts").SessionSink} SessionSink */
/** @typedef {import("./runtime.js").Dialect} Dialect */
/** @typedef {(...args: unknown[]) => string} Call */

// Old wrappers compare the API with a string (`API == ""`), which throws for an object that cannot become one. In 2004 the
// API names the version of its standard (RTE 4th Ed., 3.3, API implementation requirements: the attribute `version`). This is
// all that is inherited, and it leads nowhere.
const TO_STRING = { value: Object.freeze(() => "[object API]") };
const PROTOTYPE_12 = Object.freeze(Object.create(null, { toString: TO_STRING }));
const PROTOTYPE_2004 = Object.freeze(Object.create(null, { toString: TO_STRING, version: { value: "1.0", enumerable: true } }));

/** @param {Readonly<Dialect>} dialect @param {LaunchData} launch @param {SessionSink} sink @returns {Adapter} */
export function makeAdapter(dialect, launch, sink) {
  const { codes } = dialect;
  const runtime = new Runtime(dialect, launch, sink);
  const is2004 = dialect.standard === "scorm2004";

  /** @type {Call} */
  const initialize = (argument) => {
    try {
      return runtime.initialize(argument);
    } catch {
      return runtime.fail(codes.initializeFailed);
    }
  };
  /** @type {Call} */
  const terminate = (argument) => {
    try {
      return runtime.terminate(argument);
    } catch {
      return runtime.fail(codes.commitFailed);
    }
  };
  /** @type {Call} */
  const getValue = (element) => {
    try {
      return runtime.getValue(element);
    } catch {
      runtime.fail(codes.getFailed);
      return "";
    }
  };
  /** @type {Call} */
  const setValue = (element, value) => {
    try {
      return runtime.setValue(element, value);
    } catch {
      return runtime.fail(codes.setFailed);
    }
  };
  /** @type {Call} */
  const commit = (argument) => {
    try {
      return runtime.commit(argument);
    } catch {
      return runtime.fail(codes.commitFailed);
    }
  };
  /** @type {Call} */
  const getLastError = () => runtime.getLastError();
  /** @type {Call} */
  const getErrorString = (code) => {
    try {
      return runtime.getErrorString(code);
    } catch {
      return "";
    }
  };
  /** @type {Call} */
  const getDiagnostic = (code) => {
    try {
      return runtime.getDiagnostic(code);
    } catch {
      return "";
    }
  };
  for (const call of [initialize, terminate, getValue, setValue, commit, getLastError, getErrorString, getDiagnostic]) Object.freeze(call);

  /** @type {Record<string, Call>} */
  const api = Object.create(is2004 ? PROTOTYPE_2004 : PROTOTYPE_12);
  if (is2004) {
    api.Initialize = initialize;
    api.Terminate = terminate;
    api.GetValue = getValue;
    api.SetValue = setValue;
    api.Commit = commit;
    api.GetLastError = getLastError;
    api.GetErrorString = getErrorString;
    api.GetDiagnostic = getDiagnostic;
  } else {
    api.LMSInitialize = initialize;
    api.LMSFinish = terminate;
    api.LMSGetValue = getValue;
    api.LMSSetValue = setValue;
    api.LMSCommit = commit;
    api.LMSGetLastError = getLastError;
    api.LMSGetErrorString = getErrorString;
    api.LMSGetDiagnostic = getDiagnostic;
  }

  return Object.freeze({
    api: Object.freeze(api),
    globalName: is2004 ? "API_1484_11" : "API",
    state: () => runtime.state,
    documentChanged: () => runtime.documentChanged(),
    snapshot: () => runtime.snapshot(),
  });
}
