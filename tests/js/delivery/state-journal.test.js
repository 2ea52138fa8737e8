/**
 * The state register in the journal: a commit costs what changed, counted in elements looked at and characters written, never in time;
 * and both entries together are the register, whatever of them survives.
 */
import test from "node:test";
import assert from "node:assert/strict";
import { createClock } from "../../../static/scorm_api/delivery/clock.js";
import { createDelivery } from "../../../static/scorm_api/delivery/delivery.js";
import { createJournal } from "../../../static/scorm_api/delivery/journal.js";
import { createRecorder } from "../../../static/scorm_api/delivery/recorder.js";
import { createStateJournal, newestNumbers, stateOf } from "../../../static/scorm_api/delivery/state-journal.js";
import { addFinding, newState, raiseState, setElement, stateLost, stateMessage, stateStored } from "../../../static/scorm_api/delivery/state-register.js";
import { ModelServer, SERVER_START, activity, createDevice, fakeStorage, only, seeded, settle } from "./support.js";

const KEYS = { state: "whole", changes: "changes" };

/** A register with a journal that keeps what is written, as text. */
function setUp() {
  const written = new Map();
  const log = [];
  const journal = {
    write(key, file) {
      const json = JSON.stringify(file);
      log.push([key, json.length]);
      written.set(key, json);
    },
  };
  const state = newState(1);
  const kept = createStateJournal(journal, KEYS, state);
  let rev = 0;
  const read = (key) => JSON.parse(written.get(key) ?? "null");
  return {
    state, log, written,
    set(element, value) {
      if (setElement(state, element, value, 1)) kept.changed(element);
    },
    write() {
      state.left = true;
      kept.write((rev += 1));
    },
    restored: (whole = read(KEYS.state), changes = read(KEYS.changes)) => stateOf(whole, changes),
    read,
  };
}

/** An object that counts how many of its entries are looked at. */
function counted(object, counter) {
  return new Proxy(object, {
    get: (target, key) => ((counter.looks += 1), Reflect.get(target, key)),
    set: (target, key, value) => ((counter.looks += 1), Reflect.set(target, key, value)),
    getOwnPropertyDescriptor: (target, key) => ((counter.looks += 1), Reflect.getOwnPropertyDescriptor(target, key)),
    deleteProperty: (target, key) => ((counter.looks += 1), Reflect.deleteProperty(target, key)),
    ownKeys(target) {
      const keys = Reflect.ownKeys(target);
      counter.looks += keys.length;
      return keys;
    },
  });
}

/** A running session with its register at hand, on a network that answers at once. */
function runningSession() {
  const server = new ModelServer();
  const storage = fakeStorage();
  const sent = [];
  const env = {
    perf: () => 5000,
    wall: () => SERVER_START,
    random: () => 0.5,
    storage: () => storage,
    visible: () => true,
    base: "",
    setTimeout: () => 0,
    clearTimeout: () => {},
    fetch: async (_address, { body }) => {
      sent.push(body);
      return { status: 200, json: async () => server.commit(body, SERVER_START) };
    },
  };
  const nothing = () => {};
  const page = {
    env,
    clock: createClock(),
    journal: createJournal(env, { keep: nothing, forget: nothing, read: async () => [] }),
    delivery: createDelivery(env),
    reading: () => ({ perf: env.perf(), wall: env.wall() }),
    newSession: () => "session-1",
    token: () => "token",
    heartbeatMs: () => 15_000,
    ledger: () => server.ledger,
    visible: () => true,
    order: () => 1,
    dismissing: () => false,
    leaving: () => false,
    orderSaid: nothing, statusChanged: nothing, ledgerSaid: nothing, leaseSaid: nothing, refused: nothing,
  };
  const start = activity();
  const links = { plan: () => ({ data: start.data, attempt: "attempt-1", newAttempt: false }), launch: () => ({ registration: "reg-1", launch: 1, token: "token" }) };
  /** @type {any} */
  let record = null;
  const { recorder } = createRecorder(page, start, { ...links, began: (session) => (record = session.record) });
  recorder.initialized();
  return { recorder, record, server, storage, sent };
}

/**
 * One SetValue, one Commit and its answer in a session with so many elements that are stored.
 * @returns {Promise<{ looks: number, journal: number, sent: number }>} entries of the register looked at, characters written and sent
 */
