/** Calls of content to somebody else's LMS, and the record and the account that come of them. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createObserver } from "../../../static/scorm_api/host/observer.js";
import { createPassThrough } from "../../../static/scorm_api/host/pass-through.js";

/** An LMS with answers of its own, content that calls it, and a recorder that writes down. */
function world({ answers = {}, name = "API", waits = false, leaving = false } = {}) {
  const now = { perf: 1000, leaving };
  const done = [];
  const timers = new Map();
  let account = null;
  const write = (what) => (...args) => void done.push([what, ...args]); // prettier-ignore
  const recorder = {
    initialized: write("initialized"), sessionTime: write("time"), activity: write("activity"), commit: write("commit"), terminate: write("terminate"), end: write("end"),
    changed(element, value) {
      if (element === "seattime.host") account = JSON.parse(value);
      else done.push(["changed", element, value]);
    },
  };
  let there = waits ? null : recorder;
  const observer = createObserver({
    name, recorder: () => there, began: () => {}, leaving: () => now.leaving, perf: () => now.perf,
    setTimeout: (work, ms) => (timers.set(timers.size + 1, { work, ms }), timers.size),
    clearTimeout: (id) => timers.delete(id),
  });
  const passThrough = createPassThrough(observer.listener);
  const api = {};
  for (const method of ["LMSInitialize", "LMSFinish", "LMSGetValue", "LMSSetValue", "LMSCommit", "LMSGetLastError", "Initialize", "Terminate", "SetValue", "Commit"]) {
    api[method] = (...args) => {
      const answer = method in answers ? answers[method] : method === "LMSGetLastError" ? "0" : "true";
      return typeof answer === "function" ? answer(now, ...args) : answer;
    };
  }
  passThrough.inPlace(api);
  return {
    api, answers, done, now, observer, timers,
    account: () => account,
    arrive() {
      there = recorder;
      observer.ready();
    },
    fire() {
      for (const [id, { work }] of [...timers]) {
        timers.delete(id);
        work();
      }
    },
    what: () => done.map(([what]) => what),
  };
}

test("a session from Initialize to Terminate", () => {
  const { api, done, account } = world();
  api.LMSInitialize("");
  api.LMSSetValue("cmi.core.lesson_status", "completed");
  api.LMSSetValue("cmi.core.score.raw", 80);
  api.LMSSetValue("cmi.core.session_time", "0000:00:05.00");
  api.LMSSetValue("cmi.core.exit", "suspend");
  api.LMSCommit("");
  api.LMSFinish("");
  assert.deepEqual(done, [
    ["initialized"], ["changed", "cmi.core.lesson_status", "completed"], ["changed", "cmi.core.score.raw", "80"], ["time", "0000:00:05.00", 5000, false],
    ["changed", "cmi.core.exit", "suspend"], ["commit"], ["terminate"],
  ]);
  assert.deepEqual(account(), {
    v: 1, api: "API", initialize: { answer: "true" }, told: { raw: "0000:00:05.00", ms: 5000, times: 1, answer: "true" }, kept: { raw: "0000:00:05.00", ms: 5000 },
    commits: { asked: 1, yes: 1, answer: "none" }, finish: { answer: "true" }, total: null, slowest: null,
  });
});

test("suspend data, interactions and locations stay between the content and its LMS", () => {
  const { api, done } = world();
  api.LMSInitialize("");
  api.LMSSetValue("cmi.suspend_data", "secret");
  api.LMSSetValue("cmi.comments", "secret");
  api.LMSSetValue("cmi.core.lesson_location", "7");
  api.LMSSetValue("cmi.core.lesson_location", "7");
  api.LMSSetValue("cmi.interactions.0.student_response", "a");
  // that somebody did something is all that is noted, and once for each new value
  assert.deepEqual(done, [["initialized"], ["activity"], ["activity"]]);
});

test("2004 in its own words", () => {
  const { api, done, account } = world({ name: "API_1484_11" });
  api.Initialize("");
  api.SetValue("cmi.session_time", "PT5S");
  api.SetValue("cmi.completion_status", "completed");
  api.Terminate("");
  assert.deepEqual(done, [["initialized"], ["time", "PT5S", 5000, false], ["changed", "cmi.completion_status", "completed"], ["terminate"]]);
  assert.equal(account().api, "API_1484_11");
});

test("what the LMS refused is what the content said all the same", () => {
  const { api, done, account } = world({ answers: { LMSSetValue: "false", LMSGetLastError: "405" } });
  api.LMSInitialize("");
  api.LMSSetValue("cmi.core.session_time", "0000:00:05.00");
  api.LMSGetLastError();
  api.LMSCommit("");
  assert.ok(done.some(([what, , ms]) => what === "time" && ms === 5000));
  assert.deepEqual(account().told, { raw: "0000:00:05.00", ms: 5000, times: 1, answer: "false", error: "405" });
  assert.equal(account().kept, null);
});

