import assert from "node:assert/strict";
import { test } from "node:test";

import { overlay } from "../../../static/scorm_api/delivery/overlay.js";
import { newState, setElement } from "../../../static/scorm_api/delivery/state-register.js";
import { newTime } from "../../../static/scorm_api/delivery/time-register.js";
import { activity, createDevice, settle } from "./support.js";

/** An earlier session of the journal. */
function session({ order = 1, opened = order, set = {}, words = [], exit = null, terminated = true, head = {}, includedMs = 0 } = {}) {
  const state = newState(order);
  for (const [element, value] of Object.entries(set)) setElement(state, element, value, order);
  const time = { ...newTime(opened, order), words: words.map((ms) => [ms, ms, "", 0]), exit, terminated };
  return {
    head: {
      registration: "reg", session: String(order), launch: 1, token: "t", activity: "item_1", attempt: "attempt-1", new_attempt: false,
      standard: "scorm12", mode: "normal", made: null, ledger: null, stored_at: null, held: null, ...head,
    },
    time, state, includedMs,
  };
}

const laid = (sessions, start = {}) => overlay("reg", { ...activity(), ...start }, sessions);
const in2004 = { standard: "scorm2004" };

test("with nothing in the journal a session starts from what the server said", () => {
  const { data, attempt, newAttempt } = laid([]);
  assert.deepEqual([data.entry, data.totalTimeMs, attempt, newAttempt], ["ab-initio", 0, "attempt-1", false]);
});

test("sessions are laid over in the order of their order numbers, not as they lie in the journal", () => {
  const { data } = laid([session({ order: 9, set: { "cmi.suspend_data": "new" } }), session({ order: 3, set: { "cmi.suspend_data": "old" } })]);
  assert.equal(data.elements["cmi.suspend_data"], "new");
});

test("total_time is the sum of the reported session times", () => {
  const { data } = laid([session({ order: 1, words: [60_000, 7000] }), session({ order: 2, words: [5000] })], {
    data: { ...activity().data, totalTimeMs: 100_000 },
  });
  assert.equal(data.totalTimeMs, 172_000);
});

test("what the server's sum holds already is not added again", () => {
  assert.equal(laid([session({ words: [60_000], includedMs: 45_000 })]).data.totalTimeMs, 15_000);
});

test("a later session that set only its bookmark does not erase an earlier one's completion", () => {
  const { data } = laid([
    session({ order: 1, set: { "cmi.core.lesson_status": "completed", "cmi.suspend_data": "a", "cmi.core.lesson_location": "1" } }),
    session({ order: 2, set: { "cmi.core.lesson_location": "2" } }),
  ]);
  assert.equal(data.elements["cmi.core.lesson_status"], "completed");
});

test("suspend_data and location come from one and the same session", () => {
  const { data } = laid([
    session({ order: 1, set: { "cmi.suspend_data": "a", "cmi.core.lesson_location": "1" } }),
    session({ order: 2, set: { "cmi.core.lesson_location": "2" } }),
  ]);
  assert.deepEqual(data.elements, { "cmi.core.lesson_location": "2" });
});

for (const [what, head] of [
  ["registration", { registration: "other" }], ["activity", { activity: "item_2" }], ["attempt", { attempt: "attempt-0" }], ["mode", { mode: "review" }],
]) {
  test(`a session of another ${what} is not laid over`, () => {
    assert.deepEqual(laid([session({ set: { "cmi.suspend_data": "not ours" }, words: [5000], head })]).data.elements, {});
  });
}

for (const exit of ["", "logout", "time-out", "normal"]) {
  test(`SCORM 1.2: exit ${JSON.stringify(exit)} clears nothing`, () => {
    const { data, newAttempt } = laid([session({ set: { "cmi.suspend_data": "a" }, exit, words: [5000] })]);
    assert.deepEqual([data.elements, data.entry, data.totalTimeMs, newAttempt], [{ "cmi.suspend_data": "a" }, "", 5000, false]);
  });

  test(`SCORM 2004: exit ${JSON.stringify(exit)} ends the attempt, and the next session begins a new one`, () => {
    const { data, attempt, newAttempt } = laid([session({ set: { "cmi.suspend_data": "a" }, exit, words: [5000] })], in2004);
    assert.deepEqual([data.elements, data.entry, data.totalTimeMs, attempt, newAttempt], [{}, "ab-initio", 0, "attempt-1", true]);
  });
}

for (const exit of ["suspend", null]) {
  test(`SCORM 2004: exit ${exit ?? "never set"} goes on with the attempt`, () => {
    const { data, newAttempt } = laid([session({ set: { "cmi.suspend_data": "a" }, exit, words: [5000] })], in2004);
    assert.deepEqual([data.elements, data.entry, data.totalTimeMs, newAttempt], [{ "cmi.suspend_data": "a" }, "resume", 5000, false]);
  });
}

