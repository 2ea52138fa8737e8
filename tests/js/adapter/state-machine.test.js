import assert from "node:assert/strict";
import test from "node:test";
import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { launchData, open, outcome, recordingSink, running } from "./support.js";

// 1.2: RTE 1.2, 3.3 (API error codes). 2004: RTE 4th Ed., 3.1.7. Columns: call, before Initialize, while running, after the end.
const STATES = {
  scorm12: [
    ["init", [""], "true 0", "false 101", "false 101"],
    ["end", [""], "false 301", "true 0", "false 301"],
    ["commit", [""], "false 301", "true 0", "false 301"],
    ["get", ["cmi.core.lesson_status"], " 301", "not attempted 0", " 301"],
    ["set", ["cmi.core.lesson_location", "7"], "false 301", "true 0", "false 301"],
  ],
  scorm2004: [
    ["init", [""], "true 0", "false 103", "false 104"],
    ["end", [""], "false 112", "true 0", "false 113"],
    ["commit", [""], "false 142", "true 0", "false 143"],
    ["get", ["cmi.completion_status"], " 122", "unknown 0", " 123"],
    ["set", ["cmi.location", "7"], "false 132", "true 0", "false 133"],
  ],
};

for (const [standard, rows] of Object.entries(STATES)) {
  for (const [call, args, before, during, after] of rows) {
    test(`${standard}: ${call} before, during and after a session`, () => {
      assert.equal(outcome(open(standard), call, ...args).join(" "), before);
      assert.equal(outcome(running(standard), call, ...args).join(" "), during);
      const ended = running(standard);
      assert.equal(ended.end(""), "true");
      assert.equal(outcome(ended, call, ...args).join(" "), after);
    });
  }
}

test("scorm11 has the calls of 1.2", () => {
  const { adapter } = open("scorm11");
  assert.equal(adapter.globalName, "API");
  assert.deepEqual(Object.keys(adapter.api), ["LMSInitialize", "LMSFinish", "LMSGetValue", "LMSSetValue", "LMSCommit", "LMSGetLastError", "LMSGetErrorString", "LMSGetDiagnostic"]);
});

test("the 2004 object has the standard's functions and nothing else", () => {
  const { adapter } = open("scorm2004");
  assert.equal(adapter.globalName, "API_1484_11");
  assert.deepEqual(Reflect.ownKeys(adapter.api), ["Initialize", "Terminate", "GetValue", "SetValue", "Commit", "GetLastError", "GetErrorString", "GetDiagnostic"]);
  assert.ok(Object.isFrozen(adapter.api));
  assert.ok(Object.values(adapter.api).every((call) => Object.isFrozen(call)));
});

test("comparing the API with a string does not throw, as old wrappers do it", () => {
  const { adapter } = open("scorm12");
  assert.equal(adapter.api == "", false);
  assert.equal(`${adapter.api}`, "[object API]");
});

