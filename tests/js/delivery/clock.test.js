import assert from "node:assert/strict";
import { test } from "node:test";

import { createClock } from "../../../static/scorm_api/delivery/clock.js";
import { createTimeline } from "../../../static/scorm_api/delivery/timeline.js";

const WALL = 1_000_000;

/** A clock with one session that began at perf 0, server time 5000. */
function began() {
  const clock = createClock();
  clock.read({ perf: 0, wall: WALL });
  clock.anchor(5000, 0, 10);
  const timeline = createTimeline({ opened: 5000, perf: 0, visible: true });
  clock.follow(timeline);
  const tick = (perf, wall = WALL + perf) => clock.tick({ perf, wall });
  return { clock, timeline, tick };
}

test("ticks each second add up to what passed", () => {
  const { timeline, tick } = began();
  for (let second = 1; second <= 10; second += 1) tick(second * 1000);
  assert.deepEqual(timeline.spans, [[0, 10_000, 1, 0]]);
});

test("sleep is a gap: a tick over 3 s late is logged and not counted", () => {
  const { timeline, tick } = began();
  tick(1000);
  tick(5001); // due at 2000, 3001 ms late
  tick(6001);
  assert.deepEqual(timeline.spans, [[0, 1000, 1, 0], [5001, 1000, 1, 1]]);
  assert.equal(timeline.measured(), 2000);
  assert.equal(timeline.open(), 6001);
});

test("a tick that is exactly 3 s late is counted", () => {
  const { timeline, tick } = began();
  tick(1000);
  tick(5000);
  assert.deepEqual(timeline.spans, [[0, 5000, 1, 0]]);
});

test("clock set forward an hour adds nothing", () => {
  const { timeline, tick } = began();
  tick(1000);
  tick(2000, WALL + 2000 + 3_600_000);
  tick(3000, WALL + 3000 + 3_600_000);
  assert.equal(timeline.measured(), 3000);
  assert.deepEqual(timeline.spans.map(([, length, , before]) => [length, before]), [[2000, 0], [1000, 2]]);
});

test("clock set back an hour takes nothing, and no span begins before the end of the one before", () => {
  const { timeline, tick } = began();
  tick(1000);
  tick(2000, WALL + 2000 - 3_600_000);
  tick(3000, WALL + 3000 - 3_600_000);
  assert.deepEqual(timeline.spans, [[0, 2000, 1, 0], [2000, 1000, 1, 2]]);
});

test("a sleep in which the monotonic clock stops forces a new anchor and deducts nothing", () => {
  const { timeline, tick } = began();
  tick(1000);
  tick(2000, WALL + 2000 + 600_000); // ten minutes that performance.now() knows nothing of
  tick(3000, WALL + 3000 + 600_000);
  assert.deepEqual(timeline.spans, [[0, 2000, 1, 0], [602_000, 1000, 1, 2]]);
});

test("alert() is counted: the main thread stalls, the worker's ticks say that the page lived", () => {
  const { clock, timeline, tick } = began();
  tick(1000);
  clock.read({ perf: 61_000, wall: WALL + 61_000 }); // content calls right after alert(), before the ticks are heard
  assert.equal(timeline.measured(), 1000);
  for (let second = 2; second <= 61; second += 1) tick(second * 1000);
  assert.deepEqual(timeline.spans, [[0, 61_000, 1, 0]]);
});

test("what the main thread says right after a sleep counts none of it", () => {
  const { clock, timeline, tick } = began();
  tick(1000);
  clock.read({ perf: 601_000, wall: WALL + 601_000 });
  assert.equal(clock.undecided(601_000), true);
  tick(601_500);
  assert.equal(timeline.measured(), 1000);
});

test("readings of the main thread count to the moment they were taken, not to the last tick", () => {
  const { clock, timeline, tick } = began();
  tick(1000);
  clock.read({ perf: 1700, wall: WALL + 1700 });
  assert.equal(timeline.measured(), 1700);
});

test("after a gap the span is placed by the computer's clock until the server says its time", () => {
  const { clock, timeline, tick } = began();
  tick(1000);
  tick(11_000); // 10 s by both clocks
  assert.equal(timeline.spans[1]?.[0], 11_000);
  clock.anchor(5000 + 12_500, 12_000, 20);
  timeline.visibility(false, clock.serverAt(12_000));
  assert.equal(timeline.spans[2]?.[0], 12_500);
  assert.equal(timeline.spans[1]?.[0], 11_000);
});

test("span starts never move: an anchor places only the next one", () => {
  const { clock, timeline, tick } = began();
  tick(1000);
  clock.anchor(5000 + 3000, 1000, 5);
  tick(2000);
  assert.deepEqual(timeline.spans, [[0, 2000, 1, 0]]);
  timeline.visibility(false, clock.serverAt(2000));
  assert.deepEqual(timeline.spans, [[0, 2000, 1, 0], [4000, 0, 0, 0]]);
});

test("an anchor that lies back moves no span into the one before", () => {
  const { clock, timeline, tick } = began();
  tick(4000);
  clock.anchor(5000 + 1000, 4000, 5);
  timeline.visibility(false, clock.serverAt(4000));
  assert.deepEqual(timeline.spans, [[0, 4000, 1, 0], [4000, 0, 0, 0]]);
});

test("an anchor with a long round trip does not displace a sharper one", () => {
  const { clock } = began();
  clock.anchor(9999, 100, 900);
  assert.equal(clock.serverAt(0), 5000);
  clock.anchor(7000, 0, 10);
  assert.equal(clock.serverAt(0), 7000);
});

test("visible and hidden time are apart", () => {
  const { clock, timeline, tick } = began();
  tick(3000);
  timeline.visibility(false, clock.serverAt(3000));
  timeline.visibility(false, clock.serverAt(3000));
  tick(5000);
  timeline.visibility(true, clock.serverAt(5000));
  tick(6000);
  assert.deepEqual(timeline.spans, [[0, 3000, 1, 0], [3000, 2000, 0, 0], [5000, 1000, 1, 0]]);
});

test("fractions of a millisecond neither pile up nor overlap", () => {
  const { clock, timeline, tick } = began();
  for (let index = 1; index <= 100; index += 1) {
    tick(index * 333.3333);
    timeline.visibility(index % 2 === 0, clock.serverAt(index * 333.3333));
  }
  assert.ok(Math.abs(timeline.measured() - 33_333) <= 100, String(timeline.measured()));
  timeline.spans.slice(1).forEach(([start], index) => {
    const before = timeline.spans[index];
    assert.ok(start >= before[0] + before[1]);
    assert.ok(Number.isInteger(start));
  });
});
