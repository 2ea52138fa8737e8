/**
 * What the adapter's tests share: a launch, a sink that writes down what it is told, and names for both APIs' calls.
 */

import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";

/** @typedef {import("../../../static/scorm_api/types.d.ts").LaunchData} LaunchData */

/** @param {Partial<LaunchData>} [changes] @returns {LaunchData} */
export function launchData(changes = {}) {
  return { elements: {}, totalTimeMs: 0, entry: "ab-initio", mode: "normal", credit: "credit", learnerId: "ana.ruiz", learnerName: "Ruiz, Ana", ...changes };
}

/** Remembers every word. `answers` may be changed by a test. */
export function recordingSink() {
  const sink = {
    told: [],
    findings: [],
    answers: { commit: true, terminate: true, restart: launchData() },
    initialized: () => void sink.told.push(["initialized"]),
    changed: (element, value, derived) => void sink.told.push(derived ? ["derived", element, value] : ["changed", element, value]),
    sessionTime: (raw, ms, lenient) => void sink.told.push(["time", raw, ms, lenient]),
    finding: (finding) => void sink.findings.push(finding),
    commit: () => (sink.told.push(["commit"]), sink.answers.commit),
    terminate: () => (sink.told.push(["terminate"]), sink.answers.terminate),
    restart: () => sink.answers.restart,
  };
  return sink;
}

const NAMES_12 = { init: "LMSInitialize", end: "LMSFinish", get: "LMSGetValue", set: "LMSSetValue", commit: "LMSCommit", error: "LMSGetLastError", text: "LMSGetErrorString", diagnostic: "LMSGetDiagnostic" };
const NAMES_2004 = { init: "Initialize", end: "Terminate", get: "GetValue", set: "SetValue", commit: "Commit", error: "GetLastError", text: "GetErrorString", diagnostic: "GetDiagnostic" };

/**
 * An adapter whose calls have the same short names in both standards.
 *
 * @param {"scorm11" | "scorm12" | "scorm2004"} standard
 * @param {Partial<LaunchData>} [launch]
 * @param {object} [sink]
 */
export function open(standard, launch = {}, sink = recordingSink()) {
  const adapter = createAdapter(standard, launchData(launch), sink);
  const names = standard === "scorm2004" ? NAMES_2004 : NAMES_12;
  const calls = Object.fromEntries(Object.entries(names).map(([short, name]) => [short, (...args) => adapter.api[name](...args)]));
  return { adapter, sink, ...calls };
}

/** The same, initialized. */
export function running(standard, launch = {}, sink = recordingSink()) {
  const session = open(standard, launch, sink);
  session.init("");
  sink.told.length = 0;
  return session;
}

/** Answer and error of one call: `["true", "0"]`. */
export function outcome(session, call, ...args) {
  return [session[call](...args), session.error()];
}
