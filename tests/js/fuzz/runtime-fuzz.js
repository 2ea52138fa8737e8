/**
 * The adapter on the real delivery side (recorder, registers, journal), with a browser's storage that fails: blocked, full, full now
 * and free later. Whenever Commit or the end answers "true", the browser is killed on the spot, in a copy: what its storage held
 * is delivered by another page, and the server must have every value that was accepted. Where storage took no record, the learner
 * must have been told that time is not safe here.
 */

import assert from "node:assert/strict";
import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { createDevice, fakeStorage, settle } from "../delivery/support.js";
import { LAUNCHES } from "../differential/sequences.js";
import { meant, TABLES, VALUES } from "../differential/words.js";
import { chooser } from "../seeded.js";
import { strange } from "./strange.js";

/** Room for a session's time but not for much state; for some state; for all. Characters. */
const QUOTAS = [3000, 30_000, Infinity, Infinity];
/** What says that this device holds no copy. */
const UNSAFE = "unsafe";

/**
 * @param {"scorm12" | "scorm2004"} standard
 * @param {number} seed
 * @param {number} calls
 * @returns {Promise<{ acknowledged: number, unsafe: number, sessions: number }>} how often Commit or the end said "true", how often without a copy on the device
 */
export async function fuzzRuntime(standard, seed, calls) {
  const choose = chooser(seed);
  const storage = fakeStorage(choose.pick(QUOTAS));
  const device = createDevice({ storage, random: choose.random });
  device.network = device.offline;
  const page = device.page();
  const { recorder, data } = page.launch({ start: { standard, data: { ...page.start?.data, ...blankLaunch(), ...choose.pick(LAUNCHES[standard]) } } });
  let status = "";
  let everBlocked = false;
  page.keeper.onStatus((now) => void (status = now));

  /** What was accepted: session to element to value. */
  const accepted = new Map();
  const sink = {
    ...recorder,
    changed(element, value, derived) {
      recorder.changed(element, value, derived);
      const session = recorder.session();
      if (session !== null) accepted.set(session, { ...accepted.get(session), [element]: value });
    },
  };
  const adapter = createAdapter(standard, data, sink);
  const { api } = adapter;
  const prefix = standard === "scorm2004" ? "" : "LMS";
  const end = standard === "scorm2004" ? "Terminate" : "LMSFinish";
  const names = [...TABLES[standard].slots.keys()];
  const done = { acknowledged: 0, unsafe: 0, sessions: 0 };

  const act = () => void api[choose.pick([`${prefix}Commit`, end, `${prefix}SetValue`])](choose.chance(0.5) ? "" : "cmi.suspend_data", "within");
  api[`${prefix}Initialize`]("");
  for (let i = 0; i < calls; i++) {
    if (choose.chance(0.02)) {
      storage.blocked = !storage.blocked;
      everBlocked = true;
    }
    const roll = choose.random();
    if (adapter.state() === "terminated" && choose.chance(0.5)) {
      adapter.documentChanged();
      api[`${prefix}Initialize`]("");
    }
    if (roll < 0.15) {
      const answer = roll < 0.13 ? api[`${prefix}Commit`]("") : api[end]("");
      if (answer !== "true") continue;
      done.acknowledged += 1;
      const kept = new Map(storage.entries);
      // A tick writes what storage refused a moment ago: the learner has been told before it, or is told by it.
      const told = status === UNSAFE;
      page.core.tick();
      const refusing = storage.blocked || storage.quota < Infinity;
      // "Saving" claims nothing: a first try is under way, and becomes "unsafe" where it fails.
      if (told || status === UNSAFE || (refusing && status === "saving")) {
        assert.ok(everBlocked || refusing, "nothing was ever wrong with the storage");
        done.unsafe += 1;
      } else {
        await killedHere(kept, accepted, `${status}${storage.blocked ? ", blocked" : ""}`);
      }
      continue;
    }
    if (roll < 0.16) await device.pass(choose.below(3000));
    const name = choose.pick(names).replace(/\bn\b/g, () => String(choose.below(3))).replace("{target}", "{target=item}");
    const value = choose.chance(0.6) ? choose.pick(meant(standard, name)) : choose.chance(0.5) ? choose.pick(VALUES) : strange(choose, act);
    api[`${prefix}SetValue`](name, value);
  }
  done.sessions = accepted.size;
  return done;
}

/** Another page on a device with this storage, and nothing else of the old one. @param {Map<string, string>} kept @param {Map<string, Record<string, string>>} accepted */
async function killedHere(kept, accepted, status) {
  const storage = fakeStorage();
  for (const [key, json] of kept) storage.entries.set(key, json);
  const device = createDevice({ storage });
  const delivered = device.page().keeper.deliverPending(5000);
  await settle();
  await device.pass(1000);
  await delivered;
  for (const [session, elements] of accepted) {
    const stored = device.server.sessions.get(session);
    assert.ok(stored !== undefined, `session ${session} is in no storage, and the learner was told: ${status}`);
    for (const [element, value] of Object.entries(elements)) assert.equal(stored.elements[element], value, `${element} was accepted, is in no storage, and the learner was told: ${status}`);
  }
}

function blankLaunch() {
  return { elements: {}, totalTimeMs: 0, entry: "ab-initio", mode: "normal", credit: "credit", learnerId: "ana", learnerName: "Ruiz, Ana" };
}
