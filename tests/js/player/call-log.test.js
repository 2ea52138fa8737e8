import assert from "node:assert/strict";
import { test } from "node:test";

import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { asCsv, asJson, createCallLog, MOST_CALLS, MOST_CHARACTERS } from "../../../static/scorm_api/player/call-log.js";
import { activity } from "./support.js";

const sink = { initialized() {}, changed() {}, sessionTime() {}, finding() {}, commit: () => true, terminate: () => true, restart: () => activity("a1").data };

/** @param {"scorm12" | "scorm2004"} standard */
function watched(standard, create = createAdapter) {
  const clock = { now: 1000 };
  const log = createCallLog({ monotonicMs: () => clock.now, wallMs: () => 1_795_000_000_000 + clock.now });
  const { api } = log.watch(create)(standard, activity("a1").data, sink);
  return { log, api, clock };
}

test("a call is told with its element, value, answer and time", () => {
  const { log, api, clock } = watched("scorm12");
  api.LMSInitialize("");
  clock.now += 1234.4;
  assert.equal(api.LMSSetValue("cmi.core.lesson_location", "page 2"), "true");

  assert.deepEqual(log.calls()[1], {
    number: 2, at_ms: 1234, time: "2026-11-18T11:06:42.234Z", name: "LMSSetValue", element: "cmi.core.lesson_location", value: "page 2",
    answer: "true", error: "0", meaning: "", diagnostic: "",
  });
});

test("an error is told with its meaning and with what helps an author", () => {
  const { log, api } = watched("scorm2004");
  api.Initialize("");
  api.SetValue("cmi.completion_status", "done");
  const [, call] = log.calls();
  assert.equal(call.answer, "false");
  assert.equal(call.error, "406");
  assert.equal(call.meaning, "Data Model Element Type Mismatch");
  assert.match(call.diagnostic, /cmi\.completion_status/);
});

test("content sees the same answers and errors with the log as without it", () => {
  const calls = [
    ["GetValue", "cmi.location"], ["Initialize", ""], ["GetValue", "cmi.nothing"], ["GetLastError"], ["GetLastError"], ["GetDiagnostic", ""],
    ["SetValue", "cmi.exit", "maybe"], ["GetErrorString", "406"], ["GetLastError"], ["SetValue", "cmi.exit", "suspend"], ["GetLastError"],
    ["GetValue", "cmi.objectives.3.id"], ["GetLastError"], ["Commit", "x"], ["GetLastError"], ["Terminate", ""], ["GetValue", "cmi.mode"], ["GetLastError"],
  ];
  const answersOf = (/** @type {Record<string, Function>} */ api) => calls.map(([name, ...args]) => api[name](...args));
  const { log, api } = watched("scorm2004");
  assert.deepEqual(answersOf(api), answersOf(createAdapter("scorm2004", activity("a1").data, sink).api));
  assert.equal(log.calls().length, calls.length);
});

test("whatever content hands over is shown, and nothing of the log's trouble reaches it", () => {
  const { log, api } = watched("scorm12");
  const hostile = { toString: () => { throw new Error("no text"); } };
  api.LMSInitialize();
  for (const value of [5, undefined, null, hostile, Symbol("s"), () => 1, "x".repeat(MOST_CHARACTERS + 1)]) assert.equal(typeof api.LMSSetValue("cmi.suspend_data", value), "string");
  assert.deepEqual(
    log.calls().slice(1, 7).map((call) => call.value),
    ["5 (number)", "undefined", "null", "(object)", "Symbol(s) (symbol)", "(function)"],
  );
  assert.equal(log.calls()[7].value, `${"x".repeat(MOST_CHARACTERS)}… (${MOST_CHARACTERS + 1} characters)`);

  const broken = createCallLog({ monotonicMs: () => 0, wallMs: () => NaN });
  const quiet = broken.watch(createAdapter)("scorm12", activity("a1").data, sink).api;
  assert.equal(quiet.LMSInitialize(""), "true");
  assert.deepEqual(broken.calls(), []);
});

test("the API looks as it did: the standard's functions, frozen, and text where a wrapper compares it", () => {
  const { api } = watched("scorm12");
  const plain = createAdapter("scorm12", activity("a1").data, sink).api;
  assert.deepEqual(Object.keys(api), Object.keys(plain));
  assert.ok(Object.isFrozen(api));
  assert.equal(`${api}`, `${plain}`);
});

test("filters: text in any case, errors only, without reads", () => {
  const { log, api } = watched("scorm2004");
  api.Initialize("");
  api.GetValue("cmi.mode");
  api.GetValue("cmi.nothing");
  api.GetLastError();
  api.SetValue("cmi.location", "Page TWO");
  const names = (/** @type {object} */ filter) => log.calls(filter).map((call) => `${call.name} ${call.element}`.trim());
  assert.deepEqual(names({ text: "page two" }), ["SetValue cmi.location"]);
  assert.deepEqual(names({ text: " 401 " }), ["GetValue cmi.nothing", "GetLastError"], "the code is text too, and so is an answer");
  assert.deepEqual(names({ errorsOnly: true }), ["GetValue cmi.nothing"]);
  assert.deepEqual(names({ withoutReads: true }), ["Initialize", "GetValue cmi.nothing", "SetValue cmi.location"]);
});

test("the newest calls are kept, and how many were let go is known", () => {
  const { log, api } = watched("scorm12");
  api.LMSInitialize("");
  for (let index = 0; index < 2 * MOST_CALLS + 10; index += 1) api.LMSGetLastError();
  assert.equal(log.calls().length, MOST_CALLS);
  assert.equal(log.calls()[0].number, MOST_CALLS + 12);
  assert.equal(log.dropped(), MOST_CALLS + 11);
  log.clear();
  assert.deepEqual([log.calls().length, log.dropped()], [0, 0]);
});

test("exports: all of it as JSON, a table that no spreadsheet takes for formulas", () => {
  const { log, api } = watched("scorm12");
  api.LMSInitialize("");
  api.LMSSetValue("cmi.comments", '=1+1, "so"');
  const read = JSON.parse(asJson({ course: "Tea" }, log));
  assert.deepEqual([read.course, read.dropped, read.calls.length, read.calls[1].value], ["Tea", 0, 2, '=1+1, "so"']);
  const [head, , second] = asCsv(log).split("\r\n");
  assert.equal(head, "number,at_ms,time,name,element,value,answer,error,meaning,diagnostic");
  assert.equal(second, `2,0,2026-11-18T11:06:41.000Z,LMSSetValue,cmi.comments,"'=1+1, ""so""",true,0,,`);
});

test("who listens hears of every call", () => {
  const { log, api } = watched("scorm12");
  let heard = 0;
  log.onChange(() => (heard += 1));
  api.LMSInitialize("");
  api.LMSGetValue("cmi.core.lesson_mode");
  log.clear();
  assert.equal(heard, 3);
});
