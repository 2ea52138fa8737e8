/**
 * The API of SCORM 1.2, worked out by hand from the RTE book (1.2, section 3.3, and 3.4.2 on arrays) for what test suites leave out:
 * each mistake in each state, what the last error says after every call, and that nothing is left behind by what failed.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { open, outcome, running } from "./support.js";

/** 3.3, table of error codes. */
const ERROR_STRINGS = {
  0: "No error",
  101: "General exception",
  201: "Invalid argument error",
  202: "Element cannot have children",
  203: "Element not an array - Cannot have count",
  301: "Not initialized",
  401: "Not implemented error",
  402: "Invalid set value, element is a keyword",
  403: "Element is read only",
  404: "Element is write only",
  405: "Incorrect data type",
};

test("3.3 LMSGetErrorString: all codes, in every state; an empty string for all others", () => {
  const states = [open("scorm12"), running("scorm12"), running("scorm12")];
  states[2].end("");
  for (const session of states) {
    for (let code = -1; code < 1000; code++) assert.equal(session.text(String(code)), ERROR_STRINGS[code] ?? "", String(code));
    for (const code of ["", "0101", " 101", "1e2", "general"]) assert.equal(session.text(code), "");
  }
});

/** A mistake, and its code before LMSInitialize, while the session runs, after LMSFinish. */
const MISTAKES = [
  ["an element that does not exist", "get", ["cmi.nothing"], "301", "401", "301"],
  ["an element that does not exist", "set", ["cmi.nothing", "x"], "301", "401", "301"],
  ["another standard's element", "get", ["cmi.completion_status"], "301", "401", "301"],
  ["a group is no element", "get", ["cmi.core"], "301", "401", "301"],
  ["no name", "get", [""], "301", "201", "301"],
  ["no name", "set", ["", "x"], "301", "201", "301"],
  ["children of what has none", "get", ["cmi.core.student_id._children"], "301", "202", "301"],
  ["a count of what is no array", "get", ["cmi.core._count"], "301", "203", "301"],
  ["a keyword is set", "set", ["cmi.core._children", "x"], "301", "402", "301"],
  ["a count is set", "set", ["cmi.objectives._count", "1"], "301", "402", "301"],
  ["the version is set", "set", ["cmi._version", "3.4"], "301", "402", "301"],
  ["what can only be read is set", "set", ["cmi.core.student_id", "x"], "301", "403", "301"],
  ["what can only be read is set, to the value that it has", "set", ["cmi.core.credit", "credit"], "301", "403", "301"],
  ["what can only be written is read", "get", ["cmi.core.session_time"], "301", "404", "301"],
  ["what can only be written is read, in an array", "get", ["cmi.interactions.0.id"], "301", "404", "301"],
  ["a value of another type", "set", ["cmi.core.score.raw", "x"], "301", "405", "301"],
  ["a value outside of the range", "set", ["cmi.core.score.raw", "101"], "301", "405", "301"],
  ["an index beyond the entries is read", "get", ["cmi.objectives.0.id"], "301", "201", "301"],
  ["an index beyond the next is written", "set", ["cmi.objectives.1.id", "x"], "301", "201", "301"],
  ["an argument", "commit", ["x"], "301", "201", "301"],
  ["an argument", "end", ["x"], "301", "201", "301"],
  ["LMSInitialize again", "init", [""], "0", "101", "101"],
];

for (const [mistake, call, args, before, during, after] of MISTAKES) {
  test(`3.3 ${call} ${args[0]}: ${mistake}: ${before}, ${during}, ${after}`, () => {
    assert.equal(outcome(open("scorm12"), call, ...args)[1], before);
    const session = running("scorm12");
    assert.equal(outcome(session, call, ...args)[1], during);
    assert.equal(session.adapter.state(), "running", "no mistake ends the session");
    session.end("");
    const ended = session.adapter.snapshot();
    assert.equal(outcome(session, call, ...args)[1], after);
    assert.deepEqual(session.adapter.snapshot(), ended);
  });
}

test("3.3: what was not initialized is said before anything else; of two mistakes of a name the first counts", () => {
  assert.deepEqual(outcome(open("scorm12"), "set", "cmi.nothing", {}), ["false", "301"]);
  const session = running("scorm12");
  assert.deepEqual(outcome(session, "set", "cmi.core.student_id", {}), ["false", "403"], "read only before its type");
  assert.deepEqual(outcome(session, "set", "cmi.objectives.5.status", "nonsense"), ["false", "201"], "the index before the type");
});

test("3.3 LMSGetLastError: each call that can fail sets it, each that succeeds sets it back, the three that ask leave it", () => {
  const session = open("scorm12");
  assert.equal(session.error(), "0", "before the first call");
  const succeed = [["init", ""], ["get", "cmi.core.entry"], ["set", "cmi.suspend_data", "x"], ["commit", ""]];
  for (const [call, ...args] of [...succeed.slice(0, 1), ...succeed.slice(1), ["end", ""]]) {
    if (session.adapter.state() === "running") session.get("cmi.nothing");
    else session.commit("");
    assert.notEqual(session.error(), "0");
    for (const [asks, ...code] of [["error"], ["text", "0"], ["text", "nonsense"], ["diagnostic", ""], ["diagnostic", "405"]]) session[asks](...code);
    assert.notEqual(session.error(), "0", "asking changes nothing");
    session[call](...args);
    assert.equal(session.error(), "0", call);
  }
});

