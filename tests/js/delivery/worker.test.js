/** The mirror, the worker's core and the page's end of it. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { IDBFactory } from "fake-indexeddb";

import { createMirror } from "../../../static/scorm_api/delivery/mirror.js";
import { createWorkerCore } from "../../../static/scorm_api/delivery/worker-core.js";
import { createWorkerPort } from "../../../static/scorm_api/delivery/worker-port.js";
import { createUuidMaker } from "../../../static/scorm_api/delivery/uuid.js";
import { fakeMirror, settle } from "./support.js";

const KEY = "seattime:1:reg:one:t";

/** Real IndexedDB semantics, with every transaction written down. */
function watched() {
  const factory = new IDBFactory();
  const log = { opens: 0, transactions: [], puts: [], commits: 0, inFlight: 0, most: 0 };
  const open = factory.open.bind(factory);
  factory.open = (...args) => {
    log.opens += 1;
    const request = open(...args);
    request.addEventListener("success", () => {
      const database = request.result;
      const begin = database.transaction.bind(database);
      database.transaction = (stores, mode, options) => {
        const transaction = begin(stores, mode, options);
        if (mode === "readwrite") {
          log.transactions.push(options);
          log.inFlight += 1;
          log.most = Math.max(log.most, log.inFlight);
          transaction.addEventListener("complete", () => (log.inFlight -= 1));
          const store = transaction.objectStore("entries");
          const put = store.put.bind(store);
          store.put = (value, key) => put(value, (log.puts.push(key), key));
          const commit = transaction.commit.bind(transaction);
          transaction.commit = () => {
            log.commits += 1;
            commit();
          };
        }
        return transaction;
      };
    });
    return request;
  };
  return { factory, log };
}

test("the mirror gives back what was put, to a later visit too", async () => {
  const { factory } = watched();
  await createMirror(factory).put(KEY, "one");
  assert.deepEqual(await createMirror(factory).read(), [[KEY, "one"]]);
});

test("each entry is one strict transaction with an explicit commit, over one connection", async () => {
  const { factory, log } = watched();
  const mirror = createMirror(factory);
  await mirror.put(KEY, "one");
  await mirror.put(KEY, "two");
  assert.deepEqual(log.transactions, [{ durability: "strict" }, { durability: "strict" }]);
  assert.equal(log.commits, 2);
  assert.equal(log.opens, 1);
});

test("one transaction is in flight, and only the newest copy waits for it", async () => {
  const { factory, log } = watched();
  const mirror = createMirror(factory);
  const first = mirror.put(KEY, "1");
  for (const copy of ["2", "3", "4", "5"]) void mirror.put(KEY, copy);
  await first;
  assert.equal(log.most, 1);
  assert.equal(log.transactions.length, 2);
  assert.deepEqual(await mirror.read(), [[KEY, "5"]]);
});

test("time is mirrored before state", async () => {
  const { factory, log } = watched();
  const mirror = createMirror(factory);
  const first = mirror.put("a:s", "busy");
  void mirror.put("b:s", "state");
  void mirror.put("b:t", "time");
  await first;
  assert.deepEqual(log.puts, ["a:s", "b:t", "b:s"]);
});

test("what builds on another entry is written after it", async () => {
  const { factory, log } = watched();
  const mirror = createMirror(factory);
  const first = mirror.put("a:t", "busy");
  void mirror.put("b:c", "changes");
  void mirror.put("b:s", "whole");
  void mirror.put("b:c", "changes of that");
  await first;
  assert.deepEqual(log.puts, ["a:t", "b:s", "b:c"]);
});

test("what was ended is deleted from the mirror", async () => {
  const mirror = createMirror(watched().factory);
  await mirror.put(KEY, "one");
  await mirror.forget([KEY]);
  assert.deepEqual(await mirror.read(), []);
});

test("without IndexedDB the mirror is empty and nobody waits", async () => {
  const mirror = createMirror(null);
  await mirror.put(KEY, "one");
  assert.deepEqual(await mirror.read(), []);
});

