/**
 * SCORM 1.2, element by element. Every row: RTE 1.2, 3.4.4, under the element's name; types by the table of CMI types in 3.4.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { SCORM_11_TABLE, SCORM_12_TABLE } from "../../../static/scorm_api/adapter/scorm12-table.js";
import { outcome, running } from "./support.js";

const LONG = { 255: "x".repeat(255), 4096: "y".repeat(4096) };
const SCORES = { good: ["0", "100", "85.5", "7.", ".5", ""], bad: ["100.01", "-1", "abc", "1e2", "85,5", "+5", " 5"] };

/** Of what the LMS gives: element, what a launch with everything says. */
const LAUNCH = { masteryScore: 80, maxTimeAllowedMs: 5_400_000, timeLimitAction: "exit,message", dataFromLms: "chapter=1", totalTimeMs: 3_723_450, entry: "resume" };
const READ_ONLY = [
  ["cmi._version", "3.4"],
  ["cmi.core._children", "student_id,student_name,lesson_location,credit,lesson_status,entry,score,total_time,lesson_mode,exit,session_time"],
  ["cmi.core.student_id", "ana.ruiz"],
  ["cmi.core.student_name", "Ruiz, Ana"],
  ["cmi.core.credit", "credit"],
  ["cmi.core.entry", "resume"],
  ["cmi.core.score._children", "raw,min,max"],
  ["cmi.core.total_time", "0001:02:03.45"],
  ["cmi.core.lesson_mode", "normal"],
  ["cmi.launch_data", "chapter=1"],
  ["cmi.comments_from_lms", ""],
  ["cmi.objectives._children", "id,score,status"],
  ["cmi.objectives._count", "0"],
  ["cmi.student_data._children", "mastery_score,max_time_allowed,time_limit_action"],
  ["cmi.student_data.mastery_score", "80"],
  ["cmi.student_data.max_time_allowed", "0001:30:00.00"],
  ["cmi.student_data.time_limit_action", "exit,message"],
  ["cmi.student_preference._children", "audio,language,speed,text"],
  ["cmi.interactions._children", "id,objectives,time,type,correct_responses,weighting,student_response,result,latency"],
  ["cmi.interactions._count", "0"],
];

/** Of what the content writes: element, value at the start (null: cannot be read), good values, refused values. */
const WRITABLE = [
  ["cmi.core.lesson_location", "", { good: ["page 7", "", LONG[255]], bad: [] }],
  ["cmi.core.lesson_status", "not attempted", { good: ["passed", "completed", "failed", "incomplete", "browsed"], bad: ["not attempted", "complete", "Passed", "", "unknown"] }],
  ["cmi.core.score.raw", "", SCORES],
  ["cmi.core.score.min", "", SCORES],
  ["cmi.core.score.max", "", SCORES],
  ["cmi.core.exit", null, { good: ["time-out", "suspend", "logout", ""], bad: ["normal", "Suspend", "time out"] }],
  ["cmi.core.session_time", null, { good: ["0000:00:10.18", "00:00:05.4", "9999:59:59"], bad: ["", "NaN:NaN:NaN", "-00:00:05", "five"] }],
  ["cmi.suspend_data", "", { good: ["a=1;b=2", "", LONG[4096], "ünïcödé ☃"], bad: [] }],
  ["cmi.objectives.0.id", "", { good: ["obj-1", "o_2.b", LONG[255]], bad: ["", "  ", "a\u0007b"] }],
  ["cmi.objectives.0.score.raw", "", SCORES],
  ["cmi.objectives.0.score.min", "", SCORES],
  ["cmi.objectives.0.score.max", "", SCORES],
  ["cmi.objectives.0.status", "not attempted", { good: ["passed", "completed", "failed", "incomplete", "browsed", "not attempted"], bad: ["done", ""] }],
  ["cmi.student_preference.audio", "0", { good: ["-1", "0", "100"], bad: ["-2", "101", "1.5", ""] }],
  ["cmi.student_preference.language", "", { good: ["es", "", "français"], bad: [] }],
  ["cmi.student_preference.speed", "0", { good: ["-100", "0", "100"], bad: ["-101", "101", "fast"] }],
  ["cmi.student_preference.text", "0", { good: ["-1", "0", "1"], bad: ["2", "-2", "on"] }],
  ["cmi.interactions.0.id", null, { good: ["q1", "Slide3_Q2"], bad: ["", "\n"] }],
  ["cmi.interactions.0.objectives.0.id", null, { good: ["obj-1"], bad: [""] }],
  ["cmi.interactions.0.time", null, { good: ["00:00:00", "23:59:59.99", "10:20:30.5"], bad: ["24:00:00", "10:60:00", "10:20", "noon", ""] }],
  ["cmi.interactions.0.type", null, { good: ["true-false", "choice", "fill-in", "matching", "performance", "sequencing", "likert", "numeric"], bad: ["other", "long-fill-in", "Choice", ""] }],
  ["cmi.interactions.0.correct_responses.0.pattern", null, { good: ["a", "{a,b}", "1.a,2.b", LONG[255]], bad: [] }],
  ["cmi.interactions.0.weighting", null, { good: ["1", "0.5", "-2"], bad: ["", "heavy"] }],
  ["cmi.interactions.0.student_response", null, { good: ["t", "a,b", "a whole sentence", ""], bad: [] }],
  ["cmi.interactions.0.result", null, { good: ["correct", "wrong", "unanticipated", "neutral", "0.75", "-1"], bad: ["incorrect", "right", ""] }],
  ["cmi.interactions.0.latency", null, { good: ["00:00:05", "0000:00:05.25"], bad: ["", "soon", "-00:00:01"] }],
];

