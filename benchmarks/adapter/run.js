/**
 * The adapter against scorm-again, side by side in one run: `node benchmarks/adapter/run.js` prints a Markdown table.
 *
 * Both are driven through the same calls and neither saves anything (ours tells a sink that does nothing; theirs has no
 * commit address and logs nothing). Rounds alternate between the two, and the best
 * one of each counts: on a machine that does other things too it is the one that was disturbed least.
 */

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { Scorm12API } from "../../node_modules/scorm-again/dist/esm/scorm12.js";
import { Scorm2004API } from "../../node_modules/scorm-again/dist/esm/scorm2004.js";
import { createAdapter } from "../../static/scorm_api/adapter/create-adapter.js";

const ROUNDS = 9;
const ROUND_MS = 50;

const LAUNCH = { elements: {}, totalTimeMs: 0, entry: "ab-initio", mode: "normal", credit: "credit", learnerId: "ana.ruiz", learnerName: "Ruiz, Ana" };
const nothing = () => undefined;
const SINK = { initialized: nothing, changed: nothing, sessionTime: nothing, finding: nothing, commit: () => true, terminate: () => true, restart: () => LAUNCH };

const STANDARDS = [
  {
    name: "SCORM 1.2",
    ours: () => callsOf(createAdapter("scorm12", LAUNCH, SINK).api, "LMS"),
    theirs: () => callsOf(new Scorm12API({ autocommit: false, logLevel: 5 }), "LMS"),
    location: "cmi.core.lesson_location",
    answers: [["id", (i) => `question_${i}`], ["type", () => "choice"], ["time", () => "10:20:30"], ["student_response", () => "a"], ["correct_responses.0.pattern", () => "b"], ["result", () => "wrong"], ["latency", () => "00:00:05.20"]],
    distribution: "scorm12.js",
    notNeeded: ["scorm2004-table.js", "types-scorm2004.js", "interaction-responses.js"],
  },
  {
    name: "SCORM 2004",
    ours: () => callsOf(createAdapter("scorm2004", LAUNCH, SINK).api, ""),
    theirs: () => callsOf(new Scorm2004API({ autocommit: false, logLevel: 5 }), ""),
    location: "cmi.location",
    answers: [["id", (i) => `question_${i}`], ["type", () => "choice"], ["timestamp", () => "2024-05-06T10:20:30.5Z"], ["learner_response", () => "a"], ["correct_responses.0.pattern", () => "b"], ["result", () => "incorrect"], ["latency", () => "PT5.2S"]],
    distribution: "scorm2004.js",
    notNeeded: ["scorm12-table.js", "types-scorm12.js"],
  },
];

/** @param {Record<string, Function>} api @param {string} prefix */
function callsOf(api, prefix) {
  return {
    initialize: () => api[`${prefix}Initialize`](""),
    get: (element) => api[`${prefix}GetValue`](element),
    set: (element, value) => api[`${prefix}SetValue`](element, value),
  };
}

/** An initialized session. @param {() => ReturnType<typeof callsOf>} make */
function begun(make) {
  const calls = make();
  expect(calls.initialize() === "true");
  return calls;
}

/** A benchmark must not measure refusals. @param {boolean} condition */
function expect(condition) {
  if (!condition) throw new Error("a call that was to succeed did not");
}

