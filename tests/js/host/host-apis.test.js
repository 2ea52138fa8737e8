/** Where an LMS may put its API, and when; what is found is listened to, and nothing else is changed. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { watchHostApis } from "../../../static/scorm_api/host/host-apis.js";
import { createPassThrough } from "../../../static/scorm_api/host/pass-through.js";

/** A window, in a frame of `parent` or opened by `opener`. */
function windowIn({ parent, opener = null } = {}) {
  const made = { opener };
  made.parent = parent ?? made;
  return made;
}

/** A page that is watched. */
function watched(page) {
  const heard = [];
  const listener = (name) => createPassThrough({ before: () => {}, after: (call) => heard.push(`${name}.${call}`) });
  const passThroughs = { API: listener("API"), API_1484_11: listener("API_1484_11") };
  return { heard, apis: watchHostApis(page, (name) => passThroughs[name]) };
}

const api = (answer = "true") => ({ LMSCommit: () => answer });

test("a page without an API gets none, and no trace", () => {
  const page = windowIn();
  const { apis } = watched(page);
  assert.equal("API" in page, false);
  assert.deepEqual(apis.names(), []);
});

test("the LMS's object stays the one it is", () => {
  const page = windowIn();
  const own = (page.API = api());
  const kept = own;
  const { heard, apis } = watched(page);
  assert.equal(page.API, own);
  assert.deepEqual(Object.getOwnPropertyDescriptor(page, "API"), { value: own, writable: true, enumerable: true, configurable: true });
  kept.LMSCommit("");
  assert.deepEqual(heard, ["API.Commit"]);
  assert.deepEqual(apis.names(), ["API"]);
});

test("set late, replaced, and a function of it replaced: each is heard after the next look", () => {
  const page = windowIn();
  const { heard, apis } = watched(page);
  page.API = api();
  apis.look();
  page.API.LMSCommit("");
  page.API = api("false");
  apis.look();
  assert.equal(page.API.LMSCommit(""), "false");
  page.API.LMSCommit = () => "another";
  apis.look();
  assert.equal(page.API.LMSCommit(""), "another");
  assert.equal(heard.length, 3);
});

test("a frozen object has a stand-in in its place, of the same attributes", () => {
  for (const attributes of [
    { writable: true, enumerable: true, configurable: true },
    { writable: false, enumerable: false, configurable: true },
    { writable: true, enumerable: true, configurable: false },
  ]) {
    const page = windowIn();
    Object.defineProperty(page, "API", { ...attributes, value: Object.freeze(api()) });
    const { heard, apis } = watched(page);
    apis.look();
    const { value, ...now } = Object.getOwnPropertyDescriptor(page, "API");
    assert.deepEqual(now, attributes);
    assert.equal(value.LMSCommit(""), "true");
    assert.deepEqual(heard, ["API.Commit"]);
  }
});

test("what cannot be changed at all works as ever, unheard", () => {
  const page = windowIn();
  Object.defineProperty(page, "API", { value: Object.freeze(api()) });
  const { heard, apis } = watched(page);
  apis.look();
  assert.equal(page.API.LMSCommit(""), "true");
  assert.deepEqual(heard, []);
});

test("a getter of the LMS is asked by content alone", () => {
  const page = windowIn();
  let asked = 0;
  Object.defineProperty(page, "API", {
    configurable: true,
    get() {
      asked += 1;
      return api();
    },
  });
  const { heard, apis } = watched(page);
  apis.look();
  apis.look();
  assert.equal(asked, 0);
  assert.equal(page.API.LMSCommit(""), "true");
  assert.equal(asked, 1);
  assert.deepEqual(heard, ["API.Commit"]);
});

test("a getter that throws throws, and one that cannot be replaced is asked once", () => {
  const failing = new Error("not yet");
  const page = windowIn();
  Object.defineProperty(page, "API", { configurable: true, get() { throw failing; } }); // prettier-ignore
  watched(page);
  assert.throws(() => page.API, failing);

  const fixed = windowIn();
  let asked = 0;
  const own = api();
  Object.defineProperty(fixed, "API", { get() { asked += 1; return own; } }); // prettier-ignore
  const { heard, apis } = watched(fixed);
  apis.look();
  assert.equal(asked, 1);
  fixed.API.LMSCommit("");
  assert.deepEqual(heard, ["API.Commit"]);
});

test("an API of a frame above, or of an opener, is not touched: a stand-in in this page speaks for it", () => {
  for (const where of ["parent", "opener", "the opener's parent"]) {
    const top = windowIn();
    const holder = where === "the opener's parent" ? windowIn({ parent: top }) : top;
    const page = windowIn(where === "parent" ? { parent: top } : { opener: holder });
    const own = (top.API_1484_11 = Object.freeze({ Commit: () => "true" }));
    const { heard, apis } = watched(page);
    assert.equal(top.API_1484_11, own);
    assert.equal(page.API_1484_11.Commit(""), "true");
    assert.deepEqual(heard, ["API_1484_11.Commit"]);
    // replaced there, and taken away
    top.API_1484_11 = { Commit: () => "new" };
    apis.look();
    assert.equal(page.API_1484_11.Commit(""), "new");
    delete top.API_1484_11;
    apis.look();
    assert.equal("API_1484_11" in page, false);
  }
});

test("a page's own API that comes later than that of the frame above wins, as it would for content", () => {
  const top = windowIn();
  top.API = api("above");
  const page = windowIn({ parent: top });
  const { heard, apis } = watched(page);
  const own = (page.API = api("own"));
  apis.look();
  assert.equal(page.API, own);
  assert.equal(page.API.LMSCommit(""), "own");
  assert.deepEqual(heard, ["API.Commit"]);
});

test("a window of another origin is passed by", () => {
  const closed = new Proxy({}, { get() { throw new Error("SecurityError"); }, getOwnPropertyDescriptor() { throw new Error("SecurityError"); } }); // prettier-ignore
  const page = windowIn({ parent: closed, opener: closed });
  const { apis } = watched(page);
  apis.look();
  assert.deepEqual(apis.names(), []);
});