test("a connection that failed is opened again for the next entry, and nothing that waited is lost", async () => {
  const { factory } = watched();
  const open = factory.open;
  factory.open = () => {
    throw new Error("UnknownError");
  };
  const mirror = createMirror(factory);
  await mirror.put(KEY, "one");
  factory.open = open;
  await mirror.put("seattime:1:reg:two:t", "two");
  assert.deepEqual((await mirror.read()).map(([, json]) => json), ["one", "two"]);
});

/** @returns the journal entry of a session that runs */
function entry(seq) {
  return JSON.stringify({
    v: 1, rev: 1, at: 0, registration: "reg", session: "one", launch: 1, token: "token", activity: "item", attempt: "a", new_attempt: false,
    standard: "scorm12", mode: "normal", made: null, ledger: null, stored_at: null, held: null,
    time: {
      seq, left: true, acked: 0, stored: { spans: 0, acts: 0, words: 0 }, cut: false, floor: 0, reportedStored: 0, order: 1, opened: 0,
      measured: 1000, open: 1000, spans: [[0, 1000, 1, 0]], acts: [], words: [], status: {}, exit: null, terminated: false, ended: null,
    },
  });
}

function setUpCore() {
  const mirror = fakeMirror();
  const world = { perf: 0, wallOffset: 0, sent: [], ticks: [] };
  const core = createWorkerCore({
    reading: () => ({ perf: world.perf, wall: world.perf + world.wallOffset }),
    mirror,
    send: (body) => world.sent.push(JSON.parse(body)),
    ticked: (now) => world.ticks.push(now.perf),
  });
  const pass = (seconds) => {
    for (let second = 0; second < seconds; second += 1) {
      world.perf += 1000;
      core.tick();
    }
  };
  return { core, mirror, world, pass };
}

test("the worker ticks each second with both clocks", () => {
  const { world, pass } = setUpCore();
  pass(3);
  assert.deepEqual(world.ticks, [1000, 2000, 3000]);
});

test("while the page hands over its entries the worker adds nothing of its own", () => {
  const { core, mirror, world, pass } = setUpCore();
  for (let second = 0; second < 40; second += 1) {
    core.keep([{ key: KEY, json: entry(second), live: true }]);
    pass(1);
  }
  assert.equal(world.sent.length, 0);
  assert.equal(JSON.parse(mirror.entries.get(KEY)).time.seq, 39);
});

test("when the page is silent its open span grows in the mirror, under sequences of its own", () => {
  const { core, mirror, pass } = setUpCore();
  core.keep([{ key: KEY, json: entry(5), live: true }]);
  pass(10);
  const { time } = JSON.parse(mirror.entries.get(KEY));
  assert.deepEqual([time.seq, time.measured, time.spans], [16, 11_000, [[0, 11_000, 1, 0]]]);
});

test("the worker sends the newest time message of a stalled page at each heartbeat", () => {
  const { core, world, pass } = setUpCore();
  core.beats(15_000);
  core.keep([{ key: KEY, json: entry(5), live: true }]);
  pass(31);
  assert.equal(world.sent.length, 2);
  const [{ token, records: [{ time, state }] }] = world.sent;
  assert.deepEqual([token, time.measured, state], ["token", 16_000, undefined]);
});

test("a session that has ended does not grow", () => {
  const { core, mirror, pass } = setUpCore();
  core.keep([{ key: KEY, json: entry(5), live: true }]);
  core.keep([{ key: KEY, json: entry(6), live: false }]);
  pass(10);
  assert.equal(JSON.parse(mirror.entries.get(KEY)).time.seq, 6);
});

test("what the machine slept through is not added by the worker", () => {
  const { core, mirror, world, pass } = setUpCore();
  core.keep([{ key: KEY, json: entry(5), live: true }]);
  world.perf += 600_000;
  pass(10);
  assert.equal(JSON.parse(mirror.entries.get(KEY)).time.measured, 1000);
});