test("an exit of a session that was never terminated ends nothing: a closed tab loses nobody's place", () => {
  assert.equal(laid([session({ set: { "cmi.suspend_data": "a" }, exit: "normal", terminated: false })], in2004).data.entry, "resume");
});

test("a session that resumes an attempt begun here names the same attempt before it", () => {
  const { data, attempt, newAttempt } = laid(
    [
      session({ order: 1, set: { "cmi.suspend_data": "a" }, exit: "normal" }),
      session({ order: 2, set: { "cmi.suspend_data": "b" }, exit: "suspend", words: [2000], head: { new_attempt: true } }),
    ],
    in2004,
  );
  assert.deepEqual([data.elements, data.totalTimeMs, attempt, newAttempt], [{ "cmi.suspend_data": "b" }, 2000, "attempt-1", true]);
});

test("once the server has named the new attempt, it is named so", () => {
  const { attempt, newAttempt } = laid([session({ exit: "suspend", head: { new_attempt: true, made: "attempt-2" } })], in2004);
  assert.deepEqual([attempt, newAttempt], ["attempt-2", false]);
});

test("sessions of an attempt that began here are followed through the key that the server gave it", () => {
  const { data, attempt, newAttempt } = laid(
    [
      session({ order: 1, set: { "cmi.suspend_data": "a" }, exit: "normal", head: { made: "attempt-1" } }),
      session({ order: 2, set: { "cmi.suspend_data": "b" }, exit: "suspend", words: [2000], head: { new_attempt: true, made: "attempt-2" } }),
      session({ order: 3, set: { "cmi.location": "3" }, exit: "suspend", words: [3000], head: { attempt: "attempt-2", made: "attempt-2" } }),
    ],
    in2004,
  );
  assert.deepEqual([data.elements, data.totalTimeMs, attempt, newAttempt], [{ "cmi.location": "3" }, 5000, "attempt-2", false]);
});

test("two sessions after the same attempt are of one new attempt, whichever the server has answered", () => {
  for (const [first, second] of [[null, "attempt-2"], ["attempt-2", "attempt-2"], ["attempt-2", null], [null, null]]) {
    const { data } = laid(
      [
        session({ order: 2, set: { "cmi.completion_status": "completed" }, exit: "suspend", head: { new_attempt: true, made: first } }),
        session({ order: 3, set: { "cmi.location": "3" }, exit: "suspend", head: { new_attempt: true, made: second } }),
      ],
      in2004,
    );
    assert.deepEqual(data.elements, { "cmi.completion_status": "completed", "cmi.location": "3" });
  }
});

test("a session of the attempt that has ended is not laid over the next one's", () => {
  const start = { ...in2004, attempt: "attempt-2", new_attempt: true };
  assert.deepEqual(laid([session({ set: { "cmi.location": "3" }, head: { new_attempt: true, made: "attempt-2" } })], start).data.elements, {});
});

test("a first session learns the key of its attempt, and the next one names it", () => {
  const { attempt, newAttempt } = laid([session({ head: { attempt: "", made: "attempt-1" } })], { attempt: "" });
  assert.deepEqual([attempt, newAttempt], ["attempt-1", false]);
});

test("where the server says that the attempt has ended, only sessions of the next one are laid over", () => {
  const start = { ...in2004, new_attempt: true };
  const old = session({ order: 1, set: { "cmi.suspend_data": "old" } });
  assert.deepEqual(laid([old], start).data.elements, {});
  assert.equal(laid([old], start).newAttempt, true);
  const next = session({ order: 2, set: { "cmi.suspend_data": "next" }, exit: "suspend", head: { new_attempt: true } });
  assert.deepEqual(laid([old, next], start).data.elements, { "cmi.suspend_data": "next" });
});

test("how a session ended is not handed to the next", () => {
  assert.equal("cmi.core.exit" in laid([session({ set: { "cmi.core.exit": "suspend" } })]).data.elements, false);
});

test("2004: a wish to suspend the course keeps the attempt whatever the exit", () => {
  const suspended = session({ set: { "cmi.location": "5", "adl.nav.request": "suspendAll" }, exit: "normal" });
  assert.deepEqual([laid([suspended], in2004).newAttempt, laid([suspended], in2004).data.entry], [false, "resume"]);
});

test("2004: an exit that was never set keeps the attempt, by the letter it ends it", () => {
  const unset = session({ set: { "cmi.location": "5" } });
  const letter = { ...in2004, data: { ...activity().data, unsetExitEnds: true } };
  assert.equal(laid([unset], in2004).newAttempt, false);
  assert.equal(laid([unset], letter).newAttempt, true);
  assert.equal(laid([session({ set: { "cmi.location": "5" }, terminated: false })], letter).newAttempt, false);
});

