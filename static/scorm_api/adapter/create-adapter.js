/**
 * Makes the object that content finds: `API` (SCORM 1.1 and 1.2) or `API_1484_11` (2004).
 *
 * Guarantees: the object is frozen and has the standard's eight functions (in 2004 its `version`, too) and nothing else; none
 * of them ever throws into content, and each answers with a string; GetValue and SetValue never touch the network. Every
 * accepted SetValue is told to the sink by `changed`, but session_time, which is told by `sessionTime` alone. Must not import
 * the delivery side.
 */

import { SCORM_12_CODES, SCORM_12_ERRORS, SCORM_2004_CODES, SCORM_2004_ERRORS } from "./error-codes.js";
import { Runtime } from "./runtime.js";
import { SCORM_11_TABLE, SCORM_12_TABLE } from "./scorm12-table.js";
import { SCORM_2004_TABLE } from "./scorm2004-table.js";

/** @typedef {import("../types.d.ts").Adapter} Adapter */
/** @typedef {import("./runtime.js").Dialect} Dialect */

/** @type {Readonly<Record<"scorm11" | "scorm12" | "scorm2004", Dialect>>} */
const DIALECTS = Object.freeze({
  scorm11: { standard: "scorm11", table: SCORM_11_TABLE, codes: SCORM_12_CODES, errors: SCORM_12_ERRORS, statusAtFinish: true },
  scorm12: { standard: "scorm12", table: SCORM_12_TABLE, codes: SCORM_12_CODES, errors: SCORM_12_ERRORS, statusAtFinish: true },
  scorm2004: { standard: "scorm2004", table: SCORM_2004_TABLE, codes: SCORM_2004_CODES, errors: SCORM_2004_ERRORS, statusAtFinish: false },
});

// Old wrappers compare the API with a string (`API == ""`), which throws for an object that cannot become one. In 2004 the
// API names the version of its standard (RTE 4th Ed., 3.3, API implementation requirements: the attribute `version`). This is
// all that is inherited, and it leads nowhere.
const TO_STRING = { value: Object.freeze(() => "[object API]") };
const PROTOTYPE_12 = Object.freeze(Object.create(null, { toString: TO_STRING }));
const PROTOTYPE_2004 = Object.freeze(Object.create(null, { toString: TO_STRING, version: { value: "1.0", enumerable: true } }));

/** @type {import("../types.d.ts").CreateAdapter} */
export function createAdapter(standard, launch, sink) {
  const dialect = DIALECTS[standard];
  const { codes } = dialect;
  const runtime = new Runtime(dialect, launch, sink);
  const is2004 = standard === "scorm2004";

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
