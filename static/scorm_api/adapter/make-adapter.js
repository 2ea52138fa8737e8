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

  /** @type {[string, string, (...args: unknown[]) => string][]} name in 1.2, name in 2004, function */
  const functions = [
    ["LMSInitialize", "Initialize", (argument) => {
      try {
        return runtime.initialize(argument);
      } catch {
        return runtime.fail(codes.initializeFailed);
      }
    }],
    ["LMSFinish", "Terminate", (argument) => {
      try {
        return runtime.terminate(argument);
      } catch {
        return runtime.fail(codes.commitFailed);
      }
    }],
    ["LMSGetValue", "GetValue", (element) => {
      try {
        return runtime.getValue(element);
      } catch {
        runtime.fail(codes.getFailed);
        return "";
      }
    }],
    ["LMSSetValue", "SetValue", (element, value) => {
      try {
        return runtime.setValue(element, value);
      } catch {
        return runtime.fail(codes.setFailed);
      }
    }],
    ["LMSCommit", "Commit", (argument) => {
      try {
        return runtime.commit(argument);
      } catch {
        return runtime.fail(codes.commitFailed);
      }
    }],
    ["LMSGetLastError", "GetLastError", () => runtime.getLastError()],
    ["LMSGetErrorString", "GetErrorString", (code) => {
      try {
        return runtime.getErrorString(code);
      } catch {
        return "";
      }
    }],
    ["LMSGetDiagnostic", "GetDiagnostic", (code) => {
      try {
        return runtime.getDiagnostic(code);
      } catch {
        return "";
      }
    }],
  ];

  /** @type {Record<string, (...args: unknown[]) => string>} */
  const api = Object.create(is2004 ? PROTOTYPE_2004 : PROTOTYPE_12);
  for (const [name12, name2004, call] of functions) api[is2004 ? name2004 : name12] = Object.freeze(call);

  return Object.freeze({
    api: Object.freeze(api),
    globalName: is2004 ? "API_1484_11" : "API",
    state: () => runtime.state,
    documentChanged: () => runtime.documentChanged(),
    snapshot: () => runtime.snapshot(),
  });
}
