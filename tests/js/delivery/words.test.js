import assert from "node:assert/strict";
import { test } from "node:test";

import { markActivity } from "../../../static/scorm_api/delivery/activity-log.js";
import { addWord, reportedMs } from "../../../static/scorm_api/delivery/words.js";

/** @param {[number | null, number][]} said */
function say(said) {
  /** @type {import("../../../static/scorm_api/delivery/shapes.js").Word[]} */
  const words = [];
  for (const [ms, measured] of said) addWord(words, ms, measured, String(ms), false);
  return words.map(([ms, measured]) => [ms, measured]);
}

test("session_time set ten times is one value", () => {
  assert.deepEqual(say([[1000, 1100], [2000, 2100], [2000, 2200], [10_000, 10_100]]), [[10_000, 10_100]]);
});

test("a falling reported value starts a segment", () => {
  assert.deepEqual(say([[60_000, 61_000], [5000, 66_000], [7000, 68_000]]), [[60_000, 61_000], [7000, 68_000]]);
});

test("hundredths without their leading zero do not look like a new beginning", () => {
  // 05.9 was written for 5.09 s, 05.20 for 5.2 s: 5.9 s, then 5.2 s
  assert.deepEqual(say([[5900, 5090], [5200, 5200]]), [[5200, 5200]]);
});

test("a value that nobody can read gives way to one that is readable, and never splits one", () => {
  assert.deepEqual(say([[null, 1000], [2000, 2000]]), [[2000, 2000]]);
  assert.deepEqual(say([[10_000, 10_000], [null, 11_000], [20_000, 20_000]]), [[20_000, 20_000]]);
});

test("segments add up to what total_time grows by", () => {
  assert.equal(reportedMs([[60_000, 61_000, "", 0], [7000, 68_000, "", 0], [null, 69_000, "", 0]]), 67_000);
});

test("lengths are whole milliseconds and raw text is kept short", () => {
  /** @type {import("../../../static/scorm_api/delivery/shapes.js").Word[]} */
  const words = [];
  addWord(words, 1234.5678, 2000, "x".repeat(5000), true);
  assert.deepEqual(words, [[1235, 2000, "x".repeat(64), 1]]);
});

test("marks less than 30 s apart are one run", () => {
  /** @type {import("../../../static/scorm_api/delivery/shapes.js").Act[]} */
  const acts = [];
  for (const at of [0, 12_000, 41_999, 71_999]) markActivity(acts, at);
  assert.deepEqual(acts, [[0, 41_999], [71_999, 0]]);
});
