/** When content is there, and when it is gone; and that the worker is ours in a page of another origin. */
import assert from "node:assert/strict";
import { resolveObjectURL } from "node:buffer";
import { test } from "node:test";

import { browserEnv } from "../../../static/scorm_api/delivery/browser-env.js";
import { watchContentFrames } from "../../../static/scorm_api/host/content-frames.js";

/** A frame of a page; `rects` 0: hidden. */
function frame({ rects = 1, href = "https://lms.example/c.html", readyState = "complete" } = {}) {
  return { isConnected: true, contentDocument: { readyState }, contentWindow: { location: { href } }, getClientRects: () => Array(rects).fill({}) };
}
const page = (...shown) => watchContentFrames({ querySelectorAll: () => shown });

test("content is there once a frame that is shown is loaded", () => {
  assert.equal(page().loaded(), false);
  assert.equal(page(frame({ rects: 0 })).loaded(), false);
  assert.equal(page(frame({ href: "about:blank" })).loaded(), false);
  assert.equal(page(frame({ readyState: "loading" })).loaded(), false);
  assert.equal(page(frame({ rects: 0 }), frame()).loaded(), true);
});

test("content is gone when all of it is removed or emptied, not when it shows its next page", () => {
  const one = frame();
  const two = frame();
  const frames = page(one, two, frame({ rects: 0 }));
  assert.equal(frames.gone(), false, "nothing was there");
  frames.remember();
  one.contentDocument = { readyState: "loading" };
  one.contentWindow.location.href = "https://lms.example/page2.html";
  assert.equal(frames.gone(), false);
  one.isConnected = false;
  assert.equal(frames.gone(), false);
  two.contentWindow.location.href = "about:blank";
  assert.equal(frames.gone(), true);
});

test("in a page of another origin the worker is a line of that origin which imports ours", async () => {
  const made = [];
  const before = { window: globalThis.window, document: globalThis.document, Worker: globalThis.Worker, setInterval: globalThis.setInterval };
  Object.assign(globalThis, {
    window: { location: { origin: "https://lms.example" } },
    document: { visibilityState: "visible" },
    setInterval: () => 0,
    Worker: class {
      constructor(address, options) {
        made.push([String(address), options]);
      }
      postMessage() {}
    },
  });
  try {
    browserEnv("https://c1.play.example.org").startWorker(() => {});
  } finally {
    Object.assign(globalThis, before);
  }
  const [[address, options]] = made;
  assert.deepEqual(options, { type: "module" });
  assert.match(address, /^blob:/);
  const text = await resolveObjectURL(address).text();
  assert.match(text, /^import ".*\/delivery\/worker\.js\?base=https%3A%2F%2Fc1\.play\.example\.org";$/);
});
