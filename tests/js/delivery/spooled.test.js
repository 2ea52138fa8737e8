/** A server whose database is away: it has the record on disk (`spooled`) or keeps it for a person (`held`), and the browser keeps it too. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createDelivery } from "../../../static/scorm_api/delivery/delivery.js";
import { createDevice, entries, lengths, only, settle } from "./support.js";

/** What such a server answers. @param {string} status */
function withoutDatabase(status, more = {}) {
  return ({ message }) => ({
    status: 200,
    body: {
      v: 1, ledger: null, now: null,
      results: message.records.map(({ session, time, state }) => ({
        session, need_all: false, lease: null, ...(time ? { time: { seq: time.seq, status } } : {}), ...(state ? { state: { seq: state.seq, status } } : {}), ...more,
      })),
    },
  });
}

/** @param {ReturnType<typeof createDevice>} device @param {string} status */
function away(device, status, more = {}) {
  device.network = async (request) => withoutDatabase(status, more)(request);
}

/** What the delivery makes of one answer. */
async function outcomeOf(body, status = 200) {
  const env = { ...createDevice().page().env, fetch: async () => ({ status, json: async () => body }) };
  return (await createDelivery(env).post("{}")).kind;
}

const result = (status) => ({ session: "a", time: { seq: 1, status } });

for (const [name, body, kind] of [
  ["spooled, the ledger unknown", { v: 1, ledger: null, now: null, results: [result("spooled")] }, "answer"],
  ["held, the ledger unknown", { v: 1, ledger: null, now: null, results: [result("held")] }, "answer"],
  ["spooled, the ledger known", { v: 1, ledger: "one", now: 5, results: [result("spooled")] }, "answer"],
  ["stored by nobody knows which ledger", { v: 1, ledger: null, now: null, results: [result("stored")] }, "failed"],
  ["gone from nobody knows which ledger", { v: 1, ledger: null, now: null, results: [result("gone")] }, "failed"],
  ["stored, with no ledger beside a time", { v: 1, ledger: null, now: 5, results: [result("stored")] }, "failed"],
  ["a ledger without a time", { v: 1, ledger: "one", now: null, results: [result("spooled")] }, "failed"],
]) {
  test(`${name}: ${kind === "answer" ? "an answer" : "no answer"}`, async () => assert.equal(await outcomeOf(body), kind));
}

test("a spooled answer without a ledger forgets nothing: the known ledger and what it has stored stay", async () => {
  const device = createDevice();
  const page = device.page();
  page.open();
  await device.pass(16_000);
  const { ledger: before } = entries(device.storage, "t")[0];
  away(device, "spooled", { need_all: true });
  await device.pass(20_000);
  const { time, ledger } = entries(device.storage, "t")[0];
  assert.equal(ledger, before);
  assert.ok(time.acked > 0, "what was stored is stored");
  device.network = device.online;
  await device.pass(60_000);
  assert.equal(only(device.server).measured > 36_000, true);
  assert.ok(device.times().slice(1).every(({ base }) => base > 0), "nothing was sent whole again");
});

test("a spooled answer anchors nothing: spans after a gap are placed by what was known before", async () => {
  const device = createDevice();
  device.page().open();
  await device.pass(3000);
  away(device, "spooled");
  device.sleep(100_000);
  await device.pass(30_000);
  device.sleep(100_000);
  await device.pass(10_000);
  device.network = device.online;
  await device.pass(60_000);
  const { spans } = only(device.server);
  // asleep from 3 to 103 s and from 133 to 233 s; the first tick after each begins a span
  assert.deepEqual(spans.map(([start]) => Math.round(start / 1000)), [0, 104, 234]);
  assert.ok(lengths(spans) >= 41_000);
});

test("at the next visit a spooled record is sent again, with or without a ledger", async () => {
  const device = createDevice();
  away(device, "spooled");
  const page = device.page();
  const recorder = page.open();
  await device.pass(4000);
  recorder.terminate();
  await settle();
  device.kill(page);
  assert.deepEqual(await device.page().keeper.deliverPending(5000), { delivered: 0, left: 1 });
  device.network = device.online;
  const { delivered, left } = await device.page().keeper.deliverPending(5000);
  assert.deepEqual([delivered, left], [1, 0]);
  assert.equal(only(device.server).measured, 4000);
  assert.equal(only(device.server).terminated, true);
});

test("a spooled record is not sent under another launch's token too: it would seem to belong to that launch", async () => {
  const device = createDevice();
  away(device, "spooled");
  const first = device.page();
  first.open({ answer: { token: "its own" } }).terminate();
  await settle();
  device.kill(first);
  const page = device.page();
  page.launch({ answer: { token: "newest" } });
  await page.keeper.deliverPending(5000);
  await device.pass(60_000);
  assert.deepEqual([...new Set(device.wire.map(({ message }) => message.token))], ["its own"]);
});