for (const standard of ["scorm12", "scorm2004"]) {
  test(`${standard}: an argument that is not empty is refused with 201 and changes nothing`, () => {
    const fresh = open(standard);
    assert.deepEqual(outcome(fresh, "init", "x"), ["false", "201"]);
    assert.equal(fresh.adapter.state(), "not-initialized");
    const session = running(standard);
    assert.deepEqual(outcome(session, "commit", "x"), ["false", "201"]);
    assert.deepEqual(outcome(session, "end", "x"), ["false", "201"]);
    assert.equal(session.adapter.state(), "running");
    assert.deepEqual(session.sink.told, []);
  });

  test(`${standard}: a missing argument counts as empty and leaves a finding`, () => {
    const session = open(standard);
    assert.equal(session.init(), "true");
    assert.equal(session.commit(null), "true");
    assert.equal(session.end(undefined), "true");
    assert.deepEqual(session.sink.findings, [{ kind: "missing-argument", element: "", raw: "undefined" }]);
  });

  test(`${standard}: Commit and the end answer true only when the sink has the record`, () => {
    const failed = standard === "scorm12" ? "101" : "391";
    const session = running(standard);
    session.sink.answers.commit = false;
    session.sink.answers.terminate = false;
    assert.deepEqual(outcome(session, "commit", ""), ["false", failed]);
    assert.deepEqual(outcome(session, "end", ""), ["false", failed]);
    assert.equal(session.adapter.state(), "running", "the content may try again");
    session.sink.answers.terminate = true;
    assert.deepEqual(outcome(session, "end", ""), ["true", "0"]);
    assert.equal(session.adapter.state(), "terminated");
  });

  test(`${standard}: a truthy answer that is not true is not true`, () => {
    const session = running(standard);
    session.sink.answers.commit = "yes";
    assert.equal(session.commit(""), "false");
  });

  test(`${standard}: the last error stays until the next call that can fail`, () => {
    const session = running(standard);
    session.get("cmi.nothing");
    session.text("401");
    session.diagnostic("");
    assert.equal(session.error(), "401");
    assert.equal(session.error(), "401");
    session.commit("");
    assert.equal(session.error(), "0");
  });

  test(`${standard}: error strings are found by number or text, unknown ones are empty`, () => {
    const session = open(standard);
    assert.match(session.text("0"), /^No error$/i);
    assert.equal(session.text(401), session.text("401"));
    assert.notEqual(session.text("401"), "");
    for (const unknown of ["999", "", "__proto__", undefined, null, {}, Symbol("401")]) assert.equal(session.text(unknown), "");
  });

  test(`${standard}: no element named`, () => {
    const session = running(standard);
    const [get, set] = standard === "scorm12" ? ["201", "201"] : ["301", "351"];
    for (const nothing of ["", undefined, null]) {
      assert.deepEqual(outcome(session, "get", nothing), ["", get]);
      assert.deepEqual(outcome(session, "set", nothing, "1"), ["false", set]);
    }
    assert.deepEqual(outcome(session, "get", 7), ["", "401"]);
    assert.deepEqual(outcome(session, "set", {}, "1"), ["false", "401"]);
  });

  test(`${standard}: Initialize in another document after the end is a new session from the sink's newest state`, () => {
    const [status, location] = standard === "scorm12" ? ["cmi.core.lesson_status", "cmi.core.lesson_location"] : ["cmi.completion_status", "cmi.location"];
    const session = running(standard);
    session.set(location, "page 3");
    session.end("");
    session.sink.answers.restart = launchData({ elements: { [status]: "incomplete", [location]: "page 9" }, entry: "resume", totalTimeMs: 61_000 });
    session.adapter.documentChanged();
    assert.deepEqual(outcome(session, "init", ""), ["true", "0"]);
    assert.equal(session.adapter.state(), "running");
    assert.equal(session.get(location), "page 9");
    assert.equal(session.get(status), "incomplete");
    assert.equal(session.sink.told.filter(([what]) => what === "initialized").length, 1);
    assert.equal(session.init(""), "false", "within one document it is an error again");
  });

  test(`${standard}: Initialize in another document while the old session runs keeps it and begins a new one`, () => {
    const session = running(standard);
    session.adapter.documentChanged();
    assert.deepEqual(outcome(session, "init", ""), ["true", "0"]);
    assert.deepEqual(session.sink.told, [["commit"], ["initialized"]]);
    assert.deepEqual(session.sink.findings.map(({ kind }) => kind), ["not-finished"]);
  });

  test(`${standard}: if the sink cannot tell the newest state, the page's own is used`, () => {
    const location = standard === "scorm12" ? "cmi.core.lesson_location" : "cmi.location";
    const sink = recordingSink();
    sink.restart = () => {
      throw new Error("journal");
    };
    const session = running(standard, {}, sink);
    session.set(location, "page 3");
    session.end("");
    session.adapter.documentChanged();
    assert.equal(session.init(""), "true");
    assert.equal(session.get(location), "page 3");
  });

  test(`${standard}: a sink that throws is answered with the standard's errors, never thrown into content`, () => {
    const broken = () => {
      throw new Error("storage");
    };
    const location = standard === "scorm12" ? "cmi.core.lesson_location" : "cmi.location";
    const time = standard === "scorm12" ? "cmi.core.session_time" : "cmi.session_time";
    const codes = standard === "scorm12" ? ["101", "101", "101"] : ["102", "351", "391"];
    const closed = open(standard, {}, { ...recordingSink(), initialized: broken });
    assert.deepEqual(outcome(closed, "init", ""), ["false", codes[0]]);
    assert.equal(closed.adapter.state(), "not-initialized");

    const session = running(standard, {}, { ...recordingSink(), changed: broken, sessionTime: broken, finding: broken, commit: broken, terminate: broken });
    const before = session.adapter.snapshot();
    assert.deepEqual(outcome(session, "set", location, "page 3"), ["false", codes[1]]);
    assert.deepEqual(outcome(session, "set", time, standard === "scorm12" ? "00:00:05" : "PT5S"), ["false", codes[1]]);
    assert.deepEqual(session.adapter.snapshot(), before, "nothing is left behind");
    assert.deepEqual(outcome(session, "commit", ""), ["false", codes[2]]);
    assert.deepEqual(outcome(session, "end", ""), ["false", codes[2]]);
  });

  test(`${standard}: a finding that cannot be kept does not change the answer`, () => {
    const sink = recordingSink();
    sink.finding = () => {
      throw new Error("full");
    };
    const session = running(standard, {}, sink);
    assert.equal(session.set(standard === "scorm12" ? "cmi.core.score.raw" : "cmi.score.raw", 80), "true");
  });
}

test("calls work when they are taken off the object, as some wrappers do", () => {
  const { LMSInitialize, LMSGetValue } = createAdapter("scorm12", launchData(), recordingSink()).api;
  assert.equal(LMSInitialize(""), "true");
  assert.equal(LMSGetValue("cmi.core.student_id"), "ana.ruiz");
});
