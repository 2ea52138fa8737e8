/** Content that carries its publisher's record store: the launch's parameters win, and nothing else is touched. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { divert, divertedAddress, keepToLaunch, placeOf } from "../../../static/scorm_api/player/launch-wins.js";

const PLAY = "http://tea.play.localhost:8000";
const PLACE = { endpoint: `${PLAY}/xapi/`, auth: "Basic launch" };
const SRC = `/content/1/index.html?endpoint=${encodeURIComponent(PLACE.endpoint)}&auth=Basic%20launch&activity_id=x`;

test("a launch that names a store and a credential says where statements go", () => {
  assert.deepEqual(placeOf({ start: "s", src: SRC }), PLACE);
  assert.deepEqual(placeOf({ start: "s", src: SRC.replace("%2Fxapi%2F", "%2Fxapi") }), PLACE);
  assert.equal(placeOf({ src: SRC }), null, "no xAPI, whatever its address holds");
  assert.equal(placeOf({ start: "s", src: "/content/1/au.html?endpoint=x&fetch=y" }), null, "cmi5 keeps its credential");
  assert.equal(placeOf({ start: "s", src: "/content/1/index.html" }), null);
});

for (const [address, instead] of [
  ["https://lrs.example/data/xAPI/statements", "statements"],
  ["https://lrs.example/data/xAPI/statements?statementId=1", "statements?statementId=1"],
  ["https://lrs.example/endpoint/statements/", "statements"],
  ["//lrs.example/activities/state?stateId=bookmark", "activities/state?stateId=bookmark"],
  ["https://lrs.example/x/activities/profile?profileId=1", "activities/profile?profileId=1"],
  ["https://lrs.example/x/agents/profile", "agents/profile"],
  ["https://lrs.example/TCAPI/about", "about"],
  ["https://lrs.example/data/xAPI/activities?activityId=1", "activities?activityId=1"],
  ["https://shop.example/about", null],
  ["https://shop.example/activities", null],
  ["https://fonts.example/statements.css", null],
  ["https://bank.example/statements/2026", null],
  ["/content/1/statements", null],
  [`${PLACE.endpoint}statements`, null],
  ["blob:https://lrs.example/statements", null],
  ["https://[", null],
]) {
  test(`${address} ${instead === null ? "is left alone" : "goes to the launch's store"}`, () => {
    assert.equal(divertedAddress(address, `${PLAY}/content/1/index.html`, PLACE), instead && PLACE.endpoint + instead);
  });
}

/** A window whose requests are written down. */
function fakeWindow() {
  const log = [];
  class XMLHttpRequest {
    open(...said) {
      log.push(["open", ...said]);
    }
    setRequestHeader(...said) {
      log.push(["header", ...said]);
    }
  }
  class Navigator {
    sendBeacon(...said) {
      return log.push(["beacon", ...said]) > 0;
    }
  }
  const fetch = async (asked, init) => void log.push(["fetch", asked, init]);
  const document = { baseURI: `${PLAY}/content/1/index.html` };
  return { log, length: 0, document, XMLHttpRequest, fetch, Request, Headers, Navigator, navigator: new Navigator() };
}

test("a request that is diverted carries the launch's credential and nothing of the other store's", () => {
  const content = fakeWindow();
  divert(content, PLACE);
  const request = new content.XMLHttpRequest();
  request.open("POST", "https://lrs.example/xapi/statements", true, "user", "password");
  request.setRequestHeader("authorization", "Basic publisher");
  request.setRequestHeader("X-Experience-API-Version", "1.0.3");
  assert.deepEqual(content.log, [
    ["open", "POST", `${PLACE.endpoint}statements`, true], ["header", "Authorization", "Basic launch"], ["header", "X-Experience-API-Version", "1.0.3"],
  ]);
  content.log.length = 0;
  request.open("GET", "data.json");
  request.setRequestHeader("Authorization", "Bearer own");
  assert.deepEqual(content.log, [["open", "GET", "data.json"], ["header", "Authorization", "Bearer own"]], "the same object, asked for something else");
});

test("fetch goes the same way, with what it was to send", async () => {
  const content = fakeWindow();
  divert(content, PLACE);
  await content.fetch("https://lrs.example/xapi/statements", { method: "POST", body: "[]", keepalive: true, headers: { Authorization: "Basic publisher", "X-A": "b" } });
  const [[, asked, { headers, ...init }]] = content.log;
  assert.equal(asked, `${PLACE.endpoint}statements`);
  assert.deepEqual(init, { method: "POST", body: "[]", keepalive: true });
  assert.deepEqual([...headers], [["authorization", "Basic launch"], ["x-a", "b"]]);

  await content.fetch("data.json", { method: "GET" });
  assert.deepEqual(content.log[1], ["fetch", "data.json", { method: "GET" }]);
});