/** name, unit of work for a side: returns a function that does it and says how many calls it made */
const MEASURES = [
  ["Initialize (a new API and its first call)", ({ make }) => () => (begun(make), 1)],
  ["SetValue, the same value", ({ make, standard }) => {
    const calls = begun(make);
    return () => {
      for (let i = 0; i < 100; i++) expect(calls.set(standard.location, "page 7") === "true");
      return 100;
    };
  }],
  ["SetValue, distinct values", ({ make, standard }) => {
    const calls = begun(make);
    let page = 0;
    return () => {
      for (let i = 0; i < 100; i++) expect(calls.set(standard.location, `page ${page++}`) === "true");
      return 100;
    };
  }],
  ["GetValue", ({ make, standard }) => {
    const calls = begun(make);
    calls.set(standard.location, "page 7");
    return () => {
      for (let i = 0; i < 100; i++) expect(calls.get(standard.location) === "page 7");
      return 100;
    };
  }],
  ["SetValue, 500 interactions of 7 elements each", ({ make, standard }) => () => {
    const calls = begun(make);
    for (let i = 0; i < 500; i++) for (const [field, value] of standard.answers) expect(calls.set(`cmi.interactions.${i}.${field}`, value(i)) === "true");
    return 500 * standard.answers.length;
  }],
];

/** Calls a second. @param {() => number} work */
function rate(work) {
  const begin = process.hrtime.bigint();
  const end = begin + BigInt(ROUND_MS) * 1_000_000n;
  let calls = 0;
  let now = begin;
  while (now < end) {
    calls += work();
    now = process.hrtime.bigint();
  }
  return (calls / Number(now - begin)) * 1e9;
}

/** @param {(typeof STANDARDS)[number]} standard @param {(typeof MEASURES)[number]} measure */
function compare(standard, [name, prepare]) {
  const works = [standard.ours, standard.theirs].map((make) => prepare({ make, standard }));
  const rates = works.map((work) => (rate(work), /** @type {number[]} */ ([])));
  for (let round = 0; round < ROUNDS; round++) works.forEach((work, side) => rates[side].push(rate(work)));
  const [our, their] = rates.map((all) => Math.max(...all));
  return `| ${standard.name} | ${name} | ${thousands(our)} | ${thousands(their)} | ${(our / their).toFixed(1)} |`;
}

/** @param {number} number */
const thousands = (number) => Math.round(number).toLocaleString("en").replaceAll(",", " ");

/** Every module that the adapter's entry imports. @param {URL} entry @param {Set<string>} [seen] */
function modules(entry, seen = new Set()) {
  if (seen.has(entry.href)) return seen;
  seen.add(entry.href);
  for (const [, path] of readFileSync(entry, "utf8").matchAll(/^(?:import|\}) .*from "(\.[^"]+)";$/gm)) modules(new URL(path, entry), seen);
  return seen;
}

/** @param {(typeof STANDARDS)[number]} standard @param {string} name @param {string[]} hrefs */
function bytes(standard, name, hrefs) {
  const our = Buffer.concat(hrefs.map((href) => readFileSync(new URL(href))));
  const their = readFileSync(new URL(`../../node_modules/scorm-again/dist/esm/${standard.distribution}`, import.meta.url));
  const row = (kind, a, b) => `| ${standard.name} | ${name}, ${kind} | ${thousands(a)} | ${thousands(b)} | ${(a / b).toFixed(2)} |`;
  return [row("as it is", our.length, their.length), row("gzip", gzipSync(our, { level: 9 }).length, gzipSync(their, { level: 9 }).length)];
}

const version = JSON.parse(readFileSync(new URL("../../node_modules/scorm-again/package.json", import.meta.url), "utf8")).version;
const all = [...modules(new URL("../../static/scorm_api/adapter/create-adapter.js", import.meta.url))];

console.log(`| standard | calls a second (best of ${ROUNDS} rounds) | SeatTime | scorm-again ${version} | times |\n| --- | --- | ---: | ---: | ---: |`);
for (const standard of STANDARDS) for (const measure of MEASURES) console.log(compare(standard, measure));

console.log("\n| standard | bytes, comments and all, neither minified | SeatTime | scorm-again (esm) | share |\n| --- | --- | ---: | ---: | ---: |");
for (const standard of STANDARDS) {
  const needed = all.filter((href) => !standard.notNeeded.some((name) => href.endsWith(`/${name}`)));
  for (const row of [...bytes(standard, "the modules of this standard", needed), ...bytes(standard, "all that a page loads (both standards)", all)]) console.log(row);
}
