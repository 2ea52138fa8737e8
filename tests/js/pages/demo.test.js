import assert from "node:assert/strict";
import { test } from "node:test";

import { lengthOf, readJournal } from "../../../backend/seattime/web/assets/demo-journal.js";
import { tell } from "../../../backend/seattime/web/assets/demo-story.js";
import { clock, places } from "../../../backend/seattime/web/assets/demo-view.js";

/** @param {Record<string, unknown>} entries */
function storage(entries) {
  const keys = Object.keys(entries);
  return { length: keys.length, key: (index) => keys[index] ?? null, getItem: (key) => JSON.stringify(entries[key]) };
}

const file = (session, launch, opened, spans, stored_at = null) => ({ session, launch, stored_at, time: { opened, spans } });

test("the journal of this registration is read, and only of launches that the page is about", () => {
  const kept = readJournal(
    storage({
      "seattime:1:reg:a:t": file("a", 5, 1000, [[0, 2000, 1, 0], [5000, 1000, 1, 1]]),
      "seattime:1:reg:a:s": { state: {} },
      "seattime:1:reg:old:t": file("old", 4, 0, [[0, 9000, 1, 0]]),
      "seattime:1:other:b:t": file("b", 6, 0, [[0, 9000, 1, 0]]),
      "somebody else's": {},
    }),
    "reg",
    4,
  );
  assert.deepEqual(kept, [{ session: "a", stored: false, spans: [[1000, 3000], [6000, 7000]] }]);
});

test("what two tabs measured at the same time is as long as one", () => {
  const tab = (start, end) => ({ session: "", stored: false, spans: [[start, end]] });
  assert.equal(lengthOf([tab(0, 5000), tab(3000, 9000), tab(4000, 4500), tab(20_000, 21_000)]), 10_000);
  assert.equal(lengthOf([]), 0);
});

test("a second that the spool has is not said to be in the browser only, nor one that the database has in the spool", () => {
  const live = {
    counted_ms: 10_000,
    sessions: [{ session: "a", measured_ms: 8000 }, { session: "b", measured_ms: 2000 }],
    spooled: [{ session: "b", measured_ms: 6000 }, { session: "a", measured_ms: 7000 }],
  };
  assert.deepEqual(places(live, 16_500), { database: 10_000, spool: 4000, browser: 2500 });
  assert.deepEqual(places(live, 9000), { database: 10_000, spool: 4000, browser: 0 });
});

test("a clock never shows more than there is", () => {
  assert.deepEqual([0, 999, 1000, 59_999, 61_000, 600_000].map(clock), ["0:00", "0:00", "0:01", "0:59", "1:01", "10:00"]);
});

test("the minute goes from one button to the next, mends what is broken first, and ends", () => {
  const steps = [
    { next: "network", done: [] },
    { next: "network", done: ["cut"], cut: true },
    { next: "tab", done: ["cut", "mended"] },
    { next: "open", done: ["cut", "mended", "closed"], tabs: 0 },
    { next: "database", done: ["cut", "mended", "closed", "opened"] },
    { next: "database", done: ["cut", "mended", "closed", "opened", "stopped"], stopped: true },
    { next: "second", done: ["cut", "mended", "closed", "opened", "stopped", "started"] },
    { next: null, done: ["cut", "mended", "closed", "opened", "stopped", "started", "second"], tabs: 2 },
    { next: "database", done: ["stopped", "closed"], stopped: true, tabs: 0 },
  ];
  for (const { next, ...known } of steps) assert.equal(tell({ cut: false, stopped: false, tabs: 1, ...known }).next, next, known.done.join());
});

test("what closing the tab means depends on what is broken", () => {
  const closed = (more) => tell({ cut: false, stopped: false, tabs: 0, done: ["closed"], ...more });
  assert.match(closed({}).watch, /both clocks stand/);
  assert.match(closed({ cut: true }).watch, /in this browser only/);
  assert.match(closed({ stopped: true }).watch, /spool/);
  assert.match(closed({ tabs: 1 }).happened, /One of the two/);
});
