import assert from "node:assert/strict";
import { test } from "node:test";

import { createJournal, stateKey, timeKey } from "../../../static/scorm_api/delivery/journal.js";
import { fakeMirror, fakeStorage } from "./support.js";

const KEY = timeKey("reg", "one");
const DAY = 24 * 3600 * 1000;

/** @param {object} [changes] */
function file(seq, changes = {}) {
  return { v: 1, rev: seq, registration: "reg", session: "one", stored_at: null, ledger: null, time: { seq, acked: 0 }, ...changes };
}

function setUp({ storage = fakeStorage(), mirrored = new Map(), wall = 0 } = {}) {
  const mirror = fakeMirror(mirrored);
  const port = {
    keep: (entries) => entries.forEach(({ key, json }) => mirror.entries.set(key, json)),
    forget: (keys) => keys.forEach((key) => mirror.entries.delete(key)),
    read: () => mirror.read(),
  };
  const world = { wall };
  const journal = createJournal({ storage: () => storage, wall: () => world.wall }, port);
  return { journal, storage, mirror, world };
}

test("a record is in localStorage and in the mirror under the protocol's keys", () => {
  const { journal, storage, mirror } = setUp();
  journal.write(KEY, file(3), true);
  assert.deepEqual([...storage.entries.keys()], ["seattime:1:reg:one:t"]);
  assert.equal(JSON.parse(mirror.entries.get(KEY)).time.seq, 3);
  assert.equal(stateKey("reg", "one"), "seattime:1:reg:one:s");
});

for (const [where, inStorage, inMirror] of [["the mirror", 4, 9], ["localStorage", 9, 4]]) {
  test(`on reading the higher sequence wins: it is in ${where}`, async () => {
    const { journal, storage, mirror } = setUp();
    storage.entries.set(KEY, JSON.stringify(file(inStorage)));
    mirror.entries.set(KEY, JSON.stringify(file(inMirror)));
    await journal.load();
    assert.equal(journal.sessions()[0].time.time.seq, 9);
  });
}

test("of two copies of one sequence the later written wins", async () => {
  const { journal, storage, mirror } = setUp();
  storage.entries.set(KEY, JSON.stringify(file(4, { rev: 6, ledger: "l" })));
  mirror.entries.set(KEY, JSON.stringify(file(4, { rev: 5 })));
  await journal.load();
  assert.equal(journal.sessions()[0].time.ledger, "l");
});

for (const place of ["storage", "mirror"]) {
  test(`absence in one is not deletion: only ${place} has it`, async () => {
    const world = setUp();
    world[place].entries.set(KEY, JSON.stringify(file(4)));
    await world.journal.load();
    assert.equal(world.journal.sessions().length, 1);
  });
}

test("a record deleted by content is written back", () => {
  const { journal, storage } = setUp();
  journal.write(KEY, file(3), true);
  storage.clear();
  journal.restore();
  assert.equal(JSON.parse(storage.getItem(KEY)).time.seq, 3);
  storage.setItem(KEY, "garbage");
  journal.restore();
  assert.equal(JSON.parse(storage.getItem(KEY)).time.seq, 3);
});

test("blocked storage falls back to memory and says so", () => {
  const storage = fakeStorage();
  storage.blocked = true;
  const { journal } = setUp({ storage });
  journal.write(KEY, file(3), true);
  assert.equal(journal.unsafe(), true);
  assert.equal(journal.sessions()[0].time.time.seq, 3);
  storage.blocked = false;
  journal.restore();
  assert.equal(journal.unsafe(), false);
  assert.equal(JSON.parse(storage.getItem(KEY)).time.seq, 3);
});

test("storage that takes entries again gets what it refused at the next write, not at a tick some time later", () => {
  const { journal, storage } = setUp();
  const stateFile = { v: 1, rev: 1, state: { seq: 1 } };
  journal.write(KEY, file(1), true);
  storage.blocked = true;
  journal.write(stateKey("reg", "one"), stateFile, false);
  storage.blocked = false;
  journal.write(KEY, file(2), true);
  assert.deepEqual(JSON.parse(storage.entries.get(stateKey("reg", "one"))), stateFile);
  assert.equal(journal.unsafe(), false);
});

test("full storage: stored records give way, pending ones do not", () => {
  const { journal, storage } = setUp();
  journal.write(timeKey("reg", "stored"), file(1, { session: "stored", stored_at: 5 }), false);
  journal.write(timeKey("reg", "pending"), file(1, { session: "pending" }), false);
  storage.quota = [...storage.entries].reduce((sum, [key, value]) => sum + key.length + value.length, 0) + 10;
  journal.write(KEY, file(3), true);
  assert.deepEqual([...storage.entries.keys()].sort(), [KEY, timeKey("reg", "pending")].sort());
  assert.equal(journal.unsafe(), false);
});

test("full of pending records: memory keeps what has no room", () => {
  const { journal, storage } = setUp();
  journal.write(timeKey("reg", "pending"), file(1, { session: "pending" }), false);
  storage.quota = 250;
  journal.write(KEY, file(3, { filler: "x".repeat(200) }), true);
  assert.equal(journal.unsafe(), true);
  assert.equal(journal.sessions().length, 2);
});

test("stored records are kept 7 days, pending ones for ever", async () => {
  const { journal, storage, mirror, world } = setUp();
  storage.entries.set(timeKey("reg", "stored"), JSON.stringify(file(1, { session: "stored", stored_at: 1000 })));
  storage.entries.set(stateKey("reg", "stored"), JSON.stringify({ v: 1, rev: 1, state: { seq: 1 } }));
  storage.entries.set(KEY, JSON.stringify(file(1)));
  world.wall = 1000 + 7 * DAY;
  await journal.load();
  assert.equal(journal.sessions().length, 2);
  world.wall = 1001 + 7 * DAY;
  await journal.load();
  assert.deepEqual([...storage.entries.keys()], [KEY]);
  assert.equal(mirror.entries.size, 0);
});

test("what is not ours is left alone, and what is broken breaks nothing", async () => {
  const { journal, storage } = setUp();
  for (const [key, value] of [["course-progress", "1"], [timeKey("reg", "x"), "{"], [timeKey("reg", "y"), '{"v":9}'], [timeKey("reg", "z"), "null"]]) {
    storage.entries.set(key, value);
  }
  await journal.load();
  assert.equal(journal.sessions().length, 0);
  assert.equal(storage.entries.size, 4);
});

test("an ended record is gone from all copies", () => {
  const { journal, storage, mirror } = setUp();
  journal.write(KEY, file(3), false);
  journal.write(stateKey("reg", "one"), { v: 1, rev: 1, state: { seq: 1 } }, false);
  journal.end("reg", "one");
  assert.equal(storage.entries.size + mirror.entries.size + journal.sessions().length, 0);
});
