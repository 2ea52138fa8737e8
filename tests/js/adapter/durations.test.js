import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { formatDuration, parseDuration } from "../../../static/scorm_api/adapter/durations.js";

const table = (name) => JSON.parse(readFileSync(new URL(`../../data/${name}`, import.meta.url), "utf8"));

test("every duration of the shared table is read as the server reads it", () => {
  for (const { standard, raw, ms, lenient } of table("durations.json")) {
    assert.deepEqual(parseDuration(raw, standard), ms === null ? null : { ms, lenient }, `${standard} ${JSON.stringify(raw)}`);
  }
});

test("every length of the shared table is written as the server writes it", () => {
  for (const { ms, cmitimespan, timeinterval } of table("duration_formats.json")) {
    assert.equal(formatDuration(ms, "scorm11"), cmitimespan);
    assert.equal(formatDuration(ms, "scorm12"), cmitimespan);
    assert.equal(formatDuration(ms, "scorm2004"), timeinterval);
  }
});

test("what is written is read back strictly and to the hundredth", () => {
  for (let ms = 0; ms < 5_000_000_000; ms = ms * 3 + 17) {
    for (const standard of ["scorm12", "scorm2004"]) {
      assert.deepEqual(parseDuration(formatDuration(ms, standard), standard), { ms: ms - (ms % 10), lenient: false });
    }
  }
});