for (const [element, value] of READ_ONLY) {
  test(`1.2 ${element} is given by the LMS and only read`, () => {
    const session = running("scorm12", LAUNCH);
    assert.deepEqual(outcome(session, "get", element), [value, "0"]);
    assert.deepEqual(outcome(session, "set", element, "x"), ["false", /\._(children|count|version)$/.test(element) ? "402" : "403"]);
    assert.deepEqual(outcome(session, "get", element), [value, "0"]);
    assert.deepEqual(session.sink.told, []);
  });
}

for (const [element, initial, { good, bad }] of WRITABLE) {
  test(`1.2 ${element} takes the values of its type and no others`, () => {
    const session = running("scorm12");
    if (initial !== null && !element.includes(".0.")) assert.deepEqual(outcome(session, "get", element), [initial, "0"]);
    for (const value of bad) assert.deepEqual(outcome(session, "set", element, value), ["false", "405"], JSON.stringify(value));
    assert.deepEqual(session.sink.told.filter(([what]) => what === "changed"), []);
    for (const value of good) {
      assert.deepEqual(outcome(session, "set", element, value), ["true", "0"], JSON.stringify(value));
      assert.deepEqual(outcome(session, "get", element), initial === null ? ["", "404"] : [value, "0"]);
    }
    for (const value of bad) assert.deepEqual(outcome(session, "set", element, value), ["false", "405"], JSON.stringify(value));
    if (initial !== null) assert.equal(session.get(element), good.at(-1), "a refused value leaves the old one");
  });
}

test("1.2: this file has every element of the table", () => {
  const tested = new Set([...READ_ONLY, ...WRITABLE].map(([element]) => element.replaceAll(".0.", ".n.")));
  tested.add("cmi.comments").add("cmi.objectives.n.score._children").add("cmi.interactions.n.objectives._count").add("cmi.interactions.n.correct_responses._count");
  assert.deepEqual([...SCORM_12_TABLE.slots.keys()].filter((element) => !tested.has(element)), []);
  assert.equal(tested.size, SCORM_12_TABLE.slots.size);
});

test("1.2: every row names its section", () => {
  for (const { element, section } of SCORM_12_TABLE.slots.values()) assert.ok(section, element);
});