test("a finished Request is made for the launch's store, with its body", async () => {
  const content = fakeWindow();
  divert(content, PLACE);
  const options = { method: "POST", body: "[]", keepalive: true, mode: "no-cors", headers: { "X-A": "b" } };
  const request = new content.Request("https://lrs.example/xapi/statements", options);
  assert.ok(request instanceof content.Request);
  assert.deepEqual([request.url, request.keepalive, request.mode], [`${PLACE.endpoint}statements`, true, "cors"]);
  assert.deepEqual([...request.headers], [["authorization", "Basic launch"], ["content-type", "text/plain;charset=UTF-8"], ["x-a", "b"]]);
  request.headers.set("Authorization", "Basic publisher");
  await content.fetch(request);
  assert.equal(content.log[0][2].headers.get("Authorization"), "Basic launch");
  assert.equal(content.log[0][1], request);
  const again = new content.Request(request, { headers: { Authorization: "Basic publisher" } });
  assert.deepEqual([again.headers.get("Authorization"), await again.text()], ["Basic launch", "[]"]);
  assert.equal(new content.Request(`${PLAY}/data.json`).headers.get("Authorization"), null);
});

test("a Request that was made before its window was met goes there too", async () => {
  const content = fakeWindow();
  const request = new Request("https://lrs.example/xapi/statements", { method: "POST", body: "[1]", keepalive: true });
  divert(content, PLACE);
  await content.fetch(request);
  const [[, asked, { body, headers, method, keepalive }]] = content.log;
  assert.deepEqual([asked, method, keepalive, await body.text()], [`${PLACE.endpoint}statements`, "POST", true, "[1]"]);
  assert.equal(headers.get("Authorization"), "Basic launch");
});

for (const [address, instead] of [
  ["https://lrs.example/xapi/statements", `${PLACE.endpoint}statements?Authorization=Basic%20launch`],
  ["https://lrs.example/xapi/statements?method=PUT&statementId=1", `${PLACE.endpoint}statements?method=PUT&statementId=1&Authorization=Basic%20launch`],
  [`${PLACE.endpoint}statements`, `${PLACE.endpoint}statements?Authorization=Basic%20launch`],
  ["/xapi/statements", `${PLACE.endpoint}statements?Authorization=Basic%20launch`],
  ["https://shop.example/seen", "https://shop.example/seen"],
  ["https://[", "https://["],
]) {
  test(`a beacon to ${address} goes as it is to ${instead}`, () => {
    const content = fakeWindow();
    divert(content, PLACE);
    const data = new Blob(["{}"]);
    assert.equal(content.navigator.sendBeacon(address, data), true, "the browser's answer is the content's");
    assert.deepEqual(content.log, [["beacon", instead, data]]);
    assert.equal(content.log[0][2], data);
  });
}

test("where the browser has no beacons the content finds none", () => {
  const content = fakeWindow();
  delete content.Navigator.prototype.sendBeacon;
  divert(content, PLACE);
  assert.equal("sendBeacon" in content.navigator, false);
});

test("every document of the content is met, once, and those that come later too", () => {
  const first = fakeWindow();
  const second = fakeWindow();
  let content = null;
  const timers = [];
  const page = { performance: { now: () => 0 }, setTimeout: (callback) => timers.push(callback), clearTimeout: () => void (timers.length = 0) };
  const end = keepToLaunch(page, () => content, PLACE);
  content = first;
  timers.shift()();
  const patched = first.XMLHttpRequest.prototype.open;
  timers.shift()();
  assert.equal(first.XMLHttpRequest.prototype.open, patched);
  content = second;
  timers.shift()();
  new second.XMLHttpRequest().open("GET", "https://lrs.example/statements");
  assert.equal(second.log[0][2], `${PLACE.endpoint}statements`);

  const third = fakeWindow();
  page.seattimeMeets(third);
  third.navigator.sendBeacon("https://lrs.example/statements");
  assert.match(third.log[0][1], /^http:..tea.play.localhost:8000.xapi.statements/, "told of by its first script");
  end();
  assert.equal(timers.length, 0);
  assert.equal("seattimeMeets" in page, false);
});
