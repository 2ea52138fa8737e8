/**
 * Every row of leniencies.js: what is accepted beyond the standard, and the finding that it leaves.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { LENIENCIES } from "../../../static/scorm_api/adapter/leniencies.js";
import { LENIENCY_REASONS } from "../../../static/scorm_api/adapter/leniency-reasons.js";
import { outcome, running } from "./support.js";

const found = (session) => session.sink.findings.map(({ kind, element, raw }) => [kind, element, raw]);

/** kind, standard, element, value, value in the model afterwards, raw in the finding */
const ACCEPTED = [
  ["not-a-string", "scorm12", "cmi.core.score.raw", 85.5, "85.5", "85.5"],
  ["not-a-string", "scorm12", "cmi.core.lesson_location", undefined, "", "undefined"],
  ["not-a-string", "scorm12", "cmi.suspend_data", 0, "0", "0"],
  ["not-a-string", "scorm12", "cmi.suspend_data", null, "", "null"],
  ["not-a-string", "scorm12", "cmi.suspend_data", true, "true", "true"],
  ["not-a-string", "scorm12", "cmi.suspend_data", new String("boxed"), "boxed", "[object String]"],
  ["not-a-string", "scorm2004", "cmi.score.scaled", 0.85, "0.85", "0.85"],
  ["not-a-string", "scorm2004", "cmi.location", 4, "4", "4"],
  ["over-spm", "scorm12", "cmi.suspend_data", "x".repeat(4097), "x".repeat(4097), "4097 characters"],
  ["over-spm", "scorm12", "cmi.core.lesson_location", "x".repeat(256), "x".repeat(256), "256 characters"],
  ["over-spm", "scorm12", "cmi.objectives.0.id", "x".repeat(256), "x".repeat(256), "256 characters"],
  ["over-spm", "scorm2004", "cmi.suspend_data", "x".repeat(64_001), "x".repeat(64_001), "64001 characters"],
  ["over-spm", "scorm2004", "cmi.comments_from_learner.0.comment", `{lang=en}${"x".repeat(4001)}`, `{lang=en}${"x".repeat(4001)}`, "4010 characters"],
  ["identifier-form", "scorm12", "cmi.objectives.0.id", "My first objective", "My first objective", "My first objective"],
  ["identifier-form", "scorm12", "cmi.objectives.0.id", "objetivo_ñ", "objetivo_ñ", "objetivo_ñ"],
  ["identifier-form", "scorm2004", "cmi.objectives.0.id", "My first objective", "My first objective", "My first objective"],
  ["lenient-moment", "scorm2004", "cmi.comments_from_learner.0.timestamp", "2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.123Z"],
  ["lenient-moment", "scorm2004", "cmi.comments_from_learner.0.timestamp", "2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.123Z", "2024-05-06T07:08:09.123Z"],
];

for (const [kind, standard, element, value, kept, raw] of ACCEPTED) {
  test(`${standard} ${kind}: ${element} = ${String(value).slice(0, 30)} (${typeof value})`, () => {
    const session = running(standard);
    assert.deepEqual(outcome(session, "set", element, value), ["true", "0"]);
    assert.equal(session.get(element), kept);
    assert.deepEqual(session.sink.told, [["changed", element, kept]]);
    assert.deepEqual(found(session), [[kind, element, raw]]);
  });
}

for (const [value, error] of [["9:5:03", null], ["10:20:30.123", null], ["25:00:00", "405"]]) {
  test(`1.2 lenient-moment: cmi.interactions.0.time = ${value}`, () => {
    const session = running("scorm12");
    assert.deepEqual(outcome(session, "set", "cmi.interactions.0.time", value), error ? ["false", error] : ["true", "0"]);
    assert.deepEqual(found(session), [[error ? "refused-value" : "lenient-moment", "cmi.interactions.0.time", value]]);
  });
}

for (const [standard, element, value, ms] of [
  ["scorm12", "cmi.core.session_time", "PT11.43S", 11_430],
  ["scorm12", "cmi.core.session_time", "00:00:5", 5_000],
  ["scorm2004", "cmi.session_time", "00:00:12", 12_000],
  ["scorm2004", "cmi.session_time", "PT1,5H", 5_400_000],
  ["scorm2004", "cmi.session_time", "PT1.234S", 1_234],
]) {
  test(`${standard} lenient-time: ${value} is kept, counted and flagged`, () => {
    const session = running(standard);
    assert.deepEqual(outcome(session, "set", element, value), ["true", "0"]);
    assert.deepEqual(session.sink.told, [["time", value, ms, true]]);
    assert.deepEqual(found(session), [["lenient-time", element, value]]);
  });
}

