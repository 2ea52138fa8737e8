import assert from "node:assert/strict";
import { test } from "node:test";

import { onReturn } from "../../../backend/seattime/web/assets/on-return.js";

/** A window whose time is passed by hand; `looks` are the moments (ms) at which the page was brought up to date. */
function open() {
  let now = 0;
  let id = 0;
  const planned = new Map();
  const looks = [];
  const document = Object.assign(new EventTarget(), { visibilityState: "visible" });
  const page = Object.assign(new EventTarget(), {
    document,
    setTimeout: (action, ms) => (planned.set(++id, { action, at: now + ms }), id),
    clearTimeout: (which) => planned.delete(which),
  });
  onReturn(() => looks.push(now), page);
  const pass = (ms) => {
    now += ms;
    for (const [which, { action, at }] of [...planned].sort((a, b) => a[1].at - b[1].at)) {
      if (at > now || !planned.delete(which)) continue;
      const end = now;
      now = at;
      action();
      now = end;
    }
  };
  const show = (visible) => {
    document.visibilityState = visible ? "visible" : "hidden";
    document.dispatchEvent(new Event("visibilitychange"));
  };
  return { page, looks, pass, show };
}

test("after loading it looks a few times, since last words may be on their way, and then no more", () => {
  const { looks, pass } = open();
  pass(60_000);
  assert.deepEqual(looks, [1000, 3000, 8000]);
});

test("a page that becomes visible looks at once and a few times in the seconds after", () => {
  const { looks, pass, show } = open();
  pass(20_000);
  show(false);
  looks.length = 0;
  show(true);
  pass(60_000);
  assert.deepEqual(looks, [20_000, 21_000, 23_000, 28_000]);
});

test("a hidden page does not look", () => {
  const { looks, pass, show } = open();
  show(false);
  pass(60_000);
  assert.deepEqual(looks, []);
});

test("a window that gets focus looks; a second return begins anew instead of adding to the first", () => {
  const { page, looks, pass } = open();
  pass(20_000);
  looks.length = 0;
  page.dispatchEvent(new Event("focus"));
  pass(500);
  page.dispatchEvent(new Event("focus"));
  pass(60_000);
  assert.deepEqual(looks, [20_000, 20_500, 21_500, 23_500, 28_500]);
});

test("a page out of the back-forward cache looks at once", () => {
  const { page, looks, pass } = open();
  pass(20_000);
  looks.length = 0;
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: false }));
  assert.deepEqual(looks, []);
  page.dispatchEvent(Object.assign(new Event("pageshow"), { persisted: true }));
  assert.deepEqual(looks, [20_000]);
});
