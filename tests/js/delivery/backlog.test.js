/** What earlier pages left: delivered at the next visit, by whoever visits. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { deliverAndSettle } from "../../../static/scorm_api/delivery/deliver-page.js";
import { createDevice, entries, only, settle } from "./support.js";

/** A session of some seconds that nobody heard of. */
async function leftBehind(device, launch = {}, ms = 5000) {
  device.network = device.offline;
  const page = device.page();
  const recorder = page.open(launch);
  recorder.changed("cmi.suspend_data", "bookmark");
  await device.pass(ms);
  recorder.terminate();
  await settle();
  device.kill(page);
  device.wire.length = 0;
  device.network = device.online;
}

test("pending records are delivered before the content starts", async () => {
  const device = createDevice();
  await leftBehind(device);
  const page = device.page();
  assert.deepEqual(await page.keeper.deliverPending(5000), { delivered: 1, left: 0 });
  assert.equal(only(device.server).measured, 5000);
  assert.equal(only(device.server).elements["cmi.suspend_data"], "bookmark");
});

test("the player waits no longer than it says", async () => {
  const device = createDevice();
  await leftBehind(device);
  device.network = () => new Promise(() => {});
  const done = device.page().keeper.deliverPending(5000);
  await device.pass(5000);
  assert.deepEqual(await done, { delivered: 0, left: 1 });
});

test("what could not be delivered is tried again while the page lives", async () => {
  const device = createDevice();
  await leftBehind(device);
  device.network = device.offline;
  const page = device.page();
  assert.deepEqual(await page.keeper.deliverPending(5000), { delivered: 0, left: 1 });
  device.network = device.online;
  await device.pass(3000);
  assert.equal(only(device.server).measured, 5000);
});

test("two registrations in one journal are delivered under their own tokens", async () => {
  const device = createDevice();
  await leftBehind(device, { answer: { registration: "reg-1", token: "token of reg-1" } });
  await leftBehind(device, { answer: { registration: "reg-2", token: "token of reg-2" } });
  await device.page().keeper.deliverPending(5000);
  const registrations = new Map(entries(device.storage, "t").map(({ session, registration }) => [session, registration]));
  assert.equal(device.wire.length, 2);
  for (const { message } of device.wire) assert.equal(message.token, `token of ${registrations.get(message.records[0].session)}`);
});

test("where a launch's own token is refused, the newest of its registration vouches", async () => {
  const device = createDevice();
  await leftBehind(device, { answer: { token: "expired" } });
  device.network = async (request) => (request.message.token === "expired" ? { status: 403, body: {} } : device.online(request));
  const page = device.page();
  assert.deepEqual(await page.keeper.deliverPending(5000), { delivered: 0, left: 1 });
  page.launch({ answer: { token: "newest" } });
  await settle();
  assert.equal(only(device.server).token, "newest");
});

test("another registration's token is never used", async () => {
  const device = createDevice();
  await leftBehind(device, { answer: { registration: "reg-1", token: "refused" } });
  device.network = async (request) => (request.message.token === "refused" ? { status: 403, body: {} } : device.online(request));
  const page = device.page();
  page.launch({ answer: { registration: "reg-2", token: "of another" } });
  await page.keeper.deliverPending(5000);
  await device.pass(10_000);
  assert.equal(device.server.sessions.size, 0);
});

test("a held record is offered again a day later, or at once under another token", async () => {
  const device = createDevice();
  await leftBehind(device, { answer: { token: "unverifiable" } });
  device.network = async (request) => {
    if (request.message.token !== "unverifiable") return device.online(request);
    const results = request.message.records.map(({ session, time, state }) => ({
      session, time: { seq: time.seq, status: "held" }, ...(state ? { state: { seq: state.seq, status: "held" } } : {}),
    }));
    return { status: 200, body: { v: 1, ledger: "ledger-1", now: 1, results } };
  };
  await device.page().keeper.deliverPending(5000);
  assert.equal(device.wire.length, 1);
  await device.page().keeper.deliverPending(5000);
  assert.equal(device.wire.length, 1);
  device.wallOffset += 24 * 3600 * 1000;
  await device.page().keeper.deliverPending(5000);
  assert.equal(device.wire.length, 2);
  const page = device.page();
  page.launch({ answer: { token: "good" } });
  await settle();
  assert.equal(only(device.server).measured, 5000);
});