test("lenient-time: the latency of an answer too", () => {
  const session = running("scorm12");
  assert.equal(session.set("cmi.interactions.0.latency", "PT5S"), "true");
  assert.deepEqual(found(session), [["lenient-time", "cmi.interactions.0.latency", "PT5S"]]);
});

for (const [standard, element, code] of [["scorm11", "cmi.core.session_time", "405"], ["scorm12", "cmi.core.session_time", "405"], ["scorm2004", "cmi.session_time", "406"]]) {
  test(`${standard} unreadable-time: refused, and told with its raw value`, () => {
    const session = running(standard);
    for (const [value, raw] of [["NaN:NaN:NaN", "NaN:NaN:NaN"], [undefined, "undefined"], [{}, "[object Object]"]]) {
      assert.deepEqual(outcome(session, "set", element, value), ["false", code]);
      assert.deepEqual(session.sink.told.pop(), ["time", raw, null, false]);
    }
    assert.deepEqual(found(session), [["unreadable-time", element, "NaN:NaN:NaN"]]);
  });
}

test("a session_time that is a number is seconds, as a person would read it", () => {
  const session = running("scorm12");
  assert.equal(session.set("cmi.core.session_time", 12), "true");
  assert.deepEqual(session.sink.told, [["time", "12", 12_000, true]]);
  assert.deepEqual(found(session), [["lenient-time", "cmi.core.session_time", "12"], ["not-a-string", "cmi.core.session_time", "12"]]);
});

test("session_time is told at each call, the same value too, and never as a change of state", () => {
  const session = running("scorm12");
  for (let i = 0; i < 3; i++) session.set("cmi.core.session_time", "00:00:11");
  assert.deepEqual(session.sink.told, [1, 2, 3].map(() => ["time", "00:00:11", 11_000, false]));
});

test("refused-value: a wrong status is an error, told once", () => {
  const session = running("scorm12");
  assert.deepEqual(outcome(session, "set", "cmi.core.lesson_status", "finished"), ["false", "405"]);
  assert.deepEqual(outcome(session, "set", "cmi.core.lesson_status", "finished"), ["false", "405"]);
  assert.equal(session.get("cmi.core.lesson_status"), "not attempted");
  assert.deepEqual(found(session), [["refused-value", "cmi.core.lesson_status", "finished"]]);
});

test("refused-value: objects, functions and symbols are no values", () => {
  for (const value of [{}, [], ["a"], () => "a", Symbol("a"), { toString: () => "passed" }]) {
    const session = running("scorm12");
    assert.deepEqual(outcome(session, "set", "cmi.suspend_data", value), ["false", "405"]);
    assert.equal(session.get("cmi.suspend_data"), "");
    assert.equal(session.sink.findings.length, 1);
  }
});

test("not-a-string: NaN is no score", () => {
  const session = running("scorm12");
  assert.deepEqual(outcome(session, "set", "cmi.core.score.raw", NaN), ["false", "405"]);
});

test("over-spm: more entries than promised are kept and flagged", () => {
  const session = running("scorm2004");
  for (let i = 0; i <= 100; i++) assert.equal(session.set(`cmi.objectives.${i}.id`, `o${i}`), "true");
  assert.equal(session.get("cmi.objectives._count"), "101");
  assert.deepEqual(found(session), [["over-spm", "cmi.objectives.100.id", "o100"]]);
});

test("of many entries with the same quirk one finding is made, and again in the next session", () => {
  const session = running("scorm12");
  for (let i = 0; i < 20; i++) session.set(`cmi.interactions.${i}.id`, `question ${i}`);
  assert.deepEqual(found(session), [["identifier-form", "cmi.interactions.0.id", "question 0"]]);
  session.end("");
  session.adapter.documentChanged();
  session.init("");
  session.set("cmi.interactions.0.id", "question 0");
  assert.equal(session.sink.findings.length, 2);
});

test("a finding's raw value is at most 255 characters long", () => {
  const session = running("scorm12");
  session.set("cmi.core.lesson_status", "z".repeat(5000));
  assert.equal(session.sink.findings[0].raw, "z".repeat(255));
});

test("the table has each kind once and says why", () => {
  const kinds = LENIENCIES.map(({ kind }) => kind);
  assert.equal(new Set(kinds).size, kinds.length);
  assert.deepEqual(Object.keys(LENIENCY_REASONS), kinds);
  for (const [kind, { rule, instead, why }] of Object.entries(LENIENCY_REASONS)) assert.ok(rule && instead && why, kind);
});
