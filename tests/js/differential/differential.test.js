/**
 * The differential test against scorm-again (a development dependency): every element with every value of a pool, and random
 * sequences of calls, to both adapters. Every difference in answer or error code is judged once against the standard, in
 * judged.json. A difference that nobody has judged fails; a judgement that no longer occurs fails, too.
 *
 * Longer, and with any seed: node tests/js/differential/run.js --seed 7 --sequences 5000
 */

import assert from "node:assert/strict";
import test from "node:test";
import { judgeBy, readJudgements } from "./judging.js";
import { runDifferential } from "./run.js";

const SEED = 20_240_506;
const SEQUENCES = 220;

test("every difference to scorm-again has been judged, and every judgement still occurs", (t) => {
  // It writes to the console whatever its log level is.
  for (const level of ["debug", "info", "warn", "error"]) t.mock.method(console, level, () => undefined);
  const result = runDifferential({ seed: SEED, sequences: SEQUENCES });
  assert.deepEqual(result.unjudged, []);
  assert.deepEqual(result.unexplained, [], "where the shipped adapter accepts more than the strict one, a finding says by which leniency");
  assert.deepEqual(readJudgements().filter(({ id }) => !result.occurred.has(id)).map(({ id }) => id), [], "did not occur");
  assert.ok(result.calls > 30_000, `${result.calls} calls`);
});

test("each judgement has a name of its own, a section, a reason, and finds us right", () => {
  const judgements = readJudgements();
  assert.equal(new Set(judgements.map(({ id }) => id)).size, judgements.length);
  for (const { id, section, why, right, standard } of judgements) {
    assert.match(section, /^(?:1\.2|2004) (?:RTE|SN) /, id);
    assert.match(why, /\.$/, id);
    assert.ok(["ours", "both"].includes(right), id);
    assert.ok(["scorm12", "scorm2004", "both"].includes(standard), id);
  }
});

test("a difference that fits no judgement is not judged", () => {
  const judge = judgeBy(readJudgements());
  const known = { standard: "scorm12", state: "running", call: "set", element: "cmi.core.exit", value: "normal", ours: "false 405", theirs: "true 0" };
  assert.equal(judge(known)?.id, "exit-normal");
  for (const change of [{ standard: "scorm2004" }, { value: "suspend" }, { element: "cmi.core.exit2" }, { ours: "true 0" }, { theirs: "true 01" }]) assert.equal(judge({ ...known, ...change }), null);
});