const statusOf = (page) => {
  const told = [];
  page.keeper.onStatus((said) => told.push(said));
  return told;
};

test("a spooled session is told as received, and is sent again at every heartbeat at least, without hammering", async () => {
  const device = createDevice();
  const page = device.page();
  const told = statusOf(page);
  away(device, "spooled");
  page.open();
  await device.pass(300_000);
  assert.equal(told.at(-1), "spooled");
  assert.ok(!told.includes("kept"));
  // 1, 2, 4, 8 and then each 15 s at the most
  assert.ok(device.wire.length >= 20 && device.wire.length <= 50, String(device.wire.length));
  const measured = device.times().at(-1).measured;
  assert.ok(measured > 284_000, "a renderer that dies now loses a heartbeat at most, though the database is away");

  device.network = device.online;
  await device.pass(15_000);
  assert.equal(told.at(-1), "saved");
  assert.equal(only(device.server).measured > 299_000, true);
});

test("a record of an earlier page that is spooled is confirmed within half a minute of the database's return", async () => {
  const device = createDevice();
  away(device, "spooled");
  const first = device.page();
  const recorder = first.open();
  await device.pass(3000);
  recorder.terminate();
  await settle();
  device.kill(first);
  const page = device.page();
  const told = statusOf(page);
  await page.keeper.deliverPending(5000);
  assert.equal(told.at(-1), "spooled");
  await device.pass(600_000);
  device.network = device.online;
  await device.pass(31_000);
  assert.equal(told.at(-1), "saved");
  assert.equal(only(device.server).measured, 3000);
});

test("of a state in pieces the server has but a piece on its disk: the rest is told as kept here", async () => {
  const device = createDevice();
  const page = device.page();
  const told = statusOf(page);
  away(device, "spooled");
  const recorder = page.open();
  recorder.changed("cmi.suspend_data", "\u6f22".repeat(64_000));
  await device.pass(3000);
  assert.equal(told.at(-1), "kept");
  recorder.terminate();
  device.network = device.online;
  await device.pass(31_000);
  assert.equal(told.at(-1), "saved");
  assert.equal(only(device.server).elements["cmi.suspend_data"].length, 64_000);
});

test("a held session is told as held; what is new of it is offered each half minute, and after its end daily", async () => {
  const device = createDevice();
  const page = device.page();
  const told = statusOf(page);
  away(device, "held");
  const recorder = page.open();
  await device.pass(120_000);
  assert.equal(told.at(-1), "held");
  assert.ok(device.wire.length >= 4 && device.wire.length <= 6, String(device.wire.length));
  recorder.terminate();
  await settle();
  const sent = device.wire.length;
  await device.pass(600_000);
  assert.equal(device.wire.length, sent);
  assert.equal(told.at(-1), "held");
  device.network = device.online;
  device.wallOffset += 24 * 3600 * 1000;
  await device.pass(31_000);
  assert.equal(told.at(-1), "saved");
  assert.equal(only(device.server).measured, 120_000);
});

test("something on the way that refuses large messages does not keep the time back", async () => {
  const device = createDevice();
  const tooLarge = async (request) => (request.body.length > 10_000 ? { status: 413, body: {} } : device.online(request));
  device.network = tooLarge;
  const page = device.page();
  const told = statusOf(page);
  const recorder = page.open();
  recorder.changed("cmi.suspend_data", "x".repeat(30_000));
  await device.pass(300_000);
  assert.ok(only(device.server).measured > 260_000, `${only(device.server).measured} ms came through`);
  assert.equal(told.at(-1), "kept", "progress is on this device only");
  assert.ok(device.wire.length <= 60, `${device.wire.length} requests`);
  device.network = device.offline;
  recorder.terminate();
  await settle();
  device.kill(page);

  device.network = tooLarge;
  assert.deepEqual(await device.page().keeper.deliverPending(5000), { delivered: 0, left: 1 });
  assert.equal(only(device.server).terminated, true);
  assert.equal(only(device.server).measured, 300_000);
  device.network = device.online;
  await device.page().keeper.deliverPending(5000);
  assert.equal(only(device.server).elements["cmi.suspend_data"].length, 30_000);
});

test("when the browser says that the network is back nobody waits for the next try", async () => {
  const device = createDevice();
  device.network = device.offline;
  const page = device.page();
  page.open();
  await device.pass(200_000);
  const sent = device.wire.length;
  device.network = device.online;
  page.keeper.online();
  await settle();
  assert.equal(device.wire.length, sent + 1);
  assert.ok(only(device.server).measured >= 200_000);
});

test("a request that nobody answers is told of before it has failed", async () => {
  const device = createDevice();
  const page = device.page();
  const told = statusOf(page);
  page.open();
  await device.pass(10_000);
  assert.equal(told.at(-1), "saved");
  device.network = () => new Promise(() => {});
  await device.pass(9000);
  assert.equal(told.at(-1), "saving");
});