test("2004: what another activity wrote into a shared store is there, by the store's name, and not the other activity's number", () => {
  const stores = [{ id: "mine", value: "old", readable: true, writable: true }, { id: "ours", value: null, readable: true, writable: false }];
  const start = { ...in2004, data: { ...activity().data, sharedData: stores } };
  const other = session({ order: 2, set: { "adl.data.0.id": "ours", "adl.data.0.store": "new", "cmi.location": "5" }, head: { activity: "item_2", attempt: "attempt-2" } });
  const stranger = session({ order: 3, set: { "adl.data.0.id": "mine", "adl.data.0.store": "x" }, head: { registration: "another" } });
  const { data } = laid([other, stranger], start);
  assert.deepEqual(data.sharedData, [stores[0], { ...stores[1], value: "new" }]);
  assert.deepEqual(data.elements, {});
  assert.deepEqual(laid([], start).data.sharedData, stores);
  assert.equal("sharedData" in laid([other], in2004).data, false);
});

test("2004: a session that writes a shared store says the store's name, too", async () => {
  const device = createDevice();
  const start = { ...in2004, data: { ...activity().data, sharedData: [{ id: "a", value: null, readable: true, writable: true }, { id: "b", value: null, readable: true, writable: true }] } };
  const recorder = device.page().open({ start });
  recorder.changed("adl.data.1.store", "x");
  recorder.changed("adl.data.7.store", "not in the manifest");
  recorder.terminate();
  assert.deepEqual(recorder.restart().sharedData.map(({ value }) => value), [null, "x"]);
});

test("a restart in an offline player starts from the journal", async () => {
  const device = createDevice();
  device.network = device.offline;
  const recorder = device.page().open({ start: in2004 });
  recorder.changed("cmi.location", "5");
  recorder.changed("cmi.exit", "suspend");
  recorder.sessionTime("PT4S", 4000, false);
  recorder.terminate();
  const data = recorder.restart();
  assert.deepEqual([data.elements, data.entry, data.totalTimeMs], [{ "cmi.location": "5" }, "resume", 4000]);
});

test("a page that could not deliver starts from its journal, laid over the newest state", async () => {
  const device = createDevice();
  device.network = device.offline;
  const first = device.page();
  const recorder = first.open();
  recorder.changed("cmi.core.lesson_location", "7");
  recorder.sessionTime("0000:00:09.00", 9000, false);
  recorder.terminate();
  device.kill(first);
  const second = device.page();
  await second.keeper.deliverPending(5000);
  const { data } = second.launch();
  assert.deepEqual([data.elements["cmi.core.lesson_location"], data.totalTimeMs, data.entry], ["7", 9000, "resume"]);
});

test("what was delivered before the launch is not added to the launch's total again", async () => {
  const device = createDevice();
  const first = device.page();
  const recorder = first.open();
  recorder.sessionTime("0000:00:09.00", 9000, false);
  recorder.terminate();
  await settle();
  device.kill(first);
  const second = device.page();
  await second.keeper.deliverPending(5000);
  const { data } = second.launch({ start: { data: { ...activity().data, totalTimeMs: 9000, entry: "resume" } } });
  assert.equal(data.totalTimeMs, 9000);
});

test("in one page a session that the server stored after the launch is added to the launch's total", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  recorder.sessionTime("0000:00:09.00", 9000, false);
  recorder.terminate();
  await settle();
  assert.equal(recorder.restart().totalTimeMs, 9000);
});

test("data fetched after that holds it already", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  recorder.sessionTime("0000:00:09.00", 9000, false);
  recorder.terminate();
  await settle();
  const fresh = { ...activity(), data: { ...activity().data, totalTimeMs: 9000 } };
  assert.equal(page.keeper.record(fresh).data.totalTimeMs, 9000);
});

test("a new attempt is sent as one, with the attempt before it", async () => {
  const device = createDevice();
  const recorder = device.page().open({ start: in2004 });
  recorder.changed("cmi.exit", "normal");
  recorder.terminate();
  await settle();
  recorder.initialized();
  await settle();
  const { attempt, new_attempt } = device.wire.at(-1).message.records[0];
  assert.deepEqual([attempt, new_attempt], ["attempt-1", true]);
});

test("a session waits until the server has it to the end", async () => {
  const device = createDevice();
  const page = device.page();
  assert.deepEqual(page.keeper.waiting(), []);
  device.network = device.offline;
  const recorder = page.open();
  recorder.changed("cmi.core.lesson_location", "7");
  const session = recorder.session();
  recorder.terminate();
  assert.deepEqual(page.keeper.waiting(), [session]);
  await settle();
  device.network = device.online;
  page.keeper.online();
  await settle();
  assert.deepEqual(page.keeper.waiting(), []);
});