test("the LMS has only what it was told before it said yes to Commit or Finish", () => {
  const { api, answers, account } = world();
  api.LMSInitialize("");
  api.LMSSetValue("cmi.core.session_time", "0000:00:05.00");
  assert.equal(account().kept, null);
  api.LMSCommit("");
  api.LMSSetValue("cmi.core.session_time", "0000:00:09.00");
  assert.equal(account().kept.ms, 5000);
  answers.LMSCommit = "false";
  api.LMSCommit("");
  assert.equal(account().kept.ms, 5000);
  assert.deepEqual(account().commits, { asked: 2, yes: 1, answer: "false" });
  api.LMSFinish("");
  assert.equal(account().kept.ms, 9000);
});

test("an error is noted with the call that it is about, when the content asks", () => {
  const { api, account } = world({ answers: { LMSCommit: false, LMSGetLastError: 391 } });
  api.LMSInitialize("");
  api.LMSCommit("");
  api.LMSGetLastError();
  api.LMSGetLastError();
  assert.deepEqual(account().commits, { asked: 1, yes: 0, answer: "false", error: "391" });
  assert.deepEqual(account().initialize, { answer: "true" });
});

test("we ask the LMS nothing", () => {
  const called = [];
  const say = (method) => (_now, ...args) => (called.push([method, ...args]), "false"); // prettier-ignore
  const methods = ["LMSInitialize", "LMSSetValue", "LMSGetValue", "LMSCommit", "LMSFinish", "LMSGetLastError"];
  const { api, fire } = world({ answers: Object.fromEntries(methods.map((method) => [method, say(method)])) });
  api.LMSInitialize("");
  api.LMSCommit("");
  api.LMSFinish("");
  fire();
  assert.deepEqual(called, [["LMSInitialize", ""], ["LMSCommit", ""], ["LMSFinish", ""]]);
});

test("a Finish that throws or is refused ends the session a moment later, unless the content goes on", () => {
  for (const answer of ["false", () => { throw new Error("no"); }]) { // prettier-ignore
    const { api, answers, what, timers, fire, account } = world({ answers: { LMSFinish: answer } });
    api.LMSInitialize("");
    assert[typeof answer === "string" ? "doesNotThrow" : "throws"](() => api.LMSFinish(""));
    assert.deepEqual(what(), ["initialized", "commit"]);
    assert.equal(timers.size, 1);
    // it tries again, and the LMS takes it
    answers.LMSFinish = "true";
    api.LMSFinish("");
    assert.deepEqual(what(), ["initialized", "commit", "terminate"]);
    assert.deepEqual(account().finish, { answer: "true" });
    assert.equal(timers.size, 0);
    fire();
    assert.equal(what().filter((each) => each === "terminate").length, 1);
  }
  const { api, what, fire } = world({ answers: { LMSFinish: "false" } });
  api.LMSInitialize("");
  api.LMSFinish("");
  fire();
  assert.deepEqual(what(), ["initialized", "commit", "terminate"]);
});

test("in a page that is being left nothing waits", () => {
  const { api, what, timers } = world({ answers: { LMSFinish: "false" }, leaving: true });
  api.LMSInitialize("");
  api.LMSFinish("");
  assert.deepEqual(what(), ["initialized", "terminate"]);
  assert.equal(timers.size, 0);
});

test("content that goes on after a refused Finish keeps its session", () => {
  const { api, what, timers } = world({ answers: { LMSFinish: "false" } });
  api.LMSInitialize("");
  api.LMSFinish("");
  api.LMSSetValue("cmi.core.session_time", "0000:00:05.00");
  assert.equal(timers.size, 0);
  assert.deepEqual(what(), ["initialized", "commit", "time"]);
});

test("a Finish that never answers is in the account as one", () => {
  const { api, account } = world({
    answers: {
      LMSFinish() {
        throw accountThen();
      },
    },
  });
  let seen = null;
  const accountThen = () => ((seen = account()), new Error("hangs"));
  api.LMSInitialize("");
  assert.throws(() => api.LMSFinish(""));
  assert.deepEqual(seen.finish, { answer: "none" });
});

test("a second Initialize that is refused begins nothing, one that is taken does", () => {
  const { api, answers, what } = world();
  api.LMSInitialize("");
  answers.LMSInitialize = "false";
  api.LMSInitialize("");
  assert.deepEqual(what(), ["initialized"]);
  api.LMSFinish("");
  answers.LMSInitialize = "true";
  api.LMSInitialize("");
  assert.deepEqual(what(), ["initialized", "terminate", "initialized"]);
});