test("what comes after a sleep in which the monotonic clock stood still is for the page to judge too", () => {
  const { core, mirror, world, pass } = setUpCore();
  core.keep([{ key: KEY, json: entry(5), live: true }]);
  pass(10);
  world.wallOffset += 600_000;
  pass(10);
  assert.equal(JSON.parse(mirror.entries.get(KEY)).time.measured, 11_000);
});

function setUpPort({ makeWorker, visible = true } = {}) {
  const world = { now: 10_000, every: [], after: [], ticks: [], worker: null, mirror: fakeMirror() };
  const fake = () => (world.worker = { posted: [], onmessage: null, onerror: null, terminated: false, postMessage(message) { this.posted.push(message); }, terminate() { this.terminated = true; } });
  const port = createWorkerPort(
    {
      makeWorker: makeWorker ?? fake,
      makeMirror: () => world.mirror,
      reading: () => ({ perf: world.now, wall: world.now }),
      visible: () => visible,
      every: (callback, ms) => world.every.push({ callback, ms }),
      after: (callback, ms) => world.after.push({ callback, ms }),
    },
    (reading, limit) => world.ticks.push([reading.perf, limit]),
  );
  return { port, world };
}

test("the worker's ticks reach the page on the page's scale", () => {
  const { world } = setUpPort();
  world.worker.onmessage({ data: { kind: "clock", asked: 10_000, perf: 2500 } }); // a time origin of its own
  world.worker.onmessage({ data: { kind: "tick", reading: { perf: 3500, wall: 7 } } });
  assert.deepEqual(world.ticks, [[11_000, 4000]]);
});

test("time origins that agree are left alone, however late the answer comes", () => {
  const { world } = setUpPort();
  world.now = 13_000;
  world.worker.onmessage({ data: { kind: "clock", asked: 10_000, perf: 10_400 } });
  world.worker.onmessage({ data: { kind: "tick", reading: { perf: 11_400, wall: 7 } } });
  assert.equal(world.ticks[0][0], 11_400);
});

for (const [how, fail] of [
  ["cannot be made", (set) => set({ makeWorker: () => { throw new Error("SecurityError"); } })],
  ["fails to load", (set) => { const made = set(); made.world.worker.onerror(); return made; }],
  ["falls silent", (set) => { const made = set(); for (let look = 0; look < 4; look += 1) made.world.every[0].callback(); return made; }],
]) {
  test(`a worker that ${how}: its core runs on the main thread, which hidden ticks once a minute`, async () => {
    const { port, world } = fail((options) => setUpPort({ ...options, visible: false }));
    port.keep([{ key: KEY, json: entry(1), live: true }]);
    world.every.at(-1).callback();
    await settle();
    assert.deepEqual(world.ticks, [[10_000, 75_000]]);
    assert.equal(world.mirror.entries.has(KEY), true);
  });
}

test("nobody waits more than 2 s for the mirror", async () => {
  const { port, world } = setUpPort();
  const read = port.read();
  assert.equal(world.after[0].ms, 2000);
  world.after[0].callback();
  assert.deepEqual(await read, []);
});

test("a UUID is of version 7: the time, then the random bytes", () => {
  // 1 795 046 400 000 ms is 0x01a1f11a6000
  assert.equal(createUuidMaker(() => new Uint8Array(10))(1_795_046_400_000), "01a1f11a-6000-7000-8000-000000000000");
  assert.equal(createUuidMaker(() => new Uint8Array(10).fill(255))(0), "00000000-0000-7fff-bfff-ffffffffffff");
});

test("of two sessions of one page the later has the greater id, even within a millisecond or after the clock went back", () => {
  const make = createUuidMaker(() => new Uint8Array(10));
  const made = [make(1000), make(1000), make(400), make(2000)];
  assert.deepEqual([...made].sort(), made);
  assert.equal(new Set(made).size, 4);
});
