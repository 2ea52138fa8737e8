/**
 * Responses and correct responses of every SCORM 2004 interaction type: RTE 4th Ed., 4.2.9.1 and 4.2.9.2.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { outcome, running } from "./support.js";

/** type: good responses, bad ones, good patterns, bad ones */
const FORMS = {
  "true-false": [["true", "false"], ["t", "1", "True", ""], ["true", "false"], ["yes", ""]],
  choice: [["a", "a[,]b", "Choice_1[,]Choice_2", ""], ["a[,]", "[,]a", "a[,]a", "a[,][,]b"], ["a[,]b", ""], ["b[,]b"]],
  "fill-in": [["Paris", "{lang=fr}Paris", "one[,]{lang=en}two", "", "{case_matters=true}x"], ["{lang=}x", "ok[,]{lang=e e}x"], ["Paris", "{case_matters=true}Paris", "{order_matters=false}{case_matters=true}{lang=en}a[,]b"], ["{case_matters=yes}x", "{case_matters=true}{lang=}x"]],
  "long-fill-in": [["a long text", "{lang=en}a long text", ""], ["{lang=1}x"], ["{case_matters=false}x", "{case_matters=true}{lang=en}x"], ["{case_matters=}x"]],
  likert: [["strongly_agree", "5"], ["", "   "], ["3"], [""]],
  matching: [["1[.]a", "1[.]a[,]2[.]b", ""], ["1", "1[.]", "[.]a", "1[.]a[.]b", "1[.]a[,]"], ["1[.]a[,]2[.]b", ""], ["1[,]a"]],
  performance: [["step1[.]done", "[.]done", "step1[.]", "s1[.]5[,]s2[.]on", ""], ["step1", "[.]", "a[.]b[.]c"], ["{order_matters=false}s1[.]1[:]5[,]s2[.]on", "s1[.][:]9"], ["{order_matters=no}s1[.]x", "s1[.]9[:]1", "s1[.]a[:]b"]],
  sequencing: [["a", "a[,]b[,]a"], ["", "a[,]"], ["a[,]b"], [""]],
  numeric: [["4", "-4.5"], ["four", "", "1[:]2"], ["1[:]5", "[:]5", "1[:]", "[:]", "4[:]4"], ["4", "5[:]1", "a[:]b", "1[:]2[:]3", ""]],
  other: [["anything at all", ""], [], ["anything"], []],
};

/** @param {string} type */
function interaction(type) {
  const session = running("scorm2004");
  session.set("cmi.interactions.0.id", "q1");
  session.set("cmi.interactions.0.type", type);
  session.sink.findings.length = 0;
  return session;
}

for (const [type, [goodResponses, badResponses, goodPatterns, badPatterns]] of Object.entries(FORMS)) {
  for (const [element, good, bad] of [
    ["cmi.interactions.0.learner_response", goodResponses, badResponses],
    ["cmi.interactions.0.correct_responses.0.pattern", goodPatterns, badPatterns],
  ]) {
    test(`2004 ${type}: ${element.split(".").slice(3).join(".")}`, () => {
      for (const value of good) {
        const session = interaction(type);
        assert.deepEqual(outcome(session, "set", element, value), ["true", "0"], JSON.stringify(value));
        assert.equal(session.get(element), value);
        assert.deepEqual(session.sink.findings, [], JSON.stringify(value));
      }
      for (const value of bad) {
        const session = interaction(type);
        assert.deepEqual(outcome(session, "set", element, value), ["false", "406"], JSON.stringify(value));
        assert.equal(session.get("cmi.interactions.0.correct_responses._count"), "0");
        assert.deepEqual(session.sink.findings.map(({ kind }) => kind), ["refused-value"]);
      }
    });
  }
}

for (const type of ["true-false", "likert", "numeric", "other"]) {
  test(`2004 ${type}: one correct response, a second is an error`, () => {
    const session = interaction(type);
    const value = type === "numeric" ? "1[:]2" : "true";
    assert.equal(session.set("cmi.interactions.0.correct_responses.0.pattern", value), "true");
    assert.deepEqual(outcome(session, "set", "cmi.interactions.0.correct_responses.1.pattern", value), ["false", "351"]);
    assert.equal(session.get("cmi.interactions.0.correct_responses._count"), "1");
  });
}

test("2004: more than the promised patterns are kept and flagged", () => {
  const session = interaction("sequencing");
  for (let i = 0; i < 5; i++) assert.equal(session.set(`cmi.interactions.0.correct_responses.${i}.pattern`, `a[,]b${i}`), "true");
  assert.deepEqual(session.sink.findings, []);
  assert.equal(session.set("cmi.interactions.0.correct_responses.5.pattern", "c"), "true");
  assert.equal(session.get("cmi.interactions.0.correct_responses._count"), "6");
  assert.deepEqual(session.sink.findings, [{ kind: "over-spm", element: "cmi.interactions.0.correct_responses.5.pattern", raw: "c" }]);
});

test("2004: more than the promised parts, and longer ones, are kept and flagged", () => {
  const many = (count, part) => Array.from({ length: count }, (_, i) => part(i)).join("[,]");
  for (const [type, value] of [
    ["choice", many(37, (i) => `c${i}`)],
    ["choice", "c".repeat(251)],
    ["fill-in", many(11, (i) => `word ${i}`)],
    ["fill-in", "w".repeat(251)],
    ["long-fill-in", "w".repeat(4001)],
    ["matching", many(37, (i) => `${i}[.]x`)],
    ["performance", many(251, (i) => `s${i}[.]x`)],
    ["performance", `s[.]${"x".repeat(251)}`],
    ["sequencing", many(37, (i) => `c${i}`)],
    ["other", "o".repeat(4001)],
  ]) {
    const session = interaction(type);
    assert.deepEqual(outcome(session, "set", "cmi.interactions.0.learner_response", value), ["true", "0"], type);
    assert.equal(session.get("cmi.interactions.0.learner_response"), value);
    assert.deepEqual(session.sink.findings, [{ kind: "over-spm", element: "cmi.interactions.0.learner_response", raw: `${value.length} characters` }]);
  }
});

test("2004: identifiers with spaces in a response are kept and flagged", () => {
  const session = interaction("choice");
  assert.equal(session.set("cmi.interactions.0.learner_response", "the red one[,]b"), "true");
  assert.deepEqual(session.sink.findings.map(({ kind }) => kind), ["identifier-form"]);
});
