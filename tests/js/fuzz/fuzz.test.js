/**
 * Content is untrusted code: no sequence of calls with any arguments throws into it, corrupts the model, reaches outside it, or makes
 * Commit answer "true" without a record in the journal. The same seeds in every run; longer, and with others:
 * node tests/js/fuzz/run.js --seed 7 --sequences 5000
 */

import assert from "node:assert/strict";
import test from "node:test";
import { runAdapterFuzz, runRuntimeFuzz } from "./run.js";
import { watched } from "./watched.js";

const SEED = 20_240_506;
const NEVER = { chance: () => false, failure: () => false };

test("no call with any arguments throws, corrupts the model or reaches outside it, and Commit says true only with a record", async () => {
  const { calls, nested, answeredTrue } = await runAdapterFuzz(SEED, 60);
  // It must have been worth it.
  assert.ok(calls > 50_000, `${calls} calls`);
  assert.ok(nested > 1500, `${nested} calls in which an argument called the API`);
  assert.ok(answeredTrue > 5000, `${answeredTrue} calls were accepted`);
});

test("on the delivery side, with storage that fails: what was acknowledged survives a kill, or the learner was told", async () => {
  const { acknowledged, unsafe, sessions } = await runRuntimeFuzz(SEED, 25);
  assert.ok(acknowledged - unsafe > 300, `${acknowledged - unsafe} kills after a "true"`);
  assert.ok(unsafe > 100, `${unsafe} times storage refused`);
  assert.ok(sessions > 100, `${sessions} sessions`);
});

test("an argument that ends the session while it is read is not written into it", () => {
  const watch = watched("scorm12", {}, NEVER);
  watch.init("");
  const ends = { [Symbol.toStringTag]: "String", toString: () => (watch.end(""), "page 3") };
  assert.equal(watch.set("cmi.core.lesson_location", ends), "false");
  assert.equal(watch.error(), "301");
  assert.equal(watch.adapter.state(), "terminated");
  assert.deepEqual(watch.journal.set.get("cmi.core.lesson_location"), undefined);
});

test("an argument that begins another session while it is read is written into that one", () => {
  const watch = watched("scorm2004", {}, NEVER);
  watch.init("");
  watch.set("cmi.location", "page 1");
  const begins = {
    [Symbol.toStringTag]: "String",
    toString() {
      watch.end("");
      watch.adapter.documentChanged();
      watch.init("");
      return "page 3";
    },
  };
  assert.equal(watch.set("cmi.location", begins), "true");
  assert.equal(watch.get("cmi.location"), "page 3");
});

test("an argument that writes the same element while it is read is written over", () => {
  const watch = watched("scorm12", {}, NEVER);
  watch.init("");
  const writes = { [Symbol.toStringTag]: "String", toString: () => (watch.set("cmi.objectives.0.id", "within"), "outer") };
  assert.equal(watch.set("cmi.objectives.0.id", writes), "true");
  assert.equal(watch.get("cmi.objectives.0.id"), "outer");
  assert.equal(watch.get("cmi.objectives._count"), "1");
});

for (const failure of [() => false, () => undefined, () => "true", () => { throw new Error("journal"); }]) {
  test(`a journal that fails (${failure}) is never answered with true`, () => {
    let fails = false;
    const watch = watched("scorm2004", {}, { chance: () => fails, failure });
    watch.init("");
    watch.set("cmi.location", "page 3");
    fails = true;
    for (const call of ["commit", "end", "commit"]) assert.equal(watch[call](""), "false");
    assert.equal(watch.error(), "391");
    assert.equal(watch.journal.records, 0);
    fails = false;
    assert.equal(watch.commit(""), "true");
    assert.equal(watch.end(""), "true");
    assert.equal(watch.journal.records, 2);
  });
}
