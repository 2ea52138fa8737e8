/**
 * Content is untrusted code: names of JavaScript's own things reach nothing, and the API cannot be changed. Random calls are in ../fuzz/.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { launchData, outcome, recordingSink, running } from "./support.js";

const STANDARDS = ["scorm11", "scorm12", "scorm2004"];
const REFLECTION = [
  "__proto__", "constructor", "prototype", "hasOwnProperty", "cmi.__proto__", "cmi.constructor", "cmi.core.__proto__.polluted", "cmi.objectives.__proto__", "cmi.objectives.0.__proto__.x",
  "cmi.objectives.constructor.prototype.x", "cmi.objectives.length", "cmi.interactions.-1.id", "cmi.interactions.100000.id", "cmi.interactions.1e3.id", "cmi.interactions.n.id", "cmi.objectives.n.id",
  "cmi.core.score.toString", "settings.lmsCommitUrl", "lmsCommitUrl", "cmi", ".", "..", "cmi.", ".cmi", "cmi..core", "cmi.core.", " cmi.core.exit", "CMI.core.exit", "cmi.core.exit.", "cmi.objectives.0", "cmi.objectives",
  "cmi.interactions.9999999999999999999999.id", "adl.nav.request_valid.choice.{target=__proto__}x", "\u0000", "💥", "cmi.core.lesson_status\u0000",
];

for (const standard of STANDARDS) {
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
}
