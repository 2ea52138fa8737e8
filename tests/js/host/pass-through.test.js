/**
 * Calls pass through unchanged: the same answers of the same type, the same `this`, the same exceptions, on every kind of object
 * that an LMS may put there; and nothing that the listener does is heard of.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";

import { CALLS, createPassThrough } from "../../../static/scorm_api/host/pass-through.js";

/** Hears everything. */
function ear() {
  const heard = [];
  const passThrough = createPassThrough({
    before: (call, args) => heard.push(["before", call, ...args]),
    after: (call, args, outcome, note) => heard.push(["after", call, outcome, note]),
  });
  return { heard, passThrough };
}

/** What an LMS may answer, right or wrong. */
const ANSWERS = ["true", "false", "", true, false, 0, 1, NaN, null, undefined, 12n, Symbol("answer"), { then: 1 }, [], () => {}, Promise.resolve("true"), new String("true")];

const METHODS = [...CALLS.keys()];

/** An LMS that answers `answers` in turn and remembers `this` and the arguments. */
function recording(answer) {
  const calls = [];
  const api = {};
  for (const method of METHODS) {
    api[method] = function (...args) {
      calls.push({ self: this, method, args });
      return answer;
    };
  }
  return { api, calls };
}

class PrivateApi {
  #log = [];
  #values = new Map();
  LMSInitialize() {
    this.#log.push("initialize");
    return "true";
  }
  LMSSetValue(element, value) {
    this.#values.set(element, value);
    return "true";
  }
  LMSGetValue(element) {
    return this.#values.get(element) ?? "";
  }
  LMSFinish() {
    return this.LMSCommit("") === "true" ? "true" : "false";
  }
  LMSCommit() {
    this.#log.push("commit");
    return "true";
  }
  extra() {
    return this.#log.join();
  }
}

/** Every way of handing an object out: `shown` is what content finds. */
const WAYS = {
  "in place": (api, passThrough) => {
    assert.equal(passThrough.inPlace(api), true);
    return api;
  },
  "by a stand-in": (api, passThrough) => passThrough.standIn(api),
};

for (const [way, show] of Object.entries(WAYS)) {
  test(`${way}: every answer comes back as it is`, () => {
    for (const answer of ANSWERS) {
      const { heard, passThrough } = ear();
      const { api } = recording(answer);
      const shown = show(api, passThrough);
      for (const method of METHODS) assert.ok(Object.is(shown[method]("cmi.core.exit", "suspend"), answer), `${method} ${String(answer)}`);
      assert.equal(heard.length, 2 * METHODS.length);
    }
  });

  test(`${way}: this is the LMS's own object, and every argument arrives`, () => {
    const { passThrough } = ear();
    const { api, calls } = recording("true");
    const shown = show(api, passThrough);
    const odd = { toString: () => assert.fail("nobody may look into an argument") };
    for (const args of [[], [""], [odd, undefined, null], [1, 2, 3, 4]]) {
      shown.LMSSetValue(...args);
      const { self, args: came } = calls.at(-1);
      assert.equal(self, api);
      assert.equal(came.length, args.length);
      args.forEach((arg, index) => assert.equal(came[index], arg));
    }
  });

  test(`${way}: another this, or none, stays what it is`, () => {
    const { passThrough } = ear();
    const { api, calls } = recording("true");
    const shown = show(api, passThrough);
    const { LMSCommit: bare } = shown;
    const other = {};
    bare("");
    bare.call(other, "");
    Reflect.apply(bare, 7, [""]);
    assert.deepEqual(calls.map(({ self }) => self), [undefined, other, 7]);
  });

  test(`${way}: what is thrown is thrown, the very same`, () => {
    const { heard, passThrough } = ear();
    for (const thrown of [new Error("no"), new TypeError("x"), "text", null, undefined, 5]) {
      const shown = show({ LMSCommit: () => { throw thrown; } }, passThrough); // prettier-ignore
      let came = "nothing";
      try {
        shown.LMSCommit("");
      } catch (error) {
        came = error;
      }
      assert.equal(came, thrown);
      assert.deepEqual(heard.at(-1)[2], { threw: thrown });
    }
    // after an exception the next call is heard all the same
    const shown = show({ LMSFinish: () => "true" }, passThrough);
    shown.LMSFinish("");
    assert.deepEqual(heard.at(-1).slice(0, 3), ["after", "Terminate", { answer: "true" }]);
  });

  test(`${way}: a class with private fields and methods on its prototype`, () => {
    const { heard, passThrough } = ear();
    const api = new PrivateApi();
    const shown = show(api, passThrough);
    assert.equal(shown.LMSInitialize(""), "true");
    assert.equal(shown.LMSSetValue("a", "b"), "true");
    assert.equal(shown.LMSGetValue("a"), "b");
    assert.equal(shown.LMSFinish(""), "true");
    assert.equal(shown.extra(), "initialize,commit");
    assert.ok(shown instanceof PrivateApi);
    assert.deepEqual(Object.keys(shown), []);
    // the commit that the LMS made within its own LMSFinish is none of the content's
    assert.deepEqual(heard.filter(([when]) => when === "before").map(([, call]) => call), ["Initialize", "SetValue", "GetValue", "Terminate"]);
    // other objects of the class are not listened to
    new PrivateApi().LMSCommit("");
    assert.equal(heard.length, 8);
  });

  test(`${way}: functions keep their names, their lengths and what hangs on them`, () => {
    const { passThrough } = ear();
    const original = Object.assign(function LMSCommit(argument, second) { return [argument, second]; }, { version: "7" });
    const shown = show({ LMSCommit: original }, passThrough);
    assert.deepEqual([shown.LMSCommit.name, shown.LMSCommit.length, shown.LMSCommit.version, typeof shown.LMSCommit], ["LMSCommit", 2, "7", "function"]);
    assert.equal(shown.LMSCommit, shown.LMSCommit);
  });

  test(`${way}: a listener that throws is not heard of`, () => {
    const passThrough = createPassThrough({
      before: () => {
        throw new Error("ours");
      },
      after: () => {
        throw new Error("ours");
      },
    });
    const failing = new Error("theirs");
    const shown = show({ LMSCommit: () => "true", LMSFinish: () => { throw failing; } }, passThrough); // prettier-ignore
    assert.equal(shown.LMSCommit(""), "true");
    assert.throws(() => shown.LMSFinish(""), failing);
  });

  test(`${way}: getters are asked each time, with their own this`, () => {
    const { heard, passThrough } = ear();
    let asked = 0;
    const api = {
      secret: "s",
      get LMSCommit() {
        asked += 1;
        return () => `${this.secret}${asked}`;
      },
    };
    const shown = show(api, passThrough);
    assert.equal(asked, 0);
    assert.equal(shown.LMSCommit(""), "s1");
    assert.equal(shown.LMSCommit(""), "s2");
    assert.equal(heard.length, 4);
  });

  test(`${way}: what is no function, or is not there, stays so`, () => {
    const { passThrough } = ear();
    const api = { LMSInitialize: "text", LMSFinish: null, cmi: { a: 1 } };
    const shown = show(api, passThrough);
    assert.equal(shown.LMSInitialize, "text");
    assert.equal(shown.LMSFinish, null);
    assert.equal(shown.LMSCommit, undefined);
    assert.equal("LMSCommit" in shown, false);
    assert.equal(shown.cmi, api.cmi);
    shown.cmi = 2;
    shown.own = 3;
    assert.deepEqual([api.cmi, api.own], [2, 3]);
    assert.equal(delete shown.own, true);
    assert.deepEqual(Object.keys(shown), Object.keys(api));
  });
}

