/**
 * Arguments that no content should pass, and hostile or broken content does: objects that throw when they are looked at, or call the API
 * while it looks at them, names of JavaScript's own things, half characters, texts of a megabyte.
 */

const fail = () => {
  throw new Error("content");
};

export const NAMES = [
  "__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf", "cmi.__proto__", "cmi.constructor", "cmi.core.__proto__", "cmi.core.constructor.prototype", "cmi.objectives.__proto__.id",
  "cmi.objectives.0.__proto__", "cmi.objectives.0.constructor", "cmi.objectives.length", "cmi.objectives.-1.id", "cmi.objectives.01.id", "cmi.objectives.1e1.id", "cmi.objectives.0x1.id", "cmi.objectives. 0.id",
  "cmi.objectives.4294967296.id", "cmi.objectives.99999.id", "cmi.interactions.0.objectives.__proto__.id", "cmi.interactions.0.correct_responses.constructor.pattern", "cmi..", ".", "..", "cmi.", ".cmi", "cmi.core.score.raw.",
  "cmi.core.score.raw\u0000", "CMI.CORE.EXIT", "cmi.core.exit ", "cmi[core][exit]", "adl.nav.request_valid.choice.{target=__proto__}", "adl.nav.request_valid.choice.{target=}", "adl.nav.request_valid.jump.{target=a}.b",
  "adl.data.0.store", "adl.data.__proto__.id", "settings.lmsCommitUrl", "cmi.suspend_data.__proto__", "\ud800", "cmi.\udc00", "💥", "cmi.objectives.n.id", "cmi.objectives.{}.id", `cmi.${"a.".repeat(3000)}`, "cmi.".repeat(50),
];

const TEXTS = [
  "", " ", "\u0000", "\ud800", "\udfff\ud800", "x\ud83d", "ünïcödé ☃ 💥", "__proto__", "constructor", "[object Object]", "undefined", "null", "NaN", "-0", "1e400", "0x10", "٣", "１２", "PT", "P", "-PT5S", "PT-5S", "PT99999999999999999999S",
  "99999999999999:00:00", "00:00:00.000000000000000000001", "2024-13-45", "{lang=", "{lang=en", "{case_matters=maybe}a", "{order_matters=true}{order_matters=true}a", "[,]", "a[,]", "[.]", "[:]", "1[:]", "{target=}choice",
  "{target=a}{target=b}choice", "</script><script>alert(1)</script>", "'\"`;--", "%00%ff", "\u202e", "ſ", "\r\n".repeat(20), "a".repeat(256), "[,]".repeat(500), "{".repeat(2000), "9".repeat(400), "-".repeat(300), "ab ".repeat(2000),
];

/** Built once: a megabyte each time would be all that the test does. */
const HUGE = ["x".repeat(1_000_000), "☃".repeat(70_000), "[,]a".repeat(20_000), "\ud800".repeat(5000)];

/**
 * @param {ReturnType<import("../seeded.js").chooser>} choose
 * @param {() => void} act   calls the API: what an argument does while it is looked at
 * @returns {unknown}
 */
export function strange(choose, act) {
  const make = choose.pick(MAKERS);
  return make(choose, act);
}

/** Objects that become a text, and do something on the way. @param {() => unknown} does */
function becoming(does) {
  return { toString: does, valueOf: does, [Symbol.toPrimitive]: does, toJSON: does };
}

/** @type {((choose: ReturnType<import("../seeded.js").chooser>, act: () => void) => unknown)[]} */
const MAKERS = [
  (choose) => choose.pick(TEXTS),
  (choose) => choose.pick(TEXTS),
  (choose) => choose.pick(NAMES),
  (choose) => (choose.chance(0.05) ? choose.pick(HUGE) : choose.pick(TEXTS)),
  (choose) => choose.pick([undefined, null, true, false, 0, -0, 1, 85.5, NaN, Infinity, -Infinity, 1e21, 5e-324, 7n, 10n ** 30n]),
  (choose) => choose.pick([Symbol("s"), Symbol.iterator, Symbol.for("cmi.core.exit")]),
  (choose) => choose.pick([{}, [], [["a"]], () => "f", class {}, new Map([["a", 1]]), new Date(NaN), /x/g, new Error("e"), Object.create(null), Object.freeze({ toString: "no function" }), new Uint8Array(4), globalThis]),
  () => becoming(fail),
  () => becoming(() => ({})),
  (_choose, act) => becoming(() => (act(), "completed")),
  (_choose, act) => Object.assign(Object.create({ get [Symbol.toStringTag]() { act(); return "String"; } }), becoming(() => (act(), "0"))),
  (_choose, act) => ({ [Symbol.toStringTag]: "Number", ...becoming(() => (act(), "1")) }),
  (_choose, act) => ({ get [Symbol.toStringTag]() { act(); return fail(); } }),
  () => ({ [Symbol.toStringTag]: "String", ...becoming(fail) }),
  (choose) => Object.assign(new String(choose.pick(TEXTS)), { size: 5 }),
  () => Object.assign(new Number(5), { toString: fail, valueOf: fail }),
  () => new Proxy({}, { get: fail, has: fail, getPrototypeOf: fail, ownKeys: fail, getOwnPropertyDescriptor: fail }),
  (_choose, act) => new Proxy(() => undefined, { get: (_target, key) => (act(), key === Symbol.toStringTag ? "String" : () => "x"), apply: fail }),
  () => revoked(),
];

/** A proxy that may not even be asked what it is. */
function revoked() {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}
