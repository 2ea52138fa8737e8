import assert from "node:assert/strict";
import test from "node:test";
import { outcome, running } from "./support.js";

// RTE 1.2, 3.4.4 cmi.core.lesson_status. What the launch says, what the content sets, the status after LMSFinish.
const AT_FINISH = [
  ["a SCO that sets nothing is completed", {}, {}, "completed"],
  ["a SCO that sets nothing but leaves with suspend is not", {}, { "cmi.core.exit": "suspend" }, "not attempted"],
  ["a SCO that sets nothing and logs out is completed", {}, { "cmi.core.exit": "logout" }, "completed"],
  ["the SCO's own word stands without a mastery score", {}, { "cmi.core.lesson_status": "passed", "cmi.core.score.raw": "10" }, "passed"],
  ["incomplete stands", { masteryScore: 80 }, { "cmi.core.lesson_status": "incomplete", "cmi.core.score.raw": "90" }, "incomplete"],
  ["no status, a score at the mastery score: passed", { masteryScore: 80 }, { "cmi.core.score.raw": "80" }, "passed"],
  ["no status, a score below it: failed", { masteryScore: 80 }, { "cmi.core.score.raw": "79.9" }, "failed"],
  ["no status, no score: completed", { masteryScore: 80 }, {}, "completed"],
  ["completed with a score below the mastery score: failed", { masteryScore: 80 }, { "cmi.core.lesson_status": "completed", "cmi.core.score.raw": "10" }, "failed"],
  ["completed with a score above it: passed", { masteryScore: 80 }, { "cmi.core.lesson_status": "completed", "cmi.core.score.raw": "100" }, "passed"],
  ["passed with a score below it: failed", { masteryScore: 80 }, { "cmi.core.lesson_status": "passed", "cmi.core.score.raw": "10" }, "failed"],
  ["completed with an emptied score: completed", { masteryScore: 80 }, { "cmi.core.lesson_status": "completed", "cmi.core.score.raw": "" }, "completed"],
  ["a mastery score of 0 counts", { masteryScore: 0 }, { "cmi.core.lesson_status": "completed", "cmi.core.score.raw": "0" }, "passed"],
  ["without credit nothing changes", { masteryScore: 80, credit: "no-credit" }, { "cmi.core.lesson_status": "completed", "cmi.core.score.raw": "10" }, "completed"],
  ["without credit nothing is implied", { credit: "no-credit" }, {}, "not attempted"],
  ["in browse mode: browsed", { mode: "browse", credit: "no-credit" }, {}, "browsed"],
  ["in browse mode an earlier status stands", { mode: "browse", credit: "no-credit", elements: { "cmi.core.lesson_status": "completed" } }, {}, "completed"],
  ["in review mode nothing changes", { mode: "review", credit: "no-credit", masteryScore: 80 }, { "cmi.core.score.raw": "90" }, "not attempted"],
  ["a later visit that says nothing changes nothing", { masteryScore: 80, elements: { "cmi.core.lesson_status": "incomplete" } }, {}, "incomplete"],
  ["a later visit does not judge an old score anew", { masteryScore: 80, elements: { "cmi.core.lesson_status": "passed", "cmi.core.score.raw": "50" } }, {}, "passed"],
  ["a score of an earlier session counts for a status of this one", { masteryScore: 80, elements: { "cmi.core.lesson_status": "incomplete", "cmi.core.score.raw": "50" } }, { "cmi.core.lesson_status": "completed" }, "failed"],
];

for (const [name, launch, sets, expected] of AT_FINISH) {
  test(`1.2 LMSFinish: ${name}`, () => {
    const session = running("scorm12", launch);
    for (const [element, value] of Object.entries(sets)) assert.equal(session.set(element, value), "true");
    const before = session.get("cmi.core.lesson_status");
    session.sink.told.length = 0;
    assert.equal(session.end(""), "true");
    assert.equal(session.adapter.snapshot()["cmi.core.lesson_status"], expected);
    const derived = before === expected ? [] : [["derived", "cmi.core.lesson_status", expected]];
    assert.deepEqual(session.sink.told, [...derived, ["terminate"]], "told before the end, and only if it differs");
    const contradicted = before !== expected && sets["cmi.core.lesson_status"] !== undefined;
    assert.deepEqual(session.sink.findings, contradicted ? [{ kind: "status-overridden", element: "cmi.core.lesson_status", raw: before }] : []);
  });
}

