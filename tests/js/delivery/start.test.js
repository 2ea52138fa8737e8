/** Which start of xAPI or cmi5 content a session belongs to: in every message of it and in the journal, so that it is not lost. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createDevice, entries, settle } from "./support.js";

const START = "0b8c2d4e-7f10-4a21-9c3b-5d6e7f809112";
const tincan = { start: { start: START, standard: "none", expose: [] } };

const starts = (device) => [...new Set(device.wire.flatMap(({ message }) => message.records.map((record) => record.start)))];

test("every message of a session names its start, by whichever way it goes", async () => {
  const device = createDevice();
  const page = device.page();
  const { recorder } = page.launch(tincan);
  recorder.begin();
  await device.pass(20_000);
  page.keeper.dismissalBegan();
  recorder.end();
  await settle();
  assert.deepEqual([...new Set(device.wire.map(({ via }) => via))], ["fetch", "beacon"]);
  assert.deepEqual(starts(device), [START]);
  assert.equal(entries(device.storage, "t")[0].start, START);
});

test("the worker, which sends while the main thread is stalled, names it too", async () => {
  const device = createDevice();
  const page = device.page();
  const { recorder } = page.launch(tincan);
  recorder.begin();
  await settle();
  device.wire.length = 0;
  await device.stall(page, 40_000);
  assert.ok(device.wire.some(({ via }) => via === "worker"));
  assert.deepEqual(starts(device), [START]);
});

test("what a page left behind is delivered with the start that it had", async () => {
  const device = createDevice();
  device.network = device.offline;
  const page = device.page();
  const { recorder } = page.launch(tincan);
  recorder.begin();
  await device.pass(5000);
  recorder.end();
  await settle();
  device.kill(page);
  device.wire.length = 0;
  device.network = device.online;
  await device.page().keeper.deliverPending(5000);
  assert.deepEqual(starts(device), [START]);
});

test("content without a start says nothing of one", async () => {
  const device = createDevice();
  device.page().open();
  await device.pass(20_000);
  assert.ok(device.wire.length > 1);
  for (const { message } of device.wire) assert.ok(!("start" in message.records[0]));
  assert.ok(!("start" in entries(device.storage, "t")[0]));
});
