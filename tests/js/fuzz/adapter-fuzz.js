/**
 * Random calls with any arguments to a watched adapter, and what must hold of the model afterwards.
 */

import assert from "node:assert/strict";
import { SCORM_11_TABLE, SCORM_12_TABLE } from "../../../static/scorm_api/adapter/scorm12-table.js";
import { SCORM_2004_TABLE } from "../../../static/scorm_api/adapter/scorm2004-table.js";
import { meant, NOT_STRINGS, VALUES } from "../differential/words.js";
import { LAUNCHES } from "../differential/sequences.js";
import { chooser } from "../seeded.js";
import { NAMES, strange } from "./strange.js";
import { watched } from "./watched.js";

const TABLES = { scorm11: SCORM_11_TABLE, scorm12: SCORM_12_TABLE, scorm2004: SCORM_2004_TABLE };
export const STANDARDS = /** @type {const} */ (["scorm11", "scorm12", "scorm2004"]);
/** A call from within a call from within a call: deep enough. */
const DEEPEST = 3;
const FAILURES = [() => false, () => undefined, () => "true", () => 1, throwing(), throwing()];

function throwing() {
  const failure = () => {
    throw new Error("journal");
  };
  failure.throws = true;
  return failure;
}

/**
 * @param {"scorm11" | "scorm12" | "scorm2004"} standard
 * @param {number} seed
 * @param {number} calls
 */
export function fuzzAdapter(standard, seed, calls) {
  const choose = chooser(seed);
  const words = standard === "scorm2004" ? "scorm2004" : "scorm12";
  const names = [...TABLES[standard].slots.keys()];
  const failing = choose.chance(0.5) ? choose.pick([0.01, 0.1, 0.5]) : 0;
  const leniencies = choose.pick([[], [], ["-all"], ["+all"]]);
  const watch = watched(standard, { ...choose.pick(LAUNCHES[words]), leniencies }, { chance: () => choose.chance(failing), failure: choose.pick(FAILURES) });
  let depth = 0;

  const element = () => {
    const roll = choose.random();
    if (roll < 0.7) return choose.pick(names).replace(/\bn\b/g, () => String(choose.below(3))).replace("{target}", "{target=item}");
    return roll < 0.85 ? choose.pick(NAMES) : strange(choose, act);
  };
  const value = (of) => {
    const roll = choose.random();
    if (roll < 0.45 && typeof of === "string") return choose.pick(meant(words, of));
    if (roll < 0.6) return choose.pick(VALUES);
    return roll < 0.65 ? choose.pick(NOT_STRINGS) : strange(choose, act);
  };
  const nothing = () => (choose.chance(0.8) ? "" : strange(choose, act));

  function act() {
    if (depth >= DEEPEST) return;
    depth += 1;
    try {
      step();
    } finally {
      depth -= 1;
    }
  }

  function step() {
    const roll = choose.random();
    if (roll < 0.05) return void watch.commit(nothing());
    if (roll < 0.06) return void watch.end(nothing());
    if (roll < 0.09) return void watch[choose.pick(["text", "diagnostic"])](choose.chance(0.5) ? choose.pick(["", "0", "401", "405", "408"]) : strange(choose, act));
    if (roll < 0.1) return void watch.init(nothing());
    if (roll < 0.105) return void watch.adapter.documentChanged();
    if (roll < 0.4) return void watch.get(element(), strange(choose, act));
    const name = element();
    const args = [name, value(name), strange(choose, act)].slice(0, choose.chance(0.97) ? 2 : choose.below(4));
    watch.set(...args);
  }

  watch.init("");
  for (let i = 0; i < calls; i++) {
    watch.looksClosely = choose.chance(0.05);
    if (watch.adapter.state() !== "running" && choose.chance(0.5)) {
      watch.adapter.documentChanged();
      watch.init("");
    }
    step();
  }
  checkModel(standard, watch);
  return watch;
}

/**
 * The model holds what the sink was told, under names of the table, in collections without gaps.
 *
 * @param {"scorm11" | "scorm12" | "scorm2004"} standard
 * @param {ReturnType<typeof watched>} watch
 */
function checkModel(standard, watch) {
  const { adapter, journal } = watch;
  const table = TABLES[standard];
  const snapshot = adapter.snapshot();
  for (const name of [...Object.keys(snapshot), ...journal.set.keys()]) {
    const row = name.replace(/\{target=[^}]+\}/, "{target}").split(".").map((part) => (/^\d+$/.test(part) ? "n" : part)).join(".");
    assert.ok(table.slots.has(row), `${name} is in no table`);
  }
  if (adapter.state() !== "running") return;
  for (const [name, { value }] of journal.set) {
    const row = table.slots.get(name.split(".").map((part) => (/^\d+$/.test(part) ? "n" : part)).join("."));
    if (row === undefined || !row.readable || row.ofSession || row.evaluate !== null || row.launch !== null) continue;
    assert.equal(snapshot[name], value, `${name} is not what was told last`);
  }
  const collections = new Map();
  for (const name of journal.set.keys()) {
    for (const [, collection, index] of name.matchAll(/(?=^(.+?)\.(\d+)\.)/g)) collections.set(collection, Math.max(collections.get(collection) ?? 0, Number(index) + 1));
    const inner = /^(.+\.\d+\.(?:objectives|correct_responses))\.(\d+)\./.exec(name);
    if (inner !== null) collections.set(inner[1], Math.max(collections.get(inner[1]) ?? 0, Number(inner[2]) + 1));
  }
  for (const [collection, most] of collections) {
    const count = Number(watch.get(`${collection}._count`));
    // What earlier sessions left is there from the start.
    assert.ok(count >= most && count <= most + 1, `${collection} has ${count} entries, its highest index was ${most - 1}`);
  }
}

/** What is outside of the adapter, and could be reached from it. */
export function worldNow() {
  const prototypes = [Object, Function, Array, String, Number, Boolean, Symbol, Map, Set, Promise, RegExp, Error].map(({ prototype }) => prototype);
  return JSON.stringify([...prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)), Reflect.ownKeys(globalThis).map(String)]);
}