test("1.2: an LMSFinish that failed and is called again decides once", () => {
  const session = running("scorm12", { masteryScore: 80 });
  session.set("cmi.core.score.raw", "90");
  session.sink.told.length = 0;
  session.sink.answers.terminate = false;
  session.end("");
  session.sink.answers.terminate = true;
  session.end("");
  assert.deepEqual(session.sink.told, [["derived", "cmi.core.lesson_status", "passed"], ["terminate"], ["terminate"]]);
});

// RTE 4th Ed., tables 4.2.4.1a and 4.2.22.1a: threshold, measure, what the SCO set, what GetValue answers.
const COMPLETION = [
  [undefined, null, null, "unknown"],
  [undefined, null, "completed", "completed"],
  [undefined, "0.1", "completed", "completed"],
  [undefined, "1", null, "unknown"],
  [0.8, null, null, "unknown"],
  [0.8, null, "completed", "unknown"],
  [0.8, "0.8", null, "completed"],
  [0.8, "0.79", null, "incomplete"],
  [0.8, "0.9", "incomplete", "completed"],
  [0.8, "0.1", "completed", "incomplete"],
];
const SUCCESS = [
  [undefined, null, null, "unknown"],
  [undefined, null, "passed", "passed"],
  [undefined, "0.1", "passed", "passed"],
  [0.6, null, null, "unknown"],
  [0.6, null, "passed", "unknown"],
  [0.6, "0.6", null, "passed"],
  [0.6, "-1", null, "failed"],
  [0.6, "0.9", "failed", "passed"],
  [0.6, "0.1", "passed", "failed"],
];

for (const [key, rows, status, measure] of [
  ["completionThreshold", COMPLETION, "cmi.completion_status", "cmi.progress_measure"],
  ["scaledPassingScore", SUCCESS, "cmi.success_status", "cmi.score.scaled"],
]) {
  for (const [threshold, value, set, expected] of rows) {
    test(`2004 ${status}: threshold ${threshold}, measure ${value}, SCO says ${set}: ${expected}`, () => {
      for (const measureFirst of [true, false]) {
        const session = running("scorm2004", threshold === undefined ? {} : { [key]: threshold });
        const steps = [[measure, value], [status, set]].filter(([, step]) => step !== null);
        for (const [element, step] of measureFirst ? steps : steps.toReversed()) assert.equal(session.set(element, step), "true");
        assert.deepEqual(outcome(session, "get", status), [expected, "0"]);
        const told = session.sink.told.filter(([, element]) => element === status).map(([what, , word]) => [what, word]);
        const derived = threshold !== undefined && value !== null && set !== expected ? [["derived", expected]] : [];
        const says = set === null ? [] : [["changed", set]];
        const last = told.at(-1);
        if (derived.length > 0) assert.deepEqual(last, derived[0], "the decided status is told as soon as it is decided");
        else assert.deepEqual(told.filter(([what]) => what === "changed"), says);
        const overridden = threshold !== undefined && value !== null && set !== null && set !== expected;
        assert.deepEqual(session.sink.findings, overridden ? [{ kind: "status-overridden", element: status, raw: set }] : []);
      }
    });
  }
}

test("2004: a measure that crosses the threshold and falls back is told each time it changes the status", () => {
  const session = running("scorm2004", { completionThreshold: 0.5 });
  for (const measure of ["0.1", "0.2", "0.6", "0.9", "0.4"]) session.set("cmi.progress_measure", measure);
  assert.deepEqual(session.sink.told.filter(([what]) => what === "derived").map(([, , value]) => value), ["incomplete", "completed", "incomplete"]);
});

test("2004: a status that an earlier session left is not told again", () => {
  const session = running("scorm2004", { completionThreshold: 0.5, elements: { "cmi.completion_status": "completed", "cmi.progress_measure": "0.9" } });
  assert.equal(session.get("cmi.completion_status"), "completed");
  session.set("cmi.progress_measure", "0.95");
  assert.deepEqual(session.sink.told, [["changed", "cmi.progress_measure", "0.95"]]);
});

test("2004: Terminate decides nothing more", () => {
  const session = running("scorm2004", { completionThreshold: 0.5, masteryScore: 80 });
  session.set("cmi.completion_status", "completed");
  session.sink.told.length = 0;
  session.end("");
  assert.deepEqual(session.sink.told, [["terminate"]]);
});
