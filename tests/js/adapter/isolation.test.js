/**
 * Content is untrusted code: whatever it calls with, nothing is thrown, nothing outside of the model is reached or changed.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { SCORM_11_TABLE, SCORM_12_TABLE } from "../../../static/scorm_api/adapter/scorm12-table.js";
import { SCORM_2004_TABLE } from "../../../static/scorm_api/adapter/scorm2004-table.js";
import { launchData, outcome, recordingSink, running } from "./support.js";

const TABLES = { scorm11: SCORM_11_TABLE, scorm12: SCORM_12_TABLE, scorm2004: SCORM_2004_TABLE };
const REFLECTION = [
  "__proto__", "constructor", "prototype", "hasOwnProperty", "cmi.__proto__", "cmi.constructor", "cmi.core.__proto__.polluted", "cmi.objectives.__proto__", "cmi.objectives.0.__proto__.x",
  "cmi.objectives.constructor.prototype.x", "cmi.objectives.length", "cmi.interactions.-1.id", "cmi.interactions.100000.id", "cmi.interactions.1e3.id", "cmi.interactions.n.id", "cmi.objectives.n.id",
  "cmi.core.score.toString", "settings.lmsCommitUrl", "lmsCommitUrl", "cmi", ".", "..", "cmi.", ".cmi", "cmi..core", "cmi.core.", " cmi.core.exit", "CMI.core.exit", "cmi.core.exit.", "cmi.objectives.0", "cmi.objectives",
  "cmi.interactions.9999999999999999999999.id", "adl.nav.request_valid.choice.{target=__proto__}x", "\u0000", "💥", "cmi.core.lesson_status\u0000",
];

for (const standard of Object.keys(TABLES)) {
  test(`${standard}: names of JavaScript's own things are no elements`, () => {
    const session = running(standard, { elements: { "cmi.objectives.0.id": "o1" } });
    const before = session.adapter.snapshot();
    for (const element of REFLECTION) {
      assert.deepEqual(outcome(session, "get", element), ["", "401"], element);
      assert.deepEqual(outcome(session, "set", element, "polluted"), ["false", "401"], element);
    }
    assert.deepEqual(session.sink.told, []);
    assert.deepEqual(session.adapter.snapshot(), before);
    assert.equal({}.polluted, undefined);
  });

  test(`${standard}: the API cannot be changed`, () => {
    const { api } = createAdapter(standard, launchData(), recordingSink());
    const keys = Reflect.ownKeys(api);
    for (const key of [...keys, "extra"]) {
      assert.equal(Reflect.set(api, key, () => "hijacked"), false);
      assert.equal(Reflect.deleteProperty(api, key), !keys.includes(key));
    }
    assert.equal(Reflect.setPrototypeOf(api, {}), false);
    assert.deepEqual(Reflect.ownKeys(api), keys);
    assert.ok(Object.isFrozen(Object.getPrototypeOf(api)));
    assert.equal(Object.getPrototypeOf(Object.getPrototypeOf(api)), null);
    for (const name of ["__proto__", "constructor", "hasOwnProperty"]) assert.equal(name in api, false);
  });

  test(`${standard}: launch data with names of JavaScript's own things is harmless`, () => {
    const elements = JSON.parse('{"__proto__": "x", "constructor": "y", "cmi.__proto__": "z"}');
    const session = running(standard, { elements });
    assert.deepEqual(outcome(session, "get", "__proto__"), ["", "401"]);
    assert.equal(session.set("cmi.suspend_data", "s"), "true");
  });

  test(`${standard}: 20 000 random calls never throw, answer strings, and keep the model within its table`, () => {
    const random = generator(20_240_506 + standard.length);
    const pick = (list) => list[Math.floor(random() * list.length)];
    const names = [...TABLES[standard].slots.keys()];
    const element = () => {
      const kind = random();
      if (kind < 0.75) return pick(names).replace(/\bn\b/g, () => String(Math.floor(random() * 4))).replace("{target}", "{target=item}");
      if (kind < 0.85) return pick(REFLECTION);
      if (kind < 0.95) return mangle(pick(names), random);
      return pick(STRANGE);
    };
    const value = () => (random() < 0.7 ? pick(VALUES) : pick(STRANGE));
    const sink = recordingSink();
    const adapter = createAdapter(standard, launchData(), sink);
    const calls = Object.values(adapter.api);
    const prototypes = [Object.prototype, Function.prototype, Map.prototype, String.prototype].map((prototype) => [prototype, Reflect.ownKeys(prototype).length]);
    let running = 0;
    for (let i = 0; i < 20_000; i++) {
      if (random() < 0.001) adapter.documentChanged();
      // The end and its like come seldom, or there would be no session to fuzz.
      const which = random() < 0.9 ? (random() < 0.3 ? 2 : 3) : Math.floor(random() * calls.length);
      const args = which === 2 || which === 3 ? [element(), value()] : [random() < 0.7 ? "" : pick(STRANGE)];
      if (which === 1 && random() < 0.9) continue;
      const answer = calls[which](...args);
      assert.equal(typeof answer, "string");
      if (which !== 2 && which < 5) assert.ok(answer === "true" || answer === "false");
      if (adapter.state() === "running") running += 1;
      if (adapter.state() === "terminated") adapter.documentChanged();
    }
    assert.ok(running > 10_000, `${running} calls met a running session`);
    const known = new Set(names);
    for (const name of Object.keys(adapter.snapshot())) {
      const row = name.replace(/\{target=[^}]+\}/, "{target}").split(".").map((part) => (/^\d+$/.test(part) ? "n" : part)).join(".");
      assert.ok(known.has(row), name);
    }
    for (const [what, name, written] of sink.told) if (what === "changed") assert.ok(typeof name === "string" && typeof written === "string");
    assert.ok(sink.told.length > 100);
    for (const [prototype, size] of prototypes) assert.equal(Reflect.ownKeys(prototype).length, size);
  });
}

const throwing = () => {
  throw new Error("content");
};
const STRANGE = [
  undefined, null, 0, -0, NaN, Infinity, true, false, 7n, Symbol("s"), {}, [], [[]], () => "f", Object.create(null), new Map(), new Date(NaN), new String("boxed"), /x/,
  { toString: throwing, valueOf: throwing }, { get [Symbol.toStringTag]() { return throwing(); } }, { [Symbol.toStringTag]: "String", toString: throwing },
  new Proxy({}, { get: throwing, getPrototypeOf: throwing, ownKeys: throwing }), "\ud800", "x".repeat(70_000), `cmi.${"a.".repeat(2000)}`,
];
const VALUES = [
  "", "0", "1", "0.5", "80", "-1", "passed", "completed", "incomplete", "not attempted", "suspend", "00:00:05", "PT5S", "PT", "a", "id_1", "id with space", "choice", "matching", "numeric", "1[:]2", "a[.]b", "a[,]b",
  "{lang=en}x", "{lang=", "true", "2024-05-06", "continue", "{target=a}choice", "en", "correct",
];

/** A seeded linear congruential generator, so that a failure can be repeated. @param {number} seed */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** A name with one character changed, dropped or doubled. @param {string} name @param {() => number} random */
function mangle(name, random) {
  const at = Math.floor(random() * name.length);
  const piece = ["", ".", "n", "0", "_", name.charAt(at).repeat(2)][Math.floor(random() * 6)];
  return name.slice(0, at) + piece + name.slice(at + 1);
}