test("a frozen, a sealed and a non-configurable object are left as they are, and a stand-in speaks for them", () => {
  for (const lock of [Object.freeze, Object.seal, Object.preventExtensions]) {
    const { heard, passThrough } = ear();
    const plain = lock({ LMSCommit: () => "true", extra: 1 });
    const before = Object.getOwnPropertyDescriptor(plain, "LMSCommit");
    const inPlace = passThrough.inPlace(plain);
    if (lock === Object.freeze) {
      assert.equal(inPlace, false);
      assert.deepEqual(Object.getOwnPropertyDescriptor(plain, "LMSCommit"), before);
    }
    const shown = inPlace ? plain : passThrough.standIn(plain);
    assert.equal(shown.LMSCommit(""), "true");
    assert.equal(heard.length, 2);
    assert.deepEqual(Object.keys(shown), ["LMSCommit", "extra"]);
    assert.throws(() => {
      "use strict";
      shown.another = 1;
    }, TypeError);
  }
  const { passThrough } = ear();
  const instance = Object.freeze(new PrivateApi());
  assert.equal(passThrough.inPlace(instance), false);
  assert.equal(passThrough.standIn(instance).LMSFinish(""), "true");
  assert.equal(passThrough.standIn(instance), passThrough.standIn(instance));
});

test("an object that lies about itself, or throws at every look, is called as ever", () => {
  const { passThrough } = ear();
  const angry = new Proxy({}, {
    getOwnPropertyDescriptor() {
      throw new Error("do not look");
    },
    getPrototypeOf() {
      throw new Error("do not look");
    },
    get: (_target, key) => () => `answer to ${String(key)}`,
  });
  assert.equal(passThrough.inPlace(angry), false);
  assert.equal(passThrough.standIn(angry).LMSCommit(""), "answer to LMSCommit");
  const liar = new Proxy({ LMSCommit: () => "true" }, { defineProperty: () => true });
  assert.equal(passThrough.inPlace(liar), false);
  assert.equal(passThrough.standIn(liar).LMSCommit(""), "true");
});

test("listening twice hears once", () => {
  const { heard, passThrough } = ear();
  const { api } = recording("true");
  passThrough.inPlace(api);
  passThrough.inPlace(api);
  passThrough.standIn(api).LMSCommit("");
  api.LMSCommit("");
  assert.equal(heard.length, 4);
});

test("an LMS that wraps what we listen to, and is listened to again, is heard once", () => {
  const { heard, passThrough } = ear();
  const { api } = recording("true");
  passThrough.inPlace(api);
  const before = api.LMSCommit;
  api.LMSCommit = function (...args) {
    return before.apply(this, args);
  };
  assert.equal(passThrough.inPlace(api), true);
  assert.equal(api.LMSCommit(""), "true");
  assert.equal(heard.length, 2);
});

test("an object of another window", () => {
  const { heard, passThrough } = ear();
  const foreign = vm.runInNewContext(`
    class Api { #n = 0; LMSCommit() { this.#n += 1; return new String(this.#n); } LMSFinish() { throw new RangeError("theirs"); } }
    ({ api: new Api(), RangeError, String });
  `);
  for (const shown of [passThrough.standIn(foreign.api), (passThrough.inPlace(foreign.api), foreign.api)]) {
    assert.ok(shown.LMSCommit("") instanceof foreign.String);
    assert.throws(() => shown.LMSFinish(""), foreign.RangeError);
  }
  assert.equal(heard.length, 8);
});

test("a call that hangs is not waited for by anybody else: what is heard before it is heard at once", () => {
  const order = [];
  const passThrough = createPassThrough({ before: (call) => order.push(call), after: () => order.push("after") });
  const api = { LMSCommit: () => order.push("the LMS") };
  passThrough.inPlace(api);
  api.LMSCommit("");
  assert.deepEqual(order, ["Commit", "the LMS", "after"]);
});