test("1.2: a launch that says nothing reads as empty strings, without error", () => {
  const session = running("scorm12");
  for (const element of ["cmi.student_data.mastery_score", "cmi.student_data.max_time_allowed", "cmi.student_data.time_limit_action", "cmi.launch_data"]) {
    assert.deepEqual(outcome(session, "get", element), ["", "0"]);
  }
});

test("1.2: total_time is the sum of earlier sessions and does not move with this one", () => {
  const session = running("scorm12", { totalTimeMs: 90_000 });
  session.set("cmi.core.session_time", "00:10:00");
  session.commit("");
  assert.equal(session.get("cmi.core.total_time"), "0000:01:30.00");
});

test("1.2: keywords of elements that have none", () => {
  const session = running("scorm12");
  assert.deepEqual(outcome(session, "get", "cmi.core.student_id._children"), ["", "202"]);
  assert.deepEqual(outcome(session, "get", "cmi.core._count"), ["", "203"]);
  assert.deepEqual(outcome(session, "get", "cmi.core.lesson_status._count"), ["", "203"]);
  assert.deepEqual(outcome(session, "get", "cmi.nothing._children"), ["", "401"]);
  assert.deepEqual(outcome(session, "set", "cmi.core._count", "1"), ["false", "402"]);
});

test("1.2: collections grow one by one", () => {
  const session = running("scorm12");
  assert.deepEqual(outcome(session, "get", "cmi.objectives.0.id"), ["", "201"]);
  assert.deepEqual(outcome(session, "set", "cmi.objectives.1.id", "o1"), ["false", "201"]);
  assert.equal(session.get("cmi.objectives._count"), "0");
  assert.equal(session.set("cmi.objectives.0.id", "o0"), "true");
  assert.equal(session.set("cmi.objectives.1.score.raw", "5"), "true", "1.2 has no dependency on the id");
  assert.equal(session.get("cmi.objectives._count"), "2");
  assert.deepEqual(outcome(session, "get", "cmi.objectives.1.id"), ["", "0"]);
  assert.equal(session.get("cmi.objectives.1.score._children"), "raw,min,max");
  assert.deepEqual(outcome(session, "get", "cmi.objectives.2.score._children"), ["", "201"]);
});

test("1.2: a refused value creates no entry", () => {
  const session = running("scorm12");
  assert.equal(session.set("cmi.interactions.0.type", "essay"), "false");
  assert.equal(session.get("cmi.interactions._count"), "0");
  assert.equal(session.set("cmi.interactions.0.objectives.1.id", "o"), "false");
  assert.equal(session.get("cmi.interactions._count"), "0");
});

// 3.4.4 cmi.comments; ADL's LMSTestCourse01 asks for it: "The LMS must append comments, as opposed to overwriting on subsequent sets".
test("1.2 cmi.comments: what is set is added to what is there", () => {
  const session = running("scorm12", { elements: { "cmi.comments": "<1>slow.<e.1>" } });
  assert.equal(session.set("cmi.comments", "<2>fine.<e.2>"), "true");
  assert.deepEqual(outcome(session, "get", "cmi.comments"), ["<1>slow.<e.1><2>fine.<e.2>", "0"]);
  assert.equal(session.set("cmi.comments", ""), "true");
  assert.equal(session.set("cmi.comments", "<2>fine.<e.2>"), "true", "the same again is another comment");
  assert.equal(session.get("cmi.comments"), "<1>slow.<e.1><2>fine.<e.2><2>fine.<e.2>");
  assert.deepEqual(session.sink.findings, []);
  assert.deepEqual(session.sink.told.at(-1), ["changed", "cmi.comments", "<1>slow.<e.1><2>fine.<e.2><2>fine.<e.2>"]);
});

test("1.2 cmi.comments: 4096 characters without a remark, more are kept and flagged, and there is an end", () => {
  const session = running("scorm12");
  assert.equal(session.set("cmi.comments", LONG[4096]), "true");
  assert.deepEqual(session.sink.findings, []);
  assert.equal(session.set("cmi.comments", "z"), "true");
  assert.deepEqual(session.sink.findings, [{ kind: "over-spm", element: "cmi.comments", raw: "4097 characters" }]);
  let kept = 4097;
  while (session.set("cmi.comments", LONG[4096]) === "true") kept += 4096;
  assert.equal(session.error(), "405");
  assert.equal(session.get("cmi.comments").length, kept);
  assert.ok(kept <= 64_000 && kept > 64_000 - 4096);
});

