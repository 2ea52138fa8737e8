/** A session in one page, seen from outside: what is in the journal, what is on the wire, what the server has. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createDevice, entries, fakeStorage, lengths, only, settle } from "./support.js";

const status = (page) => {
  let now = null;
  page.keeper.onStatus((said) => (now = said));
  return () => now;
};

test("the server knows of a session soon after Initialize", async () => {
  const device = createDevice();
  device.page().open();
  await settle();
  assert.equal(device.wire[0].via, "fetch");
  assert.equal(device.wire[0].message.records[0].time.measured, 0);
  assert.equal(only(device.server).timeSeq > 0, true);
});

test("a heartbeat every 15 s, hidden tabs included", async () => {
  const device = createDevice();
  const page = device.page();
  page.open();
  await device.pass(2000);
  device.visible = false;
  page.keeper.visibility(false);
  await device.pass(58_000);
  assert.equal(device.wire.length, 5); // at 0, 15, 30, 45 and 60 s
  const session = only(device.server);
  assert.equal(session.measured, 60_000);
  assert.deepEqual(session.spans.map(([, length, visible]) => [length, visible]), [[2000, 1], [58_000, 0]]);
});

test("Commit answers true once the record is in the journal, and sends", async () => {
  const device = createDevice();
  device.network = device.offline;
  const recorder = device.page().open();
  recorder.changed("cmi.core.lesson_status", "incomplete");
  assert.equal(entries(device.storage, "s").length, 0);
  assert.equal(recorder.commit(), true);
  assert.deepEqual(entries(device.storage, "s")[0].state.set, { "cmi.core.lesson_status": "incomplete" });
  assert.equal(entries(device.storage, "t")[0].time.status.completion, "incomplete");
});

test("the journal is written before anything is sent", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  await settle();
  device.network = async (request) => {
    const journaled = entries(device.storage, "t")[0].time.seq;
    assert.ok(journaled >= request.message.records[0].time.seq);
    return device.online(request);
  };
  recorder.changed("cmi.core.lesson_status", "passed");
  recorder.commit();
  await settle();
  assert.equal(only(device.server).elements["cmi.core.lesson_status"], "passed");
});

test("outside dismissal a SetValue is in the journal at the next tick, and at the server at the next heartbeat", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  await settle();
  recorder.changed("cmi.core.lesson_location", "3");
  assert.equal(entries(device.storage, "s").length, 0);
  await device.pass(1000);
  assert.equal(entries(device.storage, "s")[0].state.set["cmi.core.lesson_location"], "3");
  await device.pass(15_000);
  assert.equal(only(device.server).elements["cmi.core.lesson_location"], "3");
});

test("in dismissal every SetValue, Commit and Terminate is in the journal before it returns", () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  page.keeper.dismissalBegan();
  device.network = device.offline;
  device.perf += 300;
  recorder.changed("cmi.suspend_data", "last words");
  assert.equal(entries(device.storage, "s")[0].state.set["cmi.suspend_data"], "last words");
  recorder.sessionTime("0000:00:00.30", 300, false);
  assert.deepEqual(entries(device.storage, "t")[0].time.words, [[300, 300, "0000:00:00.30", 0]]);
  assert.equal(recorder.terminate(), true);
  const { terminated, ended, measured } = entries(device.storage, "t")[0].time;
  assert.deepEqual([terminated, ended, measured], [true, "terminated", 300]);
});

test("in dismissal Commit and Terminate also send, by beacon, after the player's own pagehide", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await settle();
  page.keeper.dismissalBegan();
  recorder.changed("cmi.suspend_data", "last words");
  recorder.terminate();
  device.kill(page);
  await settle();
  const session = only(device.server);
  assert.equal(session.elements["cmi.suspend_data"], "last words");
  assert.equal(session.terminated, true);
  assert.ok(device.wire.slice(1).every(({ via }) => via === "beacon"));
});

test("a page that closes without a word from the content is recorded to that moment, as left", async () => {
  const device = createDevice();
  const page = device.page();
  page.open();
  await device.pass(8000);
  device.perf += 400;
  page.keeper.dismissalBegan();
  device.kill(page);
  await settle();
  const session = only(device.server);
  assert.deepEqual([session.measured, session.ended, session.terminated], [8400, "left", false]);
});

test("a page that was only hidden is not left for long", async () => {
  const device = createDevice();
  const page = device.page();
  page.open();
  await device.pass(1000);
  page.keeper.dismissalBegan();
  await settle();
  assert.equal(only(device.server).ended, "left");
  await device.pass(30_000);
  assert.equal(only(device.server).ended, null);
  assert.ok(only(device.server).measured >= 31_000 - 16_000);
});

test("a refused beacon falls back to fetch with keepalive", async () => {
  const device = createDevice();
  device.blockBeacons = true;
  const page = device.page();
  page.open();
  await settle();
  device.perf += 500;
  page.keeper.dismissalBegan();
  await settle();
  assert.equal(device.wire.at(-1).via, "keepalive");
  assert.equal(only(device.server).measured, 500);
});

test("time goes first and alone when the beacon budget is short", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await settle();
  device.network = device.offline;
  recorder.changed("cmi.suspend_data", "x".repeat(30_000));
  device.wire.length = 0;
  device.network = device.online;
  device.perf += 700;
  page.keeper.dismissalBegan();
  await settle();
  const [first, second] = device.wire;
  assert.equal(first.message.records[0].state, undefined);
  assert.ok(first.body.length < 2500);
  assert.equal(second.message.records[0].time, undefined);
  assert.equal(only(device.server).elements["cmi.suspend_data"].length, 30_000);
  assert.equal(only(device.server).measured, 700);
});

test("bulk is sent once in a dismissal, so that Commit after Commit leaves room for time", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await settle();
  recorder.changed("cmi.suspend_data", "x".repeat(5000));
  device.wire.length = 0;
  page.keeper.dismissalBegan();
  for (let call = 0; call < 5; call += 1) {
    device.perf += 10;
    recorder.commit();
  }
  recorder.terminate();
  await settle();
  assert.equal(device.wire.filter(({ message }) => message.records[0].state).length, 1);
  assert.equal(device.wire.filter(({ message }) => message.records[0].time).length, 7);
  assert.equal(only(device.server).terminated, true);
});

test("64 000 Chinese characters wait in the journal in dismissal, and go in pieces at the next visit", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await settle();
  const suspendData = "\u6f22".repeat(64_000);
  page.keeper.dismissalBegan();
  recorder.changed("cmi.suspend_data", suspendData);
  recorder.terminate();
  await settle();
  assert.equal(only(device.server).terminated, true);
  assert.equal(only(device.server).elements["cmi.suspend_data"], undefined);
  device.kill(page);

  const next = device.page();
  const { delivered, left } = await next.keeper.deliverPending(5000);
  assert.deepEqual([delivered, left], [1, 0]);
  assert.equal(only(device.server).elements["cmi.suspend_data"], suspendData);
  assert.equal(device.wire.filter(({ message }) => message.records[0].state?.piece).length, 4);
});

test("at most one request in flight, and the newest follows it", async () => {
  const device = createDevice();
  let release = () => {};
  let inFlight = 0;
  device.network = async (request) => {
    inFlight += 1;
    assert.equal(inFlight, 1);
    await new Promise((resolve) => (release = resolve));
    inFlight -= 1;
    return device.online(request);
  };
  const recorder = device.page().open();
  for (const place of ["1", "2", "3", "4"]) {
    recorder.changed("cmi.core.lesson_location", place);
    recorder.commit();
  }
  await settle();
  release();
  await settle();
  assert.equal(device.wire.length, 2);
  release();
  await settle();
  assert.equal(device.wire.length, 2);
  assert.equal(only(device.server).elements["cmi.core.lesson_location"], "4");
});

for (const [name, answer] of [
  ["401", { status: 401, body: {} }],
  ["403", { status: 403, body: {} }],
  ["404", { status: 404, body: {} }],
  ["a bare 410", { status: 410, body: { message: "The link was good once." } }],
  ["413", { status: 413, body: {} }],
  ["429", { status: 429, body: {} }],
  ["500", { status: 500, body: {} }],
  ["503", { status: 503, body: {} }],
  ["garbage", { status: 200, body: "<html>Sign in to the hotel's network</html>" }],
  ["another JSON", { status: 200, body: { ok: true } }],
  ["400", { status: 400, body: { field: "records" } }],
  ["silence", null],
]) {
  test(`${name} keeps the record`, async () => {
    const device = createDevice();
    const page = device.page();
    device.network = answer === null ? () => new Promise(() => {}) : async () => answer;
    const recorder = page.open();
    await device.pass(3000);
    recorder.terminate();
    await device.pass(130_000);
    device.kill(page);
    assert.equal(entries(device.storage, "t")[0].stored_at, null);
    assert.equal(device.server.sessions.size, 0);

    device.network = device.online;
    const { delivered, left } = await device.page().keeper.deliverPending(5000);
    assert.deepEqual([delivered, left], [1, 0]);
    assert.equal(only(device.server).measured, 3000);
  });
}

test("spooled keeps the record and sends it again", async () => {
  const device = createDevice();
  let spooling = true;
  device.network = async (request) => {
    const { body } = await device.online(request);
    if (spooling) for (const result of body.results) for (const register of ["time", "state"]) if (result[register]) result[register].status = "spooled";
    return { status: 200, body };
  };
  const page = device.page();
  const said = status(page);
  const recorder = page.open();
  await device.pass(2000);
  recorder.terminate();
  await device.pass(5000);
  assert.equal(said(), "spooled");
  const sent = device.wire.length;
  spooling = false;
  await device.pass(120_000);
  assert.ok(device.wire.length > sent);
  assert.equal(said(), "saved");
});

test("gone ends the record and the player hears of it", async () => {
  const device = createDevice();
  device.network = async ({ message }) => ({
    status: 410,
    body: { v: 1, ledger: "l", now: 1, results: message.records.map(({ session, time }) => ({ session, time: { seq: time.seq, status: "gone" } })) },
  });
  const page = device.page();
  const refusals = [];
  page.keeper.onRefused((reason) => refusals.push(reason));
  page.open();
  await device.pass(20_000);
  assert.deepEqual(refusals, ["gone"]);
  assert.equal(device.storage.entries.size, 0);
  assert.equal(device.wire.length, 1);
});

test("a refused token is told to the player", async () => {
  const device = createDevice();
  device.network = async () => ({ status: 403, body: {} });
  const page = device.page();
  const refusals = [];
  page.keeper.onRefused((reason) => refusals.push(reason));
  page.open();
  await settle();
  assert.deepEqual(refusals, ["forbidden"]);
});

test("after failures it waits longer each time, with jitter", async () => {
  const device = createDevice();
  device.network = device.offline;
  device.page().open();
  await device.pass(300_000);
  // whole waits: 1, 2, 4, 8, 16, 30, 30 ... s; with jitter at least half of each
  assert.ok(device.wire.length >= 13 && device.wire.length <= 26, String(device.wire.length));
});

test("offline for a whole session: all of it arrives when the network comes back", async () => {
  const device = createDevice();
  device.network = device.offline;
  const page = device.page();
  const said = status(page);
  const recorder = page.open();
  await device.pass(600_000);
  assert.equal(said(), "kept");
  recorder.changed("cmi.core.lesson_status", "completed");
  recorder.terminate();
  device.network = device.online;
  await device.pass(61_000);
  assert.equal(only(device.server).measured, 600_000);
  assert.equal(only(device.server).status.completion, "completed");
  assert.equal(said(), "saved");
});

test("a session restored twice has two UUIDs", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  const first = recorder.session();
  recorder.terminate();
  recorder.initialized();
  const second = recorder.session();
  const other = device.page().open().session();
  assert.equal(new Set([first, second, other]).size, 3);
  for (const id of [first, second, other]) assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test("content that speaks late goes on with the session that the player began for it", async () => {
  const device = createDevice();
  const page = device.page();
  const { recorder } = page.launch();
  recorder.begin();
  const begun = recorder.session();
  await device.pass(4000);
  recorder.initialized();
  assert.equal(recorder.session(), begun);
  recorder.initialized();
  assert.notEqual(recorder.session(), begun);
});

test("blocked storage: memory journal, sends at every commit, and the indicator says so", async () => {
  const storage = fakeStorage();
  storage.blocked = true;
  const device = createDevice({ storage });
  const page = device.page();
  const said = status(page);
  const recorder = page.open();
  await settle();
  recorder.changed("cmi.core.lesson_status", "passed");
  assert.equal(recorder.commit(), true);
  await settle();
  assert.equal(said(), "sent");
  assert.equal(only(device.server).elements["cmi.core.lesson_status"], "passed");

  device.network = device.offline;
  await device.pass(16_000);
  assert.equal(said(), "unsafe", "it is nowhere but in this page's memory");
  recorder.terminate();
  device.network = device.online;
  await device.pass(30_000);
  assert.equal(said(), "saved", "all of it is at the server: the page may be closed");
});

test("content that clears localStorage loses nothing", async () => {
  const device = createDevice();
  device.network = device.offline;
  const page = device.page({ frozenMirror: true });
  const recorder = page.open();
  recorder.changed("cmi.suspend_data", "kept");
  await device.pass(5000);
  device.storage.clear();
  await device.pass(1000);
  device.kill(page);
  device.network = device.online;
  await device.page({ frozenMirror: true }).keeper.deliverPending(5000);
  assert.equal(only(device.server).measured, 6000);
  assert.equal(only(device.server).elements["cmi.suspend_data"], "kept");
});

test("what shows activity: status, score, location and interactions that changed, never an API call alone", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  const acts = () => entries(device.storage, "t")[0].time.acts;
  await device.pass(60_000);
  for (const call of [
    () => recorder.commit(),
    () => recorder.sessionTime("0000:01:00.00", 60_000, false),
    () => recorder.changed("cmi.suspend_data", "idle"),
    () => recorder.changed("cmi.core.lesson_status", "passed", true),
  ]) {
    call();
    await device.pass(1000);
  }
  assert.deepEqual(acts(), [[0, 0]]);
  for (const [element, value] of [
    ["cmi.core.lesson_status", "incomplete"], ["cmi.core.score.raw", "80"], ["cmi.core.lesson_location", "4"], ["cmi.interactions.0.id", "q1"],
  ]) {
    await device.pass(60_000);
    recorder.changed(element, value);
    recorder.changed(element, value);
    await device.pass(1000);
  }
  assert.deepEqual(acts(), [[0, 0], [124_000, 0], [185_000, 0], [246_000, 0], [307_000, 0]]);
});

test("a value that is set again unchanged is no activity", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  recorder.changed("cmi.core.lesson_status", "incomplete");
  for (let save = 0; save < 10; save += 1) {
    await device.pass(60_000);
    recorder.changed("cmi.core.lesson_status", "incomplete");
    recorder.commit();
  }
  assert.deepEqual(entries(device.storage, "t")[0].time.acts, [[0, 0]]);
});

test("each message of time carries the measured time at which the content said its word", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  await device.pass(3000);
  recorder.sessionTime("0000:00:03.00", 3000, false);
  await device.pass(6000);
  recorder.terminate();
  await settle();
  const session = only(device.server);
  assert.deepEqual(session.words, [[3000, 3000, "0000:00:03.00", 0]]);
  assert.equal(session.measured, 9000);
});

test("status, score and exit travel in the time register too", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  recorder.changed("cmi.core.lesson_status", "failed");
  recorder.changed("cmi.core.score.raw", "40");
  recorder.changed("cmi.core.exit", "suspend");
  recorder.terminate();
  await settle();
  const session = only(device.server);
  assert.deepEqual([session.status, session.exit], [{ completion: "completed", success: "failed", raw: "40" }, "suspend"]);
  assert.equal(session.elements["cmi.core.exit"], "suspend");
});

test("SCORM 2004 status and score keep the words of the content", async () => {
  const device = createDevice();
  const recorder = device.page().open({ start: { standard: "scorm2004" } });
  for (const [element, value] of [
    ["cmi.completion_status", "completed"], ["cmi.success_status", "passed"], ["cmi.score.scaled", "0.8"], ["cmi.progress_measure", "1"], ["cmi.exit", "normal"],
  ]) recorder.changed(element, value);
  recorder.terminate();
  await settle();
  const session = only(device.server);
  assert.deepEqual(session.status, { completion: "completed", success: "passed", scaled: "0.8", progress: "1" });
  assert.equal(session.exit, "normal");
});

test("suspend_data, location and exit move as a group", async () => {
  const device = createDevice();
  const elements = { "cmi.suspend_data": "old", "cmi.core.lesson_location": "1", "cmi.core.lesson_status": "passed", "cmi.core.exit": "suspend" };
  const base = { elements, totalTimeMs: 0, entry: "resume", mode: "normal", credit: "credit", learnerId: "a", learnerName: "A" };
  const recorder = device.page().open({ start: { data: base } });
  recorder.changed("cmi.core.lesson_location", "2");
  recorder.commit();
  await settle();
  assert.deepEqual(only(device.server).elements, { "cmi.suspend_data": "old", "cmi.core.lesson_location": "2" });
});

test("sleep is a gap in what the server gets, and the time after it is placed where it was", async () => {
  const device = createDevice();
  const page = device.page();
  page.open();
  await device.pass(5000);
  device.sleep(3_600_000);
  await device.pass(20_000);
  const session = only(device.server);
  assert.equal(session.measured, lengths(session.spans));
  // the tick after waking is the end of the gap: 19 of the 20 s come after it
  assert.ok(session.measured >= 5000 + 14_000 && session.measured <= 25_000, String(session.measured));
  assert.equal(session.spans[1][3], 1);
  assert.ok(Math.abs(session.spans[1][0] - 3_606_000) <= 1000, String(session.spans[1][0]));
});

test("a sleep in which the monotonic clock stood still is placed by the anchor, not lost", async () => {
  const device = createDevice();
  device.page().open();
  await device.pass(5000);
  device.sleep(3_600_000, { clockStops: true });
  await device.pass(20_000);
  const session = only(device.server);
  assert.equal(session.spans.at(-1)[3], 2);
  assert.ok(Math.abs(session.spans.at(-1)[0] - 3_606_000) <= 1000);
});

test("two devices with wrong clocks agree on server time", async () => {
  const ahead = createDevice({ wallSkew: 86_400_000 });
  const behind = createDevice({ wallSkew: -86_400_000 });
  for (const device of [ahead, behind]) {
    device.page().open();
    await device.pass(30_000);
  }
  assert.equal(only(ahead.server).opened, only(behind.server).opened);
  assert.deepEqual(only(ahead.server).spans, only(behind.server).spans);
});

test("alert() is counted in full once the ticks are heard", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  await device.stall(page, 40_000);
  await device.unstall(page);
  recorder.terminate();
  await settle();
  assert.equal(only(device.server).measured, 42_000);
});

test("alert() is counted in full where the content says its last words in the very task that ends it", async () => {
  const device = createDevice();
  device.network = device.offline;
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  await device.stall(page, 40_000);
  recorder.sessionTime("0000:00:42.00", 42_000, false);
  recorder.terminate();
  await device.unstall(page);
  device.network = device.online;
  await device.pass(10_000);
  const session = only(device.server);
  assert.deepEqual([session.measured, lengths(session.spans), session.ended, session.terminated], [42_000, 42_000, "terminated", true]);
  assert.equal(session.words[0][1], 42_000);
  assert.equal(entries(device.storage, "t")[0].stored_at === null, false);
});

test("a sleep that ends with the content's last words is not counted", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  device.sleep(600_000);
  recorder.terminate();
  await device.pass(10_000);
  assert.equal(only(device.server).measured, 2000);
});

test("a page that is hidden before the ticks of a stall are heard counts the stall once", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  await device.stall(page, 40_000);
  device.visible = false;
  page.keeper.visibility(false);
  await device.unstall(page);
  await device.pass(5000);
  recorder.terminate();
  await settle();
  const { measured, spans } = only(device.server);
  assert.equal(measured, 47_000);
  assert.equal(lengths(spans), 47_000);
  assert.deepEqual(spans.map(([, , visible]) => visible), [1, 0]);
});

test("while the main thread is stalled the worker's heartbeat goes on", async () => {
  const device = createDevice();
  const page = device.page();
  page.open();
  await device.pass(2000);
  await device.stall(page, 40_000);
  const sent = device.wire.filter(({ via }) => via === "worker");
  assert.equal(sent.length, 2);
  assert.ok(only(device.server).measured >= 25_000);
  await device.unstall(page);
  await device.pass(15_000);
  assert.equal(only(device.server).measured, 57_000);
});

test("a renderer that dies while it is stalled loses nothing of the stall at the next visit", async () => {
  const device = createDevice();
  const page = device.page();
  page.open();
  await device.pass(2000);
  await device.stall(page, 20_000);
  device.kill(page);
  await device.page().keeper.deliverPending(5000);
  assert.ok(only(device.server).measured >= 21_000);
});

test("the page's sequences after a stall are above those that the worker used", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  await device.stall(page, 40_000);
  const used = only(device.server).timeSeq;
  recorder.changed("cmi.core.lesson_status", "passed");
  page.keeper.dismissalBegan();
  await settle();
  assert.ok(device.times().at(-1).seq > used);
  assert.equal(only(device.server).status.success, "passed");
});

test("a renderer crash costs at most a second at the next visit", async () => {
  const device = createDevice();
  device.network = device.offline;
  const page = device.page();
  page.open();
  await device.pass(7000);
  device.perf += 990;
  device.kill(page);
  device.network = device.online;
  await device.page().keeper.deliverPending(5000);
  assert.ok(only(device.server).measured >= 7000);
});

test("a SIGKILL of the browser costs at most two seconds, by the mirror", async () => {
  const device = createDevice();
  device.network = device.offline;
  const page = device.page();
  page.open();
  await device.pass(2000);
  const onDisk = [...device.storage.entries];
  await device.pass(4000);
  device.kill(page);
  device.forgetStorage(onDisk);
  device.network = device.online;
  await device.page().keeper.deliverPending(5000);
  assert.equal(only(device.server).measured, 6000);
});

test("what is set while an answer is under way is in the journal before it is sent", async () => {
  const device = createDevice();
  device.network = async (request) => {
    const { state } = request.message.records[0];
    if (state) assert.deepEqual(entries(device.storage, "s")[0].state.set, state.set);
    return device.online(request);
  };
  const recorder = device.page().open();
  recorder.changed("cmi.suspend_data", "set while the first request is under way");
  await settle();
  assert.equal(device.wire.length, 2);
  assert.equal(only(device.server).elements["cmi.suspend_data"], "set while the first request is under way");
});

test("a tab that was hidden for long and is then closed sends its last words as one that is left", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  device.visible = false;
  page.keeper.visibility(false);
  page.keeper.dismissalBegan();
  await device.pass(60_000);
  recorder.changed("cmi.suspend_data", "x");
  recorder.commit();
  await settle();
  assert.equal(device.wire.at(-1).via, "fetch"); // the page lives: its answers are heard
  device.perf += 300;
  page.keeper.dismissalBegan();
  device.kill(page);
  await settle();
  assert.deepEqual([only(device.server).measured, only(device.server).ended], [62_300, "left"]);
});