test("stored records are sent again after a restore, whole", async () => {
  const device = createDevice();
  const backup = structuredClone([...device.server.sessions]);
  await leftBehind(device);
  await device.page().keeper.deliverPending(5000);
  assert.equal(device.server.sessions.size, 1);
  device.server.restore(backup);
  assert.equal(device.server.sessions.size, 0);
  const page = device.page();
  await page.keeper.deliverPending(5000);
  page.launch();
  await settle();
  assert.equal(only(device.server).measured, 5000);
  assert.equal(only(device.server).elements["cmi.suspend_data"], "bookmark");
});

test("a running session whose rows a restore lost is whole again at the next heartbeat", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  recorder.changed("cmi.suspend_data", "early");
  recorder.sessionTime("0000:00:01.00", 1000, false);
  await device.pass(20_000);
  device.visible = false;
  device.pages[0].keeper.visibility(false);
  await device.pass(20_000);
  device.server.restore([]);
  await device.pass(15_000);
  const session = only(device.server);
  assert.equal(session.lost, false);
  assert.equal(session.elements["cmi.suspend_data"], "early");
  assert.equal(session.words.length, 1);
  assert.equal(session.spans.reduce((sum, span) => sum + span[1], 0), session.measured);
});

test("repeating a delivery is harmless: two pages at once", async () => {
  const device = createDevice();
  await leftBehind(device);
  const [one, other] = [device.page(), device.page()];
  await Promise.all([one.keeper.deliverPending(5000), other.keeper.deliverPending(5000)]);
  assert.equal(only(device.server).measured, 5000);
  assert.equal(entries(device.storage, "t")[0].stored_at !== null, true);
});

test("another tab's delivery takes nothing from a session that still runs", async () => {
  const device = createDevice();
  const running = device.page();
  const recorder = running.open();
  await device.pass(3000);
  const visitor = device.page();
  await visitor.keeper.deliverPending(5000);
  recorder.changed("cmi.core.lesson_status", "passed");
  device.perf += 400;
  running.keeper.dismissalBegan();
  recorder.terminate();
  await settle();
  assert.deepEqual([only(device.server).measured, only(device.server).terminated], [3400, true]);
});

test("after a restore another tab sends no sequence of a session that still runs for a content of its own", async () => {
  const device = createDevice();
  const running = device.page();
  const recorder = running.open();
  await device.pass(20_000);
  device.server.restore([]);
  device.perf += 300;
  recorder.changed("cmi.core.lesson_status", "passed");
  const visitor = device.page();
  await visitor.keeper.deliverPending(5000);
  device.perf += 400;
  recorder.terminate();
  await settle();
  const contents = new Map();
  for (const { message } of device.wire) {
    const { session, time } = message.records[0];
    if (!time) continue;
    const name = `${session}:${time.seq}`;
    const said = JSON.stringify([time.measured, time.terminated]);
    assert.equal(contents.get(name) ?? said, said, `two contents under one sequence: ${name}`);
    contents.set(name, said);
  }
  assert.deepEqual([only(device.server).terminated, only(device.server).lost], [true, false]);
});

test("an ack does not lay an older copy over what the running page has written meanwhile", async () => {
  const device = createDevice();
  device.network = device.offline;
  const running = device.page();
  running.open();
  await device.pass(3000);
  device.network = async (request) => {
    if (request.message.records[0].want === null) await Promise.resolve(running.core.tick()); // the running page goes on
    return device.online(request);
  };
  const visitor = device.page();
  running.env.fetch = device.offline;
  device.perf += 900;
  await visitor.keeper.deliverPending(5000);
  assert.equal(entries(device.storage, "t")[0].time.measured, 3900);
  assert.equal(entries(device.storage, "t")[0].time.acked < entries(device.storage, "t")[0].time.seq, true);
});

test("a beacon's ack is never seen: its record stays pending and is confirmed at the next visit", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  page.keeper.dismissalBegan();
  recorder.terminate();
  await settle();
  device.kill(page);
  assert.equal(entries(device.storage, "t")[0].stored_at, null);
  assert.deepEqual(await device.page().keeper.deliverPending(5000), { delivered: 1, left: 0 });
  assert.notEqual(entries(device.storage, "t")[0].stored_at, null);
});