test("1.2: the collections inside an interaction have counts of their own", () => {
  const session = running("scorm12");
  session.set("cmi.interactions.0.id", "q1");
  assert.equal(session.get("cmi.interactions.0.objectives._count"), "0");
  assert.equal(session.set("cmi.interactions.0.objectives.0.id", "o1"), "true");
  assert.equal(session.set("cmi.interactions.0.objectives.1.id", "o2"), "true");
  assert.equal(session.set("cmi.interactions.0.correct_responses.0.pattern", "a"), "true");
  assert.equal(session.set("cmi.interactions.1.id", "q2"), "true");
  assert.equal(session.get("cmi.interactions.0.objectives._count"), "2");
  assert.equal(session.get("cmi.interactions.0.correct_responses._count"), "1");
  assert.equal(session.get("cmi.interactions.1.objectives._count"), "0");
  assert.equal(session.get("cmi.interactions._count"), "2");
  assert.deepEqual(outcome(session, "get", "cmi.interactions.2.objectives._count"), ["", "201"]);
});

test("1.2: stored elements come back, interactions as counts, exit and session_time never", () => {
  const session = running("scorm12", {
    elements: {
      "cmi.suspend_data": "slide=12", "cmi.core.lesson_status": "incomplete", "cmi.core.exit": "suspend", "cmi.core.session_time": "00:01:00",
      "cmi.interactions.10.id": "q10", "cmi.interactions.2.id": "q2", "cmi.interactions.2.objectives.0.id": "o", "cmi.objectives.0.status": "passed",
      "cmi.comments_from_lms": "Bring a pencil", "cmi.core.student_id": "somebody else", "cmi.core.total_time": "9999:00:00.00", "__proto__.x": "1", "foreign.thing": "1",
    },
  });
  assert.equal(session.get("cmi.suspend_data"), "slide=12");
  assert.equal(session.get("cmi.core.lesson_status"), "incomplete");
  assert.equal(session.get("cmi.interactions._count"), "11");
  assert.equal(session.get("cmi.interactions.2.objectives._count"), "1");
  assert.equal(session.get("cmi.objectives.0.status"), "passed");
  assert.equal(session.get("cmi.comments_from_lms"), "Bring a pencil");
  assert.equal(session.get("cmi.core.student_id"), "ana.ruiz", "what the launch says stands");
  assert.equal(session.get("cmi.core.total_time"), "0000:00:00.00");
  assert.deepEqual(outcome(session, "get", "foreign.thing"), ["", "401"]);
  assert.equal(session.set("cmi.interactions.11.id", "q11"), "true");
  assert.deepEqual(session.sink.told, [["changed", "cmi.interactions.11.id", "q11"]], "restoring is no change");
});

test("1.1 has the elements of 1.2 and its own evaluation comments", () => {
  const own = [...SCORM_11_TABLE.slots.keys()].filter((element) => !SCORM_12_TABLE.slots.has(element));
  assert.deepEqual(own, [
    "cmi.evaluation.comments._children", "cmi.evaluation.comments._count", "cmi.evaluation.comments.n.content", "cmi.evaluation.comments.n.location", "cmi.evaluation.comments.n.time",
  ]);
  const session = running("scorm11");
  assert.equal(session.set("cmi.evaluation.comments.0.content", "too fast"), "true");
  assert.equal(session.get("cmi.evaluation.comments._count"), "1");
  assert.equal(session.set("cmi.core.session_time", "0000:00:10.18"), "true");
  assert.deepEqual(session.sink.told.at(-1), ["time", "0000:00:10.18", 10_180, false]);
  assert.deepEqual(outcome(running("scorm12"), "get", "cmi.evaluation.comments._count"), ["", "401"]);
});
