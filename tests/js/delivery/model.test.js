/**
 * Random histories against the model server: requests dropped, answers lost, duplicated and delivered late; pages closed, killed and put
 * to sleep; the server restored from a backup. In the end the server has exactly what the browser measured and what the content wrote.
 */
import assert from "node:assert/strict";
import { test } from "node:test";

import { createDevice, entries, lengths, seeded, settle } from "./support.js";

const HISTORIES = 60;
const STEPS = 40;

/** A network that drops, loses answers, duplicates and delivers late. */
function unreliable(device, random) {
  const late = [];
  return {
    late,
    network: async (request) => {
      const fate = random();
      if (fate < 0.15) throw new TypeError("Failed to fetch");
      if (fate < 0.25) late.push(request.body);
      if (fate < 0.2) throw new TypeError("Failed to fetch");
      const answer = await device.online(request);
      if (fate < 0.35) device.server.commit(request.body, device.serverNow());
      if (fate > 0.9) throw new TypeError("Failed to fetch"); // stored, but nobody hears of it
      if (fate > 0.85) return { status: 503, body: {} };
      return answer;
    },
  };
}

for (let history = 1; history <= HISTORIES; history += 1) {
  test(`history ${history}: the server ends with exactly what the browser measured`, async () => {
    const random = seeded(history * 7919);
    const device = createDevice({ random });
    const { network, late } = unreliable(device, random);
    device.network = network;
    /** What the content wrote, by session. */
    const wrote = new Map();
    let page = device.page();
    let recorder = page.open();
    let backup = [];

    const steps = {
      pass: () => device.pass(Math.floor(random() * 20_000)),
      set() {
        const element = ["cmi.suspend_data", "cmi.core.lesson_location", "cmi.core.lesson_status"][Math.floor(random() * 3)];
        const value = random() < 0.1 ? "x".repeat(60_000) : String(Math.floor(random() * 1000));
        recorder.changed(element, value);
        wrote.set(recorder.session(), { ...wrote.get(recorder.session()), [element]: value });
      },
      async commit() {
        assert.equal(recorder.commit(), true);
        await settle();
      },
      say() {
        const ms = Math.floor(random() * 100_000);
        recorder.sessionTime(String(ms), ms, false);
      },
      async hide() {
        device.visible = !device.visible;
        page.keeper.visibility(device.visible);
      },
      sleep: () => device.sleep(Math.floor(random() * 100_000), { clockStops: random() < 0.5 }),
      async again() {
        recorder.terminate();
        await settle();
        recorder.initialized();
      },
      async leave() {
        page.keeper.dismissalBegan();
        if (random() < 0.5) recorder.terminate();
        await settle();
        device.beaconRoom = 64 * 1024;
        device.kill(page);
        page = device.page();
        const visit = page.keeper.deliverPending(5000);
        await device.pass(6000);
        await visit;
        recorder = page.open();
        await settle();
      },
      async crash() {
        recorder.commit(); // so that what was written is in the journal
        await settle();
        device.kill(page);
        page = device.page();
        recorder = page.open();
        await settle();
      },
      backUp: () => void (backup = structuredClone([...device.server.sessions])),
      restore: () => (random() < 0.3 ? device.server.restore(backup) : undefined),
      arrive: () => late.splice(0).forEach((body) => device.server.commit(body, device.serverNow())),
    };
    const names = Object.keys(steps);
    for (let step = 0; step < STEPS; step += 1) await steps[names[Math.floor(random() * names.length)]]();

    recorder.terminate();
    device.network = device.online;
    await device.pass(240_000);
    late.forEach((body) => device.server.commit(body, device.serverNow()));
    await device.page().keeper.deliverPending(5000);
    await settle();

    const states = new Map(entries(device.storage, "s").map((file) => [file, file.state.set]));
    assert.ok(states.size >= wrote.size);
    for (const { session, time } of entries(device.storage, "t")) {
      const stored = device.server.sessions.get(session);
      assert.ok(stored, "every session arrived");
      assert.equal(stored.measured, time.measured);
      assert.equal(lengths(stored.spans), time.measured);
      assert.deepEqual(stored.words, time.words);
      assert.deepEqual(stored.acts, time.acts);
      assert.deepEqual([stored.terminated, stored.ended, stored.exit], [time.terminated, time.ended, time.exit]);
      stored.spans.slice(1).forEach(([start], index) => assert.ok(start >= stored.spans[index][0] + stored.spans[index][1], "spans do not overlap"));
      for (const [element, value] of Object.entries(wrote.get(session) ?? {})) assert.equal(stored.elements[element], value);
    }
    assert.equal(new Set(entries(device.storage, "t").map(({ session }) => session)).size, entries(device.storage, "t").length);
  });
}
