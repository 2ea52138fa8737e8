import assert from "node:assert/strict";
import { test } from "node:test";

import { watchPageLifecycle } from "../../../static/scorm_api/player/page-lifecycle.js";
import { settle } from "./support.js";

/** @param {{ visibilityState?: string, prerendering?: boolean }} [state] */
function open(state = {}) {
  const document = Object.assign(new EventTarget(), { visibilityState: "visible", ...state });
  const page = Object.assign(new EventTarget(), { document });
  const told = [];
  const lifecycle = watchPageLifecycle(page, {
    visibility: (visible) => told.push(visible ? "visible" : "hidden"),
    dismissalBegan: () => told.push("dismissal began"),
    dismissalEnded: () => told.push("dismissal ended"),
    leaving: () => told.push("leaving"),
    restored: () => told.push("restored"),
    online: () => told.push("online"),
  });
  const show = (visible) => {
    document.visibilityState = visible ? "visible" : "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
  };
  return { document, page, told, lifecycle, show };
}

test("neither unload nor beforeunload is listened to", () => {
  const listened = [];
  const target = () => ({ addEventListener: (type) => listened.push(type) });
  const nothing = () => {};
  watchPageLifecycle(
    { ...target(), document: { ...target(), visibilityState: "visible" } },
    { visibility: nothing, dismissalBegan: nothing, dismissalEnded: nothing, leaving: nothing, restored: nothing },
  );
  assert.ok(listened.includes("pagehide"));
  assert.ok(!listened.some((type) => type.includes("unload")));
});

test("a hidden page may never come back: dismissal begins; it ends when the page is seen again", () => {
  const { told, show } = open();
  show(false);
  show(true);
  assert.deepEqual(told, ["hidden", "dismissal began", "visible", "dismissal ended"]);
});

test("pagehide begins dismissal before it is told that the page is left, since the content has not spoken yet", () => {
  const { page, told, show, lifecycle } = open();
  page.dispatchEvent(new Event("pagehide"));
  show(false);
  assert.deepEqual(told, ["dismissal began", "leaving", "hidden", "dismissal began"]);
  assert.equal(lifecycle.leaving(), true);
});

test("a page out of the back-forward cache says so; an ordinary pageshow says nothing", () => {
  const { page, told, lifecycle } = open();
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  assert.deepEqual(told, []);
  page.dispatchEvent(new Event("pagehide"));
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  assert.deepEqual(told, ["dismissal began", "leaving", "visible", "dismissal ended", "restored"]);
  assert.equal(lifecycle.leaving(), false);
});

test("while a popup shows the course, a covered player counts as visible", () => {
  const { told, show, lifecycle } = open();
  lifecycle.elsewhere(true);
  show(false);
  assert.deepEqual(told, []);
  lifecycle.elsewhere(false);
  assert.deepEqual(told, ["hidden", "dismissal began"]);
});

test("a frozen page may be discarded: dismissal begins", () => {
  const { document, told } = open();
  document.dispatchEvent(new Event("freeze"));
  document.dispatchEvent(new Event("resume"));
  assert.deepEqual(told, ["dismissal began", "dismissal ended"]);
});

test("nothing starts while the page is prerendered or in the background", async () => {
  const { document, lifecycle, show } = open({ visibilityState: "hidden", prerendering: true });
  let shown = false;
  void lifecycle.whenShown().then(() => (shown = true));
  show(true);
  await settle();
  assert.equal(shown, false);
  document.prerendering = false;
  document.dispatchEvent(new Event("prerenderingchange"));
  await settle();
  assert.equal(shown, true);
});

test("the player hears when the network is back", () => {
  const { page, told } = open();
  page.dispatchEvent(new Event("online"));
  assert.deepEqual(told, ["online"]);
});
