/**
 * What drives ADL's test content, with a few lines in its form that were made up here: it reads what they mean, and it sees
 * an answer that is wrong.
 */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { runVisit } from "../../conformance/adl-evaluator.js";
import { readTestCase, readWords } from "../../conformance/adl-test-case.js";
import { main } from "../../conformance/run.js";
import { Course, SmallLms } from "../../conformance/small-lms.js";
import { open } from "../adapter/support.js";

const WORDS = ["I=doInitialize", "GET=doGetValue", "SET=doSetValue", "GES=doGetErrorString", "c=cmi", "a=adl", "n=nav", "r=request", "t=true", "f=false", "LOC=location", "X=exit", "X.s=suspend", "tar={target=%s}", "TY.c=choice", "CNT=_count", "DA=data"].join("\n");

/** @param {string} lines @returns {ReturnType<typeof readTestCase>} */
function read(lines) {
  const folder = mkdtempSync(join(tmpdir(), "seattime-"));
  try {
    writeFileSync(join(folder, "words"), WORDS);
    writeFileSync(join(folder, "case"), lines, "latin1");
    return readTestCase(join(folder, "case"), readWords(join(folder, "words")), "ana");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @param {string[]} commands */
const visit = (...commands) => read(commands.map((command, i) => `Act1V1.commands.${i}=${command}`).join("\n"))[0];

test("short words are spelt out, in the call and in what is expected", () => {
  assert.deepEqual(visit("SET->c~X!X.s->t->0").commands, [{ call: "doSetValue", argument: "cmi.exit", value: "suspend", expected: "true", errorCode: "0" }]);
  assert.deepEqual(visit("SET->a~n~r!tar~activity_2~TY.c->t->0").commands, [{ call: "doSetValue", argument: "adl.nav.request", value: "{target=activity_2}choice", expected: "true", errorCode: "0" }]);
  assert.deepEqual(visit("GET->c~LOC->->403").commands, [{ call: "doGetValue", argument: "cmi.location", value: "", expected: "", errorCode: "403" }]);
});

test("lines that go on, code points, and calls that nobody knows", () => {
  assert.equal(visit("SET->c~LOC!a\\\nb\\u0041->t->0").commands[0].value, "abA");
  assert.deepEqual(visit("nonsense->c~LOC->->0").commands, []);
});

test("an activity that is only launched is a visit, too", () => {
  assert.deepEqual(read("Act1V1.CUI=x\nAct2V1.commands.0=I->->t->0").map(({ activity, commands }) => [activity, commands.length]), [["1", 0], ["2", 1]]);
});

/** @param {string[]} commands @param {object} [launch] */
const failures = (commands, launch) => runVisit(open("scorm2004", launch).adapter.api, visit(...commands)).filter(({ passed }) => !passed).length;

test("each answer and each error code is one check; a wrong one fails", () => {
  assert.equal(runVisit(open("scorm2004").adapter.api, visit("I->->t->0", "GET->c~LOC->->403")).length, 5);
  assert.equal(failures(["I->->t->0", "SET->c~LOC!here->t->0", "GET->c~LOC->here->0"]), 0);
  assert.equal(failures(["I->->t->0", "GET->c~LOC->here->0"]), 2, "the answer and the code");
  assert.equal(failures(["I->->f->0"]), 1, "the answer");
  assert.equal(failures(["I->->t->103"]), 1, "the code");
  assert.equal(failures(["GES->402->->0"]), 1, "a text where none is expected");
});

test("an entry that is looked for by its id and is not there fails", () => {
  assert.equal(failures(["I->->t->0", "GET->a~DA~&other&~store->->403"], { sharedData: [{ id: "one", value: null, readable: true, writable: true }] }), 1);
});

const MANIFEST = `<manifest><organizations><organization identifier="O"><item identifier="activity_1">
  <adlcp:completionThreshold completedByMeasure="true" minProgressMeasure="0.8"/><adlcp:data><adlcp:map targetID="store" writeSharedData="false"/></adlcp:data>
</item></organization></organizations></manifest>`;

test("the small LMS hands the manifest's words to the adapter and keeps a suspended attempt alone", () => {
  const course = new Course(MANIFEST);
  const lms = new SmallLms("scorm2004");
  for (const [exit, entry, location] of [["suspend", "ab-initio", ""], ["normal", "resume", "kept"], ["", "ab-initio", ""]]) {
    const { api, leave } = lms.launch(course, "activity_1");
    api.Initialize("");
    assert.equal(api.GetValue("cmi.completion_threshold"), "0.8");
    assert.equal(api.SetValue("adl.data.0.store", "x"), "false");
    assert.equal(api.GetValue("cmi.entry"), entry);
    assert.equal(api.GetValue("cmi.location"), location);
    api.SetValue("cmi.location", "kept");
    api.SetValue("cmi.exit", exit);
    api.Terminate("");
    leave();
  }
});

test("where the suites are missing, the command says so and ends with 2", () => {
  const before = process.env.SEATTIME_SUITES;
  process.env.SEATTIME_SUITES = join(tmpdir(), "seattime-no-such-folder");
  try {
    /** @type {string[]} */
    const said = [];
    assert.equal(main([], (line) => said.push(line)), 2);
    assert.equal(said.filter((line) => line.includes("not found: ")).length, 2);
  } finally {
    if (before === undefined) delete process.env.SEATTIME_SUITES;
    else process.env.SEATTIME_SUITES = before;
  }
});