test("an Initialize that the LMS refuses is a session all the same: somebody sits there", () => {
  const { api, what, account } = world({ answers: { LMSInitialize: "false" } });
  api.LMSInitialize("");
  assert.deepEqual(what(), ["initialized"]);
  assert.deepEqual(account().initialize, { answer: "false" });
});

test("a session whose Initialize came before us begins with the first call that is heard", () => {
  for (const first of [["LMSSetValue", "cmi.core.lesson_status", "incomplete"], ["LMSCommit", ""], ["LMSGetValue", "cmi.core.entry"], ["LMSFinish", ""]]) {
    const { api, what, account } = world();
    api[first[0]](...first.slice(1));
    assert.equal(what()[0], "initialized");
    assert.equal(account()?.initialize ?? null, null);
  }
  const { api, what } = world();
  api.LMSGetLastError();
  assert.deepEqual(what(), []);
});

test("what content asks when it is over begins nothing", () => {
  const { api, answers, what } = world();
  api.LMSInitialize("");
  api.LMSFinish("");
  answers.LMSSetValue = "false";
  api.LMSGetValue("cmi.core.lesson_status");
  api.LMSSetValue("cmi.core.exit", "");
  api.LMSCommit("");
  api.LMSFinish("");
  assert.deepEqual(what(), ["initialized", "terminate"]);
});

test("what was said before anybody knew whose session it is, is recorded then", () => {
  const { api, done, arrive, account } = world({ waits: true });
  api.LMSInitialize("");
  api.LMSSetValue("cmi.core.lesson_status", "completed");
  api.LMSSetValue("cmi.core.session_time", "0000:00:05.00");
  assert.deepEqual(done, []);
  arrive();
  assert.deepEqual(done, [["initialized"], ["changed", "cmi.core.lesson_status", "completed"], ["time", "0000:00:05.00", 5000, false]]);
  assert.equal(account().told.ms, 5000);
  api.LMSFinish("");
  assert.deepEqual(done.at(-1), ["terminate"]);
});

test("content that is gone without a word has left", () => {
  const { api, what, observer } = world();
  api.LMSInitialize("");
  observer.left();
  assert.deepEqual(what(), ["initialized", "end"]);
});

test("a slow LMS is in the account with its slowest call", () => {
  const slow = (ms) => (now) => ((now.perf += ms), "true"); // prettier-ignore
  const { api, account } = world({ answers: { LMSSetValue: slow(900), LMSCommit: slow(5200), LMSFinish: slow(1100) } });
  api.LMSInitialize("");
  api.LMSSetValue("cmi.core.session_time", "0000:00:05.00");
  assert.equal(account().slowest, null);
  api.LMSCommit("");
  api.LMSFinish("");
  assert.deepEqual(account().slowest, { call: "Commit", ms: 5200 });
});

test("the LMS's own total, where the content reads it", () => {
  const { api, account } = world({ answers: { LMSGetValue: "0000:07:00.00" } });
  api.LMSInitialize("");
  api.LMSGetValue("cmi.core.student_name");
  assert.equal(account().total, null);
  api.LMSGetValue("cmi.core.total_time");
  assert.equal(account().total, "0000:07:00.00");
});

test("odd arguments and answers are read without being touched", () => {
  const odd = { toString: () => assert.fail("nobody may look into an argument"), valueOf: () => assert.fail("nor so") };
  const { api, account } = world({ answers: { LMSCommit: odd, LMSFinish: null } });
  api.LMSInitialize(odd);
  api.LMSSetValue(odd, odd);
  api.LMSSetValue("cmi.core.session_time", odd);
  api.LMSSetValue("cmi.core.session_time", 5);
  api.LMSSetValue("cmi.core.lesson_status");
  api.LMSCommit("");
  api.LMSFinish();
  assert.equal(account().told.raw, "5");
  assert.equal(account().commits.answer, "object");
  assert.equal(account().finish.answer, "null");
});

test("the account stays small whatever is said", () => {
  const long = "x".repeat(100_000);
  const { api, account } = world({ answers: { LMSCommit: long, LMSFinish: long, LMSGetLastError: long, LMSGetValue: long, LMSSetValue: long, LMSInitialize: long } });
  api.LMSInitialize("");
  api.LMSGetLastError();
  for (let n = 0; n < 300; n += 1) api.LMSSetValue("cmi.core.session_time", long);
  api.LMSGetLastError();
  api.LMSGetValue("cmi.core.total_time");
  api.LMSCommit("");
  api.LMSGetLastError();
  api.LMSFinish("");
  assert.ok(JSON.stringify(account()).length < 2000, String(JSON.stringify(account()).length));
});