async function costOfOneChange(size) {
  const { recorder, record, server, storage, sent } = runningSession();
  for (let i = 0; i < size; i += 1) recorder.changed(`cmi.objectives.${i}.id`, `objective_${i}`);
  recorder.commit();
  await settle();
  assert.equal(record.state.acked, record.state.seq);
  assert.equal(Object.keys(only(server).elements).length, size);

  const counter = { looks: 0 };
  record.state.set = counted(record.state.set, counter);
  record.state.changed = counted(record.state.changed, counter);
  let journal = 0;
  const { setItem } = storage;
  storage.setItem = function (key, value) {
    journal += value.length;
    return setItem.call(this, key, value);
  };
  sent.splice(0);
  recorder.changed("cmi.suspend_data", "page 7");
  assert.equal(recorder.commit(), true);
  await settle();
  assert.equal(record.state.acked, record.state.seq);
  assert.equal(only(server).elements["cmi.suspend_data"], "page 7");
  return { looks: counter.looks, journal, sent: sent.join("").length };
}

test("a commit of one change costs the same in a session of ten elements and of ten thousand", async () => {
  const small = await costOfOneChange(10);
  const large = await costOfOneChange(10_000);
  assert.ok(large.looks <= small.looks, `${large.looks} entries looked at, with ten elements ${small.looks}`);
  assert.ok(large.looks < 30, `${large.looks} entries`);
  // Sequences have more digits, and that is all.
  assert.ok(large.journal <= small.journal + 50, `${large.journal} characters in the journal, with ten elements ${small.journal}`);
  assert.ok(large.sent <= small.sent + 50, `${large.sent} characters sent, with ten elements ${small.sent}`);
});

test("what changes a little at a time is written a little at a time, and the whole now and then", () => {
  const session = setUp();
  for (let i = 0; i < 10_000; i += 1) session.set(`cmi.objectives.${i}.id`, `objective_${i}`);
  session.write();
  const whole = session.log[0][1];
  session.log.splice(0);
  let changed = 0;
  for (let i = 0; i < 1000; i += 1) {
    session.set(`cmi.objectives.${i * 7}.status`, "incomplete");
    changed += `"cmi.objectives.${i * 7}.status":"incomplete"`.length;
    session.write();
  }
  const wholes = session.log.filter(([key]) => key === KEYS.state).length;
  assert.ok(wholes <= Math.ceil(changed / 30_000), `${wholes} times the whole for ${changed} characters changed`);
  assert.ok(Math.max(...session.log.filter(([key]) => key === KEYS.changes).map(([, length]) => length)) < whole / 4);
  assert.deepEqual(session.restored(), { ...session.state });
});

test("one large value that is set again and again does not make all others be written again", () => {
  const session = setUp();
  for (let i = 0; i < 10_000; i += 1) session.set(`cmi.objectives.${i}.id`, `objective_${i}`);
  session.write();
  session.log.splice(0);
  for (let i = 0; i < 20; i += 1) {
    session.set("cmi.suspend_data", `${i}`.repeat(30_000));
    session.write();
  }
  assert.deepEqual([...new Set(session.log.map(([key]) => key))], [KEYS.changes]);
  assert.equal(session.restored().set["cmi.suspend_data"], "19".repeat(30_000));
});

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`both entries together are the register, whatever was set, stored, lost and found: ${seed}`, () => {
    const random = seeded(seed);
    const session = setUp();
    const { state } = session;
    const sent = [];
    const steps = [
      () => session.set(`e${Math.floor(random() * 30)}`, String(random()).repeat(1 + Math.floor(random() * 150))),
      () => addFinding(state, { kind: "k", element: `e${Math.floor(random() * 9)}`, raw: "" }, 1),
      () => raiseState(state, Math.ceil(random() * 9)),
      () => void (state.seq > 0 && sent.push(stateMessage(state))),
      () => void (sent.length > 0 && stateStored(state, { ...sent.splice(Math.floor(random() * sent.length), 1)[0], piece: null })),
      () => void (random() < 0.1 && stateLost(state)),
    ];
    for (let step = 0; step < 600; step += 1) {
      steps[Math.floor(random() * steps.length)]();
      if (random() < 0.5 || state.seq === 0) continue;
      session.write();
      const restored = session.restored();
      assert.deepEqual({ ...restored, changed: null }, { ...state, changed: null });
      assert.deepEqual(stateMessage(restored), stateMessage(structuredClone(state)));
      const numbers = newestNumbers(session.read(KEYS.state), session.read(KEYS.changes));
      assert.deepEqual([numbers.seq, numbers.acked], [state.seq, state.acked]);
    }
    assert.ok(session.log.some(([key]) => key === KEYS.changes));
    assert.ok(session.log.filter(([key]) => key === KEYS.state).length > 1);
  });
}