test("one record that the server cannot take holds up no other", async () => {
  const device = createDevice();
  await leftBehind(device, { answer: { token: "bad" } });
  await leftBehind(device, { answer: { token: "good" } });
  device.network = async (request) => (request.message.token === "bad" ? { status: 400, body: {} } : device.online(request));
  assert.deepEqual(await device.page().keeper.deliverPending(5000), { delivered: 1, left: 1 });
});

test("a delivery visit delivers all and settles the launches of which nothing is left", async () => {
  const device = createDevice();
  await leftBehind(device, { answer: { token: "good" } });
  await leftBehind(device, { answer: { registration: "reg-2", token: "bad" } });
  device.network = async (request) => (request.message.token === "bad" ? { status: 503, body: {} } : device.online(request));
  const settled = [];
  const { env } = device.page();
  const visit = {
    ...env,
    fetch: (address, init) => {
      if (address !== "/runtime/settle") return env.fetch(address, init);
      settled.push(JSON.parse(init.body).token);
      return Promise.resolve({ status: 200, json: async () => ({ v: 1 }) });
    },
  };
  assert.deepEqual(await deliverAndSettle(visit), { delivered: 1, left: 1 });
  assert.deepEqual(settled, ["good"]);
});

test("journal records are delivered without asking for a lease", async () => {
  const device = createDevice();
  await leftBehind(device);
  await device.page().keeper.deliverPending(5000);
  assert.deepEqual(device.wire.map(({ message }) => message.records[0].want), [null]);
});

test("what an expired token left behind is vouched for by the newest one", async () => {
  const device = createDevice();
  await leftBehind(device, { answer: { token: "expired" } });
  const said = { message: "This link has expired. Ask for a new one where you got it.", field: null };
  device.network = async (request) => (request.message.token === "expired" ? { status: 410, body: said } : device.online(request));
  const page = device.page();
  assert.deepEqual(await page.keeper.deliverPending(5000), { delivered: 0, left: 1 });
  page.launch({ answer: { token: "newest" } });
  await settle();
  assert.equal(only(device.server).token, "newest");
});

/** Half a minute that is stored, and then a minute offline up to the content's last word. */
async function storedThenOffline(device) {
  const page = device.page();
  const recorder = page.open();
  await device.pass(30_000);
  assert.equal(only(device.server).measured, 30_000);
  device.network = device.offline;
  await device.pass(60_000);
  recorder.terminate();
  await settle();
  device.kill(page);
  device.network = device.online;
}

test("a session that was stored while it ran and ended offline waits longer than 7 days", async () => {
  const device = createDevice();
  await storedThenOffline(device);
  device.wallOffset += 8 * 24 * 3600 * 1000;
  await device.page().keeper.deliverPending(5000);
  assert.equal(only(device.server).measured, 90_000);
});

test("a session that was stored while it ran and ended offline does not give way when storage is full", async () => {
  const device = createDevice();
  await storedThenOffline(device);
  device.mirror.entries.clear();
  device.network = device.offline;
  const page = device.page();
  await page.keeper.deliverPending(5000);
  device.storage.quota = 5000;
  const recorder = page.open();
  recorder.changed("cmi.suspend_data", "x".repeat(4000));
  recorder.commit();
  device.kill(page);
  device.mirror.entries.clear();
  device.network = device.online;
  await device.page().keeper.deliverPending(5000);
  assert.deepEqual([...device.server.sessions.values()].map(({ measured }) => measured).sort((a, b) => b - a)[0], 90_000);
});

test("the launch of a session that still runs in another tab is not settled", async () => {
  const device = createDevice();
  const running = device.page();
  running.open({ answer: { token: "still running" } });
  await device.pass(1000);
  assert.equal(entries(device.storage, "t")[0].stored_at, null);
  const visit = device.page();
  device.wire.length = 0;
  await deliverAndSettle(visit.env);
  assert.deepEqual(device.wire.filter(({ address }) => address.endsWith("/settle")), []);
});