test("3.3 LMSGetValue: an empty answer is an error only where the last error says so", () => {
  const session = running("scorm12");
  assert.deepEqual(outcome(session, "get", "cmi.suspend_data"), ["", "0"]);
  assert.deepEqual(outcome(session, "get", "cmi.core.exit"), ["", "404"]);
});

test("3.3 LMSFinish: once, and after it nothing is read, written or committed", () => {
  const session = running("scorm12");
  session.set("cmi.suspend_data", "x");
  assert.deepEqual(outcome(session, "end", ""), ["true", "0"]);
  session.sink.told.length = 0;
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(outcome(session, "end", ""), ["false", "301"]);
    assert.deepEqual(outcome(session, "set", "cmi.core.session_time", "00:00:05"), ["false", "301"]);
    assert.deepEqual(outcome(session, "set", "cmi.suspend_data", "y"), ["false", "301"]);
    assert.deepEqual(outcome(session, "get", "cmi.suspend_data"), ["", "301"]);
    assert.deepEqual(outcome(session, "commit", ""), ["false", "301"]);
    assert.deepEqual(outcome(session, "init", ""), ["false", "101"]);
  }
  assert.deepEqual(session.sink.told, []);
  assert.equal(session.adapter.snapshot()["cmi.suspend_data"], "x");
});

/** 3.4.2: in a new entry, a value that is refused: the counts around it stay as they were. */
const HALF_ENTRIES = [
  ["cmi.objectives.0.id", "a b\u0000"],
  ["cmi.objectives.0.status", "done"],
  ["cmi.objectives.0.score.raw", "x"],
  ["cmi.interactions.0.id", ""],
  ["cmi.interactions.0.time", "noon"],
  ["cmi.interactions.0.type", "essay"],
  ["cmi.interactions.0.weighting", "heavy"],
  ["cmi.interactions.0.result", "right"],
  ["cmi.interactions.0.latency", "soon"],
  ["cmi.interactions.0.objectives.0.id", ""],
  ["cmi.interactions.0.objectives.1.id", "o"],
  ["cmi.interactions.0.correct_responses.1.pattern", "a"],
  ["cmi.interactions.0.student_response", Symbol("a")],
  ["cmi.interactions.0.correct_responses.0.pattern", {}],
];

for (const [element, value] of HALF_ENTRIES) {
  test(`3.4.2 a refused SetValue leaves no entry behind: ${element}`, () => {
    const session = running("scorm12");
    const counts = () => ["cmi.objectives", "cmi.interactions", "cmi.interactions.0.objectives", "cmi.interactions.0.correct_responses"].map((name) => session.get(`${name}._count`) + session.error());
    const before = counts();
    assert.equal(session.set(element, value), "false");
    assert.deepEqual(counts(), before);
    assert.deepEqual(session.sink.told, []);
    // In an entry that is there, too.
    session.set(element.replace(/\.0\..*/, ".0.id"), "first");
    const after = counts();
    assert.equal(session.set(element, value), "false");
    assert.deepEqual(counts(), after);
  });
}

test("3.4.2 an index is a whole number without a sign or zeros before it", () => {
  const session = running("scorm12", { elements: { "cmi.objectives.0.id": "a", "cmi.objectives.1.id": "b" } });
  for (const index of ["01", "00", "-1", "+1", "1.0", "1e0", " 1", "1 ", "", "a", "0x1", "١"]) {
    const [answer, code] = outcome(session, "get", `cmi.objectives.${index}.id`);
    assert.equal(answer, "", index);
    assert.ok(["201", "401"].includes(code), `${index}: ${code}`);
    assert.equal(session.set(`cmi.objectives.${index}.id`, "c"), "false", index);
  }
  assert.equal(session.get("cmi.objectives._count"), "2");
});

test("3.4.4 launch data, student data and what the LMS says come from the launch, as it says them", () => {
  const session = running("scorm12", {
    dataFromLms: "a=1&b=2", masteryScore: 79.5, maxTimeAllowedMs: 5_400_000, timeLimitAction: "exit,no message", credit: "no-credit", mode: "review", entry: "", totalTimeMs: 36_000_000_000_000,
    elements: { "cmi.comments_from_lms": "Bring a pencil" },
  });
  const said = Object.fromEntries(
    ["launch_data", "student_data.mastery_score", "student_data.max_time_allowed", "student_data.time_limit_action", "core.credit", "core.lesson_mode", "core.entry", "core.total_time", "comments_from_lms"].map((name) => [name, session.get(`cmi.${name}`)]),
  );
  assert.deepEqual(said, {
    launch_data: "a=1&b=2", "student_data.mastery_score": "79.5", "student_data.max_time_allowed": "0001:30:00.00", "student_data.time_limit_action": "exit,no message",
    "core.credit": "no-credit", "core.lesson_mode": "review", "core.entry": "", "core.total_time": "9999:59:59.99", comments_from_lms: "Bring a pencil",
  });
});

test("3.4.4 cmi.student_preference: set in one session, kept for the next", () => {
  const session = running("scorm12");
  for (const [name, value] of [["audio", "50"], ["language", "es"], ["speed", "-10"], ["text", "1"]]) {
    assert.equal(session.set(`cmi.student_preference.${name}`, value), "true");
    assert.equal(session.get(`cmi.student_preference.${name}`), value);
  }
  session.end("");
  const kept = Object.fromEntries(session.sink.told.filter(([what]) => what === "changed").map(([, name, value]) => [name, value]));
  const next = running("scorm12", { elements: kept });
  assert.deepEqual(["audio", "language", "speed", "text"].map((name) => next.get(`cmi.student_preference.${name}`)), ["50", "es", "-10", "1"]);
});
