/**
 * ADL's own test content against the adapters, where it is on this machine: `make conformance` prints the same as a table.
 *
 * It is never part of the repository. Where it is missing, these tests are skipped and say so; they do not pass.
 */

import assert from "node:assert/strict";
import test from "node:test";
import { BY_THE_LETTER, measure, missing, score, WHERE_FROM } from "../../conformance/run.js";
import { findSuites } from "../../conformance/suites.js";

const suites = findSuites();
const measured = measure(suites);

for (const name of missing(suites)) {
  test(`ADL's test content for ${name}`, { skip: `not found in ${suites.folder}: ${WHERE_FROM}` }, () => undefined);
}

/** How many checks there are; another number means that the driver no longer reads them all. */
const CHECKS = { API: 63, DMI: 16_320, DMB: 495, DDM: 253, 1.2: 686 };

for (const { family, letter, installed } of measured) {
  test(`ADL's ${family}: ${score(letter)} by the letter (${BY_THE_LETTER.join(" ")}), ${score(installed)} as installed`, (t) => {
    t.diagnostic(`driven from ${suites.folder}: ${letter.length} checks`);
    assert.equal(letter.length, CHECKS[family]);
    assert.deepEqual(letter.filter(({ passed }) => !passed), []);
  });
}

/** What real content needs and the suite forbids; each has a switch (leniencies.js). */
const FORBIDDEN = /Invalid (?:CMIString|CMIIdentifier (?:256|500)|CMITimespan)/;

for (const { family, installed } of measured) {
  test(`ADL's ${family}: as installed, only documented leniencies fail a check`, () => {
    assert.deepEqual(installed.filter(({ passed, what }) => !passed && !(family === "1.2" && FORBIDDEN.test(what))), []);
  });
}