/** A session whose whole was written twice, and what it wrote in between. */
function written() {
  const session = setUp();
  session.set("a", "1");
  session.write();
  const firstWhole = session.read(KEYS.state);
  session.set("b", "2");
  session.write();
  const oldChanges = session.read(KEYS.changes);
  for (let i = 0; i < 5; i += 1) session.set(`large${i}`, "x".repeat(9000));
  session.write();
  session.set("c", "3");
  session.write();
  return { session, firstWhole, oldChanges };
}

test("changes are not laid over a whole that is older than they build on", () => {
  const { session, firstWhole } = written();
  assert.deepEqual(session.restored(firstWhole).set, { a: "1" });
  assert.equal(newestNumbers(firstWhole, session.read(KEYS.changes)).seq, firstWhole.state.seq);
  assert.equal(session.restored(null), null);
});

test("changes that a newer whole has taken in say nothing any more", () => {
  const { session, oldChanges } = written();
  const whole = session.read(KEYS.state);
  assert.deepEqual(session.restored(whole, oldChanges), whole.state);
});

test("an acknowledgement that another page wrote into the whole stands against changes of the same sequence", () => {
  const session = setUp();
  session.set("a", "1");
  session.write();
  session.set("b", "2");
  session.write();
  const delivered = { v: 1, rev: 9, state: { ...session.restored(), acked: session.state.seq } };
  assert.equal(session.restored(delivered).acked, session.state.seq);
});

test("the next page delivers what the whole and its changes hold", async () => {
  const device = createDevice();
  const first = device.page();
  device.network = device.offline;
  const recorder = first.open();
  for (let i = 0; i < 900; i += 1) recorder.changed(`cmi.objectives.${i}.id`, `a rather long name of objective ${i}`);
  recorder.commit();
  recorder.changed("cmi.objectives.3.status", "completed");
  recorder.changed("cmi.objectives.4.id", "another name");
  recorder.commit();
  assert.deepEqual([...device.storage.entries.keys()].map((key) => key.slice(-2)).sort(), [":c", ":s", ":t"]);
  device.kill(first);
  device.network = device.online;
  assert.deepEqual(await device.page().keeper.deliverPending(5000), { delivered: 1, left: 0 });
  const { elements } = only(device.server);
  assert.equal(Object.keys(elements).length, 901);
  assert.equal(elements["cmi.objectives.3.status"], "completed");
  assert.equal(elements["cmi.objectives.4.id"], "another name");
  assert.equal(elements["cmi.objectives.5.id"], "a rather long name of objective 5");
});

test("a whole that the browser refused is offered again at each tick", async () => {
  const device = createDevice();
  device.network = device.offline;
  const recorder = device.page().open();
  recorder.changed("cmi.suspend_data", "short");
  recorder.commit();
  device.storage.quota = 10_000;
  for (let i = 0; i < 5; i += 1) recorder.changed(`cmi.objectives.${i}.id`, "x".repeat(9000));
  recorder.commit();
  device.storage.quota = Infinity;
  await device.pass(1000);
  const whole = [...device.storage.entries].find(([key]) => key.endsWith(":s"))[1];
  assert.equal(Object.keys(JSON.parse(whole).state.set).length, 6);
});

test("an erased session leaves neither entry", async () => {
  const device = createDevice();
  const recorder = device.page().open();
  for (const value of ["1", "2"]) {
    recorder.changed("cmi.suspend_data", value);
    recorder.commit();
    await settle();
  }
  assert.ok([...device.storage.entries.keys()].some((key) => key.endsWith(":c")));
  device.network = async ({ message }) => {
    const [record] = message.records;
    const gone = (register) => register && { seq: register.seq, status: "gone" };
    return { status: 200, body: { v: 1, ledger: "ledger-1", now: SERVER_START, results: [{ session: record.session, time: gone(record.time), state: gone(record.state) }] } };
  };
  recorder.commit();
  await settle();
  assert.equal(device.storage.entries.size, 0);
});
