import assert from "node:assert/strict";
import { test } from "node:test";

import { ModelServer, createDevice, only, settle } from "./support.js";

function leases(page) {
  const said = [];
  page.keeper.onLease((lease) => said.push(lease));
  return said;
}

test("Initialize in a visible page asks for the lease, once", async () => {
  const device = createDevice();
  const page = device.page();
  const said = leases(page);
  page.open();
  await device.pass(31_000);
  assert.deepEqual(device.wire.map(({ message }) => message.records[0].want), ["lease", null, null]);
  assert.deepEqual(said[0], { mine: true, silentMs: 0 });
  assert.equal(only(device.server).order, 11);
});

test("Initialize in a hidden page asks for nothing", async () => {
  const device = createDevice();
  device.visible = false;
  device.page().open();
  await device.pass(16_000);
  assert.ok(device.wire.every(({ message }) => message.records[0].want === null));
});

test("a request for the lease that got no answer is made again", async () => {
  const device = createDevice();
  device.network = device.offline;
  device.page().open();
  await settle();
  device.network = device.online;
  await device.pass(3000);
  assert.equal(device.wire.at(-1).message.records[0].want, "lease");
  assert.equal(device.server.holder.number, 11);
});

test("the page that lost the lease offers it, and takes it back by itself when the holder was silent for two heartbeats", async () => {
  const server = new ModelServer();
  const [first, second] = [createDevice({ server }), createDevice({ server, random: Math.random })];
  const page = first.page();
  const said = leases(page);
  page.open();
  await first.pass(5000);
  second.perf = first.perf;
  second.page().open();
  await settle();
  await first.pass(11_000);
  assert.equal(said.at(-1).mine, false);
  await first.pass(30_000);
  assert.equal(said.at(-1).mine, true);
  assert.equal(server.holder.number, 13);
});

test("continue here asks at once", async () => {
  const device = createDevice();
  const page = device.page();
  const recorder = page.open();
  await device.pass(2000);
  device.server.holder = { session: "another", number: 30 };
  device.server.sessions.set("another", { heard: device.serverNow() });
  device.server.orders = 30;
  recorder.askLease();
  await settle();
  assert.equal(device.wire.at(-1).message.records[0].want, "lease");
  assert.equal(device.server.holder.number, 31);
});

test("what the session wrote before its lease came carries the lease's number", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  recorder.changed("cmi.suspend_data", "early");
  recorder.commit();
  await settle();
  assert.equal([...device.server.sessions.values()][0].stateOrder, 11);
});

test("a lease taken back does not lift old state above a newer bookmark of the other page", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  recorder.changed("cmi.suspend_data", "old");
  await device.pass(2000);
  recorder.askLease();
  await device.pass(20_000);
  assert.equal(only(device.server).order, 12);
  assert.equal(only(device.server).stateOrder, 11);
  recorder.changed("cmi.suspend_data", "new");
  await device.pass(20_000);
  assert.equal(only(device.server).stateOrder, 12);
});

test("a second Initialize in the page begins above the first one's lease", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  await settle();
  recorder.terminate();
  await settle();
  device.network = device.offline;
  recorder.initialized();
  recorder.changed("cmi.suspend_data", "second");
  recorder.commit();
  await settle();
  const sent = device.wire.at(-1).message.records[0];
  assert.equal(sent.time.order, 11);
});
