import assert from "node:assert/strict";
import { test } from "node:test";

import { createAdapter } from "../../../static/scorm_api/adapter/create-adapter.js";
import { exposeApis } from "../../../static/scorm_api/player/api-exposure.js";
import { activity, createFakeAdapter, fakeRecorder } from "./support.js";

/** @param {object} more @param {any} [create] */
function expose(more, create = createFakeAdapter) {
  const page = {};
  const log = [];
  const made = [];
  let shown = 1;
  const start = activity("a1", more);
  const exposure = exposeApis(
    page,
    start,
    start.data,
    fakeRecorder(log),
    (...args) => {
      made.push(create(...args));
      return made.at(-1);
    },
    () => shown,
  );
  return { page, log, made, exposure, newDocument: () => void (shown += 1) };
}

test("only the package's own API is exposed", () => {
  assert.deepEqual(Object.keys(expose({}).page), ["API_1484_11"]);
  assert.deepEqual(Object.keys(expose({ standard: "scorm12", expose: ["API"] }).page), ["API"]);
  assert.deepEqual(Object.keys(expose({ standard: "none", expose: [] }).page), []);
});

test("what the page has is the adapter's object: its version, and text where a wrapper compares it", () => {
  const { page } = expose({}, createAdapter);
  assert.equal(page.API_1484_11.version, "1.0");
  assert.equal(`${page.API_1484_11}`, "[object API]");
  assert.equal("constructor" in page.API_1484_11, false);
  assert.equal(expose({ standard: "scorm12", expose: ["API"] }, createAdapter).page.API.version, undefined);
});

test("the API of SCORM 1.1 is named as that of 1.2 and speaks 1.1", () => {
  assert.equal(expose({ standard: "scorm11", expose: ["API"] }).made[0].standard, "scorm11");
});

test("where both are exposed the first whose Initialize is called wins, and the other goes", () => {
  const { page, log, exposure } = expose({ standard: "scorm12", expose: ["API", "API_1484_11"] });
  const loser = page.API_1484_11;
  assert.equal(page.API.LMSInitialize(""), "true");
  assert.deepEqual(Object.keys(page), ["API"]);
  loser.Initialize("");
  loser.SetValue("cmi.location", "9");
  page.API.LMSSetValue("cmi.core.lesson_location", "2");
  assert.deepEqual(log, ["initialized", "changed cmi.core.lesson_location 2"]);
  assert.equal(exposure.state(), "running");
});

test("content that drives both writes its time once", () => {
  const { page, log } = expose({ standard: "scorm12", expose: ["API", "API_1484_11"] });
  const [api, other] = [page.API, page.API_1484_11];
  api.LMSInitialize("");
  other.Initialize("");
  api.LMSFinish("");
  other.Terminate("");
  assert.deepEqual(log, ["initialized", "terminate", "commit"]);
});

test("content cannot take the API away, the player can", () => {
  const { page, exposure } = expose({});
  assert.throws(() => {
    page.API_1484_11 = null;
  }, TypeError);
  assert.ok(Object.isFrozen(page.API_1484_11));
  exposure.remove();
  assert.deepEqual(Object.keys(page), []);
});

test("Initialize in a new document is told to the adapter beforehand, a second one in the same document is not", () => {
  const { page, made, newDocument } = expose({});
  page.API_1484_11.Initialize("");
  page.API_1484_11.Initialize("");
  assert.equal(made[0].changes(), 0);
  newDocument();
  page.API_1484_11.Initialize("");
  assert.equal(made[0].changes(), 1);
});

test("with the real adapter: a new document starts a new session after Terminate, the same document does not", () => {
  const { page, log, newDocument } = expose({}, createAdapter);
  const api = page.API_1484_11;
  assert.equal(api.Initialize(""), "true");
  assert.equal(api.Terminate(""), "true");
  assert.equal(api.Initialize(""), "false");
  assert.equal(api.GetLastError(), "104");
  newDocument();
  assert.equal(api.Initialize(""), "true");
  assert.deepEqual(log.filter((line) => line === "initialized"), ["initialized", "initialized"]);
});
