/**
 * An adapter that is watched: each call's answer, error code and traces are held against what must hold for every call, whatever
 * its arguments are. Calls made from within a call (an argument that calls the API when it is looked at) are watched as well.
 *
 * The journal double takes what the sink is told into a record and may fail at any commit: by answering false, by answering
 * something that is not true, or by throwing.
 */

import assert from "node:assert/strict";
import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { SCORM_12_ERRORS } from "../../../static/scorm_api/adapter/dialect-scorm12.js";
import { SCORM_2004_ERRORS } from "../../../static/scorm_api/adapter/dialect-scorm2004.js";
import { launchData } from "../adapter/support.js";

const NAMES_12 = ["LMSInitialize", "LMSFinish", "LMSGetValue", "LMSSetValue", "LMSCommit", "LMSGetLastError", "LMSGetErrorString", "LMSGetDiagnostic"];
const NAMES_2004 = NAMES_12.map((name) => (name === "LMSFinish" ? "Terminate" : name.slice(3)));
const SHORT = ["init", "end", "get", "set", "commit", "error", "text", "diagnostic"];
const SAYS_TRUE_OR_FALSE = new Set(["init", "end", "set", "commit"]);

/** @typedef {{ fails: () => unknown, written: number, sessions: number }} JournalDouble */

/** @param {() => boolean} chance   whether the journal fails this time @param {() => unknown} failure what a failed one answers, or it throws */
function journalDouble(chance, failure) {
  const journal = {
    /** Changes since the last record. */
    pending: [],
    /** How many records there are. */
    records: 0,
    running: false,
    /** What the content was told of state: name and value, as they would be in the registers. */
    set: new Map(),
    findings: [],
    /** Calls of `changed` and `sessionTime`. */
    told: 0,
    /** What the sink saw that must not be: the adapter would swallow an exception. @type {string[]} */
    violations: [],
  };
  const must = (holds, what) => void (holds || journal.violations.push(what));
  const record = (ends) => {
    must(journal.running, "a record without a session");
    if (chance()) return failure();
    journal.records += 1;
    journal.pending.length = 0;
    if (ends) journal.running = false;
    return true;
  };
  const sink = {
    initialized() {
      if (chance()) failure();
      journal.running = true;
    },
    changed(element, value, derived) {
      must(journal.running, `${String(element)} was told outside of a session`);
      must(typeof element === "string" && typeof value === "string", "a change that is no text");
      if (chance() && failure.throws) failure();
      journal.told += 1;
      journal.pending.push([element, value]);
      journal.set.set(element, { value, derived: derived === true });
    },
    sessionTime(raw, ms, lenient) {
      must(journal.running, "a time was told outside of a session");
      must(typeof raw === "string" && typeof lenient === "boolean", "a time that is no text");
      must(ms === null || (Number.isInteger(ms) && ms >= 0 && ms <= 10 ** 13), `a time of ${ms} ms`);
      journal.told += 1;
    },
    finding({ kind, element, raw }) {
      must([kind, element, raw].every((part) => typeof part === "string") && raw.length <= 255, "a finding that is no text");
      journal.findings.push(kind);
    },
    commit: () => record(false),
    terminate: () => record(true),
    restart: () => launchData({ elements: Object.fromEntries([...journal.set].map(([name, { value }]) => [name, value])) }),
  };
  return { journal, sink };
}

/**
 * @param {"scorm11" | "scorm12" | "scorm2004"} standard
 * @param {object} launch
 * @param {{ chance: () => boolean, failure: () => unknown }} journalFails
 */
export function watched(standard, launch, journalFails) {
  const { journal, sink } = journalDouble(journalFails.chance, journalFails.failure);
  const adapter = createAdapter(standard, launchData(launch), sink);
  const names = standard === "scorm2004" ? NAMES_2004 : NAMES_12;
  const codes = standard === "scorm2004" ? SCORM_2004_ERRORS : SCORM_12_ERRORS;
  const watch = { adapter, journal, calls: 0, nested: 0, answeredTrue: 0 };
  let depth = 0;
  let inner = 0;

  const error = () => adapter.api[names[5]]();
  SHORT.forEach((short, at) => {
    watch[short] = (...args) => {
      const [before, records, pending, told] = [adapter.state(), journal.records, journal.pending.length, journal.told];
      const innerBefore = inner;
      const snapshot = depth === 0 && watch.looksClosely ? JSON.stringify(adapter.snapshot()) : null;
      depth += 1;
      inner += 1;
      watch.calls += 1;
      let answer;
      try {
        answer = adapter.api[names[at]](...args);
      } finally {
        depth -= 1;
      }
      const alone = inner === innerBefore + 1;
      if (!alone) watch.nested += 1;
      assert.equal(typeof answer, "string", short);
      assert.ok(codes.has(error()), `${short}: code ${error()}`);
      if (SAYS_TRUE_OR_FALSE.has(short)) {
        assert.ok(answer === "true" || answer === "false", `${short}: ${answer}`);
        // What a call from within did is in the code, too: only a call that was alone can be held to its own.
        if (alone) assert.equal(error() === "0", answer === "true", `${short} ${answer} with code ${error()}`);
      }
      if (answer === "true") watch.answeredTrue += 1;
      if ((short === "commit" || short === "end") && answer === "true") assert.ok(journal.records > records, `${short} said true without a record`);
      if (short === "commit" && alone) assert.equal(answer === "true", journal.records === records + 1);
      assert.deepEqual(journal.violations, []);
      if (short === "set" && answer === "true") {
        assert.equal(adapter.state(), "running", "accepted outside of a session");
        assert.ok(journal.told > told, "accepted and not told");
      }
      if (short === "end" && answer === "false" && alone) assert.equal(adapter.state(), before);
      if (alone && (short === "set" || short === "get" || short === "error" || short === "text" || short === "diagnostic") && answer !== "true") {
        assert.equal(journal.pending.length, pending, `${short} was refused and told all the same`);
        if (snapshot !== null) assert.equal(JSON.stringify(adapter.snapshot()), snapshot, `${short} was refused and changed the model`);
      }
      return answer;
    };
  });
  return watch;
}
